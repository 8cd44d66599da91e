"""Containers on the Pithos mount (object-storage.md 1.5, 1.6, 1.11)."""

from __future__ import annotations

import re

from synnefod.common.errors import Malformed
from synnefod.common.text import http_date
from synnefod.objects.interface import (
    BLOCK_HASH,
    BLOCK_SIZE,
    Container,
    ContainerChange,
    MetaFilter,
    Subdir,
    pithos_query,
)
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import JSON, TEXT
from synnefod.resources.objects.headers import TRUE_WORDS, canonical, percent_encoded
from synnefod.resources.objects.listings import Fields, hash_list, pithos_object, rendered
from synnefod.resources.objects.pithos.accounts import metadata_of
from synnefod.resources.objects.pithos.asking import Ask, listing_reply, reply

META = "X-Container-Meta-"
POLICY = "X-Container-Policy-"
MAX_TERMS = 100
_COMPARE = re.compile(r"([^=!<>]+)(!=|<=|>=|=|<|>)(.*)", re.DOTALL)


async def show(ask: Ask) -> Reply:
    """HEAD (PIT-057 to PIT-062)."""
    container = await ask.objects.container(
        ask.call.principal,
        ask.at.account,
        ask.at.container,
        until=ask.until,
        conditions=conditions.dates_only(ask.headers.get),
    )
    return reply(204, container_headers(container))


async def objects(ask: Ask) -> Reply:
    """GET (PIT-082 to PIT-101)."""
    query = pithos_query(
        prefix=ask.text("prefix"),
        delimiter=ask.text("delimiter"),
        path=ask.text("path"),
        marker=ask.text("marker"),
        end_marker=ask.text("end_marker"),
        reverse=ask.text("reverse").lower() in TRUE_WORDS,
        limit=ask.limit,
        shared=ask.flag("shared"),
        public=ask.flag("public"),
        until=ask.until,
        meta=meta_filter(ask.text("meta")),
    )
    listing = await ask.objects.objects(
        ask.call.principal,
        ask.at.account,
        ask.at.container,
        query,
        conditions=conditions.dates_only(ask.headers.get),
    )
    until = ask.until is not None
    found = listing.entries
    if ask.names is not None:
        named = iter(await ask.names.objects([e for e in found if not isinstance(e, Subdir)]))
        found = tuple(e if isinstance(e, Subdir) else next(named) for e in found)
    entries: list[Fields | Subdir] = [
        entry if isinstance(entry, Subdir) else pithos_object(entry, until=until, link=ask.link)
        for entry in found
    ]
    kind = ask.format(TEXT)
    body = rendered(kind, "container", ask.at.container, "object", entries)
    return listing_reply(kind, body, container_headers(listing.container))


async def create(ask: Ask) -> Reply:
    """PUT (PIT-063 to PIT-068)."""
    change = ContainerChange(metadata=metadata_of(ask, META, merge=True), policy=_policy(ask))
    new = await ask.objects.put_container(
        ask.call.principal, ask.at.account, ask.at.container, change
    )
    return reply(201 if new else 202)


async def update(ask: Ask) -> Reply:
    """POST: metadata and policy (PIT-069 to PIT-075), and blocks (1.11)."""
    merge = ask.flag("update")
    change = ContainerChange(
        metadata=metadata_of(ask, META, merge=merge), policy=_policy(ask), replace=not merge
    )
    body = ask.call.stream
    blocks = ask.headers.get("Content-Type") == "application/octet-stream" and body.length != 0
    if not blocks or change.replace or change.metadata or change.policy:
        await ask.objects.update_container(
            ask.call.principal, ask.at.account, ask.at.container, change
        )
    if not blocks:
        return reply(202)
    hashes = await ask.objects.store_blocks(
        ask.call.principal, ask.at.account, ask.at.container, body
    )
    kind = ask.format(JSON)
    return reply(202, None, hash_list(kind, hashes), kind)


async def delete(ask: Ask) -> Reply:
    """DELETE: the container, its history up to a time, or its objects (PIT-076 to PIT-081)."""
    principal, account, container = ask.call.principal, ask.at.account, ask.at.container
    until = ask.until
    if until is not None:
        await ask.objects.purge_container(principal, account, container, until)
    elif ask.text("delimiter"):
        await ask.objects.empty_container(principal, account, container)
    else:
        await ask.objects.delete_container(principal, account, container)
    return reply(204)


def _policy(ask: Ask) -> dict[str, str]:
    """PIT-065: directives as sent, blanks removed; the service checks them."""
    return {
        name.lower(): "".join(value.split()) for name, value in ask.headers.family(POLICY).items()
    }


def meta_filter(text: str) -> MetaFilter:
    """PIT-092, PIT-093; terms that make no sense are ignored, more than 100 are Malformed."""
    any_of: list[str] = []
    none_of: list[str] = []
    compare: list[tuple[str, str, str]] = []
    terms = [term.strip() for term in text.split(",") if term.strip()] if text else []
    if len(terms) > MAX_TERMS:
        raise Malformed("Too many terms in 'meta'.")
    for term in terms:
        match = _COMPARE.fullmatch(term)
        if match is not None:
            if match[1].strip():
                compare.append((_key(match[1]), match[2], match[3].strip()))
        elif term.startswith("!"):
            if term[1:].strip() and not set(term[1:]) & set("!=<>"):
                none_of.append(_key(term[1:]))
        elif not set(term) & set("!=<>"):
            any_of.append(_key(term))
    return MetaFilter(any_of=tuple(any_of), none_of=tuple(none_of), compare=tuple(compare))


def _key(name: str) -> str:
    return "X-Object-Meta-" + canonical(name.strip())


def container_headers(container: Container) -> dict[str, str]:
    """PIT-057 to PIT-062; PIT-099 for somebody else's."""
    headers = {
        "Last-Modified": http_date(container.modified),
        "X-Container-Block-Size": str(BLOCK_SIZE),
        "X-Container-Block-Hash": BLOCK_HASH,
        "X-Container-Object-Meta": percent_encoded(",".join(container.object_meta)),
    }
    if not container.full:
        return headers
    headers["X-Container-Object-Count"] = str(container.count)
    headers["X-Container-Bytes-Used"] = str(container.bytes)
    if container.policy is not None:
        headers[POLICY + "Quota"] = str(container.policy.quota)
        headers[POLICY + "Versioning"] = container.policy.versioning
        headers[POLICY + "Project"] = container.policy.project
    for name, value in container.metadata.items():
        headers[percent_encoded(name)] = percent_encoded(value)
    if container.until_timestamp is not None:
        headers["X-Container-Until-Timestamp"] = http_date(container.until_timestamp)
    return headers
