"""What others may ask of a move of blocks from one driver to another."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen


@frozen
class MovedBlocks:
    """A portion of a move of blocks: how many were copied (and bytes) and had been, the names of
    those that are lost, and where to go on (part None: that was all)."""

    copied: int
    bytes: int
    known: int
    lost: tuple[str, ...]
    part: int | None
    after: str


class MovesBlocks(Protocol):
    """Takes the blocks of one driver to another (OPS-063)."""

    async def move(self, source: str, target: str, part: int, after: str) -> MovedBlocks:
        """The next portion, checked; begun with part 0 and no `after`. Raises Conflict if that is
        not the move that the settings name."""
