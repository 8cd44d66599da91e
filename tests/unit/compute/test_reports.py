"""Reports that must change nothing, or little: foreign, old, repeated, not final."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.cluster.interface import JobEvent, JobStatus, ProgressEvent
from synnefod.common.clockwork import sleep
from synnefod.common.ids import JobId
from synnefod.compute.interface import Operstate, Server
from synnefod.compute.records import servers
from tests.unit.compute.house import ALICE, HouseCase

FAR = 1 << 60
"""A moment after all others."""


class Reports(HouseCase):
    async def row(self, number: int) -> Server:
        found = await self.house.store.read("look", lambda tx: servers.get(tx, number))
        assert found is not None
        return found

    async def running(self) -> int:
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        return number

    def report(self, number: int, opcode: str, **fields: Any) -> JobEvent:
        made = JobEvent(
            "one.localhost", f"snf-{number}", JobId(9000), opcode, JobStatus.SUCCESS, when=FAR
        )
        return evolve(made, **fields)

    async def unmoved(self, number: int, *events: JobEvent | ProgressEvent) -> None:
        before = await self.row(number)
        for event in events:
            await self.house.parts.keeper.feed(event)
        self.assertEqual(await self.row(number), before)

    async def test_foreign_names_and_unknown_servers_are_taken_and_change_nothing(self) -> None:
        """GNT-003, GNT-105: other prefixes, other remainders, numbers nobody has, clusters
        nobody registered; each report is acknowledged."""
        number = await self.running()
        stop = self.report(number, "OP_INSTANCE_SHUTDOWN")
        names = ("web.example.org", "snf-", "snf-x1", f"snf-{number}b", f"xsnf-{number}", "snf-999")
        await self.unmoved(number, *(evolve(stop, instance=name) for name in names))
        await self.unmoved(number, evolve(stop, cluster="two.localhost"))

    async def test_a_deleted_server_hears_nothing(self) -> None:
        """GNT-106"""
        number = await self.running()
        await self.house.parts.compute.actions.delete(ALICE, number)
        await self.house.settle(number, Operstate.DESTROYED)
        for opcode in ("OP_INSTANCE_STARTUP", "OP_INSTANCE_CREATE", "OP_INSTANCE_REMOVE"):
            await self.unmoved(number, self.report(number, opcode))

    async def test_an_older_report_does_not_turn_the_state_back(self) -> None:
        """GNT-107: what the server is follows the newest moment, in whatever order they come."""
        number = await self.running()
        seen = (await self.row(number)).life.seen
        old = self.report(number, "OP_INSTANCE_SHUTDOWN", job=JobId(1), when=seen - 1)
        await self.house.parts.keeper.feed(old)
        self.assertIs((await self.row(number)).life.operstate, Operstate.STARTED)

    async def test_what_is_not_final_changes_the_job_s_fields_alone(self) -> None:
        """GNT-121"""
        number = await self.running()
        before = await self.row(number)
        for status in (JobStatus.QUEUED, JobStatus.WAITING, JobStatus.RUNNING):
            await self.house.parts.keeper.feed(
                self.report(number, "OP_INSTANCE_SHUTDOWN", status=status)
            )
            after = await self.row(number)
            self.assertEqual(after.life.status, status.value)
            fields = {"job", "status", "opcode", "log", "job_when"}
            kept = {name: getattr(before.life, name) for name in fields}
            self.assertEqual(evolve(after.life, **kept), before.life)

    async def test_a_failed_removal_of_what_is_there_changes_the_job_s_fields_alone(self) -> None:
        """GNT-127"""
        number = await self.running()
        before = await self.row(number)
        usage = await self.house.usage()
        await self.house.parts.keeper.feed(
            self.report(number, "OP_INSTANCE_REMOVE", status=JobStatus.ERROR)
        )
        after = await self.row(number)
        self.assertEqual((after.life.operstate, after.deleted), (Operstate.STARTED, False))
        self.assertEqual((after.life.status, after.life.seen), ("error", before.life.seen))
        self.assertEqual(await self.house.usage(), usage)

    async def test_progress_never_makes_a_report_too_old(self) -> None:
        """GNT-137: a node's clock may be ahead by years."""
        self.house.simulator.cluster.knobs.hold = True
        number = await self.house.create()
        event = ProgressEvent(
            "one.localhost", f"snf-{number}", "image-copy-progress", FAR, {"progress": 40}
        )
        await self.house.parts.keeper.feed(event)
        self.assertEqual((await self.row(number)).life.progress, 40)
        while (job := (await self.row(number)).life.task_job) is None:
            await sleep(self.house.rooms.clock, 0.02)
        made = self.report(number, "OP_INSTANCE_CREATE", job=JobId(job), when=5)
        await self.house.parts.keeper.feed(made)
        self.assertIs((await self.row(number)).life.operstate, Operstate.STARTED)

    async def test_both_mouths_and_every_repetition_apply_each_transition_once(self) -> None:
        """GNT-181, GNT-183: all reports of a life, told again in any order, leave the rows and
        the counters as they are."""
        house = self.house
        number = await self.running()
        await house.parts.compute.actions.stop(ALICE, number)
        await house.settle(number, Operstate.STOPPED)
        await house.parts.compute.actions.start(ALICE, number)
        await house.settle(number, Operstate.STARTED)
        told: list[JobEvent] = []
        for job in await house.backends.the_cluster.jobs():
            told += await house.events(job)
        told = [event for event in told if event.instance == f"snf-{number}"]
        self.assertGreaterEqual(len(told), 3)
        before, usage = await self.row(number), await house.usage()
        for source in ("bus", "poll"):
            for event in [*told, *reversed(told)]:
                await house.parts.keeper.feed(evolve(event, source=source))
        after = await self.row(number)
        self.assertEqual(after.life, before.life)
        self.assertEqual(await house.usage(), usage)
