"""The consumer's half that both buses share: one message after another, and what becomes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from synnefod.common.clockwork import BackOff, IClock, sleep, start
from synnefod.protocols.amqp.bus import Delivery, Handler, Reject

log = Logger()
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


@frozen
class Item:
    """A message with its way back: `settle(True)` acknowledges, `settle(False)` dead-letters.

    `alive` is false when the broker has taken the message back (the channel is gone).
    """

    delivery: Delivery
    alive: Callable[[], bool]
    settle: Callable[[bool], object]


@define(eq=False)
class Inbox:
    """Calls the handler in order, one at a time; see `Bus.consume` for the outcomes."""

    clock: IClock
    handler: Handler
    transient: tuple[type[Exception], ...]
    tries: int
    _items: deque[Item] = field(factory=deque, init=False)
    _busy: bool = field(default=False, init=False)
    _watchers: list[Deferred[None]] = field(factory=list, init=False)
    _pause: Deferred[None] | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    def put(self, item: Item) -> None:
        if self._stopped:
            return  # it was under way when we stopped; the broker takes it back
        self._items.append(item)
        if not self._busy:
            self._busy = True
            start(self._work(), "consumer")

    def halt(self) -> None:
        """Begins no further message; a pause before a retry is cut short."""
        self._stopped = True
        self._items.clear()
        if self._pause is not None:
            self._pause.cancel()

    async def stop(self) -> None:
        """`halt`, and returns when the handler in progress has ended."""
        self.halt()
        if self._busy:
            ended: Deferred[None] = Deferred()
            self._watchers.append(ended)
            await ended

    async def _work(self) -> None:
        try:
            while self._items and not self._stopped:
                item = self._items.popleft()
                if item.alive():
                    good = await self._outcome(item)
                    if good is not None and item.alive():
                        item.settle(good)
        finally:
            self._busy = False
            watchers, self._watchers = self._watchers, []
            for watcher in watchers:
                watcher.callback(None)

    async def _outcome(self, item: Item) -> bool | None:
        """True to acknowledge, False to dead-letter, None to leave it to the broker."""
        pauses = BackOff(first=FIRST_PAUSE, most=LONGEST_PAUSE)
        queue = item.delivery.queue
        for rest in range(self.tries - 1, -1, -1):
            try:
                await self.handler(item.delivery)
                return True
            except Reject as error:
                log.warn("a message of {queue} is rejected: {reason}", queue=queue, reason=error)
                return False
            except self.transient as error:
                log.warn(
                    "a message of {queue} fails for now ({rest} tries left): {reason}",
                    queue=queue,
                    rest=rest,
                    reason=str(error) or type(error).__name__,
                )
            except CancelledError:
                return None
            except Exception:
                log.failure("a message of {queue} fails and is dead-lettered", queue=queue)
                return False
            if rest and not await self._rest(pauses.next()):
                return None
            if not item.alive():
                return None
        log.error("a message of {queue} is dead-lettered after its last try", queue=queue)
        return False

    async def _rest(self, seconds: float) -> bool:
        """Waits; False when stopped meanwhile."""
        self._pause = sleep(self.clock, seconds)
        try:
            await self._pause
        except CancelledError:
            return False
        finally:
            self._pause = None
        return not self._stopped
