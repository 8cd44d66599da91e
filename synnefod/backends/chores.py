"""Upkeep: figures of clusters are refreshed in the background, so that nobody waits for them."""

from __future__ import annotations

from synnefod.backends.registry import Registry
from synnefod.common.clockwork import Every, IClock


def refreshing(registry: Registry, clock: IClock, seconds: float = 60.0) -> Every:
    """Looks every `seconds` for figures older than the registry's limit (GNT-067); begin it with
    `begin(now=True)`."""
    return Every(clock, seconds, registry.refresh_stale, "refreshing of backends")
