"""The web application: its units under vitest, its journeys in Chromium against a real daemon.

The journeys are `*.mjs` beside this file; their titles name the rows that they prove. Many share
one daemon and one browser, for both are slow to start.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT, Daemon
from tests.webui.site import SETTINGS, built, node, people

HERE = Path(__file__).parent
UI = ROOT / "ui"
MACHINES = (
    "disks.mjs",
    "fresh.mjs",
    "machines.mjs",
    "network.mjs",
    "scale.mjs",
    "servers.mjs",
    "things.mjs",
    "wizard.mjs",
)
HARNESS = {"run.mjs", "site.mjs", "shots.mjs", "furnish.mjs"}


class TestWebApplication(SynchronousTestCase):
    """Two long tests for all journeys: each that fails is told."""

    timeout = 1700

    def test_units(self) -> None:
        """Every unit test of the application's parts passes."""
        done = subprocess.run(
            [node(), UI / "node_modules/vitest/vitest.mjs", "run", "--reporter=dot"],
            cwd=UI,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_journeys(self) -> None:
        """Every journey through servers and what belongs to them ends where its title says."""
        self._walk(*MACHINES)

    def test_journeys_beside(self) -> None:
        """So does every other journey: files, projects, accounts, the staff, all pages."""
        all_ = {path.name for path in HERE.glob("*.mjs")}
        self._walk(*sorted(all_ - HARNESS - set(MACHINES)))

    def _walk(self, *files: str) -> None:
        built()
        # A Unix socket's path is short.
        folder = Path(tempfile.mkdtemp(prefix="synnefod-webui-"))
        self.addCleanup(shutil.rmtree, folder, True)
        with Daemon(folder, SETTINGS) as daemon:
            site = {"url": daemon.url, "people": people(daemon)}
            done = subprocess.run(
                [node(), HERE / "run.mjs", *files],
                cwd=HERE,
                env={**os.environ, "WEBUI_SITE": json.dumps(site)},
                capture_output=True,
                text=True,
                timeout=1500,
                check=False,
            )
            told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
            for each in told:
                outcome = "" if each["ok"] else f"failed: {each['error']}"
                sys.stdout.write(f"{each['seconds']:6.1f} s  {each['title']} {outcome}\n")
            last = {each["title"]: each for each in told}.values()
            failures = [f"{each['title']}\n{each['error']}" for each in last if not each["ok"]]
            if failures or done.returncode or not told:
                self.fail("\n\n".join([*failures, done.stderr, daemon.tail(20)]))
