"""NICs and volumes of a server, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import NetworkId, PortId, VolumeId
from synnefod.compute.interface import Compute, PortRequest
from synnefod.network.interface import NetworkNotFound
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.compute.reading import integer
from synnefod.resources.door import Call, route
from synnefod.resources.schemas import compute as schemas


class NovaDevices:
    """`os-interface` and `os-volume_attachments`: answered once the row exists, done when the
    cluster has done it."""

    def __init__(self, compute: Compute, servers: NovaServers) -> None:
        self._devices = compute.devices
        self._servers = servers

    @route("GET", "/servers/<server>/os-interface")
    async def interfaces(self, call: Call, server: str) -> dict[str, Any]:
        ports = (await self._servers.one(call, server)).ports
        return {"interfaceAttachments": [views.interface(port) for port in ports]}

    @route("GET", "/servers/<server>/os-interface/<port>")
    async def interface(self, call: Call, server: str, port: str) -> dict[str, Any]:
        for found in (await self._servers.one(call, server)).ports:
            if str(found.id) == port:
                return {"interfaceAttachment": views.interface(found)}
        raise NotFound("The port is not attached to the server.")

    @route("POST", "/servers/<server>/os-interface", body=schemas.CreateInterface)
    async def connect(self, call: Call, server: str) -> dict[str, Any]:
        detail = await self._servers.one(call, server)
        request = _request(call.body.interfaceAttachment)
        try:
            made = await self._devices.connect(call.principal, detail.server.id, request)
        except NetworkNotFound as error:
            raise Malformed(error.message) from None
        return {"interfaceAttachment": views.interface(made)}

    @route("DELETE", "/servers/<server>/os-interface/<port>", status=202)
    async def disconnect(self, call: Call, server: str, port: str) -> None:
        detail = await self._servers.one(call, server)
        for found in detail.ports:
            if str(found.id) == port:
                await self._devices.disconnect(call.principal, detail.server.id, found.id)
                return
        raise NotFound("The port is not attached to the server.")

    @route("GET", "/servers/<server>/os-volume_attachments")
    async def volumes(self, call: Call, server: str) -> dict[str, Any]:
        detail = await self._servers.one(call, server)
        made = [views.volume(detail.server.id, volume) for volume in detail.volumes]
        return {"volumeAttachments": made}

    @route("GET", "/servers/<server>/os-volume_attachments/<volume>")
    async def volume(self, call: Call, server: str, volume: str) -> dict[str, Any]:
        detail = await self._servers.one(call, server)
        for found in detail.volumes:
            if str(found.id) == volume:
                return {"volumeAttachment": views.volume(detail.server.id, found)}
        raise NotFound("The volume is not attached to the server.")

    @route("POST", "/servers/<server>/os-volume_attachments", body=schemas.CreateAttachment)
    async def attach(self, call: Call, server: str) -> dict[str, Any]:
        detail = await self._servers.one(call, server)
        wanted = str(call.body.volumeAttachment.volumeId)
        made = await self._devices.attach(
            call.principal, detail.server.id, _volume(wanted), keep=True
        )
        return {"volumeAttachment": views.volume(detail.server.id, made)}

    @route("DELETE", "/servers/<server>/os-volume_attachments/<volume>", status=202)
    async def detach(self, call: Call, server: str, volume: str) -> None:
        detail = await self._servers.one(call, server)
        await self._devices.detach(call.principal, detail.server.id, _volume(volume))


def _volume(text: str) -> VolumeId:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise NotFound(f"Volume {text[:64]} could not be found.")
    return VolumeId(int(text))


def _request(asked: schemas.NewInterface) -> PortRequest:
    if asked.port_id is not None and asked.net_id is not None:
        raise Malformed("Only one of net_id and port_id may be given.")
    if asked.fixed_ips and asked.net_id is None:
        raise Malformed("A fixed address needs the network that it is from.")
    if len(asked.fixed_ips) > 1:
        raise Malformed("Only one fixed address is taken.")
    if asked.port_id is not None:
        return PortRequest(port=PortId(integer(asked.port_id, "port_id")))
    if asked.net_id is None:
        raise Malformed("One of net_id and port_id is needed.")
    address = asked.fixed_ips[0].ip_address if asked.fixed_ips else None
    return PortRequest(network=NetworkId(integer(asked.net_id, "net_id")), address=address)
