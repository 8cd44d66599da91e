"""Addresses of one network: what the next one costs when thousands are given out, and how many a
second come when fifty ask at once."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from bench._measure import Wire, figure
from tests.harness.daemon import Daemon

BASE = "/cyclades/networking/v2.0"
AT_ONCE = 100


def fill(daemon: Daemon, engine: str, ports: int) -> None:
    """Ports in hundreds; single ones are timed before the first and behind the last hundred."""
    wire = Wire(daemon.port, daemon.account()["SYNNEFO_TOKEN"])
    network = wire.json("POST", f"{BASE}/networks", {"network": {"name": "wide"}})["network"]["id"]
    subnet = {"network_id": network, "cidr": "10.0.0.0/16", "ip_version": 4}
    wire.json("POST", f"{BASE}/subnets", {"subnet": subnet})
    first = single(wire, network)
    begun = time.perf_counter()
    for _ in range(ports // AT_ONCE):
        wire.json("POST", f"{BASE}/ports", {"ports": [{"network_id": network}] * AT_ONCE})
    taken = time.perf_counter() - begun
    last = single(wire, network)
    figure(
        "next_address",
        engine=engine,
        ports=ports,
        first_ms=round(first * 1000, 2),
        last_ms=round(last * 1000, 2),
        ratio=round(last / first, 2),
        bulk_per_s=round(ports / taken),
    )
    wire.close()
    crowd(daemon, engine, network)


def single(wire: Wire, network: str, times: int = 40) -> float:
    """The median of so many creations, one after another."""
    seen = []
    for _ in range(times):
        begun = time.perf_counter()
        wire.json("POST", f"{BASE}/ports", {"port": {"network_id": network}})
        seen.append(time.perf_counter() - begun)
    return median(seen)


def crowd(daemon: Daemon, engine: str, network: str, askers: int = 50, each: int = 10) -> None:
    """Fifty clients at once; no address is given twice."""
    token = daemon.account()["SYNNEFO_TOKEN"]

    def ask(_: int) -> list[str]:
        wire = Wire(daemon.port, token)
        wish = {"port": {"network_id": network}}
        made: list[Any] = [wire.json("POST", f"{BASE}/ports", wish)["port"] for _ in range(each)]
        wire.close()
        return [port["fixed_ips"][0]["ip_address"] for port in made]

    begun = time.perf_counter()
    with ThreadPoolExecutor(askers) as pool:
        given = [address for found in pool.map(ask, range(askers)) for address in found]
    taken = time.perf_counter() - begun
    assert len(set(given)) == askers * each, "an address was given twice"
    figure("addresses_at_once", engine=engine, askers=askers, per_s=round(len(given) / taken))


def on(engine: str, database: dict[str, Any], ports: int) -> None:
    with tempfile.TemporaryDirectory(prefix="synnefod-bench-") as folder:
        limits = {"exempt": ["127.0.0.0/8"]}
        settings: dict[str, Any] = {"network": {"largest": 16}, "limits": limits}
        if database:
            settings["database"] = database
        with Daemon(Path(folder), settings) as daemon:
            fill(daemon, engine, ports)


def main() -> None:
    """`python -m bench.network [PORTS]`; PostgreSQL when SYNNEFOD_TEST_POSTGRES names a server."""
    ports = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    on("sqlite", {}, ports)
    if os.environ.get("SYNNEFOD_TEST_POSTGRES"):
        from tests.harness.database import empty_database

        dsn, drop = empty_database()
        try:
            on("postgres", {"url": f"postgresql:{dsn}"}, ports)
        finally:
            drop()


if __name__ == "__main__":
    main()
