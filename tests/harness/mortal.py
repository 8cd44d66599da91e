"""Daemons that die between any two awaits, on one database and several simulated clusters.

A `Process` is the part of a daemon that keeps servers: services, keeper, poller, reconciler, over
the real RAPI client. All that it awaits from outside passes `Process.point`, where it may be
killed: what it awaits then never comes, and its clock never rings again.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectError, ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from synnefod.backends.registry import Registry
from synnefod.backends.secrets import SecretBox
from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.interface import NetworkEvent
from synnefod.cluster.poller import Poller
from synnefod.common.clockwork import sleep, start
from synnefod.common.ids import BackendId, JobId
from synnefod.common.threads import InlineThreads
from synnefod.compute.assembly import build
from synnefod.compute.interface import Limits
from synnefod.compute.rooms import Rooms
from synnefod.compute.vault import Vault
from synnefod.network.service import build as build_network
from synnefod.network.service import usual_flavors
from synnefod.protocols.rapi.client import Limits as RapiLimits
from synnefod.quota.holdings import Ledger
from synnefod.store.interface import StoreUnavailable
from synnefod.volumes.volumes import VolumeService
from tests.harness.simulated import SimulatedSite
from tests.unit.compute.neighbours import PaperImages


@define
class Odds:
    """How often what goes wrong, for each occasion; all 0 when the world has healed."""

    kill: float = 0.0
    store_fails: float = 0.0
    commit_in_doubt: float = 0.0
    unreachable: float = 0.0
    answer_lost: float = 0.0
    slow: float = 0.0
    event_lost: float = 0.0
    event_twice: float = 0.0
    event_late: float = 0.0


@define
class World:
    """What the processes share: chance, the clusters, the database, and what was killed."""

    site: SimulatedSite
    store: Any
    dice: random.Random
    odds: Odds
    graves: list[Any] = field(factory=list)
    kills: int = 0

    def chance(self, odds: float) -> bool:
        return odds > 0 and self.dice.random() < odds


class MortalClock:
    """The world's clock, as long as its process lives."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._clock = process.world.site.clock

    def seconds(self) -> float:
        return float(self._clock.seconds())

    def callLater(self, delay: float, f: Callable[..., object], *a: Any, **k: Any) -> Any:
        return self._clock.callLater(delay, self._ring, f, a, k)

    def _ring(self, f: Callable[..., object], a: Any, k: Any) -> None:
        if not self._process.dead:
            f(*a, **k)


class FaultyStore:
    """The database as one process reaches it."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def transact(self, name: str, body: Any) -> Any:
        world = self._process.world
        await self._process.point()
        if world.chance(world.odds.store_fails):
            raise StoreUnavailable("The database is told not to answer.")
        result = await world.store.transact(name, body)
        await self._process.point()
        if world.chance(world.odds.commit_in_doubt):
            raise StoreUnavailable("The answer to the commit was lost.")
        return result

    async def read(self, name: str, body: Any) -> Any:
        world = self._process.world
        await self._process.point()
        if world.chance(world.odds.store_fails):
            raise StoreUnavailable("The database is told not to answer.")
        return await world.store.read(name, body)


class FaultyWeb:
    """The way from one process to the clusters."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def request(self, method: str, url: str, **arguments: Any) -> Deferred[Any]:
        return ensureDeferred(self._request(method, url, arguments))

    async def _request(self, method: str, url: str, arguments: Any) -> Any:
        world = self._process.world
        await self._process.point()
        if world.chance(world.odds.unreachable):
            raise ConnectError(string="told so")
        answer = await world.site.web.request(method, url, **arguments)
        await self._process.point()
        if world.chance(world.odds.slow):
            await sleep(world.site.clock, world.dice.uniform(1.0, 25.0))
            await self._process.point()
        if world.chance(world.odds.answer_lost):
            raise ResponseNeverReceived([Failure(ConnectionLost())])  # type: ignore[no-untyped-call]
        return answer


class Process:
    """One daemon named `holder`; `begin` sets it going, `kill` ends it where it is."""

    def __init__(self, world: World, holder: str, prefix: str = "snf-") -> None:
        self.world, self.holder, self.dead = world, holder, False
        self.died = 0.0
        clock, store = MortalClock(self), FaultyStore(self)
        clusters = GanetiClusters(clock, RapiLimits(), make_http=lambda _address: FaultyWeb(self))
        self.backends = Registry(store, clusters, SecretBox("secret"), clock)
        quota = Ledger(clock)
        self.network = build_network(
            store, clock, self.backends, quota, flavors=usual_flavors("br0"), prefix=prefix
        )
        self.volumes = VolumeService(store, clock, prefix)
        self.rooms = Rooms(
            store=store,
            clock=clock,
            threads=InlineThreads(),
            quota=quota,
            network=self.network,
            volumes=self.volumes,
            images=PaperImages(),
            backends=self.backends,
            vault=Vault(b"0123456789abcdef"),
            limits=Limits(prefix=prefix, opportunistic_locking=True),
        )
        self.parts = build(self.rooms, holder)
        self._poller = Poller(
            clock,
            self._open_jobs,
            self.backends.cluster,
            self.hear,
            self._vanished,
            busy=4.0,
            idle=8.0,
        )

    def begin(self) -> None:
        self.parts.keeper.follow(self._poller.soon)
        self._poller.begin()
        self.go(self.parts.keeper.begin(), "taking up work")

    def go(self, work: Any, what: str) -> Deferred[Any]:
        """Runs `work`, and keeps it from being collected: a collected coroutine runs on."""
        work = start(work, what)
        self.world.graves.append(work)
        return work

    async def hear(self, fact: Any) -> None:
        """As assembly's background does."""
        if isinstance(fact, NetworkEvent):
            await self.network.apply(fact)
        else:
            await self.parts.keeper.feed(fact)

    async def _open_jobs(self) -> list[tuple[BackendId, JobId]]:
        return [(job.backend, job.job) for job in await self.parts.keeper.open_jobs()]

    async def _vanished(self, backend: BackendId, job: JobId) -> None:
        await self.parts.reconciler.run()

    def kill(self) -> None:
        if not self.dead:
            self.dead = True
            self.died = self.world.site.clock.seconds()
            self.world.kills += 1

    async def point(self) -> None:
        """A moment at which the process may be killed, and beyond which the dead do not come."""
        if self.world.chance(self.world.odds.kill):
            self.kill()
        if self.dead:
            never: Deferred[None] = Deferred()
            self.world.graves.append((self, never))
            await never
