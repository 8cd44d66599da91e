"""Access lists of containers as Swift writes them (object-storage.md 5.7). Pure.

A list is text: items between commas. `.r:host` items are about the page that links here and hold
for everybody; the others name accounts and users, whose names are stored as UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.errors import Malformed
from synnefod.common.ids import is_uuid, uuid_with_dashes
from synnefod.common.principal import Principal
from synnefod.objects.askers import UNKNOWN_REFERRER, Asker

READ, WRITE = "read", "write"
SIDES = (READ, WRITE)
LISTINGS = ".rlistings"
MAX_LENGTH = 8192
ROLES = ("admin", "read-write", "read-only")
"""What the lists of a whole account may say of somebody."""
_REFERRER = ".r:"
_SPELLINGS = frozenset((".r", ".ref", ".referer", ".referrer"))


def cleaned(text: str, side: str) -> str:
    """The list in its short form, names as given. Raises Malformed."""
    if len(text) > MAX_LENGTH:
        raise Malformed("The access list is too long.")
    found = []
    for item in _items(text):
        word, colon, rest = (part.strip() for part in item.partition(":"))
        if not item.startswith("."):
            found.append(f"{word}{colon}{rest}")
        elif item.lower() == LISTINGS:
            found.append(LISTINGS)
        elif word.lower() in _SPELLINGS and colon:
            found.append(_REFERRER + _host(rest, side, item))
        else:
            raise Malformed(f"Unknown designator in the access list: {item[:64]}")
    return ",".join(found)


def _host(rest: str, side: str, item: str) -> str:
    if side == WRITE:
        raise Malformed(f"Referrers not allowed in write ACL: {item[:64]}")
    minus = "-" if rest.startswith("-") else ""
    host = rest.removeprefix("-").strip().lower()
    if host.startswith("*") and host != "*":
        host = host[1:].strip()
    if not host or host == ".":
        raise Malformed(f"No host/domain value after referrer designation in ACL: {item[:64]}")
    return minus + host


def _items(text: str) -> list[str]:
    return [item for raw in text.split(",") if (item := raw.strip())]


def names(text: str) -> set[str]:
    """The names of people in the list, in lower case, which are no UUIDs yet."""
    words = (word for item in _items(text) if item[0] != "." for word in item.split(":"))
    return {word.lower() for word in words if word != "*" and not is_uuid(uuid_with_dashes(word))}


def settled(text: str, known: Mapping[str, str]) -> str:
    """The list with UUIDs in place of the names that are `known`."""

    def word(name: str) -> str:
        found = uuid_with_dashes(name)
        return found if is_uuid(found) else known.get(name.lower(), name)

    return ",".join(
        item if item.startswith(".") else ":".join(map(word, item.split(":")))
        for item in _items(text)
    )


def admits(text: str, principal: Principal, owner: str = "") -> bool:
    """Whether the list names the asker, who must be somebody. The `owner`'s own account in front
    of a user means that user, wherever he belongs: an account has no other users here."""
    if not principal.user:
        return False
    accounts = {principal.user, *principal.projects}
    if principal.project is not None:
        accounts.add(principal.project)
    everyone = {"*", *accounts}
    before_user = {owner, *everyone}
    for item in _items(text):
        if item.startswith("."):
            continue
        account, colon, user = item.partition(":")
        if not colon:
            if account in accounts:
                return True
        elif account in {principal.user: before_user, "*": everyone}.get(user, ()):
            return True
    return False


def role(lists: Mapping[str, Sequence[str]], principal: Principal) -> str:
    """The greatest of ROLES that the lists of a whole account give the asker; "" for none."""
    for name in ROLES:
        if admits(",".join(lists.get(name, ())), principal):
            return name
    return ""


def admits_referrer(text: str, principal: Principal) -> bool:
    """Whether the list lets in whoever comes from where the asker comes from: the last rule that
    fits decides."""
    host = principal.referrer if isinstance(principal, Asker) else UNKNOWN_REFERRER
    allowed = False
    for item in _items(text):
        if not item.startswith(_REFERRER):
            continue
        rule = item.removeprefix(_REFERRER)
        wanted = rule.removeprefix("-")
        if wanted in ("*", host) or (wanted.startswith(".") and host.endswith(wanted)):
            allowed = not rule.startswith("-")
    return allowed


def granted(lists: Mapping[str, str], principal: Principal, owner: str = "") -> frozenset[str]:
    """What the lists of `owner`'s container give the asker: some of `read`, `write`, `list`."""
    given = set()
    read = lists.get(READ, "")
    if read:
        if admits(read, principal, owner):
            given |= {READ, "list"}
        elif admits_referrer(read, principal):
            given |= {READ, "list"} if LISTINGS in _items(read) else {READ}
    if WRITE in lists and admits(lists[WRITE], principal, owner):
        given.add(WRITE)
    return frozenset(given)
