"""Moving the blocks from one driver to another, for the administrator (OPS-063)."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from synnefod.blocks.hashing import parse_hash
from synnefod.blocks.interface import Blocks, IMoves, Moved
from synnefod.blocks.reclaim import FOLDERS
from synnefod.common.errors import Conflict, Malformed
from synnefod.objects.interface.moving import MovedBlocks


@frozen
class BlockMove:
    """See `interface.MovesBlocks`. `portion` are blocks: 64 are up to 256 MiB each way."""

    blocks: Blocks
    portion: int = 64

    async def move(self, source: str, target: str, part: int, after: str) -> MovedBlocks:
        moves: Any = self.blocks
        if not IMoves.providedBy(moves):
            raise Conflict(
                f"This daemon has one block store. Set blocks.driver = '{target}' and"
                f" blocks.former = '{source}' on every daemon first (or blocks.legacy, to move"
                " from legacy to fs)."
            )
        if (moves.source, moves.target) != (source, target):
            raise Conflict(f"The settings move blocks from {moves.source} to {moves.target}.")
        if not 0 <= part < FOLDERS:
            raise Malformed(f"There are the parts 0 to {FOLDERS - 1}.")
        done: Moved = await moves.move(part, parse_hash(after) if after else None, self.portion)
        return _told(done, part)


def _told(done: Moved, part: int) -> MovedBlocks:
    last = part == FOLDERS - 1
    following = part if done.after is not None else None if last else part + 1
    return MovedBlocks(
        done.copied,
        done.bytes,
        done.known,
        tuple(name.hex() for name in done.lost),
        following,
        done.after.hex() if done.after is not None else "",
    )
