"""The way to a Ceph pool: one connection, turns, bounded waiting, refusals in our words.

Note [Bounded time]. librados waits for ever for a dead OSD unless told not to: its three timeouts
are set, and nobody waits longer than four of them for his turn. The connection is made at the first
use and made again when the cluster has refused or dropped it, so a daemon starts without its Ceph.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredSemaphore, ensureDeferred
from twisted.logger import Logger

from synnefod.blocks.interface import BlocksFull, BlocksUnavailable
from synnefod.blocks.librados import LOST, NOT_THERE, Change, Connection, Found, Pool, RadosError
from synnefod.common import metrics
from synnefod.common.clockwork import TimedOut, shield, sleep, start, within
from synnefod.common.outside import refuse_inside

T = TypeVar("T")
log = Logger()
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_TRANSFERS = 16
"""Blocks read or written at once: 64 MiB (librados.py, Note [Submitting must not block])."""
LOOKS = 128
"""Operations without data at once."""
_TURNS = 4
"""Timeouts after which whoever waits for his turn is told that the store does not work."""


@frozen
class CephSettings:
    """`conf` is the path of ceph.conf (empty: where Ceph looks for it), `user` the name after
    `client.`, `timeout` the seconds after which an operation fails."""

    conf: str = ""
    user: str = "admin"
    pool: str = "blocks"
    namespace: str = "synnefod"
    timeout: float = 10.0


@frozen
class _Pools:
    blocks: Pool
    aside: Pool
    quarantine: Pool


class CephGate:
    """The objects of three namespaces of a pool, by what they are for: `blocks`, `aside`,
    `quarantine`. Not connected yet. Everything raises BlocksUnavailable."""

    def __init__(self, settings: CephSettings, threads: Any, reactor: Any) -> None:
        self._settings = settings
        self._threads = threads
        self._reactor = reactor
        self._connection: Connection | None = None
        self._connecting: Deferred[_Pools] | None = None
        self._transfers = DeferredSemaphore(_TRANSFERS)
        self._looks = DeferredSemaphore(LOOKS)

    async def stop(self) -> None:
        connection, self._connection, self._connecting = self._connection, None, None
        if connection is not None:
            await self._close(connection)

    async def _close(self, connection: Connection) -> None:
        # librados wants its operations ended first; they end by themselves in time.
        until = self._reactor.seconds() + 2 * self._settings.timeout
        while connection.busy and self._reactor.seconds() < until:
            await sleep(self._reactor, 0.05)
        await self._threads.disk(connection.close)
        connection.abandon()

    async def names(self, pool: str, part: int = 0, parts: int = 1) -> list[str]:
        """The names of the `part`-th of `parts` of the objects."""
        refuse_inside("blocks are listed")
        pools = await self._pools()
        try:
            found: list[str] = await self._threads.disk(getattr(pools, pool).names, part, parts)
        except RadosError as error:
            raise self._refusal(error) from error
        return found

    async def change(
        self, what: str, pool: str, oid: str, change: Change, *expected: int
    ) -> int | None:
        """The object's new version; None for an error that is `expected`."""

        def work(pools: _Pools) -> Deferred[int]:
            found: Pool = getattr(pools, pool)
            return found.change(oid, change)

        return await self._turn(what, change.data is not None, work, expected)

    async def look(self, what: str, pool: str, oid: str, most: int) -> Found | None:
        """The object with its first `most` bytes, None if there is none."""

        def work(pools: _Pools) -> Deferred[Found]:
            found: Pool = getattr(pools, pool)
            return found.look(oid, most)

        return await self._turn(what, most > 0, work, (NOT_THERE,))

    async def _turn(
        self,
        what: str,
        heavy: bool,
        work: Callable[[_Pools], Deferred[T]],
        expected: Sequence[int],
    ) -> T | None:
        refuse_inside(f"{what} of a block")
        pools = await self._pools()
        gate = self._transfers if heavy else self._looks
        try:
            await within(self._reactor, _TURNS * self._settings.timeout, gate.acquire())
        except TimedOut:
            raise BlocksUnavailable("The block store does not work now.") from None
        # An operation keeps its turn to its end, also when nobody waits for it any more.
        worked: Any = self._worked(what, gate, work, pools, expected)
        result: T | None = await shield(worked)
        return result

    async def _worked(
        self,
        what: str,
        gate: DeferredSemaphore,
        work: Callable[[_Pools], Deferred[T]],
        pools: _Pools,
        expected: Sequence[int],
    ) -> T | None:
        began = self._reactor.seconds()
        try:
            return await work(pools)
        except RadosError as error:
            if error.errno in expected:
                return None
            raise self._refusal(error) from error
        finally:
            gate.release()
            elapsed = max(0.0, self._reactor.seconds() - began)
            metrics.block_io.labels("rados", what).observe(elapsed)

    def _refusal(self, error: RadosError) -> BlocksUnavailable:
        log.error("The block store fails: {error}", error=error)
        if error.errno in LOST:
            self._drop()
        kind = BlocksFull if error.errno in _NO_ROOM else BlocksUnavailable
        reason = os.strerror(error.errno or 0)
        return kind("The block store does not work now.", details=reason)

    # -- the connection

    async def _pools(self) -> _Pools:
        """The pools, connected to first if need be; all callers wait for one attempt."""
        connecting = self._connecting
        if connecting is None:
            connecting = ensureDeferred(self._connect())
            if self._connection is not None or not connecting.called:
                self._connecting = connecting
        return await _shared(connecting)

    async def _connect(self) -> _Pools:
        connection = Connection(self._reactor)
        try:
            pools: _Pools = await self._threads.disk(_open, connection, self._settings)
        except (RadosError, ImportError) as error:
            log.error("Ceph cannot be reached: {error}", error=error)
            self._connecting = None
            raise BlocksUnavailable("The block store cannot be reached.") from error
        self._connection = connection
        return pools

    def _drop(self) -> None:
        connection, self._connection, self._connecting = self._connection, None, None
        if connection is not None:
            log.warn("The cluster wants no more of this client; a new one will be tried")
            start(self._close(connection), "closing the connection to Ceph")


def _shared(one: Deferred[T]) -> Deferred[T]:
    """The result of `one`, which others wait for too and nobody's leaving cancels."""
    mine: Deferred[T] = Deferred()

    def tell(result: Any) -> Any:
        if not mine.called:
            mine.callback(result)  # a Failure makes it fail
        # What went wrong has been told to those who wait.
        return None if hasattr(result, "getTraceback") else result

    one.addBoth(tell)
    return mine


def _open(connection: Connection, settings: CephSettings) -> _Pools:
    connection.open(settings.conf, settings.user, settings.timeout)
    try:
        blocks, aside, quarantine = (
            connection.pool(settings.pool, settings.namespace + suffix)
            for suffix in ("", ".aside", ".quarantine")
        )
    except RadosError:
        connection.close()
        raise
    return _Pools(blocks, aside, quarantine)
