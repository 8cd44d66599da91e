"""Servers, flavors and keypairs: what the front rooms may ask of this service.

Times are microseconds since the epoch, UTC; memory is MiB, disks are GiB. The values are those of
`compute/values`, offered here for those outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.compute.interface.attached import Devices, Disks, Snapshots
from synnefod.compute.interface.deployment import Deployment
from synnefod.compute.interface.rescue import Rescue, RescueImages
from synnefod.compute.machine.states import TASK_WORDS, Action, Operstate
from synnefod.compute.machine.step import Life
from synnefod.compute.values import (
    PARAMS_PATH,
    VMAPI_PATH,
    ActionRecord,
    BadKey,
    BadKeyName,
    ConsoleTarget,
    ConsoleUnavailable,
    Detail,
    Diagnostic,
    Disk,
    Flavor,
    FlavorNotFound,
    Keypair,
    KeypairNotFound,
    Limits,
    NewServer,
    NoMoreKeys,
    NoSnapshots,
    OpenJob,
    Personality,
    Server,
    ServerBuilding,
    ServerNotFound,
    ServerSuspended,
    Snapshot,
    Tag,
    Tagged,
    Ticket,
    TooManyItems,
    Wanted,
    WrongState,
)
from synnefod.network.interface import PortRequest
from synnefod.network.interface.groups import Walls
from synnefod.quota.interface import Holding

__all__ = [
    "PARAMS_PATH",
    "TASK_WORDS",
    "VMAPI_PATH",
    "Action",
    "ActionRecord",
    "BadKey",
    "BadKeyName",
    "ConsoleTarget",
    "ConsoleUnavailable",
    "Detail",
    "Devices",
    "Diagnostic",
    "Disk",
    "Disks",
    "Flavor",
    "FlavorNotFound",
    "Keypair",
    "KeypairNotFound",
    "Life",
    "Limits",
    "NewServer",
    "NoMoreKeys",
    "NoSnapshots",
    "OpenJob",
    "Operstate",
    "Personality",
    "PortRequest",
    "Server",
    "ServerBuilding",
    "ServerNotFound",
    "ServerSuspended",
    "Snapshot",
    "Snapshots",
    "Tag",
    "Tagged",
    "Ticket",
    "TooManyItems",
    "Wanted",
    "WrongState",
]


class Flavors(Protocol):
    """Sizes of servers."""

    async def visible(self, principal: Principal) -> list[Flavor]:
        """Those not deleted that are public or granted to a project of the asker, by id."""

    async def show(self, principal: Principal, flavor: int) -> Flavor:
        """Also a deleted one, or one that a server of the asker has. Raises FlavorNotFound."""

    async def all(self, *, deleted: bool = False) -> list[Flavor]: ...

    async def in_use(self) -> Mapping[int, int]:
        """How many servers there are of each flavor that has any."""

    async def create(
        self,
        cpu: int,
        ram: int,
        disk: int,
        volume_type: int,
        *,
        public: bool = True,
        alias: str = "",
        specs: Mapping[str, str] | None = None,
        new: bool = False,
        description: str | None = None,
    ) -> Flavor:
        """RAM is rounded up to a multiple of 4 MiB. An equal one that exists is returned, or, if
        it must be `new`, refused (AlreadyExists); one that was deleted is brought back (CMP-216).
        Raises Malformed, NotFound (volume type)."""

    async def modify(
        self,
        flavor: int,
        *,
        public: bool | None = None,
        allow_create: bool | None = None,
        deleted: bool | None = None,
        alias: str | None = None,
    ) -> Flavor: ...

    async def describe(self, flavor: int, description: str | None) -> Flavor:
        """Raises FlavorNotFound."""

    async def set_specs(
        self, flavor: int, add: Mapping[str, str], remove: Sequence[str] = ()
    ) -> Flavor: ...

    async def grant(self, flavor: int, project: ProjectId, *, granted: bool = True) -> Flavor: ...


class Keypairs(Protocol):
    """SSH keys of users."""

    async def all(self, user: UserId) -> list[Keypair]:
        """By name."""

    async def show(self, user: UserId, name: str) -> Keypair:
        """Raises KeypairNotFound."""

    async def create(self, user: UserId, name: str, public_key: str | None) -> Keypair:
        """Imports a key, or makes an RSA pair. Raises Malformed, AlreadyExists, TooManyItems."""

    async def numbered(self, user: UserId, number: int) -> Keypair:
        """Raises KeypairNotFound."""

    async def change(self, user: UserId, number: int, name: str, public_key: str) -> Keypair:
        """Also at the limit (CMP-230). Raises KeypairNotFound, Malformed, AlreadyExists."""

    async def generate(self, user: UserId) -> tuple[str, str]:
        """A public key and its private one, neither kept. Raises TooManyItems at the limit."""

    async def delete(self, user: UserId, name: str) -> None:
        """Raises KeypairNotFound."""


class Servers(Protocol):
    """Reading and describing servers. A principal sees own ones and those shared to a project."""

    async def list(self, principal: Principal, wanted: Wanted) -> list[Detail]:
        """In a constant number of statements."""

    async def show(self, principal: Principal, server: int, *, deleted: bool = True) -> Detail:
        """Raises ServerNotFound; with `deleted` False also for deleted ones."""

    async def rename(
        self,
        principal: Principal,
        server: int,
        name: str | None = None,
        description: str | None = None,
    ) -> Detail:
        """Changes the row alone (CMP-111). Raises WrongState, ServerSuspended."""

    async def set_metadata(
        self,
        principal: Principal,
        server: int,
        values: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> Mapping[str, str]:
        """All metadata afterwards. Raises Malformed, TooManyItems."""

    async def delete_metadata(self, principal: Principal, server: int, key: str) -> None:
        """Raises NotFound for an unknown key."""

    async def diagnostics(self, principal: Principal, server: int) -> Sequence[Diagnostic]:
        """Newest first."""

    async def actions(self, principal: Principal, server: int) -> Sequence[ActionRecord]:
        """Newest first."""

    async def password(self, principal: Principal, server: int) -> str:
        """The initial password while it is kept. Raises NotFound."""

    async def forget_password(self, principal: Principal, server: int) -> None:
        """It is not kept any more. A second call does nothing."""

    async def graphs(self, principal: Principal, server: int) -> Mapping[str, str]:
        """Where the server's graphs are (CMP-190); a path alone is one of this deployment."""

    def graphed(self, sealed: str) -> int | None:
        """The server that an address of a graph speaks of; None for one that nobody was told."""

    async def holdings(self, project: ProjectId, user: UserId | None = None) -> Sequence[Holding]:
        """The quota counters of a project, or of a user's part in it."""

    async def take_params(self, uuid: str) -> str | None:
        """The one-time document of a new server's guest, once; None for unknown ones (CMP-272)."""


class Creation(Protocol):
    """Making servers."""

    async def create(self, principal: Principal, wanted: NewServer) -> tuple[Detail, str]:
        """A server in BUILD and its initial password; it is built after the answer (8.1).

        Raises Malformed, FlavorNotFound, KeypairNotFound, NotFound (image, network), Forbidden,
        TooManyItems, OverQuota, Unavailable (no cluster has room).
        """


class Actions(Protocol):
    """Changing the state of servers: each request is recorded and sent after the answer (6.3).

    All raise ServerNotFound, WrongState, ServerBuilding and ServerSuspended.
    """

    async def start(self, principal: Principal, server: int) -> None:
        """Raises OverQuota."""

    async def stop(self, principal: Principal, server: int, *, timeout: int | None = None) -> None:
        """`timeout`: seconds that the guest may take; None: as the cluster has it."""

    async def reboot(self, principal: Principal, server: int, *, hard: bool) -> None:
        """A stopped server starts (CMP-132)."""

    async def resize(
        self, principal: Principal, server: int, flavor: int, *, confirm: bool = False
    ) -> None:
        """With `confirm` the old flavor is remembered until the resize is confirmed or reverted.
        Raises Malformed for a flavor that is the same or differs in disk (CMP-133)."""

    async def confirm_resize(self, principal: Principal, server: int) -> None:
        """Raises WrongState when no resize waits for it, also at a second call."""

    async def revert_resize(self, principal: Principal, server: int) -> None:
        """Resizes back. Raises WrongState when no resize waits for its confirmation."""

    async def delete(self, principal: Principal, server: int) -> None:
        """A second call is taken too (CMP-113)."""

    async def suspend(self, server: int, *, suspended: bool, reason: str = "") -> None:
        """By an administrator, who may say why. Raises Malformed, WrongState when it is so already
        (CMP-280)."""

    async def lock(self, principal: Principal, server: int, *, locked: bool) -> None:
        """A locked server takes changes from its owner and administrators only."""

    async def console(self, principal: Principal, server: int) -> Ticket:
        """Raises ConsoleUnavailable too (CMP-260, CMP-261)."""


class Tags(Walls, Protocol):
    """Tags and firewall profiles: the rows change at once, the cluster follows (6.4). `system`: the
    administrators' tags, which nobody else sees (CMP-175).

    All are taken in every state and beside a pending task, profiles excepted. They raise
    ServerNotFound, WrongState (deleted) and ServerSuspended.
    """

    async def replace(
        self,
        principal: Principal,
        server: int,
        tags: Sequence[str],
        *,
        pending: bool = False,
        system: bool = False,
    ) -> None:
        """These instead of those that the cluster has confirmed (CMP-166), with `pending` instead
        of all. Raises Malformed."""

    async def add(
        self, principal: Principal, server: int, tag: str, *, system: bool = False
    ) -> bool:
        """False when the server has it already. Raises Malformed."""

    async def remove(
        self,
        principal: Principal,
        server: int,
        tag: str | None = None,
        *,
        pending: bool = False,
        system: bool = False,
    ) -> None:
        """The tag, or all; with `pending` also what is not confirmed yet. Raises NotFound."""

    async def set_firewall(
        self, principal: Principal, server: int, port: int, profile: str
    ) -> None:
        """ENABLED, PROTECTED or DISABLED (NET-194). Raises Malformed, NotFound, ServerBuilding."""


class Belonging(Protocol):
    """To which project a server belongs."""

    async def reassign(
        self, principal: Principal, number: int, project: ProjectId, *, shared: bool
    ) -> None:
        """Moves the server, its root volume and what both use; by the owner alone. Raises
        Forbidden, OverQuota, ServerNotFound, WrongState, ServerBuilding, ServerSuspended."""

    async def give(self, number: int, owner: UserId) -> None:
        """By an administrator: the server, with its volumes, ports and addresses that are its
        owner's, is another's and in that one's own project; what they use goes along (CMP-281,
        CMP-282). Raises OverQuota, ServerNotFound, WrongState, ServerBuilding."""


class Statistics(Protocol):
    """Figures about the whole deployment (3.9)."""

    async def public(self) -> Mapping[str, Any]:
        """For everybody, at most five minutes old: RAM in MiB, disk in GiB."""

    async def detail(self, backend: str | None = None) -> Mapping[str, Any]:
        """Of all or of one cluster, by number or name; sizes in bytes. Raises Malformed."""


class Consoles(Protocol):
    """The relay's side of the tickets."""

    async def take(self, token: str) -> ConsoleTarget | None:
        """Where to connect, once; None for unknown, used and expired tickets."""


@frozen
class Compute:
    """Everything that the front rooms may ask of this service."""

    flavors: Flavors
    keypairs: Keypairs
    servers: Servers
    creation: Creation
    actions: Actions
    tags: Tags
    devices: Devices
    disks: Disks
    snapshots: Snapshots
    belonging: Belonging
    consoles: Consoles
    statistics: Statistics
    rescue: Rescue
    deployment: Deployment
    rescue_images: RescueImages
    limits: Limits
