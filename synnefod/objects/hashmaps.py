"""Maps of contents: how many blocks, which bytes of which block. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.blocks.hashing import DIGEST_SIZE, EMPTY, merkle_root, parse_hash
from synnefod.common.errors import Malformed, TooLarge
from synnefod.common.ids import BlockHash
from synnefod.objects.interface import BLOCK_SIZE, MAX_HASHES, DataLost

MAX_SIZE = 2**62
"""Largest size of an object that a row can tell, far above what a map may have."""


@frozen
class Slice:
    """Bytes `start` (inclusive) to `stop` (exclusive) of the block at `index` of a map."""

    index: int
    start: int
    stop: int


def count_for(size: int, block_size: int = BLOCK_SIZE) -> int:
    """How many blocks hold `size` bytes."""
    return -(-size // block_size)


def plan(size: int, start: int, stop: int | None, block_size: int = BLOCK_SIZE) -> list[Slice]:
    """The slices that make up the bytes `start` to `stop` (cut to the size) of a content."""
    end = size if stop is None else min(stop, size)
    slices = []
    while start < end:
        index, inner = divmod(start, block_size)
        upto = min(block_size, end - index * block_size)
        slices.append(Slice(index, inner, upto))
        start = index * block_size + upto
    return slices


def parse(size: object, hashes: object) -> tuple[int, list[BlockHash]]:
    """The size and the digests of a client's hashmap, checked against each other (PIT-134,
    PIT-135). Raises Malformed, or TooLarge beyond MAX_HASHES."""
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MAX_SIZE:
        raise Malformed("Invalid data formatting: 'bytes' is not a size.")
    if not isinstance(hashes, Sequence) or isinstance(hashes, str | bytes):
        raise Malformed("Invalid data formatting: 'hashes' is not a list.")
    if len(hashes) > MAX_HASHES:
        raise TooLarge(f"A hashmap may have {MAX_HASHES} hashes.")
    digests = [parse_hash(text) for text in hashes]
    if size == 0:
        if digests not in ([], [EMPTY]):
            raise Malformed("The hashmap has blocks, but no bytes.")
        return 0, []
    if len(digests) != count_for(size):
        raise Malformed(f"{size} bytes make {count_for(size)} blocks, not {len(digests)}.")
    return size, digests


def root_of(digests: Sequence[bytes]) -> str:
    """The Merkle root in hex."""
    return merkle_root(digests).hex()


def split(stored: bytes | None, size: int, root: str) -> list[BlockHash]:
    """The digests of a stored map, checked against the version (6.5). Raises DataLost."""
    raw = stored or b""
    digests = [
        BlockHash(raw[start : start + DIGEST_SIZE]) for start in range(0, len(raw), DIGEST_SIZE)
    ]
    if len(raw) % DIGEST_SIZE or len(digests) != count_for(size) or root_of(digests) != root:
        raise DataLost("The map of this object is damaged.")
    return digests
