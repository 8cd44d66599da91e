"""Settings that cannot be used, a database that is away, and disks that fail."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import BIN, ROOT, Daemon, eventually, free_port
from tests.harness.database import NO_POSTGRES, empty_database
from tests.harness.siege import Besieged
from tests.harness.wire import BrokenAnswer
from tests.integration.journey import block_name

BLOCK = 4 << 20


class InFolder(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="faults-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)


class UnusableSettings(InFolder):
    """Each ends the process with code 1, soon, after one line that says why, without a trace."""

    def refused(self, settings: str, *words: str, file: Path | None = None) -> None:
        path = file or self.folder / "settings.toml"
        if file is None:
            path.write_text(settings, "utf-8")
        begun = time.monotonic()
        done = subprocess.run(
            [BIN / "twistd", "-n", "--pidfile=", "synnefod", "--config", str(path)],
            cwd=self.folder,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("SYNNEFOD_")},
                "PYTHONPATH": str(ROOT),
                "SYNNEFOD_LOG_FORMAT": "plain",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 1, said)
        self.assertNotIn("Traceback", said)
        lines = [line for line in said.splitlines() if all(word in line for word in words)]
        self.assertEqual(len(lines), 1, said)
        self.assertLess(time.monotonic() - begun, 50)

    def test_a_file_that_is_no_toml(self) -> None:
        """The line and column are named."""
        self.refused("[server\n", "settings.toml", "line 1")

    def test_a_file_that_is_not_there_or_cannot_be_read(self) -> None:
        """A missing file, a folder, and bytes that are no text."""
        self.refused("", "No such file", file=self.folder / "none.toml")
        self.refused("", "Is a directory", file=self.folder)
        binary = self.folder / "binary.toml"
        binary.write_bytes(b"\xff\xfe\x00")
        self.refused("", "not UTF-8", file=binary)

    def test_an_unknown_key_or_section(self) -> None:
        """Misspelt names are not passed over."""
        self.refused("[server]\nprot = 1\n", "server", "prot")
        self.refused("[sever]\nport = 1\n", "sever")

    def test_a_value_of_a_wrong_kind(self) -> None:
        """Texts for numbers, numbers out of range, addresses that are none."""
        self.refused('[server]\nport = "x"\n', "server.port")
        self.refused("[server]\nport = 65536\n", "server.port")
        self.refused('[server]\ntrusted_proxies = ["x"]\n', "server.trusted_proxies")
        self.refused('[bootstrap]\nnetwork = "x"\n', "bootstrap.network")
        self.refused('[log]\nlevel = "loud"\n', "log.level")

    def test_an_address_that_leads_nowhere(self) -> None:
        """Of the database, of the broker, of a block driver."""
        port = f"[server]\nport = {free_port()}\n"
        self.refused('[database]\nurl = "mysql:x"\n', "database.url")
        self.refused(port + '[database]\nurl = "sqlite:x"\n', "cannot start", "SQLite")
        self.refused(port + '[database]\nurl = "sqlite:////proc/x/y.db"\n', "cannot start", "y.db")
        self.refused(port + '[database]\nurl = "postgresql:x y"\n', "cannot start", "PostgreSQL")
        self.refused(port + '[bus]\nurl = "amqp://a:b@c:99999/"\n', "cannot start", "broker")
        self.refused(port + '[blocks]\ndriver = "floppy"\n', "cannot start", "floppy")

    def test_a_folder_that_cannot_be_written(self) -> None:
        """The state, the blocks, the socket of the administrator."""
        port = f"port = {free_port()}\n"
        file = self.folder / "file"
        file.write_text("not a folder")
        self.refused(f'[server]\n{port}state = "{file}/var"\n', "cannot start", "var")
        self.refused(f'[server]\n{port}[blocks]\npath = "{file}/b"\n', "cannot start", "block")
        self.refused(f'[server]\n{port}[manage]\nsocket = "/proc/s"\n', "cannot start", "/proc/s")

    def test_a_port_that_is_in_use(self) -> None:
        """The second daemon says so and ends, and the first one goes on."""
        with Daemon(self.folder / "first", {}) as first:
            self.refused(f"[server]\nport = {first.port}\n", "cannot start", str(first.port))
            first.wait_ready()


class DatabaseAway(InFolder):
    skip = NO_POSTGRES

    def test_a_daemon_starts_without_its_database_and_recovers(self) -> None:
        """It lives, answers `/healthz` and 503, and is ready soon after the database is there."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        name = dict(part.split("=") for part in dsn.split())["dbname"]
        away = dsn.replace(name, name + "_late")
        siege = Besieged(
            self.folder / "d",
            {"database": {"url": f"postgresql:{away}"}, "log": {"format": "plain"}},
        )
        self.addCleanup(siege.end)
        daemon = siege.daemon
        daemon.launch()
        waits_for_its_database(daemon)
        self.assertEqual(siege.ask("GET", "/healthz", token="x").status, 200)
        self.assertEqual(siege.ask("GET", "/readyz", token="x").status, 503)
        refused = siege.ask("GET", "/cyclades/compute/v2.1/servers", token="x")
        self.assertEqual(refused.status, 503)
        self.assertIn("retry-after", refused.headers)
        rename(dsn, name, name + "_late")
        self.addCleanup(rename, dsn, name + "_late", name, kick=True)
        daemon.wait_ready()
        self.assertEqual(siege.traces(), [])

    def test_a_daemon_that_waits_for_its_database_can_be_stopped(self) -> None:
        """SIGTERM ends it in order, with the exit code of one who was told to."""
        url = "postgresql:host=127.0.0.1 port=1 dbname=x"
        daemon = Daemon(self.folder / "d", {"database": {"url": url}})
        self.addCleanup(daemon.stop)
        daemon.launch()
        waits_for_its_database(daemon)
        self.assertEqual(daemon.stop(), 0)
        self.assertIn('"gone"', daemon.tail(500))
        self.assertNotIn("Traceback", daemon.tail(500))


def waits_for_its_database(daemon: Daemon) -> None:
    """Returns when the daemon says so."""
    eventually("it waits", lambda: "waiting for the database" in daemon.tail(500), within=90)


def rename(dsn: str, old: str, new: str, *, kick: bool = False) -> None:
    """Gives a database another name, as the server's own administrator."""
    import psycopg2

    connection = psycopg2.connect(dsn.replace(f"dbname={dsn_name(dsn)}", "dbname=postgres"))
    connection.autocommit = True
    cursor = connection.cursor()
    if kick:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (old,)
        )
    cursor.execute(f'alter database "{old}" rename to "{new}"')
    connection.close()


def dsn_name(dsn: str) -> str:
    return dict(part.split("=") for part in dsn.split())["dbname"]


class WrongBroker(InFolder):
    def test_a_broker_that_refuses_us_does_not_keep_the_cloud_down(self) -> None:
        """The daemon is ready, says who refused it, and ends in order."""
        url = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")
        if not url:
            raise SkipTest("SYNNEFOD_TEST_RABBITMQ is not set")
        wrong = f"amqp://synnefo:wrong@{url.rpartition('@')[2]}"
        daemon = Daemon(self.folder / "d", {"bus": {"url": wrong}, "log": {"format": "plain"}})
        self.addCleanup(daemon.stop)
        daemon.start()
        eventually("it says so", lambda: "ACCESS_REFUSED" in daemon.tail(500), within=90)
        self.assertEqual(daemon.stop(), 0)
        self.assertIn("gone", daemon.tail(1))
        self.assertNotIn("Traceback", daemon.tail(500))
        self.assertNotIn("wrong@", daemon.tail(500))


class FailingDisks(InFolder):
    """Blocks that are gone, short, changed, or that cannot be written."""

    def setUp(self) -> None:
        super().setUp()
        self.blocks = self.folder / "blocks"
        self.blocks.mkdir()

    def besieged(self) -> Besieged:
        settings: dict[str, dict[str, Any]] = {
            "blocks": {"path": str(self.blocks)},
            "log": {"format": "plain"},
        }
        siege = Besieged(self.folder / "d", settings)
        self.addCleanup(siege.end)
        siege.begin()
        self.base = {
            "pithos": f"/pithos/object-store/v1/{siege.user}/box",
            "swift": f"/swift/v1/AUTH_{siege.user}/box",
        }
        return siege

    def file_of(self, data: bytes) -> Path:
        name = block_name(data).hex()
        files = [path for path in self.blocks.rglob("*") if path.is_file()]
        [found] = [path for path in files if name.endswith(path.name[-60:])]
        return found

    def test_a_spoiled_block_is_never_served(self) -> None:
        """A changed, a short and a missing block give an error before the first byte, or a broken
        connection; never a short or wrong answer that looks complete."""
        siege = self.besieged()
        for number, spoil in enumerate((flip, shorten, Path.unlink)):
            first = os.urandom(BLOCK)
            second = os.urandom(1000)
            target = f"/thing{number}"
            made = siege.ask("PUT", self.base["pithos"] + target, raw=first + second)
            self.assertEqual(made.status, 201)
            path = self.file_of(second)
            path.chmod(0o600)
            spoil(path)
            for base in self.base.values():
                whole = None
                try:
                    whole = siege.ask("GET", base + target)
                except (BrokenAnswer, ConnectionError):
                    siege.wire.close()
                if whole is not None:
                    self.assertGreaterEqual(whole.status, 500, (spoil, base))
                part = {"Range": f"bytes={BLOCK}-{BLOCK + 9}"}
                try:
                    tail = siege.ask("GET", base + target, headers=part)
                except (BrokenAnswer, ConnectionError):
                    siege.wire.close()
                else:
                    self.assertGreaterEqual(tail.status, 500, (spoil, base))
                head = siege.ask("GET", base + target, headers={"Range": "bytes=0-9"})
                self.assertEqual((head.status, head.body), (206, first[:10]))
        siege.still_answers()

    def test_a_full_disk_refuses_and_leaves_nothing(self) -> None:
        """507 for Swift, 503 for Pithos; no version, no file under a final name; reading goes on,
        and writing too as soon as there is room."""
        if os.geteuid() != 0 or shutil.which("mount") is None:
            raise SkipTest("only root may mount a small disk")
        mounting = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(self.blocks)]
        if subprocess.run(mounting, capture_output=True, check=False).returncode:
            raise SkipTest("tmpfs cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.blocks)], check=False)
        siege = self.besieged()
        kept = os.urandom(1000)
        self.assertEqual(siege.ask("PUT", self.base["swift"] + "/kept", raw=kept).status, 201)
        ballast = self.blocks / "ballast"
        ballast.write_bytes(bytes(9 << 20))
        before, files = siege.counts(), self.files()
        for dialect, wanted in (("swift", 507), ("pithos", 503)):
            answer = siege.ask("PUT", self.base[dialect] + "/big", raw=os.urandom(3 * BLOCK))
            self.assertEqual(answer.status, wanted, answer.body)
            self.assertEqual(siege.ask("GET", self.base[dialect] + "/big").status, 404)
            self.assertEqual(siege.ask("GET", self.base[dialect] + "/kept").body, kept)
        self.assertEqual(siege.counts(), before)

        def halves() -> list[Path]:
            """Files under way; blocks beside the one that failed may still be giving up."""
            return [path for path in self.files() - files if len(path.name) != 64]

        eventually("no half-written file is left", lambda: not halves(), within=30)
        for path in self.files() - {ballast}:
            if len(path.name) == 64:
                self.assertEqual(block_name(path.read_bytes()).hex(), path.name)
        self.assertLessEqual(files, self.files())
        ballast.unlink()
        for path in self.files() - files:
            path.unlink(missing_ok=True)
        again = siege.ask("PUT", self.base["swift"] + "/big", raw=os.urandom(1000))
        self.assertEqual(again.status, 201)
        self.assertEqual(siege.traces(), [])

    def files(self) -> set[Path]:
        return {path for path in self.blocks.rglob("*") if path.is_file()}

    def test_a_read_only_disk_refuses_writes_and_serves_reads(self) -> None:
        """The same when the folder's file system becomes read-only."""
        if os.geteuid() != 0 or shutil.which("mount") is None:
            raise SkipTest("only root may mount a small disk")
        mounting = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(self.blocks)]
        if subprocess.run(mounting, capture_output=True, check=False).returncode:
            raise SkipTest("tmpfs cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.blocks)], check=False)
        siege = self.besieged()
        kept = os.urandom(1000)
        self.assertEqual(siege.ask("PUT", self.base["swift"] + "/kept", raw=kept).status, 201)
        subprocess.run(["mount", "-o", "remount,ro", str(self.blocks)], check=True)
        before = siege.counts()
        for dialect in self.base:
            answer = siege.ask("PUT", self.base[dialect] + "/new", raw=os.urandom(1000))
            wanted = 507 if dialect == "swift" else 503
            self.assertEqual(answer.status, wanted, answer.body)
            self.assertEqual(siege.ask("GET", self.base[dialect] + "/kept").body, kept)
        self.assertEqual(siege.counts(), before)
        subprocess.run(["mount", "-o", "remount,rw", str(self.blocks)], check=True)
        self.assertEqual(siege.ask("PUT", self.base["swift"] + "/new", raw=b"x").status, 201)
        self.assertEqual(siege.traces(), [])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)
