"""What many machines cost that do nothing, and how soon a daemon with much open is working again.

    SYNNEFOD_TEST_POSTGRES=... python -m bench.idle [MACHINES] [OPEN]

The memory of a daemon with MACHINES idle machines in its database, after it has counted and listed
them, beside that of one without any. Then OPEN machines have a job each that the daemon has not
heard of the end of: it is killed and started again, and the time is taken until it is ready, until
a server can be made, and until all ends are in the database (a cluster that answers is polled).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from bench._jobs import create_body
from bench._machines import Machines
from bench._measure import Wire, cpu_of, figure, memory_of, sha256_ms
from bench._rapi import ENDED
from bench.creations import SERVERS
from bench.events import database
from tests.harness.daemon import Daemon, eventually


def idle(dsn: str, machines: int, open_jobs: int) -> None:
    settings: dict[str, dict[str, Any]] = {
        "database": {"url": f"postgresql:{dsn}"},
        "ganeti": {"simulate": 0, "refresh": 3600},
        "dispatcher": {"reconcile": 0},
        "bootstrap": {"network": "10.0.0.0/16"},
    }
    command = [sys.executable, "-m", "bench._rapi"]
    rapi = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert rapi.stdout is not None
        url = f"http://127.0.0.1:{int(rapi.stdout.readline())}"
        with Daemon(Path(tempfile.mkdtemp()), settings) as daemon:
            daemon.manage(
                *("backend-add", "--clustername", "bench.localhost", "--url", url),
                *("--user", "u", "--pass", "p", "--drained", "False"),
            )
            used(daemon)
            empty = memory_of(daemon.pid)
            with closing(psycopg2.connect(dsn)) as connection:
                made = Machines.made(connection, machines, daemon.account()["SYNNEFO_USER_ID"])
            daemon.stop()
            daemon.start()
            used(daemon)
            time.sleep(35)  # the figures are counted every thirty seconds
            full = memory_of(daemon.pid)
            figure("idle machines", machines=machines, empty=empty, full=full)
            again(daemon, dsn, made.servers[:open_jobs])
    finally:
        rapi.terminate()
        rapi.wait()


def used(daemon: Daemon) -> None:
    """What a daemon does in its first minutes: a page of servers, flavors, images."""
    wire = Wire(daemon.port, daemon.account()["SYNNEFO_TOKEN"])
    wire.json("GET", f"{SERVERS}/detail?limit=50")
    create_body(wire, "x")
    wire.close()


def again(daemon: Daemon, dsn: str, servers: list[int]) -> None:
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        daemon.kill()
        cursor.execute(
            "update servers set task = 'START', action = 'START', task_job = %s + id,"
            " job = %s + id, job_status = 'running' where id = any(%s)",
            (ENDED, ENDED, servers),
        )
        cursor.execute("update holdings set quota_limit = 1::bigint << 60")

        def rest() -> int:
            cursor.execute("select count(*) from servers where task = 'START'")
            found = cursor.fetchone()
            assert found is not None
            return int(found[0])

        began = time.monotonic()
        daemon.start()
        ready = time.monotonic() - began
        wire = Wire(daemon.port, daemon.account()["SYNNEFO_TOKEN"])
        wire.json("POST", SERVERS, create_body(wire, "again"))
        made = time.monotonic() - began
        wire.close()
        eventually("all ends", lambda: rest() == 0, within=600)
        figure(
            "restart",
            open_jobs=len(servers),
            ready_s=round(ready, 1),
            server_made_s=round(made, 1),
            all_heard_s=round(time.monotonic() - began, 1),
            cpu_s=round(cpu_of([daemon.pid]), 1),
            sha256_ms=round(sha256_ms(), 2),
        )


def main() -> None:
    machines, open_jobs = (*map(int, sys.argv[1:]), 100_000, 10_000)[:2]
    for dsn in database():
        idle(dsn, machines, open_jobs)


if __name__ == "__main__":
    main()
