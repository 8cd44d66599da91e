"""Tables of ways to sign in: auth_providers, pending_identities, signin_errands.

Note [Proven]. Unverified accounts may claim an identity that is somebody's; `proven` marks the one
that is an account's for certain, and a unique index lets each identity be so once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.identity.interface.methods import ATTRIBUTES, Claim
from synnefod.store.interface import Tx


@frozen
class Held:
    """A way that a person has. Moments in microseconds since the epoch."""

    number: int
    module: str
    identifier: str
    created: int
    last_used: int | None


async def of_person(tx: Tx, person: str) -> list[Held]:
    """Active ones, the oldest first."""
    rows = await tx.all(
        "select id, module, identifier, created, last_login_at from auth_providers "
        "where person = :person and active = 1 order by id",
        person=person,
    )
    return [Held(*row) for row in rows]


async def owner(tx: Tx, module: str, identifier: str) -> UserId | None:
    """Whose identity this is for certain (Note [Proven])."""
    row = await tx.one(
        "select person from auth_providers where module = :module and identifier = :identifier "
        "and proven = 1 and active = 1",
        module=module,
        identifier=identifier,
    )
    return UserId(row[0]) if row is not None else None


async def add(tx: Tx, person: str, claim: Claim, now: int, *, proven: bool) -> None:
    """Raises UniqueViolation when it is another's for certain."""
    await tx.run(
        "insert into auth_providers "
        "(person, module, identifier, affiliation, created, last_login_at, proven) "
        "values (:person, :module, :identifier, :affiliation, :now, :now, :proven)",
        person=person,
        module=claim.module,
        identifier=claim.identifier,
        affiliation=claim.affiliation or None,
        now=now,
        proven=int(proven),
    )


async def prove(tx: Tx, person: str) -> None:
    """What an account claims is its own from now on, but for what became another's meanwhile."""
    await tx.run(
        "delete from auth_providers where person = :person and identifier <> '' and proven = 0 "
        "and exists (select 1 from auth_providers o where o.module = auth_providers.module "
        "and o.identifier = auth_providers.identifier and o.proven = 1)",
        person=person,
    )
    await tx.run(
        "update auth_providers set proven = 1 where person = :person and identifier <> ''",
        person=person,
    )


async def rename(tx: Tx, module: str, before: str, after: str) -> bool:
    """The same person has another identifier now. Raises UniqueViolation."""
    return bool(
        await tx.run(
            "update auth_providers set identifier = :after "
            "where module = :module and identifier = :before and proven = 1",
            module=module,
            before=before,
            after=after,
        )
    )


async def switch(tx: Tx, number: int, claim: Claim, now: int) -> None:
    """Raises UniqueViolation."""
    await tx.run(
        "update auth_providers set identifier = :identifier, affiliation = :affiliation, "
        "proven = 1, last_login_at = :now where id = :id",
        id=number,
        identifier=claim.identifier,
        affiliation=claim.affiliation or None,
        now=now,
    )


async def used(tx: Tx, person: str, claim: Claim, now: int) -> None:
    await tx.run(
        "update auth_providers set last_login_at = :now, affiliation = :affiliation "
        "where person = :person and module = :module and identifier = :identifier",
        person=person,
        module=claim.module,
        identifier=claim.identifier,
        affiliation=claim.affiliation or None,
        now=now,
    )


async def delete(tx: Tx, number: int) -> None:
    await tx.run("delete from auth_providers where id = :id", id=number)


async def delete_unverified(tx: Tx, claim: Claim, keep: str) -> None:
    """Accounts that claim the identity and were never verified go, but for `keep`."""
    await tx.run(
        "delete from users where email_verified = 0 and uuid <> :keep and uuid in "
        "(select person from auth_providers where module = :module "
        "and identifier = :identifier)",
        keep=keep,
        module=claim.module,
        identifier=claim.identifier,
    )


async def put_pending(tx: Tx, claim: Claim, digest: str, browser: str, now: int) -> None:
    """In place of an earlier one of the same identity."""
    told: dict[str, Any] = {name: getattr(claim, name) for name in (*ATTRIBUTES, "affiliation")}
    told |= {"forced": sorted(claim.forced), "vouched": claim.vouched}
    if claim.groups is not None:
        told["groups"] = list(claim.groups)
    await tx.run(
        "insert into pending_identities (module, identifier, digest, browser, claim, created) "
        "values (:module, :identifier, :digest, :browser, :claim, :now) "
        "on conflict (module, identifier) do update set digest = excluded.digest, "
        "browser = excluded.browser, claim = excluded.claim, created = excluded.created",
        module=claim.module,
        identifier=claim.identifier,
        digest=digest,
        browser=browser,
        claim=dump_text(told),
        now=now,
    )


async def pending(tx: Tx, digest: str, browser: str, since: int) -> Claim | None:
    row = await tx.one(
        "select module, identifier, claim from pending_identities "
        "where digest = :digest and browser = :browser and created > :since",
        digest=digest,
        browser=browser,
        since=since,
    )
    if row is None:
        return None
    told: Mapping[str, Any] = parse(row[2], dict[str, Any])
    plain = {name: told[name] for name in (*ATTRIBUTES, "affiliation", "vouched")}
    return Claim(
        module=row[0],
        identifier=row[1],
        forced=frozenset(told["forced"]),
        groups=tuple(told["groups"]) if "groups" in told else None,
        **plain,
    )


async def forget_pending(tx: Tx, claim: Claim) -> bool:
    return bool(
        await tx.run(
            "delete from pending_identities where module = :module and identifier = :identifier",
            module=claim.module,
            identifier=claim.identifier,
        )
    )


async def put_errand(
    tx: Tx, digest: str, browser: str, module: str, purpose: str, now: int
) -> None:
    await tx.run(
        "insert into signin_errands (digest, browser, module, purpose, created) "
        "values (:digest, :browser, :module, :purpose, :now)",
        digest=digest,
        browser=browser,
        module=module,
        purpose=purpose,
        now=now,
    )


async def take_errand(
    tx: Tx, digest: str, browser: str, module: str, since: int
) -> Mapping[str, Any] | None:
    """Its purpose, once."""
    rows = await tx.all(
        "delete from signin_errands where digest = :digest and browser = :browser "
        "and module = :module and created > :since returning purpose",
        digest=digest,
        browser=browser,
        module=module,
        since=since,
    )
    return parse(rows[0][0], dict[str, Any]) if rows else None


async def delete_old(tx: Tx, since: int) -> int:
    """What nobody came back for."""
    gone = await tx.run("delete from signin_errands where created <= :since", since=since)
    return gone + await tx.run(
        "delete from pending_identities where created <= :since", since=since
    )
