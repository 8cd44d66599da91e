"""Networks (network.md 16)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import NetworkId, ProjectId, UserId
from synnefod.network.interface import NetworkRow, NewNetwork, NewSubnet, Subnet
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


class Inspect(Body):
    network: Number
    backends: bool = True
    mails: bool = False


@frozen
class NetworkVerbs:
    """network-create, network-list, network-inspect."""

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
        return {"row": listed(row, await self._subnets(row))}

    @route("POST", "/v1/network-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        network = self.office.house.network
        rows = [row for row in await network.networks(ADMINISTRATOR) if row.deleted is body.deleted]
        if body.public:
            rows = [row for row in rows if row.public]
        if body.user is not None:
            owner = await self.office.owner(body.user)
            rows = [row for row in rows if row.owner == owner]
        if body.project is not None:
            rows = [row for row in rows if row.project == body.project.lower()]
        subnets: dict[NetworkId, list[Subnet]] = {}
        for subnet in await network.subnets(ADMINISTRATOR):
            subnets.setdefault(subnet.network, []).append(subnet)
        if body.ipv6:
            sixes = {id_ for id_, found in subnets.items() if any(s.version == 6 for s in found)}
            rows = [row for row in rows if row.id in sixes]
        shown = [listed(row, subnets.get(row.id, [])) for row in rows]
        return {"rows": await self.office.with_emails(shown, body.mails)}

    @route("POST", "/v1/network-inspect", body=Inspect, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        body: Inspect = call.body
        network = self.office.house.network
        row = await network.network(ADMINISTRATOR, NetworkId(body.network))
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
            names = {each.id: each.name for each in await self.office.house.backends.all()}
            tables["backends"] = [
                {
                    "backend": names.get(backend, str(backend)),
                    "state": presence.operstate,
                    "connect_jobs": ", ".join(str(job) for job in presence.connect_jobs),
                    "last_event": when(presence.event_time),
                }
                for backend, presence in (await network.presences(row.id)).items()
            ]
        return {"row": shown, "tables": tables}

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
        "mode": row.mode,
        "project": row.project,
    }
