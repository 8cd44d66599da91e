"""What the documents tell an administrator to type exists."""

from __future__ import annotations

import re

import click
from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import COMMANDS, synnefo_manage
from synnefod.burnin.main import burnin
from synnefod.config import Config
from tests.harness.daemon import ROOT

DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "etc/debian").glob("*.[18]")),
)
SPAN = re.compile(r"`([^`]+)`|^    (\S[^\n]*)", re.MULTILINE)
SETTING = re.compile(r"`([a-z]+)\.([a-z_0-9]+)(?: = [^`]*)?`")


def spans(text: str) -> list[str]:
    """Code in a line of prose, over its line ends, and lines of code."""
    return [" ".join((one or two).split()) for one, two in SPAN.findall(text)]


def options(command: click.Command) -> set[str]:
    return {name for each in command.params for name in (*each.opts, *each.secondary_opts)}


class Typed(SynchronousTestCase):
    def lines(self, program: str) -> list[tuple[str, list[str]]]:
        found = []
        for document in DOCUMENTS:
            for span in spans(document.read_text("utf-8").replace("\\-", "-")):
                line = span.partition(" #")[0].split()
                if program in line:
                    found.append((document.name, line[line.index(program) + 1 :]))
                elif program == "synnefo-manage" and line and line[0] in COMMANDS:
                    found.append((document.name, line))
        return found

    def test_commands_and_their_options_exist(self) -> None:
        """Each `synnefo-manage COMMAND --option` in a document is one that can be typed."""
        context = click.Context(synnefo_manage)
        known = options(synnefo_manage) | {"--help", "-h", "--version"}
        seen = 0
        for place, words in self.lines("synnefo-manage"):
            name = next((word for word in words if word in COMMANDS), None)
            if name is None:
                spoken = [w for w in words if re.fullmatch(r"[a-z]+(-[a-z]+)+", w)]
                self.assertEqual(spoken, [], (place, words))
                continue
            command = synnefo_manage.get_command(context, name)
            assert command is not None
            given = {word.partition("=")[0] for word in words if word.startswith("--")}
            unknown = given - known - options(command)
            self.assertEqual(unknown, set(), (place, name))
            seen += 1
        self.assertGreater(seen, 40)

    def test_options_of_the_acceptance_test_exist(self) -> None:
        for place, words in self.lines("synnefo-burnin"):
            given = {word for word in words if word.startswith("--")}
            self.assertEqual(given - options(burnin), set(), place)

    def test_settings_exist(self) -> None:
        """`section.key` in the operator's documents is a setting."""
        seen = 0
        for name in ("operating.md", "runbooks.md"):
            for section, key in SETTING.findall((ROOT / "docs" / name).read_text("utf-8")):
                value = getattr(Config(), section, None)
                if value is None or key in ("env", "md", "toml"):
                    continue
                self.assertTrue(hasattr(value, key), f"{name}: {section}.{key}")
                seen += 1
        self.assertGreater(seen, 40)
