"""The object store: what the doors and the other services may ask of it (object-storage.md 1-3).

Names are text exactly as decoded from the URL; nothing is normalised. An account's name is its
owner's UUID. Times are microseconds since the epoch (UTC), sizes are bytes, hashes lower-case hex.
Metadata keys are the full canonical header names (`X-Object-Meta-Foo`, `Content-Encoding`).

Who may what is decided here, on every path: Forbidden is raised for somebody else's things, also
for an account that nobody has; NotFound for what is absent in one's own account.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from synnefod.common.principal import Principal
from synnefod.objects.askers import Asker, asker
from synnefod.objects.beyond import Beyond, Bundle, Outward, PastVersion, VersionQuery
from synnefod.objects.conditions import hold
from synnefod.objects.links import Publication, Standing, Terms
from synnefod.objects.mapped import Mapped
from synnefod.objects.queries import (
    ContainerQuery,
    MetaFilter,
    ObjectQuery,
    Rolling,
    pithos_query,
)
from synnefod.objects.refusals import (
    BadDigest,
    ConditionFailed,
    ContainerNotEmpty,
    ContainerQuotaExceeded,
    DataLost,
    HashesMissing,
    NoSuchAccount,
    NoSuchContainer,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    ShortBody,
    TooMuchOutstanding,
    Unchanged,
)
from synnefod.objects.values import (
    ALWAYS,
    BLOCK_HASH,
    BLOCK_SIZE,
    MAX_HASHES,
    MAX_LISTING,
    MAX_METADATA,
    MAX_UPLOAD,
    PITHOS,
    PLANKTON,
    SLO,
    SWIFT,
    Access,
    Account,
    AccountChange,
    Available,
    Conditions,
    Container,
    ContainerChange,
    Copying,
    DomainObject,
    Hashmap,
    Listing,
    Object,
    ObjectChange,
    Patch,
    Place,
    Policy,
    Sharing,
    SharingAccount,
    Subdir,
    Write,
    Written,
)

__all__ = [
    "ALWAYS",
    "BLOCK_HASH",
    "BLOCK_SIZE",
    "MAX_HASHES",
    "MAX_LISTING",
    "MAX_METADATA",
    "MAX_UPLOAD",
    "PITHOS",
    "PLANKTON",
    "SLO",
    "SWIFT",
    "Access",
    "Account",
    "AccountChange",
    "Asker",
    "Available",
    "BadDigest",
    "Bundle",
    "ConditionFailed",
    "Conditions",
    "Container",
    "ContainerChange",
    "ContainerNotEmpty",
    "ContainerQuery",
    "ContainerQuotaExceeded",
    "Copying",
    "DataLost",
    "DomainObject",
    "HashesMissing",
    "Hashmap",
    "Listing",
    "MetaFilter",
    "NoSuchAccount",
    "NoSuchContainer",
    "NoSuchObject",
    "NoSuchVersion",
    "NotAllowed",
    "Object",
    "ObjectChange",
    "ObjectQuery",
    "Objects",
    "Outward",
    "PastVersion",
    "Patch",
    "Place",
    "Policy",
    "Publication",
    "Reading",
    "Rolling",
    "Sharing",
    "SharingAccount",
    "ShortBody",
    "Source",
    "Standing",
    "Subdir",
    "Terms",
    "TooMuchOutstanding",
    "Unchanged",
    "VersionQuery",
    "Write",
    "Written",
    "asker",
    "hold",
    "pithos_query",
]


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


class Objects(Beyond, Mapped, Protocol):
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

    async def empty_container(self, principal: Principal, account: str, container: str) -> None:
        """Deletes all current objects; the container stays (PIT-078)."""

    async def purge_container(
        self, principal: Principal, account: str, container: str, until: int
    ) -> None:
        """History and tombstones of `until` or before are gone for ever (PIT-077)."""

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

    async def update_data(
        self, principal: Principal, place: Place, patch: Patch, body: Source
    ) -> Written:
        """A new version with a part of its bytes from a body. Raises RangeNotSatisfiable for a
        hole or a wrong total, Malformed when lengths disagree, and what `write` raises."""

    async def update_from_object(
        self,
        principal: Principal,
        place: Place,
        patch: Patch,
        source: Place,
        *,
        version: int | None = None,
    ) -> Written:
        """The same with the first bytes of another object (or a version of it), PIT-174."""

    async def copy(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written: ...

    async def move(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written:
        """The source gets a tombstone, the destination its data and UUID (PIT-157)."""

    async def delete_object(
        self,
        principal: Principal,
        place: Place,
        *,
        conditions: Conditions = ALWAYS,
        delimiter: str = "",
    ) -> None:
        """PIT-194; with `delimiter` also everything below it (PIT-196). Owner only (PIT-197)."""

    async def purge_object(self, principal: Principal, place: Place, until: int) -> None:
        """Every version of `until` or before is gone for ever, the current one too (PIT-195)."""

    # -- public links

    async def open_public(self, token: str, *, conditions: Conditions = ALWAYS) -> Reading:
        """The published object, for anybody (PIT-219), its link's terms in `link_terms`. Raises
        NoSuchObject, also for a link that has ended by its terms."""

    async def take_public(self, token: str) -> None:
        """Counts a download before its first byte (UI-214). Once this has returned the count is
        durable, whatever becomes of the download. Raises NoSuchObject when none is left."""

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
