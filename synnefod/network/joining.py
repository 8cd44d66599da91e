"""Ports one by one: kept for later, given to a running server, and taken back (network.md 9, 10).

Note [Whose transaction]. Methods with `tx` are for compute, which takes the ports of a server on
and off in one transaction with the server's own row. Locks come in the order server, network,
address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, PortId, ServerId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import floating
from synnefod.network.addressing import v4_number, v4_text
from synnefod.network.groups import Groups
from synnefod.network.interface import (
    CARRIER,
    FloatingIp,
    FloatingIpNotFound,
    NetworkConflict,
    NetworkInUse,
    NetworkRow,
    Port,
    PortNotFound,
    PortRequest,
)
from synnefod.network.ports import MOST_PORTS, Ports
from synnefod.network.records import floating as floating_records
from synnefod.network.records import ports as records
from synnefod.network.tenancy import checked_name, locked
from synnefod.store.interface import Tx


@frozen
class Joining:
    """The noun port beyond a new server's. `ports` makes and removes the rows."""

    ports: Ports
    groups: Groups

    def _now(self) -> int:
        return micros(self.ports.clock.seconds())

    # -- for the doors

    async def create_ports(
        self, principal: Principal, wishes: Sequence[tuple[PortRequest, str]]
    ) -> list[Port]:
        for _, name in wishes:
            checked_name(name)

        async def body(tx: Tx) -> list[Port]:
            return [await self._make(tx, principal, None, wish, name) for wish, name in wishes]

        return await self.ports.store.transact("create ports", body)

    async def rename_port(self, principal: Principal, port: PortId, name: str) -> Port:
        checked_name(name)

        async def body(tx: Tx) -> Port:
            await self.port_in(tx, principal, port)
            if name:
                await records.change(tx, port, self._now(), name=name)
            return await self.port_in(tx, principal, port)

        return await self.ports.store.transact("rename port", body)

    async def delete_port(self, principal: Principal, port: PortId) -> None:
        async def body(tx: Tx) -> None:
            found = await self.port_in(tx, principal, port)
            if found.router is not None:
                raise NetworkInUse(f"Port {port} is router {found.router}'s.")
            if found.stays and not principal.is_admin:
                raise Forbidden(f"Port {port} stays with its server.")
            if found.server is not None:
                raise NetworkInUse(f"Port {port} is on server {found.server}.")
            await self.ports.remove(tx, found, "port deleted")

        await self.ports.store.transact("delete port", body)

    # -- for compute

    async def claim_port(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        request: PortRequest,
        *,
        name: str = "",
    ) -> Port:
        checked_name(name)
        position = await self._position(tx, server)
        if request.port is not None:
            await self.ports.attach(tx, principal, server, request.port, position)
            taken = await records.get(tx, request.port)
            assert taken is not None
            for ip in taken.ips:
                if taken.public and ip.version == 4:
                    await records.remember(
                        tx, taken, ip.address, "associate", self._now(), "port attached"
                    )
            return taken
        return await self._make(tx, principal, server, request, name, position)

    async def claim_floating(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        found = await _floating(tx, principal, address)
        position = await self._position(tx, server)
        request = PortRequest(network=found.network, address=found.address)
        port = await self._make(tx, principal, server, request, "", position)
        if found.target is not None:
            await records.change(tx, port.id, self._now(), device_owner=CARRIER)
        return port

    async def floating_port(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        number = v4_text(v4_number(address))
        # Whoever may use the server may take an address off it, so every address is looked at.
        found = await floating_records.visible(tx, None, [], address=number)
        if not found:
            raise FloatingIpNotFound(f"Floating IP {number} does not exist.")
        for each in found:
            if each.server == server and each.port is not None:
                port = await records.get(tx, each.port)
                assert port is not None
                return port
        raise Malformed(f"{number} is not on server {server}.")

    async def release_port(self, tx: Tx, port: PortId, *, reason: str = "") -> None:
        found = await records.get(tx, port)
        if found is not None:
            await self.ports.remove(tx, found, reason)

    async def port_in(self, tx: Tx, principal: Principal, port: PortId) -> Port:
        user = None if principal.is_admin else principal.user
        found = await records.visible(tx, user, sorted(principal.projects), port)
        if not found:
            raise PortNotFound(f"Port {port} does not exist.")
        return found[0]

    # -- inside

    async def _position(self, tx: Tx, server: ServerId) -> int:
        known = await records.of_servers(tx, [server])
        if len(known) >= MOST_PORTS:
            raise Malformed(f"A server has at most {MOST_PORTS} ports.")
        return max((port.index for port in known), default=-1) + 1

    async def _make(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId | None,
        request: PortRequest,
        name: str,
        position: int = 0,
    ) -> Port:
        if request.network is None:
            raise Malformed("A port needs a network.")
        network = await locked(tx, principal, request.network)
        if network.public:
            address = await self._public_address(tx, principal, network, request.address, server)
            port = await self.insert(tx, principal, server, network, name, position)
            await self.join(tx, address, port, server)
        else:
            port = await self.ports.claim(
                tx, principal, server, network, request.address, position, name=name
            )
        return await self.dressed(tx, principal, port, request)

    async def dressed(
        self, tx: Tx, principal: Principal, port: PortId, request: PortRequest
    ) -> Port:
        """The new port with what its request says beside network and address."""
        given: dict[str, Any] = {}
        if request.description:
            given["description"] = request.description
        if not request.admin_up:
            given["admin_up"] = 0
        if given:
            await records.change(tx, port, self._now(), **given)
        if request.groups is not None:
            return await self.groups.give(principal, port, request.groups, tx=tx)
        made = await records.get(tx, port)
        assert made is not None
        return made

    async def _public_address(
        self,
        tx: Tx,
        principal: Principal,
        network: NetworkRow,
        wished: str | None,
        server: ServerId | None,
    ) -> FloatingIp:
        """The floating IP that a port on a public network must have (NET-104, NET-106)."""
        if network.action == "DESTROY" or network.state != "ACTIVE":
            raise NetworkConflict(f"Network {network.id} takes no new ports.")
        if wished is None:
            raise Malformed("A port on a public network needs a floating IP address.")
        found = await _floating(tx, principal, wished, network.id)
        if found.network != network.id:
            raise NetworkConflict(f"{found.address} is not an address of network {network.id}.")
        return found

    async def insert(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId | None,
        network: NetworkRow,
        name: str,
        position: int,
    ) -> PortId:
        return await self.ports.insert(tx, principal, server, network, position, name=name)

    async def join(
        self, tx: Tx, address: FloatingIp, port: PortId, server: ServerId | None
    ) -> None:
        """Puts a floating IP on a port. Raises NetworkConflict when it is on one."""
        if not await floating_records.attach(tx, address.id, port, self._now()):
            raise NetworkConflict(f"{address.address} is in use.")
        made = await records.get(tx, port)
        if server is not None and made is not None:
            await records.remember(
                tx, made, address.address, "associate", self._now(), "floating IP attached"
            )


async def _floating(
    tx: Tx, principal: Principal, address: str, network: NetworkId | None = None
) -> FloatingIp:
    number = v4_text(v4_number(address))
    found = await floating.seen(tx, principal, address=number)
    if not found:
        raise FloatingIpNotFound(f"Floating IP {number} does not exist.")
    return next((each for each in found if each.network == network), found[0])
