"""Each contract row is either proven by a test that names it, or listed as unproven."""

from twisted.trial.unittest import SynchronousTestCase

from tests.architecture import ratchet


class ContractRows(SynchronousTestCase):
    def test_the_list_holds_exactly_the_unproven_rows(self) -> None:
        """A row that a test names is off the list; a row that none names is on it."""
        unproven = ratchet.rows() - ratchet.proven()
        self.assertEqual(
            (sorted(unproven - ratchet.listed()), sorted(ratchet.listed() - unproven)),
            ([], []),
            "rewrite the list with: python -m tests.architecture.ratchet",
        )
