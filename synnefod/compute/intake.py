"""Takes over the compute and network database of a Synnefo 0.21: clusters, flavors, servers,
volumes, networks, addresses.

All or nothing, in one transaction, into a deployment that has none of these: numbers stay, since
the names of instances, disks, NICs and networks on the clusters are made of them. Owners and
usage come with the identity database (`import-astakos`). Nothing is sent to any cluster; comparing
finds afterwards what the clusters have otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Conflict
from synnefod.common.threads import IThreads
from synnefod.store.foreign import Tables, filled, read_named
from synnefod.store.interface import Store, Tx

ANCHOR = "VirtualMachine"


class Part(Protocol):
    """What one service takes over."""

    @property
    def tables(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def owns(self) -> Sequence[str]:
        """Tables here that have to be empty, since numbers stay."""

    async def take(self, tx: Tx, tables: Tables, now: float) -> dict[str, int]:
        """Writes its rows; what was taken, counted."""


@frozen
class MachineIntake:
    """Implements `Intake`. `parts` in an order in which later ones may point to earlier ones."""

    store: Store
    threads: IThreads
    clock: IClock
    parts: Sequence[Part]

    async def take(self, url: str, tables: Mapping[str, str]) -> dict[str, int]:
        """What was taken. `tables` names those that are called otherwise than by what they hold.
        Raises Unavailable, Malformed (it is none of Synnefo's), Conflict."""
        wanted = {name: columns for part in self.parts for name, columns in part.tables.items()}
        found = await self.threads.disk(read_named, url, wanted, ANCHOR, tables)
        pending = [each for each in found["QuotaHolderSerial"] if _open(each)]
        if pending:
            raise Conflict(
                f"{len(pending)} commissions wait there for their end: resolve them first."
            )
        counted: dict[str, int] = {}

        async def body(tx: Tx) -> None:
            met = await filled(tx, [table for part in self.parts for table in part.owns])
            if met:
                raise Conflict(
                    f"There are {', '.join(met)} here already; numbers would meet. Begin with"
                    " bootstrap.enabled = false."
                )
            now = self.clock.seconds()
            for part in self.parts:
                counted.update(await part.take(tx, found, now))

        await self.store.transact("take over machines and networks", body)
        return counted


def _open(serial: Mapping[str, object]) -> bool:
    return bool(serial["pending"]) and not serial["resolved"]
