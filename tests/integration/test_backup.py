"""Backup of a running deployment, and another one made of it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg2
from psycopg2.extensions import make_dsn
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.harness.daemon import ROOT, Daemon, as_toml, eventually

DSN = os.environ.get("SYNNEFOD_TEST_POSTGRES", "")
FILES = "/swift/v1"


class BackupSuite:
    """What backup and restore promise, whatever the engine."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.archive = self.folder / "archive"
        self.daemon = Daemon(self.folder / "one", self.settings())
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def manage(self, daemon: Daemon, *words: str, code: int = 0) -> Any:
        command = [sys.executable, "-m", "synnefod.admin.main", "--json", *words]
        done = subprocess.run(
            [*command, "--config", str(daemon.file)],
            capture_output=True,
            text=True,
            cwd=daemon.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
            timeout=300,
        )
        self.assertEqual(done.returncode, code, (words, done.stdout, done.stderr))
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr

    def ask(self, method: str, path: str, data: bytes | None = None, at: Any = None) -> Any:
        daemon = at or self.daemon
        token = self.daemon.account()["SYNNEFO_TOKEN"]
        head = {"X-Auth-Token": token, "Content-Type": "application/octet-stream"}
        if path.startswith("/cyclades"):
            head["Content-Type"] = "application/json"
        request = Request(daemon.url + path, data, head, method=method)
        with urlopen(request, timeout=60) as answer:
            return answer.read()

    def file(self, name: str) -> str:
        user = json.loads(self.ask("GET", "/astakos/account/v1.0/me"))["id"]
        return f"{FILES}/AUTH_{user}/kept/{name}"

    def fill(self) -> dict[str, bytes]:
        """Objects of several blocks, some of them twice."""
        self.ask("PUT", self.file("").rstrip("/"), b"")
        contents = {f"o{n}": secrets.token_bytes(5 << 20) for n in range(3)}
        contents["again"] = contents["o0"]
        contents["empty"] = b""
        for name, data in contents.items():
            self.ask("PUT", self.file(name), data)
        return contents

    def test_a_deployment_is_restored_from_a_backup_made_under_load(self) -> None:
        """OPS-154: what was acknowledged before the backup reads back right; the restored one
        sends nothing to its clusters, and lets nobody change anything, until it is released."""
        contents = self.fill()
        server = self.make_server()
        stop = threading.Event()
        loader = threading.Thread(target=self.load, args=(stop,))
        loader.start()
        try:
            first = self.manage(self.daemon, "backup", str(self.archive))
            self.assertGreaterEqual(first["blocks"], 6)
            self.ask("PUT", self.file("later"), b"later")
            second = self.manage(self.daemon, "backup", str(self.archive))
        finally:
            stop.set()
            loader.join()
        self.assertLess(second["bytes"], first["bytes"])
        names = [row["name"] for row in self.manage(self.daemon, "backup-list", str(self.archive))]
        self.assertEqual(names, [first["name"], second["name"]])
        place = str(self.archive / second["name"])
        self.assertEqual(self.manage(self.daemon, "backup-verify", place)["wrong"], [])
        self.manage(self.daemon, "restore", place, "--force", code=1)  # it is not empty

        other = Daemon(self.folder / "two", self.settings())
        self.write(other)
        self.manage(other, "restore", place, "--force", "--keep-tokens")
        self.addCleanup(other.stop)
        other.start()
        for name, data in {**contents, "later": b"later"}.items():
            self.assertEqual(self.ask("GET", self.file(name), at=other), data)
        found = json.loads(self.ask("GET", f"/cyclades/compute/v2.0/servers/{server}", at=other))
        self.assertEqual(found["server"]["name"], "kept")
        with self.assertRaises(HTTPError) as caught:
            self.ask("PUT", self.file("new"), b"new", at=other)
        self.assertEqual(caught.exception.code, 503)
        caught.exception.close()
        self.assertIn("nothing is sent", other.tail(400))
        self.manage(other, "maintenance", "off")
        self.ask("PUT", self.file("new"), b"new", at=other)
        self.assertEqual(self.ask("GET", self.file("new"), at=other), b"new")
        self.assertEqual(self.manage(other, "quota-verify"), [])
        self.assertIsNone(self.manage(other, "audit-verify")["broken_at"])

    def test_a_damaged_backup_is_told_of_and_not_restored(self) -> None:
        """OPS-154: `backup-verify` names what is wrong; tokens end with a restore."""
        self.fill()
        made = self.manage(self.daemon, "backup", str(self.archive))
        place = self.archive / made["name"]
        other = Daemon(self.folder / "two", self.settings())
        self.write(other)
        block = next((self.archive / "blocks").glob("*/*"))
        good = block.read_bytes()
        block.write_bytes(b"x" + good[1:])
        self.manage(self.daemon, "backup-verify", str(place), code=1)
        self.assertIn("damaged", self.manage(other, "restore", str(place), "-f", code=1))
        block.write_bytes(good)
        part = place / "secret"
        kept = part.read_bytes()
        part.write_bytes(b"y" * len(kept))
        self.assertIn("secret", self.manage(other, "restore", str(place), "-f", code=1))
        part.write_bytes(kept)
        self.manage(other, "restore", str(place), "-f")
        self.addCleanup(other.stop)
        other.start()
        with self.assertRaises(HTTPError) as caught:
            self.ask("GET", "/astakos/account/v1.0/me", at=other)
        self.assertEqual(caught.exception.code, 401)
        caught.exception.close()

    def write(self, daemon: Daemon) -> None:
        """Its settings file, as `start` writes it."""
        daemon.folder.mkdir(parents=True, exist_ok=True)
        daemon.file.write_text(as_toml(daemon.settings), "utf-8")

    def load(self, stop: threading.Event) -> None:
        """Uploads and deletions, until told to stop."""
        number = 0
        while not stop.is_set():
            number += 1
            self.ask("PUT", self.file(f"load{number % 5}"), secrets.token_bytes(100_000))

    def make_server(self) -> str:
        compute = "/cyclades/compute/v2.0"
        image = json.loads(self.ask("GET", f"{compute}/images"))["images"][0]["id"]
        flavor = json.loads(self.ask("GET", f"{compute}/flavors"))["flavors"][0]["id"]
        wanted = {"server": {"name": "kept", "imageRef": image, "flavorRef": flavor}}
        made = json.loads(self.ask("POST", f"{compute}/servers", json.dumps(wanted).encode()))
        number = str(made["server"]["id"])

        def up() -> bool:
            found = json.loads(self.ask("GET", f"{compute}/servers/{number}"))
            return bool(found["server"]["status"] == "ACTIVE")

        eventually("the server is up", up)
        return number


class BackupOfSqlite(BackupSuite, SynchronousTestCase):
    def settings(self) -> dict[str, dict[str, Any]]:
        return {"log": {"format": "plain"}}


class BackupOfPostgres(BackupSuite, SynchronousTestCase):
    if not DSN:
        skip = "SYNNEFOD_TEST_POSTGRES is not set"

    def settings(self) -> dict[str, dict[str, Any]]:
        """A database of its own for each daemon."""
        if not DSN:
            raise SkipTest("SYNNEFOD_TEST_POSTGRES is not set")
        name = f"backup_{secrets.token_hex(6)}"
        self.run_sql(f"create database {name}")
        self.addCleanup(self.run_sql, f"drop database {name} with (force)")
        url = f"postgresql:{make_dsn(DSN, dbname=name)}"
        return {"log": {"format": "plain"}, "database": {"url": url}}

    def run_sql(self, sql: str) -> None:
        with closing(psycopg2.connect(DSN)) as connection:
            connection.autocommit = True
            connection.cursor().execute(sql)
