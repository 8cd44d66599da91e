"""Listings of many folders: the database goes from one to the next by itself."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.trial.unittest import TestCase

from synnefod.objects.interface import ObjectQuery, Rolling, Subdir
from synnefod.objects.records import nodes, pages, versions
from synnefod.store.interface import Tx
from tests.harness.database import OnPostgres, OnSqlite
from tests.properties.test_walking import modelled
from tests.unit.objects.cloud import ANN, StoreCase, ann

NAMES = {
    *(f"{letter}{folder:02}/{name}" for letter in "aé\U0001f600" for folder in range(40)
      for name in ("1", "s/2", "s/3", "t")),
    *(f"a{folder:02}/" for folder in range(0, 40, 3)),
    *(f"plain{number:03}" for number in range(150)),
    *(f"a{folder:02}" for folder in range(0, 40, 5)),
    "a07/\x01", "a07/\U0010ffff", "a07/\U0010ffff/x", "a070", "//", "/x/y", "z--y", "z--y--z",
}  # fmt: skip
QUERIES = [
    *(ObjectQuery(delimiter="/", limit=limit, rolling=how)
      for limit in (1, 7, 130, 10_000) for how in Rolling),
    *(ObjectQuery(delimiter="/", prefix=prefix, marker=marker)
      for prefix in ("", "a", "a07/", "é", "nothing")
      for marker in ("", "a07/", "a07/s/", "plain01", "é12")),
    ObjectQuery(delimiter="/", end_marker="é20/"),
    ObjectQuery(delimiter="/", reverse=True),
    ObjectQuery(delimiter="--"),
    ObjectQuery(delimiter="s/"),
    ObjectQuery(delimiter="\U0010ffff"),
]  # fmt: skip


class Hops(StoreCase):
    async def setUp(self: Any) -> None:
        await super().setUp()
        await self.box()

        async def fill(tx: Tx) -> int:
            box = await nodes.container(tx, ANN, "box")
            assert box is not None
            for name in sorted(NAMES):
                await nodes.sow(tx, box.id, name, 1)
                serial, node = await versions.insert_at(
                    tx, box.id, name, None, cluster=0, mtime=1, author=ANN, uuid=name.encode().hex()
                )
                await nodes.point(tx, node, latest=serial, current=serial)
            return box.id

        self.container = await self.store.transact("fill", fill)

    async def listed(self: Any, query: ObjectQuery) -> list[str]:
        found = await self.objects.objects(ann, ANN, "box", query)
        return [e.name + "*" if isinstance(e, Subdir) else e.name for e in found.entries]

    async def test_hopping_changes_nothing_that_is_listed(self: Any) -> None:
        """Whatever the delimiter, the bounds and the names (PIT-085, PIT-088, PIT-089, PIT-090)."""
        for query in QUERIES:
            self.assertEqual(await self.listed(query), modelled(NAMES, query, None), query)
        children = ObjectQuery(delimiter="/", children_only=True, prefix="a07/")
        plain = await self.listed(evolve(children, children_only=False))
        self.assertEqual(await self.listed(children), [n for n in plain if n[-1] != "*"])

    async def test_a_folder_is_one_row(self: Any) -> None:
        """The database tells one name of each folder, not what else lies there."""
        seek = pages.Seek("", True, None)
        rows = await self.store.read(
            "hops",
            lambda tx: pages.hops(tx, self.container, seek, 1000, prefix="", delimiter="/"),
        )
        firsts: dict[str, str] = {}
        for name in sorted(NAMES):
            place = name.find("/") + 1
            firsts.setdefault(name[:place] or name, name)
        self.assertEqual([row.name for row in rows], sorted(firsts.values()))


class HopsOnSqlite(OnSqlite, Hops, TestCase):
    pass


class HopsOnPostgres(OnPostgres, Hops, TestCase):
    pass
