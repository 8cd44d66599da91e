"""Actions of OpenStack's clients, over real networks and volumes on a simulated cluster."""

from __future__ import annotations

from typing import Any

from synnefod.cluster.interface import ProgressEvent
from synnefod.compute.interface import Detail, Operstate
from tests.harness.web import Answer
from tests.unit.compute.real import RealNeighbours
from tests.unit.resources.compute.site import NOVA, SiteCase


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

    async def test_the_one_security_group_is_neither_joined_nor_left(self) -> None:
        """Every server is in `default`, and no call says that it did what it did not."""
        number = int(await self.make())
        for action, given, status in (
            ("addSecurityGroup", {"name": "web"}, 404),
            ("removeSecurityGroup", {"name": "web"}, 404),
            ("addSecurityGroup", {"name": "default"}, 400),
            ("removeSecurityGroup", {"name": "default"}, 409),
            ("addSecurityGroup", {}, 400),
        ):
            await self.act(number, {action: given}, status)
