"""New versions of objects, from a body or from hashes (object-storage.md 1.8, 1.11, 6.2).

The order is always: look whether it may be, store and sync the blocks, look again under the
container's lock, write the rows, commit. No lock is held while bytes arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import define, evolve, frozen

from synnefod.blocks.hashing import EMPTY
from synnefod.blocks.interface import BlockMissing
from synnefod.common.errors import Malformed, OverQuota
from synnefod.common.ids import BlockHash, UserId, new_uuid
from synnefod.common.principal import Principal
from synnefod.objects import access, conditions, expiry, hashmaps, policies, sharing
from synnefod.objects.commits import Draft, State, charge, commit, merged, with_domains
from synnefod.objects.intake import take
from synnefod.objects.interface import (
    ALWAYS,
    BLOCK_SIZE,
    PITHOS,
    SLO,
    SWIFT,
    Access,
    BadDigest,
    Conditions,
    ContainerQuotaExceeded,
    HashesMissing,
    NotAllowed,
    Place,
    ShortBody,
    Source,
    TooMuchOutstanding,
    Write,
    Written,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, uploads
from synnefod.objects.records.nodes import NORMAL, Totals
from synnefod.quota.interface import DISKSPACE, user_holder
from synnefod.store.interface import Tx

_OFF_REACTOR = 4096
"""Hashes above which a map is parsed and its root computed on a thread."""


@frozen
class Content:
    """Stored data to make a version of. `root` is the Merkle root in hex."""

    size: int
    digests: Sequence[BlockHash]
    root: str
    md5: str = ""


async def check(
    parts: Parts,
    principal: Principal,
    place: Place,
    length: int | None = None,
    asked: Conditions = ALWAYS,
    owner: bool = False,
) -> None:
    """See `Objects.check_write`. `owner`: only the owner may do it (sharing, publishing)."""
    access.checked(place.account, place.container, place.name)

    async def body(tx: Tx) -> None:
        state = await may_write(parts, tx, principal, place, lock=False, owner=owner)
        check_conditions(state, asked)
        await _check_room(parts, tx, state, length)

    await parts.store.read("check write", body)


async def may_write(
    parts: Parts,
    tx: Tx,
    principal: Principal,
    place: Place,
    *,
    lock: bool,
    owner: bool = False,
    deleting: bool = False,
) -> State:
    """The object's state, if the asker may write it. Raises NoSuchContainer, NotAllowed."""
    container, granted, known = await access.reach(tx, principal, place, lock=lock)
    granted.require(Access.OWNER if owner else Access.WRITE)
    if deleting and not granted.deletes:
        raise NotAllowed
    state = State(container, place.name, known.node, None, newest=known.modified)
    if known.version is not None:
        state = evolve(state, version=known.version, attributes=known.metadata)
    return await expiry.without_ended(parts, tx, state, lock=lock)


def check_conditions(state: State, asked: Conditions) -> None:
    version = state.version
    if version is None:
        conditions.check(asked, exists=False, reading=False)
    else:
        conditions.check(
            asked,
            exists=True,
            etag=version.hash,
            checksum=version.checksum,
            modified=version.mtime,
            reading=False,
        )


async def _check_room(parts: Parts, tx: Tx, state: State, length: int | None) -> None:
    """Refuses early what the commit would refuse for its size (PIT-145, PIT-146)."""
    if state.version is not None and state.version.is_snapshot:
        raise NotAllowed("A snapshot cannot be written over.")
    growth = (length or 0) - (0 if state.version is None else state.version.size)
    if growth <= 0:
        return
    container = state.container
    policy = policies.effective(container.policies, container.account, parts.settings)
    if policy.quota:
        used = (await nodes.totals(tx, container.id)).get(NORMAL, Totals()).size
        if used + growth > policy.quota:
            raise ContainerQuotaExceeded(
                f"Quota error: Container quota exceeded: limit: {policy.quota}, "
                f"usage: {used + growth}"
            )
    source = f"project:{policy.project}"
    holder = user_holder(UserId(container.account))
    for held in await parts.quota.holdings(tx, [holder], source=source):
        if held.resource == DISKSPACE and held.usage_max + growth > held.limit:
            raise OverQuota(
                "The storage quota would be exceeded.",
                resource=DISKSPACE,
                holder=holder,
                source=source,
                requested=growth,
                limit=held.limit,
                usage=held.usage_max,
            )


async def from_body(
    parts: Parts, principal: Principal, place: Place, write: Write, body: Source
) -> Written:
    """See `Objects.write`."""
    write = evolve(write, settings=_kept(expiry.settled(write.settings, parts.now())))
    owner = write.sharing is not None or write.public is not None
    await check(parts, principal, place, write.length, write.conditions, owner)
    md5 = write.keep_md5 or write.expected_md5 is not None
    taken = await take(body, parts.blocks, parts.threads, most=write.max_size, md5=md5)
    if write.length is not None and taken.size != write.length:
        raise ShortBody(f"The body has {taken.size} bytes, {write.length} were announced.")
    if write.expected_md5 is not None and taken.md5 != write.expected_md5.lower():
        raise BadDigest
    root = await map_root(parts, taken.digests)
    content = Content(taken.size, taken.digests, root, taken.md5)
    return await _commit(parts, principal, place, write, content)


def _kept(settings: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if value}


async def from_hashes(
    parts: Parts,
    principal: Principal,
    place: Place,
    write: Write,
    size: int,
    hashes: Sequence[str],
) -> Written:
    """See `Objects.write_hashmap`."""
    if len(hashes) > _OFF_REACTOR:
        size, digests = await parts.threads.cpu(hashmaps.parse, size, hashes)
    else:
        size, digests = hashmaps.parse(size, hashes)
    owner = write.sharing is not None or write.public is not None
    await check(parts, principal, place, size, write.conditions, owner)
    missing = await parts.blocks.missing(digests)
    if missing:
        raise HashesMissing([digest.hex() for digest in missing])
    rest = size % BLOCK_SIZE
    if rest and digests[-1] != EMPTY:
        try:
            last = await parts.blocks.get(digests[-1])
        except BlockMissing:
            raise HashesMissing([digests[-1].hex()]) from None
        if len(last.rstrip(b"\0")) > rest:
            raise Malformed("The last block is longer than 'bytes' allows.")
    content = Content(size, digests, await map_root(parts, digests))
    return await _commit(parts, principal, place, write, content, hashes=hashes)


async def map_root(parts: Parts, digests: Sequence[BlockHash]) -> str:
    """The Merkle root in hex; that of a large map is computed on a thread."""
    if len(digests) > _OFF_REACTOR:
        root: str = await parts.threads.cpu(hashmaps.root_of, digests)
        return root
    return hashmaps.root_of(digests)


async def _commit(
    parts: Parts,
    principal: Principal,
    place: Place,
    write: Write,
    content: Content,
    hashes: Sequence[str] = (),
) -> Written:
    now = parts.now()
    stored = b"".join(content.digests)
    wanted = None if write.sharing is None else access.checked_sharing(write.sharing)
    owner = wanted is not None or write.public is not None
    further = write.domains() if write.domains is not None else {}

    async def body(tx: Tx) -> Written:
        state = await may_write(parts, tx, principal, place, lock=True, owner=owner)
        check_conditions(state, write.conditions)
        old = state.version
        if old is not None and old.is_snapshot:
            raise NotAllowed("A snapshot cannot be written over.")
        shown = state.attributes.get(PITHOS, {})
        metadata = merged(shown, write.metadata, replace=True, most=write.max_metadata)
        changes = {PITHOS: metadata, SWIFT: write.settings, SLO: write.large}
        for domain, values in further.items():
            before = state.attributes.get(domain, {})
            changes[domain] = merged(before, values, replace=False, most=write.max_metadata)
        draft = Draft(
            author=principal.user,
            uuid=(write.uuid or new_uuid()) if old is None else old.uuid,
            size=content.size,
            content_type=write.content_type,
            hash=content.root,
            checksum=content.md5,
            digests=stored if content.size else None,
            attributes=with_domains(state.attributes, changes),
        )
        made = await commit(tx, state, draft, parts.settings, now)
        if hashes:
            await uploads.named(tx, principal.user, [text.lower() for text in hashes])
        await sharing.apply(parts, tx, state.container, place.name, wanted, write.public)
        await charge(parts, tx, state.container, made.delta, state.path)
        return Written(
            serial=made.serial,
            uuid=draft.uuid,
            hash=content.root,
            checksum=content.md5,
            size=content.size,
            modified=made.mtime,
            created=old is None,
        )

    return await parts.store.transact("write object", body)


async def store_blocks(
    parts: Parts, principal: Principal, account: str, container: str, body: Source
) -> list[str]:
    """See `Objects.store_blocks`."""
    access.require_owner(principal, account)

    async def look_up(tx: Tx) -> int:
        await access.enter(tx, principal, account, container)
        return await uploads.outstanding(tx, account)

    room = parts.settings.max_outstanding - await parts.store.read("blocks sent", look_up)
    counted = _Counted(body, room)
    try:
        taken = await take(counted, parts.blocks, parts.threads, most=hashmaps.MAX_SIZE)
    except Exception:
        # Whole blocks of it are stored all the same.
        await _sent(parts, account, {f"-{new_uuid()}": counted.size})
        raise
    hashes = [digest.hex() for digest in taken.digests]
    sizes = dict.fromkeys(hashes, BLOCK_SIZE)
    if hashes and taken.size % BLOCK_SIZE:
        sizes[hashes[-1]] = taken.size % BLOCK_SIZE
    sizes.pop(EMPTY.hex(), None)
    await _sent(parts, account, sizes)
    return hashes


async def _sent(parts: Parts, account: str, sizes: Mapping[str, int]) -> None:
    now = parts.now()
    await parts.store.transact("blocks sent", lambda tx: uploads.add(tx, account, sizes, now))


@define
class _Counted:
    """A body of at most `room` bytes. Raises TooMuchOutstanding."""

    body: Source
    room: int
    size: int = 0

    async def read_some(self) -> bytes:
        data = await self.body.read_some()
        if self.size + len(data) > self.room:
            raise TooMuchOutstanding
        self.size += len(data)
        return data
