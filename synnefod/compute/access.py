"""Who may see and change which server."""

from __future__ import annotations

from synnefod.common.principal import Principal
from synnefod.compute.interface import (
    Server,
    ServerBuilding,
    ServerNotFound,
    ServerSuspended,
    WrongState,
)
from synnefod.compute.machine.states import Action, Refused, refusal
from synnefod.compute.records import servers
from synnefod.store.interface import Tx


def sees(principal: Principal, server: Server) -> bool:
    """The owner, members of the project it is shared to, administrators (chapter 9)."""
    if principal.is_admin or server.user == principal.user:
        return True
    return server.shared and server.project in principal.projects


async def seen(tx: Tx, principal: Principal, number: int) -> Server:
    """Raises ServerNotFound."""
    server = await servers.get(tx, number) if 0 < number < 2**63 else None
    if server is None or not sees(principal, server):
        raise ServerNotFound
    return server


async def locked(
    tx: Tx, principal: Principal, number: int, action: Action, *, hotplug: bool = True
) -> Server:
    """The row, locked, if `action` may be taken now by the asker; raises what says why not."""
    server = await servers.lock(tx, number) if 0 < number < 2**63 else None
    if server is None or not sees(principal, server):
        raise ServerNotFound
    check(principal, server, action, hotplug=hotplug)
    return server


def check(principal: Principal, server: Server, action: Action, *, hotplug: bool = True) -> None:
    """Raises ServerSuspended, ServerBuilding or WrongState when `action` is not taken now."""
    why = refusal(
        action,
        server.life.operstate,
        server.life.task,
        suspended=server.suspended and not principal.is_admin,
        hotplug=hotplug,
    )
    if why is None and server.locked and server.user != principal.user and not principal.is_admin:
        why = Refused.LOCKED
    if why is Refused.SUSPENDED:
        raise ServerSuspended(why.value)
    if why is Refused.BUILDING:
        raise ServerBuilding(why.value)
    if why is Refused.STATE:
        state = server.life.operstate.value
        raise WrongState(f"Cannot perform {action.value} on a server in state {state}.")
    if why is not None:
        raise WrongState(why.value)
