"""Networks and floating IPs as Nova's proxies showed them below 2.36 (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import NetworkId
from synnefod.network.interface import (
    FloatingIp,
    FloatingIpId,
    FloatingIpNotFound,
    Network,
    NetworkNotFound,
    NetworkRow,
    NewFloatingIp,
    Subnet,
)
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.door import Call, route

Document = dict[str, Any]


class NovaNetworks:
    """`/os-networks`, `/os-tenant-networks`, `/os-floating-ips` and their pools."""

    def __init__(self, network: Network) -> None:
        self._network = network

    # -- networks

    async def _networks(self, call: Call) -> list[tuple[NetworkRow, Subnet | None]]:
        """Each with its subnet of IPv4."""
        _below_2_36(call)
        subnets = {
            each.network: each
            for each in await self._network.subnets(call.principal)
            if each.version == 4
        }
        rows = await self._network.networks(call.principal)
        return [(row, subnets.get(row.id)) for row in rows if not row.deleted]

    async def _one(self, call: Call, number: str) -> tuple[NetworkRow, Subnet | None]:
        for row, subnet in await self._networks(call):
            if str(row.id) == number:
                return row, subnet
        raise NetworkNotFound(f"Network {number[:64]} could not be found.")

    @route("GET", "/os-networks")
    async def networks(self, call: Call) -> Document:
        return {"networks": [_network(*each) for each in await self._networks(call)]}

    @route("GET", "/os-networks/<number>")
    async def network(self, call: Call, number: str) -> Document:
        return {"network": _network(*await self._one(call, number))}

    @route("GET", "/os-tenant-networks")
    async def tenant_networks(self, call: Call) -> Document:
        return {"networks": [_brief(*each) for each in await self._networks(call)]}

    @route("GET", "/os-tenant-networks/<number>")
    async def tenant_network(self, call: Call, number: str) -> Document:
        return {"network": _brief(*await self._one(call, number))}

    # -- floating IPs

    async def _pools(self, call: Call) -> dict[NetworkId, str]:
        """The names of those that addresses come from."""
        _below_2_36(call)
        rows = await self._network.networks(call.principal)
        return {row.id: row.name for row in rows if row.public and row.floating_ip_pool}

    @route("GET", "/os-floating-ip-pools")
    async def pools(self, call: Call) -> Document:
        names = (await self._pools(call)).values()
        return {"floating_ip_pools": [{"name": name} for name in names]}

    @route("GET", "/os-floating-ips")
    async def addresses(self, call: Call) -> Document:
        pools = await self._pools(call)
        found = await self._network.floating_ips(call.principal)
        return {"floating_ips": [_address(each, pools) for each in found]}

    @route("POST", "/os-floating-ips", body=Any, empty_ok=True)
    async def take(self, call: Call) -> Document:
        """Of the pool that is named, or of any."""
        pools = await self._pools(call)
        wanted = call.body.get("pool") if isinstance(call.body, dict) else None
        if wanted is not None and not isinstance(wanted, str):
            raise Malformed("Invalid input for field/attribute pool.")
        fitting = [number for number, name in pools.items() if wanted in (name, str(number))]
        if wanted is not None and not fitting:
            raise NotFound(f"Floating IP pool {wanted[:64]} not found.")
        new = NewFloatingIp(fitting[0] if fitting else None)
        made = await self._network.create_floating_ip(call.principal, new)
        return {"floating_ip": _address(made, pools)}

    @route("GET", "/os-floating-ips/<number>")
    async def address(self, call: Call, number: str) -> Document:
        pools = await self._pools(call)
        found = await self._network.floating_ip(call.principal, _address_id(number))
        return {"floating_ip": _address(found, pools)}

    @route("DELETE", "/os-floating-ips/<number>", status=202)
    async def give_back(self, call: Call, number: str) -> None:
        _below_2_36(call)
        await self._network.delete_floating_ip(call.principal, _address_id(number))


def _below_2_36(call: Call) -> None:
    if version(call) >= (2, 36):
        raise NotFound("The resource could not be found.")


def _address_id(text: str) -> FloatingIpId:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise FloatingIpNotFound(f"Floating IP {text[:64]} could not be found.")
    return FloatingIpId(int(text))


def _address(ip: FloatingIp, pools: dict[NetworkId, str]) -> Document:
    return {
        "id": str(ip.id),
        "ip": ip.address,
        "fixed_ip": ip.fixed,
        "instance_id": None if ip.server is None else str(ip.server),
        "pool": pools.get(ip.network),
    }


def _brief(row: NetworkRow, subnet: Subnet | None) -> Document:
    cidr = None if subnet is None else subnet.cidr
    return {"id": str(row.id), "label": row.name, "cidr": cidr}


def _network(row: NetworkRow, subnet: Subnet | None) -> Document:
    return {
        **_brief(row, subnet),
        "gateway": None if subnet is None else subnet.gateway,
        "project_id": row.project,
    }
