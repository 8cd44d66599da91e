"""The daemon on a real Ceph: its OSD falls silent, its objects are spoilt, its blocks move in."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness import ceph
from tests.harness.daemon import CommandFailed, Daemon, eventually
from tests.integration.journey import block_name

BLOCK = 4 << 20
CONF = Path(os.environ.get(ceph.VARIABLE, ""))


class OnCeph(SynchronousTestCase):
    skip = None if os.environ.get(ceph.VARIABLE) else f"{ceph.VARIABLE} is not set"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rados-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.namespace = f"test-{secrets.token_hex(8)}"

    def daemon(self, timeout: float, **blocks: str) -> Daemon:
        section = {"driver": "rados", "conf": str(CONF), "user": ceph.USER}
        section["namespace"] = self.namespace
        settings = {"blocks": {**section, "timeout": timeout, **blocks}, "ganeti": {"simulate": 0}}
        return Daemon(self.folder, settings)

    def box(self, daemon: Daemon) -> str:
        account = daemon.account()
        path = f"/pithos/object-store/v1/{account['SYNNEFO_USER_ID']}/box"
        self.assertEqual(daemon.curl("-X", "PUT", path)[0], 201)
        return path

    def upload(self, daemon: Daemon, file: str, path: str) -> int:
        return daemon.curl("-T", file, "-H", "Content-Type: application/octet-stream", path)[0]

    def test_an_osd_that_falls_silent_is_told_as_unavailable(self) -> None:
        """Downloads, uploads and readiness answer 503 while the OSD is silent, nothing false is
        served and nothing half is kept; afterwards the same daemon serves all it had."""
        data = os.urandom(BLOCK + 1000)
        (self.folder / "data").write_bytes(data)
        (self.folder / "more").write_bytes(data[::-1])
        with self.daemon(3.0) as daemon:
            path = self.box(daemon)
            self.assertEqual(self.upload(daemon, "data", f"{path}/data"), 201)
            ceph.silence_osd(CONF)
            try:
                status, body = daemon.curl(f"{path}/data")
                self.assertEqual(
                    (status, json.loads(body)["serviceUnavailable"]["code"]), (503, 503)
                )
                self.assertEqual(self.upload(daemon, "more", f"{path}/more"), 503)
                self.assertEqual(daemon.curl(f"{daemon.url}/readyz")[0], 503)
                self.assertEqual(daemon.curl("-I", f"{path}/data")[0], 200)
            finally:
                ceph.wake_osd(CONF)
            eventually("it is ready", lambda: daemon.curl(f"{daemon.url}/readyz")[0] == 200)
            self.assertEqual(daemon.curl(f"{path}/more")[0], 404)
            self.assertEqual(daemon.curl("-o", "back", f"{path}/data")[0], 200)
            self.assertEqual((self.folder / "back").read_bytes(), data)
            self.assertEqual(self.upload(daemon, "more", f"{path}/more"), 201)

    def test_a_daemon_starts_without_its_ceph_and_takes_it_when_it_comes(self) -> None:
        """It lives and is not ready while the OSD is away; no request hangs."""
        daemon = self.daemon(2.0)
        with daemon:
            path = self.box(daemon)
        ceph.kill_osd(CONF)
        try:
            daemon.launch()
            daemon.wait_alive()
            self.assertEqual(daemon.curl(f"{daemon.url}/readyz")[0], 503)
            ceph.start_osd(CONF)
            daemon.wait_ready()
            self.assertEqual(self.upload(daemon, str(daemon.file), f"{path}/data"), 201)
        finally:
            if not (CONF.parent / "osd.0.pid").exists():
                ceph.start_osd(CONF)
            daemon.stop()

    def test_a_spoilt_object_is_refused_and_heals(self) -> None:
        """A flipped bit in the pool is never served: 500, then a new upload heals the file."""
        data = os.urandom(BLOCK - 1) + b"x"
        (self.folder / "data").write_bytes(data)
        with self.daemon(60.0) as daemon:
            path = self.box(daemon)
            self.assertEqual(self.upload(daemon, "data", f"{path}/data"), 201)
            spoilt = bytearray(data)
            spoilt[70_000] ^= 1
            (self.folder / "spoilt").write_bytes(spoilt)
            name = block_name(data).hex()
            ceph.rados(CONF, self.namespace, "put", name, str(self.folder / "spoilt"))
            self.assertEqual(daemon.curl(f"{path}/data")[0], 500)
            self.assertEqual(self.upload(daemon, "data", f"{path}/again"), 201)
            for each in ("data", "again"):
                self.assertEqual(daemon.curl("-o", "back", f"{path}/{each}")[0], 200)
                self.assertEqual((self.folder / "back").read_bytes(), data)

    def test_blocks_move_from_a_folder_to_ceph_while_the_daemon_serves(self) -> None:
        """OPS-063: with both drivers named, files written before are read throughout, the command
        copies and checks every block, and then the pool alone serves all."""
        with self.daemon(60.0, driver="filesystem") as daemon:
            path = self.box(daemon)
            for n in range(5):
                (self.folder / f"file{n}").write_bytes(os.urandom(BLOCK + n + 1))
                self.assertEqual(self.upload(daemon, f"file{n}", f"{path}/file{n}"), 201)
            with self.assertRaises(CommandFailed) as caught:
                daemon.manage("storage-move", "--from", "fs", "--to", "rados")
            self.assertIn("blocks.former", str(caught.exception))
        with self.daemon(60.0, former="filesystem") as daemon:
            self.same(daemon, path, 5)
            (self.folder / "file5").write_bytes(os.urandom(BLOCK))
            self.assertEqual(self.upload(daemon, "file5", f"{path}/file5"), 201)
            done = daemon.manage("storage-move", "--from", "fs", "--to", "rados")
            self.assertGreaterEqual(done["copied"], 10)
            self.assertEqual(done["failed"], 0)
            again = daemon.manage("storage-move", "--from", "fs", "--to", "rados")
            self.assertEqual((again["copied"], again["known"]), (0, done["copied"] + done["known"]))
        shutil.rmtree(daemon.state / "blocks")
        with self.daemon(60.0) as daemon:
            self.same(daemon, path, 6)

    def same(self, daemon: Daemon, path: str, count: int) -> None:
        for n in range(count):
            self.assertEqual(daemon.curl("-o", "back", f"{path}/file{n}")[0], 200)
            same = (self.folder / "back").read_bytes() == (self.folder / f"file{n}").read_bytes()
            self.assertTrue(same, n)
