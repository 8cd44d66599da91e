"""Whether the ledger says what the projects say (identity.md 2.13)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from attrs import frozen

from synnefod.quota.interface import Difference, Holding


@frozen
class WrongLimit:
    """A counter whose limit is not what the project gives. `expected` None: nobody should have
    this counter; `holding` None: it is missing."""

    holder: str
    source: str | None
    resource: str
    expected: int | None
    holding: Holding | None


class LimitVerification(Protocol):
    """Compares limits in the ledger with what the projects give."""

    async def verify(self, *, fix: bool = False, unexpected: bool = False) -> list[WrongLimit]:
        """All wrong limits; with `unexpected` also counters that nobody should have.

        With `fix` they are put right; unexpected ones are deleted where nothing is pending and
        nothing used. A second call finds only what stayed.
        """


class ApplicationCounting(Protocol):
    """Compares how many applications wait with what is counted."""

    async def pending_applications(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> list[Difference]:
        """As quota's `UsageVerification.verify`; `holders` as the ledger writes them."""
