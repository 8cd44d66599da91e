"""What the object store does by itself: ended objects, unnamed blocks, damaged blocks (6.4-6.6).

Note [When a block may go]. The blocks that no upload used for a grace are looked up in all maps;
those that none names are set aside, and a grace later looked up again before they are given up.
Every upload renews the use of all its blocks before its map is committed, and what was set aside
in between is taken back by whoever needs it. Copies need no renewal: they are made of a map that
is there, their row number is above its, and the maps are looked through in that order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, frozen
from twisted.logger import Logger

from synnefod.blocks.hashing import DIGEST_SIZE, EMPTY
from synnefod.blocks.interface import BlockCorrupt, BlockMissing, IReclaims, Reclaims
from synnefod.blocks.reclaim import FOLDERS
from synnefod.common.clockwork import Every
from synnefod.common.errors import Unsupported
from synnefod.common.ids import BlockHash
from synnefod.common.text import MICROSECONDS, micros
from synnefod.objects import expiry, hashmaps
from synnefod.objects.interface import DataLost
from synnefod.objects.parts import Parts
from synnefod.objects.records import expiring, maps, uploads
from synnefod.objects.records.maps import Named

log = Logger()
DAY = 86_400.0
GRACE = 7 * DAY
"""Seconds without use after which an unnamed block is set aside; at least a day (6.4)."""
LEASE = 3600 * MICROSECONDS
"""A collector that has not been heard of for so long is dead."""
_MAPS = 1000
_BYTES = 8 * 1024 * 1024
COLLECT = "collect blocks"


@frozen
class Collected:
    """The outcome of a collection: blocks (and their bytes) set aside and given up, and blocks
    taken back. In a dry run, those that would be."""

    aside: int = 0
    aside_bytes: int = 0
    gone: int = 0
    gone_bytes: int = 0
    back: int = 0


@frozen
class Damage:
    """A block that is `missing` or `damaged` (or a `map` that is), and the objects that it hits:
    (path, version)."""

    block: str
    problem: str
    hits: tuple[tuple[str, int], ...]


@frozen
class Checked:
    """A part of a scrub. `cursor` is where to go on, None at the end."""

    blocks: int
    damages: tuple[Damage, ...]
    cursor: tuple[int, int] | None


@define
class Chores:
    """`holder` names this daemon among all of the deployment."""

    parts: Parts
    holder: str

    @property
    def _reclaims(self) -> Reclaims:
        store: Any = self.parts.blocks
        if not IReclaims.providedBy(store):
            raise Unsupported("This block store does not give up blocks.")
        reclaims: Reclaims = store
        return reclaims

    # -- objects that end

    async def expire(self, limit: int = 1000) -> int:
        """Removes objects that have ended, `limit` at a time until none is left; how many."""
        removed = 0
        while count := await expiry.sweep(self.parts, limit):
            removed += count
            if count < limit:
                break
        return removed

    # -- leftovers of killed uploads

    async def clean(self, older_than: float = DAY) -> int:
        """Removes what killed writers left unfinished; how many files."""
        return await self._reclaims.clean(older_than)

    # -- blocks that nobody names

    async def collect(
        self,
        *,
        grace: float = GRACE,
        aside_grace: float = DAY,
        dry_run: bool = False,
        batch: int = 100_000,
    ) -> Collected | None:
        """Sets unnamed blocks aside, and gives up those of earlier runs. None while another
        daemon does it. Safe beside uploads; killed at any point, the next run goes on.

        `batch` names are held in memory at most, beside one top folder's; each batch is one look
        through all maps. Both graces are at least a day. Raises Unsupported, BlocksUnavailable.
        """
        if not await self._take():
            return None
        store = self._reclaims
        before = self.parts.clock.seconds() - max(grace, DAY)
        try:
            done = await self._give_up(store, max(aside_grace, DAY), dry_run=dry_run)
            count = size = 0
            pending: dict[BlockHash, int] = {}
            for folder in range(FOLDERS):
                pending.update(await store.idle(folder, before))
                if pending and (len(pending) >= batch or folder == FOLDERS - 1):
                    await self._take()
                    free = await self._unnamed(pending)
                    count += len(free) if dry_run else await store.set_aside(free, before)
                    size += sum(pending[name] for name in free)
                    pending.clear()
        finally:
            await self.parts.store.transact(
                COLLECT, lambda tx: expiring.leave(tx, COLLECT, self.holder)
            )
        if not dry_run:
            old = micros(before)
            await self.parts.store.transact(COLLECT, lambda tx: uploads.forget(tx, old))
        outcome = Collected(count, size, done.gone, done.gone_bytes, done.back)
        log.info("Blocks are collected: {outcome}", outcome=outcome)
        return outcome

    async def _give_up(self, store: Reclaims, grace: float, *, dry_run: bool) -> Collected:
        before = self.parts.clock.seconds() - grace
        old = dict(await store.aside(before))
        free = await self._unnamed(old) if old else []
        size = sum(old[name] for name in free)
        named = [name for name in old if name not in set(free)]
        if dry_run:
            return Collected(gone=len(free), gone_bytes=size, back=len(named))
        back = await store.take_back(named)
        gone = await store.give_up(free, before)
        return Collected(gone=gone, gone_bytes=size, back=back)

    async def _take(self) -> bool:
        now = self.parts.now()
        return await self.parts.store.transact(
            COLLECT, lambda tx: expiring.take(tx, COLLECT, self.holder, now, now + LEASE)
        )

    async def _unnamed(self, names: dict[BlockHash, int]) -> list[BlockHash]:
        """Those of `names` that no map names, by one look through all maps in order."""
        left = set(names)
        after = 0
        while left:
            page = await self._sizes(after)
            if not page:
                break
            for some in _portions(page):
                await self.parts.threads.cpu(_strike, left, await self._hashes(some))
            after = page[-1][0]
        return [name for name in names if name in left]

    async def _sizes(self, after: int) -> list[tuple[int, int]]:
        return await self.parts.store.read("sizes of maps", lambda tx: maps.sizes(tx, after, _MAPS))

    async def _hashes(self, some: Sequence[int]) -> list[bytes]:
        return await self.parts.store.read("maps", lambda tx: maps.hashes(tx, some))

    async def _next(self, first: int) -> Named | None:
        return await self.parts.store.read("next map", lambda tx: maps.at_or_after(tx, first))

    # -- blocks that are not what they should be

    async def verify(
        self,
        cursor: tuple[int, int] = (0, 0),
        *,
        limit: int = 256,
        deep: bool = True,
        account: str | None = None,
    ) -> Checked:
        """Reads the blocks of objects, `limit` of them, from where `cursor` says: (map, index).
        Not `deep`: only asks whether they are there. With `account`, of its objects only.

        Each is checked against its name, each map against its versions; a damaged block goes to
        quarantine as in any read (6.5). Nothing else is changed. Raises BlocksUnavailable.
        """
        after, index = cursor
        damages: list[Damage] = []
        read = 0
        seen: set[BlockHash] = set()
        while read < limit:
            found = await self._next(after)
            if found is None:
                return Checked(read, tuple(damages), None)
            if found.id != after:
                after, index = found.id, 0
            if account is not None and not any(p.startswith(f"{account}/") for p, _ in found.hits):
                after, read = after + 1, read + 1
                continue
            digests = self._digests(found, damages)
            some = digests[index : index + limit - read]
            read, index = read + len(some), index + len(some)
            fresh = [name for name in dict.fromkeys(some) if name not in seen and name != EMPTY]
            seen.update(fresh)
            if not deep:
                for name in await self.parts.blocks.missing(fresh):
                    damages.append(Damage(name.hex(), "missing", found.hits))
                fresh = []
            for name in fresh:
                await self._verify(name, found, damages)
            if index >= len(digests):
                after, index = after + 1, 0
        return Checked(read, tuple(damages), (after, index))

    def _digests(self, found: Named, damages: list[Damage]) -> list[BlockHash]:
        try:
            for size, root in found.told:
                hashmaps.split(found.hashes, size, root)
        except DataLost:
            damages.append(Damage("", "map", found.hits))
        raw = found.hashes
        return [BlockHash(raw[n : n + DIGEST_SIZE]) for n in range(0, len(raw), DIGEST_SIZE)]

    async def _verify(self, name: BlockHash, found: Named, damages: list[Damage]) -> None:
        try:
            await self.parts.blocks.get(name, rehash=True)
        except BlockMissing:
            problem = "missing"
        except BlockCorrupt:
            problem = "damaged"
        else:
            return
        damages.append(Damage(name.hex(), problem, found.hits))
        log.critical(
            "Block {block} is {problem}: {hits}", block=name.hex(), problem=problem, hits=found.hits
        )

    # -- when

    def timers(self, *, expire: float = 300.0, collect: float = DAY) -> list[Every]:
        """The chores with their periods in seconds, not begun; 0 leaves one out. A block store
        that cannot give up blocks has no timer for it."""
        made = []
        clock = self.parts.clock
        if expire:
            made.append(Every(clock, expire, self.expire, "removing ended objects"))
        if collect and IReclaims.providedBy(self.parts.blocks):
            made.append(Every(clock, collect, self._tidy, "collecting blocks"))
        return made

    async def _tidy(self) -> None:
        await self.clean()
        await self.collect()


def _portions(page: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The maps of a page in portions of some megabytes."""
    portions: list[list[int]] = [[]]
    held = 0
    for number, size in page:
        if portions[-1] and held + size > _BYTES:
            portions.append([])
            held = 0
        portions[-1].append(number)
        held += size
    return portions


def _strike(names: set[BlockHash], texts: Sequence[bytes]) -> None:
    for text in texts:
        for start in range(0, len(text), DIGEST_SIZE):
            names.discard(BlockHash(text[start : start + DIGEST_SIZE]))
