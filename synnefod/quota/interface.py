"""What is counted, for whom, up to which limit: the ledger that every service charges.

Holders are `user:<uuid>` with a source `project:<uuid>`, and `project:<uuid>` with no source
(identity.md 3.2); a charge touches both. Methods whose first argument is `tx` join the caller's
transaction, so usage changes together with what uses it (architecture.md 4).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound, OverQuota
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.store.foreign import Tables
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
class Provision:
    """One counter's part of a commission. `source` is None for a project's own counter."""

    holder: str
    source: str | None
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


@frozen
class Resource:
    """A kind of thing that is counted. `unit` is "bytes" or None; limits are per new project."""

    name: str
    description: str | None
    unit: str | None
    service_type: str
    service_origin: str
    system_default: int
    project_default: int
    ui_visible: bool
    api_visible: bool


@frozen
class Pending:
    """A commission that waits for its outcome. `issued` in microseconds since the epoch; `client`
    is the number of the component that issued it, 0 for this daemon's own services."""

    serial: Serial
    issued: int
    name: str
    provisions: tuple[Provision, ...]
    client: int = 0


@frozen
class Resolved:
    """What became of the serials named in one resolution; `failed` maps a serial to the refusal."""

    accepted: tuple[Serial, ...]
    rejected: tuple[Serial, ...]
    failed: tuple[tuple[Serial, NotFound | Malformed], ...]


class NoCapacity(OverQuota):
    """The limit of a quota would be exceeded."""


class NoQuantity(OverQuota):
    """More would be given back than is in use."""


class NoHolding(NotFound):
    """There is no such counter."""

    def __init__(self, provision: Provision) -> None:
        super().__init__(f"{provision.holder} has no quota of {provision.resource}.")
        self.provision = provision


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

    async def settle_all(self, tx: Tx, outcomes: Mapping[Serial, bool]) -> None:
        """Accepts (True) or rejects (False) pending commissions, in a few statements."""

    async def charge(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> None:
        """A commission issued and accepted at once."""

    async def charge_all(
        self, tx: Tx, named: Sequence[tuple[str, Sequence[Charge]]], *, force: bool = False
    ) -> None:
        """Several named charges, one after another, in a few statements."""

    async def set_limits(
        self, tx: Tx, holder: str, source: str | None, limits: Mapping[str, int]
    ) -> None:
        """Sets limits by resource name; usage is untouched."""

    async def holdings(
        self, tx: Tx, holders: Sequence[str], *, source: str | None = None
    ) -> list[Holding]:
        """The counters of these holders (all sources, or one)."""

    async def every(self, tx: Tx) -> list[Holding]:
        """All counters, in the order of their making."""

    async def drop(self, tx: Tx, holding: Holding) -> None:
        """Deletes a counter that is not in use and has no change pending; otherwise nothing."""


Counts = Callable[[Tx], Awaitable[Mapping[tuple[UserId, ProjectId], int]]]
"""How much of a resource exists, in the ledger's unit. Pairs with nothing may be left out."""


@frozen
class Difference:
    """A counter that is off: `exists` lies outside of what it says, pending changes included.
    `holding` None: there is no such counter. `fixed` when it was put right now."""

    holder: str
    source: str | None
    resource: str
    exists: int
    holding: Holding | None
    fixed: bool = False


class UsageVerification(Protocol):
    """Compares what the ledger says is used with what there is."""

    async def verify(
        self,
        counts: Mapping[str, Counts],
        *,
        fix: bool = False,
        force: bool = False,
        holders: Collection[str] = (),
    ) -> list[Difference]:
        """Differences of the resources named in `counts`, in the order of the counters; with
        `holders` only theirs.

        With `fix` those are put right that have a counter and no change pending; `force` also
        beyond the limit (otherwise they stay, unfixed). A second call finds only what stayed.
        """


class UsageChecks(Protocol):
    """A service that charges, and knows whether the ledger counts what it has."""

    async def resources(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> Sequence[Difference]:
        """Counters of the service's resources that are not what there is; as
        `UsageVerification.verify`."""

    async def commissions(self, *, fix: bool = False) -> Sequence[Pending]:
        """Commissions of this deployment's own that have been pending for a minute and that
        nothing of the service waits for; with `fix` they are rejected."""


class Registry(Protocol):
    """The kinds of things that are counted."""

    async def resources(self, tx: Tx) -> list[Resource]:
        """All, in the order of their registration."""

    async def register(self, tx: Tx, resources: Sequence[Resource]) -> list[Resource]:
        """Adds what is new, and returns it. Of known ones only description, unit and service
        change, never limits or visibility (AST-119). Raises Conflict when another service owns
        the name, Malformed for one shown to people but not to programs."""

    async def set_defaults(
        self,
        name: str,
        *,
        system_default: int | None = None,
        project_default: int | None = None,
        ui_visible: bool | None = None,
        api_visible: bool | None = None,
    ) -> Resource:
        """Changes what new projects get, and who sees it. Raises NotFound."""

    async def visible(self) -> list[Resource]:
        """Those that programs may see (`api_visible`)."""


class Commissions(Protocol):
    """The two-phase ledger as outside services use it; `client` is the component's number."""

    async def issue(
        self,
        client: int,
        provisions: Sequence[Provision],
        *,
        name: str = "",
        force: bool = False,
        accept: bool = False,
        origins: Collection[str] | None = None,
    ) -> Serial:
        """All provisions or none; with `accept`, issued and accepted in one transaction.

        `origins` are the services whose resources the client may touch (None: all). Raises
        NoCapacity, NoQuantity, NoHolding, Malformed (overflow, foreign resource).
        """

    async def pending(self, client: int) -> list[Serial]:
        """Serials that wait, oldest first."""

    async def show(self, client: int, serial: Serial) -> Pending:
        """Raises NotFound for resolved, foreign and unknown ones."""

    async def resolve(
        self, client: int, accept: Collection[Serial], reject: Collection[Serial]
    ) -> Resolved:
        """Resolves many in one transaction. A serial in both stays pending and fails Malformed."""

    async def overdue(self, seconds: int) -> list[Pending]:
        """All clients' commissions that have waited longer, oldest first."""


def user_holder(user: UserId) -> str:
    return f"user:{user}"


def project_holder(project: ProjectId) -> str:
    return f"project:{project}"


class QuotaIntake(Protocol):
    """What is counted, from a Synnefo 0.21 database (AST-208)."""

    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """What is to be read there, in the words of `store/foreign`."""

    async def take_resources(self, tx: Tx, tables: Tables) -> dict[int, str]:
        """Names by the other database's numbers. What is known here takes over the defaults and
        visibility there; the rest is registered. Raises Conflict while commissions are pending."""

    async def known_resources(self, tx: Tx) -> list[Resource]:
        """All that is counted here."""

    async def take_holdings(self, tx: Tx, tables: Tables, projects: Collection[str]) -> int:
        """The holdings of these projects and of their members; how many."""
