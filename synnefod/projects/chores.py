"""Periodic work on projects."""

from __future__ import annotations

from synnefod.common.clockwork import Every, IClock
from synnefod.projects.interface import Projects


def expiring(projects: Projects, clock: IClock, seconds: float) -> Every:
    """Terminates what is past its end, every `seconds` (AST-099); `begin` starts it."""
    return Every(clock, seconds, projects.terminate_expired, "terminating expired projects")
