"""What Swift's clients and browsers ask beyond Pithos; `interface.Objects` includes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from attrs import field, frozen

from synnefod.common.principal import Principal
from synnefod.objects.values import MAX_LISTING, Object, Place


@frozen
class Outward:
    """What a door must know of a place before it knows who asks: the metadata of account and
    container (keys of temporary URLs, rules for other origins), and the time. Never shown."""

    account: Mapping[str, str] = field(factory=dict)
    container: Mapping[str, str] = field(factory=dict)
    now: int = 0


@frozen
class VersionQuery:
    """What part of a container's versions to list: beyond `marker`, or with `version_marker`
    beyond that version of it."""

    prefix: str = ""
    marker: str = ""
    version_marker: int | None = None
    limit: int = MAX_LISTING


@frozen
class PastVersion:
    """One version of an object; `deleted`: the mark of a deletion. `latest` is its newest."""

    name: str
    serial: int
    size: int
    content_type: str
    checksum: str
    changed: int
    latest: bool
    deleted: bool


@frozen
class Bundle:
    """Files, and folders with all below them, of one container."""

    account: str
    container: str
    names: tuple[str, ...]


class Beyond(Protocol):
    """Verbs that Pithos' own dialect does not have."""

    async def outward(self, account: str, container: str) -> Outward:
        """Empty for what is not there; nobody is asked (5.12, 5.13)."""

    async def role(self, principal: Principal, account: str) -> str:
        """What the asker may do with all of an account that is somebody else's: `admin`,
        `read-write`, `read-only`, or "" (5.7)."""

    async def object_versions(
        self, principal: Principal, account: str, container: str, query: VersionQuery
    ) -> list[PastVersion]:
        """By name, the newest first (5.8). For whoever may list everything. Raises NotAllowed."""

    async def delete_version(self, principal: Principal, place: Place, serial: int) -> None:
        """One version is gone for ever; if it was the current one, nothing takes its place.
        Owner only. Raises NoSuchObject, NoSuchVersion."""

    async def promise_bundle(self, principal: Principal, bundle: Bundle) -> str:
        """A ticket with which a browser gets all of it once, within a minute, with the rights of
        the asker. Raises NoSuchContainer, NotAllowed, Malformed."""

    async def bundle(self, ticket: str) -> tuple[str, AsyncIterator[bytes]]:
        """A file's name and the ZIP, made while it is read. Raises NoSuchObject."""

    async def search(
        self, principal: Principal, text: str, *, container: str | None = None, limit: int = 100
    ) -> list[Object]:
        """The asker's own files whose names hold every word of `text`, by container and name."""
