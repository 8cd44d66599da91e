"""Neutron's subnet pools, and how many addresses are left (network.md 22.7, 22.9)."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import NetworkId, SubnetId
from synnefod.network.interface import NetworkNotFound, NetworkRow, Subnet
from synnefod.network.interface.rooms import Availability, Rooms
from synnefod.network.interface.subnetpools import SubnetPool, SubnetPoolWish
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.bodies import Document as Sent
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import common

Document = dict[str, Any]


class NeutronSubnetPools:
    """`/subnetpools`."""

    def __init__(self, network: Rooms) -> None:
        self.pools = network.subnet_pools

    @route("GET", "/subnetpools")
    async def listing(self, call: Call) -> Document:
        rows = await self.pools.pools(call.principal)
        return listed(call, "subnetpools", [_pool(row) for row in rows])

    @route("POST", "/subnetpools", status=201, body=dict[str, Any])
    async def create(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "subnetpool")
        project = read.chosen_project(call.principal, document)
        return {
            "subnetpool": _pool(await self.pools.create(call.principal, project, _wish(document)))
        }

    @route("GET", "/subnetpools/<number>")
    async def show(self, call: Call, number: str) -> Document:
        row = await self.pools.pool(call.principal, read.pool_id(number))
        return {"subnetpool": chosen(call, _pool(row))}

    @route("PUT", "/subnetpools/<number>", body=dict[str, Any])
    async def change(self, call: Call, number: str) -> Document:
        wish = _wish(bodies.envelope(call.body, "subnetpool"))
        row = await self.pools.modify(call.principal, read.pool_id(number), wish)
        return {"subnetpool": _pool(row)}

    @route("DELETE", "/subnetpools/<number>", status=204)
    async def delete(self, call: Call, number: str) -> None:
        await self.pools.delete(call.principal, read.pool_id(number))


def _flag(document: Sent, key: str) -> bool:
    return bodies.boolean(document, key, False)


def _prefixes(document: Sent, key: str) -> tuple[str, ...]:
    return tuple(read.texts(document, key))


def _wish(document: Sent) -> SubnetPoolWish:
    return SubnetPoolWish(
        name=read.optional(document, "name", bodies.text),
        prefixes=read.optional(document, "prefixes", _prefixes),
        usual_length=read.whole(document, "default_prefixlen"),
        shortest=read.whole(document, "min_prefixlen"),
        longest=read.whole(document, "max_prefixlen"),
        shared=read.optional(document, "shared", _flag),
        usual=read.optional(document, "is_default", _flag),
        quota=read.whole(document, "default_quota"),
        description=read.optional(document, "description", bodies.text),
    )


def _pool(pool: SubnetPool) -> Document:
    return common(pool, pool.project) | {
        "name": pool.name,
        "prefixes": list(pool.prefixes),
        "default_prefixlen": pool.usual_length,
        "min_prefixlen": pool.shortest,
        "max_prefixlen": pool.longest,
        "ip_version": pool.version,
        "shared": pool.shared,
        "is_default": pool.usual,
        "default_quota": pool.quota,
        "address_scope_id": None,
    }


class NeutronAvailabilities:
    """`/network-ip-availabilities`."""

    def __init__(self, network: Rooms) -> None:
        self.network = network

    async def _found(self, call: Call) -> dict[NetworkId, Document]:
        networks = await self.network.networks(call.principal)
        subnets: dict[NetworkId, list[Subnet]] = {row.id: [] for row in networks}
        for subnet in await self.network.subnets(call.principal):
            subnets.setdefault(subnet.network, []).append(subnet)
        known = await self.network.availabilities()
        return {row.id: _availability(row, subnets[row.id], known) for row in networks}

    @route("GET", "/network-ip-availabilities")
    async def listing(self, call: Call) -> Document:
        found = await self._found(call)
        return listed(call, "network_ip_availabilities", list(found.values()))

    @route("GET", "/network-ip-availabilities/<number>")
    async def show(self, call: Call, number: str) -> Document:
        found = (await self._found(call)).get(read.network_id(number))
        if found is None:
            raise NetworkNotFound(f"Network {number} could not be found.")
        return {"network_ip_availability": chosen(call, found)}


def _availability(row: NetworkRow, subnets: list[Subnet], known: Any) -> Document:
    parts = []
    for subnet in subnets:
        numbers: Availability = known.get(SubnetId(subnet.id), Availability(0, 0))
        parts.append(
            {
                "subnet_id": str(subnet.id),
                "subnet_name": subnet.name,
                "cidr": subnet.cidr,
                "ip_version": subnet.version,
                "total_ips": numbers.total,
                "used_ips": numbers.used,
            }
        )
    return {
        "network_id": str(row.id),
        "network_name": row.name,
        "project_id": row.project or "",
        "tenant_id": row.project or "",
        "total_ips": sum(int(part["total_ips"]) for part in parts),  # type: ignore[call-overload]
        "used_ips": sum(int(part["used_ips"]) for part in parts),  # type: ignore[call-overload]
        "subnet_ip_availability": parts,
    }
