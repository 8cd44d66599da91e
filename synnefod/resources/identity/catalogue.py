"""Keystone v3 domains, roles, assignments, services, endpoints, regions (identity.md 4.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, NotFound
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.identity.interface import DOMAIN_ID, DOMAIN_NAME
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.access import reads_all

Json = dict[str, Any]


def _picked(items: list[Json], id_: str, what: str) -> Json:
    for item in items:
        if item["id"] == id_:
            return item
    raise NotFound(f"There is no {what} {id_[:64]}.")


def _matching(items: list[Json], call: Call, *names: str) -> list[Json]:
    for name in names:
        wanted = call.query.one(name)
        if wanted is not None:
            items = [item for item in items if item[name] == wanted]
    return items


class CatalogueNoun:
    def __init__(self, identity: Rooms, rights: Rights) -> None:
        self.identity = identity
        self.rights = rights

    @route("GET", "/domains")
    async def domains(self, call: Call) -> Json:
        items = (
            [views.domain(call.url)] if call.query.one("name", DOMAIN_NAME) == DOMAIN_NAME else []
        )
        return views.listed("domains", items, call.url + call.path)

    @route("GET", "/domains/<domain>")
    async def domain(self, call: Call, domain: str) -> Json:
        if domain != DOMAIN_ID:
            raise NotFound(f"There is no domain {domain[:64]}.")
        return {"domain": views.domain(call.url)}

    @route("POST", "/domains")
    @route("POST", "/roles")
    async def fixed(self, call: Call) -> Json:
        raise Forbidden("Domains and roles are fixed.")

    @route("GET", "/roles")
    async def roles(self, call: Call) -> Json:
        items = [views.role_detail(name, call.url) for name in views.ROLES]
        return views.listed("roles", _matching(items, call, "name"), call.url + call.path)

    @route("GET", "/roles/<role>")
    async def role(self, call: Call, role: str) -> Json:
        items = [views.role_detail(name, call.url) for name in views.ROLES]
        return {"role": _picked(items, role, "role")}

    @route("GET", "/role_assignments")
    async def assignments(self, call: Call) -> Json:
        query = call.query
        asked, project = query.one("user.id"), query.one("scope.project.id")
        everybody = reads_all(call)
        user = UserId(uuid_with_dashes(asked)) if asked else None
        foreign = user is not None and user != call.principal.user
        if not everybody:
            user = call.principal.user
        found = []
        in_system = query.one("scope.system") is not None
        if (everybody or not foreign) and not in_system:
            found = await self.identity.tokens.role_assignments(
                user, ProjectId(uuid_with_dashes(project)) if project else None
            )
        names = query.one("include_names") is not None
        items: list[Json] = []
        for who, who_name, standing in found:
            for name in standing.roles:
                if query.one("role.id") in (None, views.role_id(name)):
                    person: Json = {"id": who}
                    place: Json = {"id": standing.id}
                    if names:
                        person |= {"name": who_name, "domain": views.DOMAIN}
                        place |= {"name": standing.name, "domain": views.DOMAIN}
                    items.append(
                        {
                            "role": views.role(name) if names else {"id": views.role_id(name)},
                            "user": person,
                            "scope": {"project": place},
                            "links": {},
                        }
                    )
        if (everybody or not foreign) and project is None:
            items += await self._in_system(user, query.one("role.id"), names)
        return views.listed("role_assignments", items, call.url + call.path)

    async def _in_system(self, user: UserId | None, role: str | None, names: bool) -> list[Json]:
        found = []
        for who, who_name, name in await self.rights.system_assignments():
            if user not in (None, who) or role not in (None, views.role_id(name)):
                continue
            person: Json = {"id": who}
            if names:
                person |= {"name": who_name, "domain": views.DOMAIN}
            held = views.role(name) if names else {"id": views.role_id(name)}
            scope = {"system": {"all": True}}
            found.append({"role": held, "user": person, "scope": scope, "links": {}})
        return found

    @route("GET", "/services")
    async def services(self, call: Call) -> Json:
        items = _matching(await self._services(call), call, "type", "name")
        return views.listed("services", items, call.url + call.path)

    @route("GET", "/services/<service>")
    async def service(self, call: Call, service: str) -> Json:
        return {"service": _picked(await self._services(call), service, "service")}

    @route("GET", "/endpoints")
    async def endpoints(self, call: Call) -> Json:
        items = _matching(await self._endpoints(call), call, "service_id", "interface", "region_id")
        return views.listed("endpoints", items, call.url + call.path)

    @route("GET", "/endpoints/<entry>")
    async def endpoint(self, call: Call, entry: str) -> Json:
        return {"endpoint": _picked(await self._endpoints(call), entry, "endpoint")}

    @route("GET", "/regions")
    async def regions(self, call: Call) -> Json:
        return views.listed("regions", self._regions(call), call.url + call.path)

    @route("GET", "/regions/<region>")
    async def region(self, call: Call, region: str) -> Json:
        return {"region": _picked(self._regions(call), region, "region")}

    async def _services(self, call: Call) -> list[Json]:
        await self.identity.refresh_catalogue()
        return [
            each | {"links": {"self": f"{call.url}/services/{each['id']}"}}
            for each in self.identity.catalogue.services()
        ]

    async def _endpoints(self, call: Call) -> list[Json]:
        await self.identity.refresh_catalogue()
        return [
            each | {"links": {"self": f"{call.url}/endpoints/{each['id']}"}}
            for each in self.identity.catalogue.endpoints(call.base)
        ]

    def _regions(self, call: Call) -> list[Json]:
        region = self.identity.catalogue.region
        links = {"self": f"{call.url}/regions/{region}"}
        return [{"id": region, "description": "", "parent_region_id": None, "links": links}]
