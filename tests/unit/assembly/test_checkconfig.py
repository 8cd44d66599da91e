"""Settings files as `check-config` and `show-config` read them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.checkconfig import main, problems, shown
from synnefod.config import ConfigError

BAD = """[server]
port = "eighty"
prot = 8080
AMQP_HOSTS = []

[ganeti]
timeout = -1

[databse]
url = "sqlite"
"""


class Checking(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = Path(self.mktemp())

    def exit_of(self, *words: str) -> int:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return main([*words, str(self.file)])

    def test_every_problem_is_told_with_its_line(self) -> None:
        """OPS-142"""
        self.file.write_text(BAD)
        found = problems(str(self.file), {"SYNNEFOD_SERVER_HOST": "x"})
        places = [text.removeprefix(f"{self.file}:").partition(":")[0] for text in found]
        self.assertEqual(places, ["2", "3", "4", "7", "9", "SYNNEFOD_SERVER_HOST"])
        self.assertIn("did you mean server.port?", found[1])
        self.assertIn("here it is bus.url", found[2])
        self.assertIn("did you mean database?", found[4])
        self.assertEqual(self.exit_of("check"), 1)

    def test_rules_about_several_settings_are_looked_at_when_each_is_good(self) -> None:
        """OPS-142"""
        self.file.write_text('[tls]\ncertificate = "x"\n')
        self.assertIn("tls.certificate, tls.key: give both", problems(str(self.file), {})[0])

    def test_a_good_file_is_good_and_an_unreadable_one_ends_with_2(self) -> None:
        """OPS-142"""
        self.file.write_text("[server]\nport = 8081\n")
        self.assertEqual((problems(str(self.file), {}), self.exit_of("check")), ([], 0))
        self.file.write_text("[server\n")
        self.assertRaises(ConfigError, problems, str(self.file), {})
        self.assertEqual(self.exit_of("check"), 2)

    def test_values_in_force_tell_their_origin_and_no_secret(self) -> None:
        """OPS-143"""
        self.file.write_text(
            '[bus]\nurl = "amqp://me:geheim@host/"\n[mail]\npassword = "geheim"\n'
            '[database]\nurl = "postgresql:host=x password=geheim"\n'
        )
        text = shown(str(self.file), {"SYNNEFOD_SERVER_PORT": "81"}, origin=True)
        self.assertNotIn("geheim", text)
        self.assertIn('url = "amqp://me:***@host/"', text)
        self.assertIn("port = 81  # SYNNEFOD_SERVER_PORT", text)
        self.assertIn(f'password = "***"  # {self.file}:4', text)
        self.assertIn('listen = "127.0.0.1"  # default', text)
