"""How an opcode fails, in Ganeti's form: a class, a text, and sometimes a code."""

from __future__ import annotations


class OpFailed(Exception):
    """`result` is what the job shows: `[class, [message]]` or `[class, [message, code]]`."""

    def __init__(self, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.result: list[object] = [kind, [message, code] if code else [message]]


def prerequisite(message: str, code: str = "") -> OpFailed:
    """The opcode cannot start."""
    return OpFailed("OpPrereqError", message, code)


def execution(message: str) -> OpFailed:
    """The opcode broke while it ran."""
    return OpFailed("OpExecError", message)
