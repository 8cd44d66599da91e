"""What a server's disks count for."""

from typing import cast

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.ids import ProjectId, UserId, VolumeId
from synnefod.compute.interface import Flavor, Life, Operstate, Server
from synnefod.compute.usage import GIB, usage
from synnefod.quota.interface import DISK
from synnefod.volumes.interface import Volume


class _Row:
    """The columns that count."""

    user, project = UserId("u"), ProjectId("p")
    life = Life(Operstate.STARTED)
    size, status, id = 4, "CREATING", VolumeId(1)
    cpu, ram = 1, 128

    @property
    def outlives(self) -> bool:
        return self.status == "ATTACHING"


class Disks(SynchronousTestCase):
    def count(self, status: str) -> int:
        volume = _Row()
        volume.status = status
        row = cast(Server, _Row())
        return usage(row, cast(Flavor, _Row()), [cast(Volume, volume)])[
            _Row.user, _Row.project, DISK
        ]

    def test_a_disk_still_being_made_counts_for_a_running_server(self) -> None:
        """The report that the server runs may not name its disks; they are charged all the same,
        and given back with it."""
        self.assertEqual(self.count("CREATING"), 4 * GIB)

    def test_a_volume_that_is_being_attached_is_not_given_back_with_the_server(self) -> None:
        """It outlives a server that is removed meanwhile, and so does its charge."""
        self.assertEqual(self.count("ATTACHING"), 0)
