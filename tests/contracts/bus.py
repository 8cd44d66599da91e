"""What every message bus must do; subclasses provide `make_bus`."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred

from synnefod.common.clockwork import within
from synnefod.common.errors import Unavailable
from synnefod.common.outside import OutsideInsideTransaction, transaction_open
from synnefod.protocols.amqp.bus import (
    Binding,
    Delivery,
    Exchange,
    NoSuchQueue,
    PublishRefused,
    Queue,
    Reject,
    Topology,
    TopologyConflict,
    Unroutable,
)

PATIENCE = 30.0


class Collector:
    """A handler that keeps what it gets, and lets a test wait for a number of messages."""

    def __init__(self, behave: Callable[[Delivery], Awaitable[object]] | None = None) -> None:
        self.got: list[Delivery] = []
        self._behave = behave
        self._waiters: list[tuple[int, Deferred[None]]] = []

    async def __call__(self, delivery: Delivery) -> None:
        self.got.append(delivery)
        for count, waiter in self._waiters:
            if len(self.got) >= count and not waiter.called:
                waiter.callback(None)
        if self._behave is not None:
            await self._behave(delivery)

    async def wait(self, count: int) -> list[Delivery]:
        if len(self.got) < count:
            waiter: Deferred[None] = Deferred()
            self._waiters.append((count, waiter))
            await within(reactor, PATIENCE, waiter)
        return self.got

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.got]


class BusContract:
    """A bus, an exchange `self.x` with the queue `self.q` (key `a.*.c`) and its dead letters."""

    def make_bus(self) -> Any:
        raise NotImplementedError

    def setUp(self) -> None:
        self.mark = secrets.token_hex(4)
        self.x, self.q = f"x-{self.mark}", f"q-{self.mark}"
        self.dead_x, self.dead_q = f"{self.x}-dl", f"{self.q}-dl"
        self.bus = self.make_bus()

    async def tearDown(self) -> None:
        await self.bus.stop()
        broom = self.make_bus()
        for queue in (self.q, self.dead_q):
            await broom.delete_queue(queue)
        for exchange in (self.x, self.dead_x):
            await broom.delete_exchange(exchange)
        await broom.stop()

    def topology(self) -> Topology:
        return Topology(
            exchanges=(Exchange(self.x), Exchange(self.dead_x)),
            queues=(
                Queue(self.q, arguments={"x-dead-letter-exchange": self.dead_x}),
                Queue(self.dead_q),
            ),
            bindings=(
                Binding(self.x, "a.*.c", self.q),
                Binding(self.dead_x, "#", self.dead_q),
            ),
        )

    async def declared(self) -> Any:
        await self.bus.declare(self.topology())
        return self.bus

    async def test_a_confirmed_message_waits_in_its_queue(self) -> None:
        """GNT-091, GNT-100."""
        bus = await self.declared()
        await bus.publish(self.x, "a.b.c", b"one")
        self.assertEqual(await bus.depth(self.q), 1)
        self.assertEqual(await bus.purge(self.q), 1)
        self.assertEqual(await bus.depth(self.q), 0)

    async def test_declaring_twice_changes_nothing(self) -> None:
        bus = await self.declared()
        await bus.publish(self.x, "a.b.c", b"one")
        await bus.declare(self.topology())
        self.assertEqual(await bus.depth(self.q), 1)

    async def test_a_queue_with_other_properties_is_a_conflict(self) -> None:
        bus = await self.declared()
        other = Topology(queues=(Queue(self.q, arguments={"x-dead-letter-exchange": "other"}),))
        with self.assertRaises(TopologyConflict):
            await bus.declare(other)
        await bus.publish(self.x, "a.b.c", b"still here")
        self.assertEqual(await bus.depth(self.q), 1)

    async def test_messages_arrive_in_order_and_unchanged(self) -> None:
        """Bodies of any bytes: empty, text, text that is not ASCII, binary, NULs."""
        bus = await self.declared()
        bodies = [b"", b"plain", "Καλημέρα κόσμε".encode(), b"\xff\xfe\x00\x80", bytes(range(256))]
        for body in bodies:
            await bus.publish(self.x, "a.b.c", body)
        collector = Collector()
        await bus.consume(self.q, collector)
        await collector.wait(len(bodies))
        self.assertEqual(collector.bodies, bodies)

    async def test_a_delivery_says_where_it_comes_from(self) -> None:
        bus = await self.declared()
        collector = Collector()
        await bus.consume(self.q, collector)
        await bus.publish(self.x, "a.λ.c", b"x", message_id="number 7")
        (delivery,) = await collector.wait(1)
        self.assertEqual(
            (delivery.queue, delivery.exchange, delivery.key, delivery.message_id),
            (self.q, self.x, "a.λ.c", "number 7"),
        )
        self.assertFalse(delivery.redelivered)

    async def test_headers_of_all_kinds_survive(self) -> None:
        bus = await self.declared()
        headers = {
            "text": "naïve",
            "negative": -7,
            "large": 2**40,
            "yes": True,
            "real": 2.5,
            "nothing": None,
            "nested": {"list": [1, "two", {"three": [False, -(2**63)]}], "empty": {}},
        }
        await bus.publish(self.x, "a.b.c", b"", headers)
        collector = Collector()
        await bus.consume(self.q, collector)
        (delivery,) = await collector.wait(1)
        self.assertEqual(dict(delivery.headers), headers)

    async def test_a_header_without_a_wire_form_is_refused_and_hurts_nobody_else(self) -> None:
        bus = await self.declared()
        with self.assertRaises(PublishRefused):
            await bus.publish(self.x, "a.b.c", b"", {"object": object()})
        with self.assertRaises(PublishRefused):
            await bus.publish(self.x, "a.b.c", b"", {"huge": 2**64})
        with self.assertRaises(PublishRefused):
            await bus.publish(self.x, "k" * 256, b"")
        await bus.publish(self.x, "a.b.c", b"fine")
        self.assertEqual(await bus.depth(self.q), 1)

    async def test_a_large_body_comes_through(self) -> None:
        bus = await self.declared()
        body = bytes(range(256)) * 32768
        self.assertEqual(len(body), 8 * 1024 * 1024)
        await bus.publish(self.x, "a.b.c", body)
        collector = Collector()
        await bus.consume(self.q, collector)
        (delivery,) = await collector.wait(1)
        self.assertTrue(delivery.body == body)

    async def test_topics_choose_the_queue(self) -> None:
        bus = await self.declared()
        for key in ("a.b", "a.b.c.d", "x.b.c", ""):
            await bus.publish(self.x, key, b"elsewhere")
        await bus.publish(self.x, "a.b.c", b"here")
        self.assertEqual(await bus.depth(self.q), 1)

    async def test_a_message_that_nobody_takes_is_dropped_unless_mandatory(self) -> None:
        bus = await self.declared()
        await bus.publish(self.x, "nobody", b"")
        with self.assertRaises(Unroutable):
            await bus.publish(self.x, "nobody", b"", mandatory=True)
        await bus.publish(self.x, "a.b.c", b"", mandatory=True)

    async def test_publishing_to_no_exchange_fails_alone(self) -> None:
        bus = await self.declared()
        good = ensureDeferred(bus.publish(self.x, "a.b.c", b"before"))
        with self.assertRaises(PublishRefused):
            await bus.publish(f"none-{self.mark}", "a.b.c", b"")
        await good
        await bus.publish(self.x, "a.b.c", b"after")
        # The first may have been sent again, for the refusal may overtake its confirm.
        self.assertIn(await bus.depth(self.q), (2, 3))

    async def test_the_default_exchange_reaches_a_queue_by_name(self) -> None:
        bus = await self.declared()
        await bus.publish("", self.q, b"direct")
        self.assertEqual(await bus.depth(self.q), 1)

    async def test_consuming_no_queue_is_an_error(self) -> None:
        with self.assertRaises(NoSuchQueue):
            await self.bus.consume(f"none-{self.mark}", Collector())
        with self.assertRaises(NoSuchQueue):
            await self.bus.depth(f"none-{self.mark}")

    async def test_a_handled_message_is_gone(self) -> None:
        """GNT-101."""
        bus = await self.declared()
        collector = Collector()
        subscription = await bus.consume(self.q, collector)
        await bus.publish(self.x, "a.b.c", b"x")
        await collector.wait(1)
        await subscription.stop()
        self.assertEqual(await bus.depth(self.q), 0)

    async def test_a_message_is_acknowledged_only_after_its_handler_returned(self) -> None:
        """GNT-101: stopped in the middle, the message in work is finished; the next stays."""
        bus = await self.declared()
        going: Deferred[None] = Deferred()

        async def behave(_delivery: Delivery) -> None:
            await going

        collector = Collector(behave)
        subscription = await bus.consume(self.q, collector)
        await bus.publish(self.x, "a.b.c", b"1")
        await bus.publish(self.x, "a.b.c", b"2")
        await collector.wait(1)
        stopping = ensureDeferred(subscription.stop())
        self.assertFalse(stopping.called)
        going.callback(None)
        await stopping
        self.assertEqual(collector.bodies, [b"1"])
        second = Collector()
        await bus.consume(self.q, second)
        await second.wait(1)
        self.assertEqual(second.bodies, [b"2"])

    async def test_handlers_of_one_consumer_do_not_overlap(self) -> None:
        bus = await self.declared()
        running: list[int] = []
        most: list[int] = []

        async def behave(_delivery: Delivery) -> None:
            running.append(1)
            most.append(len(running))
            turn: Deferred[None] = Deferred()
            reactor.callLater(0, turn.callback, None)
            await turn
            running.pop()

        collector = Collector(behave)
        await bus.consume(self.q, collector, prefetch=5)
        for n in range(20):
            await bus.publish(self.x, "a.b.c", str(n).encode())
        await collector.wait(20)
        self.assertEqual(max(most), 1)
        self.assertEqual(collector.bodies, [str(n).encode() for n in range(20)])

    async def test_messages_in_the_hand_are_dropped_or_go_back_to_their_places(self) -> None:
        """OPS-121: looked at, one removed, the others as if nobody had looked."""
        bus = await self.declared()
        for body in (b"one", b"two", b"three", b"four"):
            await bus.publish(self.x, "a.b.c", body, {"kept": 1})
        hand = await bus.take(self.q, 3)
        self.assertEqual([each.body for each in hand.deliveries], [b"one", b"two", b"three"])
        first = hand.deliveries[0]
        self.assertEqual(
            (first.queue, first.exchange, first.key, first.headers["kept"]),
            (self.q, self.x, "a.b.c", 1),
        )
        self.assertEqual(await bus.depth(self.q), 1)
        await hand.drop(1)
        for _ in range(2):
            await hand.put_back()
        collector = Collector()
        await bus.consume(self.q, collector)
        got = await collector.wait(3)
        self.assertEqual([each.body for each in got], [b"one", b"three", b"four"])
        empty = await bus.take(self.dead_q, 5)
        self.assertEqual(empty.deliveries, ())
        await empty.put_back()
        await self.assertFailure(ensureDeferred(bus.take("no-such-queue", 1)), NoSuchQueue)

    async def test_prefetch_bounds_what_one_consumer_holds(self) -> None:
        """GNT-111: a stuck consumer holds `prefetch` messages; another one gets the rest."""
        bus = await self.declared()
        stuck: Deferred[None] = Deferred()

        async def behave(_delivery: Delivery) -> None:
            await stuck

        slow, quick = Collector(behave), Collector()
        await bus.consume(self.q, slow, prefetch=2)
        for n in range(6):
            await bus.publish(self.x, "a.b.c", str(n).encode())
        await slow.wait(1)
        await bus.consume(self.q, quick)
        await quick.wait(4)
        self.assertEqual(quick.bodies, [b"2", b"3", b"4", b"5"])
        stuck.callback(None)
        await slow.wait(2)

    async def test_many_at_once_are_begun_in_order_and_all_acknowledged(self) -> None:
        """GNT-101, GNT-111: those that end early are acknowledged before those that still run."""
        bus = await self.declared()
        stuck: Deferred[None] = Deferred()

        async def behave(delivery: Delivery) -> None:
            if delivery.body in (b"0", b"3"):
                await stuck

        many = Collector(behave)
        for n in range(8):
            await bus.publish(self.x, "a.b.c", str(n).encode())
        subscription = await bus.consume(self.q, many, prefetch=6, at_once=4)
        await many.wait(8)
        self.assertEqual(many.bodies, [str(n).encode() for n in range(8)])
        stuck.callback(None)
        await subscription.stop()
        self.assertEqual(await bus.depth(self.q), 0)

    async def test_what_fails_for_now_is_tried_again_in_order_before_the_rest(self) -> None:
        """GNT-104: of several under way, those that failed come again in the queue's order, and
        nothing behind them goes first."""
        bus = await self.declared()
        failing, ended = {b"1", b"2"}, list[bytes]()

        async def behave(delivery: Delivery) -> None:
            if delivery.body in failing:
                failing.remove(delivery.body)
                raise Unavailable("not now")
            ended.append(delivery.body)

        for n in range(6):
            await bus.publish(self.x, "a.b.c", str(n).encode())
        many = Collector(behave)
        await bus.consume(self.q, many, prefetch=3, at_once=3)
        await many.wait(8)
        self.assertEqual([each for each in ended if each in (b"1", b"2")], [b"1", b"2"])
        self.assertLess(ended.index(b"2"), ended.index(b"4"))

    async def test_a_rejected_message_becomes_a_dead_letter(self) -> None:
        """GNT-103; `x-death` tells its story, also after a second death."""
        bus = await self.declared()

        async def behave(_delivery: Delivery) -> None:
            raise Reject("not this one")

        await bus.consume(self.q, Collector(behave))
        await bus.publish(self.x, "a.b.c", b"doomed", {"kept": 1})
        dead = Collector()
        await bus.consume(self.dead_q, dead)
        (first,) = await dead.wait(1)
        self.assertEqual((first.body, first.key, first.headers["kept"]), (b"doomed", "a.b.c", 1))
        (death,) = first.headers["x-death"]
        self.assertEqual(
            (death["queue"], death["reason"], death["count"], death["exchange"]),
            (self.q, "rejected", 1, self.x),
        )
        self.assertEqual(death["routing-keys"], ["a.b.c"])
        await bus.publish(self.x, "a.b.c", first.body, first.headers)
        await dead.wait(2)
        self.assertEqual(dead.got[1].headers["x-death"][0]["count"], 2)

    async def test_an_unexpected_failure_becomes_a_dead_letter(self) -> None:
        """GNT-103, GNT-104: also ValueError and KeyError of a handler."""
        bus = await self.declared()
        errors = [ValueError("a"), KeyError("b"), RuntimeError("c")]
        left = list(errors)

        async def behave(_delivery: Delivery) -> None:
            raise left.pop(0)

        await bus.consume(self.q, Collector(behave))
        dead = Collector()
        await bus.consume(self.dead_q, dead)
        for _ in errors:
            await bus.publish(self.x, "a.b.c", b"x")
        await dead.wait(3)
        self.assertEqual(len(self.flushLoggedErrors(ValueError, KeyError, RuntimeError)), 3)

    async def test_a_transient_failure_is_tried_again(self) -> None:
        """GNT-104."""
        bus = await self.declared()
        left = [Unavailable("the database is away"), TimeoutError()]

        async def behave(_delivery: Delivery) -> None:
            if left:
                raise left.pop(0)

        collector = Collector(behave)
        subscription = await bus.consume(self.q, collector, transient=(Unavailable, TimeoutError))
        await bus.publish(self.x, "a.b.c", b"1")
        await bus.publish(self.x, "a.b.c", b"2")
        await collector.wait(4)
        self.assertEqual(collector.bodies, [b"1", b"1", b"1", b"2"])
        await subscription.stop()
        self.assertEqual(await bus.depth(self.q), 0)
        self.assertEqual(await bus.depth(self.dead_q), 0)

    async def test_after_its_last_try_a_message_is_a_dead_letter(self) -> None:
        """GNT-104."""
        bus = await self.declared()

        async def behave(_delivery: Delivery) -> None:
            raise Unavailable("for ever")

        collector, dead = Collector(behave), Collector()
        await bus.consume(self.q, collector, tries=2)
        await bus.consume(self.dead_q, dead)
        await bus.publish(self.x, "a.b.c", b"x")
        await dead.wait(1)
        self.assertEqual(len(collector.got), 2)

    async def test_a_consumer_survives_the_deletion_of_its_queue(self) -> None:
        """The queue is declared again and consuming goes on."""
        bus = await self.declared()
        collector = Collector()
        await bus.consume(self.q, collector)
        await bus.publish(self.x, "a.b.c", b"before")
        await collector.wait(1)
        other = self.make_bus()
        await other.delete_queue(self.q)
        while True:
            try:
                await other.publish(self.x, "a.b.c", b"after", mandatory=True)
                break
            except Unroutable:
                turn: Deferred[None] = Deferred()
                reactor.callLater(0.02, turn.callback, None)
                await turn
        await collector.wait(2)
        self.assertEqual(collector.bodies, [b"before", b"after"])
        await other.stop()

    async def test_nothing_is_sent_inside_a_transaction(self) -> None:
        bus = await self.declared()
        with transaction_open("test"):
            with self.assertRaises(OutsideInsideTransaction):
                await bus.publish(self.x, "a.b.c", b"")
            with self.assertRaises(OutsideInsideTransaction):
                await bus.depth(self.q)
        self.assertEqual(await bus.depth(self.q), 0)

    async def test_a_stopped_bus_takes_nothing(self) -> None:
        bus = await self.declared()
        await bus.stop()
        await bus.stop()
        with self.assertRaises(Unavailable):
            await bus.publish(self.x, "a.b.c", b"")
