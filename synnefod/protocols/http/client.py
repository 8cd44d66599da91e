"""Requests to other servers: one treq client with its own pool, time-outs and certificate check."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.client import Agent, HTTPConnectionPool, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers

from synnefod.common.clockwork import TimedOut, within
from synnefod.common.jsonio import dump, parse
from synnefod.common.outside import refuse_inside
from synnefod.protocols.http.body import HIGH_WATER
from synnefod.protocols.http.tls import SYSTEM, policy

ANSWER_LIMIT = 16 << 20


class Unreachable(Exception):
    """No complete answer came: no connection, a bad certificate, a time-out, a broken answer."""


@frozen
class Answer:
    """A complete answer."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The last value of a header."""
        values = self.headers.getRawHeaders(name)
        return values[-1] if values else None

    def json(self) -> Any:
        """The body as JSON. Raises Malformed."""
        return parse(self.body)


class Client:
    """Sends requests. Refuses to run inside a transaction (common/outside).

    `verify` is a word of `tls.policy`. `connect` and `total` are seconds: until connected, and
    until the whole answer is there. At most `per_host` idle connections are kept for each host.
    """

    def __init__(
        self,
        reactor: Any,
        *,
        verify: str = SYSTEM,
        connect: float = 10.0,
        total: float = 60.0,
        per_host: int = 4,
    ) -> None:
        self._reactor = reactor
        self._total = total
        self._pool = HTTPConnectionPool(  # type: ignore[no-untyped-call]
            reactor, persistent=per_host > 0
        )
        self._pool.maxPersistentPerHost = per_host
        self._http = HTTPClient(
            Agent(  # type: ignore[no-untyped-call]
                reactor, contextFactory=policy(verify), connectTimeout=connect, pool=self._pool
            )
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        json: object = None,
        params: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        total: float | None = None,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """The answer, whatever its status; redirects are not followed.

        Raises Unreachable, also for an answer of more than `limit` bytes.
        """
        refuse_inside(f"a request to {urlsplit(url).hostname}")

        async def run() -> Answer:
            response = await self._send(method, url, headers, body, json, params, auth)
            pieces: list[bytes] = []
            size = 0
            source = _pieces(response)
            async for piece in source:
                size += len(piece)
                if size > limit:
                    await source.aclose()  # type: ignore[attr-defined]
                    raise Unreachable(f"the answer is larger than {limit} bytes")
                pieces.append(piece)
            return Answer(response.code, response.headers, b"".join(pieces))

        answer: Answer = await self._bounded(run(), total)
        return answer

    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        total: float | None = None,
    ) -> tuple[int, Headers, AsyncIterator[bytes]]:
        """Status, headers, and the body in pieces at the reader's pace (which raises Unreachable
        when it breaks off). `total` bounds the time until the headers."""
        refuse_inside(f"a request to {urlsplit(url).hostname}")
        response = await self._bounded(
            self._send(method, url, headers, None, None, None, None), total
        )
        return response.code, response.headers, _pieces(response)

    async def close(self) -> None:
        """Closes the kept connections."""
        await self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]

    async def _bounded(self, work: Any, total: float | None) -> Any:
        seconds = self._total if total is None else total
        try:
            return await within(self._reactor, seconds, work)
        except TimedOut:
            raise Unreachable(f"no answer within {seconds:g} s") from None

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        json: object,
        params: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
    ) -> Any:
        wire = Headers({name: [value] for name, value in (headers or {}).items()})
        if json is not None:
            body = dump(json)
            wire.setRawHeaders("Content-Type", ["application/json"])
        try:
            return await self._http.request(
                method,
                url,
                headers=wire,
                data=body,
                params=params,
                auth=auth,
                unbuffered=True,
                allow_redirects=False,
            )
        except CancelledError:
            raise
        except Exception as error:
            raise Unreachable(_why(error)) from None


def _why(error: Exception) -> str:
    """Twisted wraps failures in lists; the first of them says what happened."""
    reasons = getattr(error, "reasons", None)
    if reasons:
        inner = reasons[0].value if isinstance(reasons[0], Failure) else reasons[0]
        if isinstance(inner, Exception):
            return _why(inner)
    return str(error) or type(error).__name__


class _Pull(Protocol):
    """Collects the pieces of a body and stops the wire while too much waits."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.held = 0
        self.ended: Exception | None = None
        self.complete = False
        self.waiting: Deferred[None] | None = None
        self.paused = False

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)
        self.held += len(data)
        if self.held > HIGH_WATER and not self.paused:
            self.paused = True
            self._wire("pauseProducing")
        self._wake()

    def connectionLost(self, reason: Failure | None = None) -> None:
        problem = reason.value if reason is not None else None
        if isinstance(problem, ResponseDone | PotentialDataLoss):
            self.complete = True
        else:
            self.ended = problem if isinstance(problem, Exception) else ConnectionError("lost")
        self._wake()

    def take(self) -> bytes:
        piece = b"".join(self.pieces)
        self.pieces.clear()
        self.held = 0
        if self.paused:
            self.paused = False
            self._wire("resumeProducing")
        return piece

    def _wire(self, verb: str) -> None:
        act = getattr(self.transport, verb, None)
        if act is not None:
            act()

    def drop(self) -> None:
        """Nobody reads on."""
        if not self.complete and self.ended is None:
            for verb in ("abortConnection", "loseConnection", "stopProducing"):
                if hasattr(self.transport, verb):
                    self._wire(verb)
                    return

    def _wake(self) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None and not waiting.called:
            waiting.callback(None)


async def _pieces(response: Any) -> AsyncIterator[bytes]:
    pull = _Pull()
    response.deliverBody(pull)
    try:
        while True:
            if pull.pieces:
                yield pull.take()
            elif pull.ended is not None:
                raise Unreachable(f"the answer broke off: {_why(pull.ended)}")
            elif pull.complete:
                return
            else:
                pull.waiting = Deferred()
                await pull.waiting
    finally:
        pull.drop()
