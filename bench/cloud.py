"""The assembled daemon over real HTTP: large and small requests, events, memory.

    python -m bench.cloud [--mib 1024] [--runs 3] [--requests 400] [--folder DIR] [--only PART]

One JSON line a figure; medians of the runs. CPU is that of the daemon and of its connections'
PostgreSQL processes; the client's is not counted. The folder should be on the disk to be judged:
the database, the blocks and the file that `dd` writes are all there. SYNNEFOD_TEST_POSTGRES adds
the small requests on PostgreSQL; with it SYNNEFOD_TEST_RABBITMQ and SYNNEFOD_TEST_GANETI add the
way of a job's end from a real cluster.
"""

from __future__ import annotations

import argparse
import functools
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench._jobs import COMPUTE, create, event_latency, on_real_parts, wait_for
from bench._measure import (
    MIB,
    Source,
    Wire,
    cpu_of,
    dd_seconds,
    figure,
    forget_peak,
    memory_of,
    peak_of,
    sha256_ms,
)
from tests.harness.daemon import Daemon

SETTLE = 5.0
"""Seconds that a daemon is left alone before it counts as idle."""
Pids = Callable[[], Iterable[int]]


def large(daemon: Daemon, source: Source, folder: Path, runs: int) -> None:
    """New data in, the same again, and out, on both mounts; `dd` right before each first PUT.

    Pithos's mount computes no MD5 here (`storage.keep_md5` is off), Swift's always does. What was
    just stored is read from the disk first (`get`), then from the page cache (`get_again`).
    """
    account = daemon.account()
    user, wire = account["SYNNEFO_USER_ID"], Wire(daemon.port, account["SYNNEFO_TOKEN"])
    pids = [daemon.pid]
    mib = source.size / MIB
    idle = memory_of(daemon.pid)["rss_mib"]
    for mount, root, times in (
        ("pithos", f"/pithos/object-store/v1/{user}/bench", runs),
        ("swift", f"/swift/v1/AUTH_{user}/bench", 1),
    ):
        wire.json("PUT", root)
        seen: dict[str, list[tuple[float, ...]]] = {}
        for run in range(times):
            source.renew()
            dd, sha = dd_seconds(source, folder), sha256_ms()
            before = _blocks(daemon)
            for what, work in (
                ("put", functools.partial(wire.upload, f"{root}/{run}", source)),
                ("put_stored", functools.partial(wire.upload, f"{root}/again{run}", source)),
                ("get", functools.partial(wire.download, f"{root}/{run}")),
                ("get_again", functools.partial(wire.download, f"{root}/{run}")),
            ):
                forget_peak(daemon.pid)
                cpu, wall = cpu_of(pids), time.perf_counter()
                done = work()
                wall, cpu = time.perf_counter() - wall, cpu_of(pids) - cpu
                assert done in (201, (200, source.size)), done
                seen.setdefault(what, []).append((wall, cpu, dd, sha, peak_of(daemon.pid) - idle))
            assert _blocks(daemon) - before == source.size // (4 * MIB), "blocks written twice"
        for what, results in seen.items():
            wall, cpu, dd, sha, growth = (median(column) for column in zip(*results, strict=True))
            figure(
                f"{mount}_{what}",
                mib=int(mib),
                runs=times,
                mb_per_s=round(source.size / wall / 1e6),
                dd_mb_per_s=round(source.size / dd / 1e6),
                part_of_dd=round(dd / wall, 2),
                cpu_ms_per_mib=round(cpu / mib * 1000, 2),
                sha256_ms_per_mib=round(sha, 2),
                peak_growth_mib=round(growth, 1),
            )
    wire.close()


def _blocks(daemon: Daemon) -> int:
    return sum(len(files) for _, _, files in os.walk(daemon.state / "blocks" / "blocks"))


def small(daemon: Daemon, engine: str, requests: int, runs: int, pids: Pids) -> None:
    """CPU of small authenticated requests on one kept connection and on eight at once."""
    account = daemon.account()
    user, token = account["SYNNEFO_USER_ID"], account["SYNNEFO_TOKEN"]
    wire = Wire(daemon.port, token)
    pithos, swift = f"/pithos/object-store/v1/{user}", f"/swift/v1/AUTH_{user}"
    wire.json("PUT", f"{pithos}/small")
    wire.ask("PUT", f"{pithos}/small/1k", ("Content-Type: text/plain",), os.urandom(1024))
    assert wire.answer("PUT")[0] == 201
    server = any_server(wire)
    asked = {
        "container HEAD": ("HEAD", f"{pithos}/small"),
        "object GET of 1 KiB, Pithos": ("GET", f"{pithos}/small/1k"),
        "object GET of 1 KiB, Swift": ("GET", f"{swift}/small/1k"),
        "server show": ("GET", f"{COMPUTE}/servers/{server}"),
        "token check, v3": ("GET", "/astakos/identity/v3/auth/tokens"),
    }
    for what, (method, path) in asked.items():
        headers = (f"X-Subject-Token: {token}",) if "auth/tokens" in path else ()
        for at_once in (1, 8):
            # Anew each time: a connection that waits for its turn is closed as idle.
            wires = [Wire(daemon.port, token) for _ in range(at_once)]
            used = [_cost(wires, requests, method, path, headers, pids) for _ in range(runs + 1)][
                1:
            ]
            for each in wires:
                each.close()
            walls, cpus = zip(*used, strict=True)
            figure(
                f"small: {what}",
                engine=engine,
                at_once=at_once,
                cpu_ms=round(median(cpus) * 1000, 3),
                best_cpu_ms=round(min(cpus) * 1000, 3),
                per_s=round(1 / median(walls)),
            )
    wire.close()


def _cost(
    wires: list[Wire], requests: int, method: str, path: str, headers: Any, pids: Pids
) -> tuple[float, float]:
    """Wall and CPU seconds of one request."""
    rounds = max(1, requests // len(wires))
    cpu, wall = cpu_of(pids()), time.perf_counter()
    for _ in range(rounds):
        for wire in wires:
            wire.ask(method, path, headers)
        for wire in wires:
            status, _ = wire.answer(method)
            assert status < 300, (status, path)
    count = rounds * len(wires)
    return (time.perf_counter() - wall) / count, (cpu_of(pids()) - cpu) / count


def any_server(wire: Wire) -> str:
    """A server that is there, or a new one that has become ACTIVE."""
    known = wire.json("GET", f"{COMPUTE}/servers")["servers"]
    if known:
        return str(known[0]["id"])
    made = create(wire, "bench")
    wait_for(wire, made, "ACTIVE")
    return made


def embedded(options: argparse.Namespace, folder: Path, parts: set[str]) -> None:
    """The default daemon: SQLite, blocks in a folder, a simulated cluster."""
    with Daemon(folder / "embedded", {"storage": {"keep_md5": False}}) as daemon:
        time.sleep(SETTLE)
        figure("idle", engine="sqlite", **memory_of(daemon.pid))
        if "large" in parts:
            source = Source(folder / "source", options.mib * MIB)
            large(daemon, source, folder, options.runs)
            source.path.unlink()
        if "small" in parts:
            small(daemon, "sqlite", options.requests, options.runs, lambda: [daemon.pid])
        if "events" in parts:
            event_latency(daemon, "simulator", options.servers)
        figure("after", engine="sqlite", **memory_of(daemon.pid))


def on_postgres(options: argparse.Namespace, folder: Path) -> None:
    """The small requests again, the database's processes counted."""
    import psycopg2

    from tests.harness.database import empty_database

    dsn, drop = empty_database()
    try:
        with Daemon(folder / "postgres", {"database": {"url": f"postgresql:{dsn}"}}) as daemon:
            spy = psycopg2.connect(dsn)
            spy.autocommit = True
            cursor = spy.cursor()

            def pids() -> list[int]:
                cursor.execute(
                    "select pid from pg_stat_activity where datname = current_database()"
                    " and pid <> pg_backend_pid()"
                )
                return [daemon.pid, *(pid for (pid,) in cursor.fetchall())]

            time.sleep(SETTLE)
            figure("idle", engine="postgres", **memory_of(daemon.pid))
            small(daemon, "postgres", options.requests, options.runs, pids)
            spy.close()
    finally:
        drop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--servers", type=int, default=5)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", action="append", choices=["large", "small", "events", "real"])
    options = parser.parse_args()
    parts = set(options.only or ("large", "small", "events", "real"))
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="synnefod-bench-") as name:
        folder = Path(name)
        if parts & {"large", "small", "events"}:
            embedded(options, folder, parts)
        if "small" in parts and os.environ.get("SYNNEFOD_TEST_POSTGRES"):
            on_postgres(options, folder)
        if "real" in parts:
            on_real_parts(folder, options.servers)


if __name__ == "__main__":
    main()
