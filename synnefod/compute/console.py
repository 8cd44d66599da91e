"""Tickets to consoles: made for whoever may use the server, taken once by the relay.

Tickets are rows, so any daemon may serve what another one promised; only their digest is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable

from synnefod.cluster.interface import Instance, InstanceUnknown, JobEvent, JobStatus
from synnefod.common.ids import JobId, new_token
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.interface import (
    ConsoleTarget,
    ConsoleUnavailable,
    Server,
    Ticket,
    WrongState,
)
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.states import Action
from synnefod.compute.records import secrets, servers
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

_SECOND = 1_000_000


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class ConsoleService:
    """interface.Consoles, and the making of tickets. `feed` is the keeper's."""

    def __init__(self, rooms: Rooms, feed: Callable[[JobEvent], Awaitable[None]]) -> None:
        self._rooms = rooms
        self._feed = feed

    async def open(self, principal: Principal, number: int) -> Ticket:
        """A ticket to the console of a running server (8.4).

        When the cluster says that it does not run, the row is corrected (CMP-261) and WrongState
        raised. Raises ConsoleUnavailable when there is no endpoint.
        """

        async def read(tx: Tx) -> Server:
            return await access.seen(tx, principal, number)

        server = await self._rooms.store.read("server of a console", read)
        access.check(principal, server, Action.CONSOLE)
        instance = await self._instance(server)
        if instance.running is False:
            await self._found_stopped(server)
            raise WrongState("Server not in ACTIVE state.")
        if instance.network_port is None or not instance.pnode:
            raise ConsoleUnavailable("The server has no console.")
        target = ConsoleTarget(server.id, instance.pnode, instance.network_port)
        expires = self._rooms.now() + self._rooms.limits.console_ttl * _SECOND
        token = new_token()

        async def keep(tx: Tx) -> None:
            await secrets.add_ticket(tx, _digest(token), principal.user, target, expires)

        await self._rooms.store.transact("console ticket", keep)
        again = await self._instance(server)
        if (again.pnode, again.network_port) != (target.node, target.port):
            raise ConsoleUnavailable("The server moves: ask for its console again.")
        return Ticket(token, server.id, expires)

    async def take(self, token: str) -> ConsoleTarget | None:
        if not token or len(token) > 128:
            return None
        now = self._rooms.now()

        async def body(tx: Tx) -> ConsoleTarget | None:
            return await secrets.take_ticket(tx, _digest(token), now)

        target = await self._rooms.store.transact("take console ticket", body)
        if target is not None:
            await self._still_there(target)
        return target

    async def _still_there(self, target: ConsoleTarget) -> None:
        """Raises ConsoleUnavailable when the guest has moved since the ticket was made, so that
        nobody sees another one's console (GNT-047)."""

        async def read(tx: Tx) -> Server | None:
            return await servers.get(tx, target.server)

        server = await self._rooms.store.read("server of a console", read)
        if server is None or server.deleted:
            raise ConsoleUnavailable("The server is gone.")
        instance = await self._instance(server)
        if (instance.pnode, instance.network_port) != (target.node, target.port):
            raise ConsoleUnavailable("The server's console has moved: ask again.")

    async def _instance(self, server: Server) -> Instance:
        if server.backend is None:
            raise ConsoleUnavailable("The server has no cluster.")
        cluster = await self._rooms.backends.cluster(server.backend)
        try:
            return await cluster.instance(self._rooms.instance(server.id))
        except InstanceUnknown:
            raise ConsoleUnavailable("The cluster does not know the server.") from None

    async def _found_stopped(self, server: Server) -> None:
        assert server.backend is not None
        cluster = await self._rooms.backends.cluster(server.backend)
        await self._feed(
            JobEvent(
                cluster=cluster.address.cluster,
                instance=self._rooms.instance(server.id),
                job=JobId(0),
                opcode=steps.SHUTDOWN,
                status=JobStatus.SUCCESS,
                when=self._rooms.now(),
                source="reconcile",
            )
        )
