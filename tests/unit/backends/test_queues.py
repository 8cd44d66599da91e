"""Looking into queues, and dead letters that get another chance."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.backends.queues import QueueDesk
from synnefod.cluster.events import queue_names, topology
from synnefod.common.errors import NotFound
from synnefod.protocols.amqp.bus import Reject
from synnefod.protocols.amqp.memory import MemoryBus

OP, DEAD = "snf-events-op", "snf-events-op-dl"
KEY = "ganeti.snf.event.op"


class Queues(TestCase):
    async def setUp(self) -> None:
        self.clock = Clock()
        self.bus = MemoryBus(self.clock)
        await self.bus.declare(topology())
        self.desk = QueueDesk(self.bus, "snf")

    def pump(self) -> None:
        self.clock.pump([0.01] * 20)

    async def reject(self) -> None:
        """A consumer that refuses whatever waits, and goes."""

        async def refuse(_delivery: Any) -> None:
            raise Reject("no")

        subscription = await self.bus.consume(OP, refuse)
        self.pump()
        await subscription.stop()

    async def depths(self) -> tuple[int, int]:
        (line,) = [each for each in await self.desk.queues() if each.name == OP]
        return line.waiting, line.dead

    async def test_looking_changes_nothing_and_removing_takes_what_was_seen(self) -> None:
        """OPS-121, OPS-123"""
        for body in (b"one", b"two", b"two", b"\xff"):
            await self.bus.publish("ganeti", KEY, body)
        found = await self.desk.inspect(OP, 10)
        self.assertEqual([each.body for each in found], ["one", "two", "two", "/w=="])
        self.assertEqual([each.encoding for each in found][-1], "base64")
        self.assertEqual(await self.depths(), (4, 0))
        self.assertEqual(await self.desk.remove(OP, [found[1].fingerprint, "0" * 16]), 1)
        left = await self.desk.inspect(OP, 10)
        self.assertEqual([each.body for each in left], ["one", "two", "/w=="])
        self.assertEqual(await self.desk.purge(OP), 3)
        for work in (self.desk.inspect("x", 1), self.desk.purge("x"), self.desk.remove("x", [])):
            with self.assertRaises(NotFound):
                await work
        names = [each.name for each in await self.desk.queues()]
        self.assertEqual(names, list(queue_names()))

    async def test_dead_letters_come_back_marked_and_die_once_more_at_most(self) -> None:
        """OPS-122: with --keep-zombies those that died twice stay."""
        await self.bus.publish("ganeti", KEY, b"doomed")
        await self.reject()
        self.assertEqual(await self.depths(), (0, 1))
        (shown,) = await self.desk.inspect(DEAD, 1)
        self.assertEqual((shown.reason, shown.retried), ("rejected", False))
        first = (await self.desk.retry(keep_zombies=False))[0]
        self.assertEqual((first.queue, first.sent, first.dropped), (DEAD, 1, 0))
        self.assertEqual(await self.depths(), (1, 0))
        await self.reject()
        kept = (await self.desk.retry(keep_zombies=True))[0]
        self.assertEqual((kept.sent, kept.kept), (0, 1))
        self.assertEqual(await self.depths(), (0, 1))
        gone = (await self.desk.retry(keep_zombies=False))[0]
        self.assertEqual((gone.sent, gone.dropped), (0, 1))
        self.assertEqual(await self.depths(), (0, 0))

    async def test_a_dead_letter_without_its_story_is_told_of_and_stays(self) -> None:
        """OPS-124: and the others are sent back nevertheless."""
        await self.bus.publish("", DEAD, b"nobody knows", {"x-death": "odd"})
        await self.bus.publish("ganeti", KEY, b"doomed")
        await self.reject()
        told = (await self.desk.retry(keep_zombies=False))[0]
        self.assertEqual((told.sent, told.strange), (1, 1))
        self.assertEqual(await self.depths(), (1, 1))
