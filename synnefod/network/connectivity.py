"""The networks of new servers: those that all get, then the usual or the wished ones (17)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.errors import Conflict, Malformed, NotFound, Refusal
from synnefod.common.ids import NetworkId, ServerId
from synnefod.common.principal import Principal
from synnefod.network.interface import (
    NetworkConflict,
    NetworkNotFound,
    NetworkRow,
    NoNetwork,
    PoolEmpty,
    Port,
    PortRequest,
)
from synnefod.network.ports import MOST_PORTS, Ports
from synnefod.network.records import floating as floating_records
from synnefod.network.records import networks as records
from synnefod.network.records import ports as port_records
from synnefod.network.tenancy import sees
from synnefod.store.interface import Tx

ANY_V4, ANY_V6, ANY = "SNF:ANY_PUBLIC_IPV4", "SNF:ANY_PUBLIC_IPV6", "SNF:ANY_PUBLIC"


@frozen
class Given:
    """What servers get. Each entry is its alternatives, numbers of networks or `SNF:ANY_...`
    (NET-202). `public`: a port on the first public network with room comes before all."""

    public: bool = True
    forced: tuple[tuple[str, ...], ...] = ()
    usual: tuple[tuple[str, ...], ...] = ()


GIVEN = Given()
"""What servers get when nothing is configured."""


@frozen
class Connectivity:
    """Makes the ports of a new server. See `Network.claim_ports`."""

    ports: Ports
    given: Given

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        taken: list[NetworkId] = []
        if self.given.public:
            taken += await self._claim_public(tx, principal, server)
        for entry in self.given.forced:
            await self._forced(tx, principal, server, entry, taken)
        for request in requests:
            if request == PortRequest():
                for entry in self.given.usual:
                    await self._usual(tx, principal, server, entry, taken)
            else:
                await self.ports.claim_wish(tx, principal, server, request, taken)
            if len(taken) > MOST_PORTS:
                raise Malformed(f"A server has at most {MOST_PORTS} ports.")
        return await port_records.of_servers(tx, [server])

    async def _claim_public(
        self, tx: Tx, principal: Principal, server: ServerId
    ) -> list[NetworkId]:
        """A port on the oldest public network with room. Raises NoNetwork if all are full."""
        networks = await records.open_publics(tx)
        for network in networks:
            try:
                await self.ports.claim(tx, principal, server, network, None, 0)
            except PoolEmpty:
                continue
            return [network.id]
        if networks:
            raise NoNetwork("No public network has a free address.")
        return []

    async def _forced(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        entry: Sequence[str],
        taken: list[NetworkId],
    ) -> None:
        """A plain address, outside quota; what is shared with the user alone does not count.
        Raises NoNetwork (NET-203)."""
        why: Refusal | None = None
        own = Principal(principal.user, principal.name, principal.project)
        for network in await self._candidates(tx, entry):
            if not sees(own, network):
                continue
            try:
                await self.ports.claim(tx, principal, server, network, None, len(taken))
            except Conflict as error:
                why = error
                continue
            taken.append(network.id)
            return
        told = why.message if why is not None else "No such network is there."
        raise NoNetwork(f"A network that every server gets has no room: {told}")

    async def _usual(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        entry: Sequence[str],
        taken: list[NetworkId],
    ) -> None:
        """As if the user had wished it; on public networks with IPv4 that takes one of the
        user's free floating IPs (NET-204). Raises NetworkConflict (NET-203)."""
        why: Refusal = NetworkConflict("No network of the default ones can be had.")
        for network in await self._candidates(tx, entry):
            if not sees(principal, network):
                why = NetworkNotFound(f"Network {network.id} does not exist.")
                continue
            try:
                await self._wish(tx, principal, server, network, taken)
            except (Conflict, NotFound) as error:
                why = error
                continue
            return
        raise NetworkConflict(why.message)

    async def _wish(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        network: NetworkRow,
        taken: list[NetworkId],
    ) -> None:
        if network.public and not await _has_v4(tx, network):
            await self.ports.claim(tx, principal, server, network, None, len(taken))
            taken.append(network.id)
            return
        address = None
        if network.public:
            address = await floating_records.free_of(tx, principal.user, network.id)
            if address is None:
                raise NetworkConflict(
                    "You have no free floating IP address; create one for the server first."
                )
        request = PortRequest(network=network.id, address=address)
        await self.ports.claim_wish(tx, principal, server, request, taken)

    async def _candidates(self, tx: Tx, entry: Sequence[str]) -> list[NetworkRow]:
        """The networks that the alternatives mean, in order."""
        found: list[NetworkRow] = []
        for word in entry:
            if word in (ANY_V4, ANY_V6, ANY):
                rows = await records.open_publics(tx)
                fours = [row for row in rows if await _has_v4(tx, row)]
                sixes = [row for row in rows if row not in fours]
                found += fours if word != ANY_V6 else []
                found += sixes if word != ANY_V4 else []
            else:
                row = await records.get(tx, NetworkId(int(word)), lock=True)
                found += [row] if row is not None and not row.deleted else []
        return found


async def _has_v4(tx: Tx, network: NetworkRow) -> bool:
    subnets = (await records.subnets_of(tx, [network.id]))[network.id]
    return any(subnet.version == 4 for subnet in subnets)
