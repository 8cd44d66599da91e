"""To which project a server belongs, and whether its members see it (CMP-117 to CMP-121)."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.machine.states import Action
from synnefod.compute.records import flavors, servers
from synnefod.compute.rooms import Rooms
from synnefod.compute.usage import difference, usage
from synnefod.compute.values import Server
from synnefod.store.interface import Tx

_ADMINISTRATOR = Principal(user=UserId(""), name="administrator", project=None, is_admin=True)


class BelongingService:
    """interface.Belonging."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def reassign(
        self, principal: Principal, number: int, project: ProjectId, *, shared: bool
    ) -> None:
        if shared and not self._rooms.limits.shared_resources:
            raise Forbidden("Sharing of resources is disabled.")

        async def body(tx: Tx) -> None:
            server = await access.locked(tx, principal, number, Action.REASSIGN)
            if server.user != principal.user and not principal.is_admin:
                raise Forbidden("Only its owner moves a server to another project.")
            if project != server.project:
                await self._move(tx, principal, server, project)
            volumes = (await self._rooms.volumes.volumes_of(tx, [server.id])).get(server.id, ())
            for volume in (each for each in volumes if each.index == 0):
                await self._rooms.volumes.move(tx, volume.id, project, shared=shared)
            now = self._rooms.now()
            await servers.save(tx, evolve(server, project=project, shared=shared, updated=now))

        await self._rooms.store.transact("reassign a server", body)

    async def _move(self, tx: Tx, principal: Principal, server: Server, project: ProjectId) -> None:
        """Charges the new project what the old one is given back: the server and its root."""
        if not principal.may_use(project):
            raise Forbidden("You are not a member of the project.")
        backend = server.backend
        if backend is not None and not await self._rooms.backends.may_hold(tx, project, backend):
            raise Forbidden("The project has no access to the server's cluster.")
        flavor = await flavors.get(tx, server.flavor)
        assert flavor is not None
        if not (flavor.public or project in flavor.projects):
            raise Forbidden("The project has no access to the server's flavor.")
        found = (await self._rooms.volumes.volumes_of(tx, [server.id])).get(server.id, ())
        root = [volume for volume in found if volume.index == 0]
        moved = [evolve(volume, project=project) for volume in root]
        charges = difference(
            usage(server, flavor, root), usage(evolve(server, project=project), flavor, moved)
        )
        name = f"server: {server.id}, reassigned"
        await self._rooms.quota.charge(tx, charges, name=name)

    async def give(self, number: int, owner: UserId) -> None:
        project = ProjectId(owner)

        async def body(tx: Tx) -> None:
            server = await access.locked(tx, _ADMINISTRATOR, number, Action.REASSIGN)
            if server.user == owner:
                raise Malformed("The server is that user's already.")
            flavor = await flavors.get(tx, server.flavor)
            assert flavor is not None
            found = (await self._rooms.volumes.volumes_of(tx, [server.id])).get(server.id, ())
            mine = [volume for volume in found if volume.user == server.user]
            moved = [evolve(volume, user=owner, project=project) for volume in mine]
            after = evolve(server, user=owner, project=project, shared=False)
            charges = difference(usage(server, flavor, mine), usage(after, flavor, moved))
            for volume in mine:
                await self._rooms.volumes.give(tx, volume.id, owner, project)
            charges += await self._rooms.network.give_ports(tx, server.id, server.user, owner)
            await self._rooms.quota.charge(tx, charges, name=f"server: {server.id}, given away")
            await servers.give(tx, server.id, owner)
            await servers.save(tx, evolve(after, updated=self._rooms.now()))

        await self._rooms.store.transact("give a server away", body)
