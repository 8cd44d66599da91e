"""Flavors, keypairs, and what tells of the deployment, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Compute, Flavor, FlavorNotFound, Keypair
from synnefod.resources.compute.legacy.others import version as legacy_version
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import LEAST, MOST, shown, version
from synnefod.resources.compute.reading import integer
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas


def _admin(principal: Principal) -> None:
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
        _admin(call.principal)
        asked: schemas.NewFlavor = call.body.flavor
        existing = await self._flavors.all()
        kinds = sorted({flavor.volume_type for flavor in existing})
        made = await self._flavors.create(
            asked.vcpus,
            asked.ram,
            asked.disk,
            kinds[0] if kinds else 1,
            public=asked.public,
            alias=asked.name,
        )
        return {"flavor": views.flavor(made, call.url, version(call))}

    @route("DELETE", "/flavors/<flavor>", status=202)
    async def delete(self, call: Call, flavor: str) -> None:
        _admin(call.principal)
        await self._flavors.modify((await self._one(call, flavor)).id, deleted=True)

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
        _admin(call.principal)
        found = await self._one(call, flavor)
        if found.public:
            raise NotFound("Access list not available for public flavors.")
        rows = [{"flavor_id": str(found.id), "tenant_id": p} for p in found.projects]
        return {"flavor_access": rows}


class NovaKeypairs:
    """SSH keys; below 2.2 with the older status codes."""

    def __init__(self, compute: Compute) -> None:
        self._keypairs = compute.keypairs

    def _user(self, call: Call) -> UserId:
        """From 2.10 on an administrator may name another user."""
        named = call.query.one("user_id")
        if named is None or named == call.principal.user:
            return call.principal.user
        _admin(call.principal)
        return UserId(named)

    @route("GET", "/os-keypairs")
    async def index(self, call: Call) -> dict[str, Any]:
        number = version(call)
        found = list(await self._keypairs.all(self._user(call)))
        if number >= (2, 35):
            found = _page(call, found)
        return {"keypairs": [{"keypair": views.keypair_brief(k, number)} for k in found]}

    @route("POST", "/os-keypairs", body=schemas.CreateKeypair)
    async def create(self, call: Call) -> Reply:
        number = version(call)
        asked: schemas.NewKeypair = call.body.keypair
        if asked.type != "ssh":
            raise Malformed("Only key pairs of type ssh are offered.")
        user = call.principal.user
        made = await self._keypairs.create(user, asked.name, asked.public_key)
        view: dict[str, Any] = {**views.keypair_brief(made, number), "user_id": user}
        if made.private_key is not None:
            view["private_key"] = made.private_key
        return Reply({"keypair": view}, status=201 if number >= (2, 2) else 200)

    @route("GET", "/os-keypairs/<name>")
    async def show(self, call: Call, name: str) -> dict[str, Any]:
        found = await self._keypairs.show(self._user(call), name)
        return {"keypair": views.keypair(found, version(call))}

    @route("DELETE", "/os-keypairs/<name>")
    async def delete(self, call: Call, name: str) -> Reply:
        await self._keypairs.delete(self._user(call), name)
        return Reply(None, status=204 if version(call) >= (2, 2) else 202)


def _page(call: Call, found: list[Keypair]) -> list[Keypair]:
    marker, limit = call.query.one("marker"), call.query.one("limit")
    if marker is not None:
        if all(keypair.name != marker for keypair in found):
            raise Malformed(f"marker [{marker[:64]}] not found")
        found = [keypair for keypair in found if keypair.name > marker]
    return found if limit is None else found[: integer(limit, "limit")]


class NovaVersion:
    """The version document; no token is needed (CMP-401)."""

    @route("GET", "/", auth=False)
    async def show(self, call: Call) -> dict[str, Any]:
        return {"version": {**document(call.url), "media-types": MEDIA_TYPES}}


MEDIA_TYPES = [{"base": "application/json", "type": "application/vnd.openstack.compute.v2.1+json"}]


def document(url: str) -> dict[str, Any]:
    return {
        "id": "v2.1",
        "status": "CURRENT",
        "version": shown(MOST),
        "min_version": shown(LEAST),
        "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": url.rstrip("/") + "/"}],
    }


class ComputeVersions:
    """`/cyclades/compute`: which dialects there are (CMP-400)."""

    def __init__(self, legacy: str, nova: str) -> None:
        """`legacy` and `nova`: the paths of the mounts of the two dialects."""
        self._legacy = legacy
        self._nova = nova

    @route("GET", "/", auth=False)
    async def index(self, call: Call) -> dict[str, Any]:
        return {
            "versions": [
                legacy_version(call.base + self._legacy),
                document(call.base + self._nova),
            ]
        }
