"""Ports of servers go through compute; those of none through the network service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from synnefod.common.errors import Forbidden, Unsupported
from synnefod.common.ids import PortId, ServerId
from synnefod.common.principal import Principal
from synnefod.network.interface import FloatingIpId, Network, NetworkInUse, Port, PortRequest
from synnefod.resources.network import bodies


class Cards(Protocol):
    """What compute does with a running server's ports; each submits a job to its cluster."""

    async def plug(
        self, principal: Principal, server: ServerId, request: PortRequest, *, name: str = ""
    ) -> Port:
        """One more port of a server (network.md 9, NET-110 to NET-113)."""

    async def unplug(self, principal: Principal, server: ServerId, port: PortId) -> None:
        """Asks the cluster to take the port off; its row goes with the report (NET-119)."""

    async def settle(self, number: FloatingIpId | None = None) -> int:
        """Brings floating IPs (or this one) to the servers of the ports that they stand for, and
        off others (network.md 22.7); a server that is busy gets them next time. How many moved."""


async def create_port(
    network: Network,
    cards: Cards | None,
    principal: Principal,
    document: Mapping[str, Any],
    request: PortRequest,
) -> Port:
    """Through compute when the body names a server."""
    server, name = bodies.device(document), bodies.text(document, "name")
    if server is None:
        return await network.create_port(principal, request, name=name)
    if cards is None:
        raise Unsupported("Ports are not added to existing servers here.")
    return await cards.plug(principal, server, request, name=name)


async def delete_port(
    network: Network, cards: Cards | None, principal: Principal, port: PortId
) -> None:
    """Through compute when a server has it."""
    found = await network.port(principal, port)
    if found.router is not None:
        raise NetworkInUse(f"Port {port} is router {found.router}'s.")
    if found.stays and not principal.is_admin:
        raise Forbidden(f"Port {port} stays with its server.")
    if found.server is None:
        await network.delete_port(principal, port)
    elif cards is None:
        raise Unsupported("Ports are not taken off existing servers here.")
    else:
        await cards.unplug(principal, found.server, port)
