"""Maps and the planning of ranges over them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.blocks.hashing import EMPTY
from synnefod.common.errors import Malformed, TooLarge
from synnefod.objects import hashmaps
from synnefod.objects.interface import BLOCK_SIZE, DataLost

garbage: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


class RangeProperties(SynchronousTestCase):
    @given(
        st.binary(max_size=60),
        st.integers(1, 9),
        st.integers(0, 80),
        st.none() | st.integers(0, 80),
    )
    def test_slices_make_up_the_range(
        self, content: bytes, block: int, start: int, stop: int | None
    ) -> None:
        """The slices of blocks, joined, are the bytes asked for, for every range (PIT-112)."""
        blocks = [content[at : at + block] for at in range(0, len(content), block)]
        plan = hashmaps.plan(len(content), start, stop, block)
        joined = b"".join(blocks[part.index][part.start : part.stop] for part in plan)
        self.assertEqual(joined, content[start:stop])

    @given(st.integers(0, 2**50), st.integers(0, 2**50), st.integers(0, 3 * BLOCK_SIZE))
    def test_no_slice_is_empty_and_no_block_comes_twice(
        self, size: int, start: int, length: int
    ) -> None:
        """A plan names each block once, ascending, within the content."""
        plan = hashmaps.plan(size, start, start + length)
        indices = [part.index for part in plan]
        self.assertEqual(indices, sorted(set(indices)))
        self.assertTrue(all(0 <= p.start < p.stop <= BLOCK_SIZE for p in plan))
        self.assertTrue(all(index < hashmaps.count_for(size) for index in indices))

    @given(st.integers(0, 2**62))
    def test_the_count_holds_the_size_exactly(self, size: int) -> None:
        """So many blocks are enough, one less is not (PIT-134)."""
        count = hashmaps.count_for(size)
        self.assertGreaterEqual(count * BLOCK_SIZE, size)
        self.assertTrue(count == 0 or (count - 1) * BLOCK_SIZE < size)


class MapProperties(SynchronousTestCase):
    @given(garbage, garbage)
    def test_garbage_is_malformed(self, size: Any, hashes: Any) -> None:
        """Whatever a client sends is parsed or refused in our words (6.1 rows 37 to 39)."""
        try:
            parsed, digests = hashmaps.parse(size, hashes)
        except (Malformed, TooLarge):
            return
        self.assertEqual(len(digests), hashmaps.count_for(parsed))

    @given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=9), st.data())
    def test_a_stored_map_is_read_back(self, digests: list[bytes], data: Any) -> None:
        """What was stored with its root is split into the same digests, and nothing else is
        (object-storage.md 6.5)."""
        most = len(digests) * BLOCK_SIZE
        size = data.draw(st.integers(most - BLOCK_SIZE + 1, most))
        stored, root = b"".join(digests), hashmaps.root_of(digests)
        self.assertEqual(hashmaps.split(stored, size, root), digests)
        for broken, other in (
            (stored[:-1], size),
            (stored + digests[0], size),
            (stored, size + BLOCK_SIZE),
            (bytes([stored[0] ^ 1]) + stored[1:], size),
            (None, size),
        ):
            self.assertRaises(DataLost, hashmaps.split, broken, other, root)

    def test_nothing_has_no_blocks(self) -> None:
        """No bytes: an empty list or the one empty hash (PIT-134)."""
        for hashes in ([], [EMPTY.hex()]):
            self.assertEqual(hashmaps.parse(0, hashes), (0, []))
        self.assertRaises(Malformed, hashmaps.parse, 0, [EMPTY.hex()] * 2)
