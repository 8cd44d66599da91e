"""Subnets, and pools of bridges and MAC prefixes (network.md 16)."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import NetworkId, SubnetId
from synnefod.network.interface import NewSubnet, Subnet, SubnetChange
from synnefod.network.interface.administration import PoolChange, ValuePool
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
    """`gateway` None is none, unlike in the API."""

    network: Number
    cidr: str
    name: str = ""
    gateway: str | None = None
    dhcp: bool = True
    ip_version: Number = 4
    pools: list[tuple[str, str]] | None = None
    dns: list[str] = []
    host_routes: list[str] = []


class Listing(Mails):
    deleted: bool = False
    ipv4: bool = False
    ipv6: bool = False
    dhcp: bool = False
    public: bool = False
    user: str | None = None


class Named(Body):
    subnet: Number


class Rename(Named):
    name: str


class Kind(Body):
    """`kind`: bridge or mac-prefix; None: both."""

    kind: str | None = None


class OfKind(Body):
    kind: str


class NewPool(OfKind):
    size: Number
    base: str = ""
    offset: Number = 0


class ModifyPool(OfKind):
    size: Number | None = None
    base: str | None = None
    offset: Number | None = None
    keep: list[str] = []
    unkeep: list[str] = []


@frozen
class SubnetVerbs:
    """subnet-create, -list, -inspect, -modify."""

    office: Office

    @route("POST", "/v1/subnet-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        body: Create = call.body
        new = NewSubnet(
            cidr=body.cidr,
            gateway=body.gateway,
            dhcp=body.dhcp,
            name=body.name,
            pools=None if body.pools is None else tuple(body.pools),
            dns_nameservers=tuple(body.dns),
            host_routes=tuple(body.host_routes),
            version=body.ip_version,
        )
        network = self.office.house.network
        made = await network.create_subnet(ADMINISTRATOR, NetworkId(body.network), new)
        return {"row": _listed(made)}

    @route("POST", "/v1/subnet-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        if body.ipv4 and body.ipv6:
            raise Malformed("A subnet is either of IPv4 or of IPv6.")
        found = await self.office.house.network.desk.subnets(deleted=body.deleted)
        owner = None if body.user is None else await self.office.owner(body.user)
        kept = [
            each
            for each in found
            if (not body.ipv4 or each.version == 4)
            and (not body.ipv6 or each.version == 6)
            and (not body.dhcp or each.dhcp)
            and (not body.public or each.public)
            and (owner is None or each.owner == owner)
        ]
        return {"rows": await self.office.with_emails([_listed(e) for e in kept], body.mails)}

    @route("POST", "/v1/subnet-inspect", body=Named, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        """With the map of each pool: "." is free, "X" is not."""
        network = self.office.house.network
        found = await network.subnet(ADMINISTRATOR, SubnetId(call.body.subnet))
        row = _listed(found) | {
            "dns_nameservers": ", ".join(found.dns_nameservers),
            "host_routes": ", ".join(str(each) for each in found.host_routes),
            "created": when(found.created),
            "updated": when(found.updated),
        }
        pools = [
            {
                "start": each.first,
                "end": each.last,
                "free": each.marks.count("."),
                "reserved": ", ".join(each.kept),
                "map": each.marks,
            }
            for each in await network.desk.maps(found.id)
        ]
        return {"row": row, "tables": {"pools": pools}}

    @route("POST", "/v1/subnet-modify", body=Rename, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Rename = call.body
        change = SubnetChange(name=body.name)
        network = self.office.house.network
        return {
            "row": _listed(
                await network.change_subnet(ADMINISTRATOR, SubnetId(body.subnet), change)
            )
        }


def _listed(subnet: Subnet) -> Row:
    """The columns of subnet-list."""
    return {
        "id": subnet.id,
        "network": subnet.network,
        "name": subnet.name,
        "user.uuid": subnet.owner,
        "cidr": subnet.cidr,
        "ipversion": subnet.version,
        "gateway": subnet.gateway,
        "dhcp": subnet.dhcp,
        "public": subnet.public,
    }


@frozen
class PoolVerbs:
    """pool-create, -list, -show, -modify, -remove: there is at most one of each kind."""

    office: Office

    @route("POST", "/v1/pool-create", body=NewPool, auth=False)
    async def create(self, call: Call) -> Row:
        body: NewPool = call.body
        desk = self.office.house.network.desk
        return _whole(await desk.create_pool(body.kind, body.base, body.size, body.offset))

    @route("POST", "/v1/pool-list", body=Kind, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        found = await self.office.house.network.desk.pools()
        wanted = call.body.kind
        return {"rows": [_pool(each) for each in found if wanted in (None, each.kind)]}

    @route("POST", "/v1/pool-show", body=OfKind, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        return _whole(await self.office.house.network.desk.pool(call.body.kind))

    @route("POST", "/v1/pool-modify", body=ModifyPool, auth=False)
    async def modify(self, call: Call) -> Row:
        body: ModifyPool = call.body
        change = PoolChange(
            base=body.base,
            size=body.size,
            offset=body.offset,
            keep=tuple(body.keep),
            unkeep=tuple(body.unkeep),
        )
        return _whole(await self.office.house.network.desk.modify_pool(body.kind, change))

    @route("POST", "/v1/pool-remove", body=OfKind, auth=False)
    async def remove(self, call: Call) -> Row:
        kind: str = call.body.kind
        await self.office.house.network.desk.remove_pool(kind)
        return {"row": {"id": kind, "removed": True}}


def _pool(pool: ValuePool) -> dict[str, Any]:
    """The columns of pool-list; there is one of each kind, so that its name is its id."""
    return {
        "id": pool.kind,
        "size": pool.size,
        "base": pool.base,
        "offset": pool.offset,
        "available": pool.available,
        "reserved": pool.reserved,
    }


def _whole(pool: ValuePool) -> Row:
    maps = [
        {"map": "available", "marks": pool.available_marks},
        {"map": "reserved", "marks": pool.reserved_marks},
    ]
    return {"row": _pool(pool), "tables": {"maps": maps}}
