"""Actions of OpenStack's clients, over real networks and volumes on a simulated cluster."""

from __future__ import annotations

from typing import Any

from synnefod.cluster.interface import ProgressEvent
from synnefod.compute.interface import Detail, Limits, Operstate
from synnefod.quota.interface import TOTAL_CPU
from tests.harness.web import Answer
from tests.unit.compute.house import ALICE
from tests.unit.compute.real import RealNeighbours
from tests.unit.resources.compute.site import LEGACY, NOVA, SiteCase


class RealSite(RealNeighbours, SiteCase):
    """Helpers for tests that act on one server."""

    async def started(self, **more: Any) -> int:
        number = int(await self.make(**more))
        await self.house.settle(number, Operstate.STARTED)
        return number

    async def stopped(self, **more: Any) -> int:
        number = await self.started(**more)
        await self.act(number, {"os-stop": None})
        await self.settled(number, Operstate.STOPPED)
        return number

    async def settled(self, number: int, state: Operstate) -> Detail:
        return await self.house.settle(number, state)

    async def act(self, number: int, body: Any, status: int = 202, **more: Any) -> Answer:
        path = f"{NOVA}/servers/{number}/action"
        answer: Answer = await self.ask("POST", path, body, **more)
        self.assertEqual(answer.status, status, (body, answer.text))
        return answer


class Plain(RealSite):
    async def test_the_output_of_a_console_is_what_the_deployment_told(self) -> None:
        """The last lines of what is known of a guest, "" while nothing is (CMP-416)."""
        number = int(await self.make())
        answer = await self.act(number, {"os-getConsoleOutput": {}}, 200)
        self.assertEqual(answer.json(), {"output": ""})
        for when, text in ((1_000_000, "copying"), (2_000_000, "booting")):
            event = ProgressEvent(
                "one.localhost", f"snf-{number}", "image-info", when, {"messages": [text]}
            )
            await self.house.parts.keeper.feed(event)
        for length, texts in (
            (None, ["copying", "booting"]),
            (-1, ["copying", "booting"]),
            (1, ["booting"]),
            ("9", ["copying", "booting"]),
            (0, []),
        ):
            body = {"os-getConsoleOutput": {"length": length}}
            output = (await self.act(number, body, 200)).json()["output"]
            self.assertEqual([line.split(": ")[-1] for line in output.splitlines()], texts)
            self.assertEqual(output.count("image-info"), len(texts))
        for length in (-2, "x", True, [1]):
            await self.act(number, {"os-getConsoleOutput": {"length": length}}, 400)


class Resizing(RealSite):
    async def shown(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"{NOVA}/servers/{number}")).json()["server"]
        return found

    async def resized(self, *, confirm: bool) -> tuple[int, int]:
        bigger = await self.house.parts.compute.flavors.create(4, 4096, 10, 1)
        number = await self.stopped()
        await self.act(number, {"resize": {"flavorRef": str(bigger.id)}})
        shown = await self.shown(number)
        self.assertEqual((shown["status"], shown["OS-EXT-STS:task_state"]), (
            "RESIZE", "resize_migrating"))  # fmt: skip
        await self.settled(number, Operstate.STOPPED)
        shown = await self.shown(number)
        self.assertEqual(shown["flavor"]["id"], str(bigger.id))
        self.assertEqual(
            (shown["status"], shown["OS-EXT-STS:vm_state"], shown["OS-EXT-STS:power_state"]),
            ("VERIFY_RESIZE", "resized", 4) if confirm else ("SHUTOFF", "stopped", 4),
        )
        return number, bigger.id

    async def listed(self, word: str) -> int:
        return len((await self.ask("GET", f"{NOVA}/servers?status={word}")).json()["servers"])

    async def test_a_resize_waits_for_its_confirmation(self) -> None:
        """VERIFY_RESIZE until it is confirmed, 204 once and 409 then (CMP-413, 14.4.3)."""
        number, _ = await self.resized(confirm=True)
        self.assertEqual((await self.listed("VERIFY_RESIZE"), await self.listed("SHUTOFF")), (1, 0))
        legacy = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(legacy["status"], "STOPPED")
        await self.act(number, {"confirmResize": None}, 204)
        self.assertEqual((await self.shown(number))["status"], "SHUTOFF")
        self.assertEqual((await self.listed("VERIFY_RESIZE"), await self.listed("SHUTOFF")), (0, 1))
        await self.act(number, {"confirmResize": None}, 409)
        await self.act(number, {"revertResize": None}, 409)

    async def test_a_resize_may_be_reverted(self) -> None:
        """The flavor and what is charged are those of before, even if that flavor is deleted."""
        before = self.house.flavor
        number, _ = await self.resized(confirm=True)
        await self.house.parts.compute.flavors.modify(before.id, deleted=True)
        await self.act(number, {"revertResize": None})
        await self.settled(number, Operstate.STOPPED)
        shown = await self.shown(number)
        self.assertEqual((shown["status"], shown["flavor"]["id"]), ("SHUTOFF", str(before.id)))
        self.assertEqual((await self.house.usage())[TOTAL_CPU], (2, 2))
        told = (await self.ask("GET", f"{NOVA}/servers/{number}/os-instance-actions")).json()
        self.assertEqual(
            [entry["action"] for entry in told["instanceActions"]],
            ["revertResize", "resize", "stop", "create"],
        )

    async def test_a_running_server_is_not_resized(self) -> None:
        """409, as for every wrong state (CMP-413)."""
        bigger = await self.house.parts.compute.flavors.create(4, 4096, 10, 1)
        number = await self.started()
        await self.act(number, {"resize": {"flavorRef": str(bigger.id)}}, 409)


class AtOnce(Resizing):
    limits = Limits(resize_confirm_after=0)

    async def test_a_resize_waits_for_its_confirmation(self) -> None:
        """With no time to wait it counts as confirmed at once."""
        number, _ = await self.resized(confirm=False)
        await self.act(number, {"confirmResize": None}, 409)

    async def test_a_resize_may_be_reverted(self) -> None:
        """What is confirmed is not reverted."""
        number, _ = await self.resized(confirm=False)
        await self.act(number, {"revertResize": None}, 409)


class Filters(RealSite):
    async def test_lists_are_filtered_as_nova_does(self) -> None:
        """Names and addresses are regular expressions in either case, states in all of Nova's
        words, tags from 2.26 on; what says nothing known is ignored (CMP-411)."""
        web, db = await self.started(name="web-1"), int(await self.make(name="DB_2"))
        await self.settled(db, Operstate.STARTED)
        tags = self.house.parts.compute.tags
        for number, tag in ((web, "a"), (web, "b"), (db, "b")):
            await tags.add(ALICE, number, tag)
        await self.act(db, {"os-stop": None})
        address = (await self.house.show(web)).ports[0].ips[0].address
        newer = {"OpenStack-API-Version": "compute 2.60"}
        for query, expected in (
            ("name=web", [web]),
            ("name=%5Eweb-%5Cd%24", [web]),
            ("name=%5Edb", [db]),
            ("name=%5E(web|db)", [db, web]),
            ("name=web%5C-1", [web]),
            ("name=b.2", [db]),
            ("name=b.3", []),
            ("name=%28", []),
            ("name=_", [db]),
            (f"ip=%5E{address}%24", [web]),
            ("ip=198.51", []),
            ("ip6=2001%3Adb8", [db, web]),
            ("vm_state=active", [db, web]),
            ("vm_state=rescued", []),
            ("power_state=4", []),
            ("task_state=powering-off", [db]),
            ("task_state=shelving", []),
            ("locked=true", []),
            (f"user_id={ALICE.user}", [db, web]),
            ("user_id=x", []),
            ("key_name=k", []),
            ("availability_zone=nova", [db, web]),
            ("availability_zone=moon", []),
            ("tags=a,b", [web]),
            ("tags-any=a,b", [db, web]),
            ("not-tags=a,b", [db]),
            ("not-tags-any=a", [db]),
            ("tags=b&name=%5Ed", [db]),
            ("name=.&limit=1", [db]),
            (f"name=.&limit=1&marker={db}", [web]),
            ("sort_dir=asc", [web, db]),
            ("host=x&nonsense=1", [db, web]),
        ):
            answer = await self.ask("GET", f"{NOVA}/servers?{query}", headers=newer)
            self.assertEqual(answer.status, 200, (query, answer.text))
            found = [int(server["id"]) for server in answer.json()["servers"]]
            self.assertEqual(found, expected, query)
