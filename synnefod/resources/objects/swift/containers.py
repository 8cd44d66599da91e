"""Containers on the Swift mount (object-storage.md 5.1, 5.4, 5.8)."""

from __future__ import annotations

from synnefod.common.errors import Conflict, Malformed, Unsupported
from synnefod.objects.interface import (
    Container,
    ContainerChange,
    NoSuchContainer,
    ObjectQuery,
    Rolling,
    Subdir,
    VersionQuery,
)
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import (
    MAX_COUNT,
    MAX_OVERALL,
    TRUE_WORDS,
    natural,
    one_line,
    swift_fields,
)
from synnefod.resources.objects.listings import Fields, rendered, swift_object, swift_version
from synnefod.resources.objects.swift.asking import (
    Ask,
    ceiling,
    listing_format,
    listing_reply,
    reply,
    timestamp,
)

VERSIONS = "X-Versions-Enabled"
LISTS = {"read": "X-Container-Read", "write": "X-Container-Write"}
NOT_OFFERED = (
    "X-Versions-Location",
    "X-History-Location",
    "X-Container-Sync-To",
)


async def show(ask: Ask) -> Reply:
    """HEAD."""
    form = listing_format(ask)
    container = await _container(ask)
    return listing_reply(ask, form, container_headers(container), None)


async def objects(ask: Ask) -> Reply:
    """GET: the objects."""
    form, query = listing_format(ask), _query(ask)
    if "versions" in ask.call.query:
        return await _versions(ask, form, query)
    entries: list[Fields | Subdir] = []
    if query.limit:
        listing = await ask.objects.objects(
            ask.principal,
            ask.at.account,
            ask.at.container,
            query,
            conditions=conditions.dates_only(ask.headers.get),
        )
        container = listing.container
        entries = [
            entry if isinstance(entry, Subdir) else swift_object(entry, ask.call.mount)
            for entry in listing.entries
        ]
    else:
        container = await _container(ask)
    body = rendered(form[0], "container", ask.at.container, "object", entries, nested_subdir=True)
    return listing_reply(ask, form, container_headers(container), body)


async def _versions(ask: Ask, form: tuple[str, str], query: ObjectQuery) -> Reply:
    """GET with `versions` (5.8). Raises Unsupported for what is only said of names."""
    if query.delimiter or query.reverse or query.end_marker:
        raise Unsupported("Versions are listed by name, with prefix and marker only.")
    container = await _container(ask)
    found = await ask.objects.object_versions(
        ask.principal,
        ask.at.account,
        ask.at.container,
        VersionQuery(query.prefix, query.marker, natural(ask.text("version_marker")), query.limit),
    )
    entries: list[Fields | Subdir] = [swift_version(version) for version in found]
    body = rendered(form[0], "container", ask.at.container, "object", entries)
    return listing_reply(ask, form, container_headers(container), body)


def _query(ask: Ask) -> ObjectQuery:
    path = ask.text("path") if "path" in ask.call.query else None
    prefix, delimiter = ask.text("prefix"), ask.text("delimiter")
    if path is not None:
        prefix, delimiter = (path.rstrip("/") + "/" if path else ""), "/"
    return ObjectQuery(
        prefix=prefix,
        delimiter=delimiter,
        children_only=path is not None,
        marker=ask.bound("marker"),
        end_marker=ask.bound("end_marker"),
        reverse=ask.true("reverse"),
        limit=ask.limit,
        rolling=Rolling.SWIFT,
        large=True,
    )


async def create(ask: Ask) -> Reply:
    """PUT: 201, or 202 when it was there, its metadata then merged."""
    storage = (ask.headers.get("X-Storage-Policy") or "").strip()
    if storage and storage.lower() != "default":
        raise Malformed(f"Invalid X-Storage-Policy '{one_line(storage)}'")
    metadata, policy = ask.headers.changes("Container"), _policy(ask)
    if "versioning" not in policy:
        try:
            await ask.objects.container(ask.principal, ask.at.account, ask.at.container)
        except NoSuchContainer:
            policy["versioning"] = ask.settings.versioning
    new = await ask.objects.put_container(
        ask.principal,
        ask.at.account,
        ask.at.container,
        ContainerChange(
            metadata=metadata,
            policy=policy,
            lists=_lists(ask),
            max_metadata=MAX_COUNT,
            max_overall=MAX_OVERALL,
            touch=True,
        ),
    )
    return reply(201 if new else 202)


async def update(ask: Ask) -> Reply:
    """POST: merges metadata."""
    change = ContainerChange(
        metadata=ask.headers.changes("Container"),
        policy=_policy(ask),
        lists=_lists(ask),
        max_metadata=MAX_COUNT,
        max_overall=MAX_OVERALL,
        touch=True,
    )
    await ask.objects.update_container(ask.principal, ask.at.account, ask.at.container, change)
    return reply(204)


async def delete(ask: Ask) -> Reply:
    """DELETE. Raises Conflict while versioning is enabled, since history would go with it."""
    container = await _container(ask)
    if container.count == 0 and container.policy and container.policy.versioning != "none":
        raise Conflict("The container keeps versions; disable X-Versions-Enabled first.")
    await ask.objects.delete_container(ask.principal, ask.at.account, ask.at.container)
    return reply(204)


def _policy(ask: Ask) -> dict[str, str]:
    """Raises Unsupported for what is not offered, rather than to pretend."""
    for name in NOT_OFFERED:
        if ask.headers.get(name):
            raise Unsupported(f"{name} is not offered.")
    enabled = ask.headers.get(VERSIONS)
    if enabled is None:
        return {}
    return {"versioning": "auto" if enabled.strip().lower() in TRUE_WORDS else "none"}


def _lists(ask: Ask) -> dict[str, str]:
    """The access lists to set; `X-Remove-` clears (5.7)."""
    found = {}
    for side, name in LISTS.items():
        value = ask.headers.get(name)
        if value is not None:
            found[side] = value
        if ask.headers.get(name.replace("X-", "X-Remove-", 1)):
            found[side] = ""
    return found


async def _container(ask: Ask) -> Container:
    return await ask.objects.container(
        ask.principal,
        ask.at.account,
        ask.at.container,
        conditions=conditions.dates_only(ask.headers.get),
    )


def container_headers(container: Container) -> dict[str, str]:
    """Somebody else's container shows counts and metadata only if an access list says so."""
    headers = {
        "X-Timestamp": timestamp(container.created or container.changed),
        "Last-Modified": ceiling(container.changed or container.modified),
        "X-Storage-Policy": "default",
        "Accept-Ranges": "bytes",
    }
    for side, name in LISTS.items():
        if side in container.lists:
            headers[name] = one_line(container.lists[side])
    if container.full or container.listed:
        headers["X-Container-Object-Count"] = str(container.count)
        headers["X-Container-Bytes-Used"] = str(container.bytes)
        if container.policy is not None:
            headers[VERSIONS] = "True" if container.policy.versioning == "auto" else "False"
        headers |= swift_fields(container.metadata)
    return headers
