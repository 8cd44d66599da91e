"""What was missed is found by comparing, and told to the keeper."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.clockwork import sleep
from synnefod.common.errors import Malformed
from synnefod.compute.comparing import KINDS, Finding
from synnefod.compute.interface import Operstate
from synnefod.quota.interface import CPU
from tests.unit.compute.house import ALICE, HouseCase


class Reconciled(HouseCase):
    async def run_once(self) -> list[tuple[str, int]]:
        found: list[Finding] = await self.house.parts.reconciler.run()
        return [(finding.kind, finding.server) for finding in found]

    async def final(self, count: int = 1) -> None:
        """Waits until `count` jobs were sent to the cluster and all have ended."""
        for _ in range(300):
            jobs = await self.house.backends.the_cluster.jobs()
            if len(jobs) >= count and all(job.status.final for job in jobs):
                return
            await sleep(self.house.rooms.clock, 0.02)

    async def test_a_lost_creation_is_found(self) -> None:
        """BUILD whose job has ended follows it, with NICs and disks (GNT-150)."""
        number = await self.house.create()
        await self.final()
        self.assertEqual(await self.run_once(), [("pending", number)])
        detail = await self.house.show(number)
        self.assertIs(detail.server.life.operstate, Operstate.STARTED)
        self.assertEqual([volume.status for volume in detail.volumes], ["IN_USE"])

    async def test_a_lost_creation_whose_job_is_archived_is_adopted(self) -> None:
        """BUILD with an instance and no job is adopted as created (GNT-152)."""
        number = await self.house.create()
        await self.final()
        queue = self.house.simulator.cluster.queue
        for job in list(queue.all()):
            queue.lose(job.id)
        self.assertEqual(await self.run_once(), [("pending", number)])
        self.assertIs((await self.house.show(number)).server.life.operstate, Operstate.STARTED)

    async def test_a_lost_stop_settles_its_commission(self) -> None:
        """Task, state and usage come right without any report."""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        await self.house.parts.compute.actions.stop(ALICE, number)
        await self.final(2)
        self.assertEqual(await self.run_once(), [("pending", number)])
        life = (await self.house.show(number)).server.life
        self.assertEqual((life.operstate, life.task), (Operstate.STOPPED, ""))
        self.assertEqual((await self.house.usage())[CPU], (0, 0))

    async def test_work_in_flight_is_left_alone(self) -> None:
        """A server whose job runs gives no finding."""
        self.house.simulator.cluster.knobs.hold = True
        await self.house.create()
        self.assertEqual(await self.run_once(), [])
        self.house.simulator.cluster.queue.release()

    async def test_states_by_hand_are_followed(self) -> None:
        """A stop by hand whose report was lost."""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        await self.house.backends.the_cluster.stop(f"snf-{number}", reason="by hand")
        await self.final()
        self.assertIn(("unsynced", number), await self.run_once())
        self.assertIs((await self.house.show(number)).server.life.operstate, Operstate.STOPPED)

    async def test_destroying_fixes_need_two_sights(self) -> None:
        """A server without instance is taken as removed when seen twice; an instance without
        server is left alone until an administrator wants it gone, a grace after its first sight.
        OPS-109"""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        cluster = self.house.backends.the_cluster
        await cluster.remove(f"snf-{number}", reason="by hand")
        body = {
            "__version__": 1,
            "mode": "create",
            "name": "snf-777",
            "disk_template": "diskless",
            "disks": [],
            "nics": [],
            "os": "snf-image+default",
            "beparams": {"vcpus": 1, "memory": 128},
            "ip_check": False,
            "name_check": False,
        }
        await cluster.create(body, reason="by hand")
        await self.final()
        kinds = [("stale", number), ("orphan", 777)]
        self.assertEqual(await self.run_once(), kinds)
        self.assertFalse((await self.house.show(number)).server.deleted)
        self.assertEqual(len(await cluster.instances()), 1)
        self.assertEqual(await self.run_once(), kinds)
        self.assertTrue((await self.house.show(number)).server.deleted)
        self.assertEqual(set((await self.house.usage()).values()), {(0, 0)})
        reconciler = self.house.parts.reconciler
        self.assertEqual(await self.run_once(), [("orphan", 777)])
        await reconciler.reconcile(fix=KINDS)
        self.assertEqual(len(await cluster.instances()), 1)
        reconciler._grace = 0
        await reconciler.reconcile(fix=[kind for kind in KINDS if kind != "orphan"])
        self.assertEqual(len(await cluster.instances()), 1)
        await reconciler.reconcile(fix=["orphan"])
        await self.final()
        self.assertEqual(await cluster.instances(), [])

    async def test_a_quiet_cloud_gives_no_findings(self) -> None:
        """Nothing differs: nothing is found, and nothing is changed by a full fix."""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        ports = self.house.network.ports[number]
        instances = await self.house.backends.the_cluster.instances()
        self.house.network.ports[number] = [
            evolve(port, mac=nic.mac) for port, nic in zip(ports, instances[0].nics, strict=True)
        ]
        before = (await self.house.show(number)).server
        found = await self.house.parts.reconciler.reconcile(fix=KINDS)
        self.assertEqual(found, [])
        self.assertEqual((await self.house.show(number)).server, before)


class Administered(HouseCase):
    async def test_the_administrator_sees_both_sides(self) -> None:
        """A server as the row and as the cluster have it, with its jobs; everybody's servers;
        flavors by the product of what is named (CMP-216)."""
        administration = self.house.parts.administration
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        seen = await administration.server_inspect(number)
        assert seen.instance is not None
        self.assertEqual(seen.instance.name, f"snf-{number}")
        self.assertEqual((len(seen.jobs), seen.waiting, seen.trouble), (1, (), ""))
        listed = await administration.server_list()
        self.assertEqual([detail.server.id for detail in listed], [number])
        made = await administration.flavor_create([1, 2], [1024], [5, 10], [1])
        again = await administration.flavor_create([1], [1024], [5], [1])
        self.assertEqual(len({flavor.id for flavor in made}), 4)
        self.assertEqual(again, made[:1])
        self.assertEqual(len(await administration.flavor_list()), 5)
        with self.assertRaises(Malformed):
            await administration.reconcile_servers(fix=["everything"])
        self.house.simulator.cluster.knobs.rapi = 503
        seen = await administration.server_inspect(number)
        self.assertIsNone(seen.instance)
        self.assertNotEqual(seen.trouble, "")
