"""Accounts on the Swift mount (object-storage.md 5.1, 5.4, 5.9)."""

from __future__ import annotations

from typing import Literal

from synnefod.common.jsonio import parse
from synnefod.objects.interface import Account, AccountChange, ContainerQuery, Subdir
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import MAX_COUNT, MAX_OVERALL, swift_fields
from synnefod.resources.objects.listings import Fields, rendered, swift_container
from synnefod.resources.objects.swift.acting import ACCESS
from synnefod.resources.objects.swift.asking import (
    Ask,
    listing_format,
    listing_reply,
    reply,
    timestamp,
)

_Lists = dict[Literal["admin", "read-write", "read-only"], list[str]]


async def show(ask: Ask) -> Reply:
    """HEAD."""
    form = listing_format(ask)
    return listing_reply(ask, form, account_headers(await _account(ask)), None)


async def containers(ask: Ask) -> Reply:
    """GET: the containers."""
    form, limit = listing_format(ask), ask.limit
    account = await _account(ask)
    query = ContainerQuery(
        prefix=ask.text("prefix"),
        delimiter=ask.text("delimiter"),
        marker=ask.bound("marker"),
        end_marker=ask.bound("end_marker"),
        reverse=ask.true("reverse"),
        limit=limit,
    )
    found = await ask.objects.containers(ask.principal, ask.at.account, query) if limit else []
    entries: list[Fields | Subdir] = [
        entry if isinstance(entry, Subdir) else swift_container(entry) for entry in found
    ]
    name = f"AUTH_{ask.at.account}"
    body = rendered(form[0], "account", name, "container", entries, nested_subdir=True)
    return listing_reply(ask, form, account_headers(account), body)


async def update(ask: Ask) -> Reply:
    """POST: merges metadata; lists of who may act on all of the account are exchanged whole."""
    text = ask.headers.get(ACCESS)
    change = AccountChange(
        metadata=ask.headers.changes("Account"),
        lists=None if text is None else _lists(text),
        replace=False,
        max_metadata=MAX_COUNT,
        max_overall=MAX_OVERALL,
    )
    await ask.objects.update_account(ask.principal, ask.at.account, change)
    return reply(204)


def _lists(text: str) -> dict[str, list[str]]:
    """Raises Malformed for what is no such list."""
    found = parse((text or "{}").encode("utf-8", "surrogateescape"), _Lists)
    return {role: members for role, members in found.items() if members}


async def _account(ask: Ask) -> Account:
    return await ask.objects.account(
        ask.principal, ask.at.account, conditions=conditions.dates_only(ask.headers.get)
    )


def account_headers(account: Account) -> dict[str, str]:
    """Object-storage.md 5.9; somebody else's account shows no counts."""
    headers = {"X-Timestamp": timestamp(account.changed), "Accept-Ranges": "bytes"}
    if account.full:
        headers["X-Account-Container-Count"] = str(account.container_count)
        headers["X-Account-Object-Count"] = str(account.object_count)
        headers["X-Account-Bytes-Used"] = str(account.bytes)
        headers |= swift_fields(account.metadata)
        if account.lists:
            headers[ACCESS] = account.lists
    return headers
