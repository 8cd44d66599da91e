"""The table of OpenStack's actions (14.4.3): what is offered, to whom, and what is not."""

from __future__ import annotations

from attrs import evolve

from synnefod.common.ids import ProjectId
from synnefod.compute.interface import Limits, Operstate
from tests.unit.compute.house import ALICE, MALLORY
from tests.unit.resources.compute import site
from tests.unit.resources.compute.site import NOVA
from tests.unit.resources.compute.test_nova_actions import RealSite

NEWER = {"OpenStack-API-Version": "compute 2.60"}
SHARED = ProjectId("99999999-0000-4000-8000-000000000009")


class Offers(RealSite):
    async def test_what_is_not_offered(self) -> None:
        """501 for everybody, 403 for what is the administrator's, 409 where the state forbids
        (CMP-417)."""
        number = await self.started()
        for name in (
            *("pause", "unpause", "suspend", "resume", "shelve", "unshelve", "shelveOffload"),
            *("rebuild", "createBackup", "trigger_crash_dump"),
        ):
            await self.act(number, {name: {"imageRef": "x"} if name == "rebuild" else None}, 501)
        for name in ("migrate", "os-migrateLive", "evacuate", "os-resetState"):
            await self.act(number, {name: {}}, 403)
            await self.act(number, {name: {}}, 501, token="root")
        await self.act(number, {"restore": None}, 409)
        change = {"changePassword": {"adminPass": "secret"}}
        await self.act(number, change, 501)
        await self.act(number, {"changePassword": {}}, 400)
        await self.act(number, {"os-stop": None})
        await self.settled(number, Operstate.STOPPED)
        await self.act(number, change, 409)
        await self.act(number, {"nothing": None}, 400)

    async def test_addresses_below_2_44(self) -> None:
        """A fixed address is a card more, and goes with it; from 2.44 on 404 (14.2)."""
        number = await self.stopped()
        await self.act(number, {"addFixedIp": {"networkId": str(self.private)}})
        detail = await self.settled(number, Operstate.STOPPED)
        port = next(port for port in detail.ports if port.network == self.private)
        await self.act(number, {"removeFixedIp": {"address": port.ips[0].address}})
        detail = await self.settled(number, Operstate.STOPPED)
        self.assertEqual(len(detail.ports), 1)
        for body in (
            {"addFixedIp": {}},
            {"addFixedIp": {"networkId": True}},
            {"removeFixedIp": {"address": "10.1.0.77"}},
            {"removeFixedIp": {}},
            {"addFloatingIp": {}},
        ):
            await self.act(number, body, 400)
        await self.act(number, {"addFloatingIp": {"address": "192.0.2.77"}}, 404)
        await self.act(number, {"removeFloatingIp": {"address": "192.0.2.77"}}, 404)
        await self.act(number, {"addFloatingIp": {"address": "1.2.3.4"}}, 404, headers=NEWER)


class Locks(RealSite):
    limits = Limits(shared_resources=True)

    async def test_a_lock_is_its_owners(self) -> None:
        """The others of the project are refused with 409, the owner and administrators are not; a
        suspension shows as a lock that only administrators lift (CMP-417, CMP-115)."""
        number = await self.stopped()
        await self.rows_of(number)
        member = evolve(MALLORY, projects=MALLORY.projects | {SHARED})
        self.patch(site, "PEOPLE", {**site.PEOPLE, "member": member})
        await self.act(number, {"lock": {"locked_reason": "mine"}})
        shown = await self.ask("GET", f"{NOVA}/servers/{number}", headers=NEWER)
        self.assertIs(shown.json()["server"]["locked"], True)
        refused = await self.act(number, {"os-start": None}, 409, token="member")
        self.assertEqual(list(refused.json()), ["conflictingRequest"])
        await self.act(number, {"unlock": None}, 409, token="member")
        answer = await self.ask("DELETE", f"{NOVA}/servers/{number}", token="member")
        self.assertEqual(answer.status, 409)
        await self.act(number, {"unlock": None})
        path, body = f"{NOVA}/servers/{number}/metadata", {"metadata": {"a": "b"}}
        self.assertEqual((await self.ask("POST", path, body, token="member")).status, 200)
        await self.house.parts.compute.actions.suspend(number, suspended=True)
        await self.act(number, {"unlock": None}, 403)
        shown = await self.ask("GET", f"{NOVA}/servers/{number}", headers=NEWER)
        self.assertIs(shown.json()["server"]["locked"], True)

    async def rows_of(self, number: int) -> None:
        """The server is shared to a project of its owner's and others'."""
        change = "update servers set shared = 1, project = :project where id = :id"
        await self.house.store.transact(
            "share", lambda tx: tx.run(change, project=SHARED, id=number)
        )
        self.assertEqual((await self.house.show(number)).server.user, ALICE.user)
