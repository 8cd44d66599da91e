"""Actions on a server and what hangs on it, OpenStack dialect (14.4.2, 14.4.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound, Unsupported
from synnefod.common.ids import NetworkId
from synnefod.common.text import iso_z
from synnefod.compute.interface import (
    Compute,
    Detail,
    NoSnapshots,
    Operstate,
    PortRequest,
    WrongState,
)
from synnefod.resources.compute.console import page_url
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.compute.reading import flavor_number, integer, one_action
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas

_NOT_OFFERED = frozenset(
    (
        *("pause", "unpause", "suspend", "resume", "shelve", "shelveOffload", "unshelve"),
        *("trigger_crash_dump", "createBackup", "rebuild", "rescue", "unrescue"),
    )
)
_ADMIN_ONLY = frozenset(
    ["migrate", "os-migrateLive", "evacuate", "os-resetState", "resetNetwork", "injectNetworkInfo"]
)


class NovaActions:
    """`POST /servers/<id>/action` and the sub-resources of a server."""

    def __init__(self, compute: Compute, servers: NovaServers) -> None:
        self._compute = compute
        self._servers = servers

    @route("POST", "/servers/<server>/action", body=Any, status=202)
    async def act(self, call: Call, server: str) -> Reply | None:
        name, arguments = one_action_of(call.body)
        detail = await self._servers.one(call, server)
        given = arguments if isinstance(arguments, dict) else {}
        handler = _HANDLERS.get(name)
        if handler is None:
            raise _not_offered(name, call)
        return await handler(self, call, detail, name, given)

    async def _switch(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        actions = self._compute.actions
        act = {"os-start": actions.start, "os-stop": actions.stop}.get(name, actions.delete)
        await act(call.principal, detail.server.id)

    async def _reboot(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        kind = str(given.get("type", "")).upper()
        if kind not in ("SOFT", "HARD"):
            raise Malformed("Argument 'type' for reboot must be 'HARD' or 'SOFT'.")
        if kind == "SOFT" and detail.server.life.operstate is Operstate.STOPPED:
            raise WrongState("Cannot 'reboot' a server that is stopped, unless it is HARD.")
        actions, number = self._compute.actions, detail.server.id
        await actions.reboot(call.principal, number, hard=kind == "HARD")

    async def _resize(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        flavor = given.get("flavorRef")
        if not isinstance(flavor, int | str) or isinstance(flavor, bool):
            raise Malformed("Invalid input for field/attribute flavorRef.")
        number = flavor_number(flavor)
        try:
            await self._compute.actions.resize(
                call.principal, detail.server.id, number, confirm=True
            )
        except NotFound as error:
            raise Malformed(error.message) from None

    async def _confirm(self, call: Call, detail: Detail, name: str, given: Given) -> Reply:
        await self._compute.actions.confirm_resize(call.principal, detail.server.id)
        return Reply(status=204)

    async def _revert(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        await self._compute.actions.revert_resize(call.principal, detail.server.id)

    async def _unmarked(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        raise WrongState(f"Cannot '{name}' this server: there is nothing to {name}.")

    async def _lock(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        locked = name == "lock"
        await self._compute.actions.lock(call.principal, detail.server.id, locked=locked)

    async def _vnc(self, call: Call, detail: Detail, name: str, given: Given) -> Reply:
        if version(call) >= (2, 6):
            raise NotFound("The resource could not be found.")
        kind = str(given.get("type", ""))
        if kind not in ("novnc", "xvpvnc"):
            raise Malformed("Invalid input for field/attribute type.")
        ticket = await self._compute.actions.console(call.principal, detail.server.id)
        return Reply({"console": {"type": kind, "url": page_url(call.base, ticket)}})

    async def _output(self, call: Call, detail: Detail, name: str, given: Given) -> Reply:
        """What the guest's deployment has told, oldest first (CMP-416): no cluster hands out the
        text of a guest's serial line, so nothing else is known of it."""
        length = given.get("length")
        most = None if length is None else lines(length)
        found = await self._compute.servers.diagnostics(call.principal, detail.server.id)
        told = [
            f"[{iso_z(entry.created)}] {entry.level} {entry.source}: {entry.message}\n"
            for entry in reversed(found)
        ]
        return Reply(
            {"output": "".join(told if most is None else told[max(0, len(told) - most) :])}
        )

    async def _create_image(self, call: Call, detail: Detail, name: str, given: Given) -> Reply:
        """CMP-415: registered before the answer, so that clients find it at once."""
        title, metadata = given.get("name"), given.get("metadata")
        metadata = {} if metadata is None else metadata
        if not isinstance(title, str) or not title.strip() or len(title) > 255:
            raise Malformed("Invalid input for field/attribute name.")
        if not isinstance(metadata, dict) or not all(
            isinstance(value, str) for value in metadata.values()
        ):
            raise Malformed("Invalid input for field/attribute metadata.")
        try:
            made = await self._compute.snapshots.of_server(
                call.principal, detail.server.id, title, metadata
            )
        except NoSnapshots as error:
            raise Unsupported(error.message) from None
        if version(call) >= (2, 45):
            return Reply({"image_id": made.id}, status=202)
        where = f"{call.base}/cyclades/image/v2/images/{made.id}"
        return Reply(status=202, headers={"Location": where})

    async def _password(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        if not isinstance(given.get("adminPass"), str):
            raise Malformed("Invalid input for field/attribute adminPass.")
        if detail.server.life.operstate is not Operstate.STARTED:
            raise WrongState("Cannot 'changePassword' of a server that does not run.")
        raise Unsupported("No agent in the guest changes passwords.")

    async def _address(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        """The actions on addresses that Nova had below 2.44."""
        if version(call) >= (2, 44):
            raise NotFound("The resource could not be found.")
        devices, number = self._compute.devices, detail.server.id
        if name == "addFixedIp":
            network = NetworkId(integer(_number(given.get("networkId")), "networkId"))
            await devices.connect(call.principal, number, PortRequest(network=network))
            return
        address = given.get("address")
        if not isinstance(address, str) or not address:
            raise Malformed("Invalid input for field/attribute address.")
        if name == "addFloatingIp":
            await devices.add_floating(call.principal, number, address)
        elif name == "removeFloatingIp":
            await devices.remove_floating(call.principal, number, address)
        else:
            ports = [port for port in detail.ports if address in {ip.address for ip in port.ips}]
            if not ports:
                raise Malformed(f"The server has no address {address[:64]}.")
            await devices.disconnect(call.principal, number, ports[0].id)

    async def _group(self, call: Call, detail: Detail, name: str, given: Given) -> None:
        group = given.get("name")
        if not isinstance(group, str) or not group:
            raise Malformed("Invalid input for field/attribute name.")
        taken = name == "removeSecurityGroup"
        await self._servers.grouping.give(call, detail, group, taken=taken)

    @route("POST", "/servers/<server>/remote-consoles", body=schemas.CreateRemoteConsole)
    async def remote_console(self, call: Call, server: str) -> dict[str, Any]:
        if version(call) < (2, 6):
            raise NotFound("The resource could not be found.")
        asked: schemas.RemoteConsole = call.body.remote_console
        if asked.protocol != "vnc" or asked.type not in ("novnc", "xvpvnc"):
            raise Malformed("Only consoles of protocol vnc and type novnc are offered.")
        detail = await self._servers.one(call, server)
        ticket = await self._compute.actions.console(call.principal, detail.server.id)
        url = page_url(call.base, ticket)
        return {"remote_console": {"protocol": "vnc", "type": asked.type, "url": url}}

    @route("GET", "/servers/<server>/ips")
    async def ips(self, call: Call, server: str) -> dict[str, Any]:
        ports = (await self._servers.one(call, server)).ports
        return {"addresses": views.addresses(ports, plain=True)}

    @route("GET", "/servers/<server>/ips/<network>")
    async def ips_of(self, call: Call, server: str, network: str) -> dict[str, Any]:
        found = views.addresses((await self._servers.one(call, server)).ports, plain=True)
        if network not in found:
            raise NotFound("Network not found.")
        return {network: found[network]}

    @route("GET", "/servers/<server>/os-instance-actions")
    async def actions(self, call: Call, server: str) -> dict[str, Any]:
        number = await self._any(call, server)
        found = await self._compute.servers.actions(call.principal, number)
        made = [views.action(record, number, version(call)) for record in found]
        return {"instanceActions": made}

    @route("GET", "/servers/<server>/os-instance-actions/<named>")
    async def action(self, call: Call, server: str, named: str) -> dict[str, Any]:
        number = await self._any(call, server)
        for record in await self._compute.servers.actions(call.principal, number):
            if record.request == named:
                made = views.action_with_events(record, number, version(call))
                return {"instanceAction": made}
        raise NotFound("Action not found.")

    async def _any(self, call: Call, server: str) -> int:
        """From 2.21 on the actions of deleted servers stay readable."""
        if version(call) >= (2, 21) and server.isascii() and server.isdigit():
            number = int(server[:18])
            await self._compute.servers.show(call.principal, number)
            return number
        return int((await self._servers.one(call, server)).server.id)

    @route("GET", "/servers/<server>/diagnostics")
    async def diagnostics(self, call: Call, server: str) -> dict[str, Any]:
        detail = await self._servers.one(call, server)
        if detail.server.life.operstate is not Operstate.STARTED:
            raise Conflict("The server does not run.")
        if version(call) < (2, 48):
            return {"memory": detail.flavor.ram * 1024}
        return {
            "state": "running",
            "driver": "libvirt",
            "hypervisor": "kvm",
            "hypervisor_os": None,
            "uptime": None,
            "config_drive": False,
            "num_cpus": detail.flavor.cpu,
            "num_nics": len(detail.ports),
            "num_disks": len(detail.volumes),
            "memory_details": {"maximum": detail.flavor.ram, "used": None},
            "cpu_details": [],
            "nic_details": [],
            "disk_details": [],
        }

    @route("GET", "/servers/<server>/os-server-password")
    async def password(self, call: Call, server: str) -> dict[str, Any]:
        await self._servers.one(call, server)
        return {"password": ""}

    @route("DELETE", "/servers/<server>/os-server-password", status=204)
    async def forget_password(self, call: Call, server: str) -> None:
        detail = await self._servers.one(call, server)
        await self._compute.servers.forget_password(call.principal, detail.server.id)


def one_action_of(body: object) -> tuple[str, Any]:
    """As `one_action`; some of Nova's actions have arguments that are no object."""
    if isinstance(body, dict) and len(body) == 1:
        ((name, arguments),) = body.items()
        if name in ("forceDelete", "restore", "lock", "os-getConsoleOutput"):
            return str(name), arguments
    return one_action(body)


def lines(length: object) -> int | None:
    """How many lines of output are asked for; None for all (-1). Raises Malformed."""
    number = length if isinstance(length, int) and not isinstance(length, bool) else None
    if isinstance(length, str) and (length == "-1" or (length.isascii() and length.isdigit())):
        number = int(length[:9])
    if number is None or number < -1:
        raise Malformed("Invalid input for field/attribute length.")
    return None if number == -1 else min(number, 10**6)


def _number(value: object) -> int | str:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return value
    raise Malformed("Invalid input for field/attribute networkId.")


def _not_offered(name: str, call: Call) -> Exception:
    if name in _ADMIN_ONLY:
        if not call.principal.is_admin:
            return Forbidden(f"Policy doesn't allow {name} to be performed.")
        return Unsupported(f"Action {name} is not offered.")
    if name in _NOT_OFFERED:
        return Unsupported(f"Action {name} is not offered.")
    return Malformed(f"There is no such action: {name[:64]}.")


Given = dict[str, Any]
_Handler = Callable[[NovaActions, Call, Detail, str, Given], Awaitable[Reply | None]]
_HANDLERS: dict[str, _Handler] = {
    "os-start": NovaActions._switch,
    "os-stop": NovaActions._switch,
    "forceDelete": NovaActions._switch,
    "reboot": NovaActions._reboot,
    "resize": NovaActions._resize,
    "confirmResize": NovaActions._confirm,
    "revertResize": NovaActions._revert,
    "restore": NovaActions._unmarked,
    "lock": NovaActions._lock,
    "unlock": NovaActions._lock,
    "os-getVNCConsole": NovaActions._vnc,
    "os-getConsoleOutput": NovaActions._output,
    "changePassword": NovaActions._password,
    "addFixedIp": NovaActions._address,
    "removeFixedIp": NovaActions._address,
    "addFloatingIp": NovaActions._address,
    "removeFloatingIp": NovaActions._address,
    "createImage": NovaActions._create_image,
    "addSecurityGroup": NovaActions._group,
    "removeSecurityGroup": NovaActions._group,
}
