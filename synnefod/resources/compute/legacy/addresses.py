"""The actions of servers on floating IPs (network.md 1.5)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.principal import Principal
from synnefod.compute.interface import Compute


async def act_on_address(
    compute: Compute, principal: Principal, server: int, name: str, arguments: Any
) -> None:
    """NET-154, NET-155. Raises Malformed for every other name."""
    if name not in ("addFloatingIp", "removeFloatingIp"):
        await compute.servers.show(principal, server)
        raise Malformed(f"Action {name[:64]} not supported.")
    address = arguments.get("address") if isinstance(arguments, dict) else None
    if not isinstance(address, str) or not address:
        raise Malformed("Malformed request: the address is missing.")
    if name == "addFloatingIp":
        await compute.devices.add_floating(principal, server, address)
    else:
        await compute.devices.remove_floating(principal, server, address)
