"""Notices and maintenance on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.errors import Malformed, NotFound, Unavailable
from synnefod.common.text import micros
from synnefod.notices.board import FRESH, Board
from synnefod.notices.interface import NewNotice
from tests.harness.cloud import NOW
from tests.harness.database import OnPostgres, OnSqlite

DAY = 86400 * 1_000_000


class BoardSuite:
    """What the board promises, whatever the engine."""

    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.board = Board(self.store, self.clock)
        self.now = micros(NOW)

    def refused(self, work: Any, kind: type[Exception]) -> Any:
        return self.assertFailure(ensureDeferred(work), kind)

    async def test_notices_stand_from_their_beginning_to_their_end(self) -> None:
        """OPS-163: what will stand and what has ended is listed, and is not current."""
        soon = NewNotice({"en": "soon"}, starts=self.now + DAY, ends=self.now + 2 * DAY)
        await self.board.add(soon, "ada")
        await self.board.add(NewNotice({"en": "now", "el": "τώρα"}), "ada")
        grave = await self.board.add(NewNotice({"en": "grave"}, "critical"), "ada")
        current = [each.texts["en"] for each in await self.board.current()]
        self.assertEqual(current, ["grave", "now"])
        self.assertEqual(len(await self.board.listing()), 3)
        await self.board.remove(grave.id)
        await self.refused(self.board.remove(grave.id), NotFound)
        self.clock.advance(1.5 * 86400)
        current = [each.texts["en"] for each in await self.board.current()]
        self.assertEqual(current, ["soon", "now"])

    async def test_bad_notices_are_refused(self) -> None:
        """OPS-163"""
        bad = [
            NewNotice({"el": "μόνο"}),
            NewNotice({"en": "  "}),
            NewNotice({"en": "x" * 2001}),
            NewNotice({"en": "x"}, starts=self.now, ends=self.now),
        ]
        for each in bad:
            await self.refused(self.board.add(each, "ada"), Malformed)
        self.assertEqual(await self.board.listing(), [])

    async def test_maintenance_begins_and_ends_for_every_daemon(self) -> None:
        """OPS-163: another daemon of the deployment sees it within seconds."""
        other = Board(self.store, self.clock)
        self.assertIsNone(await other.maintenance())
        await self.board.add(NewNotice({"en": "moving"}, read_only=True), "ada")
        await self.board.add(
            NewNotice({"en": "later"}, starts=self.now + DAY, read_only=True), "ada"
        )
        self.assertEqual((await self.board.maintenance()).texts["en"], "moving")
        self.clock.advance(FRESH)
        self.assertEqual((await other.maintenance()).texts["en"], "moving")
        self.assertEqual(await self.board.end_maintenance(), 2)
        self.assertIsNone(await self.board.maintenance())
        self.clock.advance(FRESH)
        self.assertIsNone(await other.maintenance())
        self.clock.advance(2 * 86400)
        self.assertIsNone(await self.board.maintenance())

    async def test_without_a_database_the_last_answer_holds(self) -> None:
        """OPS-163, OPS-149: maintenance does not end because the database is away."""
        await self.board.add(NewNotice({"en": "moving"}, read_only=True), "ada")
        await self.board.maintenance()
        self.clock.advance(FRESH)
        self.board.store = Away()
        self.assertIsNotNone(await self.board.maintenance())


class Away:
    async def read(self, name: str, body: Any) -> Any:
        raise Unavailable("away")


class OverSqlite(OnSqlite, BoardSuite, TestCase):
    pass


class OverPostgres(OnPostgres, BoardSuite, TestCase):
    pass
