"""synnefod.cluster.jobqueue: real folders and real inotify, the bus in memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.cluster.events import topology
from synnefod.cluster.jobqueue import (
    JobQueueWatcher,
    cluster_name_by_file,
    job_number,
    master_by_file,
)
from synnefod.common.clockwork import sleep
from synnefod.common.errors import NotFound, Unavailable
from synnefod.common.threads import InlineThreads
from synnefod.protocols.amqp.bus import PublishRefused
from synnefod.protocols.amqp.memory import MemoryBus
from synnefod.protocols.eventd import InstanceData, OpStatus, WireDisk, WireNic, decode
from tests.contracts.bus import Collector
from tests.unit.cluster.test_jobfiles import job, op

DATA = InstanceData((WireNic("snf-nic-1"),), (WireDisk("snf-vol-1", 16, "u"),), {"boot_order": ""})


class Query:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failure: Exception | None = None

    async def instance(self, name: str) -> InstanceData:
        self.asked.append(name)
        if self.failure is not None:
            raise self.failure
        return DATA


class Deaf(JobQueueWatcher):
    def _noticed(self, _: object, path: Any, mask: int) -> None:
        pass


class Watching(TestCase):
    timeout = 30

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.bus = MemoryBus(reactor)
        await self.bus.declare(topology())
        self.events, self.query, self.master = Collector(), Query(), True
        await self.bus.consume("snf-events-op", self.events)
        self.watcher = self.make()

    def make(
        self, kind: type[JobQueueWatcher] = JobQueueWatcher, **options: Any
    ) -> JobQueueWatcher:
        return kind(
            reactor,
            str(self.folder),
            "c1",
            self.bus,
            self.query,
            InlineThreads(),
            lambda: self.master,
            **{"rescan": 3600.0, "recheck": 0.02, **options},
        )

    async def tearDown(self) -> None:
        await self.watcher.stop()
        await self.bus.stop()

    def write(self, number: int, *statuses: str, opcode: str = "OP_INSTANCE_REBOOT") -> None:
        """As Ganeti does: a temporary file, then a rename."""
        ops = [op(opcode, status, instance_name=f"snf-{number}") for status in statuses]
        temporary = self.folder / f"job-{number}abcd1234.new"
        temporary.write_bytes(job(*ops, id=number))
        os.rename(temporary, self.folder / f"job-{number}")

    async def told(self, count: int) -> list[tuple[int, str]]:
        await self.events.wait(count)
        return self.so_far()

    def so_far(self) -> list[tuple[int, str]]:
        messages = [decode(delivery.body) for delivery in self.events.got]
        return [(m.job, m.status) for m in messages if isinstance(m, OpStatus)]

    async def watching(self) -> None:
        while self.watcher._watched is None:
            await sleep(reactor, 0.005)

    async def test_what_is_there_at_the_start_is_told(self) -> None:
        """GNT-092."""
        self.write(2, "success")
        self.write(1, "running")
        (self.folder / "serial").write_text("2")
        (self.folder / "job-3-77-1.tmp").write_text("half")
        self.watcher.start()
        self.assertEqual(sorted(await self.told(2)), [(1, "running"), (2, "success")])

    async def test_each_change_is_told_once_and_in_order(self) -> None:
        """GNT-080, GNT-081: Ganeti writes the same status up to three times."""
        self.watcher.start()
        await self.watching()
        for turn, status in enumerate(("queued", "waiting", "running", "success"), 1):
            self.write(5, status)
            await self.told(turn)
            self.write(5, status)
            self.write(5, status)
        self.write(6, "queued")
        self.assertEqual(
            await self.told(5),
            [(5, "queued"), (5, "waiting"), (5, "running"), (5, "success"), (6, "queued")],
        )

    async def test_a_file_closed_after_writing_is_told(self) -> None:
        """GNT-080."""
        self.watcher.start()
        await self.watching()
        (self.folder / "job-9").write_bytes(
            job(op("OP_INSTANCE_REBOOT", "running", instance_name="snf-9"), id=9)
        )
        self.assertEqual(await self.told(1), [(9, "running")])

    async def test_only_the_changed_opcodes_of_a_job_are_told(self) -> None:
        self.watcher.start()
        await self.watching()
        self.write(5, "success", "running", "waiting")
        await self.told(3)
        self.write(5, "success", "success", "running")
        self.assertEqual(
            await self.told(5),
            [
                (5, "success"),
                (5, "running"),
                (5, "waiting"),
                (5, "success"),
                (5, "running"),
            ],
        )

    async def test_a_startup_carries_the_instances_data(self) -> None:
        """GNT-085."""
        self.watcher.start()
        await self.watching()
        self.write(5, "success", opcode="OP_INSTANCE_STARTUP")
        (delivery,) = await self.events.wait(1)
        message = decode(delivery.body)
        assert isinstance(message, OpStatus)
        self.assertEqual((message.nics, message.disks), (DATA.nics, DATA.disks))
        self.assertEqual(self.query.asked, ["snf-5"])

    async def test_without_the_data_the_message_goes_out_all_the_same(self) -> None:
        """GNT-093: whatever goes wrong with the query."""
        await self.without_data(Unavailable("no socket"))

    async def test_a_query_that_breaks_does_not_hold_the_message_back(self) -> None:
        """GNT-093."""
        await self.without_data(KeyError("snf-5"))
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    async def without_data(self, failure: Exception) -> None:
        self.query.failure = failure
        self.watcher.start()
        await self.watching()
        self.write(5, "success", opcode="OP_INSTANCE_STARTUP")
        (delivery,) = await self.events.wait(1)
        message = decode(delivery.body)
        assert isinstance(message, OpStatus)
        self.assertEqual((message.status, message.nics), ("success", None))

    async def test_only_the_master_tells(self) -> None:
        """GNT-082: after a failover the new master tells what it finds, without a restart."""
        self.master = False
        self.watcher.start()
        await self.watching()
        self.write(5, "running")
        self.write(6, "success")
        await sleep(reactor, 0.05)
        self.assertEqual(self.so_far(), [])
        self.master = True
        self.assertEqual(sorted(await self.told(2)), [(5, "running"), (6, "success")])
        self.master = False
        self.write(7, "running")
        await sleep(reactor, 0.05)
        self.assertEqual(len(self.so_far()), 2)

    async def test_a_broken_file_harms_no_other(self) -> None:
        self.watcher.start()
        await self.watching()
        (self.folder / "job-4").write_text("{half")
        (self.folder / "job-3").mkdir()
        self.write(5, "running")
        self.assertEqual(await self.told(1), [(5, "running")])

    async def test_jobs_that_left_the_folder_are_forgotten(self) -> None:
        self.watcher.start()
        await self.watching()
        for number in range(1, 6):
            self.write(number, "success")
        await self.told(5)
        while len(self.watcher) < 5:
            await sleep(reactor, 0.005)
        archive = self.folder / "archive"
        archive.mkdir()
        for number in range(1, 4):
            os.rename(self.folder / f"job-{number}", archive / f"job-{number}")
        (self.folder / "job-4").unlink()
        while len(self.watcher) > 1:
            await sleep(reactor, 0.005)
        self.assertEqual(len(self.so_far()), 5)

    async def test_a_folder_that_vanishes_and_returns_is_watched_again(self) -> None:
        self.watcher.start()
        await self.watching()
        self.write(1, "running")
        await self.told(1)
        shutil.rmtree(self.folder)
        await sleep(reactor, 0.05)
        self.folder.mkdir()
        self.write(2, "running")
        self.assertEqual(await self.told(2), [(1, "running"), (2, "running")])
        await self.watching()
        self.write(2, "success")
        self.assertEqual((await self.told(3))[2], (2, "success"))

    async def test_a_folder_that_is_replaced_is_watched_again(self) -> None:
        self.watcher.start()
        await self.watching()
        self.write(1, "running")
        await self.told(1)
        os.rename(self.folder, f"{self.folder}.old")
        self.folder.mkdir()
        self.write(2, "running")
        await self.told(2)
        self.write(2, "success")
        self.assertEqual((await self.told(3))[1:], [(2, "running"), (2, "success")])

    async def test_what_the_watch_missed_is_found_by_the_next_scan(self) -> None:
        """An overflown watch loses names."""
        self.watcher = self.make(Deaf, rescan=0.05)
        self.watcher.start()
        await self.watching()
        self.write(1, "running")
        await self.told(1)
        self.write(1, "success")
        self.assertEqual(await self.told(2), [(1, "running"), (1, "success")])

    async def test_what_could_not_be_published_is_published_later(self) -> None:
        """GNT-091."""
        self.watcher = self.make(rescan=0.05)
        publish = self.bus.publish
        failures: list[Exception] = [Unavailable("full"), PublishRefused("no such exchange")]

        async def failing(*arguments: Any, **options: Any) -> None:
            if failures:
                raise failures.pop()
            await publish(*arguments, **options)

        self.bus.publish = failing  # type: ignore[method-assign]
        self.watcher.start()
        self.write(1, "running")
        self.assertEqual(await self.told(1), [(1, "running")])
        self.assertEqual(failures, [])

    async def test_the_exchange_is_made_by_whoever_comes_first(self) -> None:
        """ganeti.md 11.5."""
        bus = MemoryBus(reactor)
        lone = JobQueueWatcher(
            reactor, str(self.folder), "c1", bus, self.query, InlineThreads(), exchange="fresh"
        )
        lone.start()
        self.assertEqual(bus.broker.exchanges["fresh"].kind, "topic")
        await lone.stop()
        await bus.stop()

    async def test_the_last_status_is_never_skipped(self) -> None:
        """A file that changes while its reader waits for the broker is read again."""
        publish, gate = self.bus.publish, Deferred()

        async def slow(*arguments: Any, **options: Any) -> None:
            if not gate.called:
                await gate
            await publish(*arguments, **options)

        self.bus.publish = slow  # type: ignore[method-assign]
        self.watcher.start()
        await self.watching()
        self.write(1, "queued")
        await sleep(reactor, 0.05)
        self.write(1, "waiting")
        self.write(1, "running")
        self.write(1, "success")
        await sleep(reactor, 0.05)
        gate.callback(None)
        self.assertEqual(await self.told(2), [(1, "queued"), (1, "success")])


class Names(SynchronousTestCase):
    def test_only_whole_names_are_job_files(self) -> None:
        """GNT-080."""
        self.assertEqual(job_number("job-17"), 17)
        for name in (
            "job-17-8095-2.tmp",
            "job-17abcd1234.new",
            "xjob-1",
            "job-",
            "job-1\n",
            "serial",
        ):
            self.assertIs(job_number(name), None, name)

    def test_the_master_is_who_the_file_names(self) -> None:
        """GNT-082: re-read for every message."""
        folder = Path(self.mktemp())
        is_master = master_by_file(str(folder), lambda: "node1.example")
        self.assertFalse(is_master())
        folder.mkdir()
        (folder / "ssconf_master_node").write_text("node2.example\n")
        self.assertFalse(is_master())
        (folder / "ssconf_master_node").write_text("node1.example\n")
        self.assertTrue(is_master())

    def test_the_clusters_name_is_read_or_missed(self) -> None:
        folder = Path(self.mktemp())
        self.assertRaises(NotFound, cluster_name_by_file, str(folder))
        folder.mkdir()
        (folder / "ssconf_cluster_name").write_text("c1.example\n")
        self.assertEqual(cluster_name_by_file(str(folder)), "c1.example")
