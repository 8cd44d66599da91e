"""What Swift's clients ask beyond Pithos (object-storage.md 5); `interface.Objects` includes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen


@frozen
class Outward:
    """What a door must know of a place before it knows who asks: the metadata of account and
    container (keys of temporary URLs, rules for other origins), and the time. Never shown."""

    account: Mapping[str, str] = field(factory=dict)
    container: Mapping[str, str] = field(factory=dict)
    now: int = 0


class Beyond(Protocol):
    """Verbs that only the Swift mount has."""

    async def outward(self, account: str, container: str) -> Outward:
        """Empty for what is not there; nobody is asked (5.12, 5.13)."""
