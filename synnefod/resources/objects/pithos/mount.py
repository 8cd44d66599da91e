"""The Pithos mount: one catch-all route, since names are taken from the URL as sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from synnefod.common.errors import Malformed
from synnefod.objects.interface import Unchanged
from synnefod.resources.call import NOBODY, Call, Reply
from synnefod.resources.door import route
from synnefod.resources.faults import NoToken, WrongMethod
from synnefod.resources.objects.headers import PithosHeaders
from synnefod.resources.objects.paths import pithos_location
from synnefod.resources.objects.pithos import accounts, containers, copies, reading, writing
from synnefod.resources.objects.pithos.asking import NEVER_CACHE, Ask, Settings, reply

Handler = Callable[[Ask], Awaitable[Reply]]
METHODS = "HEAD GET PUT POST DELETE COPY MOVE PATCH OPTIONS TRACE CONNECT"


async def _put_object(ask: Ask) -> Reply:
    if "X-Move-From" in ask.headers or "X-Copy-From" in ask.headers:
        return await copies.put(ask)
    return await writing.put(ask)


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
        "POST": writing.update,
        "DELETE": writing.delete,
    },
}
"""What each level knows, in the order in which `Allow` names it (PIT-006)."""


class PithosStore:
    """The noun of `/pithos/object-store/v1`; authenticates by itself, for the sake of PIT-004."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @route(METHODS, "/", auth=False)
    async def top(self, call: Call) -> Reply:
        return await self._serve(call)

    @route(METHODS, "/<path:rest>", auth=False)
    async def below(self, call: Call, rest: str) -> Reply:
        return await self._serve(call)

    async def _serve(self, call: Call) -> Reply:
        headers = PithosHeaders(call.headers.items())
        at = pithos_location(call.raw_path)
        handlers = LEVELS[at.level]
        if call.method not in handlers:
            raise WrongMethod(list(handlers))
        if call.principal is NOBODY:
            if at.level == "top":
                return _dummy_auth(call, headers)
            raise NoToken
        return await _answer(Ask(call, at, headers, self._settings), handlers[call.method])


async def _answer(ask: Ask, handler: Handler) -> Reply:
    try:
        return await handler(ask)
    except Unchanged as unchanged:
        tag = unchanged.checksum if ask.settings.etag_md5 else unchanged.etag
        return Reply(status=304, headers={**NEVER_CACHE, **({"ETag": tag} if tag else {})})


def _dummy_auth(call: Call, headers: PithosHeaders) -> Reply:
    """PIT-004: hands the key back as the token. Raises Malformed when one of both is missing."""
    user, key = headers.get("X-Auth-User"), headers.get("X-Auth-Key")
    if not user or not key:
        raise Malformed("Missing X-Auth-User or X-Auth-Key header")
    return reply(204, {"X-Auth-Token": key, "X-Storage-Url": f"{call.url}/{user}"})
