"""What every provider is to the methods' desk, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import evolve

from synnefod.common.errors import Unauthenticated
from synnefod.identity.interface.methods import ATTRIBUTES, Claim, Provider

LONGEST = 255
NAME = 30
"""Characters of an identifier, and of a first or last name."""


class FormProvider(Protocol):
    """Proves a name and a password somewhere else."""

    @property
    def card(self) -> Provider: ...
    async def prove(self, identifier: str, password: str) -> Claim:
        """Raises Unauthenticated, Unavailable."""


class FrontProvider(Protocol):
    """Believes the headers of a server in front of us."""

    @property
    def card(self) -> Provider: ...
    def prove(self, headers: Mapping[str, str]) -> Claim:
        """Raises Unauthenticated."""


class RedirectProvider(Protocol):
    """Sends browsers to its own pages and has them sent back."""

    @property
    def card(self) -> Provider: ...
    async def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Raises Unavailable."""

    async def prove(self, answer: Mapping[str, str], back: str, nonce: str, verifier: str) -> Claim:
        """Raises Unauthenticated, Unavailable."""


class Lacking(Unauthenticated):
    """The provider does not tell what this cloud needs to know."""


def tidy(claim: Claim) -> Claim:
    """With attributes that an account can hold. Raises Lacking without an identifier, or when a
    forced attribute is missing."""
    if (
        not claim.identifier
        or len(claim.identifier) > LONGEST
        or not claim.identifier.isprintable()
    ):
        raise Lacking("The provider does not tell who you are.")
    claim = evolve(
        claim,
        email=_plain(claim.email, LONGEST),
        first_name=_plain(claim.first_name, NAME),
        last_name=_plain(claim.last_name, NAME),
        affiliation=_plain(claim.affiliation, LONGEST),
    )
    missing = [name for name in ATTRIBUTES if name in claim.forced and not getattr(claim, name)]
    if missing:
        raise Lacking(f"The provider does not tell: {', '.join(missing)}.")
    return claim


def _plain(text: str, longest: int) -> str:
    return "".join(each for each in text if each.isprintable()).strip()[:longest]
