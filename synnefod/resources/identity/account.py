"""Synnefo's account API: names, default project, resources and quotas (identity.md 2.3, 2.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound, TooLarge, Unsupported
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.common.jsonio import parse_sent
from synnefod.identity.interface import User
from synnefod.identity.interface.life import Life, Undelivered
from synnefod.identity.interface.rooms import Rooms
from synnefod.projects.interface import Projects, Usage, Usages
from synnefod.quota.interface import Registry
from synnefod.resources import faults
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.forms import FORM_LIMIT, parse_form
from synnefod.resources.schemas import identity as schemas

faults.register(Undelivered, faults.Row(502, "badGateway", "badGateway"))
Json = dict[str, Any]
MOST_NAMES = 10_000
_BODY = 4 << 20


class Account:
    def __init__(
        self, identity: Rooms, projects: Projects, registry: Registry, life: Life | None = None
    ) -> None:
        self.life = life
        self.identity = identity
        self.projects = projects
        self.registry = registry

    @route("POST", "/user_catalogs", change=False)
    async def user_catalogs(self, call: Call) -> Json:
        asked = await _names(call)
        by_id = await self.identity.users_by_id(_ids(asked.uuids or []))
        return await self._catalogs(list(by_id.values()), asked)

    @route("POST", "/service/user_catalogs", auth=False, change=False)
    async def service_user_catalogs(self, call: Call) -> Json:
        await self.identity.components.authenticate(call.token)
        asked = await _names(call)
        if asked.uuids is None:
            return await self._catalogs(await self.identity.users.listing(), asked)
        by_id = await self.identity.users_by_id(_ids(asked.uuids))
        return await self._catalogs(list(by_id.values()), asked)

    async def _catalogs(self, users: list[User], asked: schemas.UserCatalogs) -> Json:
        """Names match whatever their case; the answer repeats the spelling that was sent."""
        found = await self.identity.users_by_name([name.lower() for name in asked.displaynames])
        return {
            "uuid_catalog": {user.id: user.name for user in users},
            "displayname_catalog": {
                name: found[name.lower()].id for name in asked.displaynames if name.lower() in found
            },
        }

    @route("POST", "/myaccount/default_project", body=schemas.DefaultProject)
    async def default_project(self, call: Call) -> Reply:
        if not call.body.project_id:
            raise Forbidden("The project is missing.")
        project = ProjectId(uuid_with_dashes(call.body.project_id))
        await self.identity.users.set_default_project(call.principal.user, project)
        return Reply(b"", content_type="application/json; charset=UTF-8")

    @route("POST", "/feedback")
    async def feedback(self, call: Call) -> Reply:
        """A form, whatever its Content-Type says (astakosclient labels it wrongly)."""
        if self.life is None:
            raise Unsupported("Nobody reads messages here.")
        form = parse_form(await call.stream.read_all(FORM_LIMIT))
        await self.life.feedback(
            call.principal.user, form.get("feedback_msg", ""), form.get("feedback_data", "")
        )
        return Reply(b"", content_type="application/json; charset=UTF-8")

    @route("GET", "/resources", auth=False)
    async def resources(self, call: Call) -> Json:
        return {
            each.name: {
                "service": each.service_origin,
                "description": each.description,
                "unit": each.unit,
                "ui_visible": each.ui_visible,
                "api_visible": each.api_visible,
            }
            for each in await self.registry.visible()
        }

    @route("GET", "/quotas")
    async def quotas(self, call: Call) -> Json:
        user = call.principal.user
        found = await self.projects.quotas(users=[user])
        return _usages(found.get(user, {}))

    @route("GET", "/service_quotas", auth=False)
    async def service_quotas(self, call: Call) -> Json:
        component = await self.identity.components.authenticate(call.token)
        users, projects = call.query.one("user"), call.query.one("project")
        found = await self.projects.quotas(
            users=None if users is None else [UserId(each) for each in users.split(",")],
            projects=None
            if projects is None
            else [ProjectId(each) for each in projects.split(",")],
            origins=component.services,
        )
        if users is not None and not found:
            raise NotFound("There are no such users.")
        return {user: _usages(usages) for user, usages in found.items()}

    @route("GET", "/service_project_quotas", auth=False)
    async def service_project_quotas(self, call: Call) -> Json:
        component = await self.identity.components.authenticate(call.token)
        projects = call.query.one("project")
        found = await self.projects.project_quotas(
            projects=None
            if projects is None
            else [ProjectId(each) for each in projects.split(",")],
            origins=component.services,
        )
        if projects is not None and not found:
            raise NotFound("There are no such projects.")
        return _usages(found)


async def _names(call: Call) -> schemas.UserCatalogs:
    """The body, whatever its Content-Type says (astakosclient labels it in several ways)."""
    raw = await call.stream.read_all(_BODY)
    if not raw:
        raise Malformed("The request has no body.")
    asked = parse_sent(raw, schemas.UserCatalogs)
    if len(asked.uuids or []) + len(asked.displaynames) > MOST_NAMES:
        raise TooLarge(f"At most {MOST_NAMES} names can be asked for at once.")
    return asked


def _ids(texts: list[str]) -> list[UserId]:
    return [UserId(each) for each in texts]


def _usages(usages: Usages) -> Json:
    return {
        project: {name: _usage(usage) for name, usage in resources.items()}
        for project, resources in usages.items()
    }


def _usage(usage: Usage) -> Json:
    whole = {
        "project_limit": usage.project_limit,
        "project_usage": usage.project_usage,
        "project_pending": usage.project_pending,
    }
    if usage.limit is None:
        return whole
    return {"limit": usage.limit, "usage": usage.usage, "pending": usage.pending} | whole
