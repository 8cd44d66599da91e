"""Object storage beside OpenStack Swift and Ceph's gateway, all in one run on one machine.

    python -m bench.rivals [--only CASE ...] [--engine sqlite|postgres] [--rival swift|radosgw] ...

One JSON line a case: milliseconds of CPU a unit, of all processes of a system (its database's
included), medians of three rounds in which the systems take turns. Ours is durable (fsync of block
and folder, synced commit). Swift (PyPI; one replica) syncs files, not its databases' commits;
radosgw (Debian) has one OSD on BlueStore. The client, one process, is not counted.

Counts are small so that a run takes some minutes. Names of the long listings are put into the
databases directly, in ours and in Swift's; radosgw, which has no such way, has no part in them.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median

from bench._measure import BLOCK, MIB, Source, Wire, forget_peak, memory_of, peak_of
from bench._ours import on_postgres, on_sqlite
from bench._radosgw import radosgw
from bench._rival import Rival
from bench._swift import swift
from tests.harness.daemon import Daemon

ROUNDS = 3
BIG, BIG_AT_ONCE = 24, 4
SMALL, SMALL_AT_ONCE = 480, 16
KIND = ("Content-Type: application/octet-stream",)
_names = count()
Turn = Callable[[Rival], dict[str, float]]
"""One round of a case on one system: milliseconds of CPU a unit, by figure."""


def report(case: str, rounds: list[dict[str, dict[str, float]]]) -> None:
    """Medians of each system; how they stand to Swift's and radosgw's."""
    for figure in next(iter(rounds[0].values())):
        spent = {
            name: median(each[name][figure] for each in rounds if figure in each[name])
            for name in rounds[0]
            if figure in rounds[0][name]
        }
        line: dict[str, object] = {"bench": "rivals", "case": case, "figure": figure}
        line["cpu_ms"] = {name: round(value, 3) for name, value in spent.items()}
        for rival in ("swift", "radosgw"):
            if spent.get(rival):
                line[f"of_{rival}"] = {
                    name: round(value / spent[rival], 3)
                    for name, value in spent.items()
                    if "/" in name
                }
        print(json.dumps(line | {"load": round(os.getloadavg()[0], 1)}), flush=True)


def play(case: str, rivals: list[Rival], turn: Turn) -> None:
    """`turn` for each system, three times in turns."""
    rounds = [{rival.name: turn(rival) for rival in rivals} for _ in range(ROUNDS)]
    report(case, rounds)


def at_once(rival: Rival, connections: int, units: int, work: Callable[[Wire, int], None]) -> float:
    """Milliseconds of CPU for each of `units`, done on so many connections."""
    wires = [rival.wire() for _ in range(connections)]

    def share(first: int) -> None:
        for number in range(first, units, connections):
            work(wires[first], number)

    threads = [threading.Thread(target=share, args=[each]) for each in range(connections)]
    before = rival.spent()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = rival.spent() - before
    for wire in wires:
        wire.close()
    return spent / units * 1000


def pipelined(
    rival: Rival, method: str, paths: list[str], headers: tuple[str, ...] = (), body: int = 0
) -> float:
    """Milliseconds of CPU of each small request, on 16 connections that are always busy."""
    wires = [rival.wire() for _ in range(SMALL_AT_ONCE)]
    before = rival.spent()
    for start in range(0, len(paths), len(wires)):
        pairs = list(zip(wires, paths[start : start + len(wires)], strict=False))
        for wire, path in pairs:
            wire.ask(method, rival.root + path, headers, os.urandom(body))
        for wire, path in pairs:
            status, _ = wire.answer(method)
            assert status < 300, (rival.name, method, path, status)
    spent = rival.spent() - before
    for wire in wires:
        wire.close()
    return spent / len(paths) * 1000


def done(
    wire: Wire, method: str, path: str, headers: tuple[str, ...] = (), body: bytes = b""
) -> None:
    wire.ask(method, path, headers, body)
    status, _ = wire.answer(method)
    assert status < 300, (method, path, status)


# -- the cases


def big(rivals: list[Rival], _folder: Path) -> None:
    """4 MiB PUT and GET on four connections; the same bytes again under new names."""
    pool = os.urandom(BLOCK)
    places: dict[str, list[str]] = {}

    def turn(rival: Rival) -> dict[str, float]:
        run = next(_names)
        mine = places.setdefault(rival.name, [])
        mine[:] = [f"{rival.root}/{rival.box}/{run}-{n}" for n in range(BIG)]
        bodies = [os.urandom(64) + pool[64:] for _ in range(BIG)]

        def put(wire: Wire, n: int) -> None:
            done(wire, "PUT", mine[n], KIND, bodies[n])

        def again(wire: Wire, n: int) -> None:
            done(wire, "PUT", mine[n] + "-again", KIND, bodies[n])

        def get(wire: Wire, n: int) -> None:
            assert wire.download(mine[n]) == (200, BLOCK)

        found = {
            name: at_once(rival, BIG_AT_ONCE, BIG, work) / 4
            for name, work in (("PUT a MiB", put), ("GET a MiB", get), ("PUT again a MiB", again))
        }
        with_rest(rival, [path.removeprefix(rival.root) for path in mine])
        return found

    play("4 MiB", rivals, turn)


def with_rest(rival: Rival, paths: list[str]) -> None:
    """Removes what a round has left, so that the disk does not fill."""
    wire = rival.wire()
    for path in paths:
        for name in (path, f"{path}-again"):
            done(wire, "DELETE", rival.root + name)
    wire.close()


def small(rivals: list[Rival], _folder: Path) -> None:
    """1 KiB objects on 16 connections."""

    def turn(rival: Rival) -> dict[str, float]:
        run = next(_names)
        paths = [f"/{rival.box}/{run}-{n}" for n in range(SMALL)]
        return {
            "PUT": pipelined(rival, "PUT", paths, KIND, 1024),
            "GET": pipelined(rival, "GET", paths),
            "HEAD": pipelined(rival, "HEAD", paths),
            "DELETE": pipelined(rival, "DELETE", paths),
        }

    play("1 KiB", rivals, turn)


def huge(rivals: list[Rival], folder: Path) -> None:
    """One object of 1 GiB in and out; our peak memory is the business of bench.cloud."""
    source = Source(folder / "source", 1024 * MIB)

    def turn(rival: Rival) -> dict[str, float]:
        source.renew()
        path = f"/{rival.box}/huge"
        wire = rival.wire()
        before = rival.spent()
        assert wire.upload(rival.root + path, source) == 201
        put, before = rival.spent() - before, rival.spent()
        assert wire.download(rival.root + path) == (200, source.size)
        get = rival.spent() - before
        done(wire, "DELETE", rival.root + path)
        wire.close()
        return {"PUT a MiB": put / 1024 * 1000, "GET a MiB": get / 1024 * 1000}

    play("1 GiB", rivals, turn)
    source.path.unlink()


def page(rival: Rival, container: str, query: str, entries: int, times: int = 2) -> float:
    """Milliseconds of CPU of one page of a listing."""
    wire = rival.wire()
    before = rival.spent()
    for _ in range(times):
        wire.ask("GET", f"{rival.root}/{container}?format=json&{query}")
        status, body = wire.answer("GET")
        assert status == 200 and len(json.loads(body)) == entries, (rival.name, query, status)
    spent = rival.spent() - before
    wire.close()
    return spent / times * 1000


def listings(rivals: list[Rival], _folder: Path) -> None:
    """Pages of 10 000, folders, totals: of 100 000 names in 1 000 folders, and of ten times as
    many."""
    listing = [rival for rival in rivals if rival.fill is not None]
    filled = set()
    for container, per in (("many", 100), ("more", 1000)):
        for rival in listing:
            rival.ask("PUT", f"/{container}")
            # Both mounts of a daemon show one store.
            if (rival.port, container) not in filled and rival.fill is not None:
                filled.add((rival.port, container))
                rival.fill(container, 1000, per)
        total = 1000 * per

        def name(at: int, per: int = per) -> str:
            return f"f{10000 + at // per}/o{1000000 + at}"

        def turn(
            rival: Rival, container: str = container, total: int = total, per: int = per
        ) -> dict[str, float]:
            first, last = "limit=10000", f"marker={name(total - 10001)}"
            found = {
                "first page": page(rival, container, first, 10_000),
                "last page": page(rival, container, last, 10_000),
                "page with a prefix": page(rival, container, "prefix=f105", min(100 * per, 10_000)),
                "1 000 folders": page(rival, container, "delimiter=/", 1000),
                "HEAD of the container": pipelined(rival, "HEAD", [f"/{container}"] * 160),
            }
            if "/" in rival.name:
                found["HEAD of the account"] = pipelined(rival, "HEAD", [""] * 160)
            return found

        play(f"listing of {total}", listing, turn)


def slow(rivals: list[Rival], daemons: dict[str, Daemon]) -> None:
    """64 uploads at once, each slower than the last block of all needs: our memory."""
    for rival in rivals:
        engine = rival.name.partition("/")[2]
        if engine not in daemons:
            continue
        pid = daemons[engine].pid
        idle = memory_of(pid)["rss_mib"]
        forget_peak(pid)
        wires = [rival.wire() for _ in range(64)]
        size, piece = 11 * MIB, 256 << 10
        for number, wire in enumerate(wires):
            wire.ask(
                "PUT", f"{rival.root}/{rival.box}/slow{number}", (*KIND, f"Content-Length: {size}")
            )
        for _ in range(size // piece):
            for wire in wires:
                wire.send(os.urandom(piece))
        statuses = {wire.answer("PUT")[0] for wire in wires}
        assert statuses == {201}, statuses
        with_slow = peak_of(pid)
        for number, wire in enumerate(wires):
            done(wire, "DELETE", f"{rival.root}/{rival.box}/slow{number}")
            wire.close()
        line = {"idle_mib": idle, "peak_mib": round(with_slow, 1)}
        print(
            json.dumps({"bench": "rivals", "case": "64 slow uploads", "system": rival.name, **line})
        )


CASES = {"big": big, "small": small, "huge": huge, "listings": listings}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=[*CASES, "slow"])
    parser.add_argument("--engine", action="append", choices=["sqlite", "postgres"])
    parser.add_argument("--rival", action="append", choices=["swift", "radosgw", "none"])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    wanted = options.only or [*CASES, "slow"]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder)))
        folder.chmod(0o755)  # PostgreSQL's user passes through it.
        rivals: list[Rival] = []
        daemons: dict[str, Daemon] = {}
        for engine, start in (("sqlite", on_sqlite), ("postgres", on_postgres)):
            if engine in (options.engine or ("sqlite", "postgres")):
                mounts, daemons[engine] = stack.enter_context(start(folder / engine))
                rivals += mounts
        for name, begin in (("swift", swift), ("radosgw", radosgw)):
            if name in (options.rival or ("swift", "radosgw")):
                rivals.append(stack.enter_context(begin(folder / name)))
        for rival in rivals:
            rival.ask("PUT", f"/{rival.box}")
        for name, case in CASES.items():
            if name in wanted:
                case(rivals, folder)
        if "slow" in wanted:
            slow(rivals, daemons)


if __name__ == "__main__":
    main()
