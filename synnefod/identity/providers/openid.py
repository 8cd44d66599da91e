"""OpenID Connect, with what is usual for some well-known providers (AST-151)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.common.errors import Unauthenticated, Unavailable
from synnefod.identity.interface.methods import EMAIL, FIRST_NAME, LAST_NAME, Claim, Provider
from synnefod.identity.providers.parts import tidy
from synnefod.protocols.openid import OpenIdClient, Party, ProofRefused, ProviderFailure

log = Logger()
IDENTIFIER = "identifier"
USUAL = {
    IDENTIFIER: "sub",
    EMAIL: "email",
    FIRST_NAME: "given_name",
    LAST_NAME: "family_name",
}


@frozen
class Preset:
    """What need not be said of a provider in the settings."""

    label: str
    issuer: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    attributes: Mapping[str, str] = field(factory=lambda: dict(USUAL))
    authorize: str = ""
    token: str = ""
    userinfo: str = ""
    proof: bool = True


PRESETS = {
    "oidc": Preset("OpenID Connect"),
    "google": Preset("Google", "https://accounts.google.com"),
    "linkedin": Preset("LinkedIn", "https://www.linkedin.com/oauth"),
    # OAuth 2.0 without a signed proof, and without addresses: X offers nothing else.
    "twitter": Preset(
        "X (Twitter)",
        scopes=("users.read", "tweet.read"),
        attributes={IDENTIFIER: "data.id", FIRST_NAME: "data.name"},
        authorize="https://x.com/i/oauth2/authorize",
        token="https://api.x.com/2/oauth2/token",
        userinfo="https://api.x.com/2/users/me",
        proof=False,
    ),
}


@frozen
class OpenIdSettings:
    """One provider. `attributes` maps ours to claims, a dot leading into an object."""

    name: str
    label: str
    party: Party
    attributes: Mapping[str, str] = field(factory=lambda: dict(USUAL))
    forced: frozenset[str] = frozenset()


@frozen
class OpenId:
    """Implements `RedirectProvider`."""

    settings: OpenIdSettings
    client: OpenIdClient

    @property
    def card(self) -> Provider:
        return Provider(self.settings.name, self.settings.label, "redirect", self.settings.forced)

    async def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        try:
            return await self.client.address(back, state, nonce, verifier)
        except ProviderFailure as error:
            raise self._failed(error) from None

    async def prove(self, answer: Mapping[str, str], back: str, nonce: str, verifier: str) -> Claim:
        issuer = answer.get("iss")
        if issuer is not None and self.settings.party.issuer not in ("", issuer):
            raise Unauthenticated("Another provider answered than was asked.")  # RFC 9207
        code = answer.get("code", "")
        if "error" in answer or not code:
            raise Unauthenticated("The provider did not let you in.")
        try:
            claims = await self.client.person(code, back, nonce, verifier)
        except ProviderFailure as error:
            raise self._failed(error) from None
        except ProofRefused as error:
            log.warn(
                "{provider}: {error}",
                provider=self.settings.name,
                error=str(error),
                event="proof_refused",
            )
            raise Unauthenticated("What the provider sent is no proof of who you are.") from None
        return tidy(self._claim(claims))

    def _claim(self, claims: Mapping[str, Any]) -> Claim:
        names = self.settings.attributes

        def told(ours: str) -> str:
            return _found(claims, names[ours]) if ours in names else ""

        return Claim(
            module=self.settings.name,
            identifier=told(IDENTIFIER),
            email=told(EMAIL),
            first_name=told(FIRST_NAME),
            last_name=told(LAST_NAME),
            forced=self.settings.forced,
            vouched=claims.get("email_verified") in (True, "true"),
        )

    def _failed(self, error: ProviderFailure) -> Unavailable:
        name = self.settings.name
        log.error("{provider}: {error}", provider=name, error=str(error), event="openid_failed")
        return Unavailable("The provider does not answer. Try again later.")


def _found(claims: Mapping[str, Any], path: str) -> str:
    value: Any = claims
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else ""
