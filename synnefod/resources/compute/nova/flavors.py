"""Flavors, OpenStack dialect (14.4.2); changes are for administrators."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import AlreadyExists, Conflict, Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Compute, Flavor, FlavorNotFound
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.reading import integer, one_action
from synnefod.resources.door import Call, route
from synnefod.resources.schemas import compute as schemas

_LONGEST = 65535
"""Characters of a description."""


def admin(principal: Principal) -> None:
    """Raises Forbidden for who is no administrator."""
    if not principal.is_admin:
        raise Forbidden("Policy doesn't allow this to be performed.")


class NovaFlavors:
    """Sizes. Changes are for administrators."""

    def __init__(self, compute: Compute) -> None:
        self._flavors = compute.flavors

    async def _list(self, call: Call) -> list[Flavor]:
        query = call.query
        found = await self._flavors.visible(call.principal)
        public = query.one("is_public", "").lower()
        if public in ("true", "1"):
            found = [flavor for flavor in found if flavor.public]
        elif public in ("false", "0"):
            found = [flavor for flavor in found if not flavor.public]
        ram, disk = query.one("minRam"), query.one("minDisk")
        if ram is not None:
            least = integer(ram, "minRam")
            found = [flavor for flavor in found if flavor.ram >= least]
        if disk is not None:
            least = integer(disk, "minDisk")
            found = [flavor for flavor in found if flavor.disk >= least]
        marker, limit = query.one("marker"), query.one("limit")
        if marker is not None:
            places = [place for place, flavor in enumerate(found) if str(flavor.id) == marker]
            if not places:
                raise Malformed(f"marker [{marker[:64]}] not found")
            found = found[places[0] + 1 :]
        return found if limit is None else found[: integer(limit, "limit")]

    async def _one(self, call: Call, flavor: str) -> Flavor:
        if not (flavor.isascii() and flavor.isdigit()) or len(flavor) > 18:
            raise FlavorNotFound(f"Flavor {flavor[:64]} could not be found.")
        return await self._flavors.show(call.principal, int(flavor))

    @route("GET", "/flavors")
    async def index(self, call: Call) -> dict[str, Any]:
        number = version(call)
        found = await self._list(call)
        return {"flavors": [views.flavor_brief(f, call.url, number) for f in found]}

    @route("GET", "/flavors/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        number = version(call)
        found = await self._list(call)
        return {"flavors": [views.flavor(flavor, call.url, number) for flavor in found]}

    @route("GET", "/flavors/<flavor>")
    async def show(self, call: Call, flavor: str) -> dict[str, Any]:
        return {"flavor": views.flavor(await self._one(call, flavor), call.url, version(call))}

    @route("POST", "/flavors", body=schemas.CreateFlavor)
    async def create(self, call: Call) -> dict[str, Any]:
        """Numbers are ours. Two flavors of one shape would be one flavor (CMP-216), and whoever
        then deletes "theirs" would delete it for everybody: the second is refused."""
        admin(call.principal)
        asked: schemas.NewFlavor = call.body.flavor
        existing = await self._flavors.all()
        if any(flavor.name == asked.name for flavor in existing):
            raise AlreadyExists(f"Flavor with name {asked.name} already exists.")
        kinds = sorted({flavor.volume_type for flavor in existing})
        made = await self._flavors.create(
            integer(asked.vcpus, "vcpus"),
            integer(asked.ram, "ram"),
            integer(asked.disk, "disk"),
            kinds[0] if kinds else 1,
            public=_boolean(asked.public),
            alias=asked.name,
            new=True,
            description=_described(call, asked.description),
        )
        return {"flavor": views.flavor(made, call.url, version(call))}

    @route("PUT", "/flavors/<flavor>", body=schemas.ChangeFlavor)
    async def change(self, call: Call, flavor: str) -> dict[str, Any]:
        """Nothing but its description changes of a flavor."""
        number = version(call)
        if number < (2, 55):
            raise NotFound("The resource could not be found.")
        admin(call.principal)
        said = _described(call, call.body.flavor.description)
        made = await self._flavors.describe((await self._one(call, flavor)).id, said)
        return {"flavor": views.flavor(made, call.url, number)}

    @route("DELETE", "/flavors/<flavor>", status=202)
    async def delete(self, call: Call, flavor: str) -> None:
        admin(call.principal)
        found = await self._one(call, flavor)
        if found.deleted:
            raise FlavorNotFound(f"Flavor {flavor} could not be found.")
        await self._flavors.modify(found.id, deleted=True)

    @route("GET", "/flavors/<flavor>/os-extra_specs")
    async def specs(self, call: Call, flavor: str) -> dict[str, Any]:
        return {"extra_specs": views.extra_specs(await self._one(call, flavor))}

    @route("GET", "/flavors/<flavor>/os-extra_specs/<key>")
    async def spec(self, call: Call, flavor: str, key: str) -> dict[str, Any]:
        found = views.extra_specs(await self._one(call, flavor))
        if key not in found:
            raise NotFound(f"Flavor {flavor} has no extra specs with key {key}.")
        return {key: found[key]}

    @route("GET", "/flavors/<flavor>/os-flavor-access")
    async def access(self, call: Call, flavor: str) -> dict[str, Any]:
        admin(call.principal)
        found = await self._one(call, flavor)
        if found.public:
            raise NotFound("Access list not available for public flavors.")
        return {"flavor_access": _access(found)}

    @route("POST", "/flavors/<flavor>/os-extra_specs", body=schemas.ExtraSpecs)
    async def set_specs(self, call: Call, flavor: str) -> dict[str, Any]:
        admin(call.principal)
        asked: dict[str, str] = call.body.extra_specs
        await self._flavors.set_specs((await self._one(call, flavor)).id, asked)
        return {"extra_specs": asked}

    @route("PUT", "/flavors/<flavor>/os-extra_specs/<key>", body=dict[str, str])
    async def set_spec(self, call: Call, flavor: str, key: str) -> dict[str, Any]:
        admin(call.principal)
        asked: dict[str, str] = call.body
        if set(asked) != {key}:
            raise Malformed("The request body and the URI mismatch.")
        await self._flavors.set_specs((await self._one(call, flavor)).id, asked)
        return asked

    @route("DELETE", "/flavors/<flavor>/os-extra_specs/<key>", status=200)
    async def delete_spec(self, call: Call, flavor: str, key: str) -> None:
        admin(call.principal)
        await self._flavors.set_specs((await self._one(call, flavor)).id, {}, (key,))

    @route("POST", "/flavors/<flavor>/action", body=Any)
    async def act(self, call: Call, flavor: str) -> dict[str, Any]:
        """Who may use a flavor that is not public."""
        admin(call.principal)
        name, arguments = one_action(call.body)
        if name not in ("addTenantAccess", "removeTenantAccess"):
            raise Malformed(f"There is no such action: {name[:64]}.")
        project = (arguments or {}).get("tenant")
        if not isinstance(project, str) or not project:
            raise Malformed("Invalid input for field/attribute tenant.")
        found = await self._one(call, flavor)
        granted, has = name == "addTenantAccess", project in found.projects
        if found.public:
            raise Conflict("Access is not given to flavors that are public.")
        if granted and has:
            raise Conflict(f"Flavor access already exists for {flavor} and {project[:64]}.")
        if not granted and not has:
            raise NotFound(f"Flavor access not found for {flavor} and {project[:64]}.")
        found = await self._flavors.grant(found.id, ProjectId(project), granted=granted)
        return {"flavor_access": _access(found)}


def _access(flavor: Flavor) -> list[dict[str, str]]:
    return [{"flavor_id": str(flavor.id), "tenant_id": each} for each in flavor.projects]


def _described(call: Call, said: str | None) -> str | None:
    """Raises Malformed."""
    if said is not None and (version(call) < (2, 55) or len(said) > _LONGEST):
        raise Malformed("Invalid input for field/attribute description.")
    return said


def _boolean(value: bool | str) -> bool:
    """As Nova reads it. Raises Malformed."""
    word = str(value).lower()
    if word in ("true", "1", "t", "y", "yes", "on"):
        return True
    if word in ("false", "0", "f", "n", "no", "off"):
        return False
    raise Malformed("Invalid input for field/attribute os-flavor-access:is_public.")
