"""Blocks as objects of a Ceph pool (object-storage.md 2.7.3).

    <namespace>             <64 hex digits>           one block, trailing zeros stripped
                              xattr touched           last use, decimal seconds
                              xattr seal              blocks/seal, of all but small ones
                              xattr aside             when it was set aside; empty: it is not
    <namespace>.aside       <64 hex digits>           marks a block that may be set aside
    <namespace>.quarantine  <64 hex digits>.<micros>  failed its check when it was read

Note [One write]. A block and its last use are one atomic write, acknowledged by all replicas, so
there is never half a block and nothing to clean. Whatever takes a block away is conditional on the
state in which it was looked at (attributes, version): who renews a block's use in between wins.

Note [Set aside in place]. RADOS knows no rename: a block is set aside by an attribute, which any
use clears. The marks in a namespace of their own are written before it, so that what is set aside
is found without a look at every block; a mark too many is harmless and goes at the next look.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from twisted.logger import Logger
from zope.interface import implementer

from synnefod.blocks import hashing
from synnefod.blocks.cephgate import LOOKS, CephGate, CephSettings
from synnefod.blocks.interface import (
    BLOCK_SIZE,
    BlockCorrupt,
    BlockMissing,
    BlocksUnavailable,
    IBlockStore,
    IReclaims,
)
from synnefod.blocks.librados import CHANGED, NOT_THERE, Change, Found
from synnefod.blocks.reclaim import FOLDERS
from synnefod.blocks.seal import Seal, is_block, sealed
from synnefod.common import metrics
from synnefod.common.clockwork import gather
from synnefod.common.ids import BlockHash
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros

T = TypeVar("T")
log = Logger()
_SMALL = 64 * 1024
"""Bytes up to which hashing costs less than the trip to a thread."""


@implementer(IBlockStore, IReclaims)
class RadosBlocks:
    """A block store in a namespace of a pool, not connected yet. With a `seal`, blocks that carry
    it are not hashed when they are read."""

    def __init__(
        self, settings: CephSettings, threads: Any, reactor: Any, seal: Seal | None = None
    ) -> None:
        self._seal = seal
        self._gate = CephGate(settings, threads, reactor)
        self._threads = threads
        self._reactor = reactor

    # -- IBlockStore

    async def put(self, name: BlockHash, data: bytes) -> bool:
        return await self._put(name, bytes(data).rstrip(b"\0"))

    async def store(self, pieces: Sequence[bytes]) -> BlockHash:
        refuse_inside("a block is put")
        if sum(map(len, pieces)) <= _SMALL:
            name, data = _named(pieces)
        else:
            name, data = await self._threads.cpu(_named, pieces)
        await self._put(name, data)
        return name

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes:
        refuse_inside("a block is read")
        if name == hashing.EMPTY:
            return b""
        # A damaged block that another has healed or used since it was read is read again.
        for _ in range(4):
            found = await self._found(name, BLOCK_SIZE + 1)
            data = await self._checked(name, found, rehash)
            if data is not None:
                if found.xattrs.get("aside"):
                    await self._touched(name)
                metrics.block_bytes.labels("rados", "out").inc(len(data))
                return data
            if await self._quarantined(name, found):
                break
        raise BlockCorrupt(f"The block {name.hex()} is damaged.")

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        asked = [name for name in dict.fromkeys(names) if name != hashing.EMPTY]
        refuse_inside("blocks are looked up")
        absent: list[BlockHash] = []
        for start in range(0, len(asked), LOOKS):
            some = asked[start : start + LOOKS]
            there = await gather([self._renewed(name) for name in some])
            absent += [name for name, known in zip(some, there, strict=True) if not known]
        return absent

    async def delete(self, name: BlockHash) -> None:
        await self._gate.change("delete", "blocks", name.hex(), Change(remove=True), NOT_THERE)

    async def check(self) -> None:
        oid = f"check-{secrets.token_hex(8)}"
        await self._gate.change("check", "blocks", oid, Change(data=b"check"))
        found = await self._gate.look("check", "blocks", oid, 5)
        await self._gate.change("check", "blocks", oid, Change(remove=True), NOT_THERE)
        if found is None or found.data() != b"check":
            raise BlocksUnavailable("The block store does not give back what it was given.")

    async def stop(self) -> None:
        await self._gate.stop()

    # -- IReclaims

    async def clean(self, older_than: float) -> int:
        refuse_inside("leftovers are removed")
        return 0

    async def idle(self, folder: int, before: float) -> list[tuple[BlockHash, int]]:
        found = await self._listed("blocks", folder, FOLDERS)
        return [
            (name, each.size)
            for name, each in found
            if _used(each) < before and not each.xattrs.get("aside")
        ]

    async def set_aside(self, names: Sequence[BlockHash], before: float) -> int:
        return sum(await self._each(names, lambda name: self._set_aside(name, before)))

    async def aside(self, before: float) -> list[tuple[BlockHash, int]]:
        marked = await self._names("aside")
        found = await self._each(marked, self._seen)
        kept = []
        for name, each in zip(marked, found, strict=True):
            if each is None or not each.xattrs.get("aside"):
                await self._unmarked(name)
            elif float(each.xattrs["aside"]) < before:
                kept.append((name, each.size))
        return kept

    async def take_back(self, names: Sequence[BlockHash]) -> int:
        # The last use stays as it was.
        change = Change(exists=True, xattrs={"aside": b""})
        return sum(await self._each(names, lambda name: self._done(name, change)))

    async def give_up(self, names: Sequence[BlockHash], before: float) -> int:
        return sum(await self._each(names, lambda name: self._give_up(name, before)))

    # -- blocks

    async def _put(self, name: BlockHash, stripped: bytes) -> bool:
        refuse_inside("a block is put")
        if name == hashing.EMPTY:
            return False
        if await self._renewed(name):
            metrics.blocks_written.labels("rados", "known").inc()
            return False
        seal = sealed(self._seal, name, [stripped])
        change = Change(data=stripped, xattrs=self._now() | ({"seal": seal} if seal else {}))
        await self._gate.change("put", "blocks", name.hex(), change)
        metrics.blocks_written.labels("rados", "new").inc()
        metrics.block_bytes.labels("rados", "in").inc(len(stripped))
        return True

    async def _renewed(self, name: BlockHash) -> bool:
        """Whether a block is there, its last use being now. One without bytes is none (6.5)."""
        there, found = await gather([self._touched(name), self._seen(name)])
        return bool(there) and isinstance(found, Found) and found.size > 0

    async def _touched(self, name: BlockHash) -> bool:
        return await self._done(name, Change(exists=True, xattrs=self._now()))

    def _now(self) -> dict[str, bytes]:
        return {"touched": _decimal(self._reactor.seconds()), "aside": b""}

    async def _done(self, name: BlockHash, change: Change) -> bool:
        """Whether the conditions of a change held."""
        none = await self._gate.change("touch", "blocks", name.hex(), change, NOT_THERE, *CHANGED)
        return none is not None

    async def _found(self, name: BlockHash, most: int) -> Found:
        found = await self._gate.look("get", "blocks", name.hex(), most)
        if found is None:
            raise BlockMissing(f"The block {name.hex()} is not stored.")
        return found

    async def _seen(self, name: BlockHash) -> Found | None:
        return await self._gate.look("look", "blocks", name.hex(), 0)

    async def _checked(self, name: BlockHash, found: Found, rehash: bool) -> bytes | None:
        seal = b"" if rehash else found.xattrs.get("seal", b"")
        if found.read <= _SMALL:
            return self._whole(name, found, seal)
        data: bytes | None = await self._threads.cpu(self._whole, name, found, seal)
        return data

    def _whole(self, name: BlockHash, found: Found, seal: bytes) -> bytes | None:
        """The bytes that were read if they are the block's."""
        data = found.data()
        return data if is_block(self._seal, name, data, seal) else None

    async def _quarantined(self, name: BlockHash, found: Found) -> bool:
        """Moves a damaged block away unless it was changed since; it is missing then."""
        log.critical("The block {block} is damaged; it is set aside", block=name.hex())
        metrics.block_corrupt.labels("rados").inc()
        oid = f"{name.hex()}.{micros(self._reactor.seconds())}"
        await self._gate.change("quarantine", "quarantine", oid, Change(data=found.data()))
        gone = Change(version=found.version, remove=True)
        done = await self._gate.change(
            "quarantine", "blocks", name.hex(), gone, *CHANGED, NOT_THERE
        )
        return done is not None

    # -- setting aside

    async def _set_aside(self, name: BlockHash, before: float) -> bool:
        found = await self._seen(name)
        if found is None or _used(found) >= before or found.xattrs.get("aside"):
            return False
        await self._gate.change("aside", "aside", name.hex(), Change(data=b""))
        touched = found.xattrs.get("touched", b"")
        aside = _decimal(self._reactor.seconds())
        change = Change(exists=True, equal={"touched": touched}, xattrs={"aside": aside})
        return await self._done(name, change)

    async def _give_up(self, name: BlockHash, before: float) -> bool:
        found = await self._seen(name)
        aside = found.xattrs.get("aside", b"") if found else b""
        if found is None or not aside or float(aside) >= before:
            return False
        equal = {"aside": aside, "touched": found.xattrs.get("touched", b"")}
        gone = await self._done(name, Change(equal=equal, remove=True))
        if gone:
            await self._unmarked(name)
        return gone

    async def _unmarked(self, name: BlockHash) -> None:
        await self._gate.change("aside", "aside", name.hex(), Change(remove=True), NOT_THERE)

    async def _listed(self, pool: str, part: int, parts: int) -> list[tuple[BlockHash, Found]]:
        names = await self._names(pool, part, parts)
        found = await self._each(names, self._seen)
        return [(name, each) for name, each in zip(names, found, strict=True) if each]

    async def _names(self, pool: str, part: int = 0, parts: int = 1) -> list[BlockHash]:
        found = await self._gate.names(pool, part, parts)
        return [BlockHash(bytes.fromhex(each)) for each in found if _is_name(each)]

    async def _each(
        self, names: Sequence[BlockHash], work: Callable[[BlockHash], Awaitable[T]]
    ) -> list[T]:
        results: list[T] = []
        for start in range(0, len(names), LOOKS):
            results += await gather([work(name) for name in names[start : start + LOOKS]])
        return results


def _named(pieces: Sequence[bytes]) -> tuple[BlockHash, bytes]:
    stripped = hashing.strip_pieces(pieces)
    return hashing.name_of_pieces(stripped), b"".join(stripped)


def _used(found: Found) -> float:
    """A block's last use; of one that another program wrote, its last change."""
    try:
        return float(found.xattrs["touched"])
    except (KeyError, ValueError):
        return found.mtime


def _decimal(seconds: float) -> bytes:
    return f"{seconds:.6f}".encode()


def _is_name(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
