"""Servers that move to another project, and who sees them then, in the legacy dialect."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.ids import ProjectId
from synnefod.compute.interface import Limits, Operstate
from synnefod.quota import interface as counted
from synnefod.quota.interface import CPU, DISK, INFINITE, RAM, TOTAL_CPU, TOTAL_RAM, VM
from synnefod.store.interface import Tx
from tests.unit.compute.house import ALICE, MALLORY
from tests.unit.resources.compute import site
from tests.unit.resources.compute.site import LEGACY
from tests.unit.resources.compute.test_nova_actions import RealSite

GIB = 1 << 30
TEAM = ProjectId("44444444-0000-4000-8000-000000000004")
NOTHING = dict.fromkeys((VM, TOTAL_CPU, CPU, TOTAL_RAM, RAM, DISK), 0)
ALL = {VM: 1, TOTAL_CPU: 2, CPU: 0, TOTAL_RAM: 2 * GIB, RAM: 0, DISK: 10 * GIB}


class Reassigning(RealSite):
    limits = Limits(shared_resources=True)
    most = INFINITE

    async def build(self) -> None:
        await super().build()
        for person in (ALICE, MALLORY):
            member = evolve(person, projects=person.projects | {TEAM})
            self.patch(site, "PEOPLE", {**site.PEOPLE, person.name: member})

        async def body(tx: Tx) -> None:
            quantities = dict.fromkeys(NOTHING, self.most)
            team = counted.project_holder(TEAM)
            for holder, source in ((counted.user_holder(ALICE.user), team), (team, None)):
                await self.house.rooms.quota.set_limits(tx, holder, source, quantities)

        await self.house.store.transact("limits", body)

    async def used(self, project: ProjectId) -> dict[str, int]:
        async def body(tx: Tx) -> dict[str, int]:
            holder, source = counted.user_holder(ALICE.user), counted.project_holder(project)
            found = await self.house.rooms.quota.holdings(tx, [holder], source=source)
            kept = [h for h in found if h.resource != counted.PRIVATE_NETWORK]
            return {h.resource: h.usage_max for h in kept if h.usage_max == h.usage_min}

        used: dict[str, int] = await self.house.store.read("usage", body)
        return used

    async def move(self, number: int, token: str = "alice", **given: object) -> int:
        path = f"{LEGACY}/servers/{number}/action"
        answer = await self.ask("POST", path, {"reassign": given}, token=token)
        if answer.status == 200:
            self.assertEqual(answer.body, b"")
        return int(answer.status)

    async def test_a_server_moves_with_its_root_and_its_charges(self) -> None:
        """200 and empty; the counters of both projects say where it is (CMP-117, CMP-118)."""
        number = await self.stopped()
        assert ALICE.project is not None
        self.assertEqual(await self.used(ALICE.project), ALL)
        self.assertEqual(await self.move(number, project=TEAM), 200)
        self.assertEqual(await self.used(ALICE.project), NOTHING)
        self.assertEqual(await self.used(TEAM), ALL)
        detail = await self.house.show(number)
        self.assertEqual((detail.server.project, detail.volumes[0].project), (TEAM, TEAM))
        self.assertEqual(detail.ports[0].project, ALICE.project)
        await self.ask("DELETE", f"{LEGACY}/servers/{number}")
        await self.settled(number, Operstate.DESTROYED)
        self.assertEqual(await self.used(TEAM), NOTHING)

    async def test_sharing_alone_charges_nothing(self) -> None:
        """Only the flags change; members see the server then (CMP-120, CMP-031)."""
        number = await self.stopped()
        self.assertEqual(await self.move(number, project=TEAM), 200)
        path = f"{LEGACY}/servers/{number}"
        self.assertEqual((await self.ask("GET", path, token="mallory")).status, 404)
        before = await self.used(TEAM)
        self.assertEqual(await self.move(number, project=TEAM, shared_to_project=True), 200)
        self.assertEqual(await self.used(TEAM), before)
        shown = (await self.ask("GET", path, token="mallory")).json()["server"]
        self.assertIs(shown["shared_to_project"], True)
        listed = (await self.ask("GET", f"{LEGACY}/servers", token="mallory")).json()["servers"]
        self.assertEqual([server["id"] for server in listed], [number])
        volumes = await self.house.volumes.visible(site.PEOPLE["mallory"])
        self.assertEqual(len(volumes), 1)
        for given in ({"project": TEAM}, {"project": MALLORY.project}):
            self.assertEqual(await self.move(number, "mallory", **given), 403)
        self.assertEqual(await self.move(number, project=TEAM, shared_to_project=False), 200)
        self.assertEqual((await self.ask("GET", path, token="mallory")).status, 404)

    async def test_refusals(self) -> None:
        """No project 400; not a member, no access to cluster or flavor 403; a pending task 400,
        a build 409 (CMP-119, CMP-121)."""
        flavors = self.house.parts.compute.flavors
        number = int(await self.make())
        self.assertEqual(await self.move(number, project=TEAM), 409)
        await self.settled(number, Operstate.STARTED)
        await self.act(number, {"os-stop": None})
        self.assertEqual(await self.move(number, project=TEAM), 400)
        await self.settled(number, Operstate.STOPPED)
        for given, status in (
            ({}, 400),
            ({"project": 7}, 400),
            ({"project": TEAM, "shared_to_project": "yes"}, 400),
            ({"project": MALLORY.project}, 403),
        ):
            self.assertEqual(await self.move(number, **given), status, given)
        self.house.backends.public = False
        self.assertEqual(await self.move(number, project=TEAM), 403)
        self.house.backends.public = True
        await flavors.modify(self.house.flavor.id, public=False)
        self.assertEqual(await self.move(number, project=TEAM), 403)
        await flavors.grant(self.house.flavor.id, TEAM)
        self.assertEqual(await self.move(number, project=TEAM), 200)


class Unshared(Reassigning):
    limits = Limits()
    most = 0

    async def test_sharing_alone_charges_nothing(self) -> None:
        """While it is switched off, sharing is refused here as at creation (CMP-065, CMP-117)."""
        number = await self.stopped()
        self.assertEqual(await self.move(number, project=TEAM, shared_to_project=True), 403)
        body = {"name": "a", "imageRef": "", "flavorRef": 1, "shared_to_project": True}
        answer = await self.ask("POST", f"{LEGACY}/servers", {"server": body})
        self.assertEqual(answer.status, 403)

    async def test_a_server_moves_with_its_root_and_its_charges(self) -> None:
        """A project without room takes none, and nothing has changed then (CMP-084)."""
        number = await self.stopped()
        self.assertEqual(await self.move(number, project=TEAM), 413)
        self.assertEqual((await self.house.show(number)).server.project, ALICE.project)

    async def test_refusals(self) -> None:
        """An unknown server is 404 (CMP-033)."""
        self.assertEqual(await self.move(999, project=TEAM), 404)
