"""Content-addressed blocks: at most `BLOCK_SIZE` bytes each, named by the SHA-256 of their data.

The name of a block is the digest of its bytes with trailing zero bytes stripped
(object-storage.md 2.2), which `blocks/hashing` computes; drivers take names as given by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from attrs import frozen
from zope.interface import Attribute, Interface

from synnefod.common.errors import CorruptData, NoSpace, NotFound, Unavailable
from synnefod.common.ids import BlockHash

BLOCK_SIZE = 4 * 1024 * 1024


class BlockMissing(NotFound):
    """The store holds no block of this name."""


class BlockCorrupt(CorruptData):
    """The stored bytes are not those that the block's name says."""


class BlocksUnavailable(Unavailable):
    """The block store does not answer, is full or is read-only."""


class BlocksFull(BlocksUnavailable, NoSpace):
    """The block store has no room, or may not be written to; what it has can be read."""


class Blocks(Protocol):
    """IBlockStore as a static type."""

    async def put(self, name: BlockHash, data: bytes) -> bool: ...

    async def store(self, pieces: Sequence[bytes]) -> BlockHash: ...

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes: ...

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]: ...

    async def delete(self, name: BlockHash) -> None: ...

    async def check(self) -> None: ...

    async def stop(self) -> None: ...


class IBlockStore(Interface):
    """Keeps blocks. Every driver passes `tests/contracts/blocks.py`."""

    def put(name: BlockHash, data: bytes) -> Any:
        """Awaitable of a bool; durable when it fires (fsync of file and folder, or the pool's ack).

        True if the block was written, False if it was there already (nothing is written then, but
        its last-use time is renewed so that a collector spares it). `data` is already named:
        the caller computed `name` from it. Raises BlocksUnavailable; a failure leaves no block.
        """

    def store(pieces: Sequence[bytes]) -> Any:
        """Awaitable of the name of the block that `pieces` make up, after a `put` of it.

        Naming and putting take one trip to a thread. `pieces` together are at most BLOCK_SIZE
        bytes and are not changed by the caller until it fires. Raises as `put` does.
        """

    def get(name: BlockHash, *, rehash: bool = False) -> Any:
        """Awaitable of the stored bytes, checked before it fires: against `name`, or, unless they
        are to be hashed again, by a seal that says the same (blocks/seal).

        Raises BlockMissing, BlockCorrupt, BlocksUnavailable. Trailing zeros may be absent: the
        caller pads to the length that its map says.
        """

    def missing(names: Sequence[BlockHash]) -> Any:
        """Awaitable of those of `names` that are not stored, in order, without repetition.

        Renews the last-use time of those that are.
        """

    def delete(name: BlockHash) -> Any:
        """Awaitable; the block is gone. Deleting twice is deleting once."""

    def check() -> Any:
        """Awaitable of None when the store can be read and written; raises BlocksUnavailable."""

    def stop() -> Any:
        """Awaitable; what the store holds of the outside is let go. It is used no more then."""


class Reclaims(Protocol):
    """IReclaims as a static type."""

    async def idle(self, folder: int, before: float) -> list[tuple[BlockHash, int]]: ...

    async def set_aside(self, names: Sequence[BlockHash], before: float) -> int: ...

    async def aside(self, before: float) -> list[tuple[BlockHash, int]]: ...

    async def take_back(self, names: Sequence[BlockHash]) -> int: ...

    async def give_up(self, names: Sequence[BlockHash], before: float) -> int: ...

    async def clean(self, older_than: float) -> int: ...


class IReclaims(Interface):
    """A block store from which unused blocks can be removed, in two steps (object-storage.md 6.4).

    A block that is set aside is taken back by whoever puts it, asks for it or reads it. Times are
    seconds of the store's clock; all raise BlocksUnavailable.
    """

    def idle(folder: int, before: float) -> Any:
        """Awaitable of (name, bytes) of blocks whose last use was before a time; `folder` (0 to
        255) is one of the parts that the store is looked through in."""

    def set_aside(names: Sequence[BlockHash], before: float) -> Any:
        """Awaitable of how many were set aside: those whose last use is still before a time."""

    def aside(before: float) -> Any:
        """Awaitable of (name, bytes) of the blocks that were set aside before a time."""

    def take_back(names: Sequence[BlockHash]) -> Any:
        """Awaitable of how many are in their place again."""

    def give_up(names: Sequence[BlockHash], before: float) -> Any:
        """Awaitable of how many are gone for ever: set aside before a time, not used since."""

    def clean(older_than: float) -> Any:
        """Awaitable of how many unfinished writes older than so many seconds were removed."""


@frozen
class Moved:
    """A portion of a move: blocks (and bytes) that were copied, blocks that had been, and the
    names of those that the old store cannot give. `after` is where to go on, None at the end."""

    copied: int
    bytes: int
    known: int
    lost: tuple[BlockHash, ...]
    after: BlockHash | None


class Moves(Protocol):
    """IMoves as a static type."""

    source: str
    target: str

    async def move(self, part: int, after: BlockHash | None, limit: int) -> Moved: ...


class IMoves(Interface):
    """A block store that is changing from one driver to another (OPS-063)."""

    source: str = Attribute("The driver that the blocks come from.")
    target: str = Attribute("The driver that they go to.")

    def move(part: int, after: BlockHash | None, limit: int) -> Any:
        """Awaitable of Moved: up to `limit` blocks of one of 256 parts, those behind `after`.

        Every block is read back from the new store and checked before it counts. Doing it again
        does no harm. Raises BlocksUnavailable.
        """
