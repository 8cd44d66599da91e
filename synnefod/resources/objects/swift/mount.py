"""The Swift mount: one catch-all route, since names are taken from the URL as sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from attrs import evolve

from synnefod.common.errors import Forbidden
from synnefod.common.principal import Principal
from synnefod.objects.interface import ConditionFailed, Unchanged, asker
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.faults import NoToken, Row, WrongMethod, register
from synnefod.resources.objects.formats import NotAcceptable
from synnefod.resources.objects.headers import SwiftHeaders
from synnefod.resources.objects.paths import swift_location
from synnefod.resources.objects.swift import (
    accounts,
    acting,
    bulk,
    containers,
    copies,
    cors,
    extracting,
    formpost,
    large,
    reading,
    tempurl,
    web,
    writing,
)
from synnefod.resources.objects.swift.asking import Ask, Settings, refused

Handler = Callable[[Ask], Awaitable[Reply]]
METHODS = "HEAD GET PUT POST DELETE COPY PATCH OPTIONS TRACE CONNECT"
register(NotAcceptable, Row(406, "notAcceptable", "notAcceptable"))


async def _put_object(ask: Ask) -> Reply:
    if "X-Copy-From" in ask.headers:
        return await copies.put(ask)
    if ask.text("multipart-manifest") == "put":
        return await large.put(ask)
    return await writing.put(ask)


async def _delete_object(ask: Ask) -> Reply:
    if ask.text("multipart-manifest") == "delete":
        answer = await large.delete(ask)
        if answer is not None:
            return answer
    return await writing.delete(ask)


LEVELS: Mapping[str, Mapping[str, Handler]] = {
    "account": {"GET": accounts.containers, "HEAD": accounts.show, "POST": accounts.update},
    "container": {
        "GET": containers.objects,
        "HEAD": containers.show,
        "PUT": containers.create,
        "POST": containers.update,
        "DELETE": containers.delete,
    },
    "object": {
        "GET": reading.read,
        "HEAD": reading.show,
        "PUT": _put_object,
        "POST": writing.update,
        "DELETE": _delete_object,
        "COPY": copies.copy,
    },
}


def _asking(ask: Ask) -> Principal:
    """Who asks, and from which page (5.7)."""
    referrer = ask.headers.get("Referer")
    if not referrer:
        return ask.call.principal
    try:
        host = urlsplit(referrer).hostname
    except ValueError:
        host = None
    return asker(ask.call.principal, referrer=host) if host else ask.call.principal


class SwiftStore:
    """The noun of `/swift/v1`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @route(METHODS, "/", auth=None)
    async def top(self, call: Call) -> Reply:
        return await self._serve(call)

    @route(METHODS, "/<path:rest>", auth=None)
    async def below(self, call: Call, rest: str) -> Reply:
        return await self._serve(call)

    async def _serve(self, call: Call) -> Reply:
        try:
            return await self._answer(call)
        except Forbidden:
            if call.principal.user:
                raise
            # Nobody may see what is somebody's: who asks must say who he is (5.1).
            raise NoToken() from None

    async def _answer(self, call: Call) -> Reply:
        at = swift_location(call.raw_path)
        ask = Ask(call, at, SwiftHeaders(call.headers.items()), self._settings)
        handlers = LEVELS[at.level]
        if call.method == "OPTIONS":
            return await cors.preflight(ask, list(handlers))
        if tempurl.is_asked(ask):
            opened = await tempurl.opened(ask)
            ask = evolve(ask, principal=opened.principal)
            return await cors.shared(ask, tempurl.dressed(ask, opened, await self._act(ask)))
        if formpost.is_asked(ask):
            return await cors.shared(ask, await formpost.post(ask))
        ask = await acting.acting(evolve(ask, principal=_asking(ask)))
        return await cors.shared(ask, acting.withheld(ask, await self._act(ask)))

    async def _act(self, ask: Ask) -> Reply:
        call = ask.call
        if "bulk-delete" in call.query and call.method in ("POST", "DELETE"):
            if not ask.principal.user:
                raise NoToken()
            return await bulk.delete(ask)
        if "extract-archive" in call.query and call.method == "PUT":
            if not ask.principal.user:
                raise NoToken()
            return await extracting.put(ask)
        handlers = LEVELS[ask.at.level]
        if call.method not in handlers:
            raise WrongMethod(list(handlers))
        handler = handlers[call.method]
        rules = await web.site(ask)
        try:
            if rules is not None:
                return await web.show(ask, rules, handler, LEVELS["object"][call.method])
            return await handler(ask)
        except (Unchanged, ConditionFailed) as error:
            if call.method not in ("GET", "HEAD"):
                raise
            return refused(error)
