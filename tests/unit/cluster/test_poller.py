"""The poller against the simulator, on a clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import (
    Cluster,
    ClusterEvent,
    JobEvent,
    JobStatus,
    NetworkEvent,
)
from synnefod.cluster.poller import Poller
from synnefod.common.ids import BackendId, JobId
from tests.harness.simulated import SimulatedSite, create_body

ONE, TWO = BackendId(1), BackendId(2)
NAMES = {ONE: "one.localhost", TWO: "two.localhost"}


class Polling(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()), tries=1)
        self.open: set[tuple[BackendId, JobId]] = set()
        self.heard: list[Any] = []
        self.lost: list[tuple[BackendId, JobId]] = []
        self.deaf = 0
        self.one = self.site.clusters.at(self.site.address())
        self.poller = Poller(self.site.clock, self.open_jobs, self.find, self.hear, self.vanished)

    async def open_jobs(self) -> set[tuple[BackendId, JobId]]:
        return set(self.open)

    async def find(self, backend: BackendId) -> Cluster:
        return self.site.clusters.at(self.site.address(NAMES[backend], backend))

    async def hear(self, fact: Any) -> None:
        if self.deaf:
            self.deaf -= 1
            raise RuntimeError("deaf")
        self.heard.append(fact)

    async def vanished(self, backend: BackendId, job: JobId) -> None:
        self.lost.append((backend, job))

    def begin(self) -> None:
        self.poller.begin()
        self.addCleanup(lambda: ensureDeferred(self.poller.stop()))

    def submit(self, work: Any, backend: BackendId = ONE) -> JobId:
        job = self.site.result(work)
        self.open.add((backend, job))
        return job

    def test_a_creation_is_told_with_its_devices(self) -> None:
        """Each state is told once; the success carries NICs, disks and two parameters.

        GNT-081, GNT-084, GNT-085, GNT-180
        """
        self.begin()
        job = self.submit(self.one.create(create_body("snf-1"), reason="r"))
        self.poller.soon()
        self.site.wait(5)
        states = list(dict.fromkeys(fact.status for fact in self.heard))
        self.assertEqual(states[-1], JobStatus.SUCCESS)
        self.assertIn(JobStatus.RUNNING, states)
        last = self.heard[-1]
        self.assertEqual((last.cluster, last.instance, last.job), ("one.localhost", "snf-1", job))
        self.assertEqual((last.opcode, last.source), ("OP_INSTANCE_CREATE", "poll"))
        self.assertEqual([disk.size for disk in last.disks], [16])
        self.assertEqual(last.nics, ())
        self.assertEqual(last.hvparams, {"boot_order": "disk", "cdrom_image_path": ""})
        self.assertEqual(set(last.job_fields), {"nics", "disks", "hvparams", "beparams"})
        stored = self.site.cluster().queue.get(job)
        assert stored is not None and stored.ops[0].end_timestamp is not None
        seconds, micros = stored.ops[0].end_timestamp
        self.assertEqual(last.when, seconds * 1_000_000 + micros)
        self.assertIsNone(self.heard[0].disks)
        told = len(self.heard)
        self.site.wait(10)
        self.assertEqual(len(self.heard), told)

    def test_a_failed_creation_carries_its_whole_input(self) -> None:
        """GNT-088"""
        self.submit(self.one.create(create_body("fail-1"), reason="r"))
        self.begin()
        self.site.wait(5)
        last = self.heard[-1]
        self.assertEqual(last.status, JobStatus.ERROR)
        self.assertEqual(last.job_fields["instance_name"], "fail-1")
        self.assertIn("told to fail", last.result[1][0])

    def test_networks_tags_and_cluster_parameters_are_told(self) -> None:
        """Each kind of opcode is its own kind of fact; tags only at the end. GNT-081, GNT-090"""
        self.submit(self.one.create(create_body("snf-1"), reason="r"))
        body = {"network_name": "snf-net-1", "network": "10.0.0.0/29", "tags": []}
        self.submit(self.one.create_network(body, reason="r"))
        self.submit(self.one.probe(reason="r"))
        self.begin()
        self.site.wait(4)
        self.submit(self.one.add_tags("snf-1", ["a"], reason="r"))
        self.site.wait(4)
        networks = [fact for fact in self.heard if isinstance(fact, NetworkEvent)]
        self.assertEqual(networks[-1].network, "snf-net-1")
        self.assertEqual(networks[-1].job_fields["subnet"], "10.0.0.0/29")
        changes = [fact for fact in self.heard if isinstance(fact, ClusterEvent)]
        self.assertEqual(changes[-1].status, JobStatus.SUCCESS)
        tagged = [
            fact
            for fact in self.heard
            if isinstance(fact, JobEvent) and fact.opcode == "OP_TAGS_SET"
        ]
        self.assertEqual([fact.tags for fact in tagged], [("a",)])

    def test_a_lost_job_is_told_as_such(self) -> None:
        """A job that the cluster does not know goes to `vanished`, now and then until nobody
        asks."""
        job = self.submit(self.one.create(create_body("snf-1"), reason="r"))
        self.site.cluster().queue.lose(job)
        self.begin()
        self.site.wait(0.5)
        self.assertEqual((self.lost, self.heard), ([(ONE, job)], []))
        self.site.wait(32)
        self.assertEqual(len(self.lost), 2)
        self.open.clear()
        self.site.wait(60)
        self.assertEqual(len(self.lost), 2)

    def test_an_archived_job_is_still_followed(self) -> None:
        """The end of a job that was archived meanwhile is told."""
        job = self.submit(self.one.probe(reason="r"))
        self.site.wait(2)
        self.site.cluster().queue.archive(job)
        self.begin()
        self.site.wait(0.5)
        self.assertEqual(self.heard[-1].status, JobStatus.SUCCESS)

    def test_a_gone_instance_does_not_silence_the_fact(self) -> None:
        """When the instance cannot be read, the fact goes without its devices. GNT-093"""
        self.submit(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        self.site.result(self.one.remove("snf-1", reason="r"))
        self.site.wait(3)
        self.begin()
        self.site.wait(0.5)
        self.assertEqual((self.heard[-1].status, self.heard[-1].disks), (JobStatus.SUCCESS, None))

    def test_a_fact_that_was_not_taken_is_told_again(self) -> None:
        """A listener's failure loses nothing, and the other jobs are told all the same."""
        self.submit(self.one.probe(reason="r"))
        self.submit(self.one.probe(reason="r"))
        self.site.wait(2)
        self.deaf = 1
        self.begin()
        self.site.wait(0.5)
        self.assertEqual([fact.job for fact in self.heard], [2])
        self.site.wait(1.5)
        self.assertEqual([fact.job for fact in self.heard], [2, 1])
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_a_final_fact_is_repeated_while_its_job_is_named(self) -> None:
        """Whoever forgot is told again after a while."""
        self.submit(self.one.probe(reason="r"))
        self.site.wait(2)
        self.begin()
        self.site.wait(45)
        self.assertEqual(len(self.heard), 2)

    def test_one_silent_cluster_does_not_stop_another(self) -> None:
        """The jobs of a cluster that answers are told, and the silent one's once it is back."""
        two = self.site.result(self.find(TWO))
        self.submit(self.one.probe(reason="r"))
        self.submit(two.probe(reason="r"), TWO)
        self.site.wait(2)
        self.site.cluster().knobs.rapi = 502
        self.begin()
        self.site.wait(3)
        self.assertEqual({fact.cluster for fact in self.heard}, {"two.localhost"})
        self.site.cluster().knobs.rapi = "up"
        self.site.wait(60)
        self.assertEqual({fact.cluster for fact in self.heard}, {"one.localhost", "two.localhost"})

    def test_nothing_open_is_nothing_asked(self) -> None:
        """Without open jobs no cluster is asked; a submission shortens the pause."""
        self.begin()
        self.site.wait(30)
        self.assertEqual(self.site.cluster().knobs.requests, 0)
        self.submit(self.one.probe(reason="r"))
        before = self.site.cluster().knobs.requests
        self.poller.soon()
        self.site.wait(0.1)
        self.assertEqual(self.site.cluster().knobs.requests, before + 1)
