"""Whatever fails, the rows, the clusters and the quota agree in the end.

The seeds are printed when a story goes wrong. `SYNNEFOD_TEST_SEEDS=100-150` (or `7,9`) chooses
others, `SYNNEFOD_TEST_SERVERS=300` the size, `SYNNEFOD_TEST_SECONDS=600` how long things fail.
"""

from __future__ import annotations

import gc
import os
import random
import uuid
from collections import Counter
from contextvars import copy_context
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.backends.interface import NewBackend
from synnefod.cluster import reading
from synnefod.cluster.facts import facts
from synnefod.common import ids
from synnefod.common.errors import Refusal
from synnefod.common.log import request_id
from synnefod.common.threads import InlineThreads
from synnefod.compute.interface import NewServer, Operstate
from synnefod.compute.records import servers as server_records
from synnefod.compute.usage import Sums, usage
from synnefod.network.interface import NewNetwork, NewSubnet
from synnefod.protocols.rapi.jobs import reasons
from synnefod.quota import interface as counted
from synnefod.simulator import views
from synnefod.simulator.service import SimulatedCluster
from synnefod.simulator.world import Node
from synnefod.store.sqlite import SqliteStore
from tests.harness.mortal import Odds, Process, World
from tests.harness.simulated import SimulatedSite
from tests.unit.compute.house import ALICE, COUNTED
from tests.unit.compute.neighbours import an_image

CLUSTERS = ("one.localhost", "two.localhost", "three.localhost")
STORM = Odds(
    kill=0.002,
    store_fails=0.01,
    commit_in_doubt=0.01,
    unreachable=0.03,
    answer_lost=0.05,
    slow=0.02,
    event_lost=0.25,
    event_twice=0.25,
    event_late=0.5,
)
CALM = Odds()
STEP = 0.25
OPCODES = ("CREATE", "STARTUP", "SHUTDOWN", "REBOOT", "REMOVE", "SET_PARAMS")
NO_ROOM = ["OpPrereqError", ["Not enough free nodes", "temp_insufficient_resources"]]
BROKEN = ["OpExecError", ["told to fail"]]


def seeds(usual: str) -> list[int]:
    found: list[int] = []
    for part in os.environ.get("SYNNEFOD_TEST_SEEDS", usual).split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


@define
class Story:
    """One run: a world, what was asked of it, and what it is asked in the end."""

    case: Any
    seed: int
    folder: Path
    world: World = field(init=False)
    site: SimulatedSite = field(init=False)
    alive: dict[str, Process] = field(factory=dict)
    flavors: list[Any] = field(factory=list)
    asked: dict[str, tuple[str, str]] = field(factory=dict)
    """Request -> (action, "accepted", "refused" or "unknown")."""
    events: list[tuple[float, Any]] = field(factory=list)
    told: set[tuple[str, int, str]] = field(factory=set)
    calm_until: dict[str, float] = field(factory=dict)

    # -- setting up

    def begin(self) -> None:
        dice = random.Random(self.seed)
        random.seed(self.seed)  # jitter of pauses
        self.case.patch(ids.uuid, "uuid4", lambda: uuid.UUID(int=dice.getrandbits(128), version=4))
        self.site = SimulatedSite(self.case, self.folder)
        for name in CLUSTERS:
            node = Node(memory=1 << 22, disk=1 << 26, cpus=5000)
            cluster = SimulatedCluster(self.site.clock, self.folder / name, name, (node,))
            cluster.begin()
            self.site._made[name] = cluster
            cluster.ended.append(lambda job, cluster=cluster: self.publish(cluster, job))
        store = SqliteStore(None, self.site.clock, InlineThreads())
        self.site.result(store.start())
        self.case.addCleanup(lambda: self.site.result(store.stop()))
        self.world = World(self.site, store, dice, CALM)
        first = Process(self.world, "first")
        self.site.result(self.furnish(first))
        for holder in ("a", "b"):
            self.raise_up(holder)

    async def furnish(self, process: Process) -> None:
        for name in CLUSTERS:
            cluster = self.site.cluster(name)
            await process.backends.add(
                NewBackend(
                    name, self.site.url(name), cluster.username, cluster.password, drained=False
                )
            )
        kind = await process.volumes.add_type("plain", "plain")
        flavors = process.parts.compute.flavors
        self.flavors = [
            await flavors.create(1, 128, 4, kind),
            await flavors.create(2, 256, 4, kind),
        ]
        subnets = (NewSubnet("10.0.0.0/16"), NewSubnet("2001:db8:1:2::/64"))
        await process.network.create_network(NewNetwork("public", public=True, subnets=subnets))
        project = ALICE.project
        assert project is not None
        limits = dict.fromkeys(COUNTED, counted.INFINITE)
        user, its = counted.user_holder(ALICE.user), counted.project_holder(project)

        async def grant(tx: Any) -> None:
            await process.rooms.quota.set_limits(tx, user, its, limits)
            await process.rooms.quota.set_limits(tx, its, None, limits)

        await self.world.store.transact("limits", grant)

    def raise_up(self, holder: str) -> Process:
        process = self.alive[holder] = Process(self.world, holder)
        process.begin()
        return process

    # -- the bus

    def publish(self, cluster: SimulatedCluster, job: Any) -> None:
        """What an event daemon would say of a job now; some of it is lost, doubled, late."""
        read = reading.job(views.job_fields(job))
        seen = {
            name: reading.instance(views.instance(cluster.world, found))
            for name, found in cluster.world.instances.items()
            if any(op.get("instance_name") == name for op in read.ops)
        }
        dice, odds, now = self.world.dice, self.world.odds, self.site.clock.seconds()
        for fact in facts(cluster.name, read, seen, source="bus"):
            for _ in range(1 + self.world.chance(odds.event_twice)):
                if self.world.chance(odds.event_lost):
                    continue
                late = dice.expovariate(1 / 15.0) if self.world.chance(odds.event_late) else 0.1
                self.events.append((now + late, fact))

    def deliver(self) -> None:
        """Gives due events to a living process; what it does not acknowledge comes again."""
        now = self.site.clock.seconds()
        due = [event for event in self.events if event[0] <= now]
        self.events = [event for event in self.events if event[0] > now]
        living = [process for process in self.alive.values() if not process.dead]
        for at, fact in due:
            if not living:
                self.events.append((now + 1.0, fact))
                continue
            process = self.world.dice.choice(living)
            process.go(self.acknowledged(process, at, fact), "delivery")

    async def acknowledged(self, process: Process, at: float, fact: Any) -> None:
        try:
            await process.hear(fact)
        except Refusal:
            self.events.append((self.site.clock.seconds() + 2.0, fact))

    # -- what people ask

    def ask(self, most: int) -> None:
        living = [process for process in self.alive.values() if not process.dead]
        if not living:
            return
        dice = self.world.dice
        process = dice.choice(living)
        count = sum(action == "create" for action, _ in self.asked.values())
        request = f"req-{len(self.asked)}"
        service = process.parts.compute.actions
        if count < 3 or (count < most and dice.random() < 0.35):
            wanted = NewServer(
                name=request, flavor=dice.choice(self.flavors).id, image=an_image().id
            )
            action, work = "create", process.parts.compute.creation.create(ALICE, wanted)
        else:
            number, action = self.next_action(count)
            if action == "reboot":
                work = service.reboot(ALICE, number, hard=dice.random() < 0.5)
            elif action == "resize":
                work = service.resize(ALICE, number, dice.choice(self.flavors).id)
            else:
                work = getattr(service, action)(ALICE, number)
        self.asked[request] = (action, "unknown")

        async def run() -> None:
            request_id.set(request)
            try:
                await work
            except Refusal as refusal:
                doubt = "database" in refusal.message or "commit" in refusal.message
                self.asked[request] = (action, "unknown" if doubt else "refused")
            else:
                self.asked[request] = (action, "accepted")

        context = copy_context()
        self.world.graves.append(context.run(ensureDeferred, run()))

    def next_action(self, count: int) -> tuple[int, str]:
        """A server and what to do with it: mostly something that its state allows."""
        dice = self.world.dice
        free = self.rows("select id, operstate from servers where deleted = 0 and task = ''")
        if not free or dice.random() < 0.2:
            kinds = ("start", "stop", "reboot", "resize", "delete")
            return dice.randint(1, max(1, count)), dice.choice(kinds)
        number, state = dice.choice(free)
        if state == "STARTED":
            return number, dice.choice(("stop", "stop", "reboot", "delete"))
        return number, dice.choice(("start", "start", "resize", "reboot", "delete"))

    # -- what fails

    def trouble(self) -> None:
        dice, now = self.world.dice, self.site.clock.seconds()
        for name in CLUSTERS:
            cluster = self.site.cluster(name)
            if self.calm_until.get(name, 0.0) <= now:
                cluster.knobs.rapi, cluster.knobs.delay = "up", 0.0
                if dice.random() < 0.01:
                    cluster.knobs.rapi = dice.choice(("down", 502, 503, 504, "up"))
                    self.calm_until[name] = now + dice.uniform(2.0, 45.0)
            if dice.random() < 0.02:
                cluster.knobs.lose_answers += 1
            if dice.random() < 0.01:
                opcode = dice.choice(OPCODES)
                result = NO_ROOM if opcode == "CREATE" and dice.random() < 0.6 else BROKEN
                cluster.knobs.fail_next(f"OP_INSTANCE_{opcode}", result)
            if dice.random() < 0.005 and cluster.world.instances:
                self.meddle(cluster)
            for job in list(cluster.queue._open.values()):
                key = (name, job.job.id, job.job.status)
                if key not in self.told:
                    self.told.add(key)
                    self.publish(cluster, job.job)
        if dice.random() < 0.01:
            living = [process for process in self.alive.values() if not process.dead]
            if living:
                dice.choice(living).kill()
        if dice.random() < 0.01:
            for process in self.alive.values():
                if not process.dead:
                    process.go(process.parts.reconciler.run(), "a round")
        self.revive(dice.uniform(1.0, 20.0))

    def meddle(self, cluster: SimulatedCluster) -> None:
        """Somebody works on the cluster by hand."""
        name = self.world.dice.choice(sorted(cluster.world.instances))
        kind = self.world.dice.choice(("STARTUP", "SHUTDOWN", "REMOVE"))
        given = {"OP_ID": f"OP_INSTANCE_{kind}", "instance_name": name, "reason": []}
        if kind == "SHUTDOWN" and self.world.dice.random() < 0.5:
            cluster.vanish(name)
        else:
            cluster.queue.submit([given])

    def revive(self, after: float) -> None:
        for holder, process in self.alive.items():
            if process.dead and self.site.clock.seconds() - process.died >= after:
                self.raise_up(holder)

    # -- the run

    def run(self, most: int, seconds: float) -> None:
        self.begin()
        self.world.odds = STORM
        for _ in range(round(seconds / STEP)):
            if self.world.dice.random() < min(0.9, 4.0 * most / seconds * STEP):
                self.ask(most)
            self.trouble()
            self.deliver()
            self.site.wait(STEP, STEP)
        self.world.odds = CALM
        for name in CLUSTERS:
            knobs = self.site.cluster(name).knobs
            knobs.rapi, knobs.delay, knobs.lose_answers = "up", 0.0, 0
            knobs.failures.clear()
        self.revive(0.0)
        self.calm(220.0)
        for _ in range(4):
            process = self.alive["a"]
            self.site.result(process.parts.reconciler.run(), 60.0)
            self.calm(30.0)

    def calm(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.deliver()
            self.site.wait(1.0, 1.0)

    # -- the end

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.site.result(
            self.world.store.read("look", lambda tx: tx.all(sql))
        )
        return found

    def problems(self) -> list[str]:
        return [
            *self.wrong_servers(),
            *self.wrong_quota(),
            *self.wrong_submissions(),
            *self.wrong_parts(),
        ]

    def server_rows(self) -> list[Any]:
        async def body(tx: Any) -> list[Any]:
            numbers = [row[0] for row in await tx.all("select id from servers order by id")]
            return [await server_records.get(tx, number) for number in numbers]

        found: list[Any] = self.site.result(self.world.store.read("servers", body))
        return found

    def wrong_servers(self) -> list[str]:
        """API state = cluster state (GNT-150 to 152)."""
        wrong = []
        backends = {row[0]: row[1] for row in self.rows("select id, name from backends")}
        flavors = {flavor.id: flavor for flavor in self.flavors}
        owned = set()
        for server in self.server_rows():
            life, name = server.life, f"snf-{server.id}"
            if life.deleted:
                continue
            home = self.site.cluster(backends[server.backend])
            owned.add((home.name, name))
            instance = home.world.instances.get(name)
            if life.task or life.task_job is not None or life.serial is not None:
                wrong.append(f"server {server.id} still waits: {life}")
            if life.operstate is Operstate.ERROR:
                if instance is not None:
                    wrong.append(f"server {server.id} is in error, its instance exists")
            elif instance is None:
                wrong.append(f"server {server.id} has no instance: {life}")
            else:
                state = Operstate.STARTED if instance.running else Operstate.STOPPED
                if life.operstate is not state:
                    wrong.append(f"server {server.id} should be {state}: {life}")
                flavor = flavors[server.flavor]
                shape = (instance.beparams["vcpus"], instance.beparams["maxmem"])
                if shape != (flavor.cpu, flavor.ram):
                    wrong.append(f"server {server.id} has {shape}, not {flavor}")
        for name in CLUSTERS:
            for instance in self.site.cluster(name).world.instances:
                if (name, instance) not in owned:
                    wrong.append(f"{instance} on {name} belongs to nobody")
        return wrong

    def wrong_quota(self) -> list[str]:
        """The ledger says what exists, and nothing is pending."""
        sums: Sums = Counter()
        flavors = {flavor.id: flavor for flavor in self.flavors}

        async def volumes(tx: Any) -> Any:
            numbers = [row[0] for row in await tx.all("select id from servers")]
            process = self.alive["a"]
            return await process.volumes.volumes_of(tx, numbers)

        of = self.site.result(self.world.store.read("volumes", volumes))
        for server in self.server_rows():
            sums += usage(server, flavors[server.flavor], of.get(server.id, ()))
        wrong = []
        for holder, source, resource, low, high in self.rows(
            "select holder, source, resource, usage_min, usage_max from holdings"
        ):
            should = sums[ALICE.user, ALICE.project, resource]
            if (low, high) != (should, should):
                wrong.append(f"{holder} {source} {resource} is {low}..{high}, not {should}")
        wrong += [f"commission {row} waits" for row in self.rows("select * from commissions")]
        wrong += [f"provision {row} waits" for row in self.rows("select * from provisions")]
        return wrong

    def wrong_submissions(self) -> list[str]:
        """Each accepted request is one intention, and each intention at most one job."""
        jobs: Counter[str] = Counter()
        for name in CLUSTERS:
            queue = self.site.cluster(name).queue
            for number in range(1, queue._serial + 1):
                job = queue.get(number)
                assert job is not None
                for reason in {text for op in job.ops for text in reasons(op.input)}:
                    jobs[reason] += 1
        wrong, of = [], Counter[str]()
        for row in self.rows("select id, request, state, job, server, action, error from outbox"):
            of[row[1]] += 1
            count = jobs[f"synnefod:{row[0]}"]
            if row[2] == "waiting":
                wrong.append(f"submission {row} is stuck")
            elif count > 1 or (row[3] is not None and count != 1):
                wrong.append(f"submission {row} was sent {count} times")
        for request, (action, outcome) in self.asked.items():
            good = {"accepted": (1,), "refused": (0,), "unknown": (0, 1)}[outcome]
            if of[request] not in good:
                wrong.append(f"{request} ({action}, {outcome}) is recorded {of[request]} times")
        wrong += [f"{row} is kept" for row in self.rows("select * from early_events")]
        return wrong

    def wrong_parts(self) -> list[str]:
        """Ports, addresses and volumes exist for living servers only, and all of them."""
        wrong = []
        living = {server.id: server for server in self.server_rows() if not server.life.deleted}
        ports = Counter(row[0] for row in self.rows("select server from ports"))
        if set(ports) != set(living) or any(count != 1 for count in ports.values()):
            wrong.append(f"ports {set(ports) ^ set(living)}, {ports.most_common(1)}")
        lonely = "select i.id from ip_addresses i left join ports p on p.id = i.port"
        wrong += [f"address {row}" for row in self.rows(lonely + " where p.id is null")]
        given = self.rows("select count(*) from ip_addresses where version = 4")[0][0]
        out = self.rows(
            "select sum(next - first) - (select count(*) from ip_released) from ip_pools"
        )[0][0]
        if not given == out == len(living):
            wrong.append(f"{given} addresses, {out} taken from pools, {len(living)} servers")
        for number, server, status, deleted in self.rows(
            "select id, server, status, deleted from volumes"
        ):
            if deleted:
                continue
            if server not in living:
                wrong.append(f"volume {number} ({status}) of server {server} is left")
            elif living[server].life.operstate is not Operstate.ERROR and status != "IN_USE":
                wrong.append(f"volume {number} of {living[server].life} is {status}")
        return wrong


class Convergence(SynchronousTestCase):
    """GNT-024, GNT-106, GNT-107, GNT-127, GNT-181, GNT-182."""

    def test_everything_agrees_after_a_storm(self) -> None:
        """Two daemons on one database keep the servers of three clusters while answers, events,
        transactions and daemons are lost: in the end rows, clusters and quota agree, nothing is
        left over, and what was accepted was submitted once."""
        most = int(os.environ.get("SYNNEFOD_TEST_SERVERS", "40"))
        seconds = float(os.environ.get("SYNNEFOD_TEST_SECONDS", "150"))
        bad = {}
        for seed in seeds("1-3"):
            found = self.storm(seed, most, seconds)
            if found:
                bad[seed] = found
            # What the dead left unfinished is collected, and its complaints are not ours.
            gc.collect()
            self.flushLoggedErrors()
        text = "\n".join(f"seed {seed}: {line}" for seed in bad for line in bad[seed])
        self.assertEqual(bad, {}, text)

    def storm(self, seed: int, most: int, seconds: float) -> list[str]:
        """One storm; what is wrong after it."""
        story = Story(self, seed, Path(self.mktemp()))
        story.run(most, seconds)
        found = story.problems()
        outcomes = Counter(story.asked.values())
        print(f"seed {seed}: {story.world.kills} kills, {dict(outcomes)}, {len(found)} wrong")
        self.assertGreater(story.world.kills, 0)
        story.site.halt()
        return found

    def tearDown(self) -> None:
        gc.collect()
        self.flushLoggedErrors()
