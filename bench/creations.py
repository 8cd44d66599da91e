"""How many creations of servers a second one daemon accepts on PostgreSQL, and submits.

    SYNNEFOD_TEST_POSTGRES=... python -m bench.creations [SECONDS] [MACHINES ...]

Each has quota, an address and a volume. The cluster is a RAPI in a process of its own that only
counts. For each number of MACHINES (0 and 100 000) as many are in the database before. CPU is the
daemon's, and that of its PostgreSQL connections; the clients' and the cluster's is not counted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg2

from bench._jobs import create_body
from bench._machines import Machines
from bench._measure import Wire, cpu_of, figure, sha256_ms
from bench.events import backends_of, database
from tests.harness.daemon import Daemon, eventually

CLIENTS = 16
SERVERS = "/cyclades/compute/v2.1/servers"


class Load(threading.Thread):
    """A client that makes one server after another until the time is over."""

    def __init__(self, port: int, token: str, body: bytes, until: float) -> None:
        super().__init__()
        self.accepted = 0
        self.refused: list[Any] = []
        self._wire, self._body, self._until = Wire(port, token), body, until

    def run(self) -> None:
        while time.monotonic() < self._until:
            self._wire.ask("POST", SERVERS, ("Content-Type: application/json",), self._body)
            status, answer = self._wire.answer("POST")
            if status == 202:
                self.accepted += 1
            else:
                self.refused.append((status, answer[:200]))
        self._wire.close()


def creations(dsn: str, seconds: float, machines: int) -> None:
    folder = Path(tempfile.mkdtemp())
    settings: dict[str, dict[str, Any]] = {
        "database": {"url": f"postgresql:{dsn}"},
        "ganeti": {"simulate": 0, "refresh": 3600},
        "dispatcher": {"poll": False, "reconcile": 0},
        "bootstrap": {"network": "10.0.0.0/16"},
    }
    command = [sys.executable, "-m", "bench._rapi"]
    rapi = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert rapi.stdout is not None
        url = f"http://127.0.0.1:{int(rapi.stdout.readline())}"
        with Daemon(folder, settings) as daemon:
            daemon.manage(
                *("backend-add", "--clustername", "bench.localhost", "--url", url),
                *("--user", "u", "--pass", "p", "--drained", "False"),
            )
            account = daemon.account()
            if machines:
                with closing(psycopg2.connect(dsn)) as connection:
                    Machines.made(connection, machines, account["SYNNEFO_USER_ID"])
            measure(daemon, dsn, url, account, seconds, machines)
    finally:
        rapi.terminate()
        rapi.wait()


def measure(
    daemon: Daemon, dsn: str, url: str, account: dict[str, str], seconds: float, machines: int
) -> None:
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("update holdings set quota_limit = 1::bigint << 60")
        connection.commit()
    wire = Wire(daemon.port, account["SYNNEFO_TOKEN"])
    body = json.dumps(create_body(wire, "bench")).encode()
    wire.json("POST", SERVERS, json.loads(body))  # the first brings the network to the cluster
    eventually("the first job", lambda: count(url)["jobs"] == 1)
    before = usage(dsn)
    pids = [daemon.pid]
    servers = backends_of(dsn)
    used, asked, began = cpu_of(pids), cpu_of(servers), time.monotonic()
    token = account["SYNNEFO_TOKEN"]
    loads = [Load(daemon.port, token, body, began + seconds) for _ in range(CLIENTS)]
    for load in loads:
        load.start()
    for load in loads:
        load.join()
    accepted = sum(load.accepted for load in loads)
    took, submitted = time.monotonic() - began, count(url)["jobs"] - 1
    eventually("all jobs", lambda: count(url)["jobs"] - 1 >= accepted)
    drained = time.monotonic() - began
    used, asked = cpu_of(pids) - used, cpu_of(servers) - asked
    refused = [each for load in loads for each in load.refused]
    assert not refused, refused[:3]
    told = count(url)
    assert told["jobs"] == told["reasons"] == accepted + 1, told
    rows = [after - was for was, after in zip(before, usage(dsn), strict=True)]
    assert rows == [accepted] * len(rows), (accepted, rows)
    figure(
        "creations",
        machines=machines,
        accepted=accepted,
        accepted_per_second=round(accepted / took),
        submitted_meanwhile=submitted,
        submitted_per_second=round(accepted / drained),
        per_cpu_second=round(accepted / used),
        per_cpu_second_of_postgresql=round(accepted / asked),
        sha256_ms=round(sha256_ms(), 2),
    )


def count(url: str) -> dict[str, int]:
    with urlopen(f"{url}/count") as answer:
        found: dict[str, int] = json.load(answer)
        return found


def usage(dsn: str) -> list[int]:
    """Counted servers (least and most), rows of servers, addresses, volumes."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select sum(usage_min), sum(usage_max), (select count(*) from servers),"
            " (select count(*) from ip_addresses where version = 4),"
            " (select count(*) from volumes) from holdings"
            " where resource = 'cyclades.vm' and source <> ''"
        )
        found = cursor.fetchone()
        assert found is not None
        return [int(each) for each in found]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    for machines in map(int, sys.argv[2:] or ("0", "100000")):
        for dsn in database():
            creations(dsn, seconds, machines)


if __name__ == "__main__":
    main()
