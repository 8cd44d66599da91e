"""A log file that others may move away: what follows goes into a new one (OPS-140)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

LOOK_EVERY = 1.0
"""Seconds between two looks whether the file is still where it was."""


class LogFile:
    """Appends to `path` (mode 0640). Reopened by `reopen`, and by itself within a second after a
    rotation, so that both ways of `logrotate` work and neither loses a line.

    Without room on the disk lines are dropped and counted in `dropped`: the daemon goes on.
    """

    def __init__(self, path: Path, seconds: Callable[[], float]) -> None:
        self._path = path
        self._seconds = seconds
        self._looked = seconds()
        self._file = self._opened()
        self.dropped = 0

    def write(self, text: str) -> None:
        now = self._seconds()
        if not 0 <= now - self._looked < LOOK_EVERY:
            self._looked = now
            if self._moved():
                self.reopen()
        try:
            self._file.write(text)
            self._file.flush()
        except OSError:
            self.dropped += 1

    def flush(self) -> None:
        """Every line is written out at once."""

    def reopen(self) -> None:
        """Goes on in the file that stands at the path now; keeps the old one if it cannot."""
        try:
            fresh = self._opened()
        except OSError:
            return
        old, self._file = self._file, fresh
        old.close()

    def _moved(self) -> bool:
        try:
            there = os.stat(self._path)
        except OSError:
            return True
        ours = os.fstat(self._file.fileno())
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)

    def _opened(self) -> TextIO:
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        return open(number, "w", encoding="utf-8", errors="backslashreplace")
