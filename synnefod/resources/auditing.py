"""What the door tells the audit log of each request that may change something (OPS-153)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from synnefod.audit.interface import Deed, Recording, Via
from synnefod.common.errors import Forbidden, Refusal, Unauthenticated
from synnefod.resources.call import Call
from synnefod.resources.routes import Handler, Route

ACTOR_HEADER = "X-Synnefo-As"
"""Whom the local command names as its user (OPS-020)."""
SILENT = frozenset({"object-store", "vmapi"})
"""Services whose requests the access log alone tells of: there are too many of them."""


@frozen
class Auditing:
    """One for all mounts; `local` for the control socket, whose caller is the administrator."""

    recorder: Recording
    local: bool = False

    def deed(self, service: str, call: Call, made: Route, handler: Handler) -> Deed | None:
        """What the call sets out to do; None when it changes nothing, or is not told of."""
        if service in SILENT or not made.changes(call.method):
            return None
        via: Via = "token" if call.principal.user else "anonymous"
        actor, acting_for = str(call.principal.user), ""
        if self.local:
            via, actor = "command", "administrator"
            acting_for = (call.headers.get(ACTOR_HEADER) or "")[:80]
        return Deed(
            actor=actor,
            via=via,
            action=_action(service, call, handler, self.local),
            target=("" if self.local else made.path if made.secret else call.path)[:255],
            peer=call.peer,
            project=str(call.principal.project or ""),
            request=call.request_id,
            acting_for=acting_for,
        )

    @contextmanager
    def doing(self, deed: Deed | None) -> Iterator[None]:
        """Transactions that are begun in it carry the deed's row."""
        if deed is None:
            yield
            return
        with self.recorder.deed(deed):
            yield

    async def refused(self, deed: Deed | None, error: Refusal) -> None:
        """Told of: refusals of rights, and failed sign-ins."""
        if deed is not None and isinstance(error, Forbidden | Unauthenticated):
            await self.recorder.refused(deed, type(error).__name__)


def _action(service: str, call: Call, handler: Handler, local: bool) -> str:
    """`compute.Servers.create`; an action in the body is named too: `....act.reboot`."""
    if local:
        return f"command.{call.path.rpartition('/')[2]}"
    noun, verb = type(handler.__self__).__name__, handler.__name__  # type: ignore[attr-defined]
    name = f"{service}.{noun}.{verb}"
    if call.path.rstrip("/").endswith("/action"):
        body: Any = call.body
        if isinstance(body, Mapping) and len(body) == 1:
            name += f".{str(next(iter(body)))[:40]}"
    return name
