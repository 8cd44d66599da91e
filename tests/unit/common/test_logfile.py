"""A log file that is moved away while it is written."""

from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.logfile import LogFile


class Rotation(SynchronousTestCase):
    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.clock = Clock()
        self.file = LogFile(self.path, self.clock.seconds)

    def test_a_renamed_file_is_left_for_a_new_one(self) -> None:
        """Found out within a second, or at once when told to; no line is lost (OPS-140)."""
        self.file.write("one\n")
        old = self.path.with_suffix(".1")
        self.path.rename(old)
        self.file.write("two\n")
        self.clock.advance(1)
        self.file.write("three\n")
        self.assertEqual((old.read_text(), self.path.read_text()), ("one\ntwo\n", "three\n"))
        self.path.rename(old)
        self.file.reopen()
        self.file.write("four\n")
        self.assertEqual((old.read_text(), self.path.read_text()), ("three\n", "four\n"))
        self.assertEqual(self.path.stat().st_mode & 0o777 & ~0o640, 0)

    def test_where_no_file_can_be_made_the_old_one_goes_on(self) -> None:
        """OPS-140"""
        self.file.write("one\n")
        gone = self.path.with_suffix(".1")
        self.path.rename(gone)
        self.path.mkdir()
        self.clock.advance(2)
        self.file.write("two\n")
        self.assertEqual((gone.read_text(), self.file.dropped), ("one\ntwo\n", 0))
