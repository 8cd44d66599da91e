"""Files in multipart/form-data bodies, read as they stream in (PIT-183, PIT-184).

CRLF? --BOUNDARY CRLF headers CRLF CRLF data CRLF --BOUNDARY ... CRLF --BOUNDARY-- epilogue
"""

from __future__ import annotations

import re

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.objects.interface import Source

MAX_PART_HEAD = 16 * 1024
MAX_FIELD = 4096
"""What is read of a field that is no file (5.12)."""
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_NAME = re.compile(rb'(?<![\w-])name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_FILENAME = re.compile(rb'(?<![\w-])filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class AnotherFile(Exception):
    """The form holds one more file of the same field; the one just read does not count."""


@frozen
class Part:
    """The head of a part. `filename` is None for a field that is no file."""

    name: str
    filename: str | None
    content_type: str


class Form:
    """The parts of a form one after another. As a `Source`, the data of the current part."""

    def __init__(self, body: Source, content_type: str) -> None:
        match = _BOUNDARY.search(content_type)
        if match is None:
            raise Malformed("The form has no boundary.")
        boundary = (match[1] or match[2]).encode("utf-8", "surrogateescape")
        self._delimiter = b"\r\n--" + boundary
        self._body = body
        self._buffer = bytearray(b"\r\n")
        self._inside = True
        """Whether data of a part, or what stands before the first, may be left."""

    async def next(self) -> Part | None:
        """The next part, the rest of this one passed over; None at the end of the form, when all
        of the body has been read. Raises Malformed when the form breaks off."""
        while await self.read_some():
            pass
        head = await self._head()
        if head is None:
            while await self._body.read_some():
                pass
            return None
        self._inside = True
        name, file = _NAME.search(head), _FILENAME.search(head)
        filename = _text(file[1]) if file else None
        return Part(_text(name[1]) if name else "", filename, _type_of(head))

    async def read_some(self) -> bytes:
        """Some data of this part, b"" at its end."""
        piece = await self._piece() if self._inside else None
        self._inside = piece is not None
        return piece or b""

    async def text(self) -> str:
        """The beginning of this part, as text."""
        found = b""
        while len(found) < MAX_FIELD and (piece := await self.read_some()):
            found += piece
        return found[:MAX_FIELD].decode("utf-8", "surrogateescape")

    async def _head(self) -> bytes | None:
        """The headers of the part that begins here; None after the last part."""
        await self._need(2)
        if self._buffer.startswith(b"--"):
            return None
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_PART_HEAD:
                raise Malformed("The headers of a part of the form are too large.")
            await self._more()
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head

    async def _piece(self) -> bytes | None:
        """Data up to the next delimiter, in pieces; None when it is reached and consumed."""
        while True:
            at = self._buffer.find(self._delimiter)
            if at == 0:
                del self._buffer[: len(self._delimiter)]
                return None
            keep = len(self._delimiter) - 1
            cut = at if at > 0 else len(self._buffer) - keep
            if cut > 0:
                piece = bytes(self._buffer[:cut])
                del self._buffer[:cut]
                return piece
            await self._more()

    async def _need(self, size: int) -> None:
        while len(self._buffer) < size:
            await self._more()

    async def _more(self) -> None:
        data = await self._body.read_some()
        if not data:
            raise Malformed("The form ends before its closing boundary.")
        self._buffer += data


class FormFile:
    """The file of one field of a form, as a body to store: the last complete one wins (6.1, 66).

    `content_type` is that of the part. `read_some` gives its data; at its end it reads on to the
    end of the form, and raises AnotherFile when the field comes again: read that one then.
    """

    def __init__(self, body: Source, content_type: str, field: str) -> None:
        self._form = Form(body, content_type)
        self._field = field.lower()
        self._over = False
        self.content_type = ""

    async def open(self) -> bool:
        """Goes to the next data of the field; False when the form has no more of it."""
        while (part := await self._form.next()) is not None:
            if part.name.lower() == self._field:
                self.content_type = part.content_type
                return True
        return False

    async def read_some(self) -> bytes:
        """Raises Malformed when the form breaks off, AnotherFile as the class says."""
        if self._over:
            return b""
        piece = await self._form.read_some()
        if not piece:
            if await self.open():
                raise AnotherFile
            self._over = True
        return piece


def _text(raw: bytes) -> str:
    return raw.replace(b'\\"', b'"').decode("utf-8", "surrogateescape")


def _type_of(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            text = value.strip().decode("ascii", "replace")
            return text if text.isprintable() else ""
    return ""
