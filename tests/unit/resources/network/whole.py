"""A whole cloud in memory, asked over HTTP: all services, all doors, one simulated cluster."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.background import Background
from synnefod.assembly.doors import consoles, mounts
from synnefod.cluster.poller import Poller
from synnefod.resources.root import tree
from tests.harness.web import WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"
NETWORK = "/cyclades/network/v2.0"
NEUTRON = "/cyclades/networking/v2.0"
COMPUTE = "/cyclades/compute/v2.0"
NOVA = "/cyclades/compute/v2.1"


class WholeCase(SynchronousTestCase):
    """`demo` and `admin` have tokens; one cluster, whose jobs are followed by asking for them.

    `sections` are settings that are not the usual ones.
    """

    sections: dict[str, Any] = {}

    def setUp(self) -> None:
        self.cloud = Deployment(self, **self.sections)
        self.house, self.clock = self.cloud.house, self.cloud.site.clock
        backend = self.cloud.add_cluster()["id"]
        self.cloud.ask("backend-modify", backend=backend, drained=False)
        self.knobs = self.cloud.site.cluster().knobs
        self._follow_jobs()
        config = self.cloud.config
        found = mounts(config, self.house, self.clock, consoles(config, self.house, self.clock))
        self.web = WebClient(tree(found), clock=self.clock, pump=lambda: self.cloud.site.wait(0.05))
        self.demo, self.admin = self.token(DEMO), self.token(ADMIN)
        self.web.token = self.demo

    def _follow_jobs(self) -> None:
        """As the dispatcher's role does."""
        ear = Background(self.cloud.config, self.clock, self.cloud.supports, self.house)
        poller = Poller(
            self.clock,
            ear._open_jobs,
            self.house.backends.cluster,
            partial(ear.hear, source="poll"),
            ear._vanished,
            busy=0.5,
            idle=0.5,
        )
        keeper = self.house.compute.keeper
        keeper.follow(poller.soon)
        poller.begin()
        self.now(keeper.begin())
        self.addCleanup(lambda: self.now(keeper.stop()))
        self.addCleanup(lambda: self.now(poller.stop()))

    def token(self, email: str) -> str:
        user = self.now(self.house.identity.users.find(email))
        token, _ = self.now(self.house.identity.tokens.issue_api(user.id))
        return str(token)

    def person(self, email: str) -> str:
        """A new user's token."""
        self.cloud.call(
            "user-add",
            {"email": email, "first": "A", "last": "B", "accept": True},
        )
        return self.token(email)

    def now(self, work: Any) -> Any:
        return self.cloud.now(work)

    def wait(self, seconds: float = 15.0) -> None:
        """Jobs run to their end and are heard of."""
        self.cloud.site.wait(seconds, 0.25)

    def send(self, method: str, path: str, body: Any = None, status: int = 200, **more: Any) -> Any:
        options = {} if body is None else {"json": body}
        answer = self.web.request(method, path, **options, **more)
        self.assertEqual(answer.status, status, f"{method} {path} {body}: {answer.text}")
        return answer.json() if answer.body and status != 304 else None

    def get(self, path: str, status: int = 200, **more: Any) -> Any:
        return self.send("GET", path, None, status, **more)

    def post(self, path: str, body: Any, status: int = 201, **more: Any) -> Any:
        return self.send("POST", path, body, status, **more)

    def put(self, path: str, body: Any, status: int = 200, **more: Any) -> Any:
        return self.send("PUT", path, body, status, **more)

    def delete(self, path: str, status: int = 204, **more: Any) -> Any:
        return self.send("DELETE", path, None, status, **more)

    # -- what many tests need

    def a_server(
        self, networks: Any = None, *, status: int = 202, wait: bool = True, **more: Any
    ) -> Any:
        """A server by the legacy dialect; ready, if it was accepted."""
        image = self.get("/cyclades/compute/v2.0/images", token=self.admin)["images"][0]["id"]
        wanted = {"name": "a1", "imageRef": image, "flavorRef": 1, "metadata": {}} | more
        if networks is not None:
            wanted["networks"] = networks
        answer = self.post(f"{COMPUTE}/servers", {"server": wanted}, status)
        if status != 202 or not wait:
            return answer.get("server", answer)
        self.wait(30)
        shown = self.server(answer["server"]["id"])
        self.assertEqual(shown["status"], "ACTIVE", shown)
        return shown

    def server(self, number: int) -> Any:
        return self.get(f"{COMPUTE}/servers/{number}")["server"]

    def a_network(self, cidr: str = "10.7.0.0/24", **more: Any) -> Any:
        """A private network with one subnet, by the legacy dialect."""
        wish = {"type": "MAC_FILTERED", "name": "backnet"} | more
        made = self.post(f"{NETWORK}/networks", {"network": wish})["network"]
        wanted = {"network_id": made["id"], "cidr": cidr}
        self.post(f"{NETWORK}/subnets", {"subnet": wanted})
        return made

    def a_port(self, network: str, status: int = 201, **more: Any) -> Any:
        answer = self.post(f"{NETWORK}/ports", {"port": {"network_id": network, **more}}, status)
        return answer["port"] if status == 201 else answer

    def a_floating_ip(self, **more: Any) -> Any:
        return self.post(f"{NETWORK}/floatingips", {"floatingip": more}, 200)["floatingip"]
