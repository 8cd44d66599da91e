"""What may keep a known asker out: too many requests (OPS-158), and maintenance (OPS-163).

The door asks the gate once for each request, after it knows who asks and before anything is read
of the body.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Protocol

from attrs import field, frozen

from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import TooManyRequests
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.notices.interface import ENGLISH, Notice, ReadOnly
from synnefod.resources.buckets import Buckets, Rate, Taken
from synnefod.resources.routes import Route

UNLIMITED = Rate(0, 0)
SOON = 1.0
"""Seconds after which one of many uploads may have ended."""
USUAL_WAIT = 60
"""Seconds after which to ask again when nobody knows how long maintenance lasts."""
UNCOUNTED = frozenset({"object-store", "ops", "ui"})
"""Services whose requests are not counted one by one: bytes and blocks have no count limit."""


class Maintained(Protocol):
    """What the gate needs of the notices."""

    async def maintenance(self) -> Notice | None: ...


@frozen
class Asking:
    """A request at the gate. `token` is what was sent, never kept but for its hash in this
    process; on a route without authentication nobody has looked at it."""

    service: str
    method: str
    path: str
    made: Route
    principal: Principal
    token: str
    peer: str
    uploads: Callable[[Callable[[], None]], None] | None = None
    """Of a request that brings a file's content: arranges a call for when it is over."""


@frozen
class Operation:
    """A limit of its own for one POST of compute; `of` is "project", or a part of the path."""

    name: str
    path: re.Pattern[str]
    rate: Rate
    of: str


def operations(creates: Rate, actions: Rate) -> tuple[Operation, ...]:
    """The operations that cost a cluster's time: `creates` a project, `actions` a server."""
    found = [
        Operation("server-create", re.compile(r"/servers(\.json)?/?"), creates, "project"),
        Operation(
            "server-action",
            re.compile(r"/servers/(?P<server>[^/]+)/action(\.json)?/?"),
            actions,
            "server",
        ),
    ]
    return tuple(each for each in found if each.rate.each)


@frozen
class RequestLimits:
    """`exempt`: networks whose clients are never counted."""

    token: Rate = UNLIMITED
    address: Rate = UNLIMITED
    operations: tuple[Operation, ...] = ()
    exempt: tuple[str, ...] = ()
    uploads: int = 0
    """Requests with a body that one user may have under way to the files at once; 0: no bound."""


@frozen
class Gate:
    """One for all mounts: a person's requests count together, wherever they go."""

    clock: IClock
    limits: RequestLimits
    notices: Maintained
    used: Callable[[Principal, str], None] | None = None
    """Told of each request with a token: whose, and from which address."""
    _tokens: Buckets = field(init=False)
    _addresses: Buckets = field(init=False)
    _operations: Mapping[str, Buckets] = field(init=False)
    _uploads: Counter[str] = field(init=False, factory=Counter)
    _exempt: tuple[object, ...] = field(init=False)

    @_tokens.default
    def _make_tokens(self) -> Buckets:
        return Buckets(self.clock, self.limits.token)

    @_addresses.default
    def _make_addresses(self) -> Buckets:
        return Buckets(self.clock, self.limits.address)

    @_operations.default
    def _make_operations(self) -> Mapping[str, Buckets]:
        return {each.name: Buckets(self.clock, each.rate) for each in self.limits.operations}

    @_exempt.default
    def _make_exempt(self) -> tuple[object, ...]:
        return tuple(ip_network(text) for text in self.limits.exempt)

    async def admit(self, asking: Asking) -> Iterable[tuple[bytes, bytes]]:
        """Headers for the answer. Raises TooManyRequests, ReadOnly."""
        if self.used is not None and asking.principal.audit_id:
            self.used(asking.principal, asking.peer)
        if asking.made.changes(asking.method) and not asking.made.always:
            await self._maintained(asking)
        if self._is_exempt(asking.peer):
            return ()
        if asking.uploads is not None and asking.principal.user:
            self._upload(asking.principal.user, asking.uploads)
        if asking.service in UNCOUNTED:
            return ()
        for operation in self.limits.operations:
            self._operation(operation, asking)
        if asking.token and asking.made.auth is not False:
            rate, name = self.limits.token, "token"
            buckets, subject = self._tokens, hash(asking.token)
        else:
            rate, name = self.limits.address, "address"
            buckets, subject = self._addresses, hash(asking.peer)
        if not rate.each:
            return ()
        taken = buckets.take(subject)
        if taken.wait:
            _refuse(name, taken)
        return (
            (b"RateLimit-Policy", f'"{name}";q={rate.burst};w={rate.window}'.encode()),
            (b"RateLimit", f'"{name}";r={taken.left}'.encode()),
        )

    def _upload(self, user: str, until_its_end: Callable[[Callable[[], None]], None]) -> None:
        most = self.limits.uploads
        if not most:
            return
        if self._uploads[user] >= most:
            _refuse("uploads", Taken(0, SOON))
        self._uploads[user] += 1

        def ended() -> None:
            self._uploads[user] -= 1
            if not self._uploads[user]:
                del self._uploads[user]

        until_its_end(ended)

    async def _maintained(self, asking: Asking) -> None:
        notice = await self.notices.maintenance()
        if notice is None or asking.principal.is_admin:
            return
        wait = USUAL_WAIT
        if notice.ends is not None:
            left = notice.ends - micros(self.clock.seconds())
            wait = max(1, math.ceil(left / 1_000_000))
        raise ReadOnly(notice.texts[ENGLISH], retry_after=wait)

    def _operation(self, operation: Operation, asking: Asking) -> None:
        if asking.method != "POST" or asking.service != "compute":
            return
        found = operation.path.fullmatch(asking.path)
        if found is None:
            return
        if operation.of == "project":
            subject: object = asking.principal.project or asking.principal.user
        else:
            subject = found.group(operation.of)
        taken = self._operations[operation.name].take(subject)
        if taken.wait:
            _refuse(operation.name, taken)

    def _is_exempt(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._exempt)  # type: ignore[operator]


def _refuse(name: str, taken: Taken) -> None:
    metrics.rate_limited.labels(name).inc()
    wait = math.ceil(taken.wait)
    raise TooManyRequests(f"Too many requests. Ask again in {wait} s.", retry_after=wait)
