"""Clusters of a Synnefo 0.21 database (ganeti.md 10)."""

from __future__ import annotations

from attrs import frozen

from synnefod.backends.secrets import SecretBox
from synnefod.common.text import micros
from synnefod.store.foreign import Tables, advance, insert
from synnefod.store.interface import Tx

TABLES = {
    "backend": [
        *("id", "clustername", "port", "username", "password_hash", "index"),
        *("drained", "offline", "public", "hypervisor"),
    ],
    "project_backend?": ["id", "project", "backend"],
}
_SEALED = "encrypted:"


@frozen
class BackendsFromSynnefo:
    """A part of the intake. Passwords that the other program sealed cannot be read: such a cluster
    is offline until `backend-modify` gives it one."""

    box: SecretBox
    tables = TABLES
    owns = ("backends",)

    async def take(self, tx: Tx, tables: Tables, now: float) -> dict[str, int]:
        rows = []
        for each in tables["backend"]:
            name, kept = each["clustername"], each["password_hash"] or ""
            sealed = kept.startswith(_SEALED)
            rows.append(
                {
                    "id": each["id"],
                    "name": name,
                    "url": f"https://{name}:{each['port']}",
                    "username": each["username"] or "",
                    "password": self.box.close("" if sealed else kept, name),
                    "mac_index": each["index"],
                    "drained": each["drained"],
                    "offline": 1 if sealed else each["offline"],
                    "public": each["public"],
                    "hypervisor": each["hypervisor"],
                    "disk_templates": "[]",
                    "version": "",
                    "updated": micros(now),
                }
            )
        await insert(tx, "backends", rows)
        await advance(tx, "backends")
        mapped = [
            {"project": each["project"], "backend": each["backend"]}
            for each in tables["project_backend"]
        ]
        await insert(tx, "project_backends", mapped)
        return {"clusters": len(rows)}
