"""What is counted, for whom, up to which limit: the ledger that every service charges.

Holders are `user:<uuid>` with a source `project:<uuid>`, and `project:<uuid>` with no source
(identity.md 3.2); a charge touches both. Methods whose first argument is `tx` join the caller's
transaction, so usage changes together with what uses it (architecture.md 4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.store.interface import Tx

VM = "cyclades.vm"
TOTAL_CPU = "cyclades.total_cpu"
CPU = "cyclades.cpu"
TOTAL_RAM = "cyclades.total_ram"
RAM = "cyclades.ram"
DISK = "cyclades.disk"
PRIVATE_NETWORK = "cyclades.network.private"
FLOATING_IP = "cyclades.floating_ip"
DISKSPACE = "pithos.diskspace"
PENDING_APP = "astakos.pending_app"
INFINITE = 2**63 - 1


@frozen
class Charge:
    """A change of usage: `quantity` more (or less, negative) of `resource`.

    Counted for `user` out of `project`. Bytes for ram, disk and diskspace; counts for the rest.
    """

    user: UserId
    project: ProjectId
    resource: str
    quantity: int


@frozen
class Holding:
    """A counter: usage between `usage_min` and `usage_max` (pending included), and its limit."""

    holder: str
    source: str | None
    resource: str
    limit: int
    usage_min: int
    usage_max: int

    @property
    def pending(self) -> int:
        return self.usage_max - self.usage_min


class Quota(Protocol):
    """What the other services may ask of the ledger."""

    async def reserve(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> Serial | None:
        """Issues a pending commission in the caller's transaction; None for no charge at all.

        Raises OverQuota (nothing is changed then). `force` skips the limit, never the floor.
        """

    async def settle(self, tx: Tx, serial: Serial | None, *, accept: bool) -> None:
        """Accepts or rejects a pending commission. A second call, or None, does nothing."""

    async def charge(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> None:
        """A commission issued and accepted at once."""

    async def set_limits(
        self, tx: Tx, holder: str, source: str | None, limits: Mapping[str, int]
    ) -> None:
        """Sets limits by resource name; usage is untouched."""

    async def holdings(
        self, tx: Tx, holders: Sequence[str], *, source: str | None = None
    ) -> list[Holding]:
        """The counters of these holders (all sources, or one)."""


def user_holder(user: UserId) -> str:
    return f"user:{user}"


def project_holder(project: ProjectId) -> str:
    return f"project:{project}"
