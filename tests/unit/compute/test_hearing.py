"""What the keeper makes of reports that say less than others."""

from attrs import evolve

from synnefod.cluster.interface import JobEvent, JobStatus, ProgressEvent
from synnefod.common.ids import JobId
from synnefod.compute.interface import Operstate
from synnefod.compute.records import servers
from tests.unit.compute.house import HouseCase


class Hearing(HouseCase):
    async def test_progress_that_names_no_cluster_is_heard(self) -> None:
        """The progress monitor of a node, snf-progress-monitor, knows its instance and no cluster
        (GNT-136, OPS-126)."""
        house = self.house
        house.simulator.cluster.knobs.hold = True
        number = await house.create()
        body = {"progress": 41.7}
        event = ProgressEvent("", f"snf-{number}", "image-copy-progress", 5, body)
        await house.parts.keeper.feed(event)
        found = await house.store.read("look", lambda tx: servers.get(tx, number))
        self.assertEqual(found.life.progress, 41)

    async def test_reports_that_were_put_aside_go_with_their_server(self) -> None:
        """A removal that reconciliation finds leaves no report waiting for a job."""
        house = self.house
        house.simulator.cluster.knobs.rapi = "down"
        number = await house.create()
        early = JobEvent(
            "one.localhost",
            f"snf-{number}",
            JobId(900),
            "OP_INSTANCE_SHUTDOWN",
            JobStatus.SUCCESS,
            when=5,
        )
        await house.parts.keeper.feed(early)

        async def kept() -> int:
            rows = await house.store.read("look", lambda tx: tx.all("select job from early_events"))
            return len(rows)

        self.assertEqual(await kept(), 1)
        gone = evolve(early, job=JobId(0), opcode="OP_INSTANCE_REMOVE", when=9)
        await house.parts.keeper.feed(gone)
        found = await house.store.read("look", lambda tx: servers.get(tx, number))
        self.assertIs(found.life.operstate, Operstate.DESTROYED)
        self.assertEqual(await kept(), 0)
