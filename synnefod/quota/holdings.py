"""The ledger: reserving, settling and charging inside the transaction of what uses it.

Note [Few statements]. A reservation takes four statements however many resources it names (lock,
move, commission, provisions): servers reserve six resources at two holders. A charge waits for one
(lock); what every stored file adds to one counter, and to the log, goes with the commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

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
        await records.move(tx, {counter.id: change for counter, _, change in checked})
        rows = [(counter.id, quantity) for counter, quantity, _ in checked]
        return await records.add_commission(tx, client, name, self._now(), rows)

    async def settle(self, tx: Tx, serial: Serial | None, *, accept: bool) -> None:
        if serial is not None:
            await self.resolve(tx, serial, None, accept=accept)

    async def resolve(self, tx: Tx, serial: Serial, client: int | None, *, accept: bool) -> bool:
        """Whether the commission was pending and is now resolved (`client` None: anybody's)."""
        taken = await records.take_commission(tx, serial, client)
        if taken is None:
            return False
        name, issued, provisions = taken
        await records.lock_rows(tx, (id_ for id_, _ in provisions))
        after = await records.move(
            tx, {id_: arithmetic.resolve(quantity, accept=accept) for id_, quantity in provisions}
        )
        reason = ("ACCEPT:" if accept else "REJECT:") + name
        entries = [
            records.Entry(serial, name, issued, after[id_], quantity, reason)
            for id_, quantity in provisions
        ]
        await records.log(tx, entries, self._now())
        return True

    async def charge(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> None:
        if not charges:
            return
        checked = await self._check(tx, arithmetic.provisions_of(charges), force=force)
        now = self._now()
        entries = []
        for counter, quantity, _ in sorted(checked, key=lambda each: each[0].id):
            await records.add(tx, counter.id, quantity)
            before = counter.holding
            after = evolve(
                before,
                usage_min=before.usage_min + quantity,
                usage_max=before.usage_max + quantity,
            )
            entries.append(records.Entry(None, name, now, after, quantity, "ACCEPT:" + name))
        await records.log(tx, entries, now)

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
    ) -> list[tuple[records.Counter, int, tuple[int, int]]]:
        """Locks the counters; (counter, quantity, change of usage) of each that is touched."""
        wanted = arithmetic.merged(provisions)
        counters = await records.lock(tx, wanted)
        result = []
        for key, provision in wanted.items():
            counter = counters.get(key)
            if counter is None:
                raise NoHolding(provision)
            try:
                change = arithmetic.issue(counter.holding, provision.quantity, force=force)
            except OverQuota:
                metrics.quota_refused.inc()
                raise
            result.append((counter, provision.quantity, change))
        return result

    def _now(self) -> int:
        return micros(self.clock.seconds())
