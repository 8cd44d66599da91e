"""The table of volumes is total and sound."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.volumes.states import MACHINE, Seen, Status


class Table(SynchronousTestCase):
    def test_every_pair_is_decided(self) -> None:
        """Each state and report is either moved or ignored, never both."""
        self.assertEqual(list(MACHINE.undecided()), [])
        self.assertEqual(list(MACHINE.contradictions()), [])

    def test_a_failed_attachment_keeps_the_volume(self) -> None:
        """A volume whose attachment failed is AVAILABLE again and not lost."""
        self.assertEqual(MACHINE.step(Status.ATTACHING, Seen.ABSENT).to, Status.AVAILABLE)

    def test_deleted_is_final(self) -> None:
        """No report brings a deleted volume back."""
        for event in Seen:
            self.assertEqual(MACHINE.step(Status.DELETED, event).to, Status.DELETED)
