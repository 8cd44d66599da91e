"""Following what changes, on a table of our own and on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.changes import Change
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.compute.records import changes as compute_changes
from synnefod.feed.follow import MOST, OLDEST, PERIOD, Following
from synnefod.feed.interface import Lost, Quiet, Told
from synnefod.network.records import changes as network_changes
from synnefod.volumes import records as volume_records
from tests.harness.cloud import NOW
from tests.harness.database import OnPostgres, OnSqlite

ADA = Principal(UserId("ada"), "ada", ProjectId("p"), frozenset({ProjectId("p")}))
BOB = Principal(UserId("bob"), "bob", ProjectId("b"), frozenset({ProjectId("b")}))


class Table:
    """A source that holds what the test puts in."""

    def __init__(self) -> None:
        self.rows: list[Change] = []

    async def since(self, tx: Any, moment: int, most: int) -> list[Change]:
        return [row for row in self.rows if row.updated >= moment][:most]


class Heard:
    """What one follower was told so far."""

    def __init__(self, feed: Following, who: Principal, after: int | None = None) -> None:
        self.events: list[Any] = []
        self.ended = False
        self.stream = feed.follow(who, after, 30.0)
        self.work = ensureDeferred(self._listen())

    async def _listen(self) -> None:
        async for event in self.stream:
            self.events.append(event)
        self.ended = True

    def take(self) -> list[Any]:
        taken, self.events = self.events, []
        return taken


class NoStore:
    """Runs bodies at once."""

    async def read(self, name: str, body: Any) -> Any:
        return await body(None)


class FollowTests(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.table = Table()
        self.feed = Following(NoStore(), self.clock, [self.table.since])
        self.addCleanup(self.feed.close)

    def change(self, number: int = 1, *, age: float = 0, **fields: Any) -> Change:
        moment = micros(self.clock.seconds() - age)
        made = Change("servers", str(number), "ada", "p", 0, moment)
        for name, value in fields.items():
            object.__setattr__(made, name, value)
        others = [row for row in self.table.rows if row.id != made.id]
        self.table.rows = [*others, made]
        return made

    def passes(self, seconds: float = PERIOD) -> None:
        self.clock.pump([seconds / 4] * 4)

    def test_everybody_hears_what_their_lists_show_and_nothing_else(self) -> None:
        """web-ui.md 5: the same visibility rules as lists; each change once."""
        ada, bob = Heard(self.feed, ADA), Heard(self.feed, BOB)
        mine = self.change(1)
        shared = self.change(2, owner="eve", shared=True)
        self.change(3, owner="eve")
        public = self.change(4, owner=None, public=True)
        self.passes(3 * PERIOD)
        self.assertEqual([each.change for each in ada.take()], [mine, shared, public])
        self.assertEqual([each.change for each in bob.take()], [public])
        again = self.change(1)
        self.passes(PERIOD)
        self.assertEqual([each.change for each in ada.take()], [again])

    def test_what_is_new_is_told_as_made_though_it_has_changed_since(self) -> None:
        """web-ui.md 5: kind is created at the first telling, then updated, then deleted."""
        ada = Heard(self.feed, ADA)
        kinds = []
        for fields in ({}, {}, {"deleted": True}):
            self.passes()
            self.change(1, age=0.5, created=micros(NOW), **fields)
            self.passes()
            kinds += [each.kind for each in ada.take()]
        self.assertEqual(kinds, ["created", "updated", "deleted"])

    def test_a_change_that_is_committed_late_is_told(self) -> None:
        """web-ui.md 5: never not at all, though its moment lies before others that were told."""
        ada = Heard(self.feed, ADA)
        self.change(1)
        self.passes(2 * PERIOD)
        self.assertEqual(len(ada.take()), 1)
        late = self.change(2, age=5)
        self.passes(PERIOD)
        self.assertEqual([each.change for each in ada.take()], [late])

    def test_a_follower_goes_on_where_it_left_off(self) -> None:
        """web-ui.md 5: replay by Last-Event-ID; too long ago, all has to be read again."""
        missed = self.change(1, age=60)
        position = missed.updated - 1
        self.assertEqual(
            Heard(self.feed, ADA, position).take(), [Told(missed.updated, missed, "updated")]
        )
        (lost,) = Heard(self.feed, ADA, micros(NOW) - OLDEST - 1).take()
        self.assertIsInstance(lost, Lost)
        (lost,) = Heard(self.feed, ADA, micros(NOW) * 2).take()
        self.assertIsInstance(lost, Lost)

    def test_too_much_at_once_is_told_as_one(self) -> None:
        """web-ui.md 5"""
        ada = Heard(self.feed, ADA)
        for number in range(MOST):
            self.change(number)
        self.passes(PERIOD)
        (lost,) = ada.take()
        self.assertIsInstance(lost, Lost)

    def test_silence_is_told_and_closing_ends_the_stream(self) -> None:
        """OPS-146, UI-028: nobody who follows keeps the daemon from ending."""
        ada = Heard(self.feed, ADA)
        self.clock.pump([PERIOD] * 31)
        self.assertEqual(ada.take(), [Quiet()])
        self.feed.close()
        self.assertTrue(ada.ended)
        self.assertEqual([call for call in self.clock.getDelayedCalls() if call.active()], [])

    def test_nothing_is_read_while_nobody_follows(self) -> None:
        """One reading for all who follow, none for nobody."""
        ada, bob = Heard(self.feed, ADA), Heard(self.feed, BOB)
        self.assertEqual(len(self.clock.getDelayedCalls()), 3)
        for each in (ada, bob):
            each.work.cancel()
            self.failureResultOf(each.work, CancelledError)
        self.assertEqual(self.clock.getDelayedCalls(), [])


class SourcesSuite:
    """The services' own sources, whatever the engine."""

    async def test_every_source_answers_on_an_empty_database(self) -> None:
        """web-ui.md 5: the statements are good SQL for this engine."""
        store = await self.make_store()
        for source in (
            compute_changes.since,
            network_changes.since,
            volume_records.changes_since,
        ):
            found = await store.read("changes", lambda tx, source=source: source(tx, 0, 10))
            self.assertEqual(found, [])


class SourcesOnSqlite(OnSqlite, SourcesSuite, TestCase):
    pass


class SourcesOnPostgres(OnPostgres, SourcesSuite, TestCase):
    pass
