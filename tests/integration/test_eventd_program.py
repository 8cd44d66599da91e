"""`snf-ganeti-eventd` as a program of its own, with a real broker."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pika
from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT, as_toml, eventually
from tests.unit.cluster.test_jobfiles import job, op

BROKER = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")


class EventDaemon(SynchronousTestCase):
    if not BROKER:
        skip = "SYNNEFOD_TEST_RABBITMQ is not set"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-eventd-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.queue = self.folder / "ganeti" / "queue"
        self.queue.mkdir(parents=True)
        (self.folder / "ganeti/ssconf_cluster_name").write_text("cluster.example.org\n")
        self.exchange = f"eventd-{os.getpid()}"
        settings: dict[str, Any] = {
            "server": {"state": str(self.folder / "state"), "port": 1},
            "bus": {"url": BROKER, "exchange": self.exchange},
            "eventd": {"queues": [str(self.queue)], "luxi": str(self.folder / "nothing")},
        }
        self.file = self.folder / "synnefod.toml"
        self.file.write_text(as_toml(settings))
        self.connection = pika.BlockingConnection(pika.URLParameters(BROKER))
        self.addCleanup(self.connection.close)
        self.channel = self.connection.channel()
        self.channel.exchange_declare(self.exchange, "topic", durable=True)
        self.addCleanup(lambda: self.channel.exchange_delete(self.exchange))
        self.mine = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.queue_bind(self.mine, self.exchange, "ganeti.snf.event.op")

    def master(self, name: str) -> None:
        new = self.folder / "ganeti/new"
        new.write_text(name + "\n")
        new.replace(self.folder / "ganeti/ssconf_master_node")

    def write(self, number: int, status: str) -> None:
        content = job(op("OP_INSTANCE_STARTUP", status, instance_name="snf-7"))
        document = {**json.loads(content), "id": number}
        new = self.folder / "new-job"
        new.write_text(json.dumps(document))
        new.replace(self.queue / f"job-{number}")

    def told(self) -> Any:
        _, _, body = self.channel.basic_get(self.mine, auto_ack=True)
        return json.loads(body) if body is not None else None

    def test_it_tells_of_jobs_while_its_node_is_the_master(self) -> None:
        """With its options of old: a log, a file of its number, jobs only of the master, and an
        end when that moves away (OPS-126)."""
        log, pid = self.folder / "eventd.log", self.folder / "eventd.pid"
        self.master("another.example.org")
        self.write(1, "success")
        program = "from synnefod.assembly.eventd import main; main()"
        words = ["-d", "-l", str(log), "--pid-file", str(pid), "--config", str(self.file)]
        running = subprocess.Popen(
            [sys.executable, "-c", program, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(running.wait)
        self.addCleanup(running.kill)
        eventually("it watches", lambda: log.exists() and "watching the job" in log.read_text())
        self.assertEqual(int(pid.read_text()), running.pid)
        time.sleep(0.5)
        self.assertIsNone(self.told())
        self.master(socket.getfqdn())
        first = eventually("the state of the queue is told", self.told)
        self.assertEqual((first["jobId"], first["status"]), (1, "success"))
        self.write(2, "running")
        second = eventually("a new job is told", self.told)
        self.assertEqual((second["jobId"], second["instance"]), (2, "snf-7"))
        self.master("another.example.org")
        self.assertEqual(running.wait(120), 0)
