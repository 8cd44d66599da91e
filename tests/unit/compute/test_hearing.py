"""What the keeper makes of reports that say less than others."""

from synnefod.cluster.interface import ProgressEvent
from synnefod.compute.records import servers
from tests.unit.compute.house import HouseCase


class Hearing(HouseCase):
    async def test_progress_that_names_no_cluster_is_heard(self) -> None:
        """The progress monitor of a node knows its instance and no cluster. GNT-136."""
        house = self.house
        house.simulator.cluster.knobs.hold = True
        number = await house.create()
        body = {"progress": 41.7}
        event = ProgressEvent("", f"snf-{number}", "image-copy-progress", 5, body)
        await house.parts.keeper.feed(event)
        found = await house.store.read("look", lambda tx: servers.get(tx, number))
        self.assertEqual(found.life.progress, 41)
