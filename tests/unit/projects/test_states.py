"""The tables of applications, projects and memberships."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Conflict
from synnefod.projects.interface import AppState, MemberState, ProjectState
from synnefod.projects.states import (
    APPLICATIONS,
    MEMBERSHIPS,
    PROJECTS,
    AppEvent,
    MemberEvent,
    ProjectEvent,
    move,
)


class TableTests(SynchronousTestCase):
    def test_every_pair_is_decided_once(self) -> None:
        """A state and an event either move or are refused, never both and never neither."""
        for machine in (APPLICATIONS, PROJECTS, MEMBERSHIPS):
            self.assertEqual(list(machine.undecided()), [])
            self.assertEqual(set(machine.table) & set(machine.ignored), set())

    def test_final_states_of_applications_stay(self) -> None:
        """identity.md 3.6: approved, replaced, dismissed and cancelled are final."""
        for state in (AppState.APPROVED, AppState.REPLACED, AppState.DISMISSED, AppState.CANCELLED):
            for event in AppEvent:
                self.assertRaises(Conflict, move, APPLICATIONS, state, event, "application")

    def test_a_suspended_member_never_waits_for_leave(self) -> None:
        """identity.md 7.3: leaving from suspended is the end, whatever the policy."""
        step = move(MEMBERSHIPS, MemberState.SUSPENDED, MemberEvent.ASK_LEAVE, "membership")
        self.assertIs(step.to, MemberState.REMOVED)

    def test_nothing_leaves_deleted(self) -> None:
        for event in ProjectEvent:
            self.assertRaises(Conflict, move, PROJECTS, ProjectState.DELETED, event, "project")
