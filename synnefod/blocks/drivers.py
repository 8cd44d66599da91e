"""The block drivers by the name that the settings give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.interface import Blocks
from synnefod.blocks.legacy import LegacyBlocks
from synnefod.blocks.memory import MemoryBlocks
from synnefod.blocks.moving import MovingBlocks
from synnefod.blocks.seal import Seal
from synnefod.blocks.shared import SharedBlocks
from synnefod.common.clockwork import IClock


@frozen
class BlockSettings:
    """What a driver may need to know: `root` is the folder of the filesystem driver, `rados`
    what is given by name to CephSettings. `former` is the driver that the blocks move from.
    `secret` seals blocks (blocks/seal); without one each read hashes them. `legacy` is the folder
    of a Synnefo 0.21 that the filesystem driver reads too. `shared`: blocks may be named by maps
    that are not in our database, so none is given up."""

    driver: str = "filesystem"
    root: Path = Path("blocks")
    rados: Mapping[str, Any] = field(factory=dict)
    former: str = ""
    secret: bytes = field(default=b"", repr=False)
    legacy: Path | None = None
    shared: bool = False


def _rados(settings: BlockSettings, threads: Any, clock: Any) -> Blocks:
    # Who has no Ceph need not have librados.
    from synnefod.blocks.cephgate import CephSettings
    from synnefod.blocks.rados import RadosBlocks

    return RadosBlocks(CephSettings(**settings.rados), threads, clock, _seal(settings))


def _filesystem(settings: BlockSettings, threads: Any, clock: IClock) -> Blocks:
    seal = _seal(settings)
    if settings.legacy is None:
        return FilesystemBlocks(settings.root, threads, clock, seal)
    return LegacyBlocks(settings.root, threads, clock, seal, settings.legacy)


def _seal(settings: BlockSettings) -> Seal | None:
    return Seal(settings.secret) if settings.secret else None


DRIVERS: Mapping[str, Callable[[BlockSettings, Any, IClock], Blocks]] = {
    "filesystem": _filesystem,
    "memory": lambda settings, threads, clock: MemoryBlocks(),
    "rados": _rados,
}


def open_blocks(settings: BlockSettings, threads: Any, clock: IClock) -> Blocks:
    """The driver that `settings` name, with the former one behind it if they name one. Raises
    ValueError for an unknown one."""
    blocks = _open(settings.driver, settings, threads, clock)
    if not settings.former:
        return SharedBlocks(blocks) if settings.shared else blocks
    if settings.legacy is not None:
        raise ValueError(
            "What blocks.legacy has would not move along: first move it (storage-move --from legacy"
            " --to fs, with blocks.former empty), and empty blocks.legacy."
        )
    if settings.former == settings.driver:
        raise ValueError(f"The blocks cannot move from '{settings.driver}' to itself.")
    former = _open(settings.former, settings, threads, clock)
    return MovingBlocks(blocks, former, settings.driver, settings.former)


def _open(driver: str, settings: BlockSettings, threads: Any, clock: IClock) -> Blocks:
    try:
        make = DRIVERS[driver]
    except KeyError:
        known = ", ".join(sorted(DRIVERS))
        raise ValueError(f"'{driver}' is no block driver; there are {known}.") from None
    return make(settings, threads, clock)
