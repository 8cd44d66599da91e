"""How a process ends that could not begin."""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any


def end_in_failure(reactor: Any, code: int) -> None:
    """Stops the reactor; the process ends with `code`. twistd itself knows no exit code but 0 for
    a reactor that was stopped in order."""
    atexit.register(_last_words, code)
    reactor.callWhenRunning(reactor.stop)


def _last_words(code: int) -> None:
    """They are out; nothing else is left to be closed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
