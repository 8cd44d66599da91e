"""HTTP by hand over a socket: says exactly the bytes it is told, and reads answers strictly."""

import contextlib
import json
import socket
import time
from collections.abc import Mapping
from typing import Any

from attrs import frozen


class BrokenAnswer(AssertionError):
    """What came is no complete HTTP answer; the text holds its beginning."""


@frozen
class Answer:
    """One answer; header names are lower case, the last of equal ones wins."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection, opened when needed and again after the server closed it.

    `address` is (host, port) or the path of a Unix socket.
    """

    def __init__(self, address: tuple[str, int] | str, *, timeout: float = 30.0) -> None:
        self.address = address
        self.timeout = timeout
        self._socket: socket.socket | None = None
        self._buffer = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> socket.socket:
        if self._socket is None:
            unix = isinstance(self.address, str)
            made = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
            made.settimeout(self.timeout)
            made.connect(self.address)
            self._socket, self._buffer = made, b""
        return self._socket

    def close(self, *, reset: bool = False) -> None:
        """Closes; `reset` sends RST instead of FIN."""
        if self._socket is None:
            return
        if reset and not isinstance(self.address, str):
            linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()
        self._socket = None

    def send(self, data: bytes) -> None:
        """Sends; a server that has hung up already is no error, its answer may be waiting."""
        with contextlib.suppress(ConnectionError):
            self.open().sendall(data)

    def end(self) -> None:
        """No more bytes will come from here."""
        with contextlib.suppress(OSError):
            self.open().shutdown(socket.SHUT_WR)

    def read(self, *, head: bool = False) -> Answer | None:
        """The next answer (100 is passed over); None when the connection ended before one began.

        Raises BrokenAnswer for half an answer and TimeoutError when nothing comes.
        """
        while True:
            answer = self._read(head)
            if answer is None or answer.status >= 200:
                return answer

    def exchange(
        self,
        method: str,
        target: str | bytes,
        headers: Mapping[str, str | bytes] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """One well framed request and its answer, on the open connection if there is one."""
        told: dict[str, str | bytes] = {"Host": "localhost", **(headers or {})}
        if body is not None:
            told.setdefault("Content-Length", str(len(body)))
        lines = [method.encode() + b" " + _bytes(target) + b" HTTP/1.1"]
        lines += [name.encode() + b": " + _bytes(value) for name, value in told.items()]
        data = b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")
        for fresh in (False, True):
            if fresh:
                self.close()
            self.send(data)
            try:
                answer = self.read(head=method == "HEAD")
            except ConnectionError:
                answer = None
            if answer is not None:
                if answer.headers.get("connection", "").lower() == "close":
                    self.close()
                return answer
        raise BrokenAnswer(f"no answer to {method} {target!r}")

    def _read(self, head: bool) -> Answer | None:
        while b"\r\n\r\n" not in self._buffer:
            if not self._more():
                if self._buffer:
                    raise BrokenAnswer(repr(self._buffer[:200]))
                return None
        top, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        lines = top.split(b"\r\n")
        words = lines[0].split(b" ", 2)
        if len(words) < 3 or not words[0].startswith(b"HTTP/1."):
            raise BrokenAnswer(repr(lines[0]))
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon:
                raise BrokenAnswer(f"header {line!r}")
            headers[name.decode("latin-1").lower()] = value.strip().decode("utf-8", "replace")
        status = int(words[1])
        return Answer(status, headers, self._body(status, headers, head))

    def _body(self, status: int, headers: Mapping[str, str], head: bool) -> bytes:
        if head or status < 200 or status in (204, 304):
            return b""
        if headers.get("content-type", "").startswith("text/event-stream"):
            self.close()  # It has no end; its head is the answer.
            return b""
        if headers.get("transfer-encoding") == "chunked":
            return self._chunks()
        if "content-length" in headers:
            return self._take(int(headers["content-length"]))
        while self._more():
            pass
        data, self._buffer = self._buffer, b""
        return data

    def _chunks(self) -> bytes:
        data = b""
        while True:
            while b"\r\n" not in self._buffer:
                self._need()
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            data += self._take(size)
            if self._take(2) != b"\r\n":
                raise BrokenAnswer("a chunk without its end")
            if size == 0:
                return data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._need()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _need(self) -> None:
        if not self._more():
            raise BrokenAnswer(f"cut off after {self._buffer[:200]!r}")

    def _more(self) -> bool:
        data = self.open().recv(1 << 16)
        self._buffer += data
        return bool(data)


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def closes_within(wire: Wire, seconds: float) -> bool:
    """Whether the server ends the connection in time."""
    made = wire.open()
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        made.settimeout(left)
        try:
            if not made.recv(1 << 16):
                return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
    return False
