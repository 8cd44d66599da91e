"""Screens of simulated machines: a small VNC server (RFB 003.008, RFC 6143) for each running one.

    server  "RFB 003.008\\n"          client  the same
    server  1, [1: no authentication]   client  1
    server  u32 0 (fine)               client  u8 shared
    server  u16 width, u16 height, 16 bytes of pixel format, u32 length, name
    then    client messages 0 format, 2 encodings, 3 update request, 4 key, 5 pointer, 6 cut text

What is typed is echoed. A picture is made when it is asked for and kept by nobody.
"""

from __future__ import annotations

import struct
from typing import Any

from attrs import frozen
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.protocol import Factory, Protocol

from synnefod.simulator.font import picture
from synnefod.simulator.world import Instance

WIDTH, HEIGHT = 640, 400
VERSION = b"RFB 003.008\n"
NO_AUTHENTICATION = 1
GROUND, INK = (24, 32, 48), (200, 220, 255)
BACKSPACE, RETURN = 0xFF08, 0xFF0D
LONGEST = 40


@frozen
class PixelFormat:
    """The 16 bytes by which a client says how it wants pixels."""

    bits: int = 32
    depth: int = 24
    big: bool = False
    true: bool = True
    maxima: tuple[int, int, int] = (255, 255, 255)
    shifts: tuple[int, int, int] = (16, 8, 0)

    @classmethod
    def read(cls, raw: bytes) -> PixelFormat:
        bits, depth, big, true, *rest = struct.unpack("!BBBBHHHBBB3x", raw)
        return cls(bits, depth, bool(big), bool(true), tuple(rest[:3]), tuple(rest[3:]))

    def write(self) -> bytes:
        return struct.pack(
            "!BBBBHHHBBB3x", self.bits, self.depth, self.big, self.true, *self.maxima, *self.shifts
        )

    @property
    def usable(self) -> bool:
        return self.true and self.bits in (8, 16, 32)

    def pixel(self, colour: tuple[int, int, int]) -> bytes:
        value = 0
        for part, most, shift in zip(colour, self.maxima, self.shifts, strict=True):
            value |= (part * most // 255) << shift
        size = self.bits // 8
        value &= (1 << self.bits) - 1
        return value.to_bytes(size, "big" if self.big else "little")


class Rfb(Protocol):
    """One viewer. Anything that is not the protocol ends the connection."""

    factory: RfbFactory

    def connectionMade(self) -> None:
        self._buffer = bytearray()
        self._format = PixelFormat()
        self._state: Any = self._version
        self._wanted = 12
        self._asked = False
        self._dirty = True
        self.factory.viewers.append(self)
        self._send(VERSION)

    def connectionLost(self, reason: Any = None) -> None:
        if self in self.factory.viewers:
            self.factory.viewers.remove(self)

    def dataReceived(self, data: bytes) -> None:
        self._buffer += data
        while self._state is not None and len(self._buffer) >= self._wanted:
            chunk = bytes(self._buffer[: self._wanted])
            del self._buffer[: self._wanted]
            self._state, self._wanted = self._state(chunk)

    def show(self) -> None:
        """The picture changed: a waiting viewer gets it now, another when it asks."""
        self._dirty = True
        if self._asked:
            self._update()

    def _send(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    def _end(self) -> tuple[Any, int]:
        assert self.transport is not None
        self.transport.loseConnection()
        return None, 0

    def _version(self, chunk: bytes) -> tuple[Any, int]:
        if not chunk.startswith(b"RFB 003.008"):
            return self._end()
        self._send(bytes([1, NO_AUTHENTICATION]))
        return self._security, 1

    def _security(self, chunk: bytes) -> tuple[Any, int]:
        if chunk[0] != NO_AUTHENTICATION:
            return self._end()
        self._send(struct.pack("!I", 0))
        return self._shared, 1

    def _shared(self, _chunk: bytes) -> tuple[Any, int]:
        name = self.factory.name.encode()
        self._send(
            struct.pack("!HH", WIDTH, HEIGHT)
            + self._format.write()
            + struct.pack("!I", len(name))
            + name
        )
        return self._message, 1

    def _message(self, chunk: bytes) -> tuple[Any, int]:
        lengths = {0: 19, 2: 3, 3: 9, 4: 7, 5: 5, 6: 7}
        follows = {
            0: self._set_format,
            2: self._set_encodings,
            3: self._request,
            4: self._key,
            5: self._ignore,
            6: self._cut_text,
        }
        if chunk[0] not in follows:
            return self._end()
        return follows[chunk[0]], lengths[chunk[0]]

    def _ignore(self, _chunk: bytes) -> tuple[Any, int]:
        return self._message, 1

    def _set_format(self, chunk: bytes) -> tuple[Any, int]:
        self._format = PixelFormat.read(chunk[3:])
        return (self._message, 1) if self._format.usable else self._end()

    def _set_encodings(self, chunk: bytes) -> tuple[Any, int]:
        # Every viewer takes raw pixels, so the list does not matter.
        count = struct.unpack("!xH", chunk)[0]
        return (self._ignore, 4 * count) if count else (self._message, 1)

    def _cut_text(self, chunk: bytes) -> tuple[Any, int]:
        length = struct.unpack("!3xI", chunk)[0]
        if length > 1 << 20:
            return self._end()
        return (self._ignore, length) if length else (self._message, 1)

    def _request(self, chunk: bytes) -> tuple[Any, int]:
        self._asked = True
        if not chunk[0] or self._dirty:
            self._update()
        return self._message, 1

    def _key(self, chunk: bytes) -> tuple[Any, int]:
        down, key = struct.unpack("!B2xI", chunk)
        if down:
            self.factory.typed(key)
        return self._message, 1

    def _update(self) -> None:
        self._asked = self._dirty = False
        colours = (self._format.pixel(GROUND), self._format.pixel(INK))
        rows = picture(self.factory.lines(), WIDTH, HEIGHT)
        self._send(
            struct.pack("!BxHHHHHi", 0, 1, 0, 0, WIDTH, HEIGHT, 0)
            + b"".join(b"".join([colours[bit] for bit in row]) for row in rows)
        )


class RfbFactory(Factory):
    """The screen of one machine, shared by its viewers."""

    protocol: Any = Rfb
    noisy = False

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self.viewers: list[Rfb] = []
        self._about = about
        self._line = ""

    def lines(self) -> list[str]:
        return [self.name, "", "SIMULATED MACHINE", self._about, "", "> " + self._line + "_"]

    def typed(self, key: int) -> None:
        if key == BACKSPACE:
            self._line = self._line[:-1]
        elif key == RETURN:
            self._line = ""
        elif 0x20 <= key < 0x7F:
            self._line = (self._line + chr(key))[-LONGEST:]
        else:
            return
        for viewer in list(self.viewers):
            viewer.show()


class LoopbackScreens:
    """Listens on a loopback port for each running instance; keeps the port while it can."""

    def __init__(self, reactor: IReactorTCP, interface: str = "127.0.0.1") -> None:
        self._reactor = reactor
        self._interface = interface
        self._open: dict[str, Any] = {}

    def follow(self, instance: Instance) -> None:
        if not instance.running:
            self.close(instance.name)
        elif instance.name not in self._open:
            about = f"{instance.beparams['vcpus']} CPU {instance.beparams['maxmem']} MIB"
            factory = RfbFactory(instance.name, about)
            port = self._listen(instance.port or 0, factory)
            self._open[instance.name] = port
            instance.port = port.getHost().port

    def close(self, name: str) -> None:
        port = self._open.pop(name, None)
        if port is not None:
            port.stopListening()
            for viewer in list(port.factory.viewers):
                viewer.transport.loseConnection()

    def close_all(self) -> None:
        for name in list(self._open):
            self.close(name)

    def _listen(self, port: int, factory: Any) -> Any:
        try:
            return self._reactor.listenTCP(port, factory, interface=self._interface)
        except CannotListenError:
            return self._reactor.listenTCP(0, factory, interface=self._interface)
