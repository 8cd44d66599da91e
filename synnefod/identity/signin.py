"""Sign-in: proofs to tokens, for Keystone v3, Synnefo v2.0 and Swift v1.

Note [One answer]. Unknown user, wrong secret, inactive account and unusable project are told
apart by nobody: one message, and a password is always hashed, a dummy if need be.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from attrs import evolve, frozen

from synnefod.common import metrics
from synnefod.common.errors import Forbidden, Malformed, NotFound, Refusal, Unauthenticated
from synnefod.common.ids import UserId, uuid_with_dashes
from synnefod.common.text import MICROSECONDS
from synnefod.identity.interface import (
    DOMAIN_ID,
    DOMAIN_NAME,
    ApplicationCredential,
    Issued,
    Proof,
    Scope,
    Standing,
    User,
    Who,
)
from synnefod.identity.interface.methods import LOCAL
from synnefod.identity.passwords import Passwords
from synnefod.identity.policies import PolicyDesk
from synnefod.identity.records import credentials as credential_records
from synnefod.identity.records import users as user_records
from synnefod.identity.throttle import Throttle
from synnefod.identity.tokens import REFUSAL, Seen, TokenDesk, digest
from synnefod.store.interface import Store, Tx

_METHODS = frozenset({"password", "token", "application_credential"})


def nobody_asks(user: str) -> None:
    """Where no audit log is kept."""


@frozen
class Proven:
    """Who signed in, with what limits of the proof."""

    user: User
    expires: int | None = None
    parent: Seen | None = None
    credential: ApplicationCredential | None = None


@frozen
class SignInDesk:
    """Implements `SignIn`."""

    store: Store
    tokens: TokenDesk
    passwords: Passwords
    throttle: Throttle
    policies: PolicyDesk
    known: Callable[[str], None] = nobody_asks
    """Told of everybody whom a proof has just named."""

    async def sign_in(self, proofs: Sequence[Proof], scope: Scope, address: str) -> Issued:
        if len(proofs) == 1 and proofs[0].method == "token":
            with _counting("token"):
                return await self._from_token(proofs[0].secret, scope)
        proven = [await self._counted(proof, address) for proof in proofs]
        if not proven or len({each.user.id for each in proven}) != 1:
            raise Unauthenticated(REFUSAL)
        methods = [proof.method for proof in proofs]
        for each in proven:
            if each.parent is not None:
                methods += [m for m in each.parent.issued.methods if m not in methods]
        return await self._grant(proven, methods, scope)

    async def legacy(self, username: str | None, token: str, tenant: str | None) -> Issued:
        try:
            seen = await self.tokens.seen(token)
        except NotFound:
            raise Unauthenticated(REFUSAL) from None
        issued, user = seen.issued, seen.issued.user
        if username is not None and uuid_with_dashes(username) != user.id:
            raise Unauthenticated(REFUSAL)
        if not tenant or uuid_with_dashes(tenant) == user.id:
            return issued
        project = _chosen(seen.standings(), user, tenant, tenant)
        if project is None:
            raise Malformed("The tenant is not a project of the user.")
        if issued.project is not None and issued.project.id == project.id:
            return evolve(issued, scope="project")
        if issued.credential is not None:
            raise Malformed("The token's credential belongs to another project.")
        scope = Scope("project", project_id=project.id)
        return await self._grant([Proven(user, issued.expires, seen)], ["token"], scope)

    async def swift(self, user: str, key: str, address: str) -> tuple[Issued, str]:
        if user.startswith("appcred:"):
            proof = Proof(
                "application_credential", secret=key, credential=user.removeprefix("appcred:")
            )
            issued = await self.sign_in([proof], Scope(), address)
            return issued, issued.user.id
        project, _, name = user.rpartition(":")
        dashed = uuid_with_dashes(name)
        who = Who(id=dashed) if "@" not in name else Who(name=name)
        proven = await self._by_password(who, key, address, tokens=True)
        account = await self._account(project, proven.user)
        scoped = project and account == proven.user.id
        if proven.parent is not None and not scoped:
            return proven.parent.issued, account
        scope = Scope("project", project, project) if scoped else Scope()
        return await self._grant([proven], ["password"], scope), account

    async def _account(self, text: str, user: User) -> str:
        """Whose files are meant: another person's whose UUID `text` is, or the user's own."""
        uuid = uuid_with_dashes(text)
        found = await self.store.read("account", lambda tx: user_records.one(tx, "uuid", uuid))
        return user.id if found is None else found.id

    async def _counted(self, proof: Proof, address: str) -> Proven:
        with _counting(proof.method):
            return await self._prove(proof, address)

    async def _prove(self, proof: Proof, address: str) -> Proven:
        if proof.method == "password":
            return await self._by_password(
                proof.who, proof.secret, address, tokens=proof.who.id is not None
            )
        if proof.method == "token":
            seen = await self.tokens.seen(proof.secret)
            _exchangeable(seen.issued)
            return Proven(seen.issued.user, seen.issued.expires, seen)
        if proof.method == "application_credential":
            return await self._by_credential(proof, address)
        raise Unauthenticated(REFUSAL)

    async def _by_password(self, who: Who, password: str, address: str, *, tokens: bool) -> Proven:
        """With `tokens`, one of the user's own tokens does as the password."""
        column, value = ("uuid", uuid_with_dashes(who.id)) if who.id else ("username", "")
        if not who.id:
            value = (who.name or "").lower()
        found = await self.store.read(
            "find user", lambda tx: user_records.secret(tx, column, value)
        )
        account = found[0].id if found else value
        if tokens and found is not None:
            try:
                seen = await self.tokens.seen(password)
            except NotFound:
                pass
            else:
                issued = seen.issued
                if issued.user.id == found[0].id and issued.credential is None:
                    return Proven(issued.user, issued.expires, seen)
        stored = found[1] if found else None
        known_domain = who.domain in (None, DOMAIN_ID, DOMAIN_NAME)

        async def right() -> bool:
            return await self.passwords.verify(stored, password) and known_domain

        good = await self.throttle.attempt(account, address, right)
        if found is None or stored is None or not good or not found[0].is_active:
            raise Unauthenticated(REFUSAL)
        person = found[0].id
        policies = await self.store.read(
            "policy of sign-in", lambda tx: self.policies.of(tx, person, LOCAL)
        )
        if not policies[LOCAL].login:
            raise Unauthenticated(REFUSAL)
        await self.note_login(found[0], stored, password)
        return Proven(found[0])

    async def note_login(self, user: User, stored: str, password: str) -> None:
        """Remembers the time; a hash of old parameters is made anew (AST-224)."""
        self.known(user.id)
        now = self.tokens.now()
        fresh = await self.passwords.hash(password) if self.passwords.outdated(stored) else None

        async def body(tx: Tx) -> None:
            values: dict[str, int | str | float | bytes | None] = {"last_login": now}
            if fresh is not None:
                values["password"] = fresh
            await user_records.update(tx, user.id, values, now)

        await self.store.transact("note login", body)

    async def _by_credential(self, proof: Proof, address: str) -> Proven:
        subject = f"credential {proof.credential} {proof.who.id or proof.who.name or ''}"

        async def find(tx: Tx) -> tuple[ApplicationCredential, str, str, User] | None:
            id_ = proof.credential or ""
            if proof.who != Who():
                user = await _named(tx, proof.who)
                named = await credential_records.listing(tx, user.id, id_) if user else []
                id_ = named[0].id if named else ""
            found = await credential_records.one(tx, id_)
            if found is None:
                return None
            owner = await user_records.one(tx, "uuid", found[0].user)
            return (*found, owner) if owner is not None else None

        found = await self.store.read("find application credential", find)

        async def right() -> bool:
            if found is None or found[2] == "password":
                return await self.passwords.verify(found[1] if found else None, proof.secret)
            return hmac.compare_digest(found[1], digest(proof.secret))

        if not await self.throttle.attempt(subject, address, right) or found is None:
            raise Unauthenticated(REFUSAL)
        credential, user = found[0], found[3]
        expired = credential.expires is not None and credential.expires <= self.tokens.now()
        if expired or not user.is_active:
            raise Unauthenticated(REFUSAL)
        return Proven(user, credential.expires, credential=credential)

    async def _from_token(self, token: str, scope: Scope) -> Issued:
        """Another token for whoever shows a live one, all in one transaction: the sign-in of
        programs that renew or rescope, by far the most frequent."""

        async def body(tx: Tx) -> Issued:
            seen = await self.tokens.seen_in(tx, token)
            issued, user = seen.issued, seen.issued.user
            self.known(user.id)
            _exchangeable(issued)
            kind, project = _scope(user, seen.standings(), scope, None)
            methods = ["token", *(each for each in issued.methods if each != "token")]
            expires = min(self._ends(), issued.expires)
            scoped = project.id if project else None
            made = await self.tokens.another(tx, seen, kind, scoped, methods, expires)
            return await self._worth(tx, made.token) if kind == "system" else made

        return await self.store.transact("issue token", body)

    async def _worth(self, tx: Tx, token: str) -> Issued:
        """A new token, if it is worth anything. Raises Unauthenticated."""
        try:
            return (await self.tokens.seen_in(tx, token)).issued
        except NotFound:
            raise Unauthenticated(REFUSAL) from None

    def _ends(self) -> int:
        return self.tokens.now() + self.tokens.lifetimes.v3 * MICROSECONDS

    async def _grant(
        self, proven: Sequence[Proven], methods: Sequence[str], scope: Scope
    ) -> Issued:
        """A fresh token of the asked scope, that ends no later than any proof."""
        user = proven[0].user
        self.known(user.id)
        credential = next((each.credential for each in proven if each.credential), None)
        parent = next((each.parent for each in proven if each.parent), None)
        standings = parent.standings() if parent else await self.tokens.standings(user.id)
        kind, project = _scope(user, standings, scope, credential)
        limits = [each.expires for each in proven if each.expires is not None]
        expires = min([self._ends(), *limits])

        async def body(tx: Tx) -> Issued:
            if parent is not None and credential is None and kind != "system":
                scoped = project.id if project else None
                return await self.tokens.another(tx, parent, kind, scoped, methods, expires)
            token = await self.tokens.add(
                tx,
                user.id,
                kind,
                project.id if project else None,
                methods,
                expires,
                credential=credential.id if credential else None,
                parent=parent.issued.audit_ids[0] if parent else None,
            )
            return await self._worth(tx, token)

        return await self.store.transact("issue token", body)


@contextmanager
def _counting(method: str) -> Iterator[None]:
    name = method if method in _METHODS else "other"
    try:
        yield
    except Refusal:
        metrics.auth_attempts.labels(name, "refused").inc()
        raise
    metrics.auth_attempts.labels(name, "accepted").inc()


def _exchangeable(issued: Issued) -> None:
    """Raises Forbidden for a token that may not become another one."""
    used = issued.credential
    if used is not None and (used.restricted or used.access_rules):
        raise Forbidden("A token of a restricted application credential stays as it is.")


def _scope(
    user: User,
    standings: Sequence[Standing],
    scope: Scope,
    credential: ApplicationCredential | None,
) -> tuple[str, Standing | None]:
    """The kind of the new token, and the project where it has one. Raises Unauthenticated."""
    if credential is not None:
        own = next((each for each in standings if each.id == credential.project), None)
        asked = own if scope.kind == "" else None
        if scope.kind == "project":
            asked = _chosen(standings, user, scope.project_id, scope.project_name)
        if own is None or asked != own:
            raise Unauthenticated(REFUSAL)
        return "project", own
    if scope.kind == "unscoped":
        return "unscoped", None
    if scope.kind == "project":
        chosen = _chosen(standings, user, scope.project_id, scope.project_name)
        if chosen is None or scope.domain not in (None, DOMAIN_ID, DOMAIN_NAME):
            raise Unauthenticated(REFUSAL)
        return "project", chosen
    if scope.kind == "system":
        return "system", None  # administrators and readers; the look-up of the new token tells
    if scope.kind == "domain":
        if not user.is_admin or scope.domain not in (None, DOMAIN_ID, DOMAIN_NAME):
            raise Unauthenticated(REFUSAL)
        return scope.kind, None
    default = next((each for each in standings if each.id == user.default_project), None)
    return ("project", default) if default else ("unscoped", None)


async def _named(tx: Tx, who: Who) -> User | None:
    if who.domain not in (None, DOMAIN_ID, DOMAIN_NAME):
        return None
    if who.id:
        return await user_records.one(tx, "uuid", UserId(uuid_with_dashes(who.id)))
    return await user_records.one(tx, "username", (who.name or "").lower())


def _chosen(
    standings: Sequence[Standing], user: User, id_: str | None, name: str | None
) -> Standing | None:
    """By id, else by name; a person's own project answers to their UUID and name too."""
    for standing in standings:
        if id_ is not None and standing.id == uuid_with_dashes(id_):
            return standing
    if name is None:
        return None
    for standing in standings:
        own = str(standing.id) == user.id and name.lower() in (user.id, user.name)
        if standing.name == name or own:
            return standing
    return None
