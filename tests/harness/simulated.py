"""Simulated clusters without a network: the real RAPI client, treq's in-memory agent, one Clock."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from treq.client import HTTPClient
from treq.testing import RequestTraversalAgent
from twisted.internet.defer import Deferred, ensureDeferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.interface import Address
from synnefod.common.ids import BackendId
from synnefod.protocols.rapi.client import Limits
from synnefod.protocols.rapi.vocabulary import CREATE
from synnefod.simulator.opcodes import fill
from synnefod.simulator.service import SimulatedCluster

T = TypeVar("T")
START = 1_795_000_000.0


def create_body(name: str, **more: Any) -> dict[str, Any]:
    """A creation with one disk of 16 MiB and no NIC."""
    return {
        "__version__": 1,
        "mode": "create",
        "name": name,
        "os": "snf-image+default",
        "disk_template": "file",
        "disks": [{"name": f"{name}-vol", "size": 16}],
        "nics": [],
        "beparams": {"vcpus": 1, "memory": 64},
        "osparams": {},
        "ip_check": False,
        "name_check": False,
        **more,
    }


def create_opcode(name: str) -> dict[str, Any]:
    """The same as an opcode, as the RAPI hands it to the queue."""
    body = {key: value for key, value in create_body(name).items() if key != "__version__"}
    return fill(CREATE, body, {}, [])


class _Web:
    """Sends each request to the cluster whose name is in its URL."""

    def __init__(self, site: SimulatedSite) -> None:
        self._site = site
        self._agents: dict[str, RequestTraversalAgent] = {}

    def request(self, method: str, url: str, **arguments: Any) -> Deferred[Any]:
        name = url.split("/")[2].partition(":")[0]
        if name in self._site.unplugged:
            return fail(ConnectionRefusedError())
        if name not in self._agents:
            self._agents[name] = RequestTraversalAgent(self._site.cluster(name).resource)
        answer = HTTPClient(self._agents[name]).request(method, url, **arguments)
        self._agents[name].flush()
        return answer

    def flush(self) -> None:
        for agent in self._agents.values():
            agent.flush()


class SimulatedSite:
    """Clusters by name below `folder`, made when first named, and a GanetiClusters onto them."""

    def __init__(self, case: SynchronousTestCase, folder: Path, **limits: Any) -> None:
        self.case = case
        self.clock = Clock()
        self.clock.advance(START)
        self.folder = folder
        self._made: dict[str, SimulatedCluster] = {}
        self.unplugged: set[str] = set()
        self.web = _Web(self)
        self.clusters = GanetiClusters(
            self.clock, Limits(**limits), make_http=lambda _address: self.web
        )
        case.addCleanup(self.halt)

    def cluster(self, name: str = "one.localhost") -> SimulatedCluster:
        if name not in self._made:
            cluster = SimulatedCluster(self.clock, self.folder / name, name)
            cluster.begin()
            self._made[name] = cluster
        return self._made[name]

    def halt(self) -> None:
        """Every process dies; the folders stay."""
        made, self._made = self._made, {}
        self.web._agents.clear()
        for cluster in made.values():
            cluster.halt()

    def unplug(self, name: str = "one.localhost") -> None:
        """From now on nobody reaches this cluster's remote API."""
        self.unplugged.add(name)

    def url(self, name: str = "one.localhost") -> str:
        return f"http://{name}:5080"

    def address(self, name: str = "one.localhost", backend: int = 1) -> Address:
        cluster = self.cluster(name)
        return Address(BackendId(backend), name, self.url(name), cluster.username, cluster.password)

    def wait(self, seconds: float, step: float = 0.05) -> None:
        """Lets time pass, and answers arrive."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            self.web.flush()

    def result(self, work: Awaitable[T], seconds: float = 20.0) -> T:
        """The result of `work`, time passing as it needs."""
        return self.case.successResultOf(self._settled(work, seconds))

    def failure(self, work: Awaitable[Any], kind: type[Any], seconds: float = 20.0) -> Any:
        """The exception of `kind` with which `work` ends."""
        return self.case.failureResultOf(self._settled(work, seconds), kind).value

    def _settled(self, work: Awaitable[T], seconds: float) -> Deferred[T]:
        deferred = work if isinstance(work, Deferred) else ensureDeferred(_run(work))
        for _ in range(round(seconds / 0.05)):
            if deferred.called:
                break
            self.wait(0.05)
        return deferred


async def _run(work: Awaitable[T]) -> T:
    return await work
