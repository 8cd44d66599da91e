"""What a log line never shows."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.log import redact, without_secrets


class Secrets(SynchronousTestCase):
    def test_a_field_that_speaks_of_a_secret_is_masked(self) -> None:
        """Text and bytes of such a field are masked, each time; numbers are kept."""
        for _ in range(2):
            self.assertEqual(redact("auth_token", "abc"), "***")
            self.assertEqual(redact("Password", b"abc"), "***")
        self.assertEqual(redact("token_lifetime", 300), 300)

    def test_a_secret_inside_a_url_is_masked(self) -> None:
        """The value is masked in any field, also in bytes; the rest of the text stays."""
        self.assertEqual(redact("path", "/a?token=abc&b=1"), "/a?token=***&b=1")
        self.assertEqual(redact("path", b"/a?Signature=abc"), "/a?Signature=***")
        self.assertEqual(without_secrets("no secret here"), "no secret here")
