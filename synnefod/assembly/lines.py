"""Where the log of a process goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.logger import ILogObserver
from twisted.python.components import Componentized

from synnefod.common.log import JsonLines, PlainLines
from synnefod.common.logfile import LogFile
from synnefod.config import Config


@define
class Lines:
    """The observer and its file, once `begin` has made them."""

    config: Config
    reactor: Any
    observer: Any = field(default=None, init=False)
    file: LogFile | None = field(default=None, init=False)

    def begin(self, parent: Any) -> None:
        """Makes our log lines those of the process, unless twistd was told a --logger."""
        if not isinstance(parent, Componentized):
            return
        made = PlainLines if self.config.log.format == "plain" else JsonLines
        path = self.config.log.file
        try:
            self.file = LogFile(Path(path), self.reactor.seconds) if path else None
        except OSError as error:
            raise SystemExit(f"synnefod: log.file: {error}") from None
        self.observer = made(self.file or sys.stdout, self.config.log.level)
        parent.setComponent(ILogObserver, self.observer)  # type: ignore[no-untyped-call]

    def level(self, wanted: str) -> None:
        if self.observer is not None:
            self.observer.level = wanted

    def reopen(self) -> None:
        """The file may have been rotated away."""
        if self.file is not None:
            self.file.reopen()
