"""The record of each command that may change something (OPS-018, OPS-019).

<folder>/YYMMDDhhmmss_COMMAND_PID.log, mode 0600: the command line, what it printed and how it
ended, with secrets masked. A folder that cannot be written to is a warning.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

EXCLUDED = r"-list$|-show$|^help$|^check-config$|^show-config$"
_SECRET_OPTION = re.compile(r"(--(?:password|auth-token|secret|database)(?:=|$))(.*)", re.S)


def masked(arguments: Sequence[str]) -> list[str]:
    """The arguments with the values of options that hold secrets masked."""
    found: list[str] = []
    secret_follows = False
    for word in arguments:
        option = None if secret_follows else _SECRET_OPTION.fullmatch(word)
        if secret_follows:
            found.append("***")
        else:
            found.append(option[1] + "***" if option and option[2] else word)
        secret_follows = option is not None and not option[2] and not word.endswith("=")
    return found


class _Tee:
    """Writes to two places."""

    def __init__(self, first: TextIO, kept: list[str]) -> None:
        self._first = first
        self._kept = kept

    def write(self, text: str) -> int:
        written = self._first.write(text)
        self._kept.append(text)
        return written

    def __getattr__(self, name: str) -> object:
        return getattr(self._first, name)


class Journal:
    """One run. `code` is set by whoever knows how it ended."""

    def __init__(self, command: str, arguments: Sequence[str]) -> None:
        self.command = command
        self.arguments = masked(arguments)
        self.code = 1
        self._kept: list[str] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keeps what is printed meanwhile."""
        out, err = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = _Tee(out, self._kept), _Tee(err, self._kept)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = out, err

    def write(self, folder: Path, secrets: Collection[str]) -> None:
        """Files the record; `secrets` are masked in what was printed."""
        now = time.time()
        text = "".join(self._kept)
        for secret in sorted((s for s in secrets if s), key=len, reverse=True):
            text = text.replace(secret, "***")
        name = f"{time.strftime('%y%m%d%H%M%S', time.gmtime(now))}_{self.command}_{os.getpid()}.log"
        head = f"command: synnefo-manage {' '.join(self.arguments)}\npid: {os.getpid()}\n"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with open(os.open(folder / name, flags, 0o600), "w", encoding="utf-8") as out:
                out.write(f"{head}exit code: {self.code}\n\n{text}")
        except OSError as error:
            print(f"synnefo-manage: no record of this run: {error}", file=sys.stderr)


def wanted(command: str, excluded: str) -> bool:
    """Whether runs of this command are recorded. A pattern that is none excludes nothing."""
    try:
        return re.search(excluded, command) is None
    except re.error:
        return True
