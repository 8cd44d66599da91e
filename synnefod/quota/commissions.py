"""The two-phase commission API for services outside this daemon (identity.md 2.5, 3.3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import Serial
from synnefod.common.text import micros
from synnefod.quota import records
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import INFINITE, Pending, Provision, Resolved
from synnefod.store.interface import Store, Tx


@frozen
class OutwardCommissions:
    """Implements `Commissions` over the same ledger that the services inside use."""

    store: Store
    ledger: Ledger
    clock: IClock

    async def issue(
        self,
        client: int,
        provisions: Sequence[Provision],
        *,
        name: str = "",
        force: bool = False,
        accept: bool = False,
        origins: Collection[str] | None = None,
    ) -> Serial:
        async def body(tx: Tx) -> Serial:
            if origins is not None:
                await _refuse_foreign(tx, provisions, origins)
            serial = await self.ledger.issue(tx, client, provisions, name, force=force)
            if accept:
                await self.ledger.resolve(tx, serial, client, accept=True)
            return serial

        return await self.store.transact("issue commission", body)

    async def pending(self, client: int) -> list[Serial]:
        return await self.store.read("pending commissions", lambda tx: records.pending(tx, client))

    async def show(self, client: int, serial: Serial) -> Pending:
        if serial > INFINITE:
            raise NotFound("There is no such commission.")
        found = await self.store.read(
            "show commission", lambda tx: records.commissions(tx, client=client, serial=serial)
        )
        if not found:
            raise NotFound("There is no such commission.")
        return found[0]

    async def resolve(
        self, client: int, accept: Collection[Serial], reject: Collection[Serial]
    ) -> Resolved:
        both = set(accept) & set(reject)
        plan = {serial: True for serial in accept} | {serial: False for serial in reject}

        async def body(tx: Tx) -> Resolved:
            accepted: list[Serial] = []
            rejected: list[Serial] = []
            failed: list[tuple[Serial, NotFound | Malformed]] = []
            for serial in sorted(plan):
                if serial in both:
                    failed.append((serial, Malformed("Named both to accept and to reject.")))
                elif not 0 < serial <= INFINITE or not await self.ledger.resolve(
                    tx, serial, client, accept=plan[serial]
                ):
                    failed.append((serial, NotFound(f"There is no commission {serial}.")))
                else:
                    (accepted if plan[serial] else rejected).append(serial)
            return Resolved(tuple(accepted), tuple(rejected), tuple(failed))

        return await self.store.transact("resolve commissions", body)

    async def overdue(self, seconds: int) -> list[Pending]:
        before = micros(self.clock.seconds() - seconds)
        return await self.store.read(
            "overdue commissions", lambda tx: records.commissions(tx, before=before)
        )


async def _refuse_foreign(
    tx: Tx, provisions: Sequence[Provision], origins: Collection[str]
) -> None:
    owner = {each.name: each.service_origin for each in await records.resources(tx)}
    for provision in provisions:
        origin = owner.get(provision.resource)
        if origin is not None and origin not in origins:
            raise Malformed(f"{provision.resource} is counted by another service.")
