"""`server.workers`: several processes of one daemon on one port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, eventually
from tests.harness.database import NO_POSTGRES, empty_database

BROKER = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")


class Workers(SynchronousTestCase):
    skip = NO_POSTGRES or (None if BROKER else "SYNNEFOD_TEST_RABBITMQ is not set")

    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="synnefod-workers-test-"))
        self.addCleanup(shutil.rmtree, folder, True)
        dsn, drop = empty_database()
        self.addCleanup(drop)
        self.daemon = Daemon(
            folder / "d",
            {
                "server": {"workers": 2},
                "database": {"url": f"postgresql:{dsn}"},
                "bus": {"url": BROKER, "exchange": f"workers-{os.urandom(3).hex()}"},
                "log": {"format": "plain"},
            },
        )
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.both()

    def counting(self) -> dict[str, float]:
        """When each worker that tells its metrics began, by its number."""
        with urlopen(f"{self.daemon.url}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        mark = 'synnefod_start_time_seconds{worker="'
        found = (line.removeprefix(mark).split('"} ') for line in lines if line.startswith(mark))
        return {number: float(moment) for number, moment in found}

    def both(self) -> dict[str, float]:
        """The same, of a moment in which the other one was quick enough to be heard."""
        seen: dict[str, float] = {}

        def two() -> bool:
            seen.clear()
            seen.update(self.counting())
            return len(seen) == 2

        eventually("both workers are heard", two)
        return seen

    def processes(self) -> list[int]:
        told = subprocess.run(
            ["ps", "--ppid", str(self.daemon.pid), "-o", "pid="],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(word) for word in told.stdout.split()]

    def test_workers_share_a_port_and_are_replaced_without_a_failed_request(self) -> None:
        """Both answer on one port and tell their metrics as one, each sample by its worker; a
        setting that needs a restart is taken by one after another while requests go on, and none
        fails; a killed one is replaced; SIGTERM ends all with 0 (OPS-145, OPS-146, OPS-147)."""
        before = self.both()
        self.assertEqual(set(before), {"1", "2"})
        self.assertEqual(len(self.processes()), 2)
        over, failed, done = threading.Event(), [], [0]
        token = self.daemon.account()["SYNNEFO_TOKEN"]

        def ask() -> None:
            url = f"{self.daemon.url}/cyclades/compute/v2.1/flavors"
            while not over.is_set():
                try:
                    with urlopen(Request(url, headers={"X-Auth-Token": token}), timeout=90):
                        done[0] += 1
                except (OSError, HTTPException) as error:
                    failed.append(repr(error))

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            text = self.daemon.file.read_text("utf-8")
            changed = text.replace("[server]", "[server]\nidle_timeout = 60.0")
            self.daemon.file.write_text(changed, "utf-8")
            answer = self.daemon.manage("reload")
            eventually("both workers are new", lambda: self.all_newer(before))
        finally:
            over.set()
            asking.join()
        self.assertIn("server.idle_timeout", str(answer))
        self.assertEqual(failed, [])
        self.assertGreater(done[0], 10)
        middle = self.both()
        os.kill(self.processes()[-1], signal.SIGKILL)
        eventually("the killed one has a successor", lambda: self.some_newer(middle))
        self.assertEqual(self.daemon.stop(), 0)

    def all_newer(self, before: dict[str, float]) -> bool:
        now = self.counting()
        return len(now) == 2 and all(now[number] > before[number] for number in before)

    def some_newer(self, before: dict[str, float]) -> bool:
        now = self.counting()
        return len(now) == 2 and any(now[number] > before[number] for number in before)

    def test_workers_leave_with_their_parent(self) -> None:
        """A parent that is killed leaves no worker behind on its port (OPS-161)."""
        children = self.processes()
        self.assertEqual(len(children), 2)
        self.daemon.kill()
        eventually("the workers are gone", lambda: not any(map(_lives, children)))
        self.daemon.start()
        self.both()


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
