"""Ports and floating IPs (network.md 16)."""

from __future__ import annotations

from attrs import evolve, frozen

from synnefod.common.errors import Conflict, Malformed, Refusal
from synnefod.common.ids import BackendId, NetworkId, PortId, ProjectId, ServerId
from synnefod.common.principal import Principal
from synnefod.network.interface import (
    FloatingIp,
    FloatingIpId,
    NewFloatingIp,
    Port,
    PortRequest,
)
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
from synnefod.resources.ops.control.servers import job_row


class Create(Body):
    """`floating_ip`: the number of one, whose network it then is."""

    network: Number | None = None
    server: Number | None = None
    user: str | None = None
    name: str = ""
    floating_ip: Number | None = None
    ipv4_address: str | None = None
    security_groups: list[Number] = []


class Listing(Mails):
    public: bool = False
    server: Number | None = None
    port: Number | None = None
    user: str | None = None


class Named(Body):
    port: Number


class Inspect(Named):
    jobs: bool = False
    mails: bool = False


class NewAddress(Body):
    user: str
    network: Number | None = None
    address: str | None = None
    project: str | None = None


class Addresses(Mails):
    deleted: bool = False
    user: str | None = None
    project: str | None = None


class Address(Body):
    floating_ip: Number


class Shown(Address):
    mails: bool = False


class Attach(Address):
    machine: Number


async def _owner(office: Office, server: int) -> Principal:
    """The owner of the server, with whom an administrator's hand goes."""
    found = await office.house.compute.compute.servers.show(ADMINISTRATOR, server, deleted=False)
    return evolve(await office.acting(found.server.user), is_admin=True)


@frozen
class PortVerbs:
    """port-create, -list, -inspect, -remove."""

    office: Office

    @route("POST", "/v1/port-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        """The owner is the named user, else the server's."""
        body: Create = call.body
        house = self.office.house
        if body.user is not None:
            owner = evolve(await self.office.acting(body.user), is_admin=True)
        elif body.server is not None:
            owner = await _owner(self.office, body.server)
        else:
            raise Malformed("A port has an owner: name a user or a server.")
        request = await self._request(owner, body)
        if body.server is None:
            port = await house.network.create_port(owner, request, name=body.name)
        else:
            devices = house.compute.compute.devices
            port = await devices.connect(owner, body.server, request)
            if body.name:
                port = await house.network.rename_port(owner, port.id, body.name)
        return {"row": _listed(port)}

    async def _request(self, owner: Principal, body: Create) -> PortRequest:
        network, address = body.network, body.ipv4_address
        if body.floating_ip is not None:
            found = await self.office.house.network.floating_ip(
                owner, FloatingIpId(body.floating_ip)
            )
            if network not in (None, found.network) or address not in (None, found.address):
                raise Malformed(f"Floating IP {found.id} is {found.address} of {found.network}.")
            network, address = found.network, found.address
        if network is None:
            raise Malformed("A port needs a network or a floating IP.")
        return PortRequest(network=NetworkId(network), address=address)

    @route("POST", "/v1/port-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        owner = None if body.user is None else await self.office.owner(body.user)
        rows = [
            _listed(port)
            for port in await self.office.house.network.ports(ADMINISTRATOR)
            if (not body.public or port.public)
            and body.server in (None, port.server)
            and body.port in (None, port.id)
            and owner in (None, port.user)
        ]
        return {"rows": await self.office.with_emails(rows, body.mails)}

    @route("POST", "/v1/port-inspect", body=Inspect, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        """The row, its addresses, and what the cluster says of the NIC."""
        body: Inspect = call.body
        port = await self.office.house.network.port(ADMINISTRATOR, PortId(body.port))
        row = (await self.office.with_emails([_listed(port)], body.mails))[0]
        row |= {"project": port.project, "firewall": port.firewall, "index": port.index}
        tables: Row = {
            "addresses": [
                {"address": ip.address, "subnet": ip.subnet, "floating": ip.floating}
                for ip in port.ips
            ]
        }
        if port.server is not None:
            try:
                tables |= await self._in_ganeti(port, port.server, body.jobs)
            except Refusal as error:
                row["cluster"] = error.message
        return {"row": row, "tables": tables}

    async def _in_ganeti(self, port: Port, server: ServerId, jobs: bool) -> Row:
        house = self.office.house
        compute = house.compute.compute
        backend = (await compute.servers.show(ADMINISTRATOR, server)).server.backend
        if backend is None:
            return {}
        cluster = await house.backends.cluster(BackendId(backend))
        name = f"{compute.limits.prefix}{server}"
        nic_name = f"{compute.limits.prefix}nic-{port.id}"
        instance = await cluster.instance(name)
        tables: Row = {
            "in Ganeti": [
                {
                    "name": nic.name,
                    "index": index,
                    "mac": nic.mac,
                    "ip": nic.ip,
                    "network": nic.network,
                    "firewall": nic.firewall,
                }
                for index, nic in enumerate(instance.nics)
                if nic.name == nic_name
            ]
        }
        if jobs:
            found = await cluster.jobs()
            mine = [job for job in found if any(op.get("instance_name") == name for op in job.ops)]
            tables["jobs"] = [job_row(job) for job in mine]
        return tables

    @route("POST", "/v1/port-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        """At once when no server has it; else its cluster is asked. That a user may not remove a
        port of a public network does not hold here."""
        house, wanted = self.office.house, PortId(call.body.port)
        port = await house.network.port(ADMINISTRATOR, wanted)
        if port.server is None:
            await house.network.delete_port(ADMINISTRATOR, wanted)
        else:
            await house.compute.compute.devices.disconnect(ADMINISTRATOR, port.server, wanted)
        return {"row": _listed(port)}


def _listed(port: Port) -> Row:
    """The columns of port-list."""
    return {
        "id": port.id,
        "name": port.name,
        "user.uuid": port.user,
        "mac_address": port.mac or None,
        "network": port.network,
        "server_id": port.server,
        "fixed_ips": ", ".join(ip.address for ip in port.ips),
        "state": port.state,
        "device_owner": None if port.server is None else "vm",
        "created": when(port.created),
        "updated": when(port.updated),
    }


@frozen
class FloatingIpVerbs:
    """floating-ip-create, -list, -show, -attach, -detach, -remove."""

    office: Office

    @route("POST", "/v1/floating-ip-create", body=NewAddress, auth=False)
    async def create(self, call: Call) -> Row:
        body: NewAddress = call.body
        owner = await self.office.acting(body.user)
        new = NewFloatingIp(
            network=None if body.network is None else NetworkId(body.network),
            address=body.address,
            project=None if body.project is None else ProjectId(body.project.lower()),
        )
        made = await self.office.house.network.create_floating_ip(owner, new)
        return {"row": _address(made)}

    @route("POST", "/v1/floating-ip-list", body=Addresses, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        """What was released is no row any more: with `deleted` there is none."""
        body: Addresses = call.body
        owner = None if body.user is None else await self.office.owner(body.user)
        project = None if body.project is None else body.project.lower()
        found = [] if body.deleted else await self.office.house.network.floating_ips(ADMINISTRATOR)
        rows = [
            _address(each)
            for each in found
            if owner in (None, each.owner) and project in (None, each.project)
        ]
        return {"rows": await self.office.with_emails(rows, body.mails)}

    @route("POST", "/v1/floating-ip-show", body=Shown, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        body: Shown = call.body
        found = _address(await self._one(body.floating_ip))
        return {"row": (await self.office.with_emails([found], body.mails))[0]}

    @route("POST", "/v1/floating-ip-attach", body=Attach, auth=False)
    async def attach(self, call: Call) -> Row:
        """By a new port of the server, which is its owner's."""
        body: Attach = call.body
        found = await self._one(body.floating_ip)
        owner = await _owner(self.office, body.machine)
        await self.office.house.compute.compute.devices.add_floating(
            owner, body.machine, found.address
        )
        return {"row": _address(await self._one(body.floating_ip))}

    @route("POST", "/v1/floating-ip-detach", body=Address, auth=False)
    async def detach(self, call: Call) -> Row:
        """With its port."""
        found = await self._one(call.body.floating_ip)
        house = self.office.house
        if found.port is None:
            raise Conflict(f"{found.address} is on no port.")
        if found.server is None:
            await house.network.delete_port(ADMINISTRATOR, found.port)
        else:
            await house.compute.compute.devices.disconnect(ADMINISTRATOR, found.server, found.port)
        return {"row": _address(await self._one(call.body.floating_ip))}

    @route("POST", "/v1/floating-ip-remove", body=Address, auth=False)
    async def remove(self, call: Call) -> Row:
        found = await self._one(call.body.floating_ip)
        await self.office.house.network.delete_floating_ip(ADMINISTRATOR, found.id)
        return {"row": _address(found)}

    async def _one(self, number: int) -> FloatingIp:
        return await self.office.house.network.floating_ip(ADMINISTRATOR, FloatingIpId(number))


def _address(ip: FloatingIp) -> Row:
    """The columns of floating-ip-list."""
    return {
        "id": ip.id,
        "address": ip.address,
        "network": ip.network,
        "server": ip.server,
        "port": ip.port,
        "user.uuid": ip.owner,
        "created": when(ip.created),
        "deleted": False,
        "project": ip.project,
    }
