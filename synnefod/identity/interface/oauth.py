"""OAuth2: programs that act for a person for a moment (identity.md 2.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.principal import Principal
from synnefod.identity.interface import User
from synnefod.identity.interface.sessions import Session

CONFIDENTIAL, PUBLIC = "confidential", "public"
LONGEST_URL = 5000


class OAuthRefused(Malformed):
    """A request of OAuth2 that is not granted. `code` is its name in RFC 6749."""

    def __init__(self, message: str, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.code = code


@frozen
class Client:
    """A program. `secret` is only given at registration, and only to a confidential one."""

    identifier: str
    kind: str
    trusted: bool
    urls: tuple[str, ...]
    number: int = 0
    secret: str = ""


@frozen
class Wish:
    """What a client asks for, checked. `named`: it said itself where to go back to."""

    client: Client
    redirect_uri: str
    named: bool
    scope: str
    challenge: str | None = None


@frozen
class Granted:
    """An access token, shown this once, and the seconds that it lives."""

    token: str
    seconds: int


@frozen
class Viewer:
    """For whom an access token speaks. `principal` has no administrator's powers."""

    user: User
    principal: Principal
    groups: tuple[str, ...]
    scope: str
    expires: int


class OAuth(Protocol):
    """The authorization-code flow. Codes live for sixty seconds and open once."""

    async def wish(
        self,
        identifier: str,
        redirect_uri: str | None,
        scope: str,
        base: str,
        challenge: str | None = None,
    ) -> Wish:
        """Checks a request. `base` is the address of this daemon, below which its own clients
        are sent back. Raises OAuthRefused."""

    async def grant(self, session: Session, wish: Wish) -> str:
        """A code, shown this once."""

    async def exchange(
        self,
        identifier: str,
        secret: str | None,
        code: str,
        redirect_uri: str | None,
        verifier: str | None = None,
    ) -> Granted:
        """A client's code for a token. Raises OAuthRefused; the code stays good then."""

    async def redeem(self, identifier: str, code: str, redirect_uri: str) -> Granted:
        """The same for a client that is part of this daemon, without a secret."""

    async def validate(self, token: str, belongs_to: str | None = None) -> Viewer:
        """Raises NotFound for unknown and expired tokens, for those of inactive people, and when
        `belongs_to` lies outside the token's scope."""

    async def add_client(
        self, identifier: str, urls: Sequence[str], *, kind: str, trusted: bool, secret: str = ""
    ) -> Client:
        """With a secret of the server's making if none is given. Raises AlreadyExists,
        Malformed."""

    async def clients(self) -> list[Client]: ...

    async def remove_client(self, name: str) -> Client:
        """By number or identifier, with its codes and tokens. Raises NotFound."""
