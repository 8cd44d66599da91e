"""Flavors, keypairs, extensions and the version documents, legacy dialect."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import uuid_with_dashes
from synnefod.compute.interface import Compute, Flavor
from synnefod.resources.compute.legacy import views
from synnefod.resources.door import Call, route
from synnefod.resources.schemas import compute as schemas


class LegacyFlavors:
    """1.8."""

    def __init__(self, compute: Compute) -> None:
        self._compute = compute

    async def _list(self, call: Call) -> list[Flavor]:
        """CMP-211."""
        found = await self._compute.flavors.visible(call.principal)
        public = call.query.one("SNF:is_public")
        if public is not None:
            if public.lower() not in ("true", "false"):
                raise Malformed("SNF:is_public is true or false.")
            found = [flavor for flavor in found if flavor.public == (public.lower() == "true")]
        project = call.query.one("SNF:flavor-access")
        if project is not None:
            wanted = uuid_with_dashes(project)
            if wanted not in call.principal.projects:
                return []
            found = [flavor for flavor in found if wanted in flavor.projects]
        return found

    @route("GET", "/flavors")
    async def index(self, call: Call) -> dict[str, Any]:
        return {"flavors": [views.flavor_brief(f, call.url) for f in await self._list(call)]}

    @route("GET", "/flavors/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        projects = call.principal.projects
        found = await self._list(call)
        return {"flavors": [views.flavor(flavor, call.url, projects) for flavor in found]}

    @route("GET", "/flavors/<int:flavor>")
    async def show(self, call: Call, flavor: int) -> dict[str, Any]:
        found = await self._compute.flavors.show(call.principal, flavor)
        return {"flavor": views.flavor(found, call.url, call.principal.projects)}

    @route("GET", "/flavors/<int:flavor>/os-extra_specs")
    async def specs(self, call: Call, flavor: int) -> dict[str, Any]:
        found = await self._compute.flavors.show(call.principal, flavor)
        return {"extra_specs": dict(found.specs)}


class LegacyKeypairs:
    """1.9."""

    def __init__(self, compute: Compute) -> None:
        self._keypairs = compute.keypairs

    @route("GET", "/os-keypairs")
    async def index(self, call: Call) -> dict[str, Any]:
        found = await self._keypairs.all(call.principal.user)
        return {"keypairs": [{"keypair": views.keypair_brief(keypair)} for keypair in found]}

    @route("POST", "/os-keypairs", body=schemas.CreateKeypair, status=201)
    async def create(self, call: Call) -> dict[str, Any]:
        asked = call.body.keypair
        made = await self._keypairs.create(call.principal.user, asked.name, asked.public_key)
        view = views.keypair_brief(made)
        if made.private_key is not None:
            view["private_key"] = made.private_key
        return {"keypair": view}

    @route("GET", "/os-keypairs/<name>")
    async def show(self, call: Call, name: str) -> dict[str, Any]:
        return {"keypair": views.keypair(await self._keypairs.show(call.principal.user, name))}

    @route("DELETE", "/os-keypairs/<name>", status=204)
    async def delete(self, call: Call, name: str) -> None:
        await self._keypairs.delete(call.principal.user, name)


class LegacyExtensions:
    """There are none (1.11)."""

    @route("GET", "/extensions")
    async def index(self, call: Call) -> dict[str, Any]:
        return {"extensions": []}

    @route("GET", "/extensions/<alias>")
    async def show(self, call: Call, alias: str) -> dict[str, Any]:
        raise NotFound("Extension not found.")


MEDIA = {
    "media_types": [
        {"base": "application/json", "type": "application/vnd.openstack.compute.v2+json"}
    ]
}
_DESCRIBED = (
    ("application/pdf", "os-compute-devguide.pdf"),
    ("application/vnd.sun.wadl+xml", "wadl/os-compute-2.wadl"),
)


class LegacyVersion:
    """The version document of v2.0; no token is needed."""

    @route("GET", "/", auth=False)
    async def show(self, call: Call) -> dict[str, Any]:
        described = [
            {"rel": "describedby", "type": kind, "href": f"{call.url}/{name}"}
            for kind, name in _DESCRIBED
        ]
        shown = version(call.url)
        return {"version": {**shown, "links": [*shown["links"], *described], **MEDIA}}


def version(url: str) -> dict[str, Any]:
    return {
        "id": "v2.0",
        "status": "SUPPORTED",
        "version": "",
        "min_version": "",
        "updated": "2011-01-21T11:33:21Z",
        "links": [{"rel": "self", "href": url.rstrip("/") + "/"}],
    }
