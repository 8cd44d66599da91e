"""The ledger: reserving, settling and charging inside the transaction of what uses it.

Note [Few statements]. A reservation takes four statements however many resources it names (lock,
move, commission, provisions), a charge three: servers reserve six resources at two holders, and
every stored file charges one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, evolve, field, frozen

from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import OverQuota
from synnefod.common.ids import Serial
from synnefod.common.text import micros
from synnefod.quota import arithmetic, records
from synnefod.quota.interface import Charge, Holding, NoHolding, Provision
from synnefod.store.interface import Tx

INSIDE = 0
"""The client number of commissions made by this daemon's own services."""


@define
class _Page:
    """Locked counters as they become, and what is to be written: sums of changes, and the log."""

    holdings: dict[int, Holding]
    changes: dict[int, tuple[int, int]] = field(factory=dict)
    entries: list[records.Entry] = field(factory=list)

    def move(self, number: int, change: tuple[int, int]) -> Holding:
        """The counter after one more change of (usage_min, usage_max)."""
        before, (low, high) = self.holdings[number], change
        sums = self.changes.get(number, (0, 0))
        self.changes[number] = sums[0] + low, sums[1] + high
        after = evolve(before, usage_min=before.usage_min + low, usage_max=before.usage_max + high)
        self.holdings[number] = after
        return after


@frozen
class Ledger:
    """Implements `Quota`. Counters are locked in the order of their row numbers."""

    clock: IClock

    async def reserve(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> Serial | None:
        if not charges:
            return None
        return await self.issue(tx, INSIDE, arithmetic.provisions_of(charges), name, force=force)

    async def issue(
        self, tx: Tx, client: int, provisions: Sequence[Provision], name: str, *, force: bool
    ) -> Serial:
        """Checks all provisions, then moves all and stores the pending commission."""
        checked = await self._check(tx, provisions, force=force)
        await records.move(tx, {id_: change for id_, _, change in checked})
        return await records.add_commission(
            tx, client, name, self._now(), [(id_, quantity) for id_, quantity, _ in checked]
        )

    async def settle(self, tx: Tx, serial: Serial | None, *, accept: bool) -> None:
        if serial is not None:
            await self.resolve(tx, serial, None, accept=accept)

    async def resolve(self, tx: Tx, serial: Serial, client: int | None, *, accept: bool) -> bool:
        """Whether the commission was pending and is now resolved (`client` None: anybody's)."""
        return await self._end(tx, {serial: accept}, client)

    async def settle_all(self, tx: Tx, outcomes: Mapping[Serial, bool]) -> None:
        if outcomes:
            await self._end(tx, outcomes, None)

    async def _end(self, tx: Tx, outcomes: Mapping[Serial, bool], client: int | None) -> bool:
        """Whether one of the commissions was pending; however many, in six statements."""
        taken = await records.take_commissions(tx, outcomes, client)
        if not taken:
            return False
        every = [each for one in taken.values() for each in one.provisions]
        page = _Page(await records.lock_rows(tx, (id_ for id_, _ in every)))
        for serial, one in sorted(taken.items()):
            accept = outcomes[serial]
            reason = ("ACCEPT:" if accept else "REJECT:") + one.name
            for id_, quantity in one.provisions:
                after = page.move(id_, arithmetic.resolve(quantity, accept=accept))
                entry = records.Entry(serial, one.name, one.issued, after, quantity, reason)
                page.entries.append(entry)
        await self._write(tx, page)
        return True

    async def charge(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> None:
        await self.charge_all(tx, [(name, charges)], force=force)

    async def charge_all(
        self, tx: Tx, named: Sequence[tuple[str, Sequence[Charge]]], *, force: bool = False
    ) -> None:
        wanted = [
            (name, arithmetic.merged(arithmetic.provisions_of(charges)))
            for name, charges in named
            if charges
        ]
        counters = await records.lock(tx, {key for _, merged in wanted for key in merged})
        page = _Page({counter.id: counter.holding for counter in counters.values()})
        now = self._now()
        for name, merged in wanted:
            for key, provision in merged.items():
                number, quantity = self._counter(counters, key, provision).id, provision.quantity
                self._issue(page.holdings[number], quantity, force=force)
                after = page.move(number, (quantity, quantity))
                reason = "ACCEPT:" + name
                page.entries.append(records.Entry(None, name, now, after, quantity, reason))
        await self._write(tx, page)

    async def _write(self, tx: Tx, page: _Page) -> None:
        await records.move(tx, page.changes)
        await records.log(tx, page.entries, self._now())

    async def set_limits(
        self, tx: Tx, holder: str, source: str | None, limits: Mapping[str, int]
    ) -> None:
        await records.set_limits(tx, holder, source or "", limits)

    async def holdings(
        self, tx: Tx, holders: Sequence[str], *, source: str | None = None
    ) -> list[Holding]:
        return await records.holdings(tx, holders, source)

    async def every(self, tx: Tx) -> list[Holding]:
        return await records.every(tx)

    async def drop(self, tx: Tx, holding: Holding) -> None:
        await records.drop(tx, holding.holder, holding.source or "", holding.resource)

    async def _check(
        self, tx: Tx, provisions: Sequence[Provision], *, force: bool
    ) -> list[tuple[int, int, tuple[int, int]]]:
        """Locks the counters; (row number, quantity, change of usage) of each that is touched."""
        wanted = arithmetic.merged(provisions)
        counters = await records.lock(tx, wanted)
        result = []
        for key, provision in wanted.items():
            counter = self._counter(counters, key, provision)
            change = self._issue(counter.holding, provision.quantity, force=force)
            result.append((counter.id, provision.quantity, change))
        return result

    @staticmethod
    def _counter(
        counters: Mapping[arithmetic.Key, records.Counter],
        key: arithmetic.Key,
        provision: Provision,
    ) -> records.Counter:
        counter = counters.get(key)
        if counter is None:
            raise NoHolding(provision)
        return counter

    @staticmethod
    def _issue(holding: Holding, quantity: int, *, force: bool) -> tuple[int, int]:
        try:
            return arithmetic.issue(holding, quantity, force=force)
        except OverQuota:
            metrics.quota_refused.inc()
            raise

    def _now(self) -> int:
        return micros(self.clock.seconds())
