"""Published objects, for anybody who has the link (PIT-219 to PIT-222, UI-214)."""

from __future__ import annotations

from synnefod.common.errors import Forbidden
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
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
        elsewhere = self._elsewhere(call)
        if elsewhere is not None:
            return elsewhere
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
        # Parts with the rights of who wrote the manifest: a guest who may write it publishes
        # nothing that he cannot read himself.
        writer = Principal(UserId(opened.object.modified_by), "", None)
        opened = await resolved(
            self._settings.objects, writer, opened, md5_etag=self._settings.etag_md5
        )
        found = opened.object
        headers = public_headers(ask, found)
        if call.method == "GET":
            limited = found.link_terms.most is not None
            if limited:
                await self._settings.objects.take_public(token)
            # Parts of a download cannot be counted as one, so a counted one is always whole.
            return await data_reply(ask, opened, headers, whole=limited)
        return Reply(
            headers=headers,
            content_type=found.content_type,
            length=found.size,
        )

    def _elsewhere(self, call: Call) -> Reply | None:
        """PIT-221: foreign content is served under a host of its own, if there is one."""
        scheme, _, host = call.base.partition("://")
        wanted = self._settings.public_host
        if not wanted or host == wanted:
            return None
        if call.method not in ("HEAD", "GET"):
            raise Forbidden("Published objects are served under another name.")
        query = f"?{call.raw_query.decode('ascii', 'replace')}" if call.raw_query else ""
        path = f"{call.mount}{call.raw_path.decode('ascii', 'replace')}{query}"
        return Reply(status=302, headers={"Location": f"{scheme}://{wanted}{path}"})
