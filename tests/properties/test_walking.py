"""Listings against a plain model: the same entries as by looking at every name."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.objects.interface import Access, ObjectQuery, Rolling
from synnefod.objects.records.pages import Seek
from synnefod.objects.walking import Shown, Visible, Walk, after_all_with, ancestors

letters = st.sampled_from("ab/\u00e9\ud7ff\ue000\U0010ffff")
names = st.text(letters, min_size=1, max_size=5)
contents = st.sets(names, max_size=15)
queries = st.builds(
    ObjectQuery,
    prefix=st.text(st.sampled_from("ab/"), max_size=2),
    delimiter=st.sampled_from(["", "/", "b", "ab"]),
    marker=st.text(letters, max_size=3),
    end_marker=st.text(letters, max_size=3),
    reverse=st.booleans(),
    limit=st.integers(1, 20),
    rolling=st.sampled_from(Rolling),
)


def page(have: set[str], seek: Seek, limit: int) -> list[str]:
    """What the database answers."""
    found = [
        name
        for name in sorted(have, reverse=seek.descending)
        if (name >= seek.low if seek.inclusive else name > seek.low)
        and (seek.high is None or name < seek.high)
    ]
    return found[:limit]


def walked(have: set[str], query: ObjectQuery, visible: Visible | None, size: int) -> list[str]:
    """The entries by walking in pages of `size`; virtual ones are marked with a star."""
    walk = Walk(query, visible)
    entries: list[str] = []
    while len(entries) <= query.limit and (seek := walk.seek()):
        rows = page(have, seek, size)
        for name in rows:
            if len(entries) > query.limit:
                break
            if walk.skips(name):
                continue
            verdict = walk.consider(name)
            if verdict.replaces:
                entries.pop()
            if verdict.subdir is not None:
                entries.append(verdict.subdir + "*")
            elif verdict.taken:
                entries.append(name)
        if len(rows) < size:
            break
    return entries[: query.limit]


def modelled(have: set[str], query: ObjectQuery, visible: Visible | None) -> list[str]:
    """The entries by looking at every name."""
    low, high = query.marker, query.end_marker
    if query.reverse:
        low, high = high, low
    chosen = [
        name
        for name in sorted(have)
        if name.startswith(query.prefix)
        and (not low or name > low)
        and (not high or name < high)
        and (visible is None or visible.access(name) is not None)
    ]
    found: dict[str, str] = {}
    for name in chosen:
        place = name.find(query.delimiter, len(query.prefix)) if query.delimiter else -1
        subdir = name[: place + len(query.delimiter)] if place >= 0 else None
        if subdir is None or (subdir == name and query.rolling is Rolling.PITHOS):
            found[name] = name
        elif not query.reverse and subdir == query.marker:
            continue
        else:
            found.setdefault(subdir, subdir + "*")
    return [found[key] for key in sorted(found, reverse=query.reverse)][: query.limit]


class WalkProperties(SynchronousTestCase):
    @given(contents, queries, st.integers(1, 4))
    def test_a_walk_finds_what_looking_at_everything_finds(
        self, have: set[str], query: ObjectQuery, size: int
    ) -> None:
        """Leaping changes nothing, whatever the page size (PIT-084 to PIT-090)."""
        self.assertEqual(walked(have, query, None, size), modelled(have, query, None))

    @given(
        contents,
        queries,
        st.dictionaries(
            names, st.tuples(st.sampled_from([None, Access.READ]), st.booleans()), max_size=4
        ),
        st.integers(1, 4),
    )
    def test_only_what_is_visible_is_found(
        self,
        have: set[str],
        query: ObjectQuery,
        entries: dict[str, tuple[Access | None, bool]],
        size: int,
    ) -> None:
        """With sharing, folders and refusals in any nesting (PIT-094, PIT-099, PIT-212)."""
        shown = [Shown(name, access, folder) for name, (access, folder) in entries.items()]
        have = have | set(entries)
        visible = Visible(shown)
        self.assertEqual(walked(have, query, visible, size), modelled(have, query, visible))

    @given(contents, queries)
    def test_pages_in_turn_give_the_whole(self, have: set[str], query: ObjectQuery) -> None:
        """Going on after the last entry of each page lists everything once (PIT-083, PIT-089)."""
        query = evolve(query, reverse=False)
        whole = walked(have, evolve(query, limit=1000), None, 1000)
        paged: list[str] = []
        while part := walked(have, evolve(query, limit=2), None, 3):
            paged += part
            query = evolve(query, marker=part[-1].rstrip("*"))
        self.assertEqual(paged, whole)

    @given(names, names)
    def test_the_bound_is_above_all_with_the_prefix(self, prefix: str, name: str) -> None:
        """No text with the prefix is at or above the bound, and no other is between."""
        bound = after_all_with(prefix)
        if bound is None:
            self.assertEqual(prefix.strip("\U0010ffff"), "")
        elif name >= prefix:
            self.assertEqual(name.startswith(prefix), name < bound)

    @given(names)
    def test_ancestors_are_the_folders_above(self, name: str) -> None:
        """Each is a start of the name that ends before or at a slash, nearest first."""
        found = ancestors(name)
        self.assertEqual(found, sorted(set(found), key=len, reverse=True))
        for above in found:
            self.assertTrue(name.startswith(above.rstrip("/") + "/") or above.endswith("/"))
