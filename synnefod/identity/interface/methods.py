"""Ways to sign in beside one another, and the policies that rule them (identity.md 2.10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.identity.interface import NewUser, User

LOCAL = "local"
EMAIL, FIRST_NAME, LAST_NAME = "email", "first_name", "last_name"
ATTRIBUTES = (EMAIL, FIRST_NAME, LAST_NAME)
"""What a provider may tell of a person, and may force."""
Kind = Literal["password", "form", "front", "redirect"]


@frozen
class Provider:
    """A way to sign in that is offered here. `kind`: our own "password", a "form" whose secret
    we hand on (LDAP), the headers of a server in "front" of us (Shibboleth), or a "redirect" to
    the provider's own pages (OpenID Connect). `forced`: attributes that people who have it may not
    change."""

    name: str
    label: str
    kind: Kind
    forced: frozenset[str] = frozenset()


@frozen
class Claim:
    """What a provider says of whoever stands before it.

    `former` is the identifier by which it knew the same person earlier. `forced` names the
    attributes that people may not change. `vouched`: the provider does not deny that the address
    is theirs. `groups`: of the directory; None when there are none to tell.
    """

    module: str
    identifier: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    affiliation: str = ""
    forced: frozenset[str] = frozenset()
    vouched: bool = True
    former: str = ""
    groups: tuple[str, ...] | None = None


@frozen
class Method:
    """A way to sign in that a person has. `removable` as the policies say now; moments in
    microseconds since the epoch."""

    number: int
    module: str
    label: str
    identifier: str
    created: int
    last_used: int | None
    removable: bool
    switchable: bool


@frozen
class Ways:
    """All that a person may see of their own ways to sign in. `addable`: those that the policies
    let them add now. `required`: those that they must add first. `fixed`: the names of
    `ATTRIBUTES` that a provider forces."""

    methods: tuple[Method, ...]
    addable: tuple[Provider, ...]
    required: tuple[Provider, ...]
    fixed: frozenset[str]


@frozen
class Arrival:
    """What came of a claim. `what`:

    "in": `user` may come in. "own": nothing to do. "added", "switched": the way is `user`'s now.
    "sign up": nobody has it; `token` opens the sign-up form, in this browser alone. "created": an
    account was made of it; `user` may come in if active. "refused": `why` is the key of a text.
    """

    what: Literal["in", "own", "added", "switched", "sign up", "created", "refused"]
    user: User | None = None
    token: str = ""
    why: str = ""


@frozen
class Errand:
    """Why a browser was sent to a provider. `switch`: the number of the method to be replaced;
    `user`: who was signed in; `next`: where to go afterwards."""

    next: str = ""
    user: UserId | None = None
    switch: int | None = None


@frozen
class PolicyProfile:
    """Policies for the people and groups that are assigned to it: for one provider, or when
    `exclusive` for every other one. A policy that is absent is left as it is."""

    number: int
    name: str
    provider: str
    exclusive: bool = False
    policies: Mapping[str, bool | int] = {}
    priority: int = 1
    active: bool = True
    groups: tuple[str, ...] = ()
    users: tuple[UserId, ...] = ()


def hindrance(user: User) -> str:
    """Why somebody who is known may not come in yet; the key of a text, "" when they may."""
    if user.is_active:
        return ""
    if not user.email_verified:
        return "unverified"
    if user.is_rejected:
        return "rejected"
    return "inactive" if user.moderated else "pending"


class Proofs(Protocol):
    """Proving who one is by a provider.

    `browser` is a secret that the asking browser alone holds; what was begun in one is worth
    nothing in another.
    """

    @property
    def providers(self) -> Sequence[Provider]:
        """Those that are offered, the primary one first."""

    def provider(self, name: str) -> Provider:
        """Raises NotFound for one that is not offered."""

    async def by_form(
        self, name: str, identifier: str, password: str, address: str, *, human: bool = False
    ) -> Claim:
        """Raises Unauthenticated (wrong, or the provider lacks something we need),
        TooManyRequests, Unavailable."""

    def by_front(self, name: str, headers: Sequence[tuple[str, str]]) -> Claim:
        """From the headers of a server in front of us, which the caller knows to be one of ours,
        each as often as it was sent. Raises Unauthenticated."""

    async def send(self, name: str, browser: str, back: str, errand: Errand, address: str) -> str:
        """The address at the provider to which the browser at `address` is sent; it comes back to
        `back`. Raises Unavailable, TooManyRequests."""

    async def returned(
        self, name: str, answer: Mapping[str, str], browser: str, back: str
    ) -> tuple[Claim, Errand]:
        """Raises Unauthenticated (not sent from here, used, too late, refused by the provider,
        or its proof is not good), Unavailable."""


class Methods(Protocol):
    """What the policies make of what a provider has proven; `browser` as in `Proofs`."""

    async def arrive(
        self, claim: Claim, browser: str, user: UserId | None = None, switch: int | None = None
    ) -> Arrival:
        """What a proven claim leads to (identity.md 2.10). `user`: who is signed in."""

    async def pending(self, token: str, browser: str) -> Claim:
        """What waits for a sign-up form. Raises NotFound (unknown, used, of another browser,
        older than an hour, or taken meanwhile)."""

    async def contested(self, claim: Claim) -> bool:
        """Whether an account that was never verified has this identity; signing up deletes it."""

    async def attach(self, token: str, browser: str, user: UserId) -> Arrival:
        """What waits becomes a way of somebody who has just signed in. Raises NotFound."""

    async def sign_up(
        self, token: str, browser: str, new: NewUser, address: str, *, terms: bool
    ) -> User | None:
        """Makes an account of what waits. Forced attributes are the provider's, whatever `new`
        says. None when nobody may know what came of it (`Life.sign_up`). Raises as `pending` and
        `Life.sign_up` do."""

    async def ways(self, user: UserId) -> Ways: ...

    async def check_free(self, user: UserId, names: Collection[str]) -> None:
        """Raises Forbidden when a provider of the person forces one of these attributes."""

    async def enters(self, user: UserId, name: str) -> bool:
        """Whether the policies let the person sign in by this provider."""

    async def lacking(self, user: UserId) -> bool:
        """Whether the person must add a required provider before all else (AST-150)."""

    async def remove(self, user: UserId, number: int) -> None:
        """With the groups that it gave. Raises NotFound (not own), Forbidden (policy, last)."""

    async def add_password(self, user: UserId, password: str) -> None:
        """For somebody without one. Raises Conflict (has one), Forbidden (policy), Malformed."""


class Policies(Protocol):
    """Profiles of policies, as administrators keep them (AST-190)."""

    async def listing(self) -> list[PolicyProfile]: ...

    async def show(self, name: str) -> PolicyProfile:
        """Raises NotFound."""

    async def add(self, profile: PolicyProfile) -> PolicyProfile:
        """Raises AlreadyExists, Malformed (name, provider, policy)."""

    async def change(
        self,
        name: str,
        provider: str,
        *,
        exclusive: bool | None,
        policies: Mapping[str, bool | int | None],
    ) -> PolicyProfile:
        """A policy that is None is taken out. Raises NotFound, Malformed."""

    async def assign(
        self, name: str, users: Sequence[UserId], groups: Sequence[str | int]
    ) -> PolicyProfile:
        """In place of all assignments there were; people and groups themselves stay (AST-191).
        A group by name or number. Raises NotFound, nothing being changed."""

    async def remove(self, name: str) -> None:
        """Raises NotFound."""
