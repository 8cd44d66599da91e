"""What else Neutron's clients look at: versions, extensions, zones, agents, tags (22.3, 22.9)."""

from __future__ import annotations

import uuid
from typing import Any

from synnefod.backends.interface import Backend, Backends
from synnefod.common.clockwork import IClock
from synnefod.common.errors import NotFound
from synnefod.common.text import iso_z, micros
from synnefod.network.interface.describing import Kind
from synnefod.network.interface.rooms import Rooms
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import ZONE

Document = dict[str, Any]
EXTENSIONS = {
    "agent": "agent",
    "availability_zone": "Availability Zone",
    "binding": "Port Binding",
    "default-subnetpools": "Default Subnetpools",
    "external-net": "Neutron external network",
    "network-ip-availability": "Network IP Availability",
    "network_availability_zone": "Network Availability Zone",
    "pagination": "Pagination support",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "quota_details": "Quota details management support",
    "quotas": "Quota management support",
    "security-group": "security-group",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-revisions": "Resource revision numbers",
    "standard-attr-tag": "Tag support for resources with standard attribute",
    "standard-attr-timestamp": "Resource timestamps",
    "subnet_allocation": "Subnet Allocation",
}
ROUTER_EXTENSIONS = {
    "auto-allocated-topology": "Auto Allocated Topology Services",
    "ext-gw-mode": "Neutron L3 Configurable external gateway mode",
    "extraroute": "Neutron Extra Route",
    "router": "Neutron L3 Router",
}
_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class NeutronDocuments:
    """Versions, extensions, zones, agents and providers."""

    def __init__(self, network: Rooms, backends: Backends, clock: IClock) -> None:
        self.backends = backends
        self.clock = clock
        self.extensions_here = EXTENSIONS | (ROUTER_EXTENSIONS if network.has_routers else {})

    @route("GET", "/extensions")
    async def extensions(self, call: Call) -> Document:
        known = sorted(self.extensions_here.items())
        return {"extensions": [_extension(alias, name) for alias, name in known]}

    @route("GET", "/extensions/<alias>")
    async def extension(self, call: Call, alias: str) -> Document:
        if alias not in self.extensions_here:
            raise NotFound(f"Extension with alias {alias[:64]} does not exist.")
        return {"extension": _extension(alias, self.extensions_here[alias])}

    @route("GET", "/availability_zones")
    async def zones(self, call: Call) -> Document:
        zones = [
            {"id": kind, "name": ZONE, "resource": kind, "state": "available"}
            for kind in ("network", "router")
        ]
        for zone in zones:
            del zone["id"]
        return {"availability_zones": zones}

    @route("GET", "/service-providers")
    async def providers(self, call: Call) -> Document:
        return {"service_providers": []}

    async def _agents(self, call: Call) -> dict[str, Document]:
        """One for each cluster that is not offline, for administrators alone."""
        if not call.principal.is_admin:
            return {}
        now = micros(self.clock.seconds())
        shown = [
            _agent(backend, now) for backend in await self.backends.all() if not backend.offline
        ]
        return {agent["id"]: agent for agent in shown}

    @route("GET", "/agents")
    async def agents(self, call: Call) -> Document:
        return listed(call, "agents", list((await self._agents(call)).values()))

    @route("GET", "/agents/<number>")
    async def agent(self, call: Call, number: str) -> Document:
        found = (await self._agents(call)).get(number)
        if found is None:
            raise NotFound(f"Agent {number[:64]} could not be found.")
        return {"agent": chosen(call, found)}

    @route("GET", "/", auth=False)
    async def resources(self, call: Call) -> Document:
        return resource_document(call)


class NeutronTags:
    """`/<resource>/<id>/tags` of everything that has them."""

    def __init__(self, network: Rooms) -> None:
        self.describing = network.describing

    @route("GET", "/<kind>/<number>/tags")
    async def tags(self, call: Call, kind: str, number: str) -> Document:
        what, wanted = _thing(kind, number)
        return {"tags": list(await self.describing.tags(call.principal, what, wanted))}

    @route("PUT", "/<kind>/<number>/tags", body=dict[str, Any])
    async def replace(self, call: Call, kind: str, number: str) -> Document:
        what, wanted = _thing(kind, number)
        tags = read.texts(call.body, "tags")
        return {"tags": list(await self.describing.set_tags(call.principal, what, wanted, tags))}

    @route("POST", "/<kind>/<number>/tags", body=dict[str, Any])
    async def add_some(self, call: Call, kind: str, number: str) -> Document:
        what, wanted = _thing(kind, number)
        tags = read.texts(call.body, "tags")
        return {"tags": list(await self.describing.add_tags(call.principal, what, wanted, tags))}

    @route("DELETE", "/<kind>/<number>/tags", status=204)
    async def clear(self, call: Call, kind: str, number: str) -> None:
        what, wanted = _thing(kind, number)
        await self.describing.set_tags(call.principal, what, wanted, [])

    @route("GET", "/<kind>/<number>/tags/<tag>", status=204)
    async def has(self, call: Call, kind: str, number: str, tag: str) -> None:
        what, wanted = _thing(kind, number)
        if tag not in await self.describing.tags(call.principal, what, wanted):
            raise NotFound(f"There is no tag '{tag[:64]}'.")

    @route("PUT", "/<kind>/<number>/tags/<tag>", status=201)
    async def add(self, call: Call, kind: str, number: str, tag: str) -> None:
        what, wanted = _thing(kind, number)
        await self.describing.add_tags(call.principal, what, wanted, [tag])

    @route("DELETE", "/<kind>/<number>/tags/<tag>", status=204)
    async def drop(self, call: Call, kind: str, number: str, tag: str) -> None:
        what, wanted = _thing(kind, number)
        await self.describing.drop_tag(call.principal, what, wanted, tag)


def _thing(kind: str, number: str) -> tuple[Kind, int]:
    known: dict[str, tuple[Kind, Any]] = {
        "networks": ("networks", read.network_id),
        "subnets": ("subnets", read.subnet_id),
        "ports": ("ports", read.port_id),
        "floatingips": ("floatingips", read.floating_id),
        "routers": ("routers", read.router_id),
        "security-groups": ("security-groups", read.group_id),
        "security_groups": ("security-groups", read.group_id),
        "subnetpools": ("subnetpools", read.pool_id),
    }
    if kind not in known:
        raise NotFound(f"'{kind[:64]}' have no tags.")
    what, parse = known[kind]
    return what, parse(number)


class NetworkVersions:
    """The version document at the service's root (NET-001)."""

    @route("GET", "/", auth=False)
    async def versions(self, call: Call) -> Reply:
        link = {"rel": "self", "href": f"{call.url}/v2.0/"}
        return Reply({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]})


def resource_document(call: Call) -> Document:
    """NET-002: what there is below a version."""
    return {
        "resources": [
            {
                "name": name,
                "collection": f"{name}s",
                "links": [{"rel": "self", "href": f"{call.url}/{name}s"}],
            }
            for name in ("network", "subnet", "port", "floatingip")
        ]
    }


def _extension(alias: str, name: str) -> Document:
    return {
        "alias": alias,
        "name": name,
        "description": name,
        "updated": "2012-07-20T10:00:00-00:00",
        "links": [],
    }


def _agent(backend: Backend, now: int) -> Document:
    moment = iso_z(now)
    return {
        "id": str(uuid.uuid5(_NAMESPACE, backend.name)),
        "agent_type": "Ganeti backend",
        "binary": "synnefod",
        "host": backend.name,
        "alive": True,
        "admin_state_up": not backend.drained,
        "availability_zone": ZONE,
        "topic": "N/A",
        "description": "",
        "configurations": {},
        "resources_synced": None,
        "created_at": moment,
        "started_at": moment,
        "heartbeat_timestamp": moment,
    }
