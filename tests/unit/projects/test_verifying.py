"""Limits and usage compared with what there is, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common import metrics
from synnefod.common.text import micros
from synnefod.common.threads import InlineThreads
from synnefod.projects.interface import Asker, Capacity, Definition, NewProject
from synnefod.projects.verifying import LimitVerifier, pending_applications
from synnefod.quota.chores import watching
from synnefod.quota.interface import PENDING_APP, VM, Charge, Provision, project_holder, user_holder
from synnefod.quota.verify import UsageVerifier
from tests.harness.cloud import NOW, assemble, done, in_memory
from tests.harness.database import OnPostgres, OnSqlite


class VerifyingSuite:
    async def setUp(self) -> None:
        self.store = await self.make_store()
        clock = Clock()
        clock.advance(NOW)
        self.cloud = assemble(self.store, clock, InlineThreads())
        await self.cloud.first_start.prepare()
        self.ada = await self.cloud.person()
        new = NewProject("lab", self.ada.id, capacities={VM: Capacity(9, 3)})
        self.lab = await self.cloud.projects.create(new)
        self.limits = LimitVerifier(self.cloud.projects)
        self.usage = UsageVerifier(self.store, self.cloud.ledger)

    async def test_limits_are_brought_back_to_what_projects_give(self) -> None:
        """identity.md 2.13, quota-verify: wrong, missing and, when asked for, unexpected ones."""
        self.assertEqual(await self.limits.verify(unexpected=True), [])
        ledger, lab = self.cloud.ledger, project_holder(self.lab.id)
        mine = user_holder(self.ada.id)

        async def spoil(tx: Any) -> None:
            await ledger.set_limits(tx, mine, lab, {VM: 77})
            await ledger.set_limits(tx, "user:nobody", lab, {VM: 1})
            (whole,) = [h for h in await ledger.holdings(tx, [lab]) if h.resource == VM]
            await ledger.drop(tx, whole)

        await self.store.transact("spoil", spoil)
        found = await self.limits.verify(fix=True)
        self.assertEqual(
            sorted((each.holder, each.expected, each.holding is None) for each in found),
            sorted([(mine, 3, False), (lab, 9, True)]),
        )
        (left,) = await self.limits.verify(unexpected=True)
        self.assertEqual((left.holder, left.expected), ("user:nobody", None))
        await self.limits.verify(fix=True, unexpected=True)
        self.assertEqual(await self.limits.verify(unexpected=True), [])

    async def test_usage_is_brought_back_to_what_exists(self) -> None:
        """identity.md 2.13: not while a change is pending, and beyond the limit only by force."""
        ledger = self.cloud.ledger
        exists = {(self.ada.id, self.lab.id): 5}

        async def count(tx: Any) -> Any:
            return exists

        async def charge(tx: Any) -> None:
            await ledger.charge(tx, [Charge(self.ada.id, self.lab.id, VM, 2)])

        await self.store.transact("charge", charge)
        found = await self.usage.verify({VM: count})
        self.assertEqual([(each.exists, each.holding.usage_max) for each in found], [(5, 2)] * 2)
        found = await self.usage.verify({VM: count}, fix=True)
        fixed = {each.holder: each.fixed for each in found}
        self.assertEqual(
            fixed, {project_holder(self.lab.id): True, user_holder(self.ada.id): False}
        )
        await self.usage.verify({VM: count}, fix=True, force=True)
        self.assertEqual(await self.usage.verify({VM: count}), [])
        exists.clear()

        async def reserve(tx: Any) -> Any:
            return await ledger.reserve(tx, [Charge(self.ada.id, self.lab.id, VM, -5)])

        serial = await self.store.transact("reserve", reserve)
        self.assertEqual(await self.usage.verify({VM: count}), [])
        await self.store.transact("settle", lambda tx: ledger.settle(tx, serial, accept=False))
        self.assertEqual(len(await self.usage.verify({VM: count}, fix=True)), 2)
        self.assertEqual(await self.usage.verify({VM: count}), [])

    async def test_pending_applications_are_counted_again(self) -> None:
        """identity.md 2.13, reconcile-resources-astakos."""
        wanted = Definition(name="genes.example.org", ends=micros(NOW + 86_400))
        await self.cloud.projects.applications.apply(Asker(self.ada.id, False), wanted)
        counts = {PENDING_APP: pending_applications}
        self.assertEqual(await self.usage.verify(counts), [])
        own = Charge(self.ada.id, self.ada.default_project, PENDING_APP, 1)
        await self.store.transact("spoil", lambda tx: self.cloud.ledger.charge(tx, [own]))
        self.assertEqual(len(await self.usage.verify(counts, fix=True)), 2)
        self.assertEqual(await self.usage.verify(counts), [])


class VerifyingOnSqlite(OnSqlite, VerifyingSuite, TestCase):
    """In memory."""


class VerifyingOnPostgres(OnPostgres, VerifyingSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""


class WatchingTests(SynchronousTestCase):
    def test_commissions_that_wait_too_long_are_told_of(self) -> None:
        """identity.md 3.3: counted, and warned of once they are overdue."""
        cloud = in_memory()
        ada = done(cloud.person())
        provision = Provision(user_holder(ada.id), project_holder(ada.id), VM, 1)
        serial = done(cloud.commissions.issue(7, [provision], name="forgotten"))
        lines: list[Any] = []
        globalLogPublisher.addObserver(lines.append)
        self.addCleanup(globalLogPublisher.removeObserver, lines.append)
        chore = watching(cloud.commissions, cloud.clock, every=60, overdue=90)
        chore.begin()
        self.addCleanup(lambda: done(chore.stop()))
        cloud.clock.advance(60)
        self.assertEqual(metrics.commissions_pending._value.get(), 1)
        self.assertEqual([each for each in lines if each.get("serial") == serial], [])
        cloud.clock.advance(60)
        (told,) = [each for each in lines if each.get("serial") == serial]
        self.assertEqual((told["name"], told["age"]), ("forgotten", 120))
        overdue = done(cloud.commissions.overdue(90))
        self.assertEqual([each.serial for each in overdue], [serial])
        done(cloud.commissions.resolve(7, [serial], []))
        cloud.clock.advance(60)
        self.assertEqual(metrics.commissions_pending._value.get(), 0)
