"""The object store as one value: every verb of `interface.Objects`, each in its own module."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from attrs import frozen

from synnefod.blocks.hashing import DIGEST_SIZE
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.objects import (
    accounts,
    bundles,
    changing,
    containers,
    copying,
    domains,
    listing,
    outward,
    past,
    reading,
    trees,
    updating,
    writing,
)
from synnefod.objects.interface import (
    ALWAYS,
    BLOCK_HASH,
    BLOCK_SIZE,
    MAX_LISTING,
    PLANKTON,
    Account,
    AccountChange,
    Available,
    Bundle,
    Conditions,
    Container,
    ContainerChange,
    ContainerQuery,
    Copying,
    DomainObject,
    Hashmap,
    Listing,
    Object,
    ObjectChange,
    ObjectQuery,
    Outward,
    PastVersion,
    Patch,
    Place,
    Reading,
    SharingAccount,
    Source,
    Subdir,
    VersionQuery,
    Write,
    Written,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import config
from synnefod.store.interface import Tx


class OtherBlocks(Exception):
    """The database was made for blocks of another size or hash; its maps cannot be read."""


@frozen
class ObjectStore:
    """See `interface.Objects`. `await prepare()` before the first request."""

    parts: Parts

    async def prepare(self) -> None:
        """Remembers the parameters of blocks, or raises OtherBlocks when they differ (2.1)."""
        wanted = {
            "block_size": str(BLOCK_SIZE),
            "block_hash": BLOCK_HASH,
            "digest_size": str(DIGEST_SIZE),
        }

        async def body(tx: Tx) -> None:
            for key, value in wanted.items():
                stored = await config.settle(tx, key, value)
                if stored != value:
                    raise OtherBlocks(f"{key} of the database is {stored}, not {value}")

        await self.parts.store.transact("block parameters", body)

    # -- accounts

    async def accounts_sharing_with(
        self, principal: Principal, *, marker: str = "", limit: int = MAX_LISTING
    ) -> list[SharingAccount]:
        return await accounts.sharing_with(self.parts, principal, marker, limit)

    async def account(
        self,
        principal: Principal,
        account: str,
        *,
        until: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Account:
        return await accounts.head(self.parts, principal, account, until, conditions)

    async def update_account(
        self, principal: Principal, account: str, change: AccountChange
    ) -> None:
        await accounts.update(self.parts, principal, account, change)

    async def containers(
        self, principal: Principal, account: str, query: ContainerQuery
    ) -> list[Container | Subdir]:
        return await listing.of_account(self.parts, principal, account, query)

    # -- containers

    async def put_container(
        self, principal: Principal, account: str, container: str, change: ContainerChange
    ) -> bool:
        return await containers.put(self.parts, principal, account, container, change)

    async def container(
        self,
        principal: Principal,
        account: str,
        container: str,
        *,
        until: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Container:
        return await containers.head(self.parts, principal, account, container, until, conditions)

    async def update_container(
        self, principal: Principal, account: str, container: str, change: ContainerChange
    ) -> None:
        await containers.update(self.parts, principal, account, container, change)

    async def delete_container(self, principal: Principal, account: str, container: str) -> None:
        await containers.delete(self.parts, principal, account, container)

    async def empty_container(self, principal: Principal, account: str, container: str) -> None:
        await trees.empty(self.parts, principal, account, container)

    async def purge_container(
        self, principal: Principal, account: str, container: str, until: int
    ) -> None:
        await trees.purge_container(self.parts, principal, account, container, until)

    async def store_blocks(
        self, principal: Principal, account: str, container: str, body: Source
    ) -> list[str]:
        return await writing.store_blocks(self.parts, principal, account, container, body)

    async def objects(
        self,
        principal: Principal,
        account: str,
        container: str,
        query: ObjectQuery,
        *,
        conditions: Conditions = ALWAYS,
    ) -> Listing:
        return await listing.objects(self.parts, principal, account, container, query, conditions)

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
        found = await reading.head(self.parts, principal, place, version, conditions, md5)
        return found.object

    async def open(
        self,
        principal: Principal,
        place: Place,
        *,
        version: int | None = None,
        conditions: Conditions = ALWAYS,
        md5: bool = False,
    ) -> Reading:
        return await reading.open(self.parts, principal, place, version, conditions, md5)

    async def hashmap(
        self,
        principal: Principal,
        place: Place,
        *,
        version: int | None = None,
        conditions: Conditions = ALWAYS,
    ) -> Hashmap:
        return await reading.hashmap(self.parts, principal, place, version, conditions)

    async def versions(self, principal: Principal, place: Place) -> list[tuple[int, int]]:
        return await reading.history(self.parts, principal, place)

    async def check_write(
        self,
        principal: Principal,
        place: Place,
        *,
        length: int | None = None,
        conditions: Conditions = ALWAYS,
        sharing: bool = False,
    ) -> None:
        await writing.check(self.parts, principal, place, length, conditions, sharing)

    async def write(
        self, principal: Principal, place: Place, write: Write, body: Source
    ) -> Written:
        return await writing.from_body(self.parts, principal, place, write, body)

    async def write_hashmap(
        self, principal: Principal, place: Place, write: Write, size: int, hashes: Sequence[str]
    ) -> Written:
        return await writing.from_hashes(self.parts, principal, place, write, size, hashes)

    async def update_object(
        self, principal: Principal, place: Place, change: ObjectChange
    ) -> int | None:
        return await changing.update(self.parts, principal, place, change)

    async def update_data(
        self, principal: Principal, place: Place, patch: Patch, body: Source
    ) -> Written:
        return await updating.from_body(self.parts, principal, place, patch, body)

    async def update_from_object(
        self,
        principal: Principal,
        place: Place,
        patch: Patch,
        source: Place,
        *,
        version: int | None = None,
    ) -> Written:
        return await updating.from_object(self.parts, principal, place, patch, source, version)

    async def copy(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written:
        return await copying.transfer(self.parts, principal, source, destination, how, moving=False)

    async def move(
        self, principal: Principal, source: Place, destination: Place, how: Copying
    ) -> Written:
        return await copying.transfer(self.parts, principal, source, destination, how, moving=True)

    async def delete_object(
        self,
        principal: Principal,
        place: Place,
        *,
        conditions: Conditions = ALWAYS,
        delimiter: str = "",
    ) -> None:
        await trees.delete(self.parts, principal, place, conditions, delimiter)

    async def purge_object(self, principal: Principal, place: Place, until: int) -> None:
        await trees.purge_object(self.parts, principal, place, until)

    # -- public links

    async def open_public(self, token: str, *, conditions: Conditions = ALWAYS) -> Reading:
        return await reading.open_public(self.parts, token, conditions)

    async def take_public(self, token: str) -> None:
        await reading.take_public(self.parts, token)

    async def outward(self, account: str, container: str) -> Outward:
        return await outward.look(self.parts, account, container)

    async def role(self, principal: Principal, account: str) -> str:
        return await outward.role(self.parts, principal, account)

    async def object_versions(
        self, principal: Principal, account: str, container: str, query: VersionQuery
    ) -> list[PastVersion]:
        return await past.listed(self.parts, principal, account, container, query)

    async def delete_version(self, principal: Principal, place: Place, serial: int) -> None:
        await past.delete(self.parts, principal, place, serial)

    # -- for the image and volume services

    async def object_by_uuid(
        self, uuid: str, *, principal: Principal | None = None, domain: str = PLANKTON
    ) -> DomainObject:
        return await domains.by_uuid(self.parts, uuid, principal, domain)

    async def domain_objects(
        self,
        domain: str,
        *,
        principal: Principal | None = None,
        account: str | None = None,
    ) -> list[DomainObject]:
        return await domains.in_domain(self.parts, domain, principal, account)

    async def update_domain(
        self,
        principal: Principal,
        place: Place,
        domain: str,
        properties: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> int:
        return await changing.update_domain(
            self.parts, principal, place, domain, properties, replace
        )

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
        tx: Tx | None = None,
    ) -> str:
        return await domains.register_map(
            self.parts,
            owner,
            place,
            size=size,
            content_type=content_type,
            map_name=map_name,
            domain=domain,
            properties=properties,
            tx=tx,
        )

    async def set_available(self, uuid: str, available: Available, *, tx: Tx | None = None) -> None:
        await domains.set_available(self.parts, uuid, available, tx)

    async def taken(self, tx: Tx, place: Place) -> bool:
        return await domains.taken(tx, place)

    async def promise_bundle(self, principal: Principal, bundle: Bundle) -> str:
        return await bundles.promise(self.parts, principal, bundle)

    async def bundle(self, ticket: str) -> tuple[str, AsyncIterator[bytes]]:
        return await bundles.redeem(self.parts, ticket)

    async def search(
        self, principal: Principal, text: str, *, container: str | None = None, limit: int = 100
    ) -> list[Object]:
        return await bundles.search(self.parts, principal, text, container, limit)
