"""A deployment's own module hears of every change of a membership's or a project's quota."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.text import micros
from synnefod.projects.interface import Asker, Definition, Policy, Project, ProjectChanges
from synnefod.projects.records.projects import Member
from tests.harness.cloud import NOW, done, in_memory

WANTED = Definition(
    name="genes.example.org", ends=micros(NOW + 86_400), join_policy=Policy.MODERATED
)


class Watcher:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.failing = False

    def check_state_membership(self, membership: Member, event: str) -> None:
        self.heard.append((event, membership.state.name))
        if self.failing:
            raise RuntimeError("the policy's own defect")

    def check_state_projects(self, projects: Sequence[Project], event: str) -> None:
        self.heard += [(event, each.state.name) for each in projects]


class PolicyTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.watcher = Watcher()
        self.projects = evolve(self.cloud.projects, policy=self.watcher)
        self.ada = Asker(done(self.cloud.person("ada@example.org")).id, False)
        bob = done(self.cloud.person("bob@example.org"))
        self.bob = Asker(bob.id, False)
        self.root = Asker(None, True)
        wish = done(self.projects.applications.apply(self.ada, WANTED))
        done(self.projects.applications.act(self.root, wish.project, wish.number, "approve"))
        self.project = wish.project

    def heard(self) -> list[tuple[str, str]]:
        found = list(self.watcher.heard)
        self.watcher.heard.clear()
        return found

    def test_every_change_is_heard_of(self) -> None:
        """AST-114"""
        members = self.projects.memberships
        self.assertEqual(self.heard(), [])
        number = done(members.join(self.bob, self.project))
        done(members.act(self.ada, number, "accept"))
        done(members.act(self.bob, number, "leave"))
        done(members.enroll(self.ada, self.project, "bob@example.org"))
        done(members.act(self.ada, number, "remove"))
        self.assertEqual(
            self.heard(),
            [
                ("JOIN", "REQUESTED"),
                ("ACCEPT", "ACCEPTED"),
                ("LEAVE", "REMOVED"),
                ("ENROLL", "ACCEPTED"),
                ("REMOVE", "REMOVED"),
            ],
        )
        for action in ("suspend", "unsuspend", "terminate", "reinstate"):
            done(self.projects.control(self.root, self.project, action))
        done(self.projects.modify(self.project, ProjectChanges(description="more")))
        self.assertEqual(
            self.heard(),
            [
                ("SUSPEND", "SUSPENDED"),
                ("UNSUSPEND", "ACTIVE"),
                ("TERMINATE", "TERMINATED"),
                ("REINSTATE", "ACTIVE"),
                ("MODIFY", "ACTIVE"),
            ],
        )
        change = done(
            self.projects.applications.modify(self.ada, self.project, Definition(private=True))
        )
        act = self.projects.applications.act
        done(act(self.root, self.project, change.number, "approve"))
        self.assertEqual(self.heard(), [("MODIFY", "ACTIVE")])

    def test_suspensions_of_members_are_heard_of(self) -> None:
        """AST-114: as they come with an account that is deactivated, and pass with it."""
        done(self.projects.memberships.enroll(self.ada, self.project, "bob@example.org"))
        self.heard()
        bob = self.bob.user
        store = self.cloud.store
        done(store.transact("off", lambda tx: self.projects.deactivated(tx, bob)))
        self.assertIn(("SUSPEND", "SUSPENDED"), self.heard())
        done(store.transact("on", lambda tx: self.projects.activated(tx, bob)))
        self.assertIn(("UNSUSPEND", "ACCEPTED"), self.heard())

    def test_a_policy_that_fails_stops_nothing(self) -> None:
        """It is logged; the membership stands."""
        self.watcher.failing = True
        number = done(self.projects.memberships.join(self.bob, self.project))
        self.assertEqual(
            done(self.projects.memberships.show(self.bob, number)).state.name, "REQUESTED"
        )
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)
