"""Servers from request to cluster and back, on a simulated cluster behind its remote API."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.errors import BuildInProgress, Malformed, NotFound, OverQuota, Unavailable
from synnefod.compute.interface import (
    FlavorNotFound,
    KeypairNotFound,
    NewServer,
    Operstate,
    ServerNotFound,
    ServerSuspended,
    Wanted,
    WrongState,
)
from synnefod.quota.interface import CPU, DISK, RAM, TOTAL_CPU, TOTAL_RAM, VM
from tests.unit.compute.house import ALICE, MALLORY, ROOT, HouseCase
from tests.unit.compute.neighbours import an_image

GIB = 1 << 30
FULL = {
    VM: (1, 1),
    TOTAL_CPU: (2, 2),
    CPU: (2, 2),
    TOTAL_RAM: (2 * GIB, 2 * GIB),
    RAM: (2 * GIB, 2 * GIB),
    DISK: (10 * GIB, 10 * GIB),
}
STOPPED = FULL | {CPU: (0, 0), RAM: (0, 0)}
BEPARAMS = {"auto_balance": True, "vcpus": 2, "minmem": 2048, "maxmem": 2048}
"""As the cluster's RAPI reads our "memory" (5.1)."""
NOTHING = dict.fromkeys(FULL, (0, 0))


class Lives(HouseCase):
    """A whole life; each state is what the cluster says, each counter what the row says."""

    async def test_a_server_lives_and_dies(self) -> None:
        """Create, stop, start, reboot, delete (GNT-120, GNT-122, GNT-123, GNT-126, GNT-131,
        GNT-133, CMP-148)."""
        house, actions = self.house, self.house.parts.compute.actions
        number = await house.create(metadata={"OS": "debian"}, tags=("prod",))
        made = await house.show(number)
        self.assertIs(made.server.life.operstate, Operstate.BUILD)
        self.assertEqual(await house.usage(), FULL)
        detail = await house.settle(number, Operstate.STARTED)
        self.assertEqual(await house.usage(), FULL)
        self.assertEqual([port.state for port in detail.ports], ["ACTIVE"])
        self.assertEqual([volume.status for volume in detail.volumes], ["IN_USE"])
        self.assertTrue(detail.tags[0].active)
        await actions.stop(ALICE, number)
        self.assertEqual((await house.show(number)).server.life.task, "STOP")
        self.assertEqual((await house.usage())[CPU], (0, 2))
        await house.settle(number, Operstate.STOPPED)
        self.assertEqual(await house.usage(), STOPPED)
        await actions.start(ALICE, number)
        await house.settle(number, Operstate.STARTED)
        self.assertEqual(await house.usage(), FULL)
        await actions.reboot(ALICE, number, hard=True)
        await house.settle(number, Operstate.STARTED)
        self.assertEqual(await house.usage(), FULL)
        await actions.delete(ALICE, number)
        detail = await house.settle(number, Operstate.DESTROYED)
        self.assertTrue(detail.server.deleted)
        self.assertEqual(await house.usage(), NOTHING)
        self.assertEqual((detail.ports, detail.volumes), ((), ()))
        told = await house.parts.compute.servers.actions(ALICE, number)
        self.assertEqual(
            [(record.action, record.result) for record in reversed(told)],
            [(word, "Success") for word in ("create", "stop", "start", "reboot", "delete")],
        )
        self.assertEqual(
            await house.parts.compute.servers.list(ALICE, Wanted()), [], "deleted ones are listed"
        )

    async def test_the_create_body_is_the_contracts(self) -> None:
        """The cluster gets exactly the body of ganeti.md 5.1 (GNT-030, CMP-271): names by our
        prefix and numbers (GNT-001)."""
        number = await self.house.create(tags=("a b_ü",))
        await self.house.settle(number, Operstate.STARTED)
        jobs = await self.house.backends.the_cluster.jobs()
        op = next(op for job in jobs for op in job.ops if op["OP_ID"] == "OP_INSTANCE_CREATE")
        self.assertEqual(op["instance_name"], f"snf-{number}")
        self.assertEqual(op["disk_template"], "plain")
        self.assertEqual(op["disks"], [{"name": f"snf-vol-{number}0", "size": 10240}])
        self.assertEqual(op["beparams"], BEPARAMS)
        self.assertEqual(set(op["osparams"]), {"config_url", "img_id", "img_format"})
        self.assertEqual(op["osparams"]["img_id"], f"pithosmap://feedbeef/{2 * GIB}")
        self.assertEqual(op["tags"], ["cyclades:user:a+b*/C3/BC"])
        self.assertIs(op["ip_check"], False)

    async def test_a_stopped_server_starts_when_rebooted(self) -> None:
        """Reboot of a stopped server starts it and charges what a start does (CMP-132)."""
        house, actions = self.house, self.house.parts.compute.actions
        number = await house.create()
        await house.settle(number, Operstate.STARTED)
        await actions.stop(ALICE, number)
        await house.settle(number, Operstate.STOPPED)
        await actions.reboot(ALICE, number, hard=False)
        self.assertEqual((await house.usage())[CPU], (0, 2))
        await house.settle(number, Operstate.STARTED)
        self.assertEqual(await house.usage(), FULL)

    async def test_a_resize_follows_the_cluster(self) -> None:
        """The flavor and the totals change when the job has succeeded (GNT-038, GNT-128)."""
        house, compute = self.house, self.house.parts.compute
        number = await house.create()
        await house.settle(number, Operstate.STARTED)
        bigger = await compute.flavors.create(4, 4096, 10, 1)
        with self.assertRaises(WrongState):
            await compute.actions.resize(ALICE, number, bigger.id)
        await compute.actions.stop(ALICE, number)
        await house.settle(number, Operstate.STOPPED)
        other = await compute.flavors.create(4, 4096, 20, 1)
        for wrong in (house.flavor, other):
            with self.assertRaises(Malformed):
                await compute.actions.resize(ALICE, number, wrong.id)
        await compute.actions.resize(ALICE, number, bigger.id)
        detail = await house.settle(number, Operstate.STOPPED)
        self.assertEqual(detail.flavor, bigger)
        usage = await house.usage()
        self.assertEqual(usage[TOTAL_CPU], (4, 4))
        self.assertEqual(usage[TOTAL_RAM], (4 * GIB, 4 * GIB))
        self.assertEqual(usage[CPU], (0, 0))

    async def test_a_failed_creation_ends_in_error(self) -> None:
        """ERROR, parts in ERROR, a diagnostic, the charge stays; then it can be deleted
        (GNT-124, CMP-085)."""
        house = self.house
        house.simulator.cluster.knobs.fail_next(
            "OP_INSTANCE_CREATE", ["OpPrereqError", ["no room", "insufficient_resources"]]
        )
        number = await house.create(tags=("x",))
        detail = await house.settle(number, Operstate.ERROR)
        self.assertEqual([port.state for port in detail.ports], ["ERROR"])
        self.assertEqual([volume.status for volume in detail.volumes], ["ERROR"])
        self.assertEqual(detail.tags, ())
        assert detail.fault is not None
        self.assertEqual(detail.fault.message, "no room")
        self.assertEqual(await house.usage(), FULL)
        await house.parts.compute.actions.delete(ALICE, number)
        await house.settle(number, Operstate.DESTROYED)
        self.assertEqual(await house.usage(), NOTHING)

    async def test_locks_held_are_waited_for(self) -> None:
        """A creation refused for locks is sent once more without opportunistic locking
        (GNT-125)."""
        house = self.house
        house.simulator.cluster.knobs.fail_next(
            "OP_INSTANCE_CREATE", ["OpPrereqError", ["locks", "temp_insufficient_resources"]]
        )
        number = await house.create()
        await house.settle(number, Operstate.STARTED)
        ops = [op for job in await house.backends.the_cluster.jobs() for op in job.ops]
        asked = [op["opportunistic_locking"] for op in ops if op["OP_ID"] == "OP_INSTANCE_CREATE"]
        self.assertEqual(sorted(asked), [False, True])

    async def test_a_failed_action_leaves_the_server(self) -> None:
        """The task ends, the commission is undone, the state stays (CMP-148, GNT-133)."""
        house = self.house
        number = await house.create()
        await house.settle(number, Operstate.STARTED)
        house.simulator.cluster.knobs.fail_next("OP_INSTANCE_SHUTDOWN", ["OpExecError", ["no"]])
        await house.parts.compute.actions.stop(ALICE, number)
        detail = await house.settle(number, Operstate.STARTED)
        self.assertEqual(await house.usage(), FULL)
        assert detail.diagnostic is not None
        self.assertEqual(detail.diagnostic.source, "stop")

    async def test_what_was_done_by_hand_is_followed(self) -> None:
        """A job that nobody here asked for changes state and usage (GNT-133)."""
        house = self.house
        number = await house.create()
        await house.settle(number, Operstate.STARTED)
        await house.backends.the_cluster.stop(f"snf-{number}", reason="by hand")
        await house.settle(number, Operstate.STOPPED)
        self.assertEqual(await house.usage(), STOPPED)


class Refusals(HouseCase):
    """What is not taken, and that nothing is left of it."""

    async def test_refused_creations_leave_nothing(self) -> None:
        """Neither row, charge nor job is left of a refusal, at whatever point (CMP-064, CMP-066,
        CMP-069, CMP-080, CMP-083, CMP-084)."""
        house, creation = self.house, self.house.parts.compute.creation
        good = NewServer(name="x", flavor=house.flavor.id, image=an_image().id)
        for wanted, error in (
            (evolve(good, name=""), Malformed),
            (evolve(good, name="x" * 256), Malformed),
            (evolve(good, flavor=99), FlavorNotFound),
            (evolve(good, image="nothing"), NotFound),
            (evolve(good, image=""), Malformed),
            (evolve(good, key_names=("k",)), KeypairNotFound),
            (evolve(good, password="weak"), Malformed),
            (evolve(good, user_data="%"), Malformed),
            (evolve(good, metadata={"": "x"}), Malformed),
            (evolve(good, project=MALLORY.project), Malformed),
            (evolve(good, tags=("a/b",)), Malformed),
        ):
            with self.assertRaises(error):
                await creation.create(ALICE, wanted)
        await self.grant(MALLORY, cyclades_vm=0)
        with self.assertRaises(OverQuota):
            await creation.create(MALLORY, good)
        house.network.fail = Unavailable("no addresses")
        with self.assertRaises(Unavailable):
            await creation.create(ALICE, good)
        house.network.fail, house.backends.full = None, True
        with self.assertRaises(Unavailable):
            await creation.create(ALICE, good)
        self.assertEqual(await house.usage(), {**NOTHING})
        everything = Wanted(everybody=True, since=0)
        self.assertEqual(await house.parts.compute.servers.list(ROOT, everything), [])
        self.assertEqual(await house.backends.the_cluster.jobs(), [])

    async def test_actions_keep_to_the_table(self) -> None:
        """BUILD 409, wrong and pending states refused, strangers see nothing, suspension forbids
        (CMP-033, CMP-114, CMP-115, CMP-146, CMP-147)."""
        house, actions = self.house, self.house.parts.compute.actions
        self.house.simulator.cluster.knobs.hold = True
        number = await house.create()
        with self.assertRaises(BuildInProgress):
            await actions.stop(ALICE, number)
        with self.assertRaises(BuildInProgress):
            await actions.delete(ALICE, number)
        self.house.simulator.cluster.queue.release()
        await house.settle(number, Operstate.STARTED)
        with self.assertRaises(WrongState):
            await actions.start(ALICE, number)
        for call in (actions.stop, actions.delete, actions.console):
            with self.assertRaises(ServerNotFound):
                await call(MALLORY, number)
        await actions.suspend(number, suspended=True)
        with self.assertRaises(WrongState):
            await actions.suspend(number, suspended=True)
        for call in (actions.stop, actions.delete, actions.console):
            with self.assertRaises(ServerSuspended):
                await call(ALICE, number)
        await actions.stop(ROOT, number)
        await actions.suspend(number, suspended=False)
        with self.assertRaises(WrongState):
            await actions.reboot(ALICE, number, hard=True)
        await house.settle(number, Operstate.STOPPED)
        await actions.delete(ALICE, number)
        await house.settle(number, Operstate.DESTROYED)
        with self.assertRaises(WrongState):
            await actions.delete(ALICE, number)
