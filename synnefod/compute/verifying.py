"""Whether the ledger counts what there is of servers, volumes, networks and addresses (17.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from attrs import frozen

from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.compute.interface import Operstate
from synnefod.compute.records import counting
from synnefod.compute.usage import GIB, MIB
from synnefod.quota.interface import (
    CPU,
    DISK,
    FLOATING_IP,
    PRIVATE_NETWORK,
    RAM,
    TOTAL_CPU,
    TOTAL_RAM,
    VM,
    Commissions,
    Counts,
    Difference,
    Pending,
    Quota,
    UsageVerification,
)
from synnefod.store.interface import Store, Tx

Sums = Mapping[tuple[UserId, ProjectId], int]
SETTLING = 60
"""Seconds that a commission may be pending without a server that waits for it."""
INSIDE = 0
_RUNNING = tuple(state.value for state in Operstate if state.counted)


async def _times(count: Counts, factor: int, tx: Tx) -> Sums:
    return {key: total * factor for key, total in (await count(tx)).items()}


def _servers(what: str, factor: int = 1, states: tuple[str, ...] | None = None) -> Counts:
    async def count(tx: Tx) -> Sums:
        return await counting.sums(tx, what, states)

    return partial(_times, count, factor)


@frozen
class ComputeUsage:
    """Implements `UsageChecks`. `volumes` are GiB by owner; the others count things."""

    verifier: UsageVerification
    quota: Quota
    pending: Commissions
    store: Store
    volumes: Counts
    networks: Counts
    addresses: Counts

    async def resources(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> list[Difference]:
        counts: dict[str, Counts] = {
            VM: _servers("servers"),
            TOTAL_CPU: _servers("cpu"),
            TOTAL_RAM: _servers("ram", MIB),
            CPU: _servers("cpu", 1, _RUNNING),
            RAM: _servers("ram", MIB, _RUNNING),
            DISK: partial(_times, self.volumes, GIB),
            PRIVATE_NETWORK: self.networks,
            FLOATING_IP: self.addresses,
        }
        return await self.verifier.verify(counts, fix=fix, force=force, holders=holders)

    async def commissions(self, *, fix: bool = False) -> list[Pending]:
        found = await self.pending.overdue(SETTLING)
        waited = await self.store.read("awaited commissions", counting.serials)
        stray = [each for each in found if each.client == INSIDE and each.serial not in waited]
        if fix and stray:

            async def reject(tx: Tx) -> None:
                for each in stray:
                    await self.quota.settle(tx, Serial(each.serial), accept=False)

            await self.store.transact("reject stray commissions", reject)
        return stray
