"""Where the data of images lies, and how it is read on its way in."""

from __future__ import annotations

import hashlib
from urllib.parse import unquote

from attrs import define, field

from synnefod.common.errors import Malformed
from synnefod.common.principal import Principal
from synnefod.common.threads import IThreads
from synnefod.images.interface import Data, Image
from synnefod.objects.interface import Place


@define
class Digesting:
    """A body whose SHA-512 is known when it has passed."""

    body: Data
    threads: IThreads
    sha512: hashlib._Hash = field(factory=hashlib.sha512, init=False)

    async def read_some(self) -> bytes:
        data = await self.body.read_some()
        if data:
            await self.threads.cpu(self.sha512.update, data)
        return data


class Nothing:
    """A body of no bytes."""

    async def read_some(self) -> bytes:
        return b""


def as_owner(image: Image) -> Principal:
    """Whoever changes what an image says of itself for its owner."""
    return Principal(image.owner, "", None)


def place_of(image: Image) -> Place:
    return parse_location(image.location, quoted=False)


def parse_location(location: str, *, quoted: bool = True) -> Place:
    """`pithos://account/container/object` (IMG-011). Raises Malformed."""
    scheme, _, rest = location.partition("://")
    parts = rest.split("/", 2)
    if scheme != "pithos" or len(parts) < 3 or not all(parts):
        raise Malformed(f"'{location[:128]}' is not a location: pithos://account/container/object")
    if quoted:
        try:
            parts = [unquote(part, errors="strict") for part in parts]
        except UnicodeDecodeError:
            raise Malformed("The location is not valid UTF-8.") from None
    return Place(*parts)
