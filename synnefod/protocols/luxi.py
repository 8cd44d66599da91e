"""Ganeti's local query socket (LUXI): one JSON request, one JSON answer, each ended by 0x03.

    {"method": "QueryInstances", "args": [[names], [fields], false]} 0x03
    {"success": true, "result": [[value, ...], ...]} 0x03

The socket is `ganeti-query` in the master's run directory; reading it needs no Ganeti library and
takes no lock.
"""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import UNIXClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from synnefod.common.clockwork import TimedOut, within
from synnefod.common.errors import Refusal, Unavailable
from synnefod.common.outside import refuse_inside
from synnefod.protocols.eventd import HVPARAMS, InstanceData, WireDisk, WireNic

END = b"\x03"
MOST_BYTES = 64 * 1024 * 1024
FIREWALL_TAG = "synnefo:network:"
_FIELDS = [
    "nic.names",
    "nic.macs",
    "nic.ips",
    "nic.networks.names",
    "nic.modes",
    "nic.links",
    "nic.uuids",
    "disk.names",
    "disk.sizes",
    "disk.uuids",
    "hvparams",
    "tags",
]


class LuxiUnavailable(Unavailable):
    """The cluster's query socket does not answer."""


class LuxiRefused(Refusal):
    """The cluster does not answer this query."""


class _Exchange(Protocol):
    def __init__(self) -> None:
        self.answer: Deferred[bytes] = Deferred(lambda _: self._cancel())
        self._parts: list[bytes] = []
        self._size = 0

    def _cancel(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()  # type: ignore[attr-defined]

    def dataReceived(self, data: bytes) -> None:
        part, end, _ = data.partition(END)
        self._parts.append(part)
        self._size += len(part)
        if not self.answer.called:
            if end:
                self.answer.callback(b"".join(self._parts))
            elif self._size > MOST_BYTES:
                self.answer.errback(LuxiUnavailable("The cluster's answer is too long."))
        if end or self._size > MOST_BYTES:
            assert self.transport is not None
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if not self.answer.called:
            self.answer.errback(LuxiUnavailable("The cluster's query socket closed early."))


class Luxi:
    """Asks the query socket at `path`; one connection for each question, `timeout` in seconds."""

    def __init__(self, reactor: Any, path: str, *, timeout: float = 10.0) -> None:
        self._reactor = reactor
        self._path = path
        self._timeout = timeout

    async def call(self, method: str, arguments: list[Any]) -> Any:
        """The answer's result. Raises LuxiUnavailable, LuxiRefused."""
        refuse_inside("asking the cluster's query socket")
        try:
            raw = await within(self._reactor, self._timeout, self._exchange(method, arguments))
        except TimedOut:
            raise LuxiUnavailable("The cluster's query socket does not answer in time.") from None
        try:
            answer = msgspec.json.decode(raw)
            success, result = answer["success"], answer["result"]
        except (msgspec.DecodeError, KeyError, TypeError):
            raise LuxiUnavailable("The cluster's query socket answers nonsense.") from None
        if success is not True:
            raise LuxiRefused(f"The cluster refuses the query: {str(result)[:200]}")
        return result

    async def _exchange(self, method: str, arguments: list[Any]) -> bytes:
        endpoint = UNIXClientEndpoint(self._reactor, self._path, self._timeout)  # type: ignore[no-untyped-call]
        exchange = _Exchange()
        try:
            await connectProtocol(endpoint, exchange)  # type: ignore[no-untyped-call]
        except ConnectError as error:
            raise LuxiUnavailable(f"The cluster's query socket is not there: {error}") from None
        assert exchange.transport is not None
        question = msgspec.json.encode({"method": method, "args": arguments})
        exchange.transport.write(question + END)
        return await exchange.answer

    async def instance(self, name: str) -> InstanceData:
        """What the instance has now (GNT-085). Raises LuxiUnavailable, LuxiRefused (also for an
        instance that is not there)."""
        rows = await self.call("QueryInstances", [[name], _FIELDS, False])
        if rows == []:
            raise LuxiRefused(f"The cluster has no instance '{name}'.")
        try:
            (row,) = rows
            return _instance(dict(zip(_FIELDS, row, strict=True)))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise LuxiUnavailable(f"The cluster describes the instance oddly: {error}") from None


def _instance(row: dict[str, Any]) -> InstanceData:
    firewalls = firewall_modes(row["tags"] or ())
    nics = tuple(
        WireNic(name or "", mac or "", ip, network, mode, link, uuid, firewalls.get(name))
        for name, mac, ip, network, mode, link, uuid in zip(
            *(row[field] or () for field in _FIELDS[:7]), strict=True
        )
    )
    disks = tuple(
        WireDisk(name or "", int(size), uuid or "")
        for name, size, uuid in zip(*(row[field] or () for field in _FIELDS[7:10]), strict=True)
    )
    hvparams = row["hvparams"] or {}
    return InstanceData(nics, disks, {key: hvparams.get(key) or "" for key in HVPARAMS})


def firewall_modes(tags: Any) -> dict[str, str]:
    """NIC name to firewall mode, from instance tags `synnefo:network:<nic name>:<mode>`
    (GNT-087)."""
    modes: dict[str, str] = {}
    for tag in tags:
        if tag.startswith(FIREWALL_TAG):
            name, colon, mode = tag.removeprefix(FIREWALL_TAG).rpartition(":")
            if colon and name and mode:
                modes[name] = mode
    return modes
