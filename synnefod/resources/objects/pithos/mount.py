"""The Pithos mount: one catch-all route, since names are taken from the URL as sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from attrs import evolve

from synnefod.common.errors import Malformed, Unauthenticated
from synnefod.common.text import encode_path
from synnefod.identity.interface import Identity
from synnefod.objects.interface import Unchanged
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.faults import NoToken, TokenRefused, WrongMethod
from synnefod.resources.objects.headers import PithosHeaders, one_line
from synnefod.resources.objects.paths import pithos_location
from synnefod.resources.objects.pithos import (
    accounts,
    containers,
    copies,
    reading,
    updates,
    writing,
)
from synnefod.resources.objects.pithos.asking import Ask, Settings, reply
from synnefod.resources.objects.pithos.names import Names
from synnefod.resources.rules import obey

Handler = Callable[[Ask], Awaitable[Reply]]
METHODS = "HEAD GET PUT POST DELETE COPY MOVE PATCH OPTIONS TRACE CONNECT"


async def _put_object(ask: Ask) -> Reply:
    if "X-Move-From" in ask.headers or "X-Copy-From" in ask.headers:
        return await copies.put(ask)
    return await writing.put(ask)


async def _post_object(ask: Ask) -> Reply:
    octets = ask.headers.get("Content-Type") == "application/octet-stream"
    if octets or "X-Source-Object" in ask.headers:
        return await updates.update(ask)
    return await writing.update(ask)


LEVELS: Mapping[str, Mapping[str, Handler]] = {
    "top": {"GET": accounts.sharing_with_me},
    "account": {"HEAD": accounts.show, "POST": accounts.update, "GET": accounts.containers},
    "container": {
        "HEAD": containers.show,
        "PUT": containers.create,
        "POST": containers.update,
        "DELETE": containers.delete,
        "GET": containers.objects,
    },
    "object": {
        "HEAD": reading.show,
        "GET": reading.read,
        "PUT": _put_object,
        "COPY": copies.copy,
        "MOVE": copies.move,
        "POST": _post_object,
        "DELETE": writing.delete,
    },
}
"""What each level knows, in the order in which `Allow` names it (PIT-006)."""


class PithosStore:
    """The noun of `/pithos/object-store/v1`. `identity` is asked by the top level alone, which
    also serves those without a token (PIT-004)."""

    def __init__(self, settings: Settings, identity: Identity) -> None:
        self._settings = settings
        self._identity = identity
        self._names = Names(identity) if settings.by_name else None

    @route(METHODS, "/", auth=False)
    async def top(self, call: Call) -> Reply:
        if call.method == "GET" and not call.token:
            return _dummy_auth(call)
        if not call.token:
            raise NoToken
        try:
            principal = await self._identity.authenticate(call.token)
        except Unauthenticated as error:
            raise TokenRefused(error.message) from None
        obey(principal, "object-store", call.method, call.mount, call.path)
        return await self._serve(evolve(call, principal=principal))

    @route(METHODS, "/<path:rest>")
    async def below(self, call: Call, rest: str) -> Reply:
        return await self._serve(call)

    async def _serve(self, call: Call) -> Reply:
        at = pithos_location(call.raw_path)
        handlers = LEVELS[at.level]
        if call.method not in handlers:
            raise WrongMethod(list(handlers))
        headers = PithosHeaders(call.headers.items())
        if self._names is not None:
            at, headers = await self._names.place(at), await self._names.headers(headers)
        ask = Ask(call, at, headers, self._settings, self._names)
        return await answer(ask, handlers[call.method])


async def answer(ask: Ask, handler: Handler) -> Reply:
    try:
        return await handler(ask)
    except Unchanged as unchanged:
        tag = unchanged.checksum if ask.settings.etag_md5 else unchanged.etag
        return Reply(status=304, headers={"ETag": tag} if tag else {})


def _dummy_auth(call: Call) -> Reply:
    """PIT-004: hands the key back as the token. Raises Malformed when one of both is missing."""
    user, key = call.headers.get("X-Auth-User"), call.headers.get("X-Auth-Key")
    if not user or not key:
        raise Malformed("Missing X-Auth-User or X-Auth-Key header")
    url = f"{call.url}/{encode_path(user)}"
    return reply(204, {"X-Auth-Token": one_line(key), "X-Storage-Url": url})
