"""Our own daemon as one of the object stores under measurement: both mounts, either engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from bench._rival import Fill, Rival
from tests.harness import postgres
from tests.harness.daemon import Daemon

_NAMES = """
with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {total})
"""
_FILL = (
    """insert into storage_maps (id, hashes) {names}
select (select coalesce(max(id), 0) from storage_maps) + 1 + i, {digest} from n""",
    """insert into storage_nodes (id, parent, name, created, latest, current) {names}
select {node} + i, {container}, 'f' || (10000 + i / {per}) || '/o' || (1000000 + i),
  1700000000000000, {serial} + i, {serial} + i from n""",
    """insert into storage_versions (serial, node, cluster, mtime, author, uuid, size, content_type,
  hash, checksum, map) {names}
select {serial} + i, {node} + i, 0, 1700000000000000, 'bench',
  '00000000-{container}-4000-8000-' || (100000000000 + i), 1024, 'application/octet-stream',
  '{hash}', '{checksum}', {map} + i from n""",
    """insert into storage_statistics (node, cluster, population, size, mtime)
select id, 0, {total}, {total} * 1024, 1700000000000000 from storage_nodes
where id in ({container}, {account}) on conflict (node, cluster) do update set
  population = storage_statistics.population + excluded.population,
  size = storage_statistics.size + excluded.size""",
)
"""What a million small uploads would leave behind, in one step."""
SETTINGS: dict[str, dict[str, Any]] = {
    # Pithos's mount computes no MD5 unless it is asked for; Swift's always does.
    "storage": {"keep_md5": False, "collect_every": 0, "expire_every": 0},
}


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[list[Rival], Daemon]]:
    """Both mounts of a daemon with the embedded engine, synced at each commit."""
    with Daemon(folder, SETTINGS) as daemon:
        file = next(daemon.state.glob("*.db"))

        def run(statements: Callable[[Any], list[str]]) -> None:
            with closing(sqlite3.connect(file, timeout=60)) as database, database:
                for statement in statements(database.execute):
                    database.execute(statement)

        yield _mounts(daemon, "sqlite", lambda: [daemon.pid], _filler(run, "zeroblob(32)")), daemon


@contextmanager
def on_postgres(folder: Path) -> Iterator[tuple[list[Rival], Daemon]]:
    """The same with a PostgreSQL of its own, all of whose processes count."""
    import psycopg2

    server = folder / "pg"
    dsn = postgres.start(server, durable=True)["SYNNEFOD_TEST_POSTGRES"]
    try:
        with Daemon(folder, SETTINGS | {"database": {"url": f"postgresql:{dsn}"}}) as daemon:
            first = int((server / "data" / "postmaster.pid").read_text().split()[0])

            def pids() -> list[int]:
                children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
                return [daemon.pid, first, *map(int, children)]

            def run(statements: Callable[[Any], list[str]]) -> None:
                with closing(psycopg2.connect(dsn)) as database, database.cursor() as cursor:

                    def ask(sql: str) -> Any:
                        cursor.execute(sql)
                        return cursor

                    for statement in statements(ask):
                        cursor.execute(statement)
                    for table, key in (("maps", "id"), ("nodes", "id"), ("versions", "serial")):
                        cursor.execute(
                            f"select setval(pg_get_serial_sequence('storage_{table}', '{key}'), "
                            f"(select max({key}) from storage_{table}))"
                        )
                    database.commit()
                    database.autocommit = True
                    cursor.execute("vacuum analyze")

            digest = "decode(repeat('00', 32), 'hex')"
            yield _mounts(daemon, "postgres", pids, _filler(run, digest)), daemon
    finally:
        postgres.stop(server)


def _mounts(daemon: Daemon, engine: str, pids: Callable[[], list[int]], fill: Fill) -> list[Rival]:
    account = daemon.account()
    user, token = account["SYNNEFO_USER_ID"], account["SYNNEFO_TOKEN"]
    return [
        Rival(f"{mount}/{engine}", daemon.port, token, root, pids, fill)
        for mount, root in (
            ("pithos", f"/pithos/object-store/v1/{user}"),
            ("swift", f"/swift/v1/AUTH_{user}"),
        )
    ]


def _filler(run: Callable[[Callable[[Any], list[str]]], None], digest: str) -> Fill:
    def fill(container: str, folders: int, per: int) -> None:
        def statements(ask: Any) -> list[str]:
            def number(sql: str) -> int:
                return int(ask(sql).fetchone()[0])

            node = f"select id from storage_nodes where name = '{container}'"
            total = folders * per
            words: dict[str, Any] = {
                "names": _NAMES.format(total=total),
                "total": total,
                "per": per,
                "digest": digest,
                "hash": "0" * 64,
                "checksum": "0" * 32,
                "container": number(node),
                "account": number(node.replace("select id", "select parent")),
                "node": number("select max(id) + 1 from storage_nodes"),
                "serial": number("select max(serial) + 1 from storage_versions"),
                "map": number("select coalesce(max(id), 0) + 1 from storage_maps"),
            }
            return [text.format(**words) for text in _FILL]

        run(statements)

    return fill
