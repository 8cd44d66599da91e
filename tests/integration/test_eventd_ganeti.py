"""A real Ganeti's jobs, seen by the role `eventd` and read from the bus as events."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from synnefod.cluster.events import EventReader
from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.cluster.jobqueue import JobQueueWatcher, cluster_name_by_file, master_by_file
from synnefod.common.clockwork import sleep, within
from synnefod.common.threads import Threads
from synnefod.protocols.amqp.memory import MemoryBus
from synnefod.protocols.luxi import Luxi
from tests.harness.ganeti import values

FOLDERS = [part for part in os.environ.get("SYNNEFOD_TEST_GANETI", "").split(os.pathsep) if part]


class RealJobs(TestCase):
    timeout = 180
    if not FOLDERS:
        skip = "SYNNEFOD_TEST_GANETI is not set"

    async def setUp(self) -> None:
        cluster = Path(FOLDERS[0])
        self.values = values(cluster)
        queue = Path(self.values["QUEUE_DIR"])
        node = self.values["CLUSTER"]
        self.bus = MemoryBus(reactor)
        self.got: list[Any] = []
        self.reader = EventReader(self.bus, self.sink, prefix="eventdtest")
        await self.reader.start()
        self.threads = Threads(reactor)
        self.threads.start()
        self.watcher = JobQueueWatcher(
            reactor,
            str(queue),
            cluster_name_by_file(str(queue.parent)),
            self.bus,
            Luxi(reactor, str(cluster / "node1/run/ganeti/socket/ganeti-query")),
            self.threads,
            master_by_file(str(queue.parent), lambda: f"node1.{node}"),
        )
        self.watcher.start()

    async def tearDown(self) -> None:
        await self.watcher.stop()
        await self.reader.stop()
        await self.bus.stop()
        self.threads.stop()

    async def sink(self, event: Any) -> None:
        self.got.append(event)

    async def gnt(self, *arguments: str) -> None:
        program, *rest = shlex.split(self.values["NODE_EXEC"])
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        out, err, code = await getProcessOutputAndValue(program, [*rest, *arguments], environment)
        self.assertEqual(code, 0, (out + err).decode())

    async def final(self, opcode: str) -> JobEvent:
        def found() -> list[JobEvent]:
            return [e for e in self.got if e.opcode == opcode and e.status.final]

        async def wait() -> None:
            while not found():
                await sleep(reactor, 0.02)

        await within(reactor, 60, wait())
        return found()[-1]

    async def test_the_life_of_an_instance_is_told(self) -> None:
        """GNT-080, GNT-081, GNT-085, GNT-087, GNT-101."""
        name = "eventdtest-1"
        await self.gnt(
            "gnt-instance", "add", "-t", "file", "--disk", "0:size=16,name=eventdtest-vol-1",
            "-o", "noop+default", "--no-ip-check", "--no-name-check", "--net",
            "0:name=eventdtest-nic-1,link=gnt-br0",
            "--tags", "synnefo:network:eventdtest-nic-1:protected", name,
        )  # fmt: skip
        try:
            created = await self.final("OP_INSTANCE_CREATE")
            self.assertEqual((created.instance, created.status), (name, JobStatus.SUCCESS))
            self.assertEqual(created.cluster, self.values["CLUSTER"])
            assert created.nics is not None and created.disks is not None
            self.assertEqual(
                [(nic.name, nic.firewall) for nic in created.nics],
                [("eventdtest-nic-1", "protected")],
            )
            self.assertEqual(
                [(disk.name, disk.size) for disk in created.disks], [("eventdtest-vol-1", 16)]
            )
            statuses = [e.status for e in self.got if e.job == created.job]
            order = list(JobStatus)
            self.assertEqual(statuses, sorted(statuses, key=order.index))
            self.assertEqual(len(statuses), len(set(statuses)))
            await self.gnt("gnt-instance", "shutdown", "--timeout=0", name)
            self.assertIs((await self.final("OP_INSTANCE_SHUTDOWN")).status, JobStatus.SUCCESS)
            await self.gnt("gnt-instance", "add-tags", name, "cyclades:user:blue")
            tagged = await self.final("OP_TAGS_SET")
            self.assertEqual(tagged.tags, ("cyclades:user:blue",))
        finally:
            await self.gnt("gnt-instance", "remove", "-f", "--shutdown-timeout=0", name)
        removed = await self.final("OP_INSTANCE_REMOVE")
        self.assertEqual(removed.status, JobStatus.SUCCESS)
        self.assertGreater(removed.when, created.when)
