"""What this service is given by assembly, in one value."""

from __future__ import annotations

from attrs import field, frozen

from synnefod.backends.interface import Backends
from synnefod.common.clockwork import IClock
from synnefod.common.text import micros
from synnefod.common.threads import IThreads
from synnefod.compute.interface import Limits
from synnefod.compute.vault import Vault
from synnefod.images.interface import Images
from synnefod.network.interface import Network
from synnefod.quota.interface import Quota
from synnefod.store.interface import Store
from synnefod.volumes.interface import Volumes


@frozen
class Rooms:
    """The neighbours, the settings, and the clock (whose seconds are those since the epoch)."""

    store: Store
    clock: IClock
    threads: IThreads
    quota: Quota
    network: Network
    volumes: Volumes
    images: Images
    backends: Backends
    vault: Vault
    limits: Limits = field(factory=Limits)

    def now(self) -> int:
        """Microseconds since the epoch."""
        return micros(self.clock.seconds())

    def fresh(self) -> int:
        """Since when a resize still waits for its confirmation."""
        return self.now() - self.limits.resize_confirm_after * 1_000_000 + 1

    def instance(self, server: int) -> str:
        """The server's name in its cluster."""
        return f"{self.limits.prefix}{server}"

    def number(self, instance: str) -> int | None:
        """The server that an instance's name speaks of; None for a foreign name."""
        prefix = self.limits.prefix
        digits = instance[len(prefix) :]
        if not instance.startswith(prefix) or not digits.isascii() or not digits.isdigit():
            return None
        return int(digits) if len(digits) < 19 and str(int(digits)) == digits else None
