"""Identity put together: what assembly builds once and hands to every door."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from argon2 import PasswordHasher
from attrs import evolve, field, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import IThreads
from synnefod.identity.access_rules import RuleDesk
from synnefod.identity.administration import PeopleOffice
from synnefod.identity.captcha import CaptchaDesk
from synnefod.identity.components import ComponentDesk
from synnefod.identity.credentials import CredentialDesk
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.identity.interface import Newcomers, User
from synnefod.identity.interface.administration import Kinds
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.interface.methods import LOCAL
from synnefod.identity.letters import LetterBox
from synnefod.identity.life import LifeDesk
from synnefod.identity.methods import MethodDesk
from synnefod.identity.oauth import OAuthDesk
from synnefod.identity.passwords import Passwords
from synnefod.identity.policies import PolicyDesk
from synnefod.identity.preferences import PreferenceDesk
from synnefod.identity.proofs import ProofDesk
from synnefod.identity.providers.policies import KNOWN, Rules
from synnefod.identity.rates import Rates
from synnefod.identity.recent import Recent
from synnefod.identity.records import administration as administration_records
from synnefod.identity.records import users as user_records
from synnefod.identity.rights import RightsDesk
from synnefod.identity.sessions import SessionDesk, SessionLimits
from synnefod.identity.signin import SignInDesk, nobody_asks
from synnefod.identity.staff import StaffDesk
from synnefod.identity.templates import Templates
from synnefod.identity.throttle import Limits, Throttle
from synnefod.identity.tokens import Lifetimes, TokenDesk
from synnefod.identity.users import Accounts
from synnefod.identity.uses import Uses
from synnefod.mail.interface import Mailer
from synnefod.store.interface import Store, Tx


@frozen
class WaySettings:
    """Ways to sign in: which are offered, the primary one first, and their policies. `captcha`:
    whoever fails often solves one, sealed with the deployment's `secret`, instead of waiting."""

    moderation: bool = True
    names: tuple[str, ...] = (LOCAL,)
    offered: Mapping[str, Any] = {}
    given: Mapping[str, Mapping[str, Any]] = {}
    captcha: bool = False
    secret: bytes = field(default=b"", repr=False)

    @property
    def rules(self) -> Rules:
        return Rules(self.moderation, self.given)

    @property
    def known(self) -> frozenset[str]:
        return KNOWN | {*self.names, *self.offered}


class Neighbours(Newcomers, Kinds, Protocol):
    """What the projects do for identity."""


@frozen
class IdentityRooms:
    """Implements `Identity` and `Rooms`."""

    store: Store
    users: Accounts
    tokens: TokenDesk
    signin: SignInDesk
    credentials: CredentialDesk
    access_rules: RuleDesk
    components: ComponentDesk
    catalogue: MountedCatalogue
    administration: PeopleOffice
    preferences: PreferenceDesk
    sessions: SessionDesk
    proofs: ProofDesk
    methods: MethodDesk
    policies: PolicyDesk
    captcha: CaptchaDesk
    oauth: OAuthDesk
    rights: RightsDesk
    staff: StaffDesk
    uses: Uses
    life: LifeDesk | None = None
    catalogue_seconds: float = 10.0
    """How long the catalogue may not know of a service registered by another daemon."""

    async def authenticate(self, token: str) -> Principal:
        return await self.tokens.authenticate(token)

    async def refresh_catalogue(self) -> None:
        outside, now = self.catalogue.outside, self.tokens.clock.seconds()
        if now - outside.looked < self.catalogue_seconds:
            return
        outside.looked = now

        async def body(tx: Tx) -> None:
            services = await administration_records.services(tx)
            outside.replace(services, await administration_records.components(tx))

        await self.store.read("registered services", body)

    async def users_by_id(self, ids: Sequence[UserId]) -> dict[UserId, User]:
        found = await self.store.read(
            "users by id", lambda tx: user_records.many(tx, "uuid", list(ids))
        )
        return {user.id: user for user in found}

    async def users_by_name(self, names: Sequence[str]) -> dict[str, User]:
        found = await self.store.read(
            "users by name", lambda tx: user_records.many(tx, "username", list(names))
        )
        return {user.name: user for user in found}


def build(
    store: Store,
    clock: IClock,
    threads: IThreads,
    newcomers: Neighbours,
    recent: Recent,
    catalogue: MountedCatalogue,
    *,
    lifetimes: Lifetimes | None = None,
    limits: Limits | None = None,
    hasher: PasswordHasher | None = None,
    life: LifeSettings | None = None,
    mailer: Mailer | None = None,
    sessions: SessionLimits | None = None,
    ways: WaySettings | None = None,
    known: Callable[[str], None] = nobody_asks,
    own_clients: Mapping[str, str] | None = None,
    oauth_seconds: int = 20,
    password_ends_tokens: bool = True,
    templates: Templates | None = None,
) -> IdentityRooms:
    """All rooms over one store. `recent` is shared with whoever changes memberships.

    With `life` and `mailer`, people may lead their accounts themselves; a `Postman` over the same
    mailer has to send what they cause. `known` is told who was named by a
    proof or a session (for the audit log). `own_clients`: see `oauth`, Note [Own clients].
    """
    passwords = Passwords(threads, hasher) if hasher is not None else Passwords(threads)
    throttle = Throttle(clock, limits or Limits())
    tokens = TokenDesk(store, clock, recent, lifetimes or Lifetimes())
    box = LetterBox(clock)
    accounts = Accounts(
        store,
        clock,
        passwords,
        newcomers,
        recent,
        throttle,
        password_ends_tokens=password_ends_tokens,
    )
    ways = ways or WaySettings(life.moderation if life is not None else True)
    policies = PolicyDesk(store, ways.rules, ways.known, frozenset(ways.names))
    proofs = ProofDesk(store, clock, throttle, Rates(clock), ways.names, ways.offered)
    desk = None
    if life is not None and mailer is not None:
        accounts = evolve(accounts, box=box, activated=life.activated)
        desk = LifeDesk(
            store,
            accounts,
            box,
            Rates(clock),
            life,
            mailer,
            policies,
            known,
            templates or Templates(),
        )
    signin = SignInDesk(store, tokens, passwords, throttle, policies, known)
    return IdentityRooms(
        store,
        accounts,
        tokens,
        signin,
        CredentialDesk(store, tokens, passwords, recent),
        RuleDesk(store),
        ComponentDesk(store, clock),
        catalogue,
        PeopleOffice(
            store, clock, accounts, tokens, desk.ask_verification if desk else None, newcomers
        ),
        PreferenceDesk(store, clock),
        SessionDesk(store, tokens, signin, policies, sessions or SessionLimits()),
        proofs,
        MethodDesk(store, accounts, policies, proofs, desk, known),
        policies,
        CaptchaDesk(store, clock, threads, Rates(clock), ways.secret, ways.captcha),
        OAuthDesk(store, tokens, passwords, own_clients or {}, oauth_seconds),
        RightsDesk(store, accounts),
        StaffDesk(store, accounts, box),
        Uses(store, clock),
        desk,
    )
