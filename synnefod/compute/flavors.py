"""Sizes of servers: who sees which, and what the administrator may change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from synnefod.common.errors import AlreadyExists, Malformed, NotFound
from synnefod.common.ids import ProjectId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Flavor, FlavorNotFound
from synnefod.compute.records import flavors, servers
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

_LARGEST = 2**31 - 1


def may_use(flavor: Flavor, principal: Principal) -> bool:
    """Whether the flavor is public or granted to a project of the asker."""
    if flavor.public or principal.is_admin:
        return True
    return any(project in principal.projects for project in flavor.projects)


class FlavorService:
    """interface.Flavors."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def visible(self, principal: Principal) -> list[Flavor]:
        return [flavor for flavor in await self.all() if may_use(flavor, principal)]

    async def show(self, principal: Principal, flavor: int) -> Flavor:
        async def body(tx: Tx) -> Flavor:
            found = await flavors.get(tx, flavor)
            if found is None:
                raise FlavorNotFound
            if may_use(found, principal) or await servers.uses_flavor(tx, principal.user, flavor):
                return found
            raise FlavorNotFound

        return await self._rooms.store.read("show flavor", body)

    async def all(self, *, deleted: bool = False) -> list[Flavor]:
        async def body(tx: Tx) -> list[Flavor]:
            return await flavors.all_of(tx, deleted=deleted)

        return await self._rooms.store.read("list flavors", body)

    async def in_use(self) -> Mapping[int, int]:
        return await self._rooms.store.read("flavors in use", flavors.in_use)

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
        for value, what in ((cpu, "CPUs"), (ram, "RAM"), (disk, "disk")):
            if not 0 < value <= _LARGEST:
                raise Malformed(f"The number of {what} must be positive.")
        ram = -(-ram // 4) * 4
        _check_specs(specs or {})

        async def body(tx: Tx) -> Flavor:
            kind = await self._rooms.volumes.volume_type(tx, volume_type)
            template = kind.disk_template
            like = await flavors.like(tx, cpu, ram, disk, volume_type)
            if new and like is not None and not like.deleted:
                raise AlreadyExists(f"Flavor {like.name} is of this shape already.")
            number = await flavors.insert(
                tx,
                cpu,
                ram,
                disk,
                volume_type,
                template,
                alias,
                public=public,
                description=description,
            )
            await flavors.set_specs(tx, number, dict(specs or {}), ())
            return await _found(tx, number)

        return await self._rooms.store.transact("create flavor", body)

    async def modify(
        self,
        flavor: int,
        *,
        public: bool | None = None,
        allow_create: bool | None = None,
        deleted: bool | None = None,
        alias: str | None = None,
    ) -> Flavor:
        async def body(tx: Tx) -> Flavor:
            found = await _found(tx, flavor)
            found = evolve(
                found,
                public=found.public if public is None else public,
                allow_create=found.allow_create if allow_create is None else allow_create,
                deleted=found.deleted if deleted is None else deleted,
                alias=found.alias if alias is None else alias,
            )
            await flavors.save(tx, found)
            return found

        return await self._rooms.store.transact("modify flavor", body)

    async def describe(self, flavor: int, description: str | None) -> Flavor:
        async def body(tx: Tx) -> Flavor:
            found = evolve(await _found(tx, flavor), description=description)
            await flavors.save(tx, found)
            return found

        return await self._rooms.store.transact("describe flavor", body)

    async def set_specs(
        self, flavor: int, add: Mapping[str, str], remove: Sequence[str] = ()
    ) -> Flavor:
        _check_specs(add)

        async def body(tx: Tx) -> Flavor:
            found = await _found(tx, flavor)
            missing = [name for name in remove if name not in found.specs]
            if missing:
                raise NotFound(f"The flavor has no spec '{missing[0]}'.")
            await flavors.set_specs(tx, flavor, dict(add), remove)
            return await _found(tx, flavor)

        return await self._rooms.store.transact("set flavor specs", body)

    async def grant(self, flavor: int, project: ProjectId, *, granted: bool = True) -> Flavor:
        async def body(tx: Tx) -> Flavor:
            await _found(tx, flavor)
            await flavors.grant(tx, flavor, project, granted=granted)
            return await _found(tx, flavor)

        return await self._rooms.store.transact("grant flavor", body)


async def _found(tx: Tx, flavor: int) -> Flavor:
    found = await flavors.get(tx, flavor)
    if found is None:
        raise FlavorNotFound
    return found


def _check_specs(specs: Mapping[str, str]) -> None:
    for name, value in specs.items():
        if not 0 < len(name) <= 64 or len(value) > 255:
            raise Malformed("A spec's name has 1 to 64 characters, its value at most 255.")
