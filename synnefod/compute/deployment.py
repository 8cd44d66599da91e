"""What the deployment of a new server's image asks and tells, on the node that it runs on.

It knows one secret address of each kind, given in the one-time document; both are forgotten when
the building has ended.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from synnefod.cluster.interface import ProgressEvent
from synnefod.common.errors import NotFound
from synnefod.common.ids import ServerId, UserId, is_uuid
from synnefod.common.jsonio import dump
from synnefod.common.principal import Principal
from synnefod.compute.records import secrets
from synnefod.compute.rooms import Rooms
from synnefod.images.interface import Image, Opened
from synnefod.protocols.eventd import Progress, decode
from synnefod.store.interface import Tx

DEPLOYMENT = "deployment"
"""The kind of secret; what is sealed is the image's owner and id, or "" for none."""
_SECOND = 1_000_000


class DeploymentService:
    """interface.Deployment. `feed` is the keeper's."""

    def __init__(self, rooms: Rooms, feed: Callable[[ProgressEvent], Awaitable[None]]) -> None:
        self._rooms = rooms
        self._feed = feed

    async def image(self, uuid: str) -> tuple[Image, Opened]:
        owner, _, image = (await self._known(uuid))[1].partition(" ")
        if not image:
            raise NotFound("No such image.")
        # Its data is its owner's, whoever may use the image.
        return await self._rooms.images.open(Principal(UserId(owner), "", None), image)

    async def tell(self, uuid: str, body: Mapping[str, Any]) -> None:
        server, _ = await self._known(uuid)
        name, now = self._rooms.instance(server), self._rooms.now()
        pair = divmod(now, _SECOND)
        message = decode(dump({**body, "instance": name, "event_time": pair, "cluster": ""}))
        if not isinstance(message, Progress):
            raise NotFound("No such message.")
        await self._feed(ProgressEvent("", name, message.kind, now, message.body))

    async def _known(self, uuid: str) -> tuple[ServerId, str]:
        now = self._rooms.now()

        async def body(tx: Tx) -> tuple[int, str] | None:
            return await secrets.find(tx, uuid, DEPLOYMENT, now)

        found = None
        if is_uuid(uuid):
            found = await self._rooms.store.read("deployment", body)
        if found is None:
            raise NotFound("No such deployment.")
        return ServerId(found[0]), self._rooms.vault.open(found[1])
