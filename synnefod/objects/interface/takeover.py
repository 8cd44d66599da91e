"""Accounts of a Synnefo 0.21 object store that come here (PIT-236)."""

from __future__ import annotations

from typing import Protocol

from attrs import define, field


@define
class Taken:
    """What was taken, counted; `known` are accounts that had been taken before, `left` those that
    were not, with the reason; `damaged` are versions whose map cannot be read."""

    accounts: int = 0
    containers: int = 0
    objects: int = 0
    versions: int = 0
    damaged: int = 0
    known: int = 0
    left: list[tuple[str, str]] = field(factory=list)


class TakesAccounts(Protocol):
    async def take(self, url: str, *, damaged: bool = False) -> Taken:
        """Each account whole or not at all. One with a version whose map cannot be read is left,
        or with `damaged` taken with it. Raises Unavailable, Malformed (it is none of Synnefo's)."""
