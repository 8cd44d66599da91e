"""What the administrator may ask of the object store; see `desk`.

Nobody's rights are asked: whoever has the administrator's socket may do everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.objects.values import Object, Place
from synnefod.quota.interface import Difference, Pending


@frozen
class Shown:
    """One version with all that is known of it: the metadata of a domain, the path of the object
    whose sharing holds for it, its hashes if they were asked for (None: not available)."""

    object: Object
    metadata: Mapping[str, str]
    sharing_from: str | None
    hashes: Sequence[str] | None


@frozen
class AccountFigures:
    """What an account holds. `history` counts superseded versions, tombstones not."""

    name: str
    containers: int
    objects: int
    bytes: int
    history: int
    history_bytes: int


@frozen
class Miscount:
    """Totals that are kept, and what there is. `where` is the path of the container."""

    where: str
    cluster: int
    kept: tuple[int, int]
    found: tuple[int, int]


@frozen
class Finding:
    """Something wrong with the data of objects: `problem` is missing, damaged or map; `hits` are
    (path, version)."""

    block: str
    problem: str
    hits: tuple[tuple[str, int], ...]


@frozen
class CheckPage:
    """A part of a check. `cursor` is where to go on, None at the end."""

    blocks: int
    findings: tuple[Finding, ...]
    cursor: tuple[int, int] | None


@frozen
class Reclaimed:
    """Blocks and bytes set aside now, given up for ever, and blocks taken back; in a dry run
    those that would be."""

    aside: int
    aside_bytes: int
    gone: int
    gone_bytes: int
    back: int


class Keeping(Protocol):
    """The administrator's desk of the object store."""

    async def show(
        self,
        what: Place | str,
        *,
        version: int | None = None,
        domain: str = "pithos",
        hashes: bool = False,
    ) -> Shown:
        """By place, or by the UUID of a current object. Raises NoSuchObject, NoSuchVersion."""

    async def accounts(self, *, duplicates: bool = False) -> list[AccountFigures]:
        """By name; with `duplicates` only those that differ from another in case alone."""

    async def figures(self, account: str) -> AccountFigures:
        """Raises NoSuchAccount."""

    async def delete_account(self, account: str) -> None:
        """All its containers, their history, its groups and metadata are gone for ever, and
        nothing is charged for them any more. Raises NoSuchAccount."""

    async def merge(self, source: str, destination: str) -> None:
        """All containers of `source`, with history, sharing and charges, are `destination`'s,
        which is made if need be; those that both have become one. Groups that it has not come
        too, and what was shared with `source` is shared with `destination`. `source` stays, empty.
        Raises NoSuchAccount, Conflict for objects that both have (nothing is changed then)."""

    async def set_quota(
        self, container: str, quota: int, *, account: str | None = None, dry: bool = False
    ) -> list[tuple[str, int]]:
        """The quota of all containers of this name (or of one account); (account, quota before)."""

    async def quotas(self) -> list[tuple[str, int]]:
        """The limit of each account's own space, by account."""

    async def resources(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> Sequence[Difference]:
        """As `UsageChecks.resources`."""

    async def commissions(self, *, fix: bool = False) -> Sequence[Pending]:
        """As `UsageChecks.commissions`."""

    async def check(
        self,
        cursor: tuple[int, int] = (0, 0),
        *,
        deep: bool = False,
        account: str | None = None,
        limit: int = 256,
    ) -> CheckPage:
        """Are the blocks of the maps there? `deep` reads them, against their names."""

    async def miscounts(self, *, account: str | None = None) -> list[Miscount]:
        """Totals of containers that differ from a recount (6.6)."""

    async def reclaim(self, *, grace: float, dry: bool) -> Reclaimed | None:
        """Sets aside blocks that nothing names (6.4); None while another daemon does."""
