"""OAuth2's authorization-code flow (identity.md 2.11).

Note [Own clients]. Parts of this daemon that take people through the flow (storage's view pages)
are clients without a row: trusted, public to nobody, and sent back only below a path of our own.
They redeem codes by a call, so that they need no secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from attrs import evolve, field, frozen

from synnefod.common.clockwork import Every
from synnefod.common.errors import AlreadyExists, Malformed, NotFound
from synnefod.common.ids import new_token
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS
from synnefod.identity.interface.oauth import (
    CONFIDENTIAL,
    LONGEST_URL,
    PUBLIC,
    Client,
    Granted,
    OAuthRefused,
    Viewer,
    Wish,
)
from synnefod.identity.interface.sessions import Session
from synnefod.identity.passwords import Passwords
from synnefod.identity.records import oauth as records
from synnefod.identity.records import users as user_records
from synnefod.identity.tokens import TokenDesk, digest, well_formed
from synnefod.store.interface import Store, Tx, UniqueViolation

CODE_SECONDS = 60
SHORTEST_SECRET = 16
LONGEST_SCOPE = 5000
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_NO_SCHEMES = frozenset({"javascript", "data", "file", "vbscript", "about", "blob"})
_PORTS = {"http": 80, "https": 443}
_NO_CLIENT = "There is no such client, or its secret is not right."
_NO_CODE = "The code is not known, was used, or is too old."


@frozen
class OAuthDesk:
    """Implements `OAuth`. `own` are clients of this daemon: their paths by identifier. `seconds`
    is how long a token lives."""

    store: Store
    tokens: TokenDesk
    passwords: Passwords
    own: Mapping[str, str] = field(factory=dict)
    seconds: int = 20

    async def wish(
        self,
        identifier: str,
        redirect_uri: str | None,
        scope: str,
        base: str,
        challenge: str | None = None,
    ) -> Wish:
        client, _ = await self._client(identifier, base)
        if client is None:
            raise OAuthRefused("There is no such client.", "invalid_client")
        if challenge is not None and _CHALLENGE.fullmatch(challenge) is None:
            raise OAuthRefused("The code challenge is not one of S256.")
        named = bool(redirect_uri)
        if not redirect_uri:
            if len(client.urls) != 1 or identifier in self.own:
                raise OAuthRefused("The redirect URI is missing.")
            redirect_uri = client.urls[0]
        if not any(_leads_back(redirect_uri, url) for url in client.urls):
            raise OAuthRefused("The redirect URI is not one of the client's.")
        first = scope.split(" ")[0] if scope.strip() else ""
        if len(first) > LONGEST_SCOPE:
            raise OAuthRefused("The scope is too long.", "invalid_scope")
        return Wish(client, redirect_uri, named, first or redirect_uri, challenge)

    async def grant(self, session: Session, wish: Wish) -> str:
        code = new_token()
        stored = records.Code(
            wish.client.identifier,
            session.user.id,
            session.id,
            wish.redirect_uri,
            wish.named,
            wish.scope,
            wish.challenge,
            self.tokens.now(),
        )
        await self.store.transact(
            "grant code", lambda tx: records.add_code(tx, digest(code), stored)
        )
        return code

    async def exchange(
        self,
        identifier: str,
        secret: str | None,
        code: str,
        redirect_uri: str | None,
        verifier: str | None = None,
    ) -> Granted:
        client, stored = (None, None)
        if identifier not in self.own:
            client, stored = await self._client(identifier, "")
        if secret is not None or client is None or client.kind == CONFIDENTIAL:
            good = await self.passwords.verify(stored, secret or "")
            if client is None or not good or secret is None:
                raise OAuthRefused(_NO_CLIENT, "invalid_client")
        return await self._exchanged(identifier, code, redirect_uri, verifier)

    async def redeem(self, identifier: str, code: str, redirect_uri: str) -> Granted:
        if identifier not in self.own:
            raise OAuthRefused(_NO_CLIENT, "invalid_client")
        return await self._exchanged(identifier, code, redirect_uri, None)

    async def _exchanged(
        self, identifier: str, code: str, redirect_uri: str | None, verifier: str | None
    ) -> Granted:
        if not well_formed(code):
            raise OAuthRefused(_NO_CODE, "invalid_grant")
        key, token, now = digest(code), new_token(), self.tokens.now()

        async def body(tx: Tx) -> bool:
            found = await records.code(tx, key)
            if found is None or found.client != identifier:
                raise OAuthRefused(_NO_CODE, "invalid_grant")
            if found.created + CODE_SECONDS * MICROSECONDS <= now:
                await records.delete_code(tx, key)
                return False
            _check_back(found, redirect_uri)
            _check_challenge(found.challenge, verifier)
            await records.delete_code(tx, key)
            expires = now + self.seconds * MICROSECONDS
            await records.add_token(tx, digest(token), found, now, expires)
            return True

        if not await self.store.transact("exchange code", body):
            raise OAuthRefused(_NO_CODE, "invalid_grant")
        return Granted(token, self.seconds)

    async def validate(self, token: str, belongs_to: str | None = None) -> Viewer:
        missing = NotFound("The token is not known, or it is no longer valid.")
        if not well_formed(token):
            raise missing
        key = digest(token)
        found = await self.store.read("find OAuth2 token", lambda tx: records.token(tx, key))
        if found is None:
            raise missing
        if found.expires <= self.tokens.now():
            await self.store.transact(
                "delete OAuth2 token", lambda tx: records.delete_token(tx, key)
            )
            raise missing
        if not found.user.is_active or not found.terms_accepted:
            raise missing
        if belongs_to is not None and not covers(found.scope, belongs_to):
            raise NotFound("The token is for something else.")
        user = found.user
        groups = await self.store.read(
            "groups of a user", lambda tx: user_records.groups(tx, user.id)
        )
        standings = await self.tokens.standings(user.id)
        principal = Principal(
            user=user.id,
            name=user.name,
            project=user.default_project,
            projects=frozenset(each.id for each in standings),
            token_expires=found.expires,
        )
        return Viewer(
            user, principal, tuple(name for _, name in groups), found.scope, found.expires
        )

    async def add_client(
        self, identifier: str, urls: Sequence[str], *, kind: str, trusted: bool, secret: str = ""
    ) -> Client:
        if _IDENTIFIER.fullmatch(identifier) is None:
            raise Malformed("An identifier has 1 to 255 letters, digits and . _ : -")
        if kind not in (CONFIDENTIAL, PUBLIC):
            raise Malformed(f"A client is {CONFIDENTIAL} or {PUBLIC}.")
        if not urls:
            raise Malformed("A client has at least one URL to be sent back to.")
        urls = tuple(dict.fromkeys(_registered(url) for url in urls))
        if kind == PUBLIC and secret:
            raise Malformed("A public client has no secret.")
        if kind == CONFIDENTIAL:
            secret = secret or secrets.token_urlsafe(32)
            if not SHORTEST_SECRET <= len(secret) <= 255:
                raise Malformed(f"A secret has {SHORTEST_SECRET} to 255 characters.")
        if identifier in self.own:
            raise AlreadyExists(f"The daemon itself is the client {identifier}.")
        hashed = await self.passwords.hash(secret) if secret else None
        made = Client(identifier, kind, trusted, urls, secret=secret)

        async def body(tx: Tx) -> int:
            number = await records.add_client(
                tx, identifier, hashed, kind, trusted, self.tokens.now()
            )
            await records.add_redirects(tx, number, urls)
            return number

        try:
            return evolve(made, number=await self.store.transact("add OAuth2 client", body))
        except UniqueViolation:
            raise AlreadyExists(f"There is a client {identifier}.") from None

    async def clients(self) -> list[Client]:
        found = await self.store.read("list OAuth2 clients", lambda tx: records.clients(tx))
        return [client for client, _ in found]

    async def remove_client(self, name: str) -> Client:
        async def body(tx: Tx) -> Client:
            for client, _ in await records.clients(tx):
                if name in (client.identifier, str(client.number)):
                    await records.delete_client(tx, client)
                    return client
            raise NotFound(f"There is no client {name[:64]}.")

        return await self.store.transact("remove OAuth2 client", body)

    async def sweep(self) -> int:
        """Deletes codes and tokens that are over; how many."""
        now = self.tokens.now()
        return await self.store.transact(
            "delete OAuth2 tokens that are over",
            lambda tx: records.delete_expired(tx, now, now - CODE_SECONDS * MICROSECONDS),
        )

    def sweeping(self, seconds: float = 3600.0) -> Every:
        """Does so every `seconds`; `begin` starts it. They are refused before, too."""
        return Every(self.tokens.clock, seconds, self.sweep, "deleting OAuth2 tokens")

    async def _client(self, identifier: str, base: str) -> tuple[Client | None, str | None]:
        """A client and the hash of its secret."""
        if identifier in self.own:
            url = base + self.own[identifier]
            return Client(identifier, PUBLIC, True, (url,)), None
        if _IDENTIFIER.fullmatch(identifier) is None:
            return None, None
        found = await self.store.read(
            "find OAuth2 client", lambda tx: records.clients(tx, identifier)
        )
        return found[0] if found else (None, None)


def covers(scope: str, wanted: str) -> bool:
    """Whether `wanted` is the scope or lies below it; /a does not cover /ab (identity.md 7.3)."""
    if not wanted.startswith(scope):
        return False
    return wanted == scope or scope.endswith(("/", "?")) or wanted[len(scope)] in "/?"


def _registered(url: str) -> str:
    """A URL that a client may be sent back to. Raises Malformed."""
    if _parts(url) is None:
        raise Malformed(f"'{url[:64]}' is not an absolute URL without a fragment.")
    return url


def _parts(url: str) -> SplitResult | None:
    """The parts of an absolute URL; None for what is none, or what hides where it leads."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable():
        return None
    if any(letter in url for letter in '\\ "<>') or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    if not parts.scheme or parts.scheme in _NO_SCHEMES or not parts.netloc or "@" in parts.netloc:
        return None
    return parts


def _leads_back(url: str, registered: str) -> bool:
    """Whether `url` is the registered one or extends its path (AST-173)."""
    parts = _parts(url)
    if parts is None:
        return False
    if url == registered:
        return True
    if urlsplit(registered).query or not url.startswith(registered.rstrip("/") + "/"):
        return False
    extension = unquote(unquote(parts.path))
    return "\\" not in extension and not {".", ".."} & set(extension.split("/"))


def _normal(url: str) -> str:
    """One spelling of a URL: scheme and host in lower case, no usual port, a path."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.port is not None and parts.port != _PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path or "/", parts.query, ""))


def _check_back(code: records.Code, redirect_uri: str | None) -> None:
    """RFC 6749 4.1.3. Raises OAuthRefused."""
    if not redirect_uri:
        if code.named:
            raise OAuthRefused("The redirect URI is missing.", "invalid_grant")
        return
    if _parts(redirect_uri) is None or _normal(redirect_uri) != _normal(code.redirect_uri):
        raise OAuthRefused("The redirect URI is not the code's.", "invalid_grant")


def _check_challenge(challenge: str | None, verifier: str | None) -> None:
    """RFC 7636, method S256. Raises OAuthRefused."""
    if challenge is None:
        return
    made = hashlib.sha256((verifier or "").encode("utf-8", "replace")).digest()
    shown = base64.urlsafe_b64encode(made).decode().rstrip("=")
    if verifier is None or not hmac.compare_digest(shown, challenge):
        raise OAuthRefused("The code verifier is not right.", "invalid_grant")
