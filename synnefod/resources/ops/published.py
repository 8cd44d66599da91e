"""The administrator's verbs for people with a token, at `/admin/v1` (CMP-291, web-ui.md 2.5).

The verbs and their bodies are those of the local socket (`ops/control`); what a caller may do is
decided by the administrator's flag and by groups. `GET /admin/v1` lists the verbs one may use.
With `text`, `filter`, `sort`, `limit` or `offset` in the query a list answers a part (`paging`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from msgspec.structs import fields

from synnefod.common.errors import Forbidden
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.resources.call import Call
from synnefod.resources.door import Authenticates, Mount, Route, route
from synnefod.resources.ops import paging
from synnefod.resources.ops.control import control_nouns
from synnefod.resources.ops.control.office import House
from synnefod.resources.routes import Handler

ROOT = "/admin"
EVERYTHING, READING = "*", "read"
Groups = Callable[[UserId], Awaitable[Sequence[str]]]


@frozen
class Rights:
    """`by_group`: "*" is every verb, "read" every verb that changes nothing, `server-modify` one
    verb, `server-modify/action=start|stop` one verb with that field alone, and those values."""

    by_group: Mapping[str, Sequence[str]]
    groups_of: Groups

    async def of(self, principal: Principal) -> frozenset[str]:
        """Whatever the caller may do. Raises Forbidden for who may do nothing."""
        if principal.is_admin:
            return frozenset({EVERYTHING})
        groups = await self.groups_of(principal.user)
        held = frozenset(right for name in groups for right in self.by_group.get(name, ()))
        if not held:
            raise Forbidden("You are in no group that may do this.")
        return held


def permits(held: frozenset[str], verb: str, made: Route, body: Any) -> bool:
    """Whether the rights cover a verb; with `body` None, whether they cover anything of it."""
    if EVERYTHING in held or verb in held:
        return True
    if READING in held and not made.changes("POST"):
        return True
    partial = [right.partition("/")[2] for right in held if right.startswith(f"{verb}/")]
    if body is None:
        return bool(partial)
    given = _given(body)
    allowed = {name: values for name, _, values in (each.partition("=") for each in partial)}
    return bool(given) and all(
        name in allowed and (not allowed[name] or str(value) in allowed[name].split("|"))
        for name, value in given.items()
    )


def _given(body: Any) -> dict[str, Any]:
    """What a body sets beyond what names its thing."""
    return {
        field.name: getattr(body, field.name)
        for field in fields(body)
        if not field.required and getattr(body, field.name) != field.default
    }


@frozen
class Guarded:
    """A verb behind its rights; named in the audit log as what it guards."""

    handler: Handler
    made: Route
    rights: Rights

    @property
    def __self__(self) -> Any:
        return self.handler.__self__  # type: ignore[attr-defined]

    @property
    def __name__(self) -> str:
        return self.handler.__name__

    async def __call__(self, call: Call, **parts: Any) -> Any:
        held = await self.rights.of(call.principal)
        verb = verb_of(self.made)
        if not permits(held, verb, self.made, call.body):
            raise Forbidden(f"Your groups do not permit {verb} in this way.")
        answer = await self.handler(call, **parts)
        if paging.is_asked(call.query) and isinstance(answer, dict) and "rows" in answer:
            return paging.part(answer["rows"], call.query)
        return answer


@frozen
class Desk:
    """What there is to do."""

    rights: Rights
    verbs: Sequence[Route]

    @route("GET", "/v1")
    async def index(self, call: Call) -> dict[str, Any]:
        """The verbs that the caller may use; `partly`: some with some fields alone."""
        held = await self.rights.of(call.principal)
        may = [made for made in self.verbs if permits(held, verb_of(made), made, None)]
        return {
            "verbs": sorted({verb_of(made) for made in may}),
            "rights": sorted(held),
        }


def verb_of(made: Route) -> str:
    return made.path.rpartition("/")[2]


def admin_mount(
    house: House,
    door: Authenticates,
    by_group: Mapping[str, Sequence[str]],
    more: Sequence[object] = (),
) -> Mount:
    """Every verb of the control socket and of `more` nouns, behind tokens and rights."""
    rights = Rights(by_group, house.identity.users.groups)
    nouns = [*control_nouns(house), *more]
    verbs = Mount(ROOT, "astakos", nouns, door).routes
    mount = Mount(
        ROOT, "astakos", [Desk(rights, [made for made, _ in verbs])], door, service="admin"
    )
    mount.routes += [
        (evolve(made, auth=True), Guarded(handler, made, rights)) for made, handler in verbs
    ]
    return mount
