"""Start, stop, reboot, resize, delete, suspend, lock: recorded now, sent after the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import evolve

from synnefod.cluster.interface import Cluster, Instance, InstanceUnknown
from synnefod.common.errors import Malformed
from synnefod.common.ids import FlavorId, Serial, new_uuid
from synnefod.common.log import request_id
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.console import ConsoleService
from synnefod.compute.flavors import may_use
from synnefod.compute.interface import (
    Flavor,
    FlavorNotFound,
    Operstate,
    Server,
    ServerBuilding,
    ServerNotFound,
    Ticket,
    WrongState,
)
from synnefod.compute.machine.recorder import ACTION_NAMES
from synnefod.compute.machine.states import Action
from synnefod.compute.reading import settled
from synnefod.compute.records import flavors, history, outbox, servers
from synnefod.compute.records.history import Ended
from synnefod.compute.rooms import Rooms
from synnefod.compute.usage import difference, usage
from synnefod.quota.interface import Charge
from synnefod.store.interface import Tx


class ActionService:
    """interface.Actions. `wake` is told each server after its commit."""

    def __init__(
        self, rooms: Rooms, wake: Callable[[int], object], consoles: ConsoleService
    ) -> None:
        self._rooms = rooms
        self._wake = wake
        self._consoles = consoles

    async def start(self, principal: Principal, server: int) -> None:
        await self.ask(principal, server, Action.START, becomes=Operstate.STARTED)

    async def stop(self, principal: Principal, server: int, *, timeout: int | None = None) -> None:
        body = {} if timeout is None else {"timeout": timeout}
        await self.ask(principal, server, Action.STOP, becomes=Operstate.STOPPED, body=body)

    async def reboot(self, principal: Principal, server: int, *, hard: bool) -> None:
        body = {"hard": hard}
        await self.ask(principal, server, Action.REBOOT, becomes=Operstate.STARTED, body=body)

    async def resize(
        self, principal: Principal, server: int, flavor: int, *, confirm: bool = False
    ) -> None:
        async def find(tx: Tx) -> Flavor | None:
            return await flavors.get(tx, flavor)

        new = await self._rooms.store.read("flavor to resize to", find)
        if new is None or new.deleted or not may_use(new, principal):
            raise FlavorNotFound
        body = {**resize_body(new), "confirm": confirm}
        await self.ask(principal, server, Action.RESIZE, flavor=new, body=body)

    async def confirm_resize(self, principal: Principal, server: int) -> None:
        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.EDIT)
            _resized(settled(found, self._rooms))
            now = self._rooms.now()
            found = evolve(found, resized_from=None, resized_at=None, updated=now)
            await servers.save(tx, found)
            request = request_id.get()
            args = (request, principal.user, found.project, "confirmResize", now)
            await history.begin(tx, server, *args)
            await history.finish(tx, [Ended(server, "confirmResize", True, None)], now)

        await self._rooms.store.transact("confirm a resize", body)

    async def revert_resize(self, principal: Principal, server: int) -> None:
        async def find(tx: Tx) -> Flavor | None:
            found = await access.seen(tx, principal, server)
            access.check(principal, found, Action.RESIZE)
            return await flavors.get(tx, _resized(settled(found, self._rooms)))

        old = await self._rooms.store.read("flavor before a resize", find)
        assert old is not None
        body = {**resize_body(old), "confirm": False}
        await self.ask(principal, server, Action.RESIZE, flavor=old, body=body, back=True)

    async def delete(self, principal: Principal, server: int) -> None:
        await self._not_while_made(principal, server)

        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            return {"kept": await self._rooms.volumes.set_aside(tx, found.id)}

        await self.ask(
            principal,
            server,
            Action.DESTROY,
            becomes=Operstate.DESTROYED,
            force=True,
            prepare=prepare,
        )

    async def ask(
        self,
        principal: Principal,
        number: int,
        action: Action,
        *,
        becomes: Operstate | None = None,
        flavor: Flavor | None = None,
        body: dict[str, Any] | None = None,
        force: bool = False,
        back: bool = False,
        prepare: Callable[[Tx, Server], Awaitable[dict[str, Any]]] | None = None,
        charges: Callable[[], Sequence[Charge]] = tuple,
    ) -> None:
        """Records the task, its commission and its intention; they stand or fall together.

        `back`: a resize to the flavor before the last one, whether it may be chosen now or not.
        `prepare` makes the body of the intention from the locked row, in the same transaction;
        `charges`, asked afterwards, are held beside what the server itself will use.
        """
        hotplug = self._rooms.limits.use_hotplug

        async def record(tx: Tx) -> None:
            server = await access.locked(tx, principal, number, action, hotplug=hotplug)
            made = body or {}
            if prepare is not None:
                made = await prepare(tx, server)
            if back and (flavor is None or server.resized_from != flavor.id):
                raise WrongState("There is no resize to revert.")
            if flavor is not None and not back:
                await self._check_resize(tx, server, flavor)
            serial = await self._reserve(
                tx, server, action, becomes, flavor, force=force, more=charges()
            )
            now = self._rooms.now()
            life = evolve(
                server.life, action=action.value, task=action.value, task_job=None, serial=serial
            )
            await servers.save(tx, evolve(server, life=life, updated=now))
            request = request_id.get()
            await outbox.add(tx, new_uuid(), number, action.value, made, request, now)
            name = "revertResize" if back else ACTION_NAMES[action.value]
            await history.begin(tx, number, request, principal.user, server.project, name, now)

        await self._rooms.store.transact(f"ask to {action.value.lower()} a server", record)
        self._wake(number)

    async def _reserve(
        self,
        tx: Tx,
        server: Server,
        action: Action,
        becomes: Operstate | None,
        flavor: Flavor | None,
        *,
        force: bool,
        more: Sequence[Charge],
    ) -> int | None:
        """The pending commission of what the server will use then; the earlier one is undone."""
        if server.life.serial is not None:
            await self._rooms.quota.settle(tx, Serial(server.life.serial), accept=False)
        old = await flavors.get(tx, server.flavor)
        assert old is not None
        life = server.life if becomes is None else evolve(server.life, operstate=becomes)
        then = evolve(server, life=life)
        if action is Action.DESTROY:
            found = await self._rooms.volumes.volumes_of(tx, [server.id])
            volumes = found.get(server.id, ())
            charges = difference(usage(server, old, volumes), usage(then, old))
        else:
            charges = difference(usage(server, old), usage(then, flavor or old))
        charges += more
        if not charges:
            return None
        name = f"server: {server.id}, {action.value}"
        return await self._rooms.quota.reserve(tx, charges, name=name, force=force)

    async def _check_resize(self, tx: Tx, server: Server, new: Flavor) -> None:
        old = await flavors.get(tx, server.flavor)
        assert old is not None
        if not (new.public or server.project in new.projects):
            raise FlavorNotFound
        if new.id == old.id:
            raise Malformed("The server has this flavor already.")
        if new.disk != old.disk:
            raise Malformed("Cannot resize to a flavor with a different disk size.")
        if new.volume_type != old.volume_type:
            raise Malformed("Cannot resize to a flavor with a different volume type.")

    async def _not_while_made(self, principal: Principal, number: int) -> None:
        """CMP-114: 409 while the creation is under way and the instance is not there yet."""

        async def body(tx: Tx) -> Server:
            return await access.seen(tx, principal, number)

        server = await self._rooms.store.read("server to delete", body)
        making = server.life.task == Action.BUILD.value
        if not making or (server.suspended and not principal.is_admin):
            return
        if server.life.task_job is None:
            raise ServerBuilding("The server is about to be built.")
        try:
            await self._instance(server)
        except InstanceUnknown:
            raise ServerBuilding("The server is being built.") from None

    async def _cluster(self, server: Server) -> Cluster:
        if server.backend is None:
            raise WrongState("The server has no cluster.")
        return await self._rooms.backends.cluster(server.backend)

    async def _instance(self, server: Server) -> Instance:
        cluster = await self._cluster(server)
        return await cluster.instance(self._rooms.instance(server.id))

    async def suspend(self, server: int, *, suspended: bool, reason: str = "") -> None:
        if len(reason) > 255:
            raise Malformed("A reason has at most 255 characters.")

        async def body(tx: Tx) -> None:
            found = await servers.lock(tx, server)
            if found is None:
                raise ServerNotFound
            if found.deleted or found.suspended == suspended:
                raise WrongState("The server is in that state already.")
            said = reason if suspended else ""
            found = evolve(found, suspended=suspended, suspend_reason=said)
            await servers.save(tx, evolve(found, updated=self._rooms.now()))

        await self._rooms.store.transact("suspend a server", body)

    async def lock(self, principal: Principal, server: int, *, locked: bool) -> None:
        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.EDIT)
            await servers.save(tx, evolve(found, locked=locked, updated=self._rooms.now()))

        await self._rooms.store.transact("lock a server", body)

    async def console(self, principal: Principal, server: int) -> Ticket:
        return await self._consoles.open(principal, server)


def resize_body(flavor: Flavor) -> dict[str, Any]:
    """What the cluster is asked (GNT-038)."""
    return {"beparams": {"vcpus": flavor.cpu, "minmem": flavor.ram, "maxmem": flavor.ram}}


def _resized(server: Server) -> FlavorId:
    """The flavor before. Raises WrongState when no resize waits for its confirmation."""
    if server.resized_from is None:
        raise WrongState("The server was not resized, or that was confirmed.")
    return server.resized_from
