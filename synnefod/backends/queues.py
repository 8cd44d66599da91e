"""Looking into the queues of events, and giving dead letters another chance (operations.md 1.10).

Every reading takes messages into the hand and puts back what is not removed, so that a command
that is killed loses nothing.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from typing import Any

from attrs import frozen
from twisted.logger import Logger

from synnefod.backends.interface import QueueLine, QueueMessage, Retried
from synnefod.cluster.events import queue_names
from synnefod.common.errors import NotFound
from synnefod.common.outside import end_rehearsal
from synnefod.protocols.amqp.bus import Bus, Delivery, Handful

log = Logger()
RETRIED = "x-synnefod-retried"
"""The header of a message that came back from the dead once."""
AT_ONCE = 1_000


@frozen
class QueueDesk:
    """Implements `Queues`. `prefix` is the backend prefix without its dash."""

    bus: Bus
    prefix: str

    async def queues(self) -> list[QueueLine]:
        names = queue_names(self.prefix)
        return [
            QueueLine(name, await self.bus.depth(name), await self.bus.depth(f"{name}-dl"))
            for name in names
        ]

    async def inspect(self, queue: str, most: int) -> list[QueueMessage]:
        hand = await self._take(queue, most)
        try:
            return [_shown(each) for each in hand.deliveries]
        finally:
            await hand.put_back()

    async def remove(self, queue: str, fingerprints: Collection[str]) -> int:
        end_rehearsal(f"remove {len(fingerprints)} messages from {queue}")
        hand = await self._take(queue, AT_ONCE)
        left = list(fingerprints)
        removed = 0
        try:
            for number, delivery in enumerate(hand.deliveries):
                mark = fingerprint(delivery)
                if mark in left:
                    left.remove(mark)
                    await hand.drop(number)
                    removed += 1
        finally:
            await hand.put_back()
        return removed

    async def purge(self, queue: str) -> int:
        self._known(queue)
        end_rehearsal(f"remove all messages from {queue}")
        return await self.bus.purge(queue)

    async def retry(self, *, keep_zombies: bool) -> list[Retried]:
        end_rehearsal("send dead letters back")
        return [await self._retry(f"{name}-dl", keep_zombies) for name in queue_names(self.prefix)]

    async def _retry(self, queue: str, keep_zombies: bool) -> Retried:
        hand = await self.bus.take(queue, AT_ONCE)
        sent = dropped = kept = strange = 0
        try:
            for number, delivery in enumerate(hand.deliveries):
                death = _death(delivery)
                if death is None:
                    strange += 1
                elif RETRIED in delivery.headers and keep_zombies:
                    kept += 1
                elif RETRIED in delivery.headers:
                    await hand.drop(number)
                    dropped += 1
                else:
                    headers = {**delivery.headers, RETRIED: True}
                    await self.bus.publish(*death, delivery.body, headers, mandatory=True)
                    # Only now: killed in between, the message is there twice, not gone.
                    await hand.drop(number)
                    sent += 1
                log.info("{queue}: {key}", queue=queue, key=delivery.key)
        finally:
            await hand.put_back()
        log.debug(
            "{queue}: {sent} sent, {dropped} dropped", queue=queue, sent=sent, dropped=dropped
        )
        if strange:
            log.warn("{queue}: {count} messages never died", queue=queue, count=strange)
        return Retried(queue, sent, dropped, kept, strange)

    async def _take(self, queue: str, most: int) -> Handful:
        self._known(queue)
        return await self.bus.take(queue, most)

    def _known(self, queue: str) -> None:
        names = queue_names(self.prefix)
        if queue not in {*names, *(f"{name}-dl" for name in names)}:
            raise NotFound(
                f"There is no queue {queue}; there are {', '.join(names)}, each with -dl."
            )


def fingerprint(delivery: Delivery) -> str:
    """Names a message of a queue; equal messages have the same one."""
    said = b"\0".join((delivery.key.encode(), delivery.message_id.encode(), delivery.body))
    return hashlib.sha256(said).hexdigest()[:16]


def _death(delivery: Delivery) -> tuple[str, str] | None:
    """Exchange and key by which it came before it died; None when nothing says so."""
    deaths = delivery.headers.get("x-death")
    if not isinstance(deaths, list) or not deaths or not isinstance(deaths[0], dict):
        return None
    exchange, keys = deaths[0].get("exchange"), deaths[0].get("routing-keys")
    if not isinstance(exchange, str) or not isinstance(keys, list) or not keys:
        return None
    return exchange, str(keys[0])


def _shown(delivery: Delivery) -> QueueMessage:
    try:
        body, encoding = delivery.body.decode("utf-8"), "text"
    except UnicodeDecodeError:
        body, encoding = base64.b64encode(delivery.body).decode(), "base64"
    deaths: Any = delivery.headers.get("x-death")
    reason = ""
    if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        reason = str(deaths[0].get("reason", ""))
    return QueueMessage(
        fingerprint(delivery), delivery.key, body, encoding, reason, RETRIED in delivery.headers
    )
