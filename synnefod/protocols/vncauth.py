"""Consoles for clients that speak RFB over plain TCP: a port for one connection, with a password.

A viewer meets RFB 3.8 with security type 2 (RFC 6143 7.2.2): a challenge of 16 bytes, encrypted
with DES under the password, cut or padded to 8 characters. Behind it the hypervisor is met with
security type 1 (none). What follows is carried both ways, no faster than each side takes it.

    viewer                 here                     hypervisor
      <- RFB 003.008 -                - connect ->
      - RFB 003.008 ->                <- RFB 003.00x -
      <- 01 02 -                      - RFB 003.008 ->
      - 02 ->                         <- nn types -
      <- challenge -                  - 01 ->
      - answer ->                     <- 00000000 -
      <- 00000000 -
"""

from __future__ import annotations

import hmac
import os
import random
from collections.abc import Callable, Generator
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from synnefod.common.clockwork import start, within
from synnefod.common.errors import Unavailable
from synnefod.protocols.vnc import CONNECT_TIMEOUT, Resolve, by_name

log = Logger()
VERSION = b"RFB 003.008\n"
WAIT = 30.0
"""Seconds in which the viewer has to come."""
HANDSHAKE = 60.0
_TRIES = 20
Script = Generator[int, bytes, None]


class NoFreePort(Unavailable):
    """No port for a console is free."""


def response(password: str, challenge: bytes) -> bytes:
    """The right answer to a challenge (RFC 6143 7.2.2; the bits of each key byte are reversed)."""
    key = password.encode("latin-1", "replace")[:8].ljust(8, b"\0")
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in key)
    encryptor = Cipher(TripleDES(mirrored * 3), modes.ECB()).encryptor()
    return encryptor.update(challenge) + encryptor.finalize()


class Refused(Exception):
    """The other side does not keep to the handshake."""


class _Party(Protocol):
    """One side: first follows a script that asks for bytes, then pours into its `other`."""

    transport: Any

    def __init__(self, script: Callable[[_Party], Script]) -> None:
        self._buffer = b""
        self._wanted = 0
        self._make = script
        self._script: Script | None = None
        self.other: _Party | None = None
        self.ready: Deferred[None] = Deferred()
        self.gone = False

    def connectionMade(self) -> None:
        self._script = self._make(self)
        self._wanted = next(self._script)

    def dataReceived(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
            return
        self._buffer += data
        while self._script is not None and len(self._buffer) >= self._wanted:
            taken, self._buffer = self._buffer[: self._wanted], self._buffer[self._wanted :]
            try:
                self._wanted = self._script.send(taken)
            except StopIteration:
                self._script = None
                self.transport.pauseProducing()
                self.ready.callback(None)
            except Refused as error:
                self._script = None
                self.transport.loseConnection()
                self.ready.errback(error)

    def join(self, other: _Party) -> None:
        """Carries what comes from here on to `other`."""
        self.other = other
        other.transport.registerProducer(self.transport, True)
        early, self._buffer = self._buffer, b""
        if early:
            other.transport.write(early)
        self.transport.resumeProducing()

    def connectionLost(self, reason: object = None) -> None:
        self.gone = True
        if self.other is not None and not self.other.gone:
            self.other.transport.unregisterProducer()
            self.other.transport.loseConnection()
        if not self.ready.called:
            self.ready.errback(Refused("the connection was closed"))


def _as_server(password: str) -> Callable[[_Party], Script]:
    def script(party: _Party) -> Script:
        party.transport.write(VERSION)
        if not (yield 12).startswith(b"RFB 003."):
            raise Refused("no RFB")
        party.transport.write(b"\x01\x02")
        if (yield 1) != b"\x02":
            raise Refused("another security type")
        challenge = os.urandom(16)
        party.transport.write(challenge)
        if not hmac.compare_digest((yield 16), response(password, challenge)):
            party.transport.write(b"\0\0\0\x01\0\0\0\x15Authentication failed")
            raise Refused("wrong password")

    return script


def _as_client(party: _Party) -> Script:
    if not (yield 12).startswith(b"RFB 003."):
        raise Refused("the hypervisor speaks no RFB")
    party.transport.write(VERSION)
    (count,) = yield 1
    if count == 0 or b"\x01" not in (yield count):
        raise Refused("the hypervisor wants a password")
    party.transport.write(b"\x01")
    if (yield 4) != b"\0\0\0\0":
        raise Refused("the hypervisor refuses")


class ConsolePorts:
    """Opens a port for each console. `close_all` ends those that wait and those in use."""

    def __init__(
        self,
        reactor: Any,
        resolve: Resolve = by_name,
        *,
        interface: str = "",
        ports: range = range(25000, 30001),
    ) -> None:
        self._reactor = reactor
        self._resolve = resolve
        self._interface = interface
        self._ports = ports
        self._listening: dict[Any, IDelayedCall] = {}
        self._parties: set[_Party] = set()

    def open(self, node: str, port: int, password: str) -> int:
        """A port where one viewer with the password meets the console, within WAIT seconds.

        Raises NoFreePort.
        """
        factory = Factory()
        factory.noisy = False
        for _ in range(_TRIES):
            try:
                listening = self._reactor.listenTCP(
                    random.choice(self._ports), factory, 1, self._interface
                )
                break
            except CannotListenError:
                continue
        else:
            raise NoFreePort
        self._listening[listening] = self._reactor.callLater(WAIT, self._close, listening)

        def build(_address: object) -> _Party | None:
            if listening not in self._listening:
                return None
            self._close(listening)
            viewer = _Party(_as_server(password))
            self._parties.add(viewer)
            start(self._serve(viewer, node, port), "console over TCP")
            return viewer

        factory.buildProtocol = build  # type: ignore[method-assign, assignment]
        number: int = listening.getHost().port
        return number

    def close_all(self) -> None:
        for listening in list(self._listening):
            self._close(listening)
        for party in list(self._parties):
            party.transport.abortConnection()

    def _close(self, listening: Any) -> None:
        expiry = self._listening.pop(listening, None)
        if expiry is not None:
            if expiry.active():
                expiry.cancel()
            listening.stopListening()

    async def _serve(self, viewer: _Party, node: str, port: int) -> None:
        try:
            await within(self._reactor, HANDSHAKE, viewer.ready)
            host, number = self._resolve(node, port)
            endpoint = HostnameEndpoint(self._reactor, host.encode("idna"), number, CONNECT_TIMEOUT)
            connected: Any = await endpoint.connect(Factory.forProtocol(lambda: _Party(_as_client)))
            screen: _Party = connected
            await within(self._reactor, HANDSHAKE, screen.ready)
        except Exception as error:
            log.info("console of {node}:{port}: {error}", node=node, port=port, error=error)
            self._parties.discard(viewer)
            if not viewer.gone and viewer.transport is not None:
                viewer.transport.loseConnection()
            return
        if viewer.gone or screen.gone:
            for party in (viewer, screen):
                if not party.gone:
                    party.transport.abortConnection()
        else:
            viewer.transport.write(b"\0\0\0\0")
            viewer.join(screen)
            screen.join(viewer)
        self._parties = {party for party in self._parties if not party.gone}


class OwnConsoles:
    """`ConsolePorts` as a maker of consoles that are reached at this daemon's own host."""

    def __init__(self, ports: ConsolePorts) -> None:
        self._ports = ports

    async def open(self, node: str, port: int, password: str) -> tuple[str, int]:
        """Raises NoFreePort."""
        return "", self._ports.open(node, port, password)
