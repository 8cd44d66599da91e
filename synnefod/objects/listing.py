"""Pages of accounts and containers (object-storage.md 1.4, 1.6, 5.4)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from synnefod.common.errors import Malformed
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.objects import access, accounts, conditions, containers, policies
from synnefod.objects.interface import (
    ALWAYS,
    SLO,
    Access,
    Conditions,
    Container,
    ContainerQuery,
    Listing,
    NotAllowed,
    Object,
    ObjectQuery,
    Subdir,
)
from synnefod.objects.parts import Parts
from synnefod.objects.reading import describe
from synnefod.objects.records import nodes, pages, permissions
from synnefod.objects.records.nodes import ROOT, Totals
from synnefod.objects.records.pages import Listed, Seek
from synnefod.objects.values import standing
from synnefod.objects.walking import Visible, Walk
from synnefod.store.interface import Tx

_PAGE = 1000
_FIRST = 100
_TERMS = 100
_NOTHING: dict[str, str] = {}


async def objects(
    parts: Parts,
    principal: Principal,
    account: str,
    container: str,
    query: ObjectQuery,
    asked: Conditions = ALWAYS,
) -> Listing:
    """See `Objects.objects`."""
    meta = query.meta
    if len(meta.any_of) + len(meta.none_of) + len(meta.compare) > _TERMS:
        raise Malformed(f"There may be {_TERMS} terms about metadata.")
    for text in (query.prefix, query.delimiter, query.marker, query.end_marker):
        access.checked_text(text)

    async def body(tx: Tx) -> Listing:
        found = await access.enter(tx, principal, account, container)
        owner = access.owns(principal, account)
        if query.until is not None and not owner:
            raise NotAllowed
        seen = await access.visible(tx, principal, found, shared=query.shared, public=query.public)
        nothing = seen is not None and not owner and not seen.below(query.prefix)
        if nothing and not (query.strict and await access.may_read(tx, principal, found)):
            raise NotAllowed
        if owner:
            shown = await containers.describe(parts, tx, found, query.until)
        elif seen is None:
            shown = await containers.describe_listed(parts, tx, found)
        else:
            shown = await containers.describe_to_others(tx, found)
        conditions.check(asked, exists=True, modified=shown.modified, reading=True)
        hiding = seen
        if query.strict and seen is not None and not owner:
            hiding = None
            if await access.may_read(tx, principal, found):
                seen = None
        entries, truncated = await _walk(tx, found.id, query, hiding)
        listed = [entry for entry in entries if isinstance(entry, Listed)]
        if query.strict and seen is not None and any(not seen.access(e.name) for e in listed):
            raise NotAllowed
        values = await _objects(tx, found.id, shown, listed, query, seen, owner=owner)
        return Listing(
            shown,
            tuple(e if isinstance(e, Subdir) else values[e.node] for e in entries),
            truncated,
        )

    return await parts.store.read("list objects", body)


async def _walk(
    tx: Tx, parent: int, query: ObjectQuery | ContainerQuery, seen: Visible | None
) -> tuple[list[Listed | Subdir], bool]:
    """The entries of a page, and whether more follow."""
    entries: list[Listed | Subdir] = []
    walk = Walk(query, seen)
    hopping = False
    while query.limit > 0 and len(entries) <= query.limit and (seek := walk.seek()):
        size = min(_PAGE, max(query.limit + 1 - len(entries), _FIRST))
        if walk.hops and not entries:
            size = _FIRST
        rows = await _rows(tx, parent, query, seek, size, hopping=hopping)
        before = len(entries)
        if walk.plain:
            entries += rows
            if rows:
                walk.consider(rows[-1].name)
        else:
            _consider(walk, rows, entries, query.limit)
        if len(rows) < size:
            break
        # Where few of the names are entries themselves, the database hops over what lies below.
        named = sum(isinstance(entry, Listed) for entry in entries[before:])
        hopping = walk.hops and named < len(rows) // 2
    return entries[: query.limit], len(entries) > query.limit


async def _rows(
    tx: Tx,
    parent: int,
    query: ObjectQuery | ContainerQuery,
    seek: Seek,
    size: int,
    *,
    hopping: bool,
) -> list[Listed]:
    if hopping:
        found = await pages.hops(
            tx, parent, seek, size, prefix=query.prefix, delimiter=query.delimiter
        )
        if found is not None:
            return found
    meta = query.meta if isinstance(query, ObjectQuery) else None
    return await pages.page(tx, parent, seek, size, until=query.until, meta=meta)


def _consider(
    walk: Walk, rows: Sequence[Listed], entries: list[Listed | Subdir], limit: int
) -> None:
    """Adds what becomes of the names of some rows."""
    for row in rows:
        if len(entries) > limit:
            break
        if walk.skips(row.name):
            continue
        verdict = walk.consider(row.name)
        if verdict.replaces:
            entries.pop()
        if verdict.subdir is not None:
            entries.append(Subdir(verdict.subdir))
        elif verdict.taken:
            entries.append(row)


async def _objects(
    tx: Tx,
    number: int,
    container: Container,
    listed: Sequence[Listed],
    query: ObjectQuery,
    seen: Visible | None,
    *,
    owner: bool,
) -> dict[int, Object]:
    """The listed objects by node, with what the asker may know of their sharing (PIT-098)."""
    numbers = [row.node for row in listed]
    now = query.until is None
    shared = await permissions.of_nodes(tx, number, numbers) if now and numbers else {}
    tokens = await permissions.tokens(tx, number, numbers) if now and owner and numbers else {}
    large: dict[int, dict[str, str]] = {}
    if query.large and listed and (not now or await pages.in_domain_between(tx, SLO, numbers)):
        serials = dump_text([row.version.serial for row in listed])
        large = await pages.domain_values(tx, SLO, serials)
    values = {}
    for row in listed:
        allowed = Access.OWNER
        if not owner:
            allowed = (seen.access(row.name) if seen is not None else None) or Access.READ
        whole, link = standing(large.get(row.version.serial, _NOTHING))
        values[row.node] = describe(
            container.account,
            container.name,
            row.name,
            row.version,
            row.modified,
            sharing=shared.get(row.node),
            public=tokens.get(row.node),
            allowed=allowed,
            large=whole,
            link=link,
        )
    return values


async def of_account(
    parts: Parts, principal: Principal, account: str, query: ContainerQuery
) -> list[Container | Subdir]:
    """See `Objects.containers`."""
    for text in (query.prefix, query.delimiter, query.marker, query.end_marker):
        access.checked_text(text)
    owner = access.owns(principal, account)
    if not owner and (query.public or query.until is not None):
        raise NotAllowed
    # The account is made on its owner's first access, and others need a share in it.
    await accounts.head(parts, principal, account)

    async def body(tx: Tx) -> list[Container | Subdir]:
        node = await nodes.find(tx, ROOT, account)
        if node is None:
            raise NotAllowed
        wanted = await _wanted(tx, principal, node.id, query, owner=owner)
        entries: list[Listed | Subdir] = []
        if wanted is None:
            entries, _ = await _walk(tx, node.id, query, None)
        else:
            everything = evolve(query, limit=2**31)
            found, _ = await _walk(tx, node.id, everything, None)
            entries = [e for e in found if isinstance(e, Subdir) or e.node in wanted]
            entries = entries[: query.limit]
        listed = [entry for entry in entries if isinstance(entry, Listed)]
        values = await _containers(parts, tx, account, listed, query, full=owner)
        return [e if isinstance(e, Subdir) else values[e.node] for e in entries]

    return await parts.store.read("list containers", body)


async def _wanted(
    tx: Tx, principal: Principal, node: int, query: ContainerQuery, *, owner: bool
) -> set[int] | None:
    """The containers that the query restricts itself to; None for all."""
    if not owner:
        names = sorted(await access.grantees(tx, principal))
        return await permissions.containers_shared_with(tx, node, names)
    if not query.shared and not query.public:
        return None
    wanted: set[int] = set()
    if query.shared:
        wanted |= await permissions.containers_shared_with(tx, node, None)
    if query.public:
        wanted |= await permissions.containers_with_public(tx, node)
    return wanted


async def _containers(
    parts: Parts,
    tx: Tx,
    account: str,
    listed: Sequence[Listed],
    query: ContainerQuery,
    *,
    full: bool,
) -> dict[int, Container]:
    numbers = [row.node for row in listed]
    totals = await nodes.totals_of_children(tx, numbers) if numbers else {}
    stored = await nodes.policies_of(tx, numbers) if numbers and full else {}
    values = {}
    for row in listed:
        total = totals.get(row.node, Totals())
        modified = max(row.modified, total.mtime)
        if not full:
            values[row.node] = Container(account, row.name, modified, full=False)
            continue
        count, size, timestamp = total.population, total.size, None
        if query.until is not None:
            count, size, changed = await pages.sum_at(tx, row.node, query.until)
            timestamp = max(row.version.mtime, changed)
        values[row.node] = Container(
            account=account,
            name=row.name,
            modified=modified,
            changed=row.modified,
            count=count,
            bytes=size,
            policy=policies.effective(stored.get(row.node, {}), account, parts.settings),
            until_timestamp=timestamp,
        )
    return values
