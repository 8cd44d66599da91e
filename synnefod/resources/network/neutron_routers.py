"""Neutron's routers, and the topologies that projects get by themselves (22.6, 22.10)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.ids import PortId, ProjectId, SubnetId, uuid_with_dashes
from synnefod.network.interface.rooms import Rooms
from synnefod.network.interface.routers import GatewayWish, Interface, Router, RouterChange
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.bodies import Document as Sent
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import ZONE, common

Document = dict[str, Any]


class NeutronRouters:
    """`/routers`."""

    def __init__(self, network: Rooms) -> None:
        self.routers = network.routers

    @route("GET", "/routers")
    async def listing(self, call: Call) -> Document:
        rows = await self.routers.routers(call.principal)
        return listed(call, "routers", [_router(row) for row in rows])

    @route("POST", "/routers", status=201, body=dict[str, Any])
    async def create(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "router")
        _plain(document)
        row = await self.routers.create(
            call.principal, read.chosen_project(call.principal, document), _change(document)
        )
        return {"router": _router(row)}

    @route("GET", "/routers/<number>")
    async def show(self, call: Call, number: str) -> Document:
        row = await self.routers.router(call.principal, read.router_id(number))
        return {"router": chosen(call, _router(row))}

    @route("PUT", "/routers/<number>", body=dict[str, Any])
    async def change(self, call: Call, number: str) -> Document:
        document = bodies.envelope(call.body, "router")
        _plain(document)
        row = await self.routers.modify(call.principal, read.router_id(number), _change(document))
        return {"router": _router(row)}

    @route("DELETE", "/routers/<number>", status=204)
    async def delete(self, call: Call, number: str) -> None:
        await self.routers.delete(call.principal, read.router_id(number))

    @route("PUT", "/routers/<number>/add_router_interface", body=dict[str, Any])
    async def add(self, call: Call, number: str) -> Document:
        subnet, port = _named(call.body)
        wanted = read.router_id(number)
        made = await self.routers.add_interface(call.principal, wanted, subnet=subnet, port=port)
        return _interface(made)

    @route("PUT", "/routers/<number>/remove_router_interface", body=dict[str, Any])
    async def remove(self, call: Call, number: str) -> Document:
        subnet, port = _named(call.body)
        wanted = read.router_id(number)
        gone = await self.routers.remove_interface(call.principal, wanted, subnet=subnet, port=port)
        return _interface(gone)


def _plain(document: Sent) -> None:
    for key in ("distributed", "ha"):
        if bodies.boolean({key: document.get(key) or False}, key, False):
            raise Malformed(f"Routers here are not '{key}'.")


def _change(document: Sent) -> RouterChange:
    routes = read.objects(document, "routes") if "routes" in document else None
    gateway = None
    if "external_gateway_info" in document:
        gateway = _gateway(document["external_gateway_info"])
    return RouterChange(
        name=read.optional(document, "name", bodies.text),
        description=read.optional(document, "description", bodies.text),
        admin_up=read.switched_on(document),
        routes=None if routes is None else tuple(routes),
        gateway=gateway,
    )


def _gateway(sent: Any) -> GatewayWish:
    if not sent:
        return GatewayWish(None)
    if not isinstance(sent, dict):
        raise Malformed("'external_gateway_info' must be an object.")
    addresses = [entry.get("ip_address") for entry in read.objects(sent, "external_fixed_ips")]
    wished = [address for address in addresses if isinstance(address, str) and ":" not in address]
    return GatewayWish(
        read.network_id(bodies.text_or_number(sent, "network_id")),
        snat=bodies.boolean(sent, "enable_snat", True),
        address=wished[0] if wished else None,
    )


def _named(body: Document) -> tuple[SubnetId | None, PortId | None]:
    """The subnet or the port of an interface. Raises Malformed."""
    subnet, port = (read.nullable_text(body, key) for key in ("subnet_id", "port_id"))
    if not subnet and not port:
        raise Malformed("Either 'subnet_id' or 'port_id' must be given.")
    return (read.subnet_id(subnet) if subnet else None, read.port_id(port) if port else None)


def _router(router: Router) -> Document:
    gateway = None
    if router.gateway is not None:
        gateway = {
            "network_id": str(router.gateway),
            "enable_snat": router.snat,
            "external_fixed_ips": [
                {"subnet_id": str(ip.subnet), "ip_address": ip.address} for ip in router.outside
            ],
        }
    return common(router, router.project) | {
        "name": router.name,
        "status": "ACTIVE",
        "admin_state_up": router.admin_up,
        "external_gateway_info": gateway,
        "routes": [dict(each) for each in router.routes],
        "distributed": False,
        "ha": False,
        "availability_zones": [ZONE],
        "availability_zone_hints": [],
        "flavor_id": None,
        "SNF:dataplane": False,
    }


def _interface(found: Interface) -> Document:
    subnets = [str(subnet) for subnet in found.subnets]
    return {
        "id": str(found.router),
        "project_id": found.project,
        "tenant_id": found.project,
        "port_id": str(found.port),
        "network_id": str(found.network),
        "subnet_id": subnets[0] if subnets else None,
        "subnet_ids": subnets,
    }


class NeutronTopologies:
    """`/auto-allocated-topology/<project>`."""

    def __init__(self, network: Rooms) -> None:
        self.topologies = network.topologies

    @route("GET", "/auto-allocated-topology/<project>", change=True)
    async def show(self, call: Call, project: str) -> Document:
        wanted = _project(call, project)
        shown: Document = {"project_id": wanted, "tenant_id": wanted}
        if "dry-run" in call.query.all("fields"):
            await self.topologies.ready(call.principal)
            shown["id"] = "dry-run=pass"
        else:
            network = await self.topologies.topology(call.principal, wanted)
            shown["id"] = str(network)
        return {"auto_allocated_topology": shown}

    @route("DELETE", "/auto-allocated-topology/<project>", status=204)
    async def delete(self, call: Call, project: str) -> None:
        await self.topologies.delete(call.principal, _project(call, project))


def _project(call: Call, text: str) -> ProjectId:
    """The named project; the token's for `null` and the like."""
    if text.lower() in ("null", "none", ""):
        return read.chosen_project(call.principal, {})
    return read.chosen_project(call.principal, {"project_id": uuid_with_dashes(text)})
