"""synnefod.protocols.amqp.codec: tables of every shape survive the wire."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.protocols.amqp.codec import UnknownFieldType, decode_table, encode_table

names = st.text(max_size=40)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=64)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5),
    max_leaves=20,
)


class Tables(SynchronousTestCase):
    @given(st.dictionaries(names, values, max_size=6))
    def test_a_table_survives(self, table: dict[str, object]) -> None:
        self.assertEqual(decode_table(encode_table(table)), table)

    @given(st.dictionaries(names, values, max_size=4), st.data())
    def test_a_cut_table_is_an_error_and_nothing_else(
        self, table: dict[str, object], data: st.DataObject
    ) -> None:
        raw = encode_table(table)
        cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
        self.assertRaises((ValueError, struct.error), decode_table, cut)

    @given(st.binary(max_size=200))
    def test_noise_is_an_error_or_a_table(self, noise: bytes) -> None:
        try:
            decode_table(struct.pack(">L", len(noise)) + noise)
        except ValueError:
            return

    def test_types_that_only_others_write_are_read(self) -> None:
        fields = {
            b"b\xff": -1, b"B\xff": 255, b"s\xff\xfe": -2, b"u\xff\xfe": 65534,
            b"I\xff\xff\xff\xfd": -3, b"i\xff\xff\xff\xfd": 2**32 - 3,
            b"l" + b"\xff" * 8: -1, b"L" + b"\xff" * 8: 2**64 - 1,
            b"f\x40\x20\x00\x00": 2.5, b"D\x02\x00\x00\x00\x7b": Decimal("1.23"),
            b"T\x00\x00\x00\x00\x00\x00\x00\x07": 7, b"V": None, b"x\x00\x00\x00\x01\xff": b"\xff",
            b"S\x00\x00\x00\x01\xff": b"\xff", b"t\x01": True,
        }  # fmt: skip
        for field, value in fields.items():
            raw = b"\x01k" + field
            self.assertEqual(decode_table(struct.pack(">L", len(raw)) + raw), {"k": value})

    def test_nan_survives(self) -> None:
        self.assertTrue(math.isnan(decode_table(encode_table({"k": math.nan}))["k"]))

    def test_what_has_no_wire_form_is_an_error(self) -> None:
        deep: list[object] = []
        for _ in range(100):
            deep = [deep]
        for value in (2**63, -(2**63) - 1, object(), {1, 2}, deep):
            self.assertRaises(UnknownFieldType, encode_table, {"k": value})
        self.assertRaises(UnknownFieldType, encode_table, {"k" * 256: 1})
