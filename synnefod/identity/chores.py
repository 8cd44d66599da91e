"""Periodic work on accounts and tokens; letters are sent by `letters.delivering`."""

from __future__ import annotations

from synnefod.common.clockwork import Every, IClock
from synnefod.identity.tokens import TokenDesk


def sweeping(tokens: TokenDesk, clock: IClock, seconds: float = 3600.0) -> Every:
    """Deletes expired tokens every `seconds`; `begin` starts it. They fail before, too."""
    return Every(clock, seconds, tokens.sweep, "deleting expired tokens")
