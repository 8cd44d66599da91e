"""The compute mounts over a house, asked in memory by people whose token is their name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.defer import Deferred

from synnefod.common.errors import Unauthenticated
from synnefod.common.principal import Principal
from synnefod.resources.compute.mounts import mounts
from synnefod.resources.root import tree
from tests.harness.web import Answer, WebClient
from tests.unit.compute.house import ALICE, MALLORY, ROOT, HouseCase

PEOPLE = {"alice": ALICE, "mallory": MALLORY, "root": ROOT}
LEGACY = "/cyclades/compute/v2.0"
NOVA = "/cyclades/compute/v2.1"


PAPER: Any = SimpleNamespace(groups=None)
"""The network service, of which nothing is asked but what its ports have."""


class ByName:
    """Tokens are names."""

    async def authenticate(self, token: str) -> Principal:
        if token not in PEOPLE:
            raise Unauthenticated("Invalid token")
        return PEOPLE[token]


class SiteCase(HouseCase):
    """`ask` sends a request as alice and gives the whole answer."""

    async def build(self) -> None:
        from twisted.internet import reactor

        await super().build()
        compute = self.house.parts.compute
        images = self.house.images
        found = mounts(compute, reactor, ByName(), PAPER, PAPER, PAPER, images=images)  # type: ignore[arg-type]
        self.root = tree(found)
        self.web = WebClient(self.root)

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> Deferred[Answer]:
        more.setdefault("token", "alice")
        return self.web.send(method, path, json=json, **more)

    async def make(self, **more: Any) -> str:
        """A server by the OpenStack dialect; its id."""
        from tests.unit.compute.neighbours import an_image

        body = {"name": "a1", "imageRef": an_image().id, "flavorRef": "1", "networks": "auto"}
        answer = await self.ask("POST", NOVA + "/servers", {"server": {**body, **more}})
        assert answer.status == 202, answer.text
        return str(answer.json()["server"]["id"])
