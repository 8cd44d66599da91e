"""The table of a virtual machine is total, sound, and the contract's."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.compute.machine.states import MACHINE, Action, Event, Operstate, Refused, refusal

S, E, A = Operstate, Event, Action


class Table(SynchronousTestCase):
    def test_every_pair_is_decided(self) -> None:
        """Each state and event either moves or is ignored on purpose, never both."""
        self.assertEqual(list(MACHINE.undecided()), [])
        self.assertEqual(list(MACHINE.contradictions()), [])

    def test_the_moves_are_the_contracts(self) -> None:
        """compute-image-volume.md 6.2, ganeti.md 20 (GNT-122, GNT-124, GNT-126)."""
        for state, event, to in (
            (S.BUILD, E.CREATED, S.STARTED),
            (S.BUILD, E.CREATE_FAILED, S.ERROR),
            (S.STARTED, E.STOPPED, S.STOPPED),
            (S.STOPPED, E.STARTED, S.STARTED),
            (S.ERROR, E.REMOVED, S.DESTROYED),
            (S.BUILD, E.REMOVED, S.DESTROYED),
            (S.STARTED, E.FAILED, S.STARTED),
            (S.STOPPED, E.CHANGED, S.STOPPED),
            (S.DESTROYED, E.STARTED, S.DESTROYED),
        ):
            self.assertIs(MACHINE.step(state, event).to, to)

    def test_requests_are_taken_by_the_table(self) -> None:
        """compute-image-volume.md 6.3 (CMP-113, CMP-115, CMP-146, CMP-147, CMP-260)."""
        building, state, none = Refused.BUILDING, Refused.STATE, None
        for action, expected in (
            (A.START, (building, state, none, state)),
            (A.STOP, (building, none, state, state)),
            (A.REBOOT, (building, none, none, state)),
            (A.RESIZE, (building, state, none, state)),
            (A.CONNECT, (building, none, none, state)),
            (A.DESTROY, (none, none, none, none)),
            (A.EDIT, (none, none, none, none)),
            (A.REASSIGN, (none, none, none, none)),
            (A.CONSOLE, (Refused.NOT_ACTIVE, none, Refused.NOT_ACTIVE, Refused.NOT_ACTIVE)),
        ):
            found = tuple(refusal(action, s, "") for s in (S.BUILD, S.STARTED, S.STOPPED, S.ERROR))
            self.assertEqual(found, expected, action)
        for action in (A.START, A.STOP, A.REBOOT, A.RESIZE, A.REASSIGN):
            self.assertIs(refusal(action, S.STOPPED, "START"), Refused.PENDING)
            self.assertIs(refusal(action, S.BUILD, "BUILD"), Refused.BUILDING)
        for action in A:
            if action is not A.SUSPEND:
                refused = refusal(action, S.STOPPED, "", suspended=True)
                self.assertIs(refused, Refused.SUSPENDED)
            self.assertIs(refusal(action, S.DESTROYED, ""), Refused.DELETED)
        self.assertIs(refusal(A.CONNECT, S.STARTED, "", hotplug=False), Refused.STATE)
