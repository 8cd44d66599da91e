"""People's backup programs with a Swift target on a real daemon: restic, duplicity, rclone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, have


class Backups(SynchronousTestCase):
    def setUp(self) -> None:
        for program in ("restic", "duplicity", "rclone"):
            if not have(program):
                self.skipTest(f"{program} is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-backup-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.daemon = Daemon(self.folder / "daemon", {"ganeti": {"simulate": 0}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.source = self.folder / "source"
        (self.source / "sub").mkdir(parents=True)
        for number in range(20):
            path = self.source / "sub" / f"file {number} é.bin"
            path.write_bytes(os.urandom(1000 + 50_000 * number))

    def run_client(self, *command: str, **environment: str) -> str:
        done = subprocess.run(
            command,
            env={
                **os.environ,
                **self.daemon.account(),
                "HOME": str(self.folder),
                "NO_PROXY": "127.0.0.1",
                **environment,
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=300,
        )
        said = f"{command}: {done.stdout}{done.stderr}{self.daemon.tail(5)}"
        self.assertEqual(done.returncode, 0, said)
        return done.stdout

    def change(self) -> None:
        """One file more, one changed, one gone."""
        (self.source / "new").write_bytes(os.urandom(100_000))
        (self.source / "sub" / "file 3 é.bin").write_bytes(b"changed")
        (self.source / "sub" / "file 4 é.bin").unlink()

    def content(self, folder: Path) -> dict[str, bytes]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def test_restic_backs_up_prunes_and_restores(self) -> None:
        """Signed in at v3: a repository is made, two snapshots are taken, all data is read back
        and checked, the first is forgotten and its data pruned, the second restored."""
        words = ("restic", "-r", "swift:backups:/laptop", "--no-cache", "-q")

        def restic(*more: str) -> str:
            return self.run_client(*words, *more, RESTIC_PASSWORD="secret")

        restic("init")
        restic("backup", str(self.source))
        first = self.content(self.source)
        self.change()
        restic("backup", str(self.source))
        restic("check", "--read-data")
        for snapshot, wanted in (("latest", self.content(self.source)),):
            restic("restore", snapshot, "--target", str(self.folder / "back"))
            found = self.content(self.folder / "back" / str(self.source).lstrip("/"))
            self.assertEqual(found, wanted)
            self.assertNotEqual(found, first)
        restic("forget", "--keep-last", "1", "--prune")
        restic("check", "--read-data")
        self.assertEqual(len(restic("snapshots", "--compact", "--json").split('"time"')), 2)

    def test_duplicity_backs_up_in_full_and_by_difference(self) -> None:
        """Signed in at v1: full and incremental, verified, both states restored."""
        account = self.daemon.account()
        environment = {
            "SWIFT_USERNAME": account["OS_USERNAME"],
            "SWIFT_PASSWORD": account["OS_PASSWORD"],
            "SWIFT_AUTHURL": f"{self.daemon.url}/auth/v1.0",
            "SWIFT_AUTHVERSION": "1",
        }
        # For an upload's size it signs in once more, with options of v3 even at v1, which fails,
        # and tries again half a minute later: one attempt is enough.
        common = ("--no-encryption", "--volsize", "2", "--num-retries", "1")
        target = "swift://vault"

        def duplicity(*more: str) -> str:
            return self.run_client("duplicity", *more, *common, **environment)

        duplicity("full", str(self.source), target)
        before = self.content(self.source)
        self.change()
        duplicity("incremental", str(self.source), target)
        duplicity("verify", "--compare-data", target, str(self.source))
        self.assertIn("Incremental", duplicity("collection-status", target))
        duplicity("restore", target, str(self.folder / "now"))
        self.assertEqual(self.content(self.folder / "now"), self.content(self.source))
        self.assertNotEqual(self.content(self.source), before)

    def test_rclone_keeps_a_folder_in_step(self) -> None:
        """Signed in at v1: sync after changes moves only these and removes what is gone, check
        compares by MD5, a large file goes in chunks and comes back whole."""
        account = self.daemon.account()
        options = {
            "TYPE": "swift",
            "USER": account["OS_USERNAME"],
            "KEY": account["OS_PASSWORD"],
            "AUTH": f"{self.daemon.url}/auth/v1.0",
            "CHUNK_SIZE": "5M",
        }
        environment = {f"RCLONE_CONFIG_CLOUD_{name}": value for name, value in options.items()}

        def rclone(*words: str) -> str:
            return self.run_client("rclone", "--retries", "1", *words, **environment)

        rclone("sync", str(self.source), "cloud:copy")
        self.change()
        rclone("sync", str(self.source), "cloud:copy")
        rclone("check", str(self.source), "cloud:copy")
        rclone("check", "--download", str(self.source), "cloud:copy")
        listed = rclone("lsf", "-R", "--files-only", "cloud:copy").splitlines()
        self.assertEqual(set(listed), set(self.content(self.source)))
        large = self.folder / "large"
        large.write_bytes(os.urandom(12_000_000))
        rclone("copyto", str(large), "cloud:big/large")
        self.assertEqual(len(rclone("lsf", "-R", "--files-only", "cloud:big_segments").split()), 3)
        rclone("copyto", "cloud:big/large", str(self.folder / "again"))
        self.assertEqual((self.folder / "again").read_bytes(), large.read_bytes())
        rclone("purge", "cloud:copy")
        self.assertNotIn("copy", rclone("lsd", "cloud:").split())
