"""Verbs for the administrator's command, over the local socket alone."""

from __future__ import annotations

from typing import Any


def control_nouns(services: Any) -> list[object]:
    """Every noun of the control socket."""
    return []
