"""Accounts on the Pithos mount (object-storage.md 1.3, 1.4)."""

from __future__ import annotations

from synnefod.common.errors import Malformed
from synnefod.common.text import http_date
from synnefod.objects.interface import Account, AccountChange, ContainerQuery, Subdir
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import TEXT
from synnefod.resources.objects.headers import percent_encoded
from synnefod.resources.objects.listings import Fields, pithos_account, pithos_container, rendered
from synnefod.resources.objects.pithos.asking import MAX_MEMBER, Ask, listing_reply, reply

MAX_GROUPS = 32
MAX_MEMBERS = 32


async def sharing_with_me(ask: Ask) -> Reply:
    """PIT-034 to PIT-038."""
    found = await ask.objects.accounts_sharing_with(
        ask.call.principal, marker=ask.text("marker"), limit=ask.limit
    )
    kind = ask.format(TEXT)
    entries: list[Fields | Subdir] = [pithos_account(entry) for entry in found]
    if ask.names is not None:
        known = await ask.names.of(entry.name for entry in found)
        entries = [
            {**pithos_account(entry), "name": known.get(entry.name, entry.name)} for entry in found
        ]
    return listing_reply(kind, rendered(kind, "accounts", "", "account", entries), {})


async def show(ask: Ask) -> Reply:
    """HEAD (PIT-039 to PIT-044)."""
    account = await _account(ask)
    return reply(204, account_headers(account))


async def containers(ask: Ask) -> Reply:
    """GET (PIT-045 to PIT-049)."""
    account = await _account(ask)
    query = ContainerQuery(
        marker=ask.text("marker"),
        limit=ask.limit,
        shared=ask.flag("shared"),
        public=ask.flag("public"),
        until=ask.until,
    )
    found = await ask.objects.containers(ask.call.principal, ask.at.account, query)
    until = ask.until is not None
    entries: list[Fields | Subdir] = [
        entry if isinstance(entry, Subdir) else pithos_container(entry, until=until)
        for entry in found
    ]
    kind = ask.format(TEXT)
    body = rendered(kind, "account", ask.at.account, "container", entries)
    return listing_reply(kind, body, account_headers(account))


async def update(ask: Ask) -> Reply:
    """POST (PIT-050 to PIT-056)."""
    merge = ask.flag("update")
    change = AccountChange(
        metadata=metadata_of(ask, "X-Account-Meta-", merge=merge),
        groups=_groups(ask),
        replace=not merge,
    )
    await ask.objects.update_account(ask.call.principal, ask.at.account, change)
    return reply(202)


async def _account(ask: Ask) -> Account:
    account = await ask.objects.account(
        ask.call.principal,
        ask.at.account,
        until=ask.until,
        conditions=conditions.dates_only(ask.headers.get),
    )
    return account if ask.names is None else await ask.names.account(account)


def metadata_of(ask: Ask, prefix: str, *, merge: bool) -> dict[str, str]:
    """User metadata by full header name; without `merge` an empty value is an absent item."""
    return {
        prefix + name: value for name, value in ask.headers.family(prefix).items() if value or merge
    }


def _groups(ask: Ask) -> dict[str, tuple[str, ...]]:
    """PIT-051 to PIT-054. Raises Malformed."""
    groups: dict[str, tuple[str, ...]] = {}
    for name, value in ask.headers.family("X-Account-Group-").items():
        if "-" in name:
            raise Malformed("Bad characters in group name")
        members = tuple(dict.fromkeys(m for m in "".join(value.split()).split(",") if m))
        if len(members) > MAX_MEMBERS or any(len(m) > MAX_MEMBER for m in members):
            raise Malformed("Too many group members, or a member's name is too large.")
        groups[name.lower()] = members
    if len(groups) > MAX_GROUPS:
        raise Malformed("Too many groups.")
    return groups


def account_headers(account: Account) -> dict[str, str]:
    """PIT-039 to PIT-044; somebody else's account shows only its date."""
    headers = {"Last-Modified": http_date(account.modified)}
    if not account.full:
        return headers
    headers["X-Account-Container-Count"] = str(account.container_count)
    headers["X-Account-Bytes-Used"] = str(account.bytes_used)
    if account.quota:
        headers["X-Account-Policy-Quota"] = str(sum(account.quota.values()))
    for project, limit in account.quota.items():
        headers[f"X-Account-Policy-Quota-{project}"] = str(limit)
    for group, members in account.groups.items():
        name = percent_encoded("X-Account-Group-" + group.capitalize())
        headers[name] = percent_encoded(",".join(members))
    for name, value in account.metadata.items():
        headers[percent_encoded(name)] = percent_encoded(value)
    if account.until_timestamp is not None:
        headers["X-Account-Until-Timestamp"] = http_date(account.until_timestamp)
    return headers
