"""Servers on a database in memory and one simulated cluster behind its real remote API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import define
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from synnefod.cluster.ganeti import GanetiClusters
from synnefod.cluster.interface import Address, JobEvent
from synnefod.common.clockwork import sleep
from synnefod.common.ids import BackendId, JobId, ProjectId, UserId
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
from synnefod.store.sqlite import SqliteStore
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
    network: PaperNetwork
    volumes: PaperVolumes
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
        return {h.resource: (h.usage_min, h.usage_max) for h in holdings}

    async def create(self, name: str = "db1", **more: Any) -> int:
        wanted = NewServer(name=name, flavor=self.flavor.id, image=an_image().id, **more)
        detail, _ = await self.parts.compute.creation.create(ALICE, wanted)
        return int(detail.server.id)

    async def show(self, number: int) -> Detail:
        return await self.parts.compute.servers.show(ALICE, number)

    async def follow(self) -> int:
        """Feeds every job of the cluster whose status is new, as a poller would."""
        cluster = self.backends.the_cluster
        news = 0
        for job in sorted(await cluster.jobs(), key=lambda job: job.id):
            if self.heard.get(job.id) == job.status.value:
                continue
            found = await cluster.job(job.id)
            assert found is not None
            for number, op in enumerate(found.ops):
                if "instance_name" not in op:
                    continue
                await self.parts.keeper.feed(await self.event(found, number))
                news += 1
            self.heard[job.id] = job.status.value
        return news

    async def event(self, job: Any, number: int) -> JobEvent:
        cluster = self.backends.the_cluster
        op, status = job.ops[number], job.op_status[number]
        nics = disks = None
        if status.final and op["OP_ID"] in ("OP_INSTANCE_CREATE", "OP_INSTANCE_STARTUP"):
            names = {instance.name: instance for instance in await cluster.instances()}
            instance = names.get(op["instance_name"])
            if instance is not None:
                nics, disks = instance.nics, instance.disks
        when = job.ended if status.final else job.started or job.received
        return JobEvent(
            cluster=cluster.address.cluster,
            instance=op["instance_name"],
            job=JobId(job.id),
            opcode=op["OP_ID"],
            status=status,
            when=when or 0,
            result=job.op_result[number],
            job_fields={
                name: op[name]
                for name in ("beparams", "hvparams", "opportunistic_locking")
                if name in op
            },
            nics=nics,
            disks=disks,
            source="poll",
        )

    async def settle(self, number: int, state: Operstate) -> Detail:
        """Follows the cluster until the server is in `state` and has nothing pending."""
        for _ in range(400):
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

        store = SqliteStore(None, reactor, InlineThreads())
        await store.start()
        self.addCleanup(store.stop)
        return store

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
        network, volumes, images = PaperNetwork(), PaperVolumes(), PaperImages()
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
