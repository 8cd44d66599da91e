"""Access rules: what of which service a program may do with an application credential."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from attrs import evolve, frozen

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.principal import AccessRule
from synnefod.identity.records import access_rules as records
from synnefod.identity.records import credentials as credential_records
from synnefod.store.interface import Store, Tx

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
LONGEST_PATH = 128
MOST = 64
"""Rules of one credential: each request is compared with all of them."""
_PATH = re.compile(r"/[\x21-\x7e]*")


@frozen
class RuleDesk:
    """Implements `AccessRules`."""

    store: Store

    async def listing(self, user: UserId) -> list[AccessRule]:
        return await self.store.read("list access rules", lambda tx: records.listing(tx, user))

    async def show(self, user: UserId, id_: str) -> AccessRule:
        for rule in await self.listing(user):
            if rule.id == id_:
                return rule
        raise NotFound(f"There is no access rule {id_[:64]}.")

    async def remove(self, user: UserId, id_: str) -> None:
        async def body(tx: Tx) -> None:
            if await records.one(tx, user, id_) is None:
                raise NotFound(f"There is no access rule {id_[:64]}.")
            for each in await credential_records.listing(tx, user):
                if any(rule.id == id_ for rule in each.access_rules):
                    raise Forbidden(f"The application credential {each.name} has this rule.")
            await records.delete(tx, user, id_)

        await self.store.transact("delete access rule", body)


def check(asked: Iterable[AccessRule]) -> None:
    """Raises Malformed unless each rule names one that exists by its id, or is whole."""
    rules = list(asked)
    if len(rules) > MOST:
        raise Malformed(f"An application credential has at most {MOST} access rules.")
    for rule in rules:
        if rule.id:
            continue
        if rule.method not in METHODS:
            raise Malformed(f"The method of an access rule is one of {', '.join(sorted(METHODS))}.")
        if not 0 < len(rule.service) <= 64:
            raise Malformed("The service of an access rule is the type of a service.")
        if len(rule.path) > LONGEST_PATH or _PATH.fullmatch(rule.path) is None:
            raise Malformed(
                f"The path of an access rule begins with a slash, and has {LONGEST_PATH}"
                " characters of ASCII at most."
            )


async def settle(
    tx: Tx, user: UserId, asked: Iterable[AccessRule], now: int
) -> tuple[AccessRule, ...]:
    """The person's rules that are meant; those that they did not have are made."""
    found: dict[str, AccessRule] = {}
    for rule in asked:
        if rule.id:
            known = await records.one(tx, user, rule.id)
            if known is None:
                raise Malformed(f"There is no access rule {rule.id[:64]}.")
        else:
            known = await records.put(tx, user, evolve(rule, id=uuid.uuid4().hex), now)
        found[known.id] = known
    return tuple(found.values())
