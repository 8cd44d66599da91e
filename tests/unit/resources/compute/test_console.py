"""From the request for a console to the greeting of the guest's screen."""

from __future__ import annotations

import struct
from urllib.parse import parse_qs, urlsplit

from attrs import evolve
from twisted.internet import reactor
from twisted.web.websocket import WebSocketClientEndpoint

from synnefod.cluster.interface import Instance
from synnefod.compute.interface import Operstate
from synnefod.protocols.vnc import ConsoleRelay
from synnefod.protocols.vncauth import NoFreePort
from synnefod.resources.compute.console import CONSOLE_PATH, ConsoleDoor
from synnefod.resources.compute.mounts import mounts
from synnefod.resources.root import tree
from synnefod.resources.webapp import File
from tests.harness.web import Loopback, WebClient
from tests.unit.protocols.vnc.test_relay import Viewers
from tests.unit.resources.compute.site import LEGACY, NOVA, PAPER, ByName, SiteCase


class Consoles(SiteCase):
    async def build(self) -> None:
        await super().build()
        consoles = self.house.parts.compute.consoles
        self.relay = ConsoleRelay(reactor, consoles.take, lambda node, port: ("127.0.0.1", port))
        self.loop = Loopback(reactor, self.relay)
        self.addCleanup(self.loop.stop)
        self.addCleanup(self.relay.close_all)

    async def test_a_console_speaks_rfb(self) -> None:
        """Both dialects lead to the machine's own screen, for a running server only (CMP-134,
        CMP-135, CMP-260, GNT-046)."""
        number = await self.make()
        path = f"{NOVA}/servers/{number}"
        newer = {"OpenStack-API-Version": "compute 2.6"}
        asked = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
        answer = await self.ask("POST", path + "/remote-consoles", asked, headers=newer)
        self.assertEqual(answer.status, 409)
        await self.house.settle(int(number), Operstate.STARTED)
        answer = await self.ask("POST", path + "/remote-consoles", asked, headers=newer)
        self.assertEqual(answer.status, 200, answer.text)
        urls = [answer.json()["remote_console"]["url"]]
        old = {"os-getVNCConsole": {"type": "novnc"}}
        answer = await self.ask("POST", path + "/action", old)
        urls.append(answer.json()["console"]["url"])
        self.assertEqual((await self.ask("POST", path + "/action", old, headers=newer)).status, 404)
        legacy = f"{LEGACY}/servers/{number}/action"
        answer = await self.ask("POST", legacy, {"console": {"type": "vnc-wss"}})
        self.assertEqual(answer.status, 200)
        urls.append(answer.json()["console"]["url"])
        for url in urls:
            self.assertIn(CONSOLE_PATH + "?token=", url)
            target = url.replace("http://cloud.example.org", self.loop.url(""))
            endpoint = WebSocketClientEndpoint.new(reactor, target.replace("http:", "ws:"))
            viewer = await endpoint.connect(Viewers())  # type: ignore[arg-type]
            self.assertEqual(await viewer.read(12), b"RFB 003.008\n")
            viewer.transport.sendBytesMessage(b"RFB 003.008\n")
            self.assertEqual(await viewer.read(2), b"\x01\x01")
            viewer.transport.sendBytesMessage(b"\x01")
            self.assertEqual(await viewer.read(4), b"\0\0\0\0")
            viewer.transport.sendBytesMessage(b"\x01")
            width, height = struct.unpack(">HH", await viewer.read(4))
            self.assertGreater(width * height, 0)
            viewer.transport.loseConnection()
            await viewer.lost

    async def test_a_browser_gets_the_page_that_opens_the_console(self) -> None:
        """Under a strict policy, and the ticket is not used up by it; a handshake at the same
        address, or where noVNC's `path` says, still yields RFB (CMP-135, CMP-414)."""
        number = await self.make()
        await self.house.settle(int(number), Operstate.STARTED)
        page = File("text/html; charset=utf-8", {b"": b"<html>noVNC</html>"}, b'"tag"', "no-cache")
        door = ConsoleDoor(self.relay, {"console.html": page})
        loop = Loopback(reactor, door)
        self.addCleanup(loop.stop)
        old = {"os-getVNCConsole": {"type": "novnc"}}
        answer = await self.ask("POST", f"{NOVA}/servers/{number}/action", old)
        url = answer.json()["console"]["url"].removeprefix("http://cloud.example.org")
        for _ in range(2):
            shown = await WebClient(door).send("GET", url)
            self.assertEqual((shown.status, shown.body), (200, b"<html>noVNC</html>"))
            self.assertIn("script-src 'self'", shown.headers["content-security-policy"])
            self.assertEqual(shown.headers["cache-control"], "no-store")
        (behind,) = parse_qs(urlsplit(url).query)["path"]
        target = loop.url("/" + behind).replace("http:", "ws:")
        viewer = await WebSocketClientEndpoint.new(reactor, target).connect(Viewers())  # type: ignore[arg-type]
        self.assertEqual(await viewer.read(12), b"RFB 003.008\n")
        viewer.transport.loseConnection()
        await viewer.lost

    async def test_legacy_clients_get_a_port_and_a_password(self) -> None:
        """`vnc`: host, port and password of a port for one viewer (CMP-134)."""
        number = int(await self.make())
        await self.house.settle(number, Operstate.STARTED)
        opened: list[tuple[str, int, str]] = []

        class Ports:
            async def open(self, node: str, port: int, password: str) -> tuple[str, int]:
                opened.append((node, port, password))
                return "", 25001

        compute = self.house.parts.compute
        found = mounts(compute, reactor, ByName(), PAPER, PAPER, PAPER, console_ports=Ports())  # type: ignore[arg-type]
        web = WebClient(tree(found), token="alice")
        body = {"console": {"type": "vnc"}}
        answer = await web.send("POST", f"{LEGACY}/servers/{number}/action", json=body)
        (node, port, password) = opened[0]
        self.assertEqual(
            answer.json()["console"],
            {"type": "vnc", "host": "cloud.example.org", "port": 25001, "password": password},
        )
        instance = await self.house.backends.the_cluster.instance(f"snf-{number}")
        self.assertEqual((node, port), (instance.pnode, instance.network_port))
        answer = await self.ask("POST", f"{LEGACY}/servers/{number}/action", body)
        self.assertEqual(answer.status, 501)

    async def test_a_machine_that_stopped_by_itself(self) -> None:
        """Refused, and the row is corrected (CMP-261)."""
        number = await self.make()
        await self.house.settle(int(number), Operstate.STARTED)
        self.house.simulator.cluster.vanish(f"snf-{number}")
        answer = await self.ask(
            "POST", f"{LEGACY}/servers/{number}/action", {"console": {"type": "vnc-ws"}}
        )
        self.assertEqual(answer.status, 400)
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(shown["status"], "STOPPED")

    async def test_what_cannot_be_reached_now(self) -> None:
        """503: no port is free, the machine moved meanwhile, its cluster is silent (CMP-262)."""
        number = int(await self.make())
        await self.house.settle(number, Operstate.STARTED)

        class Full:
            async def open(self, node: str, port: int, password: str) -> tuple[str, int]:
                raise NoFreePort

        compute = self.house.parts.compute
        found = mounts(compute, reactor, ByName(), PAPER, PAPER, PAPER, console_ports=Full())  # type: ignore[arg-type]
        web = WebClient(tree(found), token="alice")
        path = f"{LEGACY}/servers/{number}/action"
        answer = await web.send("POST", path, json={"console": {"type": "vnc"}})
        self.assertEqual((answer.status, list(answer.json())), (503, ["serviceUnavailable"]))
        cluster = self.house.backends.the_cluster
        plain = cluster.instance
        asked: list[str] = []

        async def moving(name: str) -> Instance:
            asked.append(name)
            seen = await plain(name)
            return evolve(seen, pnode="elsewhere") if len(asked) > 1 else seen

        self.patch(cluster, "instance", moving)
        for mount, body in (
            (LEGACY, {"console": {"type": "vnc-ws"}}),
            (NOVA, {"os-getVNCConsole": {"type": "novnc"}}),
        ):
            asked.clear()
            answer = await self.ask("POST", f"{mount}/servers/{number}/action", body)
            self.assertEqual(answer.status, 503, answer.text)
        self.patch(cluster, "instance", plain)
        self.house.simulator.cluster.knobs.rapi = "down"
        answer = await self.ask("POST", path, {"console": {"type": "vnc-ws"}})
        self.assertEqual(answer.status, 503, answer.text)
