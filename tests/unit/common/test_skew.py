"""Whether clocks that differ are told of."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Unavailable
from synnefod.common.skew import Clocks


class Skew(SynchronousTestCase):
    def setUp(self) -> None:
        self.clocks = Clocks()

    def test_what_the_way_can_explain_is_no_difference(self) -> None:
        """A whole second's cut and a slow answer are both within what is heard (OPS-164)."""
        self.clocks.heard("cluster a", (99.0, 100.0), (99.9, 104.0))
        self.assertEqual(self.clocks.ahead, {"cluster a": 0.0})
        self.clocks.check()

    def test_two_seconds_are_a_warning_and_thirty_are_too_many(self) -> None:
        """The warning is given once for each time that a clock goes astray; beyond 30 s the check
        fails, and heals when the clock does (OPS-164)."""
        for told, ahead in ((103.0, 3.0), (104.0, 4.0), (96.0, -3.0)):
            self.clocks.heard("the database", (told, told), (99.0, 100.0))
            self.assertEqual(self.clocks.ahead["the database"], ahead)
            self.clocks.check()
        self.clocks.heard("cluster a", (60.0, 61.0), (99.0, 100.0))
        error = self.assertRaises(Unavailable, self.clocks.check)
        self.assertEqual(error.message, "the clock of cluster a is 38 s behind ours")
        self.clocks.heard("cluster a", (99.0, 100.0), (99.0, 100.0))
        self.clocks.check()
        self.clocks.heard("cluster a", (200.0, 201.0), (99.0, 100.0))
        self.clocks.forget("cluster a")
        self.clocks.check()
