"""The object store: what the doors and the other services may ask of it (object-storage.md 1-3).

Names are text exactly as decoded from the URL; nothing is normalised. An account's name is its
owner's UUID. Times are microseconds since the epoch (UTC), sizes are bytes, hashes lower-case hex.
Metadata keys are the full canonical header names (`X-Object-Meta-Foo`, `Content-Encoding`).

Who may what is decided here, on every path: Forbidden is raised for somebody else's things, also
for an account that nobody has; NotFound for what is absent in one's own account.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from attrs import field, frozen

from synnefod.common.errors import (
    Conflict,
    CorruptData,
    Forbidden,
    Malformed,
    NotEmpty,
    NotFound,
    NotModified,
    PreconditionFailed,
    TooLarge,
    Unprocessable,
)
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal

BLOCK_SIZE = 4 * 1024 * 1024
"""Bytes of a block; `X-Container-Block-Size`."""
BLOCK_HASH = "sha256"
"""`X-Container-Block-Hash`."""
MAX_LISTING = 10_000
"""Default and largest page of the Pithos listings (PIT-083)."""
MAX_UPLOAD = 5 * 1024**3
"""Largest body of one PUT (PIT-125)."""
MAX_HASHES = 1_000_000
"""Most hashes in one hashmap (6.1 row 40)."""

MAX_METADATA = 32
"""Most metadata items after merging (3.5); refused only when a change adds items (5.2). The
lengths of names and values are the resources' to check, in their dialect's words."""

PITHOS = "pithos"
"""Domain of the metadata that HTTP shows."""
SWIFT = "swift"
"""Domain of the object headers that only the Swift mount shows (5.5): `Cache-Control`, ..."""
PLANKTON = "plankton"
"""Domain of the image service."""

# -- errors ----------------------------------------------------------------------------------


class NoSuchAccount(NotFound):
    """Account does not exist"""


class NoSuchContainer(NotFound):
    """Container does not exist"""


class NoSuchObject(NotFound):
    """Object does not exist"""


class NoSuchVersion(NotFound):
    """Version does not exist"""


class NotAllowed(Forbidden):
    """You are not allowed to do this"""


class ContainerNotEmpty(NotEmpty):
    """Container is not empty"""


class ContainerQuotaExceeded(TooLarge):
    """The container's own quota (policy `quota`) does not allow this (PIT-225)."""


class BadDigest(Unprocessable):
    """Object ETag does not match"""


class DataLost(CorruptData):
    """Stored data of this object is lost or damaged"""


class ShortBody(Malformed):
    """The body ended before its announced length."""


class HashesMissing(Conflict):
    """Blocks of the hashmap are not stored. `hashes`: each once, in order, hex (PIT-133)."""

    def __init__(self, hashes: Sequence[str]) -> None:
        super().__init__("Blocks of the hashmap are missing.")
        self.hashes = tuple(hashes)


class Unchanged(NotModified):
    """The asker's copy is current. `etag` and `modified` are for the answer's headers."""

    def __init__(self, etag: str = "", modified: int = 0, checksum: str = "") -> None:
        super().__init__("Not modified.")
        self.etag = etag
        self.checksum = checksum
        self.modified = modified


class ConditionFailed(PreconditionFailed):
    """A condition does not hold. Fields as in `Unchanged`; empty when there is no object."""

    def __init__(self, message: str = "", etag: str = "", modified: int = 0, checksum: str = ""):
        super().__init__(message or "A precondition does not hold.")
        self.etag = etag
        self.checksum = checksum
        self.modified = modified


# -- values ----------------------------------------------------------------------------------


@frozen
class Conditions:
    """Conditional headers, parsed. Evaluated early and again under the container's lock (PIT-029).

    `match` and `none_match`: None if the header is absent; else lower-case tags without quotes,
    `("*",)` for any. They are compared with the Merkle hash and with the MD5 (PIT-030). Dates in
    microseconds, None if absent or unparsable. RFC 9110 13.2.2 gives the precedence (PIT-033).
    """

    match: tuple[str, ...] | None = None
    none_match: tuple[str, ...] | None = None
    modified_since: int | None = None
    unmodified_since: int | None = None


ALWAYS = Conditions()


@frozen
class Sharing:
    """Who may read and write an object (PIT-208): user ids, `owner:group`, or `*`. Lower case.

    Empty on both sides means: not shared.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.read or self.write)


class Access(enum.Enum):
    """What an asker may do with an object; OWNER includes WRITE includes READ."""

    READ = "read"
    WRITE = "write"
    OWNER = "owner"


class Available(enum.IntEnum):
    """State of a version's data (PIT-203)."""

    ERROR = -1
    NO = 0
    YES = 1


@frozen
class Object:
    """One version of an object.

    `serial` numbers the version; `changed` is its time, `modified` the overall latest change of
    the object (deletion included, PIT-026). `hash` is the Merkle root, `checksum` the MD5 or "".
    `metadata` holds domain pithos, `settings` domain swift; both are empty in listings.
    `sharing` is the effective one; `shared_by` the path of the directory object it comes from
    (None: the object's own). In listings only the object's own sharing is given (PIT-098).
    `allowed` says what the asker may do. `public` is the public token, for owners only.
    `map_name` names the data for Ganeti (None without data).
    """

    account: str
    container: str
    name: str
    serial: int
    uuid: str
    size: int
    content_type: str
    hash: str
    checksum: str
    changed: int
    modified: int
    modified_by: str
    available: Available = Available.YES
    map_checked: int = 0
    map_name: str | None = None
    is_snapshot: bool = False
    metadata: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    sharing: Sharing | None = None
    shared_by: str | None = None
    allowed: Access = Access.OWNER
    public: str | None = None

    @property
    def path(self) -> str:
        return f"{self.account}/{self.container}/{self.name}"


@frozen
class Subdir:
    """A virtual entry of a listing: everything below `name`, which ends in the delimiter."""

    name: str


@frozen
class Policy:
    """A container's policy (PIT-065): `quota` in bytes, 0 for none; versioning auto or none."""

    quota: int
    versioning: str
    project: ProjectId


@frozen
class Container:
    """A container. `full` is False for somebody else's: then only name and modified count.

    `changed` is the time of the container's own newest version, `modified` the latest of it and
    its objects (PIT-059). `until_timestamp` is the last change before `until` (PIT-060).
    `object_meta` are the distinct names after `X-Object-Meta-` on current objects (PIT-058);
    empty in account listings.
    """

    account: str
    name: str
    modified: int
    changed: int = 0
    created: int = 0
    full: bool = True
    count: int = 0
    bytes: int = 0
    policy: Policy | None = None
    metadata: Mapping[str, str] = field(factory=dict)
    object_meta: tuple[str, ...] = ()
    until_timestamp: int | None = None


@frozen
class Account:
    """An account. `full` is False for somebody else's: then only `modified` counts (PIT-043).

    `bytes_used` is the sum of the user's pithos.diskspace usage; `bytes` the local sum of current
    versions; `quota` maps projects to their limits (PIT-040, PIT-041).
    """

    name: str
    modified: int
    changed: int = 0
    full: bool = True
    container_count: int = 0
    object_count: int = 0
    bytes: int = 0
    bytes_used: int = 0
    quota: Mapping[ProjectId, int] = field(factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(factory=dict)
    metadata: Mapping[str, str] = field(factory=dict)
    until_timestamp: int | None = None


@frozen
class SharingAccount:
    """An account that shares something with the asker (PIT-036)."""

    name: str
    modified: int


@frozen
class MetaFilter:
    """Terms of `meta=` (PIT-092, PIT-093), keys as canonical header names.

    `any_of`: at least one exists; `none_of`: none exists; `compare`: (key, operator, value) with
    operator one of `= != <= >= < >`, compared as strings, all hold. At most 100 terms (Malformed).
    """

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    compare: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.any_of or self.none_of or self.compare)


class Rolling(enum.Enum):
    """How names that end at their first delimiter are listed.

    PITHOS: as objects, which replace the virtual entry (PIT-087, PIT-088). SWIFT: as the virtual
    entry, but an object equal to the prefix stays an object (5.4); with `children_only` the
    object equal to the prefix is left out.
    """

    PITHOS = "pithos"
    SWIFT = "swift"


@frozen
class ObjectQuery:
    """What part of a container to list. Everything literal: dialects prepare `prefix` themselves.

    `marker` and `end_marker` are exclusive; with `reverse` the order and their meaning turn.
    With `delimiter` (one or more characters) names are rolled up at its first occurrence after
    the prefix; with `children_only` rolled-up entries are left out (PIT-091 `path=`).
    A `marker` that equals a virtual entry skips all below it (PIT-089). `shared` and `public`
    restrict to such objects, both to the union (PIT-094). `until`: the state strictly before.
    """

    prefix: str = ""
    delimiter: str = ""
    children_only: bool = False
    marker: str = ""
    end_marker: str = ""
    reverse: bool = False
    limit: int = MAX_LISTING
    rolling: Rolling = Rolling.PITHOS
    shared: bool = False
    public: bool = False
    until: int | None = None
    meta: MetaFilter = MetaFilter()


def pithos_query(
    *,
    prefix: str = "",
    delimiter: str = "",
    path: str = "",
    marker: str = "",
    end_marker: str = "",
    reverse: bool = False,
    limit: int = MAX_LISTING,
    shared: bool = False,
    public: bool = False,
    until: int | None = None,
    meta: MetaFilter | None = None,
) -> ObjectQuery:
    """The query of a Pithos listing: prefix and path prepared as PIT-084, PIT-086, PIT-091 say."""
    children_only = path != ""
    if children_only:
        prefix, delimiter = path, "/"
    prefix = prefix.lstrip("/")
    if prefix and delimiter and not prefix.endswith(delimiter):
        prefix += delimiter
    return ObjectQuery(
        prefix=prefix,
        delimiter=delimiter,
        children_only=children_only,
        marker=marker,
        end_marker=end_marker,
        reverse=reverse,
        limit=limit,
        shared=shared,
        public=public,
        until=until,
        meta=meta or MetaFilter(),
    )


@frozen
class ContainerQuery:
    """What part of an account to list; fields as in `ObjectQuery`."""

    prefix: str = ""
    delimiter: str = ""
    marker: str = ""
    end_marker: str = ""
    reverse: bool = False
    limit: int = MAX_LISTING
    shared: bool = False
    public: bool = False
    until: int | None = None


@frozen
class Listing:
    """A page of a container's listing, with the container as HEAD gives it (PIT-032).

    `truncated`: more entries follow the last one.
    """

    container: Container
    entries: tuple[Object | Subdir, ...]
    truncated: bool = False


@frozen
class AccountChange:
    """A POST to an account. `replace`: metadata (and groups, if any is given) are exchanged whole;
    else merged, an empty value (no members) deletes. Group names come lower-cased (PIT-052)."""

    metadata: Mapping[str, str] = field(factory=dict)
    groups: Mapping[str, Sequence[str]] = field(factory=dict)
    replace: bool = True
    max_metadata: int = MAX_METADATA


@frozen
class ContainerChange:
    """A PUT or POST of a container.

    `policy`: directives by name (`quota`, `versioning`, `project`), values as sent and checked
    here (Malformed); "" resets to the default. With `replace` the metadata is exchanged whole, and
    given any directive, absent ones but `project` return to their defaults (PIT-069, PIT-071).
    """

    metadata: Mapping[str, str] = field(factory=dict)
    policy: Mapping[str, str] = field(factory=dict)
    replace: bool = False
    max_metadata: int = MAX_METADATA


@frozen
class Write:
    """How a new version of an object is to be.

    `metadata` and `settings` replace domains pithos and swift (other domains survive, PIT-128).
    `sharing`: None leaves it, an empty Sharing removes it. `public`: None leaves it.
    `length`: the announced length, None if chunked. `expected_md5`: lower-case hex, compared
    (BadDigest). `keep_md5`: the version's MD5 is computed and stored; costs CPU, and is what the
    Swift mount wants; it is computed anyway for `expected_md5`.
    `max_size`: a body beyond it raises TooLarge (the resource words it per dialect).
    `domains` is asked when the body has passed: what it gives merges into the metadata of further
    domains (an empty value deletes). `uuid` is the UUID of an object that is new.
    """

    content_type: str
    metadata: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    sharing: Sharing | None = None
    public: bool | None = None
    conditions: Conditions = ALWAYS
    length: int | None = None
    expected_md5: str | None = None
    keep_md5: bool = False
    max_size: int = MAX_UPLOAD
    max_metadata: int = MAX_METADATA
    domains: Callable[[], Mapping[str, Mapping[str, str]]] | None = None
    uuid: str | None = None


@frozen
class ObjectChange:
    """A POST without data (PIT-167). `metadata` and `settings` of None leave their domain alone;
    `replace` exchanges them, else they merge and an empty value deletes. `content_type` of None
    leaves the type (always on Pithos)."""

    metadata: Mapping[str, str] | None = None
    settings: Mapping[str, str] | None = None
    replace: bool = True
    content_type: str | None = None
    sharing: Sharing | None = None
    public: bool | None = None
    conditions: Conditions = ALWAYS
    max_metadata: int = MAX_METADATA


@frozen
class Place:
    """The address of an object."""

    account: str
    container: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.account}/{self.container}/{self.name}"


@frozen
class Copying:
    """How the destination of a copy or move differs from its source (PIT-153).

    `metadata` and `settings` merge into the source's (empty deletes), or with `fresh` replace
    them (X-Fresh-Metadata). `content_type` of None keeps the source's. `version` picks the source
    version (copies only). `conditions` hold for the source, or with `conditions_on_destination`
    for the destination (PIT-158).
    """

    metadata: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    fresh: bool = False
    content_type: str | None = None
    version: int | None = None
    sharing: Sharing | None = None
    public: bool | None = None
    conditions: Conditions = ALWAYS
    conditions_on_destination: bool = False
    max_metadata: int = MAX_METADATA


@frozen
class Written:
    """The outcome of a write. `hash` is the Merkle root; `checksum` the MD5, "" if not computed."""

    serial: int
    uuid: str
    hash: str
    checksum: str
    size: int
    modified: int
    created: bool


@frozen
class Hashmap:
    """The map of a version: `size` bytes in `hashes` (hex). No bytes give one empty hash
    (PIT-109)."""

    object: Object
    size: int
    hashes: tuple[str, ...]


@frozen
class DomainObject:
    """A current object and its metadata in one domain (images)."""

    object: Object
    properties: Mapping[str, str]


class Source(Protocol):
    """A body to store: `protocols/http/body.Body` is one."""

    async def read_some(self) -> bytes:
        """Some bytes, b"" at the end. Raises when the client leaves or sends garbage."""


class Reading(Protocol):
    """An object opened for reading. Holds no lock and no transaction; needs no closing."""

    @property
    def object(self) -> Object: ...

    async def data(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `start` (inclusive) to `stop` (exclusive; None: the end), in pieces.

        Fires when the first block is read and verified, so that a failure of it can still become
        a status (PIT-122): DataLost for a lost or damaged block, Unavailable when the block store
        does not answer. The iterator raises them for later blocks: abort the connection then.
        Zero bytes give an empty iterator. Every byte comes from a block whose hash was checked.
        """


class Objects(Protocol):
    """The object store. Each change is all or nothing, durable when its awaitable fires."""

    # -- accounts

    async def accounts_sharing_with(
        self, principal: Principal, *, marker: str = "", limit: int = MAX_LISTING
    ) -> list[SharingAccount]:
        """Other accounts with an object shared with the asker, sorted (PIT-034 to PIT-038)."""

    async def account(
        self,
        principal: Principal,
        account: str,
        *,
        until: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Account:
        """The account, made if it is the asker's own and new (PIT-042). Raises NotAllowed,
        Unchanged, ConditionFailed."""

    async def update_account(
        self, principal: Principal, account: str, change: AccountChange
    ) -> None:
        """PIT-050 to PIT-056. Owner only. Raises NotAllowed, Malformed."""

    async def containers(
        self, principal: Principal, account: str, query: ContainerQuery
    ) -> list[Container | Subdir]:
        """The account's containers by name (PIT-045 to PIT-049)."""

    # -- containers

    async def put_container(
        self, principal: Principal, account: str, container: str, change: ContainerChange
    ) -> bool:
        """True if it is new, else the change is merged (PIT-063). Owner only."""

    async def container(
        self,
        principal: Principal,
        account: str,
        container: str,
        *,
        until: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Container:
        """Raises NoSuchContainer, NotAllowed, Unchanged, ConditionFailed."""

    async def update_container(
        self, principal: Principal, account: str, container: str, change: ContainerChange
    ) -> None:
        """PIT-069 to PIT-075. Owner only. A new `project` moves the charge (PIT-072)."""

    async def delete_container(self, principal: Principal, account: str, container: str) -> None:
        """The container and all its history are gone (PIT-076). Raises ContainerNotEmpty."""

    async def store_blocks(
        self, principal: Principal, account: str, container: str, body: Source
    ) -> list[str]:
        """Cuts the body into blocks and stores each; their hashes (1.11). Owner only."""

    async def objects(
        self,
        principal: Principal,
        account: str,
        container: str,
        query: ObjectQuery,
        *,
        conditions: Conditions = ALWAYS,
    ) -> Listing:
        """A page of the container (1.6); somebody else sees what is shared with him (PIT-099)."""

    # -- objects

    async def object(
        self,
        principal: Principal,
        place: Place,
        *,
        version: int | None = None,
        conditions: Conditions = ALWAYS,
        md5: bool = False,
    ) -> Object:
        """HEAD. With `md5` an unknown checksum is computed from the blocks and kept (2.6)."""

    async def open(
        self,
        principal: Principal,
        place: Place,
        *,
        version: int | None = None,
        conditions: Conditions = ALWAYS,
        md5: bool = False,
    ) -> Reading:
        """GET. Raises as `object`, and NotAllowed for data that is not available (PIT-121)."""

    async def hashmap(
        self,
        principal: Principal,
        place: Place,
        *,
        version: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Hashmap: ...

    async def versions(self, principal: Principal, place: Place) -> list[tuple[int, int]]:
        """(serial, time) of every NORMAL and HISTORY version, ascending (PIT-105)."""

    async def check_write(
        self,
        principal: Principal,
        place: Place,
        *,
        length: int | None = None,
        conditions: Conditions = ALWAYS,
        sharing: bool = False,
    ) -> None:
        """Raises what `write` would raise before reading the body (PIT-145); `write` and
        `write_hashmap` do this themselves."""

    async def write(
        self, principal: Principal, place: Place, write: Write, body: Source
    ) -> Written:
        """A new version from a body. Raises NoSuchContainer, NotAllowed, ConditionFailed,
        ShortBody, TooLarge, BadDigest, OverQuota, ContainerQuotaExceeded, BlocksUnavailable."""

    async def write_hashmap(
        self, principal: Principal, place: Place, write: Write, size: int, hashes: Sequence[str]
    ) -> Written:
        """A new version from hashes (PIT-133 to PIT-138). Raises HashesMissing, Malformed."""

    async def update_object(
        self, principal: Principal, place: Place, change: ObjectChange
    ) -> int | None:
        """Sharing, publishing and metadata; the new serial if metadata changed (PIT-167)."""

    async def copy(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written: ...

    async def move(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written:
        """The source gets a tombstone, the destination its data and UUID (PIT-157)."""

    async def delete_object(
        self, principal: Principal, place: Place, *, conditions: Conditions = ALWAYS
    ) -> None:
        """PIT-194. Owner only (PIT-197)."""

    # -- public links

    async def open_public(self, token: str, *, conditions: Conditions = ALWAYS) -> Reading:
        """The published object, for anybody (PIT-219). Raises NoSuchObject."""

    # -- for the image and volume services

    async def object_by_uuid(
        self, uuid: str, *, principal: Principal | None = None, domain: str = PLANKTON
    ) -> DomainObject:
        """The current object of this UUID, in any account. With `principal` raises NotAllowed
        unless he may read it; without, nobody is asked. Raises NoSuchObject."""

    async def domain_objects(
        self,
        domain: str,
        *,
        principal: Principal | None = None,
        account: str | None = None,
    ) -> list[DomainObject]:
        """Current objects with metadata in `domain`, newest first; those the asker may read
        (principal), or all; of one account if given (PIT-206)."""

    async def update_domain(
        self,
        principal: Principal,
        place: Place,
        domain: str,
        properties: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> int:
        """Writes metadata of a domain as a new version; its serial. Needs write access."""

    async def register_map(
        self,
        owner: UserId,
        place: Place,
        *,
        size: int,
        content_type: str,
        map_name: str,
        domain: str,
        properties: Mapping[str, str],
    ) -> str:
        """A snapshot's object (PIT-201): container made if needed, not available; its UUID."""

    async def set_available(self, uuid: str, available: Available) -> None:
        """PIT-203. Raises NoSuchObject."""
