"""The network service behind its doors, on SQLite in memory; tokens are people's names."""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import Nic
from synnefod.common.errors import Unauthenticated
from synnefod.common.ids import ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.network.interface import NewNetwork, NewSubnet
from synnefod.projects.interface import Usage, Usages
from synnefod.quota.interface import DISK, FLOATING_IP, PRIVATE_NETWORK
from synnefod.resources.network.mounts import network_mounts
from synnefod.resources.root import tree
from tests.harness.cloud import done
from tests.harness.database import memory_store
from tests.harness.web import Answer, WebClient
from tests.unit.network.house import START, V4, V6, ann, bob, nic, root, service

PEOPLE = {"ann": ann, "bob": bob, "root": root}
GIB = 1024**3


class ByName:
    """Tokens are names."""

    async def authenticate(self, token: str) -> Principal:
        if token not in PEOPLE:
            raise Unauthenticated("Invalid token")
        return PEOPLE[token]


class PaperProjects:
    """The same quotas for everybody."""

    quota = {
        PRIVATE_NETWORK: Usage(4, 3, 1, 40, 5, 1),
        FLOATING_IP: Usage(2, 0, 0, 20, 0, 0),
        DISK: Usage(40 * GIB, 3 * GIB, GIB, 400 * GIB, 3 * GIB, GIB),
    }

    async def quotas(
        self, *, users: Collection[UserId], projects: Collection[ProjectId]
    ) -> dict[UserId, Usages]:
        return {user: {project: self.quota for project in projects} for user in users}

    async def project_quotas(
        self, *, projects: Collection[ProjectId], origins: Collection[str]
    ) -> Usages:
        whole = {
            name: Usage(None, None, None, u.project_limit, u.project_usage, u.project_pending)
            for name, u in self.quota.items()
        }
        return {project: whole for project in projects}


class NetworkCloud(SynchronousTestCase):
    """A public network with both versions, a private one of Bob's, a server of Ann's."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.store = memory_store(self, self.clock)
        self.restart(service(self.store, self.clock))
        self.public = self.make(NewNetwork("public", public=True, subnets=(V4, V6)))
        self.theirs = self.make(
            NewNetwork("theirs", owner=bob.user, subnets=(NewSubnet("10.1.0.0/24"),))
        )
        self.port = self.claim(7)

    def restart(self, network: Any) -> None:
        """The doors before this service."""
        self.network = network
        paper: Any = PaperProjects()
        mounts = network_mounts(network, paper, paper, paper, ByName(), self.clock)
        self.web = WebClient(tree(mounts), clock=self.clock, token="ann")

    def make(self, new: NewNetwork) -> Any:
        return done(self.network.create_network(new))

    def do(self, work: Any) -> Any:
        async def body(tx: Any) -> Any:
            result: Awaitable[Any] = work(tx)
            return await result

        return done(self.store.transact("test", body))

    def claim(self, number: int, who: Principal = ann, requests: Sequence[Any] = ()) -> Any:
        return self.do(lambda tx: self.network.claim_ports(tx, who, ServerId(number), requests))[0]

    def see(self, port: Any, mac: str = "aa:00:12:34:56:78") -> Nic:
        found = nic(port, mac)
        self.do(lambda tx: self.network.see_nics(tx, {port.server: [found]}))
        return found

    def ask(self, path: str, status: int = 200, **more: Any) -> Any:
        answer: Answer = self.web.get(path, **more)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None
