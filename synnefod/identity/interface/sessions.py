"""Sessions of people who sign in with a browser (identity.md 6.3, 6.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.identity.interface import User


@frozen
class Session:
    """A browser in which `user` signed in by `method` (a provider's name).

    Moments are microseconds since the epoch, UTC; `agent` is what the browser calls itself.
    `terms_accepted` is false while there are newer terms than the person agreed to, `profile_seen`
    until the person has saved the profile once.
    """

    id: str
    user: User
    method: str
    address: str
    agent: str
    created: int
    seen: int
    expires: int
    terms_accepted: bool = True
    profile_seen: bool = True


@frozen
class Begun:
    """A session that has just begun. `secret` goes into its cookie; only a digest is kept.
    `token` is a Synnefo token that ends with the session."""

    secret: str
    session: Session
    token: str


class Sessions(Protocol):
    """A session ends when it is not used for a while, after a fixed time whatever its use, with
    its person's activity and password, and when somebody ends it."""

    async def prove(self, name: str, password: str, address: str, *, human: bool = False) -> User:
        """Whose e-mail and password these are; the account may be inactive. `human`: a captcha was
        solved. Raises Unauthenticated (unknown, wrong, no password), TooManyRequests."""

    async def begin(
        self, user: UserId, *, method: str, address: str, agent: str, replaces: str = ""
    ) -> Begun:
        """A new session with a new secret; the one whose secret is `replaces` ends (no secret
        that was known before a sign-in is worth anything after it). Raises Forbidden for an
        inactive account."""

    async def find(self, secret: str) -> Session | None:
        """The living session of a secret; being used, it lives on."""

    async def listing(self, user: UserId) -> Sequence[Session]:
        """The living sessions of a person, the latest used first."""

    async def end(self, user: UserId, session: str) -> None:
        """One of a person's sessions, with its tokens. Raises NotFound."""

    async def short_token(self, session: Session) -> tuple[str, int]:
        """A token of at most fifteen minutes that ends with the session, and its expiry."""

    async def renew(self, session: Session) -> tuple[str, int]:
        """All tokens of the person end, and all other sessions; a new token and its expiry."""

    async def renew_all(self, user: UserId, token: str) -> tuple[str, int]:
        """`renew`, asked with a token of the person's; the session that it was given to stays."""
