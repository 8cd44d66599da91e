"""Networks, and the history of public addresses (network.md 16)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.common.errors import Malformed, Refusal
from synnefod.common.ids import BackendId, NetworkId, ProjectId, ServerId, UserId
from synnefod.compute.interface import Wanted
from synnefod.network.interface import NetworkRow, NewNetwork, NewSubnet, Subnet
from synnefod.network.interface.administration import NetworkChange, Standing
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import (
    ADMINISTRATOR,
    Body,
    Mails,
    Number,
    Office,
    Row,
    when,
)


class Create(Body):
    """`pools`: first and last addresses of the IPv4 subnet; None: the whole of it."""

    name: str = ""
    flavor: str = "CUSTOM"
    public: bool = False
    user: str | None = None
    project: str | None = None
    subnet: str | None = None
    gateway: str | None = None
    subnet6: str | None = None
    gateway6: str | None = None
    dhcp: bool = False
    mode: str | None = None
    link: str | None = None
    mac_prefix: str | None = None
    tags: list[str] | None = None
    floating_ip_pool: bool = False
    drained: bool = False
    pools: list[tuple[str, str]] | None = None


class Listing(Mails):
    deleted: bool = False
    public: bool = False
    ipv6: bool = False
    user: str | None = None
    project: str | None = None


class Named(Body):
    network: Number


class Inspect(Named):
    backends: bool = True
    mails: bool = False


class Modify(Named):
    """`user` is a UUID; addresses to keep back, or no longer, are IPv4."""

    name: str | None = None
    user: str | None = None
    drained: bool | None = None
    floating_ip_pool: bool | None = None
    reserve: list[str] = []
    unreserve: list[str] = []
    add_to: Number | None = None
    remove_from: Number | None = None


class History(Body):
    address: str | None = None
    server: Number | None = None
    user: str | None = None
    mails: bool = False


@frozen
class NetworkVerbs:
    """network-create, -list, -inspect, -modify, -remove; ip-list."""

    office: Office

    @route("POST", "/v1/network-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        """Inconsistent combinations are refused, each with its text (OPS-098)."""
        body: Create = call.body
        _consistent(body)
        owner: UserId | None = None
        if body.user is not None:
            owner = (await self.office.person(body.user)).id
        if body.project is not None:
            await self.office.house.projects.show(ProjectId(body.project.lower()))
        pools = None if body.pools is None else tuple(body.pools)
        subnets = []
        if body.subnet is not None:
            subnets.append(NewSubnet(body.subnet, body.gateway, body.dhcp, pools=pools))
        if body.subnet6 is not None:
            subnets.append(NewSubnet(body.subnet6, body.gateway6, body.dhcp))
        row = await self.office.house.network.create_network(
            NewNetwork(
                name=body.name,
                flavor=body.flavor,
                public=body.public,
                owner=owner,
                project=None if body.project is None else ProjectId(body.project.lower()),
                mode=body.mode,
                link=body.link,
                mac_prefix=body.mac_prefix,
                tags=None if body.tags is None else tuple(body.tags),
                drained=body.drained,
                floating_ip_pool=body.floating_ip_pool,
                subnets=tuple(subnets),
            )
        )
        refused = await self.office.house.network.desk.put_everywhere(row.id)
        shown = listed(row, await self._subnets(row))
        return {"row": shown | _told(refused)}

    @route("POST", "/v1/network-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        network = self.office.house.network.desk
        rows = await network.networks(deleted=body.deleted)
        if body.public:
            rows = [row for row in rows if row.public]
        if body.user is not None:
            owner = await self.office.owner(body.user)
            rows = [row for row in rows if row.owner == owner]
        if body.project is not None:
            rows = [row for row in rows if row.project == body.project.lower()]
        subnets: dict[NetworkId, list[Subnet]] = {}
        for subnet in await network.subnets(deleted=body.deleted):
            subnets.setdefault(subnet.network, []).append(subnet)
        if body.ipv6:
            sixes = {id_ for id_, found in subnets.items() if any(s.version == 6 for s in found)}
            rows = [row for row in rows if row.id in sixes]
        standings, names = await network.standings(), await self._names()
        shown = [
            listed(row, subnets.get(row.id, [])) | _standing(standings.get(row.id), names)
            for row in rows
        ]
        return {"rows": await self.office.with_emails(shown, body.mails)}

    @route("POST", "/v1/network-inspect", body=Inspect, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        body: Inspect = call.body
        network = self.office.house.network
        row = await network.network(ADMINISTRATOR, NetworkId(body.network), deleted=True)
        subnets = await self._subnets(row)
        shown = (await self.office.with_emails([listed(row, subnets)], body.mails))[0]
        shown |= {"deleted": row.deleted, "action": row.action, "tags": ", ".join(row.tags)}
        tables: Row = {
            "subnets": [
                {
                    "id": subnet.id,
                    "name": subnet.name,
                    "cidr": subnet.cidr,
                    "ipversion": subnet.version,
                    "gateway": subnet.gateway,
                    "dhcp": subnet.dhcp,
                    "pools": ", ".join(f"{first}-{last}" for first, last in subnet.pools),
                }
                for subnet in subnets
            ]
        }
        if body.backends:
            names = await self._names()
            tables["backends"] = [
                {
                    "backend": names.get(backend, str(backend)),
                    "state": presence.operstate,
                    "connect_jobs": ", ".join(str(job) for job in presence.connect_jobs),
                    "last_event": when(presence.event_time),
                }
                for backend, presence in (await network.presences(row.id)).items()
            ]
            tables["in Ganeti"] = await self._in_ganeti(row.id)
        return {"row": shown, "tables": tables}

    async def _names(self) -> dict[BackendId, str]:
        return {each.id: each.name for each in await self.office.house.backends.all()}

    async def _in_ganeti(self, network: NetworkId) -> list[Row]:
        """What each cluster that is not offline says of the network, or why it says nothing."""
        house = self.office.house
        name = f"{house.compute.compute.limits.prefix}net-{network}"
        rows: list[Row] = []
        for backend in await house.backends.all():
            if backend.offline:
                continue
            try:
                known = await (await house.backends.cluster(backend.id)).networks()
            except Refusal as error:
                rows.append({"backend": backend.name, "told": error.message})
                continue
            rows += [_there(backend.name, each) for each in known if each.get("name") == name]
        return rows

    @route("POST", "/v1/network-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        """A pool of floating IPs is on every cluster (NET-228)."""
        body: Modify = call.body
        desk, network = self.office.house.network.desk, NetworkId(body.network)
        change = NetworkChange(
            name=body.name,
            owner=None if body.user is None else (await self.office.person(body.user)).id,
            drained=body.drained,
            floating_ip_pool=body.floating_ip_pool,
            reserve=tuple(body.reserve),
            unreserve=tuple(body.unreserve),
        )
        row = await desk.modify(network, change)
        refused = await desk.put_everywhere(network) if body.floating_ip_pool else {}
        if body.add_to is not None:
            await desk.put_on(network, BackendId(body.add_to))
        if body.remove_from is not None:
            backend = BackendId(body.remove_from)
            await desk.take_off(network, backend, await self._servers_on(backend))
        return {"row": listed(row, await self._subnets(row)) | _told(refused)}

    async def _servers_on(self, backend: BackendId) -> list[ServerId]:
        servers = self.office.house.compute.compute.servers
        found = await servers.list(ADMINISTRATOR, Wanted(everybody=True))
        return [ServerId(each.server.id) for each in found if each.server.backend == backend]

    @route("POST", "/v1/network-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        """Gone at once, or when every cluster has let go of it."""
        network, wanted = self.office.house.network, NetworkId(call.body.network)
        await network.delete_network(ADMINISTRATOR, wanted)
        row = await network.network(ADMINISTRATOR, wanted, deleted=True)
        return {"row": listed(row, []) | {"deleted": row.deleted, "action": row.action}}

    @route("POST", "/v1/ip-list", body=History, auth=False, change=False)
    async def history(self, call: Call) -> Row:
        """OPS-106."""
        body: History = call.body
        found = await self.office.house.network.desk.history(
            address=body.address,
            server=None if body.server is None else ServerId(body.server),
            user=None if body.user is None else await self.office.owner(body.user),
        )
        rows: list[Row] = [
            {
                "address": each.address,
                "user": each.user,
                "server": each.server,
                "network": each.network,
                "action": each.action,
                "date": when(each.moment),
                "reason": each.reason,
            }
            for each in found
        ]
        if body.mails:
            emails = await self.office.emails(row["user"] for row in rows)
            rows = [row | {"user": emails.get(row["user"], row["user"])} for row in rows]
        return {"rows": rows}

    async def _subnets(self, row: NetworkRow) -> list[Subnet]:
        found = await self.office.house.network.subnets(ADMINISTRATOR)
        return [subnet for subnet in found if subnet.network == row.id]


def _consistent(body: Create) -> None:
    refused = (
        (body.public and body.user is not None, "A public network has no user."),
        (body.public and body.project is not None, "A public network has no project."),
        (not body.public and body.user is None, "A network needs a user, or is public."),
        (body.gateway and not body.subnet, "A gateway needs a subnet."),
        (body.gateway6 and not body.subnet6, "An IPv6 gateway needs an IPv6 subnet."),
        (body.pools and not body.subnet, "Allocation pools need a subnet."),
        (body.dhcp and not (body.subnet or body.subnet6), "DHCP needs a subnet."),
        (
            body.floating_ip_pool and not body.public,
            "Only a public network is a pool of floating IPs.",
        ),
        (
            body.flavor == "IP_LESS_ROUTED" and not body.subnet,
            "A network of the flavor IP_LESS_ROUTED needs a subnet.",
        ),
    )
    for wrong, text in refused:
        if wrong:
            raise Malformed(text)


def _told(refused: Mapping[str, str]) -> Row:
    """Clusters that did not take the network yet; they get it with their first server there."""
    return {"not on": ", ".join(f"{name}: {why}" for name, why in refused.items())}


def _standing(standing: Standing | None, names: Mapping[BackendId, str]) -> Row:
    found = standing or Standing()
    backends = ", ".join(names.get(each, str(each)) for each in found.backends)
    return {"vms": found.servers, "backends": backends}


def _there(backend: str, found: Mapping[str, Any]) -> Row:
    groups = found.get("group_list") or ()
    return {
        "backend": backend,
        "name": found.get("name"),
        "network": found.get("network"),
        "gateway": found.get("gateway"),
        "mac_prefix": found.get("mac_prefix"),
        "tags": ", ".join(sorted(found.get("tags") or ())),
        "groups": ", ".join(str(group[0]) for group in groups),
        "free": found.get("free_count"),
        "external_reservations": found.get("external_reservations"),
        "map": found.get("map"),
    }


def listed(row: NetworkRow, subnets: list[Subnet]) -> Row:
    """The columns of network-list."""
    four = next((subnet for subnet in subnets if subnet.version == 4), None)
    six = next((subnet for subnet in subnets if subnet.version == 6), None)
    return {
        "id": row.id,
        "name": row.name,
        "user.uuid": row.owner,
        "state": row.state,
        "public": row.public,
        "subnet.ipv4": four.cidr if four else None,
        "gateway.ipv4": four.gateway if four else None,
        "link": row.link,
        "mac_prefix": row.mac_prefix,
        "drained": row.drained,
        "floating_ip_pool": row.floating_ip_pool,
        "flavor": row.flavor,
        "subnets": ", ".join(str(subnet.id) for subnet in subnets),
        "subnet.ipv6": six.cidr if six else None,
        "gateway.ipv6": six.gateway if six else None,
        "created": when(row.created),
        "updated": when(row.updated),
        "deleted": row.deleted,
        "mode": row.mode,
        "project": row.project,
    }
