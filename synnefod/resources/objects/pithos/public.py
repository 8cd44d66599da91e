"""Published objects, for anybody who has the link (PIT-219 to PIT-222)."""

from __future__ import annotations

from synnefod.objects.interface import NoSuchObject, Unchanged
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.faults import WrongMethod
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import PithosHeaders
from synnefod.resources.objects.manifests import resolved
from synnefod.resources.objects.paths import Location
from synnefod.resources.objects.pithos.asking import Ask, Settings
from synnefod.resources.objects.pithos.mount import METHODS
from synnefod.resources.objects.pithos.reading import data_reply, public_headers

MAX_TOKEN = 256


class PublicLinks:
    """The noun of `/pithos/public`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @route(METHODS, "/<path:token>", auth=False)
    async def serve(self, call: Call, token: str) -> Reply:
        if call.method not in ("HEAD", "GET"):
            raise WrongMethod(["HEAD", "GET"])
        token = token.removesuffix("/")
        if not token or len(token) > MAX_TOKEN or not token.isascii():
            raise NoSuchObject
        ask = Ask(call, Location(), PithosHeaders(call.headers.items()), self._settings)
        try:
            opened = await self._settings.objects.open_public(
                token, conditions=conditions.all_of(ask.headers.get)
            )
        except Unchanged as unchanged:
            tag = unchanged.checksum if self._settings.etag_md5 else unchanged.etag
            return Reply(status=304, headers={"ETag": tag})
        opened = await resolved(
            self._settings.objects, call.principal, opened, md5_etag=self._settings.etag_md5
        )
        found = opened.object
        headers = public_headers(ask, found)
        if call.method == "GET":
            return await data_reply(ask, opened, headers)
        return Reply(
            headers=headers,
            content_type=found.content_type,
            length=found.size,
        )
