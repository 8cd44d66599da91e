"""The ledger and the outward commissions on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather
from synnefod.common.errors import Malformed, NotFound, OverQuota
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.quota.commissions import OutwardCommissions
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import (
    CPU,
    DISK,
    INFINITE,
    RAM,
    TOTAL_CPU,
    TOTAL_RAM,
    VM,
    Charge,
    NoCapacity,
    NoHolding,
    NoQuantity,
    Provision,
    project_holder,
    user_holder,
)
from synnefod.quota.resources import STANDARD, ResourceRegistry
from tests.harness.database import OnPostgres, OnSqlite

ADA, BOB = UserId("ada"), UserId("bob")
LAB = ProjectId("lab")
SERVER = (VM, TOTAL_CPU, CPU, TOTAL_RAM, RAM, DISK)


class LedgerSuite:
    """What the ledger promises, whatever the engine."""

    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(1_000_000)
        self.ledger = Ledger(self.clock)
        self.outward = OutwardCommissions(self.store, self.ledger, self.clock)

        async def limits(tx: Any) -> None:
            await self.ledger.set_limits(tx, project_holder(LAB), None, dict.fromkeys(SERVER, 10))
            for user in (ADA, BOB):
                await self.ledger.set_limits(
                    tx, user_holder(user), project_holder(LAB), dict.fromkeys(SERVER, 8)
                )

        await self.store.transact("limits", limits)

    async def reserve(
        self, user: UserId, *resources: str, quantity: int = 1, **options: Any
    ) -> Any:
        charges = [Charge(user, LAB, resource, quantity) for resource in resources]
        return await self.store.transact(
            "reserve", lambda tx: self.ledger.reserve(tx, charges, **options)
        )

    async def settle(self, serial: Serial, accept: bool) -> None:
        await self.store.transact(
            "settle", lambda tx: self.ledger.settle(tx, serial, accept=accept)
        )

    async def usage(self, holder: str, resource: str) -> tuple[int, int]:
        found = await self.store.read("holdings", lambda tx: self.ledger.holdings(tx, [holder]))
        ((low, high),) = [(h.usage_min, h.usage_max) for h in found if h.resource == resource]
        return low, high

    async def test_a_reservation_is_pending_until_it_is_settled(self) -> None:
        """AST-049, AST-073: pending usage counts; serials grow and are never reused."""
        first = await self.reserve(ADA, *SERVER)
        self.assertEqual(await self.usage(user_holder(ADA), VM), (0, 1))
        self.assertEqual(await self.usage(project_holder(LAB), VM), (0, 1))
        await self.settle(first, accept=True)
        await self.settle(first, accept=False)
        self.assertEqual(await self.usage(user_holder(ADA), VM), (1, 1))
        second = await self.reserve(ADA, VM)
        await self.settle(second, accept=False)
        self.assertEqual(await self.usage(project_holder(LAB), VM), (1, 1))
        self.assertGreater(second, first)
        self.assertIsNone(await self.reserve(ADA))

    async def test_a_refused_reservation_changes_nothing(self) -> None:
        """AST-054, AST-060: all or nothing, and the refusal carries the figures."""
        await self.reserve(ADA, VM, quantity=7)
        refusal = await self.assertFailure(
            ensureDeferred(self.reserve(ADA, CPU, VM, quantity=2)), NoCapacity
        )
        self.assertEqual(
            (refusal.resource, refusal.holder, refusal.source, refusal.requested),
            (VM, user_holder(ADA), project_holder(LAB), 2),
        )
        self.assertEqual((refusal.limit, refusal.usage), (8, 7))
        self.assertEqual(await self.usage(user_holder(ADA), CPU), (0, 0))

    async def test_the_limit_of_the_project_binds_its_members_together(self) -> None:
        await self.reserve(ADA, VM, quantity=6)
        refusal = await self.assertFailure(
            ensureDeferred(self.reserve(BOB, VM, quantity=5)), NoCapacity
        )
        self.assertEqual((refusal.holder, refusal.limit), (project_holder(LAB), 10))

    async def test_force_skips_the_limit_and_never_the_floor(self) -> None:
        """AST-056, AST-057, AST-058, AST-059."""
        await self.settle(await self.reserve(ADA, VM, quantity=20, force=True), accept=True)
        await self.assertFailure(ensureDeferred(self.reserve(ADA, VM, quantity=0)), NoCapacity)
        refusal = await self.assertFailure(
            ensureDeferred(self.reserve(ADA, VM, quantity=-21, force=True)), NoQuantity
        )
        self.assertEqual((refusal.limit, refusal.usage, refusal.requested), (0, 20, -21))
        await self.settle(await self.reserve(ADA, VM, quantity=-3), accept=True)
        self.assertEqual(await self.usage(user_holder(ADA), VM), (17, 17))

    async def test_usage_fits_in_64_bits(self) -> None:
        provision = Provision(user_holder(ADA), project_holder(LAB), VM, INFINITE)
        await self.outward.issue(1, [provision], force=True)
        await self.assertFailure(
            ensureDeferred(self.outward.issue(1, [provision], force=True)), Malformed
        )
        await self.assertFailure(
            ensureDeferred(self.outward.issue(1, [provision, provision], force=True)), Malformed
        )

    async def test_what_is_resolved_is_logged(self) -> None:
        """AST-074."""
        await self.settle(await self.reserve(ADA, VM, name="build"), accept=True)
        await self.settle(await self.reserve(ADA, VM, name="more"), accept=False)
        rows = await self.store.read(
            "log",
            lambda tx: tx.all(
                "select holder, reason, delta, usage_min, usage_max from provision_log order by id"
            ),
        )
        self.assertEqual(
            [row[1:] for row in rows if row[0] == user_holder(ADA)],
            [("ACCEPT:build", 1, 1, 1), ("REJECT:more", 1, 1, 1)],
        )
        self.assertEqual(len(rows), 4)

    async def test_an_outside_service_sees_only_its_own_commissions(self) -> None:
        """AST-067, AST-068, AST-069, AST-070, AST-071."""
        provision = Provision(user_holder(ADA), project_holder(LAB), VM, 1)
        mine = [await self.outward.issue(1, [provision], name=str(n)) for n in range(3)]
        other = await self.outward.issue(2, [])
        self.assertEqual(await self.outward.pending(1), mine)
        shown = await self.outward.show(1, mine[0])
        self.assertEqual((shown.name, shown.provisions), ("0", (provision,)))
        await self.assertFailure(ensureDeferred(self.outward.show(1, other)), NotFound)
        result = await self.outward.resolve(1, mine[:2], [mine[1], mine[2], other])
        self.assertEqual(result.accepted, (mine[0],))
        self.assertEqual(result.rejected, (mine[2],))
        failed = {serial: type(error) for serial, error in result.failed}
        self.assertEqual(failed, {mine[1]: Malformed, other: NotFound})
        self.assertEqual(await self.outward.pending(1), [mine[1]])
        self.assertEqual(await self.usage(user_holder(ADA), VM), (1, 2))
        self.clock.advance(100)
        overdue = await self.outward.overdue(60)
        self.assertEqual([each.serial for each in overdue], [mine[1], other])

    async def test_an_accepted_commission_is_never_pending(self) -> None:
        """AST-062, AST-065, AST-066, AST-075."""
        provision = Provision(user_holder(ADA), project_holder(LAB), VM, 1)
        await self.outward.issue(1, [provision], accept=True)
        self.assertEqual(await self.outward.pending(1), [])
        self.assertEqual(await self.usage(user_holder(ADA), VM), (1, 1))
        self.assertGreater(await self.outward.issue(1, []), 0)
        stranger = Provision("user:nobody", project_holder(LAB), VM, 1)
        await self.assertFailure(ensureDeferred(self.outward.issue(1, [stranger])), NoHolding)
        registry = ResourceRegistry(self.store)
        await self.store.transact("register", lambda tx: registry.register(tx, STANDARD))
        await self.assertFailure(
            ensureDeferred(self.outward.issue(1, [provision], origins=["pithos_object-store"])),
            Malformed,
        )

    async def test_writers_at_once_never_pass_the_limit(self) -> None:
        """AST-056, AST-072: whoever comes first gets it, in whatever order resources are named."""

        async def attempt(number: int) -> bool:
            resources = SERVER if number % 2 else tuple(reversed(SERVER))
            try:
                serial = await self.reserve(ADA if number % 3 else BOB, *resources)
            except OverQuota:
                return False
            await self.settle(serial, accept=number % 5 != 0)
            return True

        outcomes = await gather(attempt(number) for number in range(40))
        self.assertGreaterEqual(sum(outcomes), 10)
        for resource in SERVER:
            low, high = await self.usage(project_holder(LAB), resource)
            self.assertEqual(low, high)
            self.assertLessEqual(high, 10)
            parts = [await self.usage(user_holder(user), resource) for user in (ADA, BOB)]
            self.assertEqual(sum(part[0] for part in parts), low)


class LedgerOnSqlite(OnSqlite, LedgerSuite, TestCase):
    """In memory."""


class LedgerOnPostgres(OnPostgres, LedgerSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""
