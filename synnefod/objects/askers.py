"""Who asks, when more is known than a token tells; `interface` offers it."""

from __future__ import annotations

from attrs import asdict, frozen

from synnefod.common.principal import Principal

UNKNOWN_REFERRER = "unknown"
"""The host of a referrer that is not told (5.7)."""


@frozen
class Asker(Principal):
    """An asker of whom more is known than who it is.

    `referrer` is the host of the page that links here, in lower case. `within`: nothing outside
    this container may be touched (a key of a temporary URL, 5.12); None for no such bound.
    `confined`: nothing outside this account (who acts for its owner, 5.7).
    """

    referrer: str = UNKNOWN_REFERRER
    within: str | None = None
    confined: str | None = None


def asker(
    principal: Principal,
    *,
    referrer: str = UNKNOWN_REFERRER,
    within: str | None = None,
    confined: str | None = None,
) -> Asker:
    """The same asker with what else is known."""
    known = asdict(principal, recurse=False)
    return Asker(**known, referrer=referrer, within=within, confined=confined)
