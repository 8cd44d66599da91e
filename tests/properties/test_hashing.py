"""Block names and roots: the contract's vectors, and laws that hold for all contents."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.blocks import hashing
from synnefod.common.errors import Malformed
from tests.vectors.blocks import BS, VECTORS

digests = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def slow_root(row: list[bytes]) -> bytes:
    """The root by its definition, word by word (2.3)."""
    if len(row) == 1:
        return row[0]
    size = 2
    while size < len(row):
        size *= 2
    row = row + [b"\0" * 32] * (size - len(row))
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=True)
        row = [sha256(left + right).digest() for left, right in pairs]
    return row[0]


class HashingProperties(SynchronousTestCase):
    def test_the_vectors_hold(self) -> None:
        """Every block hash and root of object-storage.md 2.4 is computed."""
        for vector in VECTORS:
            data = vector.content()
            self.assertEqual(len(data), vector.size)
            pieces = [data[at : at + BS] for at in range(0, len(data), BS)] or [b""]
            names = [hashing.block_hash(piece) for piece in pieces]
            self.assertEqual(tuple(name.hex() for name in names), vector.hashes, vector.name)
            self.assertEqual(hashing.merkle_root(names).hex(), vector.root, vector.name)

    @given(st.binary(max_size=200), st.integers(0, 200))
    def test_trailing_zeros_do_not_count(self, data: bytes, zeros: int) -> None:
        """Data and the same data followed by zeros have one name (PIT-188)."""
        self.assertEqual(hashing.block_hash(data), hashing.block_hash(data + bytes(zeros)))

    @given(st.lists(st.binary(max_size=20)), st.integers(0, 50))
    def test_pieces_do_not_count(self, pieces: list[bytes], zeros: int) -> None:
        """A block in pieces is stripped and named as the block in one."""
        pieces = [*pieces, bytes(zeros)]
        stripped = hashing.strip_pieces(pieces)
        self.assertEqual(b"".join(stripped), b"".join(pieces).rstrip(b"\0"))
        self.assertEqual(hashing.name_of_pieces(stripped), hashing.block_hash(b"".join(pieces)))

    @given(digests)
    def test_the_root_is_the_definition_s(self, row: list[bytes]) -> None:
        """The root equals the one computed step by step."""
        self.assertEqual(hashing.merkle_root(row), slow_root(row))

    @given(st.binary(min_size=32, max_size=32))
    def test_one_digest_is_its_own_root(self, digest: bytes) -> None:
        """No further hashing for one block; none gives the empty hash (2.3)."""
        self.assertEqual(hashing.merkle_root([digest]), digest)
        self.assertEqual(hashing.merkle_root([]), hashing.EMPTY)

    @given(st.binary(min_size=32, max_size=32))
    def test_hashes_are_parsed_in_any_case(self, digest: bytes) -> None:
        """Hex digits of any case spell the digest (PIT-135)."""
        self.assertEqual(hashing.parse_hash(digest.hex()), digest)
        self.assertEqual(hashing.parse_hash(digest.hex().upper()), digest)

    @given(st.one_of(st.text(max_size=70), st.integers(), st.none(), st.binary(max_size=64)))
    def test_anything_else_is_no_hash(self, text: object) -> None:
        """What is not 64 hexadecimal digits is Malformed, never an error of ours (PIT-135)."""
        try:
            digest = hashing.parse_hash(text)
        except Malformed:
            return
        self.assertEqual(digest.hex(), str(text).lower())

    def test_blanks_are_no_digits(self) -> None:
        """Blanks that Python's parser would take are refused."""
        for text in (" " * 64, "ab " * 21 + "a", "é" * 64):
            self.assertRaises(Malformed, hashing.parse_hash, text)
