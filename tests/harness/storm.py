"""A daemon that is killed again and again in the middle of uploads, overwrites, moves, collections.

    python -m tests.harness.storm [--lives 20] [--operations 200] [--driver rados] [--seed N]

Several people write at once; what was acknowledged must be there after each death, what was not
is wholly done or not at all. Each life is a day and more after the one before (the daemon's clock
is put forward), so that blocks which a death left without a name are collected, while uploads of
the same bytes want them again. Not so with a PostgreSQL, whose clock must agree with the daemon's.
SYNNEFOD_TEST_CEPH is needed for `rados`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import secrets
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.harness import ceph
from tests.harness.daemon import ROOT, Daemon
from tests.harness.wire import Answer, BrokenAnswer, Wire
from tests.integration.journey import block_name

BLOCK = 4 << 20
STEP = 1.3 * 86400
WORKERS, NAMES = 8, 12
Recipe = tuple[tuple[int, int], ...]
"""What an object holds: seeds and lengths of pieces of noise, one after another."""
State = Mapping[str, Recipe | None]
_CLOCK = """\
import os, time
real, ahead = time.time, float(os.environ["STORM_AHEAD"])
time.time = lambda: real() + ahead
"""
KIND = {"Content-Type": "application/octet-stream"}


def content(recipe: Recipe) -> bytes:
    return b"".join(random.Random(seed).randbytes(size) for seed, size in recipe)


class Wrong(AssertionError):
    """Something acknowledged is not there, or something is there by half."""


class Dead(Exception):
    """The daemon was killed before it answered."""


@define
class Worker:
    """One person's tool: names of its own, and what each of them holds."""

    number: int
    storm: Storm
    random: random.Random
    known: dict[str, Recipe | None] = field(factory=dict)
    open: tuple[State, State] | None = None
    """What was under way when the daemon died: the state before, and the one wanted."""
    wire: Wire | None = None

    def names(self) -> list[str]:
        return [f"w{self.number}/n{each}" for each in range(NAMES)]

    def ask(
        self,
        method: str,
        name: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        query: str = "",
    ) -> Answer:
        """Raises Dead."""
        told = {"X-Auth-Token": self.storm.token, **(headers or {})}
        assert self.wire is not None
        try:
            return self.wire.exchange(method, f"{self.storm.box}{name}{query}", told, body)
        except (BrokenAnswer, OSError) as error:
            raise Dead from error

    def live(self) -> None:
        """Works until the daemon dies."""
        self.wire = Wire(("127.0.0.1", self.storm.daemon.port), timeout=120)
        try:
            while not self.storm.over.is_set():
                self.one()
        except Dead:
            if not self.storm.over.is_set():
                self.storm.wrongs.append(f"worker {self.number} got no answer")
        except Wrong as error:
            self.storm.wrongs.append(str(error))
        finally:
            self.wire.close()

    def one(self) -> None:
        """One operation, and what it did if it was acknowledged."""
        name, other = self.random.sample(self.names(), 2)
        held = self.known.get(name)
        verb = self.random.choices(
            ["put", "map", "move", "copy", "append", "delete", "get"], [8, 4, 4, 2, 1, 2, 2]
        )[0]
        if held is None and verb not in ("put", "map"):
            verb = "put"
        if verb == "get":
            self.look(name)
            self.storm.count("get")
            return
        wanted: State
        if verb in ("put", "map", "append"):
            fresh = self.storm.noise(self.random)
            grown = (held or ()) + fresh if verb == "append" else fresh
            wanted = {name: grown}
        elif verb == "delete":
            wanted = {name: None}
        else:
            wanted = {other: held} if verb == "copy" else {other: held, name: None}
        self.open = {key: self.known.get(key) for key in wanted}, wanted
        getattr(self, verb)(name, other, wanted)
        self.known.update(wanted)
        self.open = None
        self.storm.count(verb)

    def put(self, name: str, _other: str, wanted: State) -> None:
        self.expect(self.ask("PUT", name, KIND, content(wanted[name] or ())), 201)

    def map(self, name: str, _other: str, wanted: State) -> None:
        """By hashes; the blocks are sent if they are asked for."""
        data = content(wanted[name] or ())
        blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
        hashes = {block_name(block).hex(): block for block in blocks}
        document = json.dumps({"bytes": len(data), "hashes": list(hashes)}).encode()
        for _ in range(3):
            answer = self.ask("PUT", name, KIND, document, "?hashmap")
            if answer.status != 409:
                break
            for missing in answer.json():
                sent = self.ask("POST", "", KIND, hashes[missing], "?update")
                self.expect(sent, 202)
        self.expect(answer, 201)

    def move(self, name: str, other: str, _wanted: State) -> None:
        self.expect(self.ask("MOVE", name, {"Destination": f"/storm/{other}"}), 201)

    def copy(self, name: str, other: str, _wanted: State) -> None:
        self.expect(self.ask("COPY", name, {"Destination": f"/storm/{other}"}), 201)

    def append(self, name: str, _other: str, wanted: State) -> None:
        piece = content((wanted[name] or ())[-1:])
        headers = {**KIND, "Content-Range": "bytes */*"}
        self.expect(self.ask("POST", name, headers, piece, "?update"), 204)

    def delete(self, name: str, _other: str, _wanted: State) -> None:
        self.expect(self.ask("DELETE", name), 204)

    def expect(self, answer: Answer, status: int) -> None:
        if answer.status != status:
            raise Wrong(f"{answer.status} instead of {status}: {answer.body[:300]!r}")

    def seen(self, name: str) -> str | None:
        """The digest of what the daemon has under this name, None for nothing."""
        answer = self.ask("GET", name)
        if answer.status == 404:
            return None
        self.expect(answer, 200)
        return hashlib.sha256(answer.body).hexdigest()

    def look(self, name: str) -> None:
        if self.seen(name) != self.storm.digest(self.known.get(name)):
            raise Wrong(f"{name} is not what was acknowledged")

    def settle(self) -> None:
        """Everything acknowledged is there; what was under way is done or not, as a whole."""
        self.wire = Wire(("127.0.0.1", self.storm.daemon.port), timeout=120)
        try:
            if self.open is not None:
                seen = {name: self.seen(name) for name in self.open[0]}
                for outcome, state in zip(("undone", "done"), self.open, strict=True):
                    if {name: self.storm.digest(each) for name, each in state.items()} == seen:
                        self.known.update(state)
                        self.storm.count(outcome)
                        break
                else:
                    raise Wrong(f"{sorted(seen)} is neither before nor after")
                self.open = None
            for name in self.names():
                self.look(name)
        except (Wrong, Dead) as error:
            self.storm.wrongs.append(repr(error))
        finally:
            self.wire.close()


class Storm:
    """`counts` tells how many operations of each kind were acknowledged, how many of those under
    way at a death were done or undone, and what collections did."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, Any]], seed: int) -> None:
        merged = {name: dict(values) for name, values in settings.items()}
        merged.setdefault("storage", {})["collect_every"] = 0
        merged.setdefault("identity", {})["token_lifetime"] = 10 * 365 * 86400
        merged.setdefault("ganeti", {})["simulate"] = 0
        self.daemon = Daemon(folder, merged)
        self.random = random.Random(seed)
        self.workers = [
            Worker(number, self, random.Random(f"{seed}-{number}")) for number in range(WORKERS)
        ]
        self.over = threading.Event()
        self.counts: Counter[str] = Counter()
        self.wrongs: list[str] = []
        self.token = self.box = ""
        self._digests: dict[Recipe | None, str | None] = {None: None}
        self._lock = threading.Lock()
        clock = folder / "clock"
        clock.mkdir(parents=True)
        (clock / "sitecustomize.py").write_text(_CLOCK)
        self.daemon.environment["PYTHONPATH"] = f"{clock}{os.pathsep}{ROOT}"
        self.step = 0.0 if "database" in merged else STEP

    def noise(self, chance: random.Random) -> Recipe:
        """One of a few contents, so that the same blocks come and go."""
        seed = chance.randrange(60)
        size = 3000 + 500 * seed if seed < 45 else 200_000 if seed < 57 else BLOCK + 1000 * seed
        return ((seed, size),)

    def digest(self, recipe: Recipe | None) -> str | None:
        if recipe not in self._digests:
            self._digests[recipe] = hashlib.sha256(content(recipe or ())).hexdigest()
        return self._digests[recipe]

    def count(self, what: str, times: int = 1) -> None:
        with self._lock:
            self.counts[what] += times

    @property
    def acknowledged(self) -> int:
        verbs = ("put", "map", "move", "copy", "append", "delete", "get")
        return sum(self.counts[verb] for verb in verbs)

    def run(self, lives: int, operations: int) -> None:
        """So many lives with at least so many operations each; then everything is looked through.
        Raises Wrong."""
        for life in range(lives):
            self._begin(life)
            self._threads([worker.settle for worker in self.workers])
            self._live(operations)
            self._calm()
        self._begin(lives)
        try:
            self._threads([worker.settle for worker in self.workers])
            self._calm()
            found = self.daemon.manage("blocks-verify", "--deep")
            if found:
                raise Wrong(f"blocks-verify: {found}")
            found = self.daemon.manage("reconcile-resources-pithos")
            if found:
                raise Wrong(f"usage differs: {found}")
            traces = [line for line in self.daemon.log.open() if "Traceback" in line]
            if traces:
                raise Wrong(f"the log: {traces[:3]}")
        finally:
            self.daemon.stop()

    def _calm(self) -> None:
        if self.wrongs:
            raise Wrong("; ".join(self.wrongs))

    def _begin(self, life: int) -> None:
        self.daemon.environment["STORM_AHEAD"] = str(life * self.step)
        self.daemon.start()
        self.over.clear()
        if not self.token:
            account = self.daemon.account()
            self.token = account["SYNNEFO_TOKEN"]
            self.box = f"/pithos/object-store/v1/{account['SYNNEFO_USER_ID']}/storm"
            with Wire(("127.0.0.1", self.daemon.port)) as wire:
                # Without history: what is overwritten is garbage, which the next life collects.
                told = {"X-Auth-Token": self.token, "X-Container-Policy-Versioning": "none"}
                made = wire.exchange("PUT", self.box, told, b"")
            assert made.status == 201, made
            self.box += "/"

    def _live(self, operations: int) -> None:
        """The daemon is killed at a random moment after so many operations."""
        works = [*(worker.live for worker in self.workers), self._collect]
        threads = [threading.Thread(target=work) for work in works]
        wanted = self.acknowledged + operations
        for thread in threads:
            thread.start()
        while self.acknowledged < wanted and not self.wrongs:
            time.sleep(0.02)
        time.sleep(self.random.random() * 0.1)
        self.over.set()
        self.daemon.kill()
        self.count("kills")
        for thread in threads:
            thread.join()

    def _collect(self) -> None:
        """Collections one after another, of what no life of today has used."""
        body = json.dumps({"grace": 1, "dry": False}).encode()
        while not self.over.is_set():
            with Wire(str(self.daemon.state / "manage.sock"), timeout=120) as wire:
                try:
                    answer = wire.exchange(
                        "POST", "/v1/storage-gc", {"Content-Type": "application/json"}, body
                    )
                except (BrokenAnswer, OSError):
                    self.count("collections killed")
                    return
            if answer.status != 200:
                self.wrongs.append(f"collection: {answer.status} {answer.body[:300]!r}")
                return
            self.count("collections")
            for what, times in (answer.json().get("row") or {}).items():
                if isinstance(times, int):
                    self.count(f"blocks {what}", times)
            time.sleep(0.05)

    @staticmethod
    def _threads(works: list[Any]) -> None:
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def blocks_of(driver: str) -> dict[str, Any]:
    """The settings of a driver; for `rados` in a namespace of its own."""
    if driver == "filesystem":
        return {}
    section = {"driver": "rados", "conf": os.environ[ceph.VARIABLE], "user": ceph.USER}
    return {**section, "namespace": f"test-{secrets.token_hex(8)}", "timeout": 60.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lives", type=int, default=20)
    parser.add_argument("--operations", type=int, default=200)
    parser.add_argument("--driver", choices=["filesystem", "rados"], default="filesystem")
    parser.add_argument("--database", default="", help="an address of PostgreSQL")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 30))
    options = parser.parse_args()
    settings: dict[str, dict[str, Any]] = {"blocks": blocks_of(options.driver)}
    if options.database:
        settings["database"] = {"url": options.database}
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        storm = Storm(Path(folder) / "d", settings, options.seed)
        try:
            storm.run(options.lives, options.operations)
        finally:
            storm.daemon.stop()
            print(json.dumps(storm.counts))


if __name__ == "__main__":
    main()
