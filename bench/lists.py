"""What long lists cost: a thousand servers with addresses and volumes, and fifty.

    python -m bench.lists [--rounds 15] [--folder DIR] [--engine sqlite|postgres]

One JSON line a figure: the CPU of the whole daemon for one answer, the database included (on
PostgreSQL its processes are counted beside), the least and the median of the rounds. One server is
made through the API; the others are copies of its rows. SYNNEFOD_TEST_POSTGRES adds PostgreSQL,
where the thousand are asked for twice: `grown` before the planner knows of them, then after.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from bench._jobs import COMPUTE, create, wait_for
from bench._measure import Wire, cpu_of, figure
from tests.harness.daemon import Daemon

LEGACY = "/cyclades/compute/v2.0"
NETWORK = "/cyclades/networking/v2.0"
SIZES = (50, 1000)
LISTS = {
    "servers, Nova": f"{COMPUTE}/servers/detail",
    "servers, Cyclades": f"{LEGACY}/servers/detail",
    "servers, brief": f"{COMPUTE}/servers",
    "ports, Neutron": f"{NETWORK}/ports",
    "volumes, Cinder": "/cyclades/volume/v3/volumes/detail",
}
Pids = Callable[[], Iterable[int]]


class Rows:
    """Copies of rows, over either engine's plain connection."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._cursor = connection.cursor()
        self._commit = connection.commit
        self._mark = mark

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        self._cursor.execute(sql.replace("?", self._mark), values)
        return list(self._cursor.fetchall())

    def run(self, sql: str) -> None:
        self._cursor.execute(sql)

    def copy(self, table: str, where: str, value: int, made: list[dict[str, object]]) -> None:
        """For each of `made`, every row of `table` where `where` is `value`, with those changes."""
        rows = self.ask(f"select * from {table} where {where} = ?", value)
        names = [column[0] for column in self._cursor.description]
        kept = [name for name in names if name != "id"]
        marks = ", ".join(self._mark for _ in kept)
        self._cursor.executemany(
            f"insert into {table} ({', '.join(kept)}) values ({marks})",
            [
                [changed.get(name, row[names.index(name)]) for name in kept]
                for changed in made
                for row in rows
            ],
        )
        self._commit()

    def multiply(self, server: int, wanted: int) -> None:
        """Makes it `wanted` servers in all, each with what the one has."""
        there = self.ask("select count(*) from servers where deleted = 0")[0][0]
        last = self.ask("select max(id) from servers")[0][0]
        made: list[dict[str, object]] = [{"name": f"copy{n}"} for n in range(wanted - there)]
        self.copy("servers", "id", server, made)
        numbers = [row[0] for row in self.ask("select id from servers where id > ?", last)]
        for table in ("server_metadata", "server_diagnostics", "ports", "volumes"):
            self.copy(table, "server", server, [{"server": number} for number in numbers])
        for (port,) in self.ask("select id from ports where server = ?", server):
            here = self.ask("select network from ports where id = ?", port)[0][0]
            copies = self.ask(
                "select id from ports where network = ? and server > ? order by id", here, last
            )
            for version, form in ((4, "100.{}.{}.{}"), (6, "2001:db8:{:x}::{:x}:{:x}")):
                rows = self.ask(
                    "select id from ip_addresses where port = ? and version = ?", port, version
                )
                for (address,) in rows:
                    parts = ((n >> 14, n >> 7 & 127, n & 127) for (n,) in copies)
                    made = [
                        {"port": copy[0], "address": form.format(*part)}
                        for copy, part in zip(copies, parts, strict=True)
                    ]
                    self.copy("ip_addresses", "id", address, made)


def costs(daemon: Daemon, engine: str, size: int, rounds: int, pids: Pids, **more: object) -> None:
    """CPU of each list, asked one after another on one connection."""
    wire = Wire(daemon.port, daemon.account()["SYNNEFO_TOKEN"])
    for what, path in LISTS.items():
        wire.ask("GET", path)
        wire.answer("GET")
        used = []
        for _ in range(rounds):
            # A clock tick is 10 ms: small lists are asked until there are enough of them.
            times = max(1, 1000 // size)
            before = cpu_of(pids())
            for _ in range(times):
                wire.ask("GET", path)
                status, body = wire.answer("GET")
                assert status == 200 and body.count(b'"id"') >= size, (status, path)
            used.append((cpu_of(pids()) - before) / times)
        figure(
            f"list: {what}",
            engine=engine,
            things=size,
            cpu_ms=round(median(used) * 1000, 1),
            best_cpu_ms=round(min(used) * 1000, 1),
            **more,
        )
    wire.close()


def measure(daemon: Daemon, engine: str, rows: Rows, rounds: int, pids: Pids) -> None:
    wire = Wire(daemon.port, daemon.account()["SYNNEFO_TOKEN"])
    server = create(wire, "bench")
    wait_for(wire, server, "ACTIVE")
    wire.json("PUT", f"{COMPUTE}/servers/{server}/metadata", {"metadata": {"role": "web"}})
    wire.close()
    if engine == "postgres":
        rows.run("analyze")
    for size in SIZES:
        rows.multiply(int(server), size)
        if engine == "postgres" and size == SIZES[-1]:
            costs(daemon, engine, size, rounds, pids, grown=True)
            # As autovacuum does within a minute of such a growth.
            rows.run("analyze")
        time.sleep(1)
        costs(daemon, engine, size, rounds, pids)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    options = parser.parse_args()
    # Nothing of the background touches the copies: their instances are on no cluster.
    settings: dict[str, dict[str, Any]] = {"dispatcher": {"reconcile": 0, "reconcile_pools": 0}}
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made)
        if options.engine != "postgres":
            with Daemon(folder / "embedded", settings) as daemon:
                file = next(daemon.state.glob("*.db"))
                connection = sqlite3.connect(file, timeout=60)
                rows = Rows(connection, "?")
                measure(daemon, "sqlite", rows, options.rounds, lambda: [daemon.pid])
                connection.close()
        if options.engine != "sqlite" and os.environ.get("SYNNEFOD_TEST_POSTGRES"):
            on_postgres(folder, settings, options.rounds)


def on_postgres(folder: Path, settings: dict[str, dict[str, Any]], rounds: int) -> None:
    import psycopg2

    from tests.harness.database import empty_database

    dsn, drop = empty_database()
    try:
        url = {"database": {"url": f"postgresql:{dsn}"}}
        with Daemon(folder / "postgres", {**settings, **url}) as daemon:
            connection = psycopg2.connect(dsn)
            connection.autocommit = True
            rows = Rows(connection, "%s")

            def pids() -> list[int]:
                asked = rows.ask(
                    "select pid from pg_stat_activity where datname = current_database()"
                    " and pid <> pg_backend_pid()"
                )
                return [daemon.pid, *(pid for (pid,) in asked)]

            measure(daemon, "postgres", rows, rounds, pids)
            connection.close()
    finally:
        drop()


if __name__ == "__main__":
    main()
