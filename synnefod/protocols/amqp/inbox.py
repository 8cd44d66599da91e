"""The consumer's half that both buses share: messages in order, and what becomes of each.

Note [Order]. Messages are begun in the order of the queue, at most `at_once` at the same time.
After one that failed for now no other is begun; when those under way have ended, it and the others
that failed are begun again, in order, after a pause.
"""

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
class _Held:
    item: Item
    place: int
    tries: int


@define(eq=False)
class Inbox:
    """Calls the handler; see `Bus.consume` for the outcomes."""

    clock: IClock
    handler: Handler
    transient: tuple[type[Exception], ...]
    tries: int
    at_once: int = 1
    _items: deque[_Held] = field(factory=deque, init=False)
    _failed: list[_Held] = field(factory=list, init=False)
    _place: int = field(default=0, init=False)
    _running: int = field(default=0, init=False)
    _beginning: bool = field(default=False, init=False)
    _pauses: BackOff = field(
        factory=lambda: BackOff(first=FIRST_PAUSE, most=LONGEST_PAUSE), init=False
    )
    _pause: Deferred[None] | None = field(default=None, init=False)
    _watchers: list[Deferred[None]] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)

    def put(self, item: Item) -> None:
        if self._stopped:
            return  # it was under way when we stopped; the broker takes it back
        self._place += 1
        self._items.append(_Held(item, self._place, self.tries))
        self._begin()

    def halt(self) -> None:
        """Begins no further message; a pause before a retry is cut short."""
        self._stopped = True
        self._items.clear()
        self._failed.clear()
        if self._pause is not None:
            self._pause.cancel()

    async def stop(self) -> None:
        """`halt`, and returns when the handlers in progress have ended."""
        self.halt()
        if self._running:
            ended: Deferred[None] = Deferred()
            self._watchers.append(ended)
            await ended

    def _begin(self) -> None:
        """Begins what may begin. Handlers that end at once come back here only in this loop."""
        if self._beginning:
            return
        self._beginning = True
        try:
            while (
                self._items
                and not self._failed
                and self._pause is None
                and self._running < self.at_once
            ):
                held = self._items.popleft()
                if held.item.alive():
                    self._running += 1
                    start(self._run(held), "consumer")
        finally:
            self._beginning = False

    async def _run(self, held: _Held) -> None:
        try:
            good = await self._outcome(held)
            if good is not None and held.item.alive():
                held.item.settle(good)
        finally:
            self._running -= 1
            if not self._running:
                self._all_ended()
            self._begin()

    def _all_ended(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher.callback(None)
        if self._failed and not self._stopped:
            again, self._failed = sorted(self._failed, key=lambda held: held.place), []
            self._items.extendleft(reversed(again))
            start(self._rest(self._pauses.next()), "pause of a consumer")

    async def _outcome(self, held: _Held) -> bool | None:
        """True to acknowledge, False to dead-letter, None to leave it to the broker or to later."""
        queue = held.item.delivery.queue
        held.tries -= 1
        try:
            await self.handler(held.item.delivery)
            self._pauses.reset()
            return True
        except Reject as error:
            log.warn("a message of {queue} is rejected: {reason}", queue=queue, reason=error)
        except self.transient as error:
            log.warn(
                "a message of {queue} fails for now ({rest} tries left): {reason}",
                queue=queue,
                rest=held.tries,
                reason=str(error) or type(error).__name__,
            )
            if held.tries > 0:
                if not self._stopped:
                    self._failed.append(held)
                return None
            log.error("a message of {queue} is dead-lettered after its last try", queue=queue)
        except CancelledError:
            return None
        except Exception:
            log.failure("a message of {queue} fails and is dead-lettered", queue=queue)
        self._pauses.reset()
        return False

    async def _rest(self, seconds: float) -> None:
        self._pause = sleep(self.clock, seconds)
        try:
            await self._pause
        except CancelledError:
            return
        finally:
            self._pause = None
        self._begin()
