"""The simulated queue: its files as Ganeti's, its knobs, its dependencies, its long poll."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import ClusterUnavailable, JobStatus
from synnefod.protocols.rapi.client import Credentials, Rapi
from synnefod.protocols.rapi.errors import RapiFault
from synnefod.protocols.rapi.jobs import depends, outcome
from tests.harness.simulated import SimulatedSite, create_body


class Queue(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()), tries=1)
        self.cluster = self.site.cluster()
        self.one = self.site.clusters.at(self.site.address())

    def job(self, number: Any) -> Any:
        return self.site.result(self.one.job(number))

    def test_files_are_written_as_ganeti_writes_them(self) -> None:
        """Each state replaces `job-N` by rename from a temporary name; the fields are Ganeti's."""
        folder = self.cluster.queue_folder
        renames: list[tuple[str, str]] = []
        rename = Path.replace

        def noting(path: Path, target: Path) -> Path:
            if target.parent == folder:
                renames.append((path.name, target.name))
            return rename(path, target)

        with mock.patch.object(Path, "replace", noting):
            number = self.site.result(self.one.create(create_body("snf-1"), reason="r"))
            self.site.wait(3)
        self.assertEqual(renames[0][1], "serial")
        jobs = [pair for pair in renames if pair[1] == f"job-{number}"]
        self.assertGreaterEqual(len(jobs), 5)
        for beside, _name in jobs:
            self.assertRegex(beside, rf"^job-{number}-\d+-\d+\.tmp$")
        stored = json.loads((folder / f"job-{number}").read_bytes())
        self.assertEqual(
            set(stored),
            {
                "id",
                "ops",
                "received_timestamp",
                "start_timestamp",
                "end_timestamp",
                "livelock",
                "process_id",
            },
        )
        self.assertEqual(
            set(stored["ops"][0]),
            {
                "input",
                "status",
                "result",
                "log",
                "start_timestamp",
                "exec_timestamp",
                "end_timestamp",
                "priority",
            },
        )
        self.assertEqual((folder / "version").read_text(), "1\n")
        self.assertEqual(sorted(path.name for path in folder.glob("*.tmp")), [])

    def test_a_job_walks_through_its_states(self) -> None:
        """queued, waiting, running and success are seen in this order."""
        number = self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        seen = []
        for _ in range(80):
            found = self.cluster.queue.get(number)
            assert found is not None
            seen.append(found.status)
            self.site.wait(0.05)
        self.assertEqual(list(dict.fromkeys(seen)), ["queued", "waiting", "running", "success"])

    def test_the_next_job_fails_as_told(self) -> None:
        """A promised failure is used once."""
        result = ["OpPrereqError", ["No node", "insufficient_resources"]]
        self.cluster.knobs.fail_next("OP_INSTANCE_CREATE", result)
        first = self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        self.assertEqual(outcome(self.job(first).op_result[0]).code, "insufficient_resources")
        second = self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        self.assertEqual(self.job(second).status, JobStatus.SUCCESS)

    def test_held_jobs_wait_until_released(self) -> None:
        self.cluster.knobs.hold = True
        number = self.site.result(self.one.probe(reason="r"))
        self.site.wait(10)
        self.assertFalse(self.job(number).status.final)
        self.cluster.queue.release()
        self.site.wait(2)
        self.assertEqual(self.job(number).status, JobStatus.SUCCESS)

    def test_a_lost_answer_leaves_a_job_behind(self) -> None:
        """The submission fails, its job runs, and its reason finds it. GNT-024"""
        self.cluster.knobs.lose_answers = 1
        self.site.failure(
            self.one.create(create_body("snf-1"), reason="synnefod:x"), ClusterUnavailable
        )
        found = self.site.result(self.one.job_by_reason("synnefod:x"))
        assert found is not None
        self.site.wait(3)
        self.assertEqual(self.job(found).status, JobStatus.SUCCESS)
        self.assertEqual(len(list(self.cluster.queue.all())), 1)

    def test_dependants_wait_and_show_it(self) -> None:
        """A dependant of a held job is waiting; both end in order. GNT-033"""
        self.cluster.knobs.pace = 10
        first = self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        body = create_body("snf-2", depends=depends([first]))
        second = self.site.result(self.one.create(body, reason="r"))
        self.site.wait(5)
        self.assertEqual(self.job(second).status, JobStatus.WAITING)
        self.cluster.knobs.pace = 1
        self.site.wait(20)
        one, two = self.job(first), self.job(second)
        self.assertEqual((one.status, two.status), (JobStatus.SUCCESS, JobStatus.SUCCESS))
        self.assertLessEqual(one.ended, two.op_when[0])

    def test_a_lost_prerequisite_fails_its_dependant(self) -> None:
        body = create_body("snf-2", depends=depends([4711]))  # type: ignore[list-item]
        number = self.site.result(self.one.create(body, reason="r"))
        self.site.wait(3)
        self.assertIn("Job 4711 not found", outcome(self.job(number).op_result[0]).message)

    def test_the_long_poll_answers_when_something_changes(self) -> None:
        """`wait` holds until status or log change, is null after 10 s, and 500 without a body or
        a job."""
        rapi = Rapi(
            self.site.clock,
            self.site.web,
            self.site.url(),
            Credentials(self.cluster.username, self.cluster.password),
        )
        self.cluster.knobs.hold = True
        number = self.site.result(self.one.probe(reason="r"))
        path = f"/2/jobs/{number}/wait"
        ask = {"fields": ["status"], "previous_job_info": None, "previous_log_serial": None}
        self.assertEqual(self.site.result(rapi.get(path, (), ask))["job_info"], ["queued"])
        ask["previous_job_info"] = ["queued"]  # type: ignore[assignment]
        self.assertIsNone(self.site.result(rapi.get(path, (), ask)))
        waiting = ensureDeferred(rapi.get(path, (), ask))
        self.site.wait(1)
        self.assertNoResult(waiting)
        self.cluster.queue.release()
        self.site.wait(1)
        self.assertEqual(self.successResultOf(waiting)["job_info"], ["waiting"])
        self.site.failure(rapi.get(path), RapiFault)
        self.site.failure(rapi.get("/2/jobs/99/wait", (), ask), RapiFault)

    def test_a_waiting_job_can_be_cancelled(self) -> None:
        """It is canceled; a final or unknown one is "not found in queue"."""
        number = self.site.result(self.one.probe(reason="r"))
        self.assertEqual(self.cluster.queue.cancel(number), (True, f"Job {number} canceled"))
        self.assertEqual(self.job(number).status, JobStatus.CANCELED)
        self.site.wait(3)
        self.assertFalse(self.cluster.queue.cancel(number)[0])

    def test_idle_means_nothing_scheduled(self) -> None:
        """Without open jobs the simulator has no timer at all."""
        self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(5)
        self.assertEqual(self.site.clock.getDelayedCalls(), [])
