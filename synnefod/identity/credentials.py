"""Application credentials: secrets of one project for programs (identity.md 4.4)."""

from __future__ import annotations

import secrets
import uuid

from attrs import evolve, frozen

from synnefod.common.errors import AlreadyExists, Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.identity import access_rules
from synnefod.identity.interface import ApplicationCredential, Issued
from synnefod.identity.passwords import LONGEST, Passwords
from synnefod.identity.recent import Recent
from synnefod.identity.records import credentials as records
from synnefod.identity.tokens import TokenDesk, digest
from synnefod.store.interface import Store, Tx, UniqueViolation

SHORTEST_SECRET = 16


@frozen
class CredentialDesk:
    """Implements `Credentials`."""

    store: Store
    tokens: TokenDesk
    passwords: Passwords
    recent: Recent

    async def create(self, issued: Issued, asked: ApplicationCredential) -> ApplicationCredential:
        if issued.credential is not None and issued.credential.restricted:
            raise Forbidden("A restricted application credential makes no others.")
        if issued.project is None:
            raise Forbidden("An application credential needs a token of a project.")
        if not asked.name or len(asked.name) > 255:
            raise Malformed("The name of an application credential has 1 to 255 characters.")
        now = self.tokens.now()
        if asked.expires is not None and asked.expires <= now:
            raise Malformed("The application credential would have expired already.")
        access_rules.check(asked.access_rules)
        missing = [role for role in asked.roles if role not in issued.project.roles]
        if missing:
            raise Malformed(f"You do not have the role {missing[0]} in this project.")
        if asked.secret:
            if not SHORTEST_SECRET <= len(asked.secret) <= LONGEST:
                raise Malformed(f"A secret has {SHORTEST_SECRET} to {LONGEST} characters.")
            stored, kind = await self.passwords.hash(asked.secret), "password"
            secret = asked.secret
        else:
            secret = secrets.token_urlsafe(64)
            stored, kind = digest(secret), "digest"
        credential = evolve(
            asked,
            id=uuid.uuid4().hex,
            user=issued.user.id,
            project=issued.project.id,
            roles=asked.roles or issued.project.roles,
            secret="",
        )

        async def body(tx: Tx) -> ApplicationCredential:
            rules = await access_rules.settle(tx, issued.user.id, asked.access_rules, now)
            whole = evolve(credential, access_rules=rules)
            await records.insert(tx, whole, stored, kind, now)
            return whole

        try:
            made = await self.store.transact("create application credential", body)
        except UniqueViolation:
            raise AlreadyExists(f"There is an application credential {asked.name}.") from None
        return evolve(made, secret=secret)

    async def listing(
        self, user: UserId, *, name: str | None = None
    ) -> list[ApplicationCredential]:
        return await self.store.read(
            "list application credentials", lambda tx: records.listing(tx, user, name)
        )

    async def show(self, user: UserId, id_: str) -> ApplicationCredential:
        found = await self.store.read(
            "show application credential", lambda tx: records.one(tx, id_)
        )
        if found is None or found[0].user != user:
            raise NotFound(f"There is no application credential {id_[:64]}.")
        return found[0]

    async def remove(self, user: UserId, id_: str, *, by: Issued | None = None) -> None:
        if by is not None and by.credential is not None and by.credential.restricted:
            raise Forbidden("A restricted application credential deletes no others.")
        gone = await self.store.transact(
            "delete application credential", lambda tx: records.delete(tx, user, id_)
        )
        self.recent.clear()
        if not gone:
            raise NotFound(f"There is no application credential {id_[:64]}.")
