"""A simulated cluster whose process dies at any moment, and another one on its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import JobStatus
from tests.harness.simulated import SimulatedSite, create_body

LONGEST = 2.5


class Resuming(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()))
        self.one = self.site.clusters.at(self.site.address())

    def test_jobs_go_on_from_any_moment(self) -> None:
        """Killed after any time, the successor ends the creation with one instance."""
        for number in range(26):
            name = f"snf-{number}"
            job = self.site.result(self.one.create(create_body(name), reason="r"))
            self.site.wait(number * 0.1)
            self.site.halt()
            self.site.cluster()
            self.site.wait(LONGEST)
            found = self.site.result(self.one.job(job))
            assert found is not None
            self.assertEqual(found.status, JobStatus.SUCCESS, (number, found.op_result))
            self.assertTrue(self.site.result(self.one.instance(name)).running)

    def test_an_effect_that_was_kept_is_not_made_twice(self) -> None:
        """Killed between the object's file and the job's, the successor gives the kept result."""
        cluster = self.site.cluster()
        for act, then in (
            (lambda: self.one.create(create_body("snf-1"), reason="r"), True),
            (lambda: self.one.modify("snf-1", {"disks": ADD}, reason="r"), True),
            (lambda: self.one.stop("snf-1", reason="r"), False),
            (lambda: self.one.remove("snf-1", reason="r"), None),
        ):
            job = self.site.result(act())
            cluster = self.site.cluster()
            path = cluster.queue_folder / f"job-{job}"
            running = b""
            for _ in range(80):
                self.site.wait(0.05)
                raw = path.read_bytes()
                if b'"status":"running"' not in raw and running:
                    break
                running = raw if b'"status":"running"' in raw else running
            self.site.halt()
            path.write_bytes(running)
            self.site.cluster()
            self.site.wait(LONGEST)
            found = self.site.result(self.one.job(job))
            assert found is not None
            self.assertEqual(found.status, JobStatus.SUCCESS, found.op_result)
            if then is not None:
                shown = self.site.result(self.one.instance("snf-1"))
                self.assertEqual((shown.running, len(shown.disks) <= 2), (then, True))
        self.assertNotIn("snf-1", self.site.cluster().world.instances)

    def test_the_account_and_the_uuid_stay(self) -> None:
        """The successor is the same cluster, entered with the same password."""
        before = self.site.cluster()
        password, uuid = before.password, before.world.cluster.uuid
        self.site.halt()
        after = self.site.cluster()
        self.assertIsNot(before, after)
        self.assertEqual((after.password, after.world.cluster.uuid), (password, uuid))

    def test_old_jobs_move_to_the_archive_and_are_found_there(self) -> None:
        """The queue folder keeps the last 200 final jobs."""
        self.site.cluster().knobs.pace = 0.001
        for _ in range(205):
            self.site.result(self.one.probe(reason="r"))
        self.site.wait(60)
        queue = self.site.cluster().queue
        self.assertEqual(len(list(queue.all())), 200)
        self.assertTrue((queue.folder / "archive" / "0" / "job-1").exists())
        found = self.site.result(self.one.job(queue.get(1).id))  # type: ignore[union-attr,arg-type]
        assert found is not None
        self.assertEqual(found.status, JobStatus.SUCCESS)
        self.assertEqual((queue.folder / "serial").read_text(), "205\n")


ADD = [["add", "-1", {"name": "two", "size": 8}]]


class Killed(SynchronousTestCase):
    """kill -9 of a real process."""

    def test_a_killed_process_leaves_a_cluster_that_goes_on(self) -> None:
        """Whatever moment the kill hits, every file is whole and every accepted job ends well."""
        folder = Path(self.mktemp())
        program = textwrap.dedent(
            f"""
            from pathlib import Path
            from twisted.internet import reactor
            from synnefod.simulator.knobs import Knobs
            from synnefod.simulator.service import SimulatedCluster
            from tests.harness.simulated import create_opcode
            cluster = SimulatedCluster(reactor, Path({str(folder)!r}), knobs=Knobs(pace=0.01))
            cluster.begin()
            def more(n=[0]):
                n[0] += 1
                cluster.queue.submit([create_opcode(f"snf-{{n[0]}}")])
                reactor.callLater(0.005, more)
            more()
            print("ready", flush=True)
            reactor.run()
            """
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert child.stdout is not None
        with child.stdout:
            self.assertEqual(child.stdout.readline(), b"ready\n")
            time.sleep(0.5)
            child.send_signal(signal.SIGKILL)
            child.wait()
        site = SimulatedSite(self, folder.parent)
        cluster = site.cluster(folder.name)
        site.wait(15)
        jobs = list(cluster.queue.all())
        self.assertGreater(len(jobs), 3)
        self.assertEqual({job.status for job in jobs}, {"success"})
        self.assertGreaterEqual(len(cluster.world.instances), len(jobs))
