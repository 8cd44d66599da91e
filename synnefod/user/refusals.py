"""How a command ends badly, in one line."""

from __future__ import annotations

DONE, FAILED, USAGE, REFUSED, NOT_FOUND, UNREACHABLE = 0, 1, 2, 3, 4, 5
"""Exit codes."""


class Failure(Exception):
    """What is printed, and the exit code."""

    def __init__(self, text: str, code: int = FAILED) -> None:
        super().__init__(text)
        self.code = code


class Refused(Failure):
    """The cloud answered with an error; `status` is its number."""

    def __init__(self, status: int, text: str) -> None:
        code = NOT_FOUND if status == 404 else REFUSED if status in (401, 403) else FAILED
        super().__init__(text, code)
        self.status = status


class Changed(Exception):
    """Something was changed by others since it was looked at; looking again helps."""
