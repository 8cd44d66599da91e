"""The opcodes that the simulated cluster knows: their parameters with defaults, as 3.0.2 has them.

A parameter without a default here is left out of the opcode when it was not given. Whatever a
request names beyond these is refused with 400, as the real one does.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.protocols.rapi import vocabulary as v

COMMON: dict[str, Any] = {"debug_level": 0, "priority": 0, "depends": None, "comment": None}
_DRY = {"dry_run": False, **COMMON}
_ABSENT = object()


@frozen
class Opcode:
    """`params` with defaults; `summary` is the parameter shown in the job's summary; `seconds`
    is how long it runs at pace 1."""

    id: str
    params: Mapping[str, Any]
    summary: str | None
    seconds: float

    @property
    def type(self) -> str:
        """Ganeti's class name, as its messages show it."""
        return "".join(part.capitalize() for part in self.id.split("_"))


_INSTANCE = {"instance_name": _ABSENT, "instance_uuid": None}
_NETWORK = {"network_name": _ABSENT}

_ALL = [
    Opcode(
        v.CREATE,
        {
            **_DRY,
            "instance_name": _ABSENT,
            "force_variant": False,
            "wait_for_sync": True,
            "name_check": True,
            "ignore_ipolicy": False,
            "opportunistic_locking": False,
            "beparams": {},
            "disks": _ABSENT,
            "disk_template": _ABSENT,
            "group_name": _ABSENT,
            "file_driver": _ABSENT,
            "file_storage_dir": _ABSENT,
            "hvparams": {},
            "hypervisor": _ABSENT,
            "iallocator": _ABSENT,
            "identify_defaults": False,
            "ip_check": True,
            "conflicts_check": True,
            "mode": _ABSENT,
            "nics": _ABSENT,
            "no_install": _ABSENT,
            "osparams": {},
            "osparams_private": {},
            "osparams_secret": {},
            "os_type": _ABSENT,
            "pnode": _ABSENT,
            "pnode_uuid": _ABSENT,
            "snode": _ABSENT,
            "source_shutdown_timeout": 120,
            "compress": "none",
            "start": True,
            "forthcoming": False,
            "commit": False,
            "tags": [],
            "instance_communication": False,
            "helper_startup_timeout": 300,
            "helper_shutdown_timeout": 7200,
        },
        "instance_name",
        1.2,
    ),
    Opcode(
        v.STARTUP,
        {
            **_DRY,
            **_INSTANCE,
            "force": False,
            "ignore_offline_nodes": False,
            "hvparams": {},
            "beparams": {},
            "no_remember": False,
            "startup_paused": False,
            "shutdown_timeout": 120,
        },
        "instance_name",
        0.4,
    ),
    Opcode(
        v.SHUTDOWN,
        {
            **_DRY,
            **_INSTANCE,
            "force": False,
            "ignore_offline_nodes": False,
            "timeout": 120,
            "no_remember": False,
            "admin_state_source": "admin",
        },
        "instance_name",
        0.5,
    ),
    Opcode(
        v.REBOOT,
        {
            **_DRY,
            **_INSTANCE,
            "shutdown_timeout": 120,
            "ignore_secondaries": False,
            "reboot_type": _ABSENT,
            "reason_for": _ABSENT,
        },
        "instance_name",
        0.6,
    ),
    Opcode(
        v.REMOVE,
        {**_DRY, **_INSTANCE, "shutdown_timeout": 120, "ignore_failures": False},
        "instance_name",
        0.5,
    ),
    Opcode(
        v.RENAME,
        {**_DRY, **_INSTANCE, "new_name": _ABSENT, "name_check": False, "ip_check": False},
        "instance_name",
        0.3,
    ),
    Opcode(
        v.SET_PARAMS,
        {
            **COMMON,
            **_INSTANCE,
            "dry_run": _ABSENT,
            "force": False,
            "force_variant": False,
            "ignore_ipolicy": False,
            "nics": [],
            "disks": [],
            "beparams": {},
            "hvparams": {},
            "ext_params": {},
            "disk_template": _ABSENT,
            "pnode": _ABSENT,
            "remote_node": _ABSENT,
            "os_name": _ABSENT,
            "osparams": {},
            "wait_for_sync": True,
            "offline": _ABSENT,
            "conflicts_check": True,
            "hotplug": False,
            "hotplug_if_possible": False,
        },
        "instance_name",
        0.4,
    ),
    Opcode(
        v.GROW_DISK,
        {
            **_DRY,
            **_INSTANCE,
            "disk": _ABSENT,
            "amount": _ABSENT,
            "absolute": False,
            "wait_for_sync": True,
        },
        "instance_name",
        0.5,
    ),
    Opcode(v.SNAPSHOT, {**_DRY, **_INSTANCE, "disks": _ABSENT}, "instance_name", 0.6),
    Opcode(
        v.NETWORK_ADD,
        {
            **_DRY,
            **_NETWORK,
            "network": _ABSENT,
            "gateway": _ABSENT,
            "network6": _ABSENT,
            "gateway6": _ABSENT,
            "mac_prefix": _ABSENT,
            "add_reserved_ips": _ABSENT,
            "conflicts_check": True,
            "tags": [],
        },
        "network_name",
        0.3,
    ),
    Opcode(v.NETWORK_REMOVE, {**_DRY, **_NETWORK, "force": False}, "network_name", 0.3),
    Opcode(
        v.NETWORK_CONNECT,
        {
            **_DRY,
            "group_name": _ABSENT,
            **_NETWORK,
            "network_mode": _ABSENT,
            "network_link": _ABSENT,
            "network_vlan": "",
            "conflicts_check": True,
        },
        "network_name",
        0.3,
    ),
    Opcode(
        v.NETWORK_DISCONNECT,
        {**_DRY, "group_name": _ABSENT, **_NETWORK},
        "network_name",
        0.3,
    ),
    Opcode(
        v.NETWORK_SET_PARAMS,
        {
            **_DRY,
            **_NETWORK,
            "gateway": _ABSENT,
            "network6": _ABSENT,
            "gateway6": _ABSENT,
            "mac_prefix": _ABSENT,
            "add_reserved_ips": _ABSENT,
            "remove_reserved_ips": _ABSENT,
        },
        "network_name",
        0.3,
    ),
    Opcode(v.CLUSTER_SET_PARAMS, {**_DRY, "beparams": _ABSENT, "hvparams": _ABSENT}, None, 0.3),
    Opcode(v.TAGS_SET, {**_DRY, "kind": _ABSENT, "name": None, "tags": []}, None, 0.2),
    Opcode(v.TAGS_DEL, {**_DRY, "kind": _ABSENT, "name": None, "tags": []}, None, 0.2),
]
BY_ID = {opcode.id: opcode for opcode in _ALL}

_ALIASES = {v.CREATE: {"name": "instance_name", "os": "os_type"}}


class BadParameter(Exception):
    """What a 400 says."""


def fill(
    opcode: str, body: Mapping[str, Any], static: Mapping[str, Any], trail: list[Any]
) -> dict[str, Any]:
    """The opcode's input from a request's body. Raises BadParameter."""
    kind = BY_ID[opcode]
    aliases = _ALIASES.get(opcode, {})
    given = {aliases.get(key, key): value for key, value in body.items()}
    clash = {key for key in given if key in static or key == "reason"}
    if clash:
        raise BadParameter(f"Can't overwrite static parameters {clash!r}")
    for key in given:
        if key not in kind.params:
            raise BadParameter(
                f"Invalid body parameters: Object {kind.type} doesn't support the parameter '{key}'"
            )
    given.update(static)
    filled = {
        key: given.get(key, copy.deepcopy(default))
        for key, default in kind.params.items()
        if key in given or default is not _ABSENT
    }
    return {**filled, "reason": trail, "OP_ID": opcode}


def summary(operation: Mapping[str, Any]) -> str:
    """What a job's summary shows of an opcode, such as `INSTANCE_CREATE(snf-1)`."""
    kind = BY_ID[operation["OP_ID"]]
    short = kind.id.removeprefix("OP_")
    return f"{short}({operation.get(kind.summary)})" if kind.summary else short
