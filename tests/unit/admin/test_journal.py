"""The record of each run that may change something."""

from __future__ import annotations

import contextlib
import io
import stat
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin import main, verb
from synnefod.admin.journal import EXCLUDED, masked, wanted


class Answering:
    def __init__(self, path: str, acting_for: str) -> None:
        self.path = path

    def call(self, verb: str, body: Any, *, log: str = "") -> dict[str, Any]:
        return {"row": {"uuid": "u-1", "password": "geheim-made"}, "rows": []}


class Records(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.patch(verb, "SocketTransport", Answering)

    def carry_out(self, *words: str) -> tuple[int, str]:
        err = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(err):
            code = main.run([*words, "--socket", str(self.folder / "manage.sock")])
        return code, err.getvalue()

    def records(self) -> list[Path]:
        return sorted((self.folder / "log" / "commands").glob("*"))

    def test_a_run_is_recorded_with_its_secrets_masked(self) -> None:
        """OPS-018, OPS-019"""
        words = ("user-add", "e@example.org", "E", "F", "--password", "geheim-given")
        self.assertEqual(self.carry_out(*words)[0], 0)
        (record,) = self.records()
        self.assertRegex(record.name, r"^\d{12}_user-add_\d+\.log$")
        self.assertEqual(stat.S_IMODE(record.stat().st_mode), 0o600)
        text = record.read_text()
        self.assertNotIn("geheim", text)
        self.assertIn("e@example.org", text)
        self.assertIn("exit code: 0", text)
        self.assertIn("u-1", text)

    def test_what_only_shows_leaves_no_record(self) -> None:
        """OPS-018"""
        self.carry_out("user-list")
        self.carry_out("user-show", "x")
        self.carry_out("user-add", "--help")
        self.assertEqual(self.records(), [])
        self.assertFalse(wanted("user-add", ".*"))
        self.assertTrue(wanted("user-add", EXCLUDED))
        self.assertTrue(wanted("user-add", "["))

    def test_a_folder_that_cannot_be_written_is_a_warning(self) -> None:
        """OPS-018"""
        self.folder.mkdir()
        (self.folder / "log").write_text("in the way")
        code, err = self.carry_out("user-add", "e@example.org", "E", "F")
        self.assertEqual(code, 0)
        self.assertIn("no record of this run", err)

    def test_a_wrong_command_line_is_recorded_with_its_end(self) -> None:
        """OPS-018"""
        self.assertEqual(self.carry_out("user-add", "e@example.org")[0], 2)
        self.assertIn("exit code: 2", self.records()[0].read_text())

    def test_values_of_secret_options_are_masked_in_both_spellings(self) -> None:
        """OPS-019"""
        given = ["--password", "a", "--password=b", "--auth-token", "c", "--password-file", "f"]
        shown = ["--password", "***", "--password=***", "--auth-token", "***"]
        self.assertEqual(masked(given), [*shown, "--password-file", "f"])
