"""Makes a folder and a container (or a part of one) equal, in both directions.

Note [Killed at any point]. Each step is one change that is whole or not made: a file takes its
place complete, an object is made by one request that names the hash it expects to replace. What was
agreed is noted after it; a step that was done and not noted is found as agreement next time. What
changed on either side since it was looked at is left for the next round.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path

from attrs import define, field

from synnefod.user.folder import Folder
from synnefod.user.maps import Stamp, map_of
from synnefod.user.plan import Do, Step, plan
from synnefod.user.refusals import REFUSED, UNREACHABLE, Changed, Failure, Refused
from synnefod.user.state import Content, State
from synnefod.user.store import Store, only_if
from synnefod.user.transfers import Transfers

_ROUNDS = 10
_FILES = 4
"""Files under way at once; the blocks of all of them share the transfers' places."""
_FRESH = 2_000_000_000
"""Nanoseconds within which a file may be changed again without its times telling."""


@define
class Outcome:
    """What a sync did: how often each thing, and what could not be done."""

    done: dict[Do, int] = field(factory=dict)
    failed: dict[str, str] = field(factory=dict)
    conflicts: list[str] = field(factory=list)
    """The names that files of conflicts have here now."""


class Watcher:
    """Is told what happens, from several threads; does nothing with it."""

    def begin(self, steps: list[Step]) -> None:
        """These are to be done."""

    def seen(self, count: int) -> None:
        """Bytes of files that have arrived."""

    def did(self, step: Step) -> None:
        """One is done."""


@define
class Sync:
    """`prefix` is empty or ends with a slash."""

    folder: Folder
    state: State
    store: Store
    container: str
    prefix: str
    transfers: Transfers
    watcher: Watcher = field(factory=Watcher)
    _stamps: dict[str, tuple[Stamp, str]] = field(factory=dict, init=False)

    def look(self) -> list[Step]:
        """What there is to do now."""
        self.folder.look()
        here, unsure = self._here()
        there = self._there()
        base = {p: c for p, c in self.state.base().items() if self.folder.counts(p)}
        return [step for step in plan(here, there, base) if step.path not in unsure]

    def run(self) -> Outcome:
        """Rounds until nothing is left to do or nothing more can be. Raises Failure when the cloud
        cannot be reached or refuses the user."""
        outcome = Outcome()
        for _ in range(_ROUNDS):
            steps = self.look()
            if not steps or not self._round(steps, outcome):
                break
        self._remember()
        return outcome

    def _here(self) -> tuple[dict[str, Content], set[str]]:
        """The folder's contents, and the names of files that are being written to."""
        known = self._stamps or self.state.seen()
        stamps: dict[str, tuple[Stamp, str]] = {}
        unsure = set()
        for path, found in self.folder.files():
            if path in known and known[path][0] == found:
                stamps[path] = known[path]
                continue
            try:
                made = map_of(self.folder.root / path)
            except (Changed, OSError):
                unsure.add(path)
                continue
            stamps[path] = (found, made.root)
        self._stamps = stamps
        self._remember()
        return {p: Content(s.size, hash) for p, (s, hash) in stamps.items()}, unsure

    def _remember(self) -> None:
        settled = time.time_ns() - _FRESH
        self.state.saw(
            {
                path: (stamp, hash)
                for path, (stamp, hash) in self._stamps.items()
                if max(stamp.mtime, stamp.ctime) < settled
            }
        )

    def _there(self) -> dict[str, Content]:
        found = {}
        for each in self.store.objects(self.container, self.prefix):
            path = each.name.removeprefix(self.prefix)
            if not each.folder and self.folder.counts(path):
                found[path] = Content(each.size, each.hash)
        return found

    def _round(self, steps: list[Step], outcome: Outcome) -> int:
        """How many steps were done, or are to be looked at again."""
        done = 0
        self.watcher.begin(steps)
        with ThreadPoolExecutor(_FILES, thread_name_prefix="files") as pool:
            # Deletions stand last; they wait for what else is done.
            deletions = [s for s in steps if s.do in (Do.DELETE_HERE, Do.DELETE_THERE)]
            for some in (steps[: len(steps) - len(deletions)], deletions):
                running = {pool.submit(self._step, step): step for step in some}
                try:
                    for future in as_completed(running):
                        step = running[future]
                        outcome.failed.pop(step.path, None)
                        try:
                            agreed, aside = future.result()
                        except (Changed, OSError, Refused) as error:
                            if isinstance(error, Refused) and error.code == REFUSED:
                                raise
                            outcome.failed[step.path] = str(error)
                            done += isinstance(error, Changed)
                            continue
                        self.state.agreed(step.path, agreed)
                        if aside:
                            outcome.conflicts.append(aside)
                        if step.do is not Do.AGREE:
                            outcome.done[step.do] = outcome.done.get(step.do, 0) + 1
                        done += 1
                        self.watcher.did(step)
                finally:
                    for future in running:
                        future.cancel()
        return done

    def _step(self, step: Step) -> tuple[Content | None, str]:
        """What both sides hold then, and the name that a file of a conflict got."""
        works: Mapping[Do, Callable[[Step], Content | None]] = {
            Do.AGREE: lambda step: step.here,
            Do.UPLOAD: self._upload,
            Do.DOWNLOAD: self._download,
            Do.DELETE_HERE: self._delete_here,
            Do.DELETE_THERE: self._delete_there,
        }
        if step.do is not Do.CONFLICT:
            return works[step.do](step), ""
        aside = self.folder.step_aside(step.path, self._stamps[step.path][0])
        return self._fetched(step, None), aside

    def _upload(self, step: Step) -> Content:
        made = self.transfers.upload(
            self.store,
            self.folder.at(step.path),
            self.container,
            self.prefix + step.path,
            only_if(step.there.hash if step.there else None),
            seen=self.watcher.seen,
        )
        return Content(made.size, made.root)

    def _download(self, step: Step) -> Content:
        return self._fetched(step, self._stamps[step.path][0] if step.here else None)

    def _fetched(self, step: Step, expected: Stamp | None) -> Content:
        name = f"{self.container}/{self.prefix}{step.path}"
        wanted = self.store.map(name)
        content = Content(wanted.size, wanted.root)
        if content != step.there:
            raise Changed(f"{name} was changed in the cloud")
        aside = self._aside(step.path, content)
        older = self.folder.at(step.path) if expected else None
        self.transfers.download(
            self.store, name, wanted, aside, older=older, seen=self.watcher.seen
        )
        self._stamps[step.path] = (self.folder.place(aside, step.path, expected), content.hash)
        return content

    def _aside(self, path: str, content: Content) -> Path:
        """The same after a restart, so that a download goes on."""
        name = sha256(f"{path}\0{content.size}\0{content.hash}".encode()).hexdigest()
        return self.state.folder / "partial" / name[:40]

    def _delete_here(self, step: Step) -> None:
        self.folder.remove(step.path, self._stamps[step.path][0])

    def _delete_there(self, step: Step) -> None:
        assert step.there is not None
        name = f"{self.container}/{self.prefix}{step.path}"
        try:
            self.store.delete(name, condition=step.there.hash)
        except Refused as error:
            if error.status != 404:
                raise


def tidy(state: State) -> None:
    """Removes what killed downloads of long ago left."""
    old = time.time() - 7 * 86_400
    partial = state.folder / "partial"
    for each in partial.iterdir() if partial.is_dir() else ():
        if each.stat().st_mtime < old:
            each.unlink(missing_ok=True)


def lasting(error: Failure) -> bool:
    """Whether waiting does not help."""
    return error.code != UNREACHABLE
