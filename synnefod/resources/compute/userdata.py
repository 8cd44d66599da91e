"""SSH keys as Synnefo's web pages keep them: `/cyclades/userdata/keys` (1.9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from msgspec import Struct

from synnefod.common.errors import AlreadyExists, Malformed, Refusal, Unauthenticated
from synnefod.compute.interface import (
    BadKey,
    BadKeyName,
    Compute,
    Keypair,
    NoMoreKeys,
    TooManyItems,
)
from synnefod.resources.call import Headers
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.forms import parse_form

_FORM_LIMIT = 64 << 10


class UserKey(Struct):
    """A key as the pages send it."""

    name: str = ""
    content: str = ""


class UserKeys:
    """Numbered, where compute's own are named."""

    def __init__(self, compute: Compute) -> None:
        self._keys = compute.keypairs

    @route("GET", "/keys")
    async def index(self, call: Call) -> list[dict[str, Any]]:
        found = await self._keys.all(call.principal.user)
        return [_shown(call, key) for key in sorted(found, key=lambda key: key.id)]

    @route("POST", "/keys", body=UserKey)
    async def create(self, call: Call) -> dict[str, Any]:
        asked: UserKey = call.body
        return _shown(call, await self._keys.create(call.principal.user, asked.name, asked.content))

    @route("GET", "/keys/<int:number>")
    async def show(self, call: Call, number: int) -> dict[str, Any]:
        return _shown(call, await self._keys.numbered(call.principal.user, number))

    @route("PUT", "/keys/<int:number>", body=UserKey)
    async def change(self, call: Call, number: int) -> dict[str, Any]:
        user, asked = call.principal.user, call.body
        return _shown(call, await self._keys.change(user, number, asked.name, asked.content))

    @route("DELETE", "/keys/<int:number>")
    async def delete(self, call: Call, number: int) -> Reply:
        found = await self._keys.numbered(call.principal.user, number)
        await self._keys.delete(call.principal.user, found.name)
        return Reply('""', content_type="application/json")

    @route("POST", "/keys/generate")
    async def generate(self, call: Call) -> dict[str, Any]:
        public, private = await self._keys.generate(call.principal.user)
        return {"private": private, "public": public}

    @route("POST", "/keys/download")
    async def download(self, call: Call) -> Reply:
        """The browser's own data back, as a file to be kept."""
        form = parse_form(await call.stream.read_all(_FORM_LIMIT))
        data, name = form.get("data", ""), form.get("name") or "key"
        if not data:
            raise Malformed("There is nothing to download.")
        named = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return Reply(
            data,
            content_type="application/x-pem-key",
            headers={"Content-Disposition": named, "X-Content-Type-Options": "nosniff"},
        )


def said(headers: Headers, error: Refusal, reply: Reply) -> Reply:
    """How the pages want to be told (CMP-228)."""
    if isinstance(error, Unauthenticated):
        return Reply(status=401)
    if isinstance(error, BadKeyName):
        return _errors("name", error)
    if isinstance(error, BadKey):
        return _errors("content", error)
    if isinstance(error, NoMoreKeys):
        return Reply(error.message, status=403, content_type="text/plain; charset=UTF-8")
    if isinstance(error, AlreadyExists | TooManyItems):
        return _errors("__all__", error)
    return reply


def _errors(field: str, error: Refusal) -> Reply:
    return Reply({"errors": {field: [error.message]}, "non_field_key": "__all__"}, status=422)


def _shown(call: Call, key: Keypair) -> dict[str, Any]:
    return {
        "uri": f"{call.mount}/keys/{key.id}",
        "id": key.id,
        "name": key.name,
        "content": key.content,
        "fingerprint": key.fingerprint,
    }
