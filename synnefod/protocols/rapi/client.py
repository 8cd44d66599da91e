"""One RAPI: requests with bounds on time and number, answers as values or as RapiError.

Note [Retries]. A GET is asked again after a pause when no connection came about, the answer was
lost, or the front says 502, 503 or 504 (GNT-020). A submission is sent once: whether a lost one
was carried out is found by its `reason`, which Ganeti 3.0 takes as a query parameter (in a body
it is a refused static parameter) and keeps in the trail of every opcode (GNT-024).

Note [Connections]. RAPI closes after each answer and forks a process for each request, so nothing
is kept alive here and a semaphore bounds what is asked at once (GNT-015, GNT-019).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec
from attrs import field, frozen
from treq.client import HTTPClient
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore, succeed
from twisted.internet.error import ConnectError, ConnectingCancelledError, DNSLookupError
from twisted.internet.interfaces import IConsumer
from twisted.logger import Logger
from twisted.web.client import Agent, HTTPConnectionPool, ResponseNeverReceived
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer

from synnefod.common import metrics
from synnefod.common.clockwork import BackOff, IClock, TimedOut, sleep, within
from synnefod.common.jsonio import dump
from synnefod.common.outside import refuse_inside
from synnefod.common.skew import Clocks
from synnefod.protocols.http.tls import OFF, policy
from synnefod.protocols.rapi.errors import (
    RapiBusy,
    RapiError,
    RapiFault,
    RapiLost,
    RapiUnreachable,
    from_status,
)
from synnefod.protocols.rapi.jobs import job_number

log = Logger()
Query = Sequence[tuple[str, str | int]]


class Http(Protocol):
    """treq's client, or its stub."""

    @property
    def request(self) -> Callable[..., Deferred[Any]]: ...


@frozen
class Limits:
    """Bounds of one cluster's requests; seconds. `concurrency` is per daemon: all daemons
    together should stay below RAPI's `max-clients`, 20 by default (GNT-019)."""

    concurrency: int = 8
    connect: float = 10.0
    total: float = 60.0
    tries: int = 3
    pause: float = 0.3


@frozen
class Credentials:
    """A RAPI account; its password is in no representation (GNT-023)."""

    username: str
    password: str = field(repr=False)


@implementer(IBodyProducer)
class _WholeBody:
    """A small body, written at once; treq's own is fed by the global reactor's cooperator."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.length = len(data)

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def stopProducing(self) -> None: ...


def http_client(reactor: Any, verify: str = OFF, connect: float = 10.0) -> HTTPClient:
    """A treq client without kept connections that checks certificates as `verify` says."""
    return HTTPClient(
        Agent(  # type: ignore[no-untyped-call]
            reactor,
            contextFactory=policy(verify),
            connectTimeout=connect,
            pool=HTTPConnectionPool(reactor, persistent=False),  # type: ignore[no-untyped-call]
        )
    )


class Rapi:
    """The RAPI at `url` (no trailing path). Every method raises RapiError's children.

    `cluster` names it in the figures of `common/metrics`.

    Refuses to run inside a transaction (common/outside).
    """

    def __init__(
        self,
        clock: IClock,
        http: Http,
        url: str,
        credentials: Credentials,
        limits: Limits | None = None,
        cluster: str = "",
        clocks: Clocks | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._cluster = cluster
        self._clock = clock
        self._http = http
        self._auth = (credentials.username.encode(), credentials.password.encode())
        self._limits = limits or Limits()
        self._slots = DeferredSemaphore(self._limits.concurrency)
        self._clocks = clocks

    async def get(self, path: str, query: Query = (), body: object = None) -> Any:
        """The decoded answer of a GET; retried as Note [Retries] says."""
        return await self._again("GET", path, query, body)

    async def ask(self, path: str, body: object) -> Any:
        """A PUT that only reads (`/2/query/...`); retried like a GET."""
        return await self._again("PUT", path, (), body)

    async def submit(
        self,
        method: str,
        path: str,
        *,
        reason: str,
        query: Query = (),
        body: Mapping[str, Any] | None = None,
        dry_run: bool = False,
    ) -> int:
        """Submits a job, once; its number. RapiLost and a 504 leave open whether it was taken."""
        full = [*query, ("reason", reason)]
        if dry_run:
            full.append(("dry-run", 1))
        return job_number(await self._once(method, path, full, body))

    async def _again(self, method: str, path: str, query: Query, body: object) -> Any:
        pauses = BackOff(first=self._limits.pause, most=5.0)
        for left in range(self._limits.tries - 1, -1, -1):
            try:
                return await self._once(method, path, query, body)
            except (RapiUnreachable, RapiLost, RapiBusy) as error:
                if not left:
                    raise
                log.info(
                    "{method} {path} at {url} is tried again: {problem}",
                    method=method,
                    path=path,
                    url=self.url,
                    problem=error.message,
                )
                await sleep(self._clock, pauses.next())
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, query: Query, body: object) -> Any:
        refuse_inside(f"RAPI {method} {path}")
        await self._slots.acquire()
        began = self._clock.seconds()
        code = "200"
        try:
            work = self._exchange(method, path, query, body)
            return await within(self._clock, self._limits.total, work)
        except TimedOut:
            code = "none"
            raise RapiLost(f"no answer within {self._limits.total:g} s") from None
        except RapiError as error:
            code = str(error.status or "none")
            raise
        finally:
            self._slots.release()
            name = operation(method, path)
            metrics.rapi_requests.labels(self._cluster, name, code).inc()
            metrics.rapi_request.labels(self._cluster, name).observe(
                max(0.0, self._clock.seconds() - began)
            )

    async def _exchange(self, method: str, path: str, query: Query, body: object) -> Any:
        url = self.url + path + ("?" + urlencode(list(query)) if query else "")
        arguments: dict[str, Any] = {
            "auth": self._auth,
            "headers": {"Accept": "application/json"},
            "allow_redirects": False,
        }
        if body is not None:
            arguments["data"] = _WholeBody(dump(body))
            arguments["headers"]["Content-Type"] = "application/json"
        began = self._clock.seconds()
        try:
            response = await self._http.request(method, url, **arguments)
            if self._clocks is not None:
                self._hear(self._clocks, response.headers.getRawHeaders("Date", [""])[0], began)
            raw = await response.content()
        except CancelledError:
            raise
        except (ConnectError, ConnectingCancelledError, DNSLookupError) as error:
            raise RapiUnreachable(f"no connection: {_reason(error)}") from None
        except Exception as error:
            raise _broken(error) from None
        return _read(int(response.code), raw)

    def _hear(self, clocks: Clocks, date: str, began: float) -> None:
        """The time on an answer's head, which is cut to whole seconds."""
        with suppress(ValueError):
            told = parsedate_to_datetime(date).timestamp()
            now = self._clock.seconds()
            clocks.heard(f"cluster {self._cluster}", (told, told + 1), (began, now))


def operation(method: str, path: str) -> str:
    """A request's kind, for figures: `PUT /2/instances/*/modify`, the same for every instance."""
    parts = path.split("/")
    if len(parts) > 3 and parts[2] in ("instances", "networks", "jobs", "nodes"):
        parts[3] = "*"
    return f"{method} {'/'.join(parts)}"


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


def tag_query(tags: Sequence[str]) -> list[tuple[str, str]]:
    """`tag=a&tag=b` (GNT-012)."""
    return [("tag", tag) for tag in tags]


def _read(status: int, raw: bytes) -> Any:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if status == 200:
            raise RapiFault("the answer is not JSON", status=status) from None
        text = raw[:200].decode("utf-8", "replace").strip()
        raise from_status(status, text or "no explanation") from None
    if status == 200:
        return value
    message = ""
    if isinstance(value, dict):
        parts = [str(value[key]) for key in ("message", "explain") if value.get(key)]
        message = html.unescape(": ".join(parts))
    raise from_status(status, message or "no explanation")


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def _broken(error: Exception) -> RapiError | CancelledError:
    """What a failed exchange means. A connection that broke may have carried the request."""
    reasons = getattr(error, "reasons", None) or ()
    if isinstance(error, ResponseNeverReceived) or reasons:
        if any(reason.check(CancelledError) for reason in reasons):
            return CancelledError()
        inner = [reason.value for reason in reasons]
        from_tls = [each for each in inner if _is_tls(each)]
        if from_tls:
            return RapiUnreachable(f"the TLS handshake failed: {_tls_reason(from_tls[0])}")
        return RapiLost(f"the connection broke: {', '.join(map(_reason, inner)) or 'no answer'}")
    if _is_tls(error):
        return RapiUnreachable(f"the TLS handshake failed: {_tls_reason(error)}")
    return RapiLost(f"the connection broke: {_reason(error)}")


def _is_tls(error: BaseException) -> bool:
    """A refused handshake, or a certificate for somebody else."""
    return type(error).__module__.split(".")[0] in ("OpenSSL", "service_identity")


def _tls_reason(error: BaseException) -> str:
    parts = error.args[0] if error.args and isinstance(error.args[0], list) else []
    words = [str(part[-1]) for part in parts if isinstance(part, tuple) and part]
    return "; ".join(words) or _reason(error)
