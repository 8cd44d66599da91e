"""What a client may send as JSON."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.common.jsonio import DEPTH_LIMIT, parse_sent


class Sent(SynchronousTestCase):
    def test_nesting_up_to_the_limit_is_read(self) -> None:
        """64 levels are read, in any mixture, and many shallow values beside them."""
        deep = b'{"a":[' * (DEPTH_LIMIT // 2) + b"]}" * (DEPTH_LIMIT // 2)
        self.assertTrue(parse_sent(deep))
        self.assertEqual(len(parse_sent(b"[" + b"[]," * 1000 + b"{}]")), 1001)

    def test_deeper_nesting_is_refused(self) -> None:
        """The 65th level is refused, however it is mixed, closed or not."""
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            inner = opening * (DEPTH_LIMIT + 1)
            self.assertRaises(Malformed, parse_sent, inner + b"1" + closing * (DEPTH_LIMIT + 1))
            self.assertRaises(Malformed, parse_sent, inner)

    def test_brackets_in_texts_are_no_nesting(self) -> None:
        """Brackets, quotes and backslashes inside strings are text."""
        text = "[{" * 200 + '"' + "\\"
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').encode()
        self.assertEqual(parse_sent(b'["' + escaped + b'"]'), [text])

    def test_a_nul_is_refused_and_its_look_alike_is_not(self) -> None:
        r"""`\u0000` is refused in values and keys; `\\u0000` is six characters of text."""
        for raw in (rb'"\u0000"', rb'{"a\u0000":1}', rb'"\\\u0000"', rb'"\\\\\u0000x"'):
            self.assertRaises(Malformed, parse_sent, raw)
        self.assertEqual(parse_sent(rb'"\\u0000"'), "\\u0000")
        self.assertEqual(parse_sent(rb'"\\\\u0000"'), "\\\\u0000")
