"""The administrator's command completed by the shells themselves, at a terminal."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT

SHELLS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
PATIENCE = 90
"""Seconds after which a shell that says nothing counts as one that does not complete."""


class Terminal:
    """A shell at a terminal of its own."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def until(self, wanted: str) -> str:
        """What was shown, to the end of `wanted`."""
        shown, end = "", time.monotonic() + PATIENCE
        while wanted not in shown:
            ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{wanted!r} did not come: {shown!r}")
            shown += os.read(self._master, 4096).decode("utf-8", "replace")
        return shown

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)


class Completion(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-completion-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        for name in ("synnefo-manage", "snf-manage"):
            program = self.folder / name
            program.write_text(f'#!/bin/sh\nexec {sys.executable} -m synnefod.admin.main "$@"\n')
            program.chmod(0o755)
        self.environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "TERM": "dumb",
            "LANG": "C.UTF-8",
        }

    def completes(self, shell: str) -> None:
        """Commands, options and their values, by both names; several are listed."""
        script = self.folder / f"script.{shell}"
        with script.open("wb") as out:
            subprocess.run(
                [self.folder / "synnefo-manage", "completion", shell],
                stdout=out,
                check=True,
                env=self.environment,
            )
        terminal = Terminal(SHELLS[shell], self.folder, self.environment)
        self.addCleanup(terminal.close)
        if shell == "zsh":
            terminal.type("autoload -U compinit && compinit -u -D\n")
        terminal.type(f"source {script}\necho loa''ded\n")
        terminal.until("loaded")
        for typed, wanted in (
            ("synnefo-manage group-l\t", "group-list "),
            ("snf-manage group-l\t", "group-list "),
            ("synnefo-manage server-list --suspe\t", "--suspended "),
            ("synnefo-manage server-list --output-format c\t", "csv "),
        ):
            terminal.type(typed)
            shown = terminal.until(wanted)
            self.assertNotIn("\n", shown.replace("\r\n", "\n").strip(), (shell, typed))
            terminal.type("\x15echo do''ne\n")
            terminal.until("done")
        terminal.type("synnefo-manage flavor-access-\t\t")
        shown = terminal.until("flavor-access-remove")
        self.assertIn("flavor-access-add", shown)

    def test_bash_completes(self) -> None:
        """OPS-020"""
        self.completes("bash")

    def test_zsh_completes(self) -> None:
        """OPS-020"""
        self.completes("zsh")
