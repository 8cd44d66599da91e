"""Applications and memberships below the door, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.clockwork import gather
from synnefod.common.errors import AlreadyExists, Conflict
from synnefod.common.text import micros
from synnefod.common.threads import InlineThreads
from synnefod.projects.chores import expiring
from synnefod.projects.interface import (
    AppState,
    Asker,
    Capacity,
    Definition,
    MemberState,
    Policy,
    ProjectState,
)
from synnefod.quota.interface import VM
from tests.harness.cloud import NOW, assemble, done, in_memory
from tests.harness.database import OnPostgres, OnSqlite

WANTED = Definition(
    name="genes.example.org",
    ends=micros(NOW + 86_400),
    join_policy=Policy.AUTO,
    max_members=1,
    capacities={VM: Capacity(9, 3)},
)


class DesksSuite:
    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.cloud = assemble(self.store, self.clock, InlineThreads())
        await self.cloud.first_start.prepare()
        self.projects = self.cloud.projects
        self.ada = await self.cloud.person()
        self.bob = await self.cloud.person("bob@example.org")
        self.eve = await self.cloud.person("eve@example.org")
        self.root = Asker(self.eve.id, True)

    def refused(self, work: Any, kind: type[Exception]) -> Any:
        return self.assertFailure(ensureDeferred(work), kind)

    async def test_a_wish_becomes_a_project_with_members(self) -> None:
        """AST-083, AST-093, AST-102, AST-105, AST-113, on either engine."""
        ada, bob = Asker(self.ada.id, False), Asker(self.bob.id, False)
        desk, members = self.projects.applications, self.projects.memberships
        wish = await desk.apply(ada, WANTED)
        await desk.act(self.root, wish.project, wish.number, "approve")
        details = (await desk.details([wish.project]))[wish.project]
        self.assertIs(details.application.state, AppState.APPROVED)
        self.assertEqual(details.application.wanted.capacities, {VM: Capacity(9, 3)})
        number = await members.join(bob, wish.project)
        self.assertEqual((await members.show(bob, number)).state, MemberState.ACCEPTED)
        found = await self.projects.quotas(users=[self.bob.id], projects=[wish.project])
        self.assertEqual(found[self.bob.id][wish.project][VM].limit, 3)
        await self.refused(members.enroll(ada, wish.project, "eve@example.org"), Conflict)
        change = await desk.modify(ada, wish.project, Definition(max_members=5, private=True))
        await desk.act(self.root, wish.project, change.number, "approve")
        await members.enroll(ada, wish.project, "eve@example.org")
        project = await self.projects.show(wish.project)
        self.assertEqual((project.max_members, project.private), (5, True))
        listed = await members.listing(ada, wish.project)
        self.assertEqual([each.user for each in listed], [self.bob.id, self.eve.id])
        await members.act(bob, number, "leave")
        self.assertEqual((await members.listing(ada))[0].actions, ())
        twin = await desk.apply(bob, WANTED)
        await self.refused(desk.act(self.root, twin.project, twin.number, "approve"), AlreadyExists)

    async def test_of_two_who_answer_at_once_one_is_heard(self) -> None:
        """AST-090, AST-106: an application has one answer, a place one member."""
        ada = Asker(self.ada.id, False)
        desk, members = self.projects.applications, self.projects.memberships
        wish = await desk.apply(ada, WANTED)
        outcomes: list[bool] = []

        async def outcome(work: Any) -> None:
            try:
                await work
            except Conflict:
                outcomes.append(False)
            else:
                outcomes.append(True)

        act = desk.act
        await gather(
            outcome(act(self.root, wish.project, wish.number, "approve")) for _ in range(4)
        )
        self.assertEqual(sorted(outcomes), [False, False, False, True])
        await gather(
            members.join(Asker(user.id, False), wish.project)
            for user in (self.ada, self.bob, self.eve)
        )
        states = sorted(state for _, state in await self.projects.members(wish.project))
        wanted = [MemberState.REQUESTED, MemberState.REQUESTED, MemberState.ACCEPTED]
        self.assertEqual(states, wanted)


class DesksOnSqlite(OnSqlite, DesksSuite, TestCase):
    """In memory."""


class DesksOnPostgres(OnPostgres, DesksSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""


class ChoreTests(SynchronousTestCase):
    def test_expired_projects_end_by_the_clock(self) -> None:
        """AST-099: when the daemon is told to look."""
        cloud = in_memory()
        ada = done(cloud.person())
        wish = done(cloud.projects.applications.apply(Asker(ada.id, False), WANTED))
        root = Asker(None, True)
        done(cloud.projects.applications.act(root, wish.project, wish.number, "approve"))
        chore = expiring(cloud.projects, cloud.clock, 3600)
        chore.begin()
        cloud.clock.advance(3600)
        self.assertIs(done(cloud.projects.show(wish.project)).state, ProjectState.ACTIVE)
        cloud.clock.pump([3600] * 24)
        self.assertIs(done(cloud.projects.show(wish.project)).state, ProjectState.TERMINATED)
        done(chore.stop())
