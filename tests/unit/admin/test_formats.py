"""Every command prints in every format what its daemon told it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from synnefod.admin.main import COMMANDS, synnefo_manage
from synnefod.admin.verb import ListVerb, Verb
from tests.unit.admin.test_command import CommandCase

ROW = {
    "id": 7,
    "name": "a, b",
    "state": "ACTIVE",
    "status": "AVAILABLE",
    "task": "",
    "outcome": "made",
}
ELSEWHERE = {
    "backup",
    "backup-list",
    "backup-verify",
    "check-config",
    "completion",
    "migrate",
    "restore",
    "show-config",
    "user-export",
    "user-import",
}
"""Commands that ask no daemon; they have tests of their own."""


class Same:
    """A daemon that has one thing of everything."""

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        maps = [{"map": "available", "marks": "X.."}]
        pools = [{"start": "10.0.0.2", "end": "10.0.0.4", "map": "X.."}]
        row = {**ROW, "id": body.get("kind", 7)}
        return {"row": row, "rows": [row], "tables": {"maps": maps, "pools": pools}}


def words_of(command: click.Command) -> list[str]:
    """The least that the command wants to be told, each word of a kind that it takes."""
    found: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            if parameter.name == "force":
                found.append("--force")
            elif parameter.required:
                found += [parameter.opts[-1], _word(parameter)]
        elif parameter.required:
            found += [_word(parameter)] * max(1, parameter.nargs)
    return found


def _word(parameter: click.Parameter) -> str:
    kind = parameter.type
    if isinstance(kind, click.Choice):
        return str(next(iter(kind.choices)))
    return "7"


class Formats(CommandCase):
    def command(self, name: str) -> click.Command:
        found = synnefo_manage.get_command(click.Context(synnefo_manage), name)
        assert found is not None
        return found

    def commands(self) -> Iterator[tuple[list[str], click.Command]]:
        """Every command that asks the daemon, with its words; of a group each one in it."""
        for name in sorted(set(COMMANDS) - ELSEWHERE):
            command = self.command(name)
            if isinstance(command, click.Group):
                yield from (([name, word], each) for word, each in command.commands.items())
            else:
                yield [name], command

    def test_every_command_obeys_the_format(self) -> None:
        """Lists and single things as JSON and CSV, with titles and without; what cannot be done
        for want of an option is one line (OPS-006, OPS-005)."""
        printed = 0
        for name, command in self.commands():
            self.assertIsInstance(command, Verb, name)
            line = [*name, *words_of(command)]
            for form in ("json", "csv", "pretty"):
                for more in ([], ["--no-headers"]) if isinstance(command, ListVerb) else ([],):
                    code, out, err = self.told([*line, *more, "--output-format", form], Same())
                    if code and not out:
                        self.assertIn("synnefo-manage: ", err.splitlines()[-1], line)
                        continue
                    printed += 1
                    if form == "json" and out.strip():
                        json.loads(out)
                    elif form == "csv":
                        self.assertNotIn(" : ", out, line)
                        list(csv.reader(io.StringIO(out), strict=True))
        self.assertGreater(printed, 300)

    def test_what_was_deaf_obeys(self) -> None:
        """Lists and inspections that once printed only tables (OPS-006)."""
        for name in (
            "image-list",
            "snapshot-list",
            "quota-verify",
            "pool-list",
            "pool-show",
            "network-inspect",
            "port-inspect",
            "subnet-inspect",
            "server-inspect",
            "volume-inspect",
        ):
            line = [name, *words_of(self.command(name)), "--json"]
            _, out, err = self.told(line, Same())
            self.assertTrue(out, (line, err))
            found = json.loads(out)
            self.assertTrue(found, name)
