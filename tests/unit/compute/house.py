"""Servers on a database in memory and one simulated cluster behind its real remote API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import define
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.facts import facts
from synnefod.cluster.interface import Address, Job, JobEvent, NetworkEvent
from synnefod.common.clockwork import sleep
from synnefod.common.ids import BackendId, ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads
from synnefod.compute.assembly import Parts, build
from synnefod.compute.interface import Detail, Flavor, Limits, NewServer, Operstate
from synnefod.compute.rooms import Rooms
from synnefod.compute.vault import Vault
from synnefod.quota import interface as counted
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import CPU, DISK, INFINITE, RAM, TOTAL_CPU, TOTAL_RAM, VM
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.service import SimulatorService
from synnefod.store.interface import Tx
from tests.harness.database import at_once
from tests.unit.compute.neighbours import (
    OneBackend,
    PaperImages,
    PaperNetwork,
    PaperVolumes,
    an_image,
)

ALICE = Principal(
    user=UserId("11111111-0000-4000-8000-000000000001"),
    name="alice",
    project=ProjectId("11111111-0000-4000-8000-000000000001"),
    projects=frozenset({ProjectId("11111111-0000-4000-8000-000000000001")}),
)
MALLORY = Principal(
    user=UserId("22222222-0000-4000-8000-000000000002"),
    name="mallory",
    project=ProjectId("22222222-0000-4000-8000-000000000002"),
    projects=frozenset({ProjectId("22222222-0000-4000-8000-000000000002")}),
)
ROOT = Principal(
    user=UserId("33333333-0000-4000-8000-000000000003"), name="root", project=None, is_admin=True
)
COUNTED = (VM, TOTAL_CPU, CPU, TOTAL_RAM, RAM, DISK)


@define
class House:
    """All parts, and what tests look at."""

    store: Any
    rooms: Rooms
    parts: Parts
    network: Any
    volumes: Any
    images: PaperImages
    backends: OneBackend
    simulator: SimulatorService
    flavor: Flavor
    heard: dict[int, str]

    async def usage(self, user: UserId = ALICE.user) -> dict[str, tuple[int, int]]:
        """(usage_min, usage_max) by resource."""

        async def body(tx: Tx) -> Any:
            return await self.rooms.quota.holdings(tx, [counted.user_holder(user)])

        holdings = await self.store.read("usage", body)
        counted_here = [h for h in holdings if h.resource in COUNTED]
        return {h.resource: (h.usage_min, h.usage_max) for h in counted_here}

    async def create(self, name: str = "db1", **more: Any) -> int:
        wanted = NewServer(name=name, flavor=self.flavor.id, image=an_image().id, **more)
        detail, _ = await self.parts.compute.creation.create(ALICE, wanted)
        return int(detail.server.id)

    async def show(self, number: int) -> Detail:
        return await self.parts.compute.servers.show(ALICE, number)

    async def follow(self) -> int:
        """Feeds every job of the cluster whose status is new, as the poller tells of it."""
        cluster = self.backends.the_cluster
        news = 0
        for job in sorted(await cluster.jobs(), key=lambda job: job.id):
            if self.heard.get(job.id) == job.status.value:
                continue
            for event in await self.events(job):
                await self.parts.keeper.feed(event)
                news += 1
            self.heard[job.id] = job.status.value
        return news

    async def events(self, job: Job) -> list[JobEvent]:
        """What the poller makes of a job; also tells the network of its own."""
        cluster = self.backends.the_cluster
        found = await cluster.job(job.id)
        assert found is not None
        seen = {instance.name: instance for instance in await cluster.instances()}
        told = []
        for fact in facts(cluster.address.cluster, found, seen):
            if isinstance(fact, JobEvent):
                told.append(fact)
            elif isinstance(fact, NetworkEvent):
                await self.network.apply(fact)
        return told

    async def event(self, job: Any, number: int) -> JobEvent:
        return (await self.events(job))[number]

    async def settle(self, number: int, state: Operstate) -> Detail:
        """Follows the cluster until the server is in `state` and has nothing pending."""
        for _ in range(4000):
            await self.follow()
            detail = await self.show(number)
            if detail.server.life.operstate is state and not detail.server.life.task:
                return detail
            await sleep(self.rooms.clock, 0.02)
        raise AssertionError(f"server {number} is {detail.server.life}")


class HouseCase(TestCase):
    """A test with a house of its own; `limits` and `pace` may be changed by subclasses."""

    limits = Limits()
    pace = 0.01
    timeout = 60

    def setUp(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.build())

    async def make_store(self) -> Any:
        """A started store, stopped when the test ends; another engine's mixin replaces it."""
        from twisted.internet import reactor

        store = at_once(reactor)
        await store.start()
        self.addCleanup(store.stop)
        return store

    async def neighbours(self, store: Any, clock: Any, backends: Any) -> tuple[Any, Any]:
        """The network and volume services; here only as much of them as a server needs."""
        return PaperNetwork(), PaperVolumes()

    async def build(self) -> None:
        from twisted.internet import reactor

        store = await self.make_store()
        simulator = SimulatorService(
            reactor, Path(self.mktemp()), "one.localhost", knobs=Knobs(pace=self.pace)
        )
        simulator.startService()
        self.addCleanup(simulator.stopService)
        address = Address(
            BackendId(1),
            "one.localhost",
            simulator.url,
            simulator.cluster.username,
            simulator.cluster.password,
        )
        backends = OneBackend(GanetiClusters(reactor).at(address))
        network, volumes = await self.neighbours(store, reactor, backends)
        images = PaperImages()
        rooms = Rooms(
            store=store,
            clock=reactor,
            threads=InlineThreads(),
            quota=Ledger(reactor),
            network=network,
            volumes=volumes,
            images=images,
            backends=backends,
            vault=Vault(b"0123456789abcdef"),
            limits=self.limits,
        )
        parts = build(rooms, "test")
        self.addCleanup(lambda: Deferred.fromCoroutine(parts.keeper.stop()))
        flavor = await parts.compute.flavors.create(2, 2048, 10, 1)
        self.house = House(
            store, rooms, parts, network, volumes, images, backends, simulator, flavor, {}
        )
        await self.grant(ALICE)

    async def grant(self, principal: Principal, **limits: int) -> None:
        quantities = {name: limits.get(name.replace(".", "_"), INFINITE) for name in COUNTED}
        assert principal.project is not None

        async def body(tx: Tx) -> None:
            user = counted.user_holder(principal.user)
            project = counted.project_holder(principal.project)
            await self.house.rooms.quota.set_limits(tx, user, project, quantities)
            await self.house.rooms.quota.set_limits(tx, project, None, quantities)

        await self.house.store.transact("limits", body)
