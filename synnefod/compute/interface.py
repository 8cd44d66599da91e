"""Servers, flavors and keypairs: the values that travel to the front rooms, and what they may ask.

Times are microseconds since the epoch, UTC; memory is MiB, disks are GiB.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from attrs import Factory, frozen

from synnefod.common.errors import (
    BuildInProgress,
    Conflict,
    Forbidden,
    NotFound,
    Unavailable,
)
from synnefod.common.ids import BackendId, FlavorId, JobId, ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.compute.machine.states import TASK_WORDS, Action, Operstate
from synnefod.compute.machine.step import Life
from synnefod.network.interface import Port, PortRequest
from synnefod.quota.interface import Holding
from synnefod.volumes.interface import Volume

__all__ = ["TASK_WORDS", "Action", "Life", "Operstate", "PortRequest"]


class ServerNotFound(NotFound):
    """Server not found."""


class FlavorNotFound(NotFound):
    """Flavor not found."""


class KeypairNotFound(NotFound):
    """The key pair does not exist."""


class WrongState(Conflict):
    """Cannot perform this action in the server's present state."""


class ServerBuilding(BuildInProgress):
    """Server is being built."""


class ServerSuspended(Forbidden):
    """Administratively Suspended VM"""


class TooManyItems(Forbidden):
    """A limit on the number or size of parts of a request is passed."""


class ConsoleUnavailable(Unavailable):
    """The console cannot be reached now."""


@frozen
class Flavor:
    """A size of server. `alias` is a name given by an administrator, "" for the computed one."""

    id: FlavorId
    cpu: int
    ram: int
    disk: int
    volume_type: int
    disk_template: str
    alias: str = ""
    allow_create: bool = True
    public: bool = True
    deleted: bool = False
    projects: tuple[ProjectId, ...] = ()
    specs: Mapping[str, str] = Factory(dict)

    @property
    def computed_name(self) -> str:
        """`C2R4096D40drbd` (CMP-213)."""
        return f"C{self.cpu}R{self.ram}D{self.disk}{self.disk_template}"

    @property
    def name(self) -> str:
        return self.alias or self.computed_name


@frozen
class Keypair:
    """A public SSH key of a user. `private_key` is set only in the answer that generated it."""

    id: int
    user: UserId
    name: str
    content: str
    fingerprint: str
    created: int
    updated: int
    private_key: str | None = None


@frozen
class Server:
    """A server's own row. `image` is "" for one whose root is not made from an image."""

    id: ServerId
    name: str
    user: UserId
    project: ProjectId
    flavor: FlavorId
    created: int
    updated: int
    life: Life
    description: str | None = None
    shared: bool = False
    backend: BackendId | None = None
    image: str = ""
    key_names: tuple[str, ...] = ()
    deleted: bool = False
    suspended: bool = False
    locked: bool = False
    helper: bool = False
    rescue: bool = False


@frozen
class Diagnostic:
    """A message of a server's deployment or of a failed job. `level`: ERROR WARNING INFO DEBUG."""

    created: int
    level: str
    source: str
    message: str
    details: str | None = None
    source_date: int | None = None


@frozen
class Tag:
    """A tag of a server; `active` once the cluster has confirmed it."""

    name: str
    active: bool


@frozen
class Detail:
    """A server with all that is shown of it. `fault` is the newest diagnostic of level ERROR."""

    server: Server
    flavor: Flavor
    metadata: Mapping[str, str]
    tags: tuple[Tag, ...]
    ports: tuple[Port, ...]
    volumes: tuple[Volume, ...]
    diagnostic: Diagnostic | None = None
    fault: Diagnostic | None = None


@frozen
class ActionRecord:
    """One request that changed a server (os-instance-actions). `result` is "", Success or Error."""

    request: str
    user: str
    project: str
    action: str
    started: int
    finished: int | None
    result: str
    message: str | None


@frozen
class Personality:
    """A file for the new guest: `contents` is base64, `mode` a number."""

    path: str
    contents: str
    owner: str = "root"
    group: str = "root"
    mode: int = 288


@frozen
class Disk:
    """One element of a block device mapping (1.3.1). `size` None: the flavor's, for the root."""

    source: str
    id: str = ""
    size: int | None = None
    keep: bool = False


@frozen
class NewServer:
    """What is asked of a new server. `ports` None: the deployment's default networks."""

    name: str
    flavor: FlavorId
    image: str = ""
    project: ProjectId | None = None
    shared: bool = False
    description: str | None = None
    metadata: Mapping[str, str] = Factory(dict)
    tags: tuple[str, ...] = ()
    key_names: tuple[str, ...] = ()
    password: str | None = None
    weak_password: bool = False
    user_data: str | None = None
    personality: tuple[Personality, ...] = ()
    disks: tuple[Disk, ...] = ()
    ports: tuple[PortRequest, ...] | None = None


@frozen
class Wanted:
    """Which servers of a list are wanted. None and empty mean no condition.

    `names` is a case-insensitive part of the name, `after` the id that the page follows.
    `since` includes deleted servers.
    """

    name: str | None = None
    states: frozenset[Operstate] | None = None
    flavor: int | None = None
    image: str | None = None
    project: ProjectId | None = None
    ids: tuple[int, ...] | None = None
    since: int | None = None
    everybody: bool = False
    after: int | None = None
    limit: int | None = None
    newest_first: bool = False


@frozen
class Ticket:
    """A way to a console, to be used once before `expires`. `token` is shown this once."""

    token: str
    server: ServerId
    expires: int


@frozen
class ConsoleTarget:
    """Where the relay connects: a node's name as the cluster knows it, and a TCP port."""

    server: ServerId
    node: str
    port: int


@frozen
class Limits:
    """The settings of this service (compute-image-volume.md 10); all with their defaults."""

    prefix: str = "snf-"
    os: str = "snf-image+default"
    hvparams: Mapping[str, Mapping[str, Any]] = Factory(dict)
    max_metadata: int = 10
    max_tags: int = 50
    max_personality: int = 5
    max_personality_size: int = 10240
    max_keypairs: int = 10
    max_disks: int = 8
    max_nics: int = 8
    max_volume_size: int = 200
    poll_limit: int = 3600
    use_hotplug: bool = True
    opportunistic_locking: bool = True
    wait_for_sync: bool = False
    shared_resources: bool = False
    clone_providers: tuple[str, ...] = ("vlmc", "archipelago")
    provider_parameters: Mapping[str, Mapping[str, str]] = Factory(dict)
    allow_create_override: Mapping[str, Sequence[str]] = Factory(dict)
    fqdn: str | None = "snf-%(id)s.vm.example.synnefo.org"
    port_forwarding: Mapping[str, tuple[str, str]] = Factory(dict)
    vmapi_url: str = ""
    params_ttl: int = 86400
    password_ttl: int = 7 * 86400
    console_ttl: int = 60
    console_type: str = "vnc"


class Flavors(Protocol):
    """Sizes of servers."""

    async def visible(self, principal: Principal) -> list[Flavor]:
        """Those not deleted that are public or granted to a project of the asker, by id."""

    async def show(self, principal: Principal, flavor: int) -> Flavor:
        """Also a deleted one, or one that a server of the asker has. Raises FlavorNotFound."""

    async def all(self, *, deleted: bool = False) -> list[Flavor]: ...

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
    ) -> Flavor:
        """RAM is rounded up to a multiple of 4 MiB. An equal one that exists is returned,
        brought back if it was deleted (CMP-216). Raises Malformed, NotFound (volume type)."""

    async def modify(
        self,
        flavor: int,
        *,
        public: bool | None = None,
        allow_create: bool | None = None,
        deleted: bool | None = None,
        alias: str | None = None,
    ) -> Flavor: ...

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

    async def stop(self, principal: Principal, server: int) -> None: ...

    async def reboot(self, principal: Principal, server: int, *, hard: bool) -> None:
        """A stopped server starts (CMP-132)."""

    async def resize(self, principal: Principal, server: int, flavor: int) -> None:
        """Raises Malformed for a flavor that is the same or differs in disk (CMP-133)."""

    async def delete(self, principal: Principal, server: int) -> None:
        """A second call is taken too (CMP-113)."""

    async def suspend(self, server: int, *, suspended: bool) -> None:
        """By an administrator. Raises WrongState when it is so already (CMP-280)."""

    async def lock(self, principal: Principal, server: int, *, locked: bool) -> None:
        """A locked server takes changes from its owner and administrators only."""

    async def console(self, principal: Principal, server: int) -> Ticket:
        """Raises ConsoleUnavailable too (CMP-260, CMP-261)."""


class Consoles(Protocol):
    """The relay's side of the tickets."""

    async def take(self, token: str) -> ConsoleTarget | None:
        """Where to connect, once; None for unknown, used and expired tickets."""


@frozen
class OpenJob:
    """A job that a server waits for."""

    server: ServerId
    backend: BackendId
    job: JobId


class Difference(Protocol):
    """One thing in which the rows and a cluster differ. `kind`: stale, unsynced, pending, flavor,
    parts, orphan or elsewhere (ganeti.md 17); `what` is a sentence."""

    @property
    def kind(self) -> str: ...
    @property
    def backend(self) -> BackendId: ...
    @property
    def server(self) -> int: ...
    @property
    def what(self) -> str: ...


class Reconciling(Protocol):
    """Comparing the rows with the clusters on demand."""

    async def reconcile(
        self, *, fix: Collection[str] = (), backend: BackendId | None = None
    ) -> Sequence[Difference]:
        """The differences of one cluster or all, found before those of the kinds in `fix` were
        acted upon. Clusters that do not answer are left out; a fix that is refused is logged."""


@frozen
class Compute:
    """Everything that the front rooms may ask of this service."""

    flavors: Flavors
    keypairs: Keypairs
    servers: Servers
    creation: Creation
    actions: Actions
    consoles: Consoles
    limits: Limits
