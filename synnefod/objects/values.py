"""The values that the object store takes and gives; `interface` offers them all."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from attrs import define, field, frozen

from synnefod.common.ids import ProjectId
from synnefod.objects.links import ENDLESS, Publication, Standing

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
SLO = "slo"
"""Domain that says what an object stands for: a static large object's `etag` and `size` (5.10), or
a link's `target`, `account` and, if it is static, `etag`, `bytes` (5.14)."""


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


_NONE: Mapping[str, str] = MappingProxyType({})


@define
class Object:
    """One version of an object. Nobody changes one: it is not frozen because a listing makes ten
    thousand, and they would take three times as long.

    `serial` numbers the version; `changed` is its time, `modified` the overall latest change of
    the object (deletion included, PIT-026). `hash` is the Merkle root, `checksum` the MD5 or "".
    `metadata` holds domain pithos, `settings` domain swift; both are empty in listings.
    `sharing` is the effective one; `shared_by` the path of the directory object it comes from
    (None: the object's own). In listings only the object's own sharing is given (PIT-098).
    `allowed` says what the asker may do. `public` is the public token, for owners only, and
    `link_terms` how it stands. `map_name` names the data for Ganeti (None without). In domain slo
    `large` is `etag` and `size` of a static large object; `link` is the same of a link."""

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
    metadata: Mapping[str, str] = _NONE
    settings: Mapping[str, str] = _NONE
    large: Mapping[str, str] = _NONE
    link: Mapping[str, str] = _NONE
    sharing: Sharing | None = None
    shared_by: str | None = None
    allowed: Access = Access.OWNER
    public: str | None = None
    link_terms: Standing = ENDLESS

    @property
    def path(self) -> str:
        return f"{self.account}/{self.container}/{self.name}"


def standing(values: Mapping[str, str]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """`large` and `link` of an Object from its domain slo."""
    return ({}, values) if "target" in values else (values, {})


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
    empty in account listings. `listed`: somebody else's, whose access list (5.7) lets the asker
    list it: counts and metadata are given then. `lists` are the access lists by side (`read`,
    `write`), for owners only.
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
    listed: bool = False
    lists: Mapping[str, str] = field(factory=dict)


@frozen
class Account:
    """An account. `full` is False for somebody else's: then only `modified` counts (PIT-043).

    `bytes_used` is the sum of the user's pithos.diskspace usage; `bytes` the local sum of current
    versions; `quota` maps projects to their limits (PIT-040, PIT-041). `lists` is JSON (5.7).
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
    lists: str = ""


@frozen
class SharingAccount:
    """An account that shares something with the asker (PIT-036)."""

    name: str
    modified: int


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
    else merged, an empty value (no members) deletes. Group names come lower-cased (PIT-052).
    `max_overall` as in `ContainerChange`. `lists`: who may act on all of the account, by role
    (5.7); None leaves that as it is."""

    metadata: Mapping[str, str] = field(factory=dict)
    groups: Mapping[str, Sequence[str]] = field(factory=dict)
    lists: Mapping[str, Sequence[str]] | None = None
    replace: bool = True
    max_metadata: int = MAX_METADATA
    max_overall: int | None = None


@frozen
class ContainerChange:
    """A PUT or POST of a container.

    `policy`: directives by name (`quota`, `versioning`, `project`), values as sent and checked
    here (Malformed); "" resets to the default. With `replace` the metadata is exchanged whole, and
    given any directive, absent ones but `project` return to their defaults (PIT-069, PIT-071).
    `max_overall`: bytes of all names and values after the change, None for any (5.2).
    `touch`: the container counts as changed even if nothing is (5.1).
    `lists`: access lists to set by side (`read`, `write`) as Swift writes them; "" clears (5.7).
    """

    metadata: Mapping[str, str] = field(factory=dict)
    policy: Mapping[str, str] = field(factory=dict)
    lists: Mapping[str, str] = field(factory=dict)
    replace: bool = False
    max_metadata: int = MAX_METADATA
    max_overall: int | None = None
    touch: bool = False


@frozen
class Write:
    """How a new version of an object is to be.

    `metadata` and `settings` replace domains pithos and swift (other domains survive, PIT-128).
    `sharing`: None leaves it, an empty Sharing removes it. `public`: None leaves it.
    `length`: the announced length, None if chunked. `expected_md5`: lower-case hex, compared
    (BadDigest). `keep_md5`: the version's MD5 is computed and stored; costs CPU, and is what the
    Swift mount wants; it is computed anyway for `expected_md5`.
    `max_size`: a body beyond it raises TooLarge (the resource words it per dialect).
    `large` is domain slo of the new version (`Object.large`, `Object.link`).
    `domains` is asked when the body has passed: what it gives merges into the metadata of further
    domains (an empty value deletes). `uuid` is the UUID of an object that is new.
    """

    content_type: str
    metadata: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    large: Mapping[str, str] = field(factory=dict)
    sharing: Sharing | None = None
    public: Publication = None
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
    public: Publication = None
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
    for the destination (PIT-158). With `delimiter` everything below the source goes along, its
    names rewritten, in the same transaction; the other fields hold for the first object (PIT-160).
    """

    metadata: Mapping[str, str] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    fresh: bool = False
    content_type: str | None = None
    version: int | None = None
    sharing: Sharing | None = None
    public: Publication = None
    conditions: Conditions = ALWAYS
    conditions_on_destination: bool = False
    delimiter: str = ""
    max_metadata: int = MAX_METADATA


@frozen
class Patch:
    """New data for a part of an object (PIT-170 to PIT-177).

    `start` of None appends; `stop` is exclusive, None as far as the data goes. `total` is the
    size that the client believes the object has, None if it does not say. `truncate` cuts the
    result (X-Object-Bytes). `metadata` replaces domain pithos, or merges without `replace`.
    """

    start: int | None = None
    stop: int | None = None
    total: int | None = None
    truncate: int | None = None
    length: int | None = None
    metadata: Mapping[str, str] = field(factory=dict)
    replace: bool = True
    sharing: Sharing | None = None
    public: Publication = None
    conditions: Conditions = ALWAYS
    max_size: int = MAX_UPLOAD
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
