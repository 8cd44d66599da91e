"""From the end of a Ganeti job to the state that the API shows, by events."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench._measure import Wire, figure
from tests.harness.daemon import Daemon

COMPUTE = "/cyclades/compute/v2.1"
PAUSE = 0.004
"""Seconds between two looks at the API."""


def create(wire: Wire, name: str) -> str:
    """A server; not waited for."""
    made = wire.json("POST", f"{COMPUTE}/servers", create_body(wire, name))
    return str(made["server"]["id"])


def create_body(wire: Wire, name: str) -> dict[str, Any]:
    """For a server of the smallest flavor from the image of the first start."""
    flavors = wire.json("GET", f"{COMPUTE}/flavors/detail")["flavors"]
    flavor = min(flavors, key=lambda found: (found["ram"], found["disk"]))["id"]
    images = wire.json("GET", "/cyclades/image/v2/images")["images"]
    image = next(found["id"] for found in images if found["name"] == "hello")
    return {"server": {"name": name, "flavorRef": flavor, "imageRef": image}}


def wait_for(wire: Wire, server: str, status: str, within: float = 120.0) -> float:
    """When the API first showed this status, as epoch seconds."""
    path = f"{COMPUTE}/servers/{server}"
    deadline = time.time() + within
    while True:
        shown = wire.json("GET", path)["server"]["status"]
        now = time.time()
        if shown == status:
            return now
        assert now < deadline and shown != "ERROR", (server, shown)
        time.sleep(PAUSE)


def event_latency(daemon: Daemon, cluster: str, servers: int, queue: Path | None = None) -> None:
    """Servers are made, stopped and started one after another; what each job's end took."""
    token = daemon.account()["SYNNEFO_TOKEN"]
    wire = Wire(daemon.port, token)
    queue = queue or next((daemon.state / "ganeti").rglob("queue"))
    seen: dict[str, list[float]] = {"ACTIVE": [], "SHUTOFF": []}
    for number in range(servers):
        server = create(wire, f"latency{number}")
        path = f"{COMPUTE}/servers/{server}"
        try:
            seen["ACTIVE"].append(wait_for(wire, server, "ACTIVE") - job_end(queue, server))
            wire.json("POST", f"{path}/action", {"os-stop": None})
            seen["SHUTOFF"].append(wait_for(wire, server, "SHUTOFF") - job_end(queue, server))
        finally:
            wire.json("DELETE", path)
            _wait_gone(wire, server)
    wire.close()
    for status, seconds in seen.items():
        figure(
            f"job end to {status}",
            cluster=cluster,
            jobs=len(seconds),
            median_ms=round(median(seconds) * 1000),
            worst_ms=round(max(seconds) * 1000),
        )


def _wait_gone(wire: Wire, server: str) -> None:
    deadline = time.time() + 120
    while time.time() < deadline:
        wire.ask("GET", f"{COMPUTE}/servers/{server}")
        if wire.answer("GET")[0] == 404:
            return
        time.sleep(0.1)


def job_end(queue: Path, server: str) -> float:
    """When the newest ended job of this server's instance ended, by the cluster's own clock."""
    newest = 0.0
    for path in queue.glob("job-*"):
        try:
            job: dict[str, Any] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            continue
        end = job.get("end_timestamp")
        if end and server in json.dumps(job["ops"][0].get("input", {})):
            newest = max(newest, end[0] + end[1] / 1e6)
    assert newest, f"no ended job of {server} in {queue}"
    return newest


def on_real_parts(folder: Path, servers: int) -> None:
    """PostgreSQL, RabbitMQ and a real Ganeti; left out without them."""
    needed = ("SYNNEFOD_TEST_POSTGRES", "SYNNEFOD_TEST_RABBITMQ", "SYNNEFOD_TEST_GANETI")
    absent = [name for name in needed if not os.environ.get(name)]
    if absent:
        print(f"{', '.join(absent)} not set: real Ganeti is left out", file=sys.stderr)
        return
    from tests.harness import ganeti
    from tests.harness.database import empty_database

    place = Path(os.environ["SYNNEFOD_TEST_GANETI"].split(os.pathsep)[0])
    cluster = ganeti.values(place)
    dsn, drop = empty_database()
    prefix = f"b{os.urandom(3).hex()}-"
    settings: dict[str, dict[str, Any]] = {
        "database": {"url": f"postgresql:{dsn}"},
        "bus": {"url": os.environ["SYNNEFOD_TEST_RABBITMQ"], "exchange": f"ganeti-{prefix[:-1]}"},
        "ganeti": {"simulate": 0, "prefix": prefix, "bridge": "gnt-br0", "hvparams": {}},
        "eventd": {
            "queues": [cluster["QUEUE_DIR"]],
            "cluster": cluster["CLUSTER"],
            "luxi": f"{place}/node1/run/ganeti/socket/ganeti-query",
            "always_master": True,
        },
        "dispatcher": {"poll": False, "reconcile": 0},
        # Other clouds of the same cluster have the usual range.
        "bootstrap": {
            "network": f"100.{64 + os.urandom(1)[0] % 64}.{os.urandom(1)[0]}.0/24",
            "network6": f"fd00:{os.urandom(2).hex()}:{os.urandom(2).hex()}::/64",
        },
    }
    try:
        with Daemon(folder / "real", settings) as daemon:
            daemon.manage(
                "backend-add",
                *("--clustername", cluster["CLUSTER"], "--url", cluster["RAPI_URL"]),
                *("--user", cluster["RAPI_USER"], "--pass", cluster["RAPI_PASSWORD"]),
                *("--drained", "False"),
            )
            event_latency(daemon, "ganeti", servers, Path(cluster["QUEUE_DIR"]))
    finally:
        drop()
