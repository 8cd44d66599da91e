"""Submissions survive lost answers, dead clusters and kills, and reach the cluster once."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred

from synnefod.cluster.interface import Cluster, JobEvent, JobStatus
from synnefod.common.clockwork import sleep
from synnefod.common.ids import JobId
from synnefod.compute.interface import Operstate
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.keeper import Keeper
from synnefod.compute.machine.outputs import LEASE
from synnefod.compute.records import outbox, servers
from synnefod.store.interface import Tx
from tests.unit.compute.house import ALICE, HouseCase


async def nothing() -> None:
    """There is nobody left to stop."""


class DyingCluster:
    """A cluster whose caller dies right before, or right after, a submission."""

    def __init__(self, real: Cluster, *, after: bool) -> None:
        self._real = real
        self._after = after
        self.address = real.address

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name not in ("create", "start", "stop", "remove"):
            return real

        async def dying(*args: Any, **kwargs: Any) -> Any:
            if self._after:
                await real(*args, **kwargs)
            await Deferred()  # the answer is never seen: as good as dead

        return dying


class Submissions(HouseCase):
    async def opcodes(self) -> list[str]:
        return [
            op["OP_ID"] for job in await self.house.backends.the_cluster.jobs() for op in job.ops
        ]

    async def killed(self, *, after: bool) -> tuple[int, Keeper]:
        """A server whose creation was being sent when its daemon died; the daemon's heir."""
        real = self.house.backends.the_cluster
        self.house.backends.the_cluster = DyingCluster(real, after=after)  # type: ignore[assignment]
        # The dead one's work hangs for ever; nobody waits for it.
        self.house.parts.keeper.stop = nothing  # type: ignore[method-assign]
        number = await self.house.create()
        for _ in range(200):
            if not after or await real.jobs():
                break
            await sleep(self.house.rooms.clock, 0.01)
        await sleep(self.house.rooms.clock, 0.05)
        self.house.backends.the_cluster = real
        heir = Keeper(self.house.rooms, "test")
        self.house.parts = evolve(self.house.parts, keeper=heir)
        self.addCleanup(lambda: Deferred.fromCoroutine(heir.stop()))
        return number, heir

    async def test_killed_before_the_request(self) -> None:
        """A restarted daemon sends what it had taken and not sent."""
        number, heir = await self.killed(after=False)
        self.assertEqual(await self.opcodes(), [])
        await heir.begin()
        await self.house.settle(number, Operstate.STARTED)
        self.assertEqual(await self.opcodes(), ["OP_INSTANCE_CREATE"])

    async def test_killed_after_the_request(self) -> None:
        """A restarted daemon finds the job by its reason and does not send again (GNT-024)."""
        number, heir = await self.killed(after=True)
        await heir.begin()
        await self.house.settle(number, Operstate.STARTED)
        self.assertEqual(await self.opcodes(), ["OP_INSTANCE_CREATE"])

    async def test_a_report_that_overtakes_the_answer_waits(self) -> None:
        """The outcome comes before the job's number is known, and counts all the same."""
        number, heir = await self.killed(after=True)
        for _ in range(100):
            jobs = await self.house.backends.the_cluster.jobs()
            if jobs and jobs[0].status.final:
                break
            await sleep(self.house.rooms.clock, 0.02)
        await self.house.follow()
        life = (await self.house.show(number)).server.life
        self.assertEqual((life.operstate, life.task), (Operstate.BUILD, "BUILD"))
        await heir.begin()
        for _ in range(100):
            life = (await self.house.show(number)).server.life
            if not life.task:
                break
            await sleep(self.house.rooms.clock, 0.02)
        self.assertEqual((life.operstate, life.task), (Operstate.STARTED, ""))
        self.assertEqual(await self.house.follow(), 0)

    async def test_lost_answers_are_looked_for(self) -> None:
        """A submission whose answer is lost is tried again and found, not repeated."""
        self.house.simulator.cluster.knobs.lose_answers = 1
        await self.house.parts.keeper.begin()
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        self.assertEqual(await self.opcodes(), ["OP_INSTANCE_CREATE"])

    async def test_a_dead_cluster_is_waited_for(self) -> None:
        """While the cluster does not answer the request stays; it is sent when it does."""
        knobs = self.house.simulator.cluster.knobs
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        knobs.rapi = 503
        await self.house.parts.keeper.begin()
        await self.house.parts.compute.actions.stop(ALICE, number)
        await sleep(self.house.rooms.clock, 0.2)
        self.assertEqual((await self.house.show(number)).server.life.task, "STOP")
        knobs.rapi = "up"
        await self.house.settle(number, Operstate.STOPPED)

    async def test_what_the_cluster_refuses_is_given_up(self) -> None:
        """A refused creation is ERROR with the reason; a refused action only ends (CMP-085,
        GNT-034)."""
        house = self.house
        house.simulator.cluster.knobs.rapi = 400
        number = await house.create()
        for _ in range(100):
            detail = await house.show(number)
            if not detail.server.life.task:
                break
            await sleep(house.rooms.clock, 0.02)
        self.assertIs(detail.server.life.operstate, Operstate.ERROR)
        assert detail.fault is not None
        self.assertEqual([port.state for port in detail.ports], ["ERROR"])
        house.simulator.cluster.knobs.rapi = "up"
        await house.parts.compute.actions.delete(ALICE, number)
        await house.settle(number, Operstate.DESTROYED)
        self.assertEqual(await self.opcodes(), ["OP_INSTANCE_REMOVE"])

    async def test_two_daemons_send_once(self) -> None:
        """A row taken by one is left alone by the other until its lease ends."""
        now = self.house.rooms.now()

        async def add(tx: Tx) -> None:
            for name in ("a", "b"):
                await outbox.add(tx, name, 1, "START", {}, "", now)

        async def claim(tx: Tx, who: str, when: int) -> list[str]:
            taken = await outbox.claim(tx, who, when, when + LEASE, servers=None, most=10)
            return [intent.id for intent in taken]

        store = self.house.store
        await store.transact("add", add)
        for who, when, expected in (
            ("one", now, ["a"]),
            ("two", now, []),
            ("two", now + LEASE - 1, []),
            ("two", now + LEASE, ["a"]),
        ):
            found = await store.transact("claim", lambda tx, w=who, t=when: claim(tx, w, t))
            self.assertEqual(found, expected)

    async def test_a_foreign_report_changes_nothing(self) -> None:
        """Foreign names, clusters and garbage are dropped (14.1)."""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        before = (await self.house.show(number)).server
        when = self.house.rooms.now()
        for cluster, instance in (
            ("one.localhost", "other-1"),
            ("one.localhost", "snf-x"),
            ("one.localhost", "snf-99"),
            ("one.localhost", f"snf-0{number}"),
            ("two.localhost", f"snf-{number}"),
        ):
            event = JobEvent(cluster, instance, JobId(9), steps.SHUTDOWN, JobStatus.SUCCESS, when)
            await self.house.parts.keeper.feed(event)

        async def read(tx: Tx) -> Any:
            return await servers.get(tx, number)

        self.assertEqual(await self.house.store.read("server", read), before)
