"""Which names a listing shows, rolls up or leaps over. Pure (object-storage.md 1.6, 5.4).

Note [Leaping]. A listing never reads what it does not show: below a virtual entry, and between
the parts that somebody may see, it seeks to the next name that can matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from attrs import define, field, frozen

from synnefod.objects.interface import Access, ContainerQuery, ObjectQuery, Rolling
from synnefod.objects.records.pages import Seek, after_all_with


def ancestors(name: str) -> list[str]:
    """The names that a directory object above `name` may have, nearest first (PIT-212)."""
    found = []
    for place, letter in enumerate(name):
        if letter == "/":
            found += [name[:place], name[: place + 1]]
    return list(dict.fromkeys(above for above in reversed(found) if above and above != name))


def is_directory(content_type: str) -> bool:
    return content_type.split(";")[0].strip() in ("application/directory", "application/folder")


@frozen
class Shown:
    """One name with its own say: what it gives, and whether to what is below it as well."""

    name: str
    access: Access | None
    directory: bool


@define
class Visible:
    """The names that an asker may see: each by its own entry, else by the nearest above."""

    entries: Iterable[Shown]
    _own: dict[str, Shown] = field(init=False)
    _starts: list[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._own = {entry.name: entry for entry in self.entries}
        given = [entry for entry in self._own.values() if entry.access is not None]
        below = [entry.name.rstrip("/") + "/" for entry in given if entry.directory]
        self._starts = sorted({entry.name for entry in given} | set(below))

    def access(self, name: str) -> Access | None:
        own = self._own.get(name)
        if own is not None:
            return own.access
        for above in ancestors(name):
            entry = self._own.get(above)
            if entry is not None and entry.directory:
                return entry.access
        return None

    def inside(self, name: str) -> bool:
        """Whether a visible folder is above `name`, so that names near it may be visible."""
        entries = (self._own.get(above) for above in ancestors(name))
        return any(e is not None and e.directory and e.access is not None for e in entries)

    def next_after(self, name: str) -> str | None:
        """The least name above `name`, which is not `inside`, that may be visible."""
        place = bisect_right(self._starts, name)
        return self._starts[place] if place < len(self._starts) else None

    def below(self, prefix: str) -> bool:
        """Whether something with this prefix may be visible."""
        return any(start.startswith(prefix) for start in self._starts) or any(
            start.endswith("/") and prefix.startswith(start) for start in self._starts
        )


@frozen
class Verdict:
    """What becomes of a name: listed itself, listed as `subdir`, or not at all (`taken` False,
    `subdir` None). `replaces`: it takes the place of the entry listed last."""

    taken: bool = False
    subdir: str | None = None
    replaces: bool = False


_HIDDEN = Verdict()


@define
class Walk:
    """The state of one listing. Ask `seek` for a page, give each name to `consider`."""

    query: ObjectQuery | ContainerQuery
    visible: Visible | None = None
    _low: str = field(init=False, default="")
    _inclusive: bool = field(init=False, default=True)
    _high: str | None = field(init=False, default=None)
    _rolled: str | None = field(init=False, default=None)
    done: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        query = self.query
        self._low, self._high = query.prefix, after_all_with(query.prefix)
        first, last = query.marker, query.end_marker
        if query.reverse:
            if last and last >= self._low:
                self._low, self._inclusive = last, False
            if first and (self._high is None or first < self._high):
                self._high = first
            return
        if first and first >= self._low:
            self._low, self._inclusive = first, False
            if self._subdir(first) == first:
                self._leap(after_all_with(first))
        if last and (self._high is None or last < self._high):
            self._high = last

    @property
    def plain(self) -> bool:
        """Whether each name is an entry: nothing is rolled up, and nothing is hidden."""
        children_only = getattr(self.query, "children_only", False)
        return not self.query.delimiter and self.visible is None and not children_only

    @property
    def hops(self) -> bool:
        """Whether the first of the names below a virtual entry stands for all of them."""
        query = self.query
        whole = query.until is None and not getattr(query, "meta", None) and not query.reverse
        return bool(query.delimiter) and self.visible is None and whole

    def seek(self) -> Seek | None:
        """Where to go on; None at the end."""
        if self.done or (self._high is not None and self._low >= self._high):
            return None
        return Seek(self._low, self._inclusive, self._high, self.query.reverse)

    def skips(self, name: str) -> bool:
        """Whether `name`, read already, lies where an earlier verdict leapt over."""
        if self.done:
            return True
        if self.query.reverse:
            return self._high is not None and name >= self._high
        return name < self._low or (name == self._low and not self._inclusive)

    def consider(self, name: str) -> Verdict:
        """What becomes of the next name; moves on."""
        self._move(name)
        if self.visible is not None and self.visible.access(name) is None:
            if not self.query.reverse and not self.visible.inside(name):
                self._leap(self.visible.next_after(name))
            return _HIDDEN
        children_only = getattr(self.query, "children_only", False)
        rolling = getattr(self.query, "rolling", Rolling.SWIFT)
        if children_only and rolling is Rolling.SWIFT and name == self.query.prefix:
            return _HIDDEN
        subdir = self._subdir(name)
        if subdir is None:
            return Verdict(taken=True)
        if name == subdir and (children_only or rolling is Rolling.PITHOS):
            replaces = self._rolled == subdir and not children_only
            self._rolled = subdir
            return Verdict(taken=True, replaces=replaces)
        self._pass(subdir)
        if children_only or self._rolled == subdir:
            return _HIDDEN
        self._rolled = subdir
        return Verdict(subdir=subdir)

    def _subdir(self, name: str) -> str | None:
        delimiter = self.query.delimiter
        if not delimiter or not name.startswith(self.query.prefix):
            return None
        place = name.find(delimiter, len(self.query.prefix))
        return None if place < 0 else name[: place + len(delimiter)]

    def _move(self, name: str) -> None:
        if self.query.reverse:
            self._high = name
        else:
            self._low, self._inclusive = name, False

    def _pass(self, subdir: str) -> None:
        if self.query.reverse:
            # The object of the same name comes next: no name lies between it and this bound.
            self._high = min(self._high or subdir, subdir + "\x01")
        else:
            self._leap(after_all_with(subdir))

    def _leap(self, name: str | None) -> None:
        if name is None:
            self.done = True
        else:
            self._low, self._inclusive = name, True
