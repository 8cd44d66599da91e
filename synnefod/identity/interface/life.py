"""The life of an account as its owner leads it (identity.md 2.9, 3.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from synnefod.common.errors import Refusal
from synnefod.common.ids import UserId
from synnefod.identity.interface import NewUser, User
from synnefod.identity.interface.methods import Claim


class Undelivered(Refusal):
    """The message could not be handed on."""


@frozen
class LifeSettings:
    """`ui` is the address of the web pages, in links. `moderation`: verified accounts wait for
    an administrator unless the address matches one of `patterns`. With `invitations`, people may
    invite others: as many as `per_level` says of their level, which is `level` for those whom
    nobody invited. The rest are addresses of those who are told (identity.md 3.8)."""

    ui: str
    moderation: bool = True
    patterns: tuple[str, ...] = ()
    sign_up: bool = True
    email_change: bool = False
    change_days: int = 10
    moderators: tuple[str, ...] = ()
    activated: tuple[str, ...] = ()
    helpdesk: tuple[str, ...] = ()
    invitations: bool = False
    level: int = 4
    per_level: Mapping[int, int] = field(factory=dict)


@frozen
class Invitation:
    """`consumed`: when somebody signed up with it; moments in microseconds since the epoch."""

    number: int
    realname: str
    email: str
    created: int
    consumed: int | None


@frozen
class Terms:
    """Terms of use: `body` is an administrator's HTML, trusted (identity.md 6.5); `date` in
    microseconds since the epoch."""

    number: int
    date: int
    body: str


class Life(Protocol):
    """What people do with their own accounts. Nothing that is answered tells a stranger whether
    an address has an account (identity.md 6.3). `address` is where the request comes from."""

    @property
    def open(self) -> bool:
        """Whether strangers may ask for an account."""

    async def sign_up(
        self,
        new: NewUser,
        address: str,
        *,
        terms: bool | None = False,
        claim: Claim | None = None,
        code: str = "",
    ) -> User | None:
        """An unverified, inactive account, and a letter to verify it; nothing for an address
        that has a verified account. With a `claim` of a provider, or where addresses are believed
        without a letter, the account is told, unless there was nothing; it may be active already.
        `terms` None: they were not shown, and are asked for at the first sign-in. `code`: of an
        invitation. Raises Forbidden (no sign-up here), Malformed (address, name, password, terms
        not accepted, another's invitation), NotFound (identity of an account, invitation),
        TooManyRequests."""

    async def resend(self, email: str, address: str) -> None:
        """Another letter to an unverified account; older links end. Raises TooManyRequests."""

    async def verify(self, code: str) -> User:
        """Active at once, or waiting for moderation. Raises NotFound (unknown, used, replaced or
        older than three days)."""

    async def ask_reset(self, email: str, address: str) -> None:
        """A letter to an active account with a password. Raises TooManyRequests."""

    @property
    def reset_ends_tokens(self) -> bool:
        """Whether every new password ends all tokens, asked or not."""

    async def reset(self, code: str, password: str, *, ends_tokens: bool = False) -> User:
        """A new password; all sessions end, and all tokens when asked or set so. Raises NotFound
        (as `verify`), Malformed (password; the link stays good)."""

    @property
    def changes_email(self) -> bool:
        """Whether people may change their addresses."""

    async def asked_email(self, user: UserId) -> str:
        """The new address that waits for its owner to confirm it; "" when there is none."""

    async def ask_email(self, user: UserId, email: str) -> None:
        """A letter to the new address and a notice to the old; an earlier wish ends. Raises
        Forbidden (not offered here), Malformed, TooManyRequests."""

    async def confirm_email(self, code: str, by: UserId | None) -> User:
        """Raises NotFound (unknown), Forbidden (another user's), Conflict (too late),
        AlreadyExists (the address has an account now)."""

    async def terms(self, number: int | None = None) -> Terms | None:
        """The terms of a number, or those in force; None when there are none."""

    async def sign_terms(self, user: UserId) -> None:
        """The current terms are accepted."""

    async def feedback(self, user: UserId, message: str, data: str) -> None:
        """A letter to the helpdesk, sent at once. Raises Malformed, TooManyRequests,
        Undelivered."""

    async def invite(self, user: UserId, realname: str, email: str) -> None:
        """A letter with a code to somebody who has no account; one invitation less is left.
        Raises Forbidden (not offered here, none left), Malformed, AlreadyExists (invited, or has
        an account), TooManyRequests."""

    async def invitations(self, user: UserId) -> tuple[int, list[Invitation]]:
        """How many a person has left (AST-138), and those that were given."""

    async def invited(self, code: str) -> Invitation:
        """Raises NotFound (unknown, used, older than thirty days)."""
