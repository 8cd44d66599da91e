"""Two daemons of two workers behind a balancer, restarted in turn under load: nobody notices."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from contextlib import closing
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg2
from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, eventually, free_port
from tests.harness.database import NO_POSTGRES, empty_database
from tests.integration.test_faults_machines import differences, jobs_by_reason

BROKER = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")
BALANCER = """\
global
    stats socket {socket}
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 10s
    retries 3
    option redispatch
    option httpchk GET /readyz
frontend cloud
    bind 127.0.0.1:{port}
    default_backend daemons
backend daemons
    default-server check inter 300ms fall 1 rise 1
    server a 127.0.0.1:{a}
    server b 127.0.0.1:{b}
"""
NOVA = "/cyclades/compute/v2.1"
WORKERS = 2
"""Processes of each daemon."""


class Rolling(SynchronousTestCase):
    skip = NO_POSTGRES or (None if BROKER else "SYNNEFOD_TEST_RABBITMQ is not set")

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-rolling-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.dsn, drop = empty_database()
        self.addCleanup(drop)
        shared = {
            "database": {"url": f"postgresql:{self.dsn}"},
            "blocks": {"path": str(self.folder / "blocks")},
            "bus": {"url": BROKER, "exchange": f"rolling-{os.urandom(3).hex()}"},
            "server": {"drain_delay": 4.0, "workers": WORKERS},
            "limits": {"server_actions": 100000.0},
        }
        # The clusters are in a process that nothing happens to, as they are elsewhere.
        alone = {**shared, "server": {}}
        self.clusters = self.daemon("clusters", alone, {"api": False, "dispatcher": False}, 1)
        self.clusters.start()
        self.pair = [self.daemon(name, shared, {"eventd": False}, 0) for name in ("a", "b")]
        for daemon in self.pair:
            daemon.state.mkdir(parents=True)
            shutil.copy(self.clusters.state / "secret", daemon.state / "secret")
            daemon.start()
        self.url = self.balance()
        self.token = self.clusters.account()["SYNNEFO_TOKEN"]
        self.account = self.clusters.account()["SYNNEFO_USER_ID"]
        self.failed: list[str] = []
        self.done: dict[str, int] = {}

    def daemon(
        self, name: str, shared: dict[str, Any], roles: dict[str, bool], simulated: int
    ) -> Daemon:
        more = {"roles": roles, "ganeti": {"simulate": simulated}}
        made = Daemon(self.folder / name, {**shared, **more})
        self.addCleanup(made.stop)
        return made

    def balance(self) -> str:
        port = free_port()
        ports = {"a": self.pair[0].port, "b": self.pair[1].port}
        text = BALANCER.format(socket=self.folder / "balancer", port=port, **ports)
        settings = self.folder / "haproxy.cfg"
        settings.write_text(text, "utf-8")
        log = (self.folder / "haproxy.log").open("ab")
        self.addCleanup(log.close)
        running = subprocess.Popen(["haproxy", "-db", "-f", settings], stdout=log, stderr=log)
        self.addCleanup(running.wait)
        self.addCleanup(running.terminate)
        eventually("the balancer finds the daemons", self.both_serve)
        return f"http://127.0.0.1:{port}"

    def both_serve(self) -> bool:
        """Whether the balancer sends requests to both daemons."""
        with socket.socket(socket.AF_UNIX) as line:
            try:
                line.connect(str(self.folder / "balancer"))
            except OSError:
                return False
            line.sendall(b"show stat\n")
            text = b"".join(iter(lambda: line.recv(65536), b"")).decode()
        rows = [row.split(",") for row in text.splitlines() if row.startswith("daemons,")]
        return {row[1] for row in rows if row[17].startswith("UP")} >= {"a", "b"}

    def ask(self, method: str, path: str, body: Any = None, raw: bytes | None = None) -> Any:
        """The decoded answer; raises what urllib does."""
        data = json.dumps(body).encode() if body is not None else raw
        said = "application/json" if raw is None else "application/octet-stream"
        headers = {"X-Auth-Token": self.token, "Content-Type": said}
        with urlopen(Request(self.url + path, data, headers, method=method), timeout=90) as answer:
            text, kind = answer.read(), answer.headers.get_content_type()
        return json.loads(text) if kind == "application/json" else text

    def attempt(self, what: str, *asked: Any, **more: Any) -> Any:
        """The same, counted; a failure is noted and is no exception."""
        try:
            answer = self.ask(*asked, **more)
        except (OSError, HTTPException) as error:
            why = error.read()[:300] if isinstance(error, HTTPError) else b""
            self.failed.append(f"{what} {asked[1]}: {error!r} {why!r}")
            return None
        self.done[what] = self.done.get(what, 0) + 1
        return answer

    def restarted_in_turn(self) -> None:
        for daemon in (*self.pair, *self.pair):
            self.assertEqual(daemon.stop(), 0)
            daemon.start()
            eventually("the balancer takes it back", self.both_serve)

    def test_nobody_notices_a_rolling_restart(self) -> None:
        """Two daemons with two workers each behind haproxy on one PostgreSQL and RabbitMQ are
        restarted in turn, twice, under load: no request fails, each byte comes back, each accepted
        action is one job.

        In the end rows, cluster and quota agree (OPS-161)."""
        flavor = self.ask("GET", f"{NOVA}/flavors")["flavors"][0]["id"]
        image = self.ask("GET", "/cyclades/image/v2/images")["images"][0]["id"]
        over = threading.Event()
        box = f"/pithos/object-store/v1/{self.account}/box"
        self.ask("PUT", box, raw=b"")
        kept: dict[str, bytes] = {}

        def read() -> None:
            while not over.is_set():
                self.attempt("list", "GET", f"{NOVA}/servers/detail")
                self.attempt("container", "GET", f"{box}?format=json")
                over.wait(0.05)

        def upload() -> None:
            while not over.is_set():
                name, data = f"{box}/{len(kept)}", os.urandom(200_000)
                if self.attempt("upload", "PUT", name, raw=data) is not None:
                    kept[name] = data
                over.wait(0.1)

        drive = partial(self.drive, over, {"flavorRef": flavor, "imageRef": image})
        work = [threading.Thread(target=each) for each in (read, upload, *[drive] * 2)]
        for thread in work:
            thread.start()
        try:
            self.restarted_in_turn()
        finally:
            over.set()
            for thread in work:
                thread.join()
        self.assertEqual(self.failed, [])
        for what in ("list", "upload", "create", "action"):
            self.assertIn(what, self.done)
        for name, data in kept.items():
            self.assertEqual(self.ask("GET", name), data)
        self.settled()

    def drive(self, over: threading.Event, wanted: dict[str, Any]) -> None:
        """A server of one's own, stopped and started as soon as it can be."""
        body = {"server": {"name": "roll", **wanted}}
        made = self.attempt("create", "POST", f"{NOVA}/servers", body)
        path = f"{NOVA}/servers/{made['server']['id'] if made else 0}"
        for action, state in (("os-stop", "ACTIVE"), ("os-start", "SHUTOFF")) * 1000:
            while not over.wait(0.2):
                shown = self.attempt("show", "GET", path)
                if shown and shown["server"]["status"] == state:
                    break
            if over.is_set():
                return
            self.attempt("action", "POST", path + "/action", {action: None})

    def settled(self) -> None:
        def idle() -> bool:
            waiting = self.rows("select count(*) from outbox where state = 'waiting'")[0][0]
            tasks = self.rows("select count(*) from servers where deleted = 0 and task <> ''")[0][0]
            return (waiting, tasks) == (0, 0)

        eventually("nothing is under way", idle)
        running = {}
        for path in self.clusters.state.glob("ganeti/*/instances/*.json"):
            instance = json.loads(path.read_bytes())
            running[instance["name"]] = instance["running"]
        queues = list(self.clusters.state.glob("ganeti/*/queue"))
        found = differences(self.rows, jobs_by_reason(queues), running, "snf-")
        self.assertEqual(found, [])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.dsn)) as raw, raw.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]
