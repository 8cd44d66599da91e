"""What a server, a flavor and a keypair are, and how a request about them is refused.

Times are microseconds since the epoch, UTC; memory is MiB, disks are GiB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import Factory, frozen

from synnefod.common.errors import (
    BuildInProgress,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Unavailable,
)
from synnefod.common.ids import BackendId, FlavorId, JobId, ProjectId, ServerId, UserId
from synnefod.compute.machine.states import Operstate
from synnefod.compute.machine.step import Life
from synnefod.network.interface import Port, PortRequest
from synnefod.volumes.interface import Volume

VMAPI_PATH = "/cyclades/vmapi/v1.0/"
"""What the deployment of images asks and tells is below it."""
PARAMS_PATH = VMAPI_PATH + "server-params/"
"""Below it the boot documents are served."""


class ServerNotFound(NotFound):
    """Server not found."""


class FlavorNotFound(NotFound):
    """Flavor not found."""


class KeypairNotFound(NotFound):
    """The key pair does not exist."""


class TooManyItems(Forbidden):
    """A limit on the number or size of parts of a request is passed."""


class NoMoreKeys(TooManyItems):
    """SSH keys limit exceeded."""


class BadKeyName(Malformed):
    """The name of the key pair is not valid."""


class BadKey(Malformed):
    """The public key is not valid."""


class WrongState(Conflict):
    """Cannot perform this action in the server's present state."""


class ServerBuilding(BuildInProgress):
    """Server is being built."""


class ServerSuspended(Forbidden):
    """Administratively Suspended VM"""


class NoSnapshots(Malformed):
    """Volumes of this type have no snapshots."""


class ConsoleUnavailable(Unavailable):
    """The console cannot be reached now."""


@frozen
class Flavor:
    """A size of server. `alias` is a name given by an administrator, "" for the computed one;
    `description` is an administrator's as well."""

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
    description: str | None = None

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
    """A server's own row. `image` is "" for one whose root is not made from an image.

    `resized_from` is the flavor before a resize that ended at `resized_at` and waits for its
    confirmation.
    """

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
    suspend_reason: str = ""
    locked: bool = False
    helper: bool = False
    rescue: bool = False
    rescue_image: int | None = None
    reboot_required: bool = False
    resized_from: FlavorId | None = None
    resized_at: int | None = None


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
    """A server with all that is shown of it. `fault` is the newest diagnostic of level ERROR;
    `system_tags` and `cluster`, its cluster's name, are for administrators."""

    server: Server
    flavor: Flavor
    metadata: Mapping[str, str]
    tags: tuple[Tag, ...]
    ports: tuple[Port, ...]
    volumes: tuple[Volume, ...]
    diagnostic: Diagnostic | None = None
    fault: Diagnostic | None = None
    system_tags: tuple[Tag, ...] = ()
    cluster: str = ""


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
    """What is asked of a new server. `ports` None: the deployment's default networks. `groups`: the
    security groups of the ports that are made for it, None for what ports have anyhow. `once`: a
    key under which the same user's repeat is answered as the first was (CMP-088). `backend` and
    `helper` are an administrator's: on which cluster, and that it is one that removes detached
    volumes and gets no ports."""

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
    groups: tuple[int, ...] | None = None
    backend: BackendId | None = None
    helper: bool = False
    once: str | None = None


@frozen
class Tagged:
    """A condition on tags: `every` of them or any; `turned`: the servers that do not fit."""

    tags: tuple[str, ...]
    every: bool = True
    turned: bool = False


@frozen
class Wanted:
    """Which servers of a list are wanted. None and empty mean no condition.

    `name` and `address` are regular expressions (`compute/patterns`), `after` the id that the page
    follows. `since` includes deleted servers. `resized`: whether a resize waits for its
    confirmation. `tasks` are stored words ("" for none under way).
    """

    name: str | None = None
    address: str | None = None
    states: frozenset[Operstate] | None = None
    tasks: frozenset[str] | None = None
    flavor: int | None = None
    image: str | None = None
    key: str | None = None
    user: UserId | None = None
    project: ProjectId | None = None
    locked: bool | None = None
    tagged: tuple[Tagged, ...] = ()
    ids: tuple[int, ...] | None = None
    since: int | None = None
    everybody: bool = False
    after: int | None = None
    limit: int | None = None
    newest_first: bool = False
    resized: bool | None = None


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
    """The settings of this service (compute-image-volume.md 10); all with their defaults.

    `resize_confirm_after`: seconds for which a resize waits for its confirmation (0: not at all).
    `vmapi_url`: scheme, host and port where guests' deployment reaches this daemon.
    """

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
    resize_confirm_after: int = 86400
    console_type: str = "vnc"
    rescue: bool = False
    rescue_path: str = "/usr/share/synnefo/rescue-images"
    snapshots: bool = True
    snapshot_roles: tuple[str, ...] = ()
    legacy_filters: bool = False
    legacy_resize_status: bool = False
    stats_secret: str = ""
    stats_url: str = ""
    stats_refresh: int = 60
    system_images_owner: str = ""
    deployment_networks: tuple[str, ...] = ()


@frozen
class Snapshot:
    """A wish for a snapshot of a volume; without a name it gets the volume's number."""

    volume: int
    name: str = ""
    description: str = ""
    metadata: Mapping[str, str] = Factory(dict)


@frozen
class OpenJob:
    """A job that a server waits for."""

    server: ServerId
    backend: BackendId
    job: JobId
