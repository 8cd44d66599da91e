"""Servers, legacy dialect: `/cyclades/compute/v2.0/servers` (chapter 2)."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

from attrs import evolve

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound, NotModified, Unsupported
from synnefod.common.ids import ProjectId, VolumeId, uuid_with_dashes
from synnefod.compute.interface import (
    Compute,
    ConsoleUnavailable,
    Detail,
    NewServer,
    Personality,
    ServerNotFound,
    TooManyItems,
    Wanted,
)
from synnefod.resources.compute.console import console_url, page_url
from synnefod.resources.compute.legacy import views
from synnefod.resources.compute.legacy.addresses import act_on_address
from synnefod.resources.compute.legacy.filters import read_filters
from synnefod.resources.compute.reading import (
    disk,
    flavor_number,
    image_name,
    integer,
    one_action,
    port_requests,
    rescue_image,
)
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas
from synnefod.resources.since import changes_since
from synnefod.volumes.interface import VolumeStays


class OpensConsoles(Protocol):
    """Makes consoles for viewers that speak RFB over plain TCP."""

    async def open(self, node: str, port: int, password: str) -> tuple[str, int]:
        """Host ("": this one) and TCP port where one viewer with the password meets it."""


class LegacyServers:
    """Servers as kamaki and the legacy web UI know them."""

    def __init__(self, compute: Compute, clock: IClock, ports: OpensConsoles | None = None) -> None:
        self._compute = compute
        self._clock = clock
        self._ports = ports

    async def _list(self, call: Call) -> list[Any]:
        limits = self._compute.limits
        since = changes_since(call, self._clock, limits.poll_limit)
        wanted = read_filters(call, since) if limits.legacy_filters else Wanted(since=since)
        found = await self._compute.servers.list(call.principal, wanted)
        if wanted.since is not None and not found:
            raise NotModified
        return found

    @route("GET", "/servers")
    async def index(self, call: Call) -> dict[str, Any]:
        found = await self._list(call)
        return {"servers": [views.brief(detail.server, call.url) for detail in found]}

    @route("GET", "/servers/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        return {"servers": [self._shown(call, detail) for detail in await self._list(call)]}

    def _shown(self, call: Call, detail: Detail) -> dict[str, Any]:
        limits, admin = self._compute.limits, call.principal.is_admin
        return views.server(detail, call.url, limits, admin=admin)

    @route("POST", "/servers", body=schemas.CreateLegacyServer, status=202)
    async def create(self, call: Call) -> dict[str, Any]:
        wanted = evolve(_new_server(call.body.server), once=call.headers.get("Idempotency-Key"))
        try:
            detail, password = await self._compute.creation.create(call.principal, wanted)
        except TooManyItems as error:
            raise Malformed(error.message) from None
        made = self._shown(call, detail)
        return {"server": {**made, "status": "BUILD", "adminPass": password}}

    @route("GET", "/servers/<int:server>")
    async def show(self, call: Call, server: int) -> dict[str, Any]:
        detail = await self._compute.servers.show(call.principal, server)
        return {"server": self._shown(call, detail)}

    @route("PUT", "/servers/<int:server>", body=schemas.RenameServer, status=204)
    async def rename(self, call: Call, server: int) -> None:
        await self._compute.servers.rename(call.principal, server, call.body.server.name)

    @route("DELETE", "/servers/<int:server>", status=204)
    async def delete(self, call: Call, server: int) -> None:
        await self._compute.actions.delete(call.principal, server)

    @route("POST", "/servers/<int:server>/action", body=Any, status=202)
    async def act(self, call: Call, server: int) -> Reply | None:
        name, arguments = one_action(call.body)
        actions, principal = self._compute.actions, call.principal
        if name in ("start", "os-start"):
            await actions.start(principal, server)
        elif name in ("shutdown", "os-stop"):
            await actions.stop(principal, server)
        elif name == "reboot":
            kind = _given(arguments).get("type", "SOFT")
            if kind not in ("SOFT", "HARD"):
                raise Malformed("The type of a reboot is SOFT or HARD.")
            await actions.reboot(principal, server, hard=kind == "HARD")
        elif name == "resize":
            flavor = _given(arguments).get("flavorRef")
            if not isinstance(flavor, int | str) or isinstance(flavor, bool):
                raise Malformed("Malformed request: flavorRef is missing.")
            await actions.resize(principal, server, flavor_number(flavor))
        elif name in ("console", "os-getVNCConsole"):
            return await self._console(call, server, name, _given(arguments))
        elif name in ("os-getSPICEConsole", "os-getRDPConsole"):
            raise Unsupported("Only VNC consoles are offered.")
        elif name == "suspend":
            raise Forbidden("Only administrators suspend servers.")
        elif name == "reassign":
            await self._reassign(call, server, _given(arguments))
            return Reply(status=200)
        elif name == "firewallProfile":
            given = _given(arguments)
            nic, profile = given.get("nic"), given.get("profile")
            if not isinstance(nic, int | str) or isinstance(nic, bool) or profile is None:
                raise Malformed("Malformed request: profile and nic are needed.")
            number = integer(nic, "nic")
            await self._compute.tags.set_firewall(principal, server, number, str(profile))
        elif name in ("rescue", "unrescue"):
            await self._rescue(call, server, None if name == "unrescue" else arguments or {})
        else:
            await act_on_address(self._compute, principal, server, name, arguments)
        return None

    async def _rescue(self, call: Call, server: int, given: dict[str, Any] | None) -> None:
        if given is None:
            await self._compute.rescue.unrescue(call.principal, server)
        else:
            await self._compute.rescue.rescue(call.principal, server, rescue_image(given))

    async def _reassign(self, call: Call, server: int, given: dict[str, Any]) -> None:
        project, shared = given.get("project"), given.get("shared_to_project", False)
        if not isinstance(project, str) or not project:
            raise Malformed("Malformed request: the project is missing.")
        if not isinstance(shared, bool):
            raise Malformed("Malformed request: shared_to_project is true or false.")
        wanted = ProjectId(uuid_with_dashes(project))
        await self._compute.belonging.reassign(call.principal, server, wanted, shared=shared)

    async def _console(
        self, call: Call, server: int, name: str, arguments: dict[str, Any]
    ) -> Reply:
        """CMP-134, CMP-135: the WebSocket of this daemon; the ticket stands as the password."""
        kind = arguments.get("type")
        if name == "os-getVNCConsole":
            if kind not in ("novnc", "xvpvnc"):
                raise Malformed("The type of a console is novnc or xvpvnc.")
            ticket = await self._compute.actions.console(call.principal, server)
            return Reply({"console": {"type": kind, "url": page_url(call.base, ticket)}})
        if kind not in ("vnc", "vnc-ws", "vnc-wss"):
            raise Malformed("The type of a console is vnc, vnc-ws or vnc-wss.")
        if kind == "vnc":
            return await self._plain_console(call, server)
        ticket = await self._compute.actions.console(call.principal, server)
        host, port = _host_port(call.base)
        url = console_url(call.base, ticket)
        made = {"type": kind, "host": host, "port": port, "password": ticket.token, "url": url}
        return Reply({"console": made})

    async def _plain_console(self, call: Call, server: int) -> Reply:
        """RFB over TCP behind a password, for one viewer (chapter 13)."""
        if self._ports is None:
            raise Unsupported("Consoles are reached by WebSocket: ask for vnc-ws or vnc-wss.")
        ticket = await self._compute.actions.console(call.principal, server)
        target = await self._compute.consoles.take(ticket.token)
        if target is None:
            raise ConsoleUnavailable
        password = ticket.token[:10]
        there, port = await self._ports.open(target.node, target.port, password)
        host = there or _host_port(call.base)[0]
        made = {"type": "vnc", "host": host, "port": port, "password": password}
        return Reply({"console": made})

    @route("GET", "/servers/<int:server>/metadata")
    async def metadata(self, call: Call, server: int) -> dict[str, Any]:
        detail = await self._compute.servers.show(call.principal, server)
        return {"metadata": dict(detail.metadata)}

    @route("POST", "/servers/<int:server>/metadata", body=schemas.Metadata, status=201)
    async def merge_metadata(self, call: Call, server: int) -> dict[str, Any]:
        return {"metadata": await self._set_metadata(call, server, call.body.metadata)}

    async def _set_metadata(self, call: Call, server: int, values: dict[str, str]) -> Any:
        try:
            return await self._compute.servers.set_metadata(call.principal, server, values)
        except TooManyItems as error:
            raise Malformed(error.message) from None

    @route("GET", "/servers/<int:server>/metadata/<key>")
    async def meta(self, call: Call, server: int, key: str) -> dict[str, Any]:
        detail = await self._compute.servers.show(call.principal, server)
        if key not in detail.metadata:
            raise NotFound("Metadata key not found.")
        return {"meta": {key: detail.metadata[key]}}

    @route("PUT", "/servers/<int:server>/metadata/<key>", body=schemas.Meta, status=201)
    async def set_meta(self, call: Call, server: int, key: str) -> dict[str, Any]:
        if set(call.body.meta) != {key}:
            raise Malformed("Malformed request: the body names another key.")
        await self._set_metadata(call, server, call.body.meta)
        return {"meta": call.body.meta}

    @route("DELETE", "/servers/<int:server>/metadata/<key>", status=204)
    async def delete_meta(self, call: Call, server: int, key: str) -> None:
        await self._compute.servers.delete_metadata(call.principal, server, key)

    @route("GET", "/servers/<int:server>/tags")
    async def tags(self, call: Call, server: int) -> dict[str, Any]:
        tags = (await self._compute.servers.show(call.principal, server)).tags
        return {
            "tags": [tag.name for tag in tags],
            "statuses": ["ACTIVE" if tag.active else "PENDADD" for tag in tags],
        }

    @route("PUT", "/servers/<int:server>/tags", body=schemas.Tags)
    async def replace_tags(self, call: Call, server: int) -> dict[str, Any]:
        tags = list(dict.fromkeys(call.body.tags))
        await self._compute.tags.replace(call.principal, server, tags)
        return {"tags": tags, "statuses": ["PENDADD"] * len(tags)}

    @route("DELETE", "/servers/<int:server>/tags", status=204)
    async def delete_tags(self, call: Call, server: int) -> Reply:
        return await self._remove_tag(call, server, None)

    @route("GET", "/servers/<int:server>/tags/<tag>")
    async def tag(self, call: Call, server: int, tag: str) -> Reply:
        for found in (await self._compute.servers.show(call.principal, server)).tags:
            if found.name == tag:
                status = "ACTIVE" if found.active else "PENDADD"
                return Reply(status=204, headers={"tag-status": status})
        return Reply(status=404)

    @route("PUT", "/servers/<int:server>/tags/<tag>", empty_ok=True)
    async def add_tag(self, call: Call, server: int, tag: str) -> Reply:
        if not await self._compute.tags.add(call.principal, server, tag):
            return Reply(status=204)
        return Reply(status=201, headers={"Location": f"{call.url}{quote(call.path)}"})

    @route("DELETE", "/servers/<int:server>/tags/<tag>", status=204)
    async def delete_tag(self, call: Call, server: int, tag: str) -> Reply:
        return await self._remove_tag(call, server, tag)

    async def _remove_tag(self, call: Call, server: int, tag: str | None) -> Reply:
        """CMP-167, CMP-170: what is not there is a 404 without a body."""
        try:
            await self._compute.tags.remove(call.principal, server, tag)
        except ServerNotFound:
            raise
        except NotFound:
            return Reply(status=404)
        return Reply(status=204)

    @route("GET", "/servers/<int:server>/ips")
    async def ips(self, call: Call, server: int) -> dict[str, Any]:
        ports = (await self._compute.servers.show(call.principal, server)).ports
        return {"addresses": views.addresses(ports), "attachments": views.attachments(ports)}

    @route("GET", "/servers/<int:server>/ips/<network>")
    async def ips_of(self, call: Call, server: int, network: str) -> dict[str, Any]:
        found = views.addresses((await self._compute.servers.show(call.principal, server)).ports)
        if network not in found:
            raise NotFound("Network not found.")
        return {"network": {network: found[network]}}

    @route("GET", "/servers/<int:server>/diagnostics")
    async def diagnostics(self, call: Call, server: int) -> list[Any]:
        found = await self._compute.servers.diagnostics(call.principal, server)
        return [views.diagnostic(entry) for entry in found]

    @route("GET", "/servers/<int:server>/stats")
    async def stats(self, call: Call, server: int) -> dict[str, Any]:
        """CMP-190."""
        found = await self._compute.servers.graphs(call.principal, server)
        places = {key: call.base + url if url[:1] == "/" else url for key, url in found.items()}
        refresh = self._compute.limits.stats_refresh
        return {"stats": {"serverRef": server, "refresh": refresh, **places}}

    @route("GET", "/servers/<int:server>/password")
    async def password(self, call: Call, server: int) -> dict[str, Any]:
        return {"password": await self._compute.servers.password(call.principal, server)}

    @route("DELETE", "/servers/<int:server>/password", status=204)
    async def forget_password(self, call: Call, server: int) -> None:
        await self._compute.servers.forget_password(call.principal, server)

    @route("GET", "/servers/<int:server>/os-volume_attachments")
    async def volumes(self, call: Call, server: int) -> dict[str, Any]:
        detail = await self._compute.servers.show(call.principal, server)
        made = [_volume(server, volume) for volume in detail.volumes]
        return {"volumeAttachments": made}

    @route("GET", "/servers/<int:server>/os-volume_attachments/<volume>")
    async def volume(self, call: Call, server: int, volume: str) -> dict[str, Any]:
        detail = await self._compute.servers.show(call.principal, server)
        for attached in detail.volumes:
            if str(attached.id) == volume:
                return {"volumeAttachment": _volume(server, attached)}
        raise Malformed("The volume is not attached to the server.")

    @route(
        "POST",
        "/servers/<int:server>/os-volume_attachments",
        body=schemas.CreateAttachment,
        status=202,
    )
    async def attach(self, call: Call, server: int) -> dict[str, Any]:
        number = integer(call.body.volumeAttachment.volumeId, "volume id")
        try:
            made = await self._compute.devices.attach(call.principal, server, VolumeId(number))
        except ServerNotFound:
            raise
        except NotFound as error:
            raise Malformed(error.message) from None
        return {"volumeAttachment": _volume(server, made)}

    @route("DELETE", "/servers/<int:server>/os-volume_attachments/<int:volume>", status=202)
    async def detach(self, call: Call, server: int, volume: int) -> None:
        try:
            await self._compute.devices.detach(call.principal, server, VolumeId(volume))
        except ServerNotFound:
            raise
        except (NotFound, VolumeStays) as error:
            raise Malformed(error.message) from None


def device(index: int | None) -> str:
    """`/dev/vda` for index 0 (CMP-205); "" when the index is not known."""
    return "" if index is None else f"/dev/vd{chr(ord('a') + index % 26)}"


def _volume(server: int, volume: Any) -> dict[str, Any]:
    return {
        "id": volume.id,
        "volumeId": volume.id,
        "serverId": server,
        "device": device(volume.index),
    }


def _given(arguments: Any) -> dict[str, Any]:
    if arguments is None:
        raise Malformed("Malformed request: the action needs arguments.")
    return dict(arguments)


def _host_port(base: str) -> tuple[str, int]:
    scheme, _, rest = base.partition("://")
    host, colon, port = rest.rpartition(":")
    if colon and port.isdigit():
        return host, int(port)
    return rest, 443 if scheme == "https" else 80


def _new_server(body: schemas.LegacyServer) -> NewServer:
    """CMP-061 to CMP-082 as far as they are about the body."""
    if body.key_name is not None and body.key_names:
        raise Malformed("Only one of key_name and SNF:key_names may be given.")
    keys = (body.key_name,) if body.key_name else tuple(body.key_names)
    return NewServer(
        name=body.name,
        flavor=flavor_number(body.flavorRef),
        image=image_name(body.imageRef),
        project=None if body.project is None else ProjectId(uuid_with_dashes(body.project)),
        shared=body.shared_to_project,
        metadata=body.metadata,
        tags=tuple(body.tags),
        key_names=keys,
        password=body.adminPass,
        user_data=body.user_data,
        personality=tuple(
            Personality(file.path, file.contents, file.owner, file.group, file.mode)
            for file in body.personality
        ),
        disks=tuple(disk(mapping) for mapping in body.block_device_mapping_v2),
        ports=None if body.networks is None else port_requests(body.networks),
    )
