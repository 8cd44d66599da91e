"""A job and its opcodes, as Ganeti's queue files hold them (see jobs.py)."""

from __future__ import annotations

from typing import Any

import msgspec

from synnefod.protocols.rapi import vocabulary

FINAL = vocabulary.FINAL
Pair = tuple[int, int]
"""Seconds and microseconds."""


class Op(msgspec.Struct):
    """One opcode of a job, as its file holds it."""

    input: dict[str, Any]
    status: str = "queued"
    result: Any = None
    log: list[Any] = []
    start_timestamp: Pair | None = None
    exec_timestamp: Pair | None = None
    end_timestamp: Pair | None = None
    priority: int = 0


class Job(msgspec.Struct):
    """A job, as its file holds it."""

    id: int
    ops: list[Op]
    received_timestamp: Pair
    start_timestamp: Pair | None = None
    end_timestamp: Pair | None = None
    livelock: str | None = None
    process_id: int | None = None

    @property
    def status(self) -> str:
        """Computed from the opcodes, as Ganeti does."""
        words = [op.status for op in self.ops]
        for word in ("canceling", "running", "waiting", "error", "canceled", "queued"):
            if word in words and (word != "queued" or set(words) == {"queued"}):
                return word
        return "success" if set(words) == {"success"} else "running"

    @property
    def final(self) -> bool:
        return self.status in FINAL
