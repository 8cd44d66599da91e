"""Servers, flavors and keys of a Synnefo 0.21 database (compute-image-volume.md 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synnefod.store.foreign import Tables, advance, insert
from synnefod.store.interface import Tx

TABLES = {
    "Flavor": ["id", "cpu", "ram", "disk", "volume_type", "deleted", "allow_create", "public"],
    "FlavorAccess?": ["flavor", "project"],
    "FlavorSpecs?": ["flavor", "key", "value"],
    "VirtualMachine": [
        *("id", "name", "userid", "project", "shared_to_project", "backend", "created", "updated"),
        *("imageid", "key_names", "flavor", "deleted", "suspended", "helper", "action"),
        *("operstate", "backendjobid", "backendopcode", "backendjobstatus", "backendlogmsg"),
        *("buildpercentage", "backendtime", "task", "task_job_id", "rescue", "rescue_image"),
        "rescue_properties",
    ],
    "VirtualMachineMetadata?": ["vm", "meta_key", "meta_value"],
    "VirtualMachineTag?": ["vm", "tag", "status"],
    "VirtualMachineDiagnostic?": [
        *("machine", "created", "level", "source", "source_date", "message", "details"),
    ],
    "RescueImage?": [
        *("id", "name", "location", "location_type", "deleted", "is_default", "os", "os_family"),
        *("target_os", "target_os_family"),
    ],
    "RescueProperties?": ["id", "os", "os_family"],
    "PublicKeyPair?": [
        *("id", "user", "name", "content", "fingerprint", "created_at", "updated_at"),
    ],
    "QuotaHolderSerial?": ["serial", "pending", "resolved"],
}
_TAG = "user:"
Rows = Sequence[Mapping[str, Any]]


class ComputeFromSynnefo:
    """A part of the intake."""

    tables = TABLES
    owns = ("servers", "flavors", "rescue_images", "keypairs")

    async def take(self, tx: Tx, tables: Tables, now: float) -> dict[str, int]:
        templates = {each["id"]: each["disk_template"] for each in tables["VolumeType"]}
        flavors = [
            {**each, "disk_template": templates[each["volume_type"]]} for each in tables["Flavor"]
        ]
        await insert(tx, "flavors", flavors)
        await advance(tx, "flavors")
        await insert(tx, "flavor_access", tables["FlavorAccess"])
        await insert(tx, "flavor_specs", _renamed(tables["FlavorSpecs"], key="name"))
        columns = [name.rstrip("?") for name in TABLES["RescueImage?"]]
        images = [{name: each[name] or "" for name in columns} for each in tables["RescueImage"]]
        for each in images:
            each["deleted"], each["is_default"] = each["deleted"] or 0, each["is_default"] or 0
        await insert(tx, "rescue_images", images)
        await advance(tx, "rescue_images")
        await self._servers(tx, tables)
        keys = _renamed(
            tables["PublicKeyPair"], user="user_id", created_at="created", updated_at="updated"
        )
        await insert(tx, "keypairs", keys)
        await advance(tx, "keypairs")
        return {
            "flavors": len(tables["Flavor"]),
            "servers": len(tables["VirtualMachine"]),
            "keys": len(keys),
        }

    async def _servers(self, tx: Tx, tables: Tables) -> None:
        await insert(tx, "servers", [_server(each) for each in tables["VirtualMachine"]])
        await advance(tx, "servers")
        metadata = _renamed(
            tables["VirtualMachineMetadata"], vm="server", meta_key="name", meta_value="value"
        )
        await insert(tx, "server_metadata", metadata)
        tags = [
            {"server": each["vm"], "tag": each["tag"].removeprefix(_TAG), "status": each["status"]}
            for each in tables["VirtualMachineTag"]
        ]
        await insert(tx, "server_tags", tags)
        await insert(tx, "server_diagnostics", _once(tables["VirtualMachineDiagnostic"]))
        # The other program stored the system and its family the wrong way round.
        known = {each["id"]: (each["os_family"], each["os"]) for each in tables["RescueProperties"]}
        properties = [
            {"server": each["id"], "os": os or "", "os_family": family or ""}
            for each in tables["VirtualMachine"]
            if each["rescue_properties"] in known
            for os, family in [known[each["rescue_properties"]]]
        ]
        await insert(tx, "rescue_properties", properties)


def _server(each: Mapping[str, Any]) -> dict[str, Any]:
    gone = bool(each["deleted"])
    return {
        "id": each["id"],
        "name": each["name"],
        "user_id": each["userid"],
        "project": each["project"],
        "shared": each["shared_to_project"],
        "backend": each["backend"],
        "flavor": each["flavor"],
        "image": each["imageid"] or "",
        "key_names": each["key_names"] or "[]",
        "created": each["created"],
        "updated": each["updated"],
        "launched": each["created"],
        "terminated": each["updated"] if gone else None,
        "deleted": each["deleted"],
        "suspended": each["suspended"],
        "helper": each["helper"],
        "rescue": each["rescue"],
        "rescue_image": each["rescue_image"],
        "operstate": "DESTROYED" if gone else each["operstate"],
        "action": each["action"] or "",
        "task": "" if gone else each["task"] or "",
        "task_job": None if gone else each["task_job_id"],
        "job": each["backendjobid"] or 0,
        "job_opcode": each["backendopcode"] or "",
        "job_status": each["backendjobstatus"] or "",
        "job_log": each["backendlogmsg"] or "",
        "job_when": max(0, each["backendtime"] or 0),
        "progress": each["buildpercentage"] or 0,
    }


def _renamed(rows: Rows, **names: str) -> list[dict[str, Any]]:
    return [{names.get(name, name): value for name, value in each.items()} for each in rows]


def _once(rows: Rows) -> list[dict[str, Any]]:
    """The same message of the same moment counts once."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in _as_server(rows):
        key = (each["server"], each["source"], each["source_date"], each["message"])
        found.setdefault(key, each)
    return list(found.values())


def _as_server(rows: Rows) -> Iterable[dict[str, Any]]:
    return _renamed(rows, machine="server")
