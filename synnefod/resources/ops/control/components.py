"""Services outside this daemon: components, their services, and what they register."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import new_token
from synnefod.identity.interface.administration import ComponentRow, ServiceImport, ServiceRow
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Office, Row, when


class Add(Body):
    name: str
    base_url: str | None = None
    ui_url: str | None = None


class Named(Body):
    name: str


class Modify(Body):
    """What is None or False is left alone. `renew_token`: one is made and told."""

    name: str
    base_url: str | None = None
    ui_url: str | None = None
    token: str | None = None
    renew_token: bool = False
    purge_services: bool = False


class Import(Body):
    """As service-export prints it: services by name."""

    services: dict[str, dict[str, Any]]


class Export(Body):
    """`prefix`: what the names of the services begin with."""

    prefix: str
    base: str


@frozen
class ComponentVerbs:
    """component-*, service-*."""

    office: Office

    @route("POST", "/v1/component-add", body=Add, auth=False)
    async def add(self, call: Call) -> Row:
        body: Add = call.body
        token = await self._people().add_component(body.name, body.base_url, body.ui_url)
        return {"row": {"name": body.name, "token": token}}

    @route("POST", "/v1/component-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [listed(each) for each in await self._people().components()]}

    @route("POST", "/v1/component-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        name: str = call.body.name
        found = await self._people().components()
        each = next((each for each in found if name in (each.name, str(each.number))), None)
        if each is None:
            raise NotFound(f"There is no component {name}.")
        return {"row": listed(each)}

    @route("POST", "/v1/component-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        token = new_token() if body.renew_token else body.token
        await self._people().change_component(
            body.name,
            base_url=body.base_url,
            ui_url=body.ui_url,
            token=token,
            purge_services=body.purge_services,
        )
        row: Row = {"name": body.name}
        if body.renew_token:
            row["token"] = token
        return {"row": row}

    @route("POST", "/v1/component-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        await self._people().remove_component(call.body.name)
        return {"row": {"name": call.body.name, "removed": True}}

    @route("POST", "/v1/service-list", body=Nothing, auth=False, change=False)
    async def services(self, call: Call) -> Row:
        return {"rows": [_service(each) for each in await self._people().services()]}

    @route("POST", "/v1/service-show", body=Named, auth=False, change=False)
    async def service(self, call: Call) -> Row:
        name: str = call.body.name
        found = await self._people().services()
        each = next((each for each in found if name in (each.name, str(each.number))), None)
        if each is None:
            raise NotFound(f"There is no service {name}.")
        endpoints = [
            {"endpoint": place, "key": key, "value": value}
            for place, keys in enumerate(each.endpoints, 1)
            for key, value in keys.items()
        ]
        return {"row": _service(each), "tables": {"endpoints": endpoints}}

    @route("POST", "/v1/service-import", body=Import, auth=False)
    async def take(self, call: Call) -> Row:
        """All services, or none (AST-116)."""
        wanted = [_import(name, given) for name, given in call.body.services.items()]
        await self._people().import_services(wanted)
        return {"row": {"services": ", ".join(sorted(call.body.services))}}

    @route("POST", "/v1/service-export", body=Export, auth=False, change=False)
    async def export(self, call: Call) -> Row:
        """Services of this daemon in the form that service-import takes (OPS-050)."""
        body: Export = call.body
        visible = await self.office.house.resources.visible()
        services: Row = {}
        for each in self.office.house.identity.catalogue.v2(body.base):
            name = str(each["name"])
            if not name.startswith(body.prefix):
                continue
            services[name] = {
                "type": each["type"],
                "component": name.partition("_")[0],
                "prefix": "",
                "public": True,
                "endpoints": [
                    {str(key): str(value) for key, value in endpoint.items() if value is not None}
                    for endpoint in each["endpoints"]
                ],
                "resources": {
                    resource.name: {
                        "name": resource.name,
                        "desc": resource.description or "",
                        "unit": resource.unit,
                        "service_type": resource.service_type,
                        "service_origin": resource.service_origin,
                        "api_visible": resource.api_visible,
                        "ui_visible": resource.ui_visible,
                    }
                    for resource in visible
                    if resource.service_origin == name
                },
            }
        return {"row": services}

    def _people(self) -> Any:
        return self.office.house.identity.administration


def listed(component: ComponentRow) -> Row:
    """The columns of component-list; of the token only its fingerprint."""
    return {
        "id": component.number,
        "name": component.name,
        "base_url": component.base_url,
        "ui_url": component.ui_url,
        "token": component.fingerprint,
        "token_created": when(component.token_created),
    }


def _service(service: ServiceRow) -> Row:
    return {
        "id": service.number,
        "name": service.name,
        "component": service.component,
        "type": service.type,
    }


def _import(name: str, given: dict[str, Any]) -> ServiceImport:
    component, type_ = given.get("component"), given.get("type")
    endpoints, resources = given.get("endpoints", []), given.get("resources", {})
    if not isinstance(component, str) or not isinstance(type_, str):
        raise Malformed(f"The service {name} needs a component and a type.")
    if not isinstance(endpoints, list) or not all(isinstance(each, dict) for each in endpoints):
        raise Malformed(f"The endpoints of {name} are a list of objects.")
    if not isinstance(resources, dict):
        raise Malformed(f"The resources of {name} are an object.")
    kinds = [value for value in resources.values() if isinstance(value, dict)]
    if len(kinds) != len(resources):
        raise Malformed(f"Each resource of {name} is an object.")
    return ServiceImport(
        component,
        name,
        type_,
        tuple({str(key): str(value) for key, value in each.items()} for each in endpoints),
        tuple({"name": key, **value} for key, value in zip(resources, kinds, strict=True)),
    )
