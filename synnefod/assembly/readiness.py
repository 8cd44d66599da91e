"""What `/readyz` looks at (operations.md 15.4)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from synnefod.assembly.supports import Supports
from synnefod.common import metrics
from synnefod.common.errors import Unavailable
from synnefod.common.text import micros
from synnefod.config import Config
from synnefod.identity.letters import oldest_letter
from synnefod.resources.ops.health import Check

STUCK = 5.0
"""Seconds without a tick of the reactor."""
FULL, SCARCE = 0.01, 0.05
"""Free parts of a disk below which it counts as full, and as soon full."""
SLOW_LETTER = 3600.0
"""Seconds that a letter may wait."""


def checks(config: Config, clock: Any, parts: Supports, lag: metrics.LagSampler) -> list[Check]:
    """Those that are not required are shown, and the daemon goes on serving without them."""

    async def turning() -> None:
        late = clock.seconds() - lag.last_tick
        if late > STUCK:
            raise Unavailable(f"the reactor was busy for {late:.0f} s")

    async def clocks() -> None:
        before = clock.seconds()
        told = await parts.store.clock()
        if told is not None:
            parts.clocks.heard("the database", (told, told), (before, clock.seconds()))
        parts.clocks.check()

    async def room() -> None:
        await parts.threads.disk(look_for_room, folders(config), FULL)

    async def spare() -> None:
        await parts.threads.disk(look_for_room, folders(config), SCARCE)

    async def clusters() -> None:
        silent = parts.clusters.silent()
        if silent:
            raise Unavailable(f"no answer from {', '.join(silent)}")

    async def mail() -> None:
        oldest = await oldest_letter(parts.store)
        late = 0 if oldest is None else (micros(clock.seconds()) - oldest) / 1e6
        if late > SLOW_LETTER:
            raise Unavailable(f"a letter waits for {late / 3600:.0f} h")

    return [
        Check("reactor", turning),
        Check("clocks", clocks),
        Check("store", parts.store.check),
        Check("blocks", parts.blocks.check),
        Check("room", room),
        Check("spare", spare, required=False),
        # Without the broker, polling goes on; other clusters and everything else do anyway.
        Check("queue", parts.bus.ready, required=False),
        Check("clusters", clusters, required=False),
        Check("mail", mail, required=False),
    ]


def folders(config: Config) -> list[Path]:
    """Where this daemon writes: state, log, and blocks unless they are in Ceph."""
    found = [config.state]
    if config.log.file:
        found.append(Path(config.log.file).absolute().parent)
    if config.blocks.driver == "filesystem":
        found.append(config.blocks_path)
    return found


def look_for_room(places: Iterable[Path], least: float) -> None:
    """Blocks. Raises Unavailable when less than the part `least` of a place's disk is free."""
    for place in places:
        disk = os.statvfs(place)
        if disk.f_blocks and disk.f_bavail < least * disk.f_blocks:
            free = 100 * disk.f_bavail / disk.f_blocks
            raise Unavailable(f"{free:.1f} % of the disk of {place} are free")
