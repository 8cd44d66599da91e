"""Proving who one is by a provider: a form, a server in front of us, or a trip to its own pages.

Note [One browser]. What was begun in a browser (a trip to a provider, a sign-up that waits) is
bound to a secret that this browser holds, and worth nothing in another: nobody can finish in a
victim's browser what they began as themselves.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import NotFound, Refusal, Unauthenticated
from synnefod.common.ids import UserId, new_token
from synnefod.common.jsonio import dump_text
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.interface.methods import LOCAL, Claim, Errand, Provider
from synnefod.identity.providers.parts import FormProvider, FrontProvider, RedirectProvider
from synnefod.identity.records import methods as records
from synnefod.identity.throttle import Throttle
from synnefod.identity.tokens import digest, well_formed
from synnefod.store.interface import Store

ERRAND = 900
"""Seconds that a trip to a provider may take."""


@frozen
class ProofDesk:
    """Implements `Proofs`. `names`: what is offered, the primary one first; `offered` holds the
    providers among them, which are all but `LOCAL`."""

    store: Store
    clock: IClock
    throttle: Throttle
    names: tuple[str, ...] = (LOCAL,)
    offered: Mapping[str, Any] = {}

    @property
    def providers(self) -> Sequence[Provider]:
        return [self.provider(name) for name in self.names]

    def provider(self, name: str) -> Provider:
        if name == LOCAL and LOCAL in self.names:
            return Provider(LOCAL, "E-mail", "password")
        card: Provider = self._offered(name).card
        return card

    async def by_form(self, name: str, identifier: str, password: str, address: str) -> Claim:
        provider: FormProvider = self._offered(name, "form")
        found: list[Claim] = []

        async def right() -> bool:
            try:
                found.append(await provider.prove(identifier, password))
            except Unauthenticated as error:
                found_wrong.append(error)
            return bool(found)

        found_wrong: list[Unauthenticated] = []
        account = f"{name} {identifier.lower()[:255]}"
        good = await self.throttle.attempt(account, address, right)
        self._count(name, good)
        if not good:
            raise found_wrong[0]
        return found[0]

    def by_front(self, name: str, headers: Mapping[str, str]) -> Claim:
        provider: FrontProvider = self._offered(name, "front")
        try:
            claim = provider.prove(headers)
        except Refusal:
            self._count(name, False)
            raise
        self._count(name, True)
        return claim

    async def send(self, name: str, browser: str, back: str, errand: Errand) -> str:
        provider: RedirectProvider = self._offered(name, "redirect")
        state, now = new_token(), self._now()
        purpose: dict[str, Any] = {"next": errand.next[:4096]}
        if errand.user is not None:
            purpose["user"] = errand.user
        if errand.switch is not None:
            purpose["switch"] = errand.switch
        address = await provider.address(back, state, *_answers(browser, state))
        text = dump_text(purpose)
        await self.store.transact(
            "send to provider",
            lambda tx: records.put_errand(tx, digest(state), digest(browser), name, text, now),
        )
        return address

    async def returned(
        self, name: str, answer: Mapping[str, str], browser: str, back: str
    ) -> tuple[Claim, Errand]:
        provider: RedirectProvider = self._offered(name, "redirect")
        state = answer.get("state", "")
        since = self._now() - ERRAND * MICROSECONDS
        purpose = None
        if well_formed(state):
            purpose = await self.store.transact(
                "return from provider",
                lambda tx: records.take_errand(tx, digest(state), digest(browser), name, since),
            )
        if purpose is None:
            self._count(name, False)
            raise Unauthenticated("This browser was not sent there, or it took too long.")
        try:
            claim = await provider.prove(answer, back, *_answers(browser, state))
        except Refusal:
            self._count(name, False)
            raise
        self._count(name, True)
        user = UserId(purpose["user"]) if "user" in purpose else None
        return claim, Errand(purpose["next"], user, purpose.get("switch"))

    def _offered(self, name: str, kind: str = "") -> Any:
        found = self.offered.get(name) if name in self.names else None
        if found is None or (kind and found.card.kind != kind):
            raise NotFound(f"Nobody signs in by '{name[:64]}' here.")
        return found

    def _count(self, name: str, good: bool) -> None:
        metrics.auth_attempts.labels(name, "accepted" if good else "refused").inc()

    def _now(self) -> int:
        return micros(self.clock.seconds())


def _answers(browser: str, state: str) -> tuple[str, str]:
    """The nonce and the PKCE verifier of a trip: nobody who lacks the browser's secret can tell
    them, and none of it is stored."""
    return (
        hmac.new(browser.encode(), f"nonce {state}".encode(), hashlib.sha256).hexdigest(),
        hmac.new(browser.encode(), f"verifier {state}".encode(), hashlib.sha256).hexdigest(),
    )
