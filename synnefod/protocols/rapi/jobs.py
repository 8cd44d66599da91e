"""Reading jobs as RAPI shows them: numbers, times, outcomes, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.protocols.rapi.errors import RapiFault
from synnefod.protocols.rapi.vocabulary import ANY_OUTCOME, USER_REASON


def job_number(value: Any) -> int:
    """A job's number, sent as a number or as text (GNT-021). Raises RapiFault for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise RapiFault(f"the cluster answered {str(value)[:40]!r} where a job number belongs")


def when(pair: Any) -> int | None:
    """Microseconds since the epoch of Ganeti's `[seconds, microseconds]`; None for null."""
    if (
        isinstance(pair, list | tuple)
        and len(pair) == 2
        and all(isinstance(part, int) for part in pair)
    ):
        return int(pair[0]) * 1_000_000 + int(pair[1])
    return None


@frozen
class Outcome:
    """Why an opcode failed: Ganeti's exception, its text, and its code ("" when it has none)."""

    error: str
    message: str
    code: str = ""


def outcome(result: Any) -> Outcome:
    """Reads an opcode's result in state `error`: `[class, [message, code]]` or plain text."""
    if isinstance(result, str):
        return Outcome("", result)
    if isinstance(result, list | tuple) and len(result) == 2 and isinstance(result[0], str):
        arguments = result[1] if isinstance(result[1], list | tuple) else [result[1]]
        message = str(arguments[0]) if arguments else ""
        code = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], str) else ""
        return Outcome(result[0], message, code)
    return Outcome("", "" if result is None else str(result))


def reasons(operation: Mapping[str, Any]) -> list[str]:
    """The `reason` texts that requesters gave for this opcode, as its trail keeps them."""
    trail = operation.get("reason") or []
    return [
        str(entry[1])
        for entry in trail
        if isinstance(entry, list | tuple) and len(entry) >= 2 and entry[0] == USER_REASON
    ]


def depends(jobs: Sequence[int], states: Sequence[str] = ANY_OUTCOME) -> list[list[Any]]:
    """The `depends` of a body: wait for `jobs` to end in one of `states` (ganeti.md 6)."""
    return [[job, list(states)] for job in jobs]
