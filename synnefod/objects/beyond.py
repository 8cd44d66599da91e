"""What Swift's clients ask beyond Pithos (object-storage.md 5); `interface.Objects` includes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import field, frozen

from synnefod.common.principal import Principal
from synnefod.objects.values import MAX_LISTING, Place


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


class Beyond(Protocol):
    """Verbs that only the Swift mount has."""

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
