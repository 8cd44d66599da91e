"""The store's namespace with its past, beside a model of it in a dictionary."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.text import MICROSECONDS
from synnefod.common.threads import InlineThreads
from synnefod.objects.interface import (
    ContainerChange,
    Copying,
    NoSuchObject,
    ObjectChange,
    ObjectQuery,
    Patch,
    Place,
    Write,
    pithos_query,
)
from synnefod.objects.parts import Parts
from synnefod.objects.service import ObjectStore
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import DISKSPACE, project_holder, user_holder
from synnefod.store.sqlite import SqliteStore
from tests.harness.cloud import done
from tests.unit.objects.cloud import ANN, START, Body, People, ann

NAMES = ("a", "a/", "a/b", "a/b/c", "ab", "b", "é", "%_")
names = st.sampled_from(NAMES)
data = st.sampled_from((b"", b"x", b"some text", b"more than that"))
META = "X-Object-Meta-N"


@frozen
class Version:
    """`data` of None marks a deletion."""

    serial: int
    mtime: int
    data: bytes | None
    note: str


class Namespace(RuleBasedStateMachine):
    """`past` holds the versions of each name that are left, oldest first; the last is the newest,
    and current unless it is a deletion."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.clock.advance(START)
        self.store = SqliteStore(None, self.clock, InlineThreads())
        done(self.store.start())
        self.ledger = Ledger(self.clock)
        self.objects = ObjectStore(
            Parts(self.store, MemoryBlocks(), self.ledger, People(), InlineThreads(), self.clock)
        )
        done(self.objects.prepare())

        async def limits(tx: Any) -> None:
            source = project_holder(ProjectId(ANN))
            for holder, of in ((source, None), (user_holder(UserId(ANN)), source)):
                await self.ledger.set_limits(tx, holder, of, {DISKSPACE: 10**9})

        done(self.store.transact("limits", limits))
        done(self.objects.put_container(ann, ANN, "box", ContainerChange()))
        self.past: dict[str, list[Version]] = {}
        self.times = [self.now()]
        self.auto = True
        self.number = 0

    def teardown(self) -> None:
        done(self.store.stop())

    # -- the model

    def now(self) -> int:
        return int(self.clock.seconds() * MICROSECONDS)

    def current(self, name: str) -> Version | None:
        newest = self.past[name][-1] if self.past.get(name) else None
        return newest if newest is not None and newest.data is not None else None

    def commit(self, name: str, serial: int, content: bytes | None, note: str = "") -> None:
        versions = self.past.setdefault(name, [])
        mtime = max(self.now(), versions[-1].mtime + 1) if versions else self.now()
        if not self.auto and versions and versions[-1].data is not None:
            versions.pop()
        versions.append(Version(serial, mtime, content, note))
        self.times.append(mtime)

    def as_of(self, until: int) -> dict[str, bytes]:
        found = {}
        for name, versions in self.past.items():
            before = [version for version in versions if version.mtime < until]
            if before and before[-1].data is not None:
                found[name] = before[-1].data
        return found

    def drop(self, name: str, until: int, *, current_too: bool) -> None:
        alive = self.current(name)
        left = [
            version
            for version in self.past[name]
            if version.mtime > until or (version is alive and not current_too)
        ]
        if left:
            self.past[name] = left
        else:
            del self.past[name]

    # -- what happens

    def place(self, name: str) -> Place:
        return Place(ANN, "box", name)

    def latest(self, name: str) -> int:
        """The serial of the newest version, deletions included."""
        row = done(
            self.store.read(
                "latest",
                lambda tx: tx.one(
                    "select n.latest from storage_nodes n join storage_nodes c on c.id = n.parent "
                    "where c.name = 'box' and n.name = :name",
                    name=name,
                ),
            )
        )
        assert row is not None
        return int(row[0])

    @rule(seconds=st.sampled_from((1, 60)))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.times.append(self.now())

    @rule()
    def turn_back(self) -> None:
        """The clock of the machine steps back; the object's own time does not (PIT-200)."""
        self.clock.rightNow -= 5

    @rule(name=names, content=data)
    def write(self, name: str, content: bytes) -> None:
        self.number += 1
        note = str(self.number)
        write = Write("text/plain", metadata={META: note})
        written = done(self.objects.write(ann, self.place(name), write, Body(content)))
        self.commit(name, written.serial, content, note)

    @rule(name=names)
    def annotate(self, name: str) -> None:
        self.number += 1
        change = ObjectChange(metadata={META: str(self.number)})
        before = self.current(name)
        if before is None or before.data is None:
            self.refused(self.objects.update_object(ann, self.place(name), change))
            return
        serial = done(self.objects.update_object(ann, self.place(name), change))
        self.commit(name, serial, before.data, str(self.number))

    @rule(name=names, content=data)
    def append(self, name: str, content: bytes) -> None:
        before = self.current(name)
        patch = Patch(start=None, metadata={}, replace=False)
        work = self.objects.update_data(ann, self.place(name), patch, Body(content))
        if before is None or before.data is None:
            self.refused(work)
            return
        self.commit(name, done(work).serial, before.data + content, before.note)

    @rule(source=names, goal=names, moving=st.booleans())
    def transfer(self, source: str, goal: str, moving: bool) -> None:
        verb = self.objects.move if moving else self.objects.copy
        work = verb(ann, self.place(source), self.place(goal), Copying())
        before = self.current(source)
        if before is None:
            self.refused(work)
            return
        self.commit(goal, done(work).serial, before.data, before.note)
        if moving and source != goal:
            self.commit(source, self.latest(source), None)

    @rule(name=names, choice=st.randoms(use_true_random=False))
    def bring_back(self, name: str, choice: Any) -> None:
        """A copy of an old version onto the object itself."""
        old = [version for version in self.past.get(name, []) if version.data is not None]
        if not old:
            return
        version = choice.choice(old)
        how = Copying(version=version.serial)
        written = done(self.objects.copy(ann, self.place(name), self.place(name), how))
        self.commit(name, written.serial, version.data, version.note)

    @rule(name=names)
    def delete(self, name: str) -> None:
        work = self.objects.delete_object(ann, self.place(name))
        if self.current(name) is None:
            self.refused(work)
            return
        done(work)
        self.commit(name, self.latest(name), None)

    @rule(name=names)
    def delete_tree(self, name: str) -> None:
        work = self.objects.delete_object(ann, self.place(name), delimiter="/")
        if self.current(name) is None:
            self.refused(work)
            return
        done(work)
        prefix = name.rstrip("/") + "/" if name.endswith("/") else name + "/"
        for each in sorted(self.past):
            if (each == name or each.startswith(prefix)) and self.current(each):
                self.commit(each, self.latest(each), None)

    @rule()
    def empty(self) -> None:
        done(self.objects.empty_container(ann, ANN, "box"))
        for name in sorted(self.past):
            if self.current(name):
                self.commit(name, self.latest(name), None)

    @rule(auto=st.booleans())
    def set_versioning(self, auto: bool) -> None:
        policy = {"versioning": "auto" if auto else "none"}
        done(self.objects.update_container(ann, ANN, "box", ContainerChange(policy=policy)))
        self.auto = auto

    @rule(name=names, choice=st.randoms(use_true_random=False))
    def purge(self, name: str, choice: Any) -> None:
        until = choice.choice(self.times)
        work = self.objects.purge_object(ann, self.place(name), until)
        if name not in self.past:
            self.refused(work)
            return
        done(work)
        self.drop(name, until, current_too=True)

    @rule(choice=st.randoms(use_true_random=False))
    def purge_all(self, choice: Any) -> None:
        until = choice.choice(self.times)
        done(self.objects.purge_container(ann, ANN, "box", until))
        for name in list(self.past):
            self.drop(name, until, current_too=False)

    def refused(self, work: Any) -> None:
        try:
            done(work)
        except NoSuchObject:
            return
        raise AssertionError("it was not refused")

    # -- what must be so

    def read(self, name: str, version: int | None = None) -> bytes:
        async def work() -> bytes:
            reading = await self.objects.open(ann, self.place(name), version=version)
            return b"".join([piece async for piece in await reading.data()])

        found: bytes = done(work())
        return found

    def listed(self, query: ObjectQuery) -> dict[str, int]:
        page = done(self.objects.objects(ann, ANN, "box", query))
        return {entry.name: entry.size for entry in page.entries}

    @invariant()
    def what_is_there_is_listed_read_and_charged(self) -> None:
        there = {name: one.data for name in self.past if (one := self.current(name))}
        sizes = {name: len(content or b"") for name, content in there.items()}
        assert self.listed(pithos_query()) == sizes
        page = evolve(pithos_query(), limit=1)
        seen: dict[str, int] = {}
        while more := self.listed(page):
            seen |= more
            page = evolve(page, marker=max(more))
        assert seen == sizes
        for name, content in there.items():
            assert self.read(name) == content
        box = done(self.objects.container(ann, ANN, "box"))
        assert (box.count, box.bytes) == (len(there), sum(sizes.values()))

        async def used(tx: Any) -> int:
            source = project_holder(ProjectId(ANN))
            held = await self.ledger.holdings(tx, [user_holder(UserId(ANN))], source=source)
            return sum(each.usage_max for each in held if each.resource == DISKSPACE)

        assert done(self.store.read("usage", used)) == sum(sizes.values())

    @invariant()
    def every_past_is_still_told(self) -> None:
        for name, versions in self.past.items():
            kept = [version for version in versions if version.data is not None]
            told = [(version.serial, version.mtime) for version in kept]
            if kept:
                assert done(self.objects.versions(ann, self.place(name))) == told
            else:
                self.refused(self.objects.versions(ann, self.place(name)))
            for version in kept:
                shown = done(self.objects.object(ann, self.place(name), version=version.serial))
                assert shown.metadata.get(META, "") == version.note
                assert self.read(name, version.serial) == version.data

    @precondition(lambda self: len(self.times) > 1)
    @rule(choice=st.randoms(use_true_random=False), shift=st.integers(-1, 1))
    def look_back(self, choice: Any, shift: int) -> None:
        """A listing as of some moment, on the boundary and beside it (PIT-096, PIT-198)."""
        until = max(choice.choice(self.times) + shift, self.times[0] + 1)
        wanted = {name: len(content) for name, content in self.as_of(until).items()}
        assert self.listed(pithos_query(until=until)) == wanted


class NamespaceTests(SynchronousTestCase):
    def test_the_store_agrees_with_a_dictionary(self) -> None:
        """For any order of writes, copies, moves, deletions, purges and changes of policy: what
        is there, what was, and what is charged (PIT-096, PIT-192, PIT-193, PIT-195, PIT-198,
        PIT-200)."""
        run_state_machine_as_test(
            Namespace,
            settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
        )
