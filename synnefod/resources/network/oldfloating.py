"""Floating IPs as the old compute API shows them (NET-158 to NET-160)."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import parse_integer
from synnefod.network.interface import FloatingIp, FloatingIpId, Network, NewFloatingIp
from synnefod.resources.door import Call, route

Document = dict[str, Any]


class ComputeFloatingIps:
    """`/os-floating-ips` and `/os-floating-ip-pools` below compute's legacy mount."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/os-floating-ips")
    async def listing(self, call: Call) -> Document:
        rows = await self.network.floating_ips(call.principal)
        return {"floating_ips": [_shown(row) for row in rows]}

    @route("POST", "/os-floating-ips", empty_ok=True)
    async def create(self, call: Call) -> Document:
        row = await self.network.create_floating_ip(call.principal, NewFloatingIp())
        return {"floating_ip": _shown(row)}

    @route("GET", "/os-floating-ips/<number>")
    async def show(self, call: Call, number: str) -> Document:
        return {"floating_ip": _shown(await self.network.floating_ip(call.principal, _id(number)))}

    @route("DELETE", "/os-floating-ips/<number>", status=204)
    async def delete(self, call: Call, number: str) -> None:
        await self.network.delete_floating_ip(call.principal, _id(number))

    @route("GET", "/os-floating-ip-pools")
    async def pools(self, call: Call) -> Document:
        rows = await self.network.networks(call.principal)
        names = [{"name": str(row.id)} for row in rows if row.public and row.floating_ip_pool]
        return {"floating_ip_pools": names}


def _id(text: str) -> FloatingIpId:
    return FloatingIpId(parse_integer(text, "floating IP"))


def _shown(ip: FloatingIp) -> Document:
    return {
        "fixed_ip": None,
        "id": int(ip.id),
        "instance_id": None if ip.server is None else str(ip.server),
        "ip": ip.address,
        "pool": None,
    }
