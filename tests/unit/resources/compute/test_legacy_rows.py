"""Rows of the legacy contract about one server, over real networks and volumes."""

from __future__ import annotations

import base64
from typing import Any

from synnefod.cluster.interface import ProgressEvent
from synnefod.common.clockwork import sleep
from synnefod.compute.interface import Limits, Operstate
from tests.unit.compute.neighbours import an_image
from tests.unit.resources.compute.site import LEGACY
from tests.unit.resources.compute.test_tags import TagSite

GOOD = {"name": "db1", "flavorRef": 1, "imageRef": an_image().id}
FILE = {"path": "/a", "contents": base64.b64encode(b"x").decode()}


class Creating(TagSite):
    async def create(self, **change: Any) -> tuple[int, Any]:
        body = {key: value for key, value in {**GOOD, **change}.items() if value is not ...}
        answer = await self.ask("POST", LEGACY + "/servers", {"server": body})
        return answer.status, answer.json()

    async def test_bad_bodies(self) -> None:
        """Each with its status (CMP-061, CMP-062, CMP-063, CMP-069, CMP-071, CMP-072, CMP-073,
        CMP-074, CMP-075, CMP-076, CMP-077, CMP-078, CMP-079)."""
        for change, status in (
            ({"name": ...}, 400),
            ({"imageRef": ...}, 400),
            ({"flavorRef": ...}, 400),
            ({"metadata": []}, 400),
            ({"tags": {}}, 400),
            ({"personality": {}}, 400),
            ({"networks": {}}, 400),
            ({"SNF:key_names": "k"}, 400),
            ({"name": ""}, 400),
            ({"name": 7}, 400),
            ({"name": "x" * 256}, 400),
            ({"key_name": "a", "SNF:key_names": ["b"]}, 400),
            ({"key_name": "none"}, 404),
            ({"user_data": "%"}, 400),
            ({"user_data": "aGk=\n"}, 400),
            ({"user_data": "A" * 65536}, 400),
            ({"personality": [FILE] * 6}, 413),
            ({"personality": [{**FILE, "contents": "A" * 10244}]}, 413),
            ({"personality": [{**FILE, "more": 1}]}, 400),
            ({"personality": [{**FILE, "contents": "%"}]}, 400),
            ({"personality": [{"path": "/a"}]}, 400),
            ({"personality": [{"contents": "aGk="}]}, 400),
            ({"metadata": {str(place): "" for place in range(11)}}, 400),
            ({"metadata": {"k" * 51: ""}}, 400),
            ({"metadata": {"k": "v" * 501}}, 400),
            ({"metadata": {"k": 1}}, 400),
            ({"tags": [str(place) for place in range(51)]}, 400),
            ({"tags": ["x" * 61]}, 400),
            ({"tags": [""]}, 400),
            ({"tags": ["a/b"]}, 400),
            ({"tags": ["a,b"]}, 400),
        ):
            found, text = await self.create(**change)
            self.assertEqual(found, status, (change, text))
        listed = (await self.ask("GET", LEGACY + "/servers")).json()
        self.assertEqual(listed, {"servers": []})

    async def test_the_longest_that_is_taken(self) -> None:
        """The limits themselves are within (CMP-063, CMP-072, CMP-076, CMP-079)."""
        status, text = await self.create(
            name="x" * 255,
            user_data="A" * 65532,
            personality=[{**FILE, "contents": "A" * 10240}] * 5,
            metadata={"k" * 50: "v" * 500},
            tags=["x" * 60],
        )
        self.assertEqual(status, 202, text)

    async def test_passwords(self) -> None:
        """A weak one is refused, a good one kept, a missing one made (CMP-068)."""
        for weak in ("short1A", "alllowercase1", "ALLUPPERCASE1", "NoDigitsAtAll"):
            self.assertEqual((await self.create(adminPass=weak))[0], 400, weak)
        status, made = await self.create(adminPass="Good0enough")
        self.assertEqual((status, made["server"]["adminPass"]), (202, "Good0enough"))
        made = (await self.create())[1]["server"]["adminPass"]
        self.assertRegex(made, r"\A[a-zA-Z0-9]{10}\Z")
        for kind in ("[a-z]", "[A-Z]", "[0-9]"):
            self.assertRegex(made, kind)


class Showing(TagSite):
    limits = Limits(port_forwarding={"22": ("gw%(id)s.example.org", "610%(id)s")})

    async def told(self, number: int, kind: str, when: int, **body: Any) -> None:
        event = ProgressEvent("one.localhost", f"snf-{number}", kind, when, body)
        await self.house.parts.keeper.feed(event)

    async def test_what_the_deployment_tells(self) -> None:
        """A bare list, newest first; levels, sources and texts; the newest with the server
        (CMP-041, CMP-185, CMP-186, CMP-187, CMP-188, CMP-189)."""
        number = int(await self.make())
        second = 1_000_000
        await self.told(number, "image-copy-progress", 1 * second, progress=140)
        await self.told(number, "image-info", 2 * second, messages=["a", "b"])
        await self.told(number, "image-warning", 3 * second, messages=[])
        await self.told(number, "image-error", 4 * second, messages=["bad"], stderr="trace")
        await self.told(number, "image-helper", 5 * second, subtype="task-start", task="Resize")
        await self.told(number, "image-helper", 6 * second, subtype="warning", messages=["hm"])
        answer = await self.ask("GET", f"{LEGACY}/servers/{number}/diagnostics")
        found = answer.json()
        self.assertEqual(
            [(entry["level"], entry["source"], entry["message"]) for entry in found],
            [
                ("WARNING", "image-helper", "hm"),
                ("DEBUG", "image-helper-task-start", "Resize"),
                ("ERROR", "image-error", "bad"),
                ("WARNING", "image-warning", "Image warning"),
                ("DEBUG", "image-info", "a b"),
            ],
        )
        self.assertEqual([entry["details"] for entry in found], [None, None, "trace", None, None])
        self.assertEqual(found[0]["source_date"], "1970-01-01T00:00:06.000000+00:00")
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(shown["diagnostics"], found[:1])
        self.assertEqual((shown["status"], shown["progress"]), ("BUILD", 100))

    async def test_addresses_and_what_leads_to_them(self) -> None:
        """By network; 404 for one that is not the server's; forwarded ports while there is a
        public address (CMP-044, CMP-045, CMP-180, CMP-181)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}"
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual(shown["SNF:fqdn"], f"snf-{number}.vm.example.synnefo.org")
        forwarded = {"host": f"gw{number}.example.org", "port": f"610{number}"}
        self.assertEqual(shown["SNF:port_forwarding"], {"22": forwarded})
        ips = (await self.ask("GET", path + "/ips")).json()
        self.assertEqual(
            ips, {"addresses": shown["addresses"], "attachments": shown["attachments"]}
        )
        ((network, entries),) = shown["addresses"].items()
        one = (await self.ask("GET", f"{path}/ips/{network}")).json()
        self.assertEqual(one, {"network": {network: entries}})
        self.assertEqual((await self.ask("GET", f"{path}/ips/99")).status, 404)

    async def test_two_cards_on_one_network(self) -> None:
        """The addresses are the union of both (CMP-039)."""
        number = await self.stopped()
        for address in ("10.1.0.8", "10.1.0.9"):
            body = {"net_id": self.private, "fixed_ips": [{"ip_address": address}]}
            path = f"/cyclades/compute/v2.1/servers/{number}/os-interface"
            answer = await self.ask("POST", path, {"interfaceAttachment": body})
            self.assertEqual(answer.status, 200, answer.text)
            await self.settled(number, Operstate.STOPPED)
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        found = shown["addresses"][str(self.private)]
        self.assertEqual([entry["addr"] for entry in found], ["10.1.0.8", "10.1.0.9"])


class Changing(TagSite):
    async def test_a_new_name_is_a_row(self) -> None:
        """The instance keeps its name; what else is sent is ignored (CMP-110, CMP-111)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}"
        answer = await self.ask("PUT", path, {"server": {"name": "new", "status": "ERROR"}})
        self.assertEqual((answer.status, answer.body), (204, b""))
        for bad in ({}, {"name": 7}, {"name": "x" * 256}, {"name": ""}):
            self.assertEqual((await self.ask("PUT", path, {"server": bad})).status, 400, bad)
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual((shown["name"], shown["status"]), ("new", "ACTIVE"))
        found = await self.house.backends.the_cluster.instances()
        self.assertEqual([instance.name for instance in found], [f"snf-{number}"])

    async def test_metadata_is_text_and_moves_the_time(self) -> None:
        """Every change updates `updated`; what is no text, or has no key, is refused (CMP-160,
        CMP-161)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}"
        moments = [(await self.house.show(number)).server.updated]
        for method, more, body in (
            ("POST", "/metadata", {"metadata": {"a": "1"}}),
            ("PUT", "/metadata/a", {"meta": {"a": "2"}}),
            ("DELETE", "/metadata/a", None),
        ):
            await self.settle_down()
            self.assertLess((await self.ask(method, path + more, body)).status, 300)
            moments.append((await self.house.show(number)).server.updated)
        self.assertEqual(moments, sorted(set(moments)))
        for bad in ({"a": 1}, {"a": None}, {"": "x"}, {"a": ["x"]}, ["a"]):
            answer = await self.ask("POST", path + "/metadata", {"metadata": bad})
            self.assertEqual(answer.status, 400, bad)

    async def test_a_removed_server_leaves_nothing(self) -> None:
        """No NIC, the address free again, the volumes DELETED (CMP-122)."""
        number = await self.started()
        address = (await self.house.show(number)).ports[0].ips[0].address
        await self.ask("DELETE", f"{LEGACY}/servers/{number}")
        await self.settled(number, Operstate.DESTROYED)
        self.assertEqual(await self.rows("select count(*) from ports"), [(0,)])
        self.assertEqual(await self.rows("select status, deleted from volumes"), [("DELETED", 1)])
        taken = await self.rows(f"select 1 from ip_addresses where address = '{address}'")
        self.assertEqual(taken, [])

    async def test_resizing(self) -> None:
        """202 for a stopped server; 400 for the same flavor, another disk and while it runs;
        a flavor without `allow_create` may be resized to (CMP-133)."""
        flavors = self.house.parts.compute.flavors
        bigger, wider = await flavors.create(4, 4096, 10, 1), await flavors.create(4, 4096, 20, 1)
        await flavors.modify(bigger.id, allow_create=False)
        number = await self.started()
        path = f"{LEGACY}/servers/{number}/action"

        async def resize(flavor: object) -> int:
            answer = await self.ask("POST", path, {"resize": {"flavorRef": flavor}})
            return int(answer.status)

        self.assertEqual(await resize(bigger.id), 400)
        await self.act(number, {"os-stop": None})
        await self.settled(number, Operstate.STOPPED)
        for flavor, status in ((1, 400), (wider.id, 400), (99, 404), ("x", 400), (None, 400)):
            self.assertEqual(await resize(flavor), status, flavor)
        self.assertEqual(await resize(bigger.id), 202)
        await self.settled(number, Operstate.STOPPED)
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual((shown["flavor"]["id"], shown["status"]), (bigger.id, "STOPPED"))

    async def test_what_is_not_offered(self) -> None:
        """Other consoles 501, rescue 404 while it is off (CMP-136)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}/action"
        for name, status in (
            ("os-getSPICEConsole", 501),
            ("os-getRDPConsole", 501),
            ("rescue", 404),
            ("unrescue", 404),
        ):
            answer = await self.ask("POST", path, {name: {"type": "x"}})
            self.assertEqual(answer.status, status, name)


class TellingResizes(TagSite):
    limits = Limits(legacy_resize_status=True)

    async def test_a_resize_is_told_where_the_deployment_says_so(self) -> None:
        """RESIZE while its job runs, and its own word again after that (GNT-139)."""
        flavors = self.house.parts.compute.flavors
        bigger = await flavors.create(4, 4096, 10, 1)
        number = await self.started()
        await self.act(number, {"os-stop": None})
        await self.settled(number, Operstate.STOPPED)
        cluster = self.house.simulator.cluster
        cluster.knobs.hold = True
        path = f"{LEGACY}/servers/{number}"
        asked = {"resize": {"flavorRef": bigger.id}}
        self.assertEqual((await self.ask("POST", path + "/action", asked)).status, 202)
        while (await self.ask("GET", path)).json()["server"]["status"] != "RESIZE":
            await sleep(self.house.rooms.clock, 0.02)
        cluster.knobs.hold = False
        cluster.queue.release()
        await self.settled(number, Operstate.STOPPED)
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual((shown["flavor"]["id"], shown["status"]), (bigger.id, "STOPPED"))
