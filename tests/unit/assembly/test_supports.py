"""Bounds of the supports that follow from the settings."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.supports import at_once


class Requests(SynchronousTestCase):
    def test_all_daemons_together_stay_below_what_a_cluster_serves(self) -> None:
        """Eight at most from one, two places left to others, and never none (GNT-019)."""
        for most, daemons, each in ((20, 1, 8), (20, 2, 8), (20, 3, 6), (20, 18, 1), (20, 40, 1)):
            self.assertEqual(at_once(most, daemons), each)
            if daemons <= most - 2:
                self.assertLess(each * daemons, most)
