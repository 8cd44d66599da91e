"""The Debian package, built from the tree and used in a clean Debian."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import urlopen

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT, eventually, free_port

INCLUDED = "python3,systemd-standalone-sysusers,systemd-standalone-tmpfiles"


class DebianPackage(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-package-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.folder.chmod(0o755)
        self.tree = self.folder / "tree"
        self.port = free_port()

    def build(self, version: str) -> None:
        self.run_here(ROOT / "tools" / "build-deb", sys.executable, self.folder, version)
        (built,) = self.folder.glob(f"synnefod_{version}_*.deb")
        shutil.move(built, self.folder / f"{version}.deb")

    def say_newer(self, old: str, new: str) -> None:
        """The same package under the next version."""
        parts = self.folder / "parts"
        self.run_here("dpkg-deb", "--raw-extract", self.folder / f"{old}.deb", parts)
        control = parts / "DEBIAN" / "control"
        text = control.read_text("utf-8")
        control.write_text(text.replace(f"Version: {old}", f"Version: {new}"), "utf-8")
        self.run_here("dpkg-deb", "-Znone", "--build", parts, self.folder / f"{new}.deb")

    def run_here(self, *command: object) -> str:
        done = subprocess.run(
            [str(word) for word in command], capture_output=True, text=True, check=False
        )
        self.assertEqual(
            done.returncode, 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
        return done.stdout

    def inside(self, *command: str, user: str = "root") -> list[str]:
        """A command line that runs in the tree with a /proc of its own."""
        start = 'mount -t proc proc "$0/proc" && exec chroot --userspec="$1" "$0" "${@:2}"'
        who = f"{user}:{user}"
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8")
        begin = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", start]
        return [*begin, str(self.tree), who, *clean, *command]

    def apply(self, *command: str) -> str:
        return self.run_here(*self.inside(*command))

    def install(self, version: str) -> None:
        shutil.copy(self.folder / f"{version}.deb", self.tree / "root")
        self.apply("dpkg", "--install", f"/root/{version}.deb")

    def users(self) -> set[str]:
        """Starts the installed daemon as its user; whom its command lists, and stops it."""
        settings = [f"SYNNEFOD_SERVER_PORT={self.port}", "SYNNEFOD_SERVER_STATE=/var/lib/synnefod"]
        daemon = ["synnefod", "--nodaemon", "--pidfile=", "synnefod"]
        daemon += ["--config", "/etc/synnefod/synnefod.toml"]
        log = (self.folder / "log").open("ab")
        self.addCleanup(log.close)
        running = subprocess.Popen(
            self.inside("env", *settings, *daemon, user="synnefod"), stdout=log, stderr=log
        )
        try:
            eventually("the installed daemon is ready", self.ready, within=120)
            with urlopen(f"http://127.0.0.1:{self.port}/ui/") as answer:
                self.assertIn(b"<html", answer.read())
            state = ("env", settings[1], "synnefo-manage", "user-list", "--json")
            listed = self.run_here(*self.inside(*state, user="synnefod"))
        finally:
            # What unshare started is the first of its processes; it ends with all of them.
            children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text()
            for child in map(int, children.split()):
                os.kill(child, signal.SIGTERM)
            running.wait(60)
        return {name for name in ("admin@localhost", "demo@localhost") if name in listed}

    def ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def test_it_installs_starts_upgrades_and_leaves(self) -> None:
        """In a Debian made for it: installed and started as its own user without a word of
        configuration, upgraded over its state and changed settings, removed, and purged with and
        without what people stored (OPS-165, OPS-141)."""
        self.build("0.0.1")
        self.say_newer("0.0.1", "0.0.2")
        self.run_here(
            "debootstrap", "--variant=minbase", f"--include={INCLUDED}", "bookworm", self.tree
        )
        self.install("0.0.1")
        both = {"admin@localhost", "demo@localhost"}
        self.assertEqual(self.users(), both)
        state = self.tree / "var/lib/synnefod"
        self.assertEqual((state / "admin.env").stat().st_mode & 0o777, 0o600)
        self.assertEqual(state.stat().st_mode & 0o777, 0o750)
        self.assertNotEqual(state.stat().st_uid, 0)

        settings = self.tree / "etc/synnefod/synnefod.toml"
        changed = settings.read_text("utf-8").replace('#format = "json" ', 'format = "plain"')
        settings.write_text(changed, "utf-8")
        self.install("0.0.2")
        self.assertEqual(settings.read_text("utf-8"), changed)
        self.assertEqual(settings.stat().st_mode & 0o777, 0o640)
        for name in ("snf-manage", "synnefo-manage", "synnefo-burnin", "snf-burnin"):
            self.assertIn("0.1.0", self.apply(name, "--version"))
        self.assertIn("--pid-file", self.apply("snf-ganeti-eventd", "--help"))
        for page in ("man8/synnefod.8.gz", "man8/synnefo-manage.8.gz", "man1/synnefo.1.gz"):
            self.assertTrue((self.tree / "usr/share/man" / page).exists(), page)

        self.apply("dpkg", "--remove", "synnefod")
        self.assertFalse((self.tree / "usr/bin/synnefod").exists())
        self.assertTrue(settings.exists())
        self.apply("dpkg", "--purge", "synnefod")
        self.assertFalse(settings.exists())
        self.assertTrue((state / "synnefod.db").exists())

        self.install("0.0.2")
        self.assertEqual(self.users(), both, "what was kept is found again")
        self.apply("env", "SYNNEFOD_PURGE_DATA=yes", "dpkg", "--purge", "synnefod")
        self.assertFalse(state.exists())
