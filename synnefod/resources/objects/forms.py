"""Files in multipart/form-data bodies, read as they stream in (PIT-183, PIT-184).

CRLF? --BOUNDARY CRLF headers CRLF CRLF data CRLF --BOUNDARY ... CRLF --BOUNDARY-- epilogue
"""

from __future__ import annotations

import re

from synnefod.common.errors import Malformed
from synnefod.objects.interface import Source

MAX_PART_HEAD = 16 * 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_NAME = re.compile(rb'\bname="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class AnotherFile(Exception):
    """The form holds one more file of the same field; the one just read does not count."""


class FormFile:
    """The file of one field of a form, as a body to store: the last complete one wins (6.1, 66).

    `content_type` is that of the part. `read_some` gives its data; at its end it reads on to the
    end of the form, and raises AnotherFile when the field comes again: read that one then.
    """

    def __init__(self, body: Source, content_type: str, field: str) -> None:
        match = _BOUNDARY.search(content_type)
        if match is None:
            raise Malformed("The form has no boundary.")
        boundary = (match[1] or match[2]).encode("utf-8", "surrogateescape")
        self._delimiter = b"\r\n--" + boundary
        self._body = body
        self._field = field.lower().encode()
        self._buffer = bytearray(b"\r\n")
        self._over = False
        self.content_type = ""

    async def open(self) -> bool:
        """Goes to the first data of the field; False when the form has no such field."""
        while await self._piece() is not None:
            pass
        return await self._seek()

    async def read_some(self) -> bytes:
        """Raises Malformed when the form breaks off, AnotherFile as the class says."""
        if self._over:
            return b""
        piece = await self._piece()
        if piece is not None:
            return piece
        if await self._seek():
            raise AnotherFile
        self._over = True
        while await self._body.read_some():
            pass
        return b""

    async def _seek(self) -> bool:
        """From just after a delimiter to the data of the next part of the field."""
        while True:
            head = await self._head()
            if head is None:
                return False
            name = _NAME.search(head)
            if name is not None and name[1].lower() == self._field:
                self.content_type = _type_of(head)
                return True
            while await self._piece() is not None:
                pass

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


def _type_of(head: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            text = value.strip().decode("ascii", "replace")
            return text if text.isprintable() else ""
    return ""
