"""`synnefo-manage` without a daemon, and a daemon before a store that is newer than itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod import VERSION
from tests.harness.daemon import BIN, ROOT, Daemon
from tests.harness.database import NO_POSTGRES, empty_database


class Offline(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-offline-test-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def daemon(self, **settings: Any) -> Daemon:
        made = Daemon(self.folder, {"ganeti": {"simulate": 0}, **settings})
        self.addCleanup(made.stop)
        made.start()
        return made

    def run_to_its_end(self, *command: str) -> tuple[int, str, str]:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=180,
        )
        return done.returncode, done.stdout, done.stderr

    def offline(self, daemon: Daemon, *words: str) -> tuple[int, str, str]:
        code, out, err = self.run_to_its_end(
            *(sys.executable, "-m", "synnefod.admin.main", "--json", "--offline"),
            *("--config", str(daemon.file), *words),
        )
        self.assertNotIn("Traceback", err)
        return code, out, err

    def held_and_free(self, daemon: Daemon) -> None:
        code, _, err = self.offline(daemon, "user-list")
        self.assertEqual((code, "A daemon works on this store" in err), (4, True), err)
        self.assertIn(str(daemon.pid), err)
        daemon.stop()
        code, out, err = self.offline(daemon, "user-list", "-o", "displayname")
        self.assertEqual((code, len(json.loads(out))), (0, 2), err)

    def changed(self, daemon: Daemon) -> None:
        code, _, err = self.offline(daemon, "user-modify", "demo@localhost", "--set-inactive")
        self.assertEqual(code, 0, err)
        code, _, err = self.offline(daemon, "user-show", "nobody@example.org")
        self.assertEqual((code, err.count("\n")), (3, 1))
        daemon.start()
        (row,) = daemon.manage("user-list", "--filter-by", "displayname=demo@localhost")
        self.assertFalse(row["active"])
        (told,) = daemon.manage("audit-list", "--action", "command.user-modify", "-o", "via")
        self.assertEqual(told, {"via": "command"})

    def test_the_command_acts_on_the_store_when_no_daemon_holds_it(self) -> None:
        """With --offline the daemon's own verbs work on the store and leave their rows in the
        audit log; while a daemon runs they are refused with 4, and when it was killed they are
        not. A daemon before a newer store ends with 78 and names the version that is needed; it
        is `migrate` that shows the steps (OPS-003, OPS-155, OPS-130)."""
        daemon = self.daemon()
        self.held_and_free(daemon)
        self.changed(daemon)
        daemon.kill()
        code, out, err = self.offline(daemon, "user-list")
        self.assertEqual((code, len(json.loads(out))), (0, 2), err)
        code, _, err = self.run_to_its_end(
            sys.executable, "-m", "synnefod.admin.main", "--offline", "user-list"
        )
        self.assertEqual(code, 2, err)
        shown = self.steps(daemon)
        self.assertEqual({row["release"] for row in shown}, {VERSION})
        with closing(sqlite3.connect(daemon.state / "synnefod.db")) as connection:
            connection.execute("insert into schema_migrations values (9001, 'later', 0, '7.5.3')")
            connection.commit()
        self.assertEqual(self.steps(daemon)[-1]["kind"], "unknown")
        code, out, err = self.run_to_its_end(
            *(str(BIN / "twistd"), "-n", "--pidfile=", "synnefod", "--config", str(daemon.file))
        )
        self.assertEqual(code, 78, out + err)
        self.assertIn("the version needed is 7.5.3", out)
        code, _, err = self.offline(daemon, "user-list")
        self.assertEqual((code, "7.5.3" in err), (1, True), err)

    def steps(self, daemon: Daemon) -> Any:
        code, out, err = self.run_to_its_end(
            *(sys.executable, "-m", "synnefod.admin.main", "--json", "migrate"),
            *("--config", str(daemon.file)),
        )
        self.assertEqual(code, 0, err)
        return json.loads(out)


class OfflineOnPostgres(Offline):
    """The same on a server, where daemons of other hosts are seen as well."""

    skip = NO_POSTGRES

    def test_the_command_acts_on_the_store_when_no_daemon_holds_it(self) -> None:
        """Also with PostgreSQL; every living daemon counts (OPS-003)."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        daemon = self.daemon(database={"url": f"postgresql:{dsn}"})
        self.held_and_free(daemon)
        self.assertEqual({row["release"] for row in self.steps(daemon)}, {VERSION})
