"""Who acts on all of somebody else's account: its owner's lists by role (object-storage.md 5.7)."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.errors import Forbidden
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.objects.interface import Asker, asker
from synnefod.resources.call import Reply
from synnefod.resources.objects.swift.asking import Ask

ACCESS = "X-Account-Access-Control"
_READS = ("GET", "HEAD", "OPTIONS")
_KEYS = ("-read", "-write", "-temp-url-key", "-temp-url-key-2", "-sync-key", "-access-control")


async def acting(ask: Ask) -> Ask:
    """The request as its account's owner makes it, if one of his lists names the asker, bounded to
    what the role allows and to this account. Raises Forbidden."""
    account, person = ask.at.account, ask.principal
    if not person.user or person.user == account:
        return ask
    role = await ask.objects.role(person, account)
    if not role:
        return ask
    if role == "read-only" and ask.call.method not in _READS:
        raise Forbidden("This account may only be read.")
    if role != "admin" and any(_is_owners(name) for name, _ in ask.call.headers.items()):
        raise Forbidden("Only who administers the account may set keys and access lists.")
    owner = Principal(UserId(account), person.name, None)
    referrer = person.referrer if isinstance(person, Asker) else "unknown"
    return evolve(ask, principal=asker(owner, referrer=referrer, confined=account), role=role)


def withheld(ask: Ask, answer: Reply) -> Reply:
    """Without what only who administers the account is told."""
    if ask.role in ("", "admin"):
        return answer
    kept = {name: text for name, text in answer.headers.items() if not _is_owners(name)}
    return evolve(answer, headers=kept)


def _is_owners(name: str) -> bool:
    """Whether a header is an access list or a key of an account or container, set or removed."""
    low = name.lower().replace("x-remove-", "x-", 1)
    return low.startswith(("x-account-", "x-container-")) and low.endswith(_KEYS)
