"""Bearer tokens: issue, check, revoke.

Note [What a token is worth]. A row says whose token it is and for which scope; everything else
(activity, terms, memberships, roles) is read with it at every check, so a change of any of them
holds for tokens that exist. Only `Recent` remembers, for two seconds.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence

from attrs import frozen

from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import NotFound, Unauthenticated
from synnefod.common.ids import ProjectId, UserId, new_token
from synnefod.common.jsonio import dump_text, parse
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.interface import (
    ADMIN,
    MANAGER,
    MEMBER,
    READER,
    CredentialUsed,
    Issued,
    Standing,
    User,
)
from synnefod.identity.recent import Recent
from synnefod.identity.records import tokens as records
from synnefod.identity.records.credentials import rules_of
from synnefod.identity.records.tokens import Found, NewToken, Owned
from synnefod.store.interface import Store, Tx

REFUSAL = "The request you have made requires authentication."
MOST_API_TOKENS = 20


def digest(token: str) -> str:
    """SHA-256: a token is 256 random bits, so no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def well_formed(token: str) -> bool:
    return 0 < len(token) <= 512 and token.isascii() and token.isprintable()


@frozen
class Lifetimes:
    """Seconds that a Synnefo token and a v3 token live."""

    api: int = 720 * 3600
    v3: int = 8 * 3600


@frozen
class Seen:
    """A live token as it was found: what its owner is told, and what they may reach with it."""

    issued: Issued
    row: Found

    def standings(self) -> list[Standing]:
        """As `TokenDesk.standings` says."""
        user = self.row.user
        found = [standing(each, user, (), None) for each in self.row.projects]
        return sorted(found, key=lambda each: (str(each.id) != user.id, each.id))


@frozen
class TokenDesk:
    """Implements `Tokens`."""

    store: Store
    clock: IClock
    recent: Recent
    lifetimes: Lifetimes = Lifetimes()

    async def authenticate(self, token: str) -> Principal:
        if not well_formed(token):
            raise Unauthenticated(REFUSAL)
        key = digest(token)
        known = self.recent.get(key)
        if known is not None:
            metrics.tokens_validated.labels("remembered").inc()
            return known
        turn = self.recent.turn
        found = await self._look_up(key)
        metrics.tokens_validated.labels("refused" if found is None else "looked up").inc()
        if found is None:
            raise Unauthenticated(REFUSAL)
        principal = self.issued(token, found).principal
        self.recent.put(key, principal, turn)
        return principal

    async def inspect(self, token: str) -> Issued:
        return (await self.seen(token)).issued

    async def seen(self, token: str) -> Seen:
        """`inspect`, with all that was read for it."""
        found = await self._look_up(digest(token)) if well_formed(token) else None
        if found is None:
            raise NotFound("The token is not known, or it is no longer valid.")
        return Seen(self.issued(token, found), found)

    async def seen_in(self, tx: Tx, token: str) -> Seen:
        """`seen`, in the caller's transaction."""
        row = None
        if well_formed(token):
            row = self._live(await records.look_up(tx, digest(token)))
        if row is None:
            raise NotFound("The token is not known, or it is no longer valid.")
        return Seen(self.issued(token, row), row)

    async def _look_up(self, key: str) -> Found | None:
        return self._live(
            await self.store.read("look up token", lambda tx: records.look_up(tx, key))
        )

    def _live(self, found: Found | None) -> Found | None:
        """The token, unless it is unknown or worth nothing now."""
        if found is None or found.expires <= self.now():
            return None
        if not found.user.is_active or not found.terms_accepted:
            return None
        if found.scope == "project" and all(p.project != found.project for p in found.projects):
            return None
        if found.scope == "domain" and not found.user.is_admin:
            return None
        if found.scope == "system" and not (found.user.is_admin or found.system):
            return None
        return found

    def issued(self, token: str, found: Found) -> Issued:
        """What a live token says of its owner."""
        user = found.user
        allowed = frozenset(parse(found.credential[2])) if found.credential else None
        scoped = found.project
        if found.scope == "default":
            scoped = user.default_project
        project = next(
            (
                standing(each, user, found.groups, allowed)
                for each in found.projects
                if each.project == scoped
            ),
            None,
        )
        roles: Iterable[str] = project.roles if project else ()
        if project is None and user.is_admin and found.scope != "unscoped":
            roles = (ADMIN,)
        elif found.system:
            roles = found.system
        used = _used(found)
        principal = Principal(
            user=user.id,
            name=user.name,
            project=project.id if project else None,
            projects=_projects(found),
            roles=frozenset(roles),
            is_admin=ADMIN in roles,
            reads_all=READER in found.system,
            token_expires=found.expires,
            audit_id=found.audit_id,
            rules=(used.access_rules or None) if used else None,
        )
        audit_ids = [found.audit_id]
        if found.parent_audit_id:
            audit_ids.append(found.parent_audit_id)
        return Issued(
            token=token,
            principal=principal,
            user=user,
            scope=found.scope,
            project=project,
            groups=found.groups,
            issued_at=found.issued,
            expires=found.expires,
            methods=tuple(parse(found.methods)),
            audit_ids=tuple(audit_ids),
            credential=used,
        )

    async def issue_api(
        self, user: UserId, *, label: str = "", seconds: int | None = None
    ) -> tuple[str, int]:
        async def body(tx: Tx) -> tuple[str, int]:
            expires = self.now() + (seconds or self.lifetimes.api) * MICROSECONDS
            token = await self.add(tx, user, "default", None, ("token",), expires, label=label)
            await records.trim(tx, user, label, MOST_API_TOKENS)
            return token, expires

        result = await self.store.transact("issue token", body)
        self.recent.clear()
        return result

    async def add(
        self,
        tx: Tx,
        user: UserId,
        scope: str,
        project: str | None,
        methods: Sequence[str],
        expires: int,
        *,
        label: str = "",
        credential: str | None = None,
        parent: str | None = None,
        session: str | None = None,
    ) -> str:
        """Stores a new token's digest in the caller's transaction; the token itself."""
        token = new_token()
        row = NewToken(
            digest(token),
            user,
            scope,
            project,
            label,
            dump_text(list(methods)),
            credential,
            secrets.token_urlsafe(16),
            parent,
            session,
            self.now(),
            expires,
        )
        await records.insert(tx, row)
        return token

    async def another(
        self,
        tx: Tx,
        seen: Seen,
        scope: str,
        project: str | None,
        methods: Sequence[str],
        expires: int,
    ) -> Issued:
        """`add` for whoever showed a live token, of which all but the scope is known already."""
        token, old = new_token(), seen.row
        row = NewToken(
            digest(token),
            old.user.id,
            scope,
            project,
            "",
            dump_text(list(methods)),
            None,
            secrets.token_urlsafe(16),
            old.audit_id,
            None,
            self.now(),
            expires,
        )
        await records.insert(tx, row)
        return self.issued(token, row.of(old))

    async def revoke(self, token: str) -> None:
        key = digest(token) if well_formed(token) else ""

        async def body(tx: Tx) -> bool:
            return await records.delete(tx, key)

        gone = await self.store.transact("revoke token", body)
        self.recent.clear()
        if not gone:
            raise NotFound("The token is not known, or it is no longer valid.")

    async def standings(self, user: UserId) -> list[Standing]:
        found = await self.role_assignments(user, None)
        return sorted(
            (each for _, _, each in found), key=lambda each: (str(each.id) != user, each.id)
        )

    async def role_assignments(
        self, user: UserId | None, project: ProjectId | None
    ) -> list[tuple[UserId, str, Standing]]:
        rows = await self.store.read(
            "role assignments", lambda tx: records.standings(tx, user, project)
        )
        return [
            (who.id, who.shown_name or who.name, standing(owned, who, (), None))
            for who, owned in rows
        ]

    async def sweep(self) -> int:
        """Deletes expired tokens; how many."""
        return await self.store.transact(
            "delete expired tokens", lambda tx: records.delete_expired(tx, self.now())
        )

    def now(self) -> int:
        return micros(self.clock.seconds())


def standing(
    owned: Owned, user: User, groups: Sequence[str], allowed: frozenset[str] | None
) -> Standing:
    """A person's roles in a project, cut down to `allowed` for an application credential."""
    roles = [MEMBER, READER]
    if owned.owned:
        roles.append(MANAGER)
    if user.is_admin:
        roles.append(ADMIN)
    roles += [f"group:{name}" for name in groups]
    if allowed is not None:
        roles = [role for role in roles if role in allowed]
    return Standing(ProjectId(owned.project), owned.name, tuple(roles))


def _projects(found: Found) -> frozenset[ProjectId]:
    """Of an application credential, only its own project."""
    if found.credential is not None:
        return frozenset({ProjectId(found.project)} if found.project else ())
    return frozenset(ProjectId(each.project) for each in found.projects)


def _used(found: Found) -> CredentialUsed | None:
    if found.credential is None:
        return None
    id_, name, _, unrestricted, rules = found.credential
    return CredentialUsed(id_, name, not unrestricted, rules_of(rules))
