"""Keypairs, and which versions there are, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Compute, Keypair
from synnefod.resources.compute.legacy.others import version as legacy_version
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import LEAST, MOST, shown, version
from synnefod.resources.compute.reading import integer
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas


def _admin(principal: Principal) -> None:
    if not principal.is_admin:
        raise Forbidden("Policy doesn't allow this to be performed.")


class NovaKeypairs:
    """SSH keys; below 2.2 with the older status codes."""

    def __init__(self, compute: Compute) -> None:
        self._keypairs = compute.keypairs

    def _user(self, call: Call, named: str | None = None) -> UserId:
        """From 2.10 on an administrator may name another user."""
        named = named if version(call) >= (2, 10) else None
        if named is None or named == call.principal.user:
            return call.principal.user
        _admin(call.principal)
        return UserId(named)

    @route("GET", "/os-keypairs")
    async def index(self, call: Call) -> dict[str, Any]:
        number = version(call)
        found = list(await self._keypairs.all(self._user(call, call.query.one("user_id"))))
        if number >= (2, 35):
            found = _page(call, found)
        return {"keypairs": [{"keypair": views.keypair_brief(k, number)} for k in found]}

    @route("POST", "/os-keypairs", body=schemas.CreateKeypair)
    async def create(self, call: Call) -> Reply:
        number = version(call)
        asked: schemas.NewKeypair = call.body.keypair
        if asked.type != "ssh":
            raise Malformed("Only key pairs of type ssh are offered.")
        user = self._user(call, asked.user_id)
        made = await self._keypairs.create(user, asked.name, asked.public_key)
        view: dict[str, Any] = {**views.keypair_brief(made, number), "user_id": user}
        if made.private_key is not None:
            view["private_key"] = made.private_key
        return Reply({"keypair": view}, status=201 if number >= (2, 2) else 200)

    @route("GET", "/os-keypairs/<name>")
    async def show(self, call: Call, name: str) -> dict[str, Any]:
        found = await self._keypairs.show(self._user(call, call.query.one("user_id")), name)
        return {"keypair": views.keypair(found, version(call))}

    @route("DELETE", "/os-keypairs/<name>")
    async def delete(self, call: Call, name: str) -> Reply:
        await self._keypairs.delete(self._user(call, call.query.one("user_id")), name)
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
