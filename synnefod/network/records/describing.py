"""The columns that all things of the service have: description, labels, revision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.jsonio import dump_text, parse
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Tx

TABLES = {
    "networks": "networks",
    "subnets": "subnets",
    "ports": "ports",
    "floatingips": "ip_addresses",
    "routers": "routers",
    "security-groups": "security_groups",
    "subnetpools": "subnet_pools",
}


async def change(tx: Tx, kind: str, number: int, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update {TABLES[kind]} set {assignments} where id = :id", id=number, **columns)


async def labels(tx: Tx, kind: str, number: int) -> list[str]:
    """The row is locked if the transaction writes."""
    row = await tx.one(
        f"select labels from {TABLES[kind]} where id = :id {{for_update}}", id=number
    )
    return [] if row is None else parse(row[0], list[str])


async def set_labels(tx: Tx, kind: str, number: int, tags: Sequence[str], now: int) -> None:
    await change(tx, kind, number, now, labels=dump_text(list(tags)))
