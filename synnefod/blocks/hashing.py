"""The names of blocks and of whole contents (object-storage.md 2.2, 2.3). Pure.

Note [Trailing zeros]. A block's name is the hash of its data without trailing zero bytes, and
that is also how it is stored. So the root of a map does not bind the length of the content:
contents are identified by (size, root), never by the root alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from synnefod.common.errors import Malformed
from synnefod.common.ids import BlockHash

DIGEST_SIZE = 32
EMPTY = BlockHash(sha256(b"").digest())
"""The name of no data; this block exists always and is never stored."""
_PAD = bytes(DIGEST_SIZE)


def strip_pieces(pieces: Sequence[bytes]) -> list[bytes]:
    """The data of `pieces` without trailing zero bytes, as pieces; nothing else is copied."""
    kept = list(pieces)
    while kept:
        last = kept[-1]
        if last and last[-1]:
            break
        last = last.rstrip(b"\0")
        if last:
            kept[-1] = last
            break
        kept.pop()
    return kept


def name_of_pieces(stripped: Sequence[bytes]) -> BlockHash:
    """The name of a block whose data `strip_pieces` has gone over."""
    digest = sha256()
    for piece in stripped:
        digest.update(piece)
    return BlockHash(digest.digest())


def block_hash(data: bytes) -> BlockHash:
    """The name of the block that holds `data` (PIT vectors of 2.4)."""
    if data and data[-1]:
        return BlockHash(sha256(data).digest())
    return BlockHash(sha256(data.rstrip(b"\0")).digest())


def merkle_root(digests: Sequence[bytes]) -> bytes:
    """The root over a map: padded with zero digests to a power of two, hashed pairwise.

    One digest is its own root; none gives the hash of no data.
    """
    if not digests:
        return EMPTY
    if len(digests) == 1:
        return bytes(digests[0])
    size = 1 << (len(digests) - 1).bit_length()
    row = list(digests)
    row += [_PAD] * (size - len(row))
    while len(row) > 1:
        row = [sha256(row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def parse_hash(text: object) -> BlockHash:
    """The digest that 64 hex digits of any case spell (PIT-135). Raises Malformed."""
    if isinstance(text, str) and len(text) == 2 * DIGEST_SIZE and text.isascii():
        try:
            digest = bytes.fromhex(text)
        except ValueError:
            digest = b""
        if len(digest) == DIGEST_SIZE:
            return BlockHash(digest)
    raise Malformed("A hash is not 64 hexadecimal digits.")
