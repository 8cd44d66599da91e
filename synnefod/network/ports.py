"""Ports and addresses: claimed with a server, following what the cluster reports, given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.groups import Groups
from synnefod.network.interface import (
    CARRIER,
    FloatingIpNotFound,
    NetworkConflict,
    NetworkNotFound,
    NetworkRow,
    PoolEmpty,
    Port,
    PortNotFound,
    PortRequest,
    Subnet,
)
from synnefod.network.limits import Limits
from synnefod.network.records import floating as floating_records
from synnefod.network.records import networks as network_records
from synnefod.network.records import pools
from synnefod.network.records import ports as records
from synnefod.network.tenancy import sees
from synnefod.store.interface import Store, Tx

MOST_PORTS = 8


@frozen
class Ports:
    """The noun port. `prefix` begins NIC and network names."""

    store: Store
    clock: IClock
    prefix: str
    limits: Limits
    groups: Groups

    # -- for the doors

    async def ports(self, principal: Principal) -> list[Port]:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)
        return await self.store.read("list ports", lambda tx: records.visible(tx, user, projects))

    async def port(self, principal: Principal, port: PortId) -> Port:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)
        found = await self.store.read(
            "get port", lambda tx: records.visible(tx, user, projects, port)
        )
        if not found:
            raise PortNotFound(f"Port {port} does not exist.")
        return found[0]

    # -- with servers

    async def connect(
        self, tx: Tx, principal: Principal, server: ServerId, request: PortRequest
    ) -> Port:
        before = await records.of_servers(tx, [server])
        # Its place is behind all others, and nothing of the default networks comes with it.
        taken = [NetworkId(0)] * (max((port.index for port in before), default=-1) + 1)
        await self.claim_wish(tx, principal, server, request, taken)
        known = {port.id for port in before}
        after = await records.of_servers(tx, [server])
        return next(port for port in after if port.id not in known)

    async def take_back(self, tx: Tx, port: PortId, *, keep: bool) -> None:
        found = await records.get(tx, port)
        if found is None or found.state == "ACTIVE":
            return
        if keep:
            now = micros(self.clock.seconds())
            await records.change(
                tx, port, now, server=None, position=None, state="DOWN", device_owner=None
            )
        else:
            await self.remove(tx, found, "not connected")

    async def claim_wish(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        wish: PortRequest,
        taken: list[NetworkId],
    ) -> None:
        """A port as a user wishes, added to `taken`. Raises as `Network.claim_ports`."""
        if wish.port is not None:
            network = await self.attach(tx, principal, server, wish.port, len(taken))
            taken.append(network)
            return
        if wish.network is None:
            raise Malformed("A network or a port is needed.")
        row = await network_records.get(tx, wish.network, lock=True)
        if row is None or row.deleted or not sees(principal, row):
            raise NetworkNotFound(f"Network {wish.network} does not exist.")
        if row.public and row.id in taken and wish.address is None:
            return
        address = wish.address or None
        if row.public:
            await self._check_public(tx, row, wish)
            await self._claim_floating(tx, principal, server, row, address, len(taken))
        else:
            await self.claim(tx, principal, server, row, address, len(taken))
        taken.append(row.id)

    async def _check_public(self, tx: Tx, network: NetworkRow, wish: PortRequest) -> None:
        """NET-205."""
        if wish.address == "":
            raise Malformed("On a public network 'fixed_ip' is an address, or is left out.")
        subnets = (await network_records.subnets_of(tx, [network.id]))[network.id]
        if all(subnet.version != 4 for subnet in subnets):
            raise Forbidden(f"Network {network.id} is not for ports of one's own choice.")

    async def _claim_floating(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        network: NetworkRow,
        address: str | None,
        position: int,
    ) -> None:
        """A port with one of the asker's free floating IPs, or with this one (NET-204)."""
        if address is None:
            address = await floating_records.free_of(tx, principal.user, network.id)
            if address is None:
                raise NetworkConflict(
                    f"You have no free floating IP address of network {network.id}; create one."
                )
        user = None if principal.is_admin else principal.user
        wished = addressing.v4_text(addressing.v4_number(address))
        found = await floating_records.visible(tx, user, sorted(principal.projects), address=wished)
        mine = next((each for each in found if each.network == network.id), None)
        if mine is None:
            raise FloatingIpNotFound(f"Floating IP {wished} does not exist.")
        now = micros(self.clock.seconds())
        port = await self.insert(tx, principal, server, network, position)
        if not await floating_records.attach(tx, mine.id, port, now):
            raise NetworkConflict(f"{wished} is in use.")
        made = await records.get(tx, port)
        if made is not None:
            await records.remember(tx, made, wished, "associate", now, "server created")

    async def attach(
        self, tx: Tx, principal: Principal, server: ServerId, port: PortId, position: int
    ) -> NetworkId:
        user = None if principal.is_admin else principal.user
        seen = await records.visible(tx, user, sorted(principal.projects), port)
        if not seen:
            raise PortNotFound(f"Port {port} does not exist.")
        if seen[0].router is not None:
            raise NetworkConflict(f"Port {port} is router {seen[0].router}'s.")
        free = await records.attach(
            tx,
            port,
            micros(self.clock.seconds()),
            server=server,
            position=position,
            state="BUILD",
            device_owner="vm",
        )
        if not free:
            raise NetworkConflict(f"Port {port} is in use.")
        return seen[0].network

    async def insert(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId | None,
        network: NetworkRow,
        position: int,
        *,
        name: str = "",
    ) -> PortId:
        """A port without addresses: in BUILD for a server, DOWN for none (NET-109, NET-110)."""
        project = principal.project or ProjectId(principal.user)
        await self.limits.check(tx, project, "port")
        return await records.insert(
            tx,
            micros(self.clock.seconds()),
            name=name,
            owner=principal.user,
            project=project,
            network=network.id,
            server=server,
            position=None if server is None else position,
            state="DOWN" if server is None else "BUILD",
            device_owner=None if server is None else "vm",
            public=int(network.public),
        )

    async def claim(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId | None,
        network: NetworkRow,
        address: str | None,
        position: int,
        *,
        name: str = "",
    ) -> PortId:
        """A port with an address of the network's pools, if it has an IPv4 subnet. Raises
        NetworkConflict, PoolEmpty, Malformed."""
        if network.state != "ACTIVE" or network.drained or network.action == "DESTROY":
            raise NetworkConflict(f"Network {network.id} takes no new ports.")
        if not network.admin_up:
            raise NetworkConflict(f"Network {network.id} is switched off.")
        now = micros(self.clock.seconds())
        subnets = (await network_records.subnets_of(tx, [network.id]))[network.id]
        v4 = next((subnet for subnet in subnets if subnet.version == 4), None)
        given = None
        if v4 is not None:
            given = await self._address(tx, v4, address)
        elif address is not None:
            raise Malformed(f"Network {network.id} has no IPv4 subnet.")
        port = await self.insert(tx, principal, server, network, position, name=name)
        if v4 is not None and given is not None:
            await self._link(tx, port, network, v4, given, principal, now)
            if network.public:
                where = (server or ServerId(0), network.id, principal.user)
                await records.write_history(tx, given, *where, "associate", now, "server created")
        return port

    async def adopt(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        places: Sequence[tuple[NetworkId, str | None]],
    ) -> list[Port]:
        for index, (number, address) in enumerate(places):
            network = await network_records.get(tx, number)
            if network is None or network.deleted:
                raise NetworkNotFound(f"Network {number} does not exist.")
            await self.claim(tx, principal, server, network, address, index)
        return await records.of_servers(tx, [server])

    async def _address(self, tx: Tx, subnet: Subnet, wished: str | None) -> str:
        if wished is not None:
            return await pools.take_exactly(tx, subnet.id, wished)
        given = await pools.take(tx, subnet.id)
        if given is None:
            raise PoolEmpty(f"Network {subnet.network} has no free address.")
        return given

    async def _link(
        self,
        tx: Tx,
        port: PortId,
        network: NetworkRow,
        subnet: Subnet,
        address: str,
        principal: Principal,
        now: int,
    ) -> None:
        await records.add_address(
            tx,
            now,
            network=network.id,
            subnet=subnet.id,
            port=port,
            owner=principal.user,
            project=principal.project or principal.user,
            address=address,
            version=subnet.version,
        )

    async def release_ports(self, tx: Tx, server: ServerId) -> None:
        for port in await records.of_servers(tx, [server]):
            await self.remove(tx, port, "server removed")

    async def fail_ports(self, tx: Tx, server: ServerId) -> None:
        now = micros(self.clock.seconds())
        for port in await records.of_servers(tx, [server]):
            if port.state == "BUILD":
                await records.change(tx, port.id, now, state="ERROR")

    async def ports_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Port]]:
        found: dict[ServerId, list[Port]] = {server: [] for server in servers}
        for port in await records.of_servers(tx, servers):
            if port.server is not None:
                found[port.server].append(port)
        return found

    async def remove(self, tx: Tx, port: Port, reason: str) -> None:
        """The port is gone. Its public addresses' history tells why, if a server had it."""
        now = micros(self.clock.seconds())
        if port.public and port.server is not None:
            for ip in port.ips:
                if ip.version == 4:
                    await records.remember(tx, port, ip.address, "disassociate", now, reason)
        if port.device_owner == CARRIER:
            await floating_records.forget_target(tx, port.id)
        await records.drop_addresses(tx, port.id, now)
        await records.delete(tx, port.id)

    async def nic_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        bodies: dict[ServerId, list[dict[str, Any]]] = {server: [] for server in servers}
        for port in await records.of_servers(tx, servers):
            assert port.server is not None
            body = {
                "name": self.nic_name(port.id),
                "network": self.network_name(port.network),
                "ip": next((ip.address for ip in port.ips if ip.version == 4), None),
            }
            bodies[port.server].append(body)
        return bodies

    # -- names on the clusters (GNT-002)

    def nic_name(self, port: PortId) -> str:
        return f"{self.prefix}nic-{port}"

    def network_name(self, network: NetworkId) -> str:
        return f"{self.prefix}net-{network}"
