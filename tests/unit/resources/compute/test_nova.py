"""Compute as OpenStack's clients know it."""

from __future__ import annotations

from typing import Any

from synnefod.compute.interface import Operstate
from tests.unit.compute.house import ALICE
from tests.unit.compute.neighbours import an_image
from tests.unit.resources.compute.site import LEGACY, NOVA, SiteCase

KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGv1pHzqsCV0mJX3WQmB5V2kqV1LQ0rYyYkZ0t5b1xQz alice@example"
)
SERVER_KEYS = {
    "id",
    "name",
    "status",
    "tenant_id",
    "user_id",
    "metadata",
    "hostId",
    "image",
    "flavor",
    "created",
    "updated",
    "addresses",
    "accessIPv4",
    "accessIPv6",
    "links",
    "OS-DCF:diskConfig",
    "progress",
    "key_name",
    "config_drive",
    "security_groups",
    "OS-EXT-AZ:availability_zone",
    "OS-EXT-STS:vm_state",
    "OS-EXT-STS:power_state",
    "OS-EXT-STS:task_state",
    "OS-SRV-USG:launched_at",
    "OS-SRV-USG:terminated_at",
    "os-extended-volumes:volumes_attached",
}


class Versions(SiteCase):
    async def test_discovery_needs_no_token(self) -> None:
        """Both roots describe the dialects (CMP-252, CMP-253, CMP-400, CMP-401)."""
        for path in ("/cyclades/compute", "/cyclades/compute/"):
            found = (await self.ask("GET", path, token="")).json()["versions"]
            self.assertEqual([v["id"] for v in found], ["v2.0", "v2.1"])
            self.assertEqual((found[0]["version"], found[0]["status"]), ("", "SUPPORTED"))
            self.assertEqual(found[0]["links"][0]["href"], f"http://cloud.example.org{LEGACY}/")
        for path in (LEGACY, LEGACY + "/"):
            old = (await self.ask("GET", path, token="")).json()["version"]
            self.assertEqual(
                (old["id"], old["media_types"][0]["base"]), ("v2.0", "application/json")
            )
            relations = [link["rel"] for link in old["links"]]
            self.assertEqual(relations, ["self", "describedby", "describedby"])
        for path in (NOVA, NOVA + "/"):
            answer = await self.ask("GET", path, token="")
            self.assertEqual(answer.status, 200)
            version = answer.json()["version"]
            self.assertEqual((version["min_version"], version["version"]), ("2.1", "2.60"))
            self.assertEqual(version["links"][0]["href"], f"http://cloud.example.org{NOVA}/")

    async def test_microversions_are_honoured_and_echoed(self) -> None:
        """Absent 2.1, latest the maximum, outside 406, malformed 400 (CMP-402)."""
        for headers, status, echoed in (
            ({}, 200, "2.1"),
            ({"OpenStack-API-Version": "compute 2.37"}, 200, "2.37"),
            ({"X-OpenStack-Nova-API-Version": "2.6"}, 200, "2.6"),
            ({"OpenStack-API-Version": "compute latest"}, 200, "2.60"),
            ({"OpenStack-API-Version": "compute 2.99"}, 406, None),
            ({"OpenStack-API-Version": "compute x"}, 400, None),
        ):
            answer = await self.ask("GET", NOVA + "/servers", headers=headers)
            self.assertEqual(answer.status, status)
            if echoed is not None:
                self.assertEqual(answer.headers["openstack-api-version"], f"compute {echoed}")
                self.assertEqual(answer.headers["x-openstack-nova-api-version"], echoed)
                self.assertIn("X-OpenStack-Nova-API-Version", answer.headers["vary"])


class Servers(SiteCase):
    async def test_what_the_ordinary_client_sends_makes_a_server(self) -> None:
        """The observed body is taken; the answer has exactly its keys (CMP-404, CMP-405)."""
        image = an_image().id
        body = {
            "name": "a1",
            "imageRef": image,
            "flavorRef": "1",
            "min_count": 1,
            "max_count": 1,
            "networks": "auto",
            "block_device_mapping_v2": [
                {
                    "uuid": image,
                    "boot_index": 0,
                    "source_type": "image",
                    "destination_type": "local",
                    "delete_on_termination": True,
                }
            ],
        }
        answer = await self.ask("POST", NOVA + "/servers", {"server": body})
        self.assertEqual(answer.status, 202, answer.text)
        made = answer.json()["server"]
        self.assertEqual(
            set(made), {"id", "links", "adminPass", "security_groups", "OS-DCF:diskConfig"}
        )
        self.assertEqual(
            answer.headers["location"], f"http://cloud.example.org{NOVA}/servers/{made['id']}"
        )

    async def test_a_server_is_shown_in_novas_words(self) -> None:
        """Only Nova's keys, text ids, addresses by network name, SHUTOFF when stopped, 404 once
        deleted (CMP-403, CMP-406, CMP-407, CMP-408, CMP-410)."""
        number = await self.make()
        path = f"{NOVA}/servers/{number}"
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual((shown["status"], shown["OS-EXT-STS:vm_state"]), ("BUILD", "building"))
        await self.house.settle(int(number), Operstate.STARTED)
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual(set(shown), SERVER_KEYS)
        self.assertEqual((shown["id"], shown["status"]), (number, "ACTIVE"))
        self.assertEqual([entry["version"] for entry in shown["addresses"]["net5"]], [4, 6])
        self.assertEqual(shown["flavor"]["id"], "1")
        newer = {"OpenStack-API-Version": "compute 2.60"}
        shown = (await self.ask("GET", path, headers=newer)).json()["server"]
        self.assertEqual(shown["flavor"]["original_name"], "C2R2048D10plain")
        self.assertEqual((shown["locked"], shown["description"], shown["tags"]), (False, None, []))
        answer = await self.ask("POST", path + "/action", {"os-stop": None})
        self.assertEqual((answer.status, answer.body), (202, b""))
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual(shown["OS-EXT-STS:task_state"], "powering-off")
        await self.house.settle(int(number), Operstate.STOPPED)
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual((shown["status"], shown["OS-EXT-STS:power_state"]), ("SHUTOFF", 4))
        self.assertEqual((await self.ask("DELETE", path)).status, 204)
        await self.house.settle(int(number), Operstate.DESTROYED)
        self.assertEqual((await self.ask("GET", path)).status, 404)
        self.assertEqual((await self.ask("GET", NOVA + "/servers/a1")).status, 404)
        listed = (await self.ask("GET", NOVA + "/servers/detail?deleted=False")).json()
        self.assertEqual(listed, {"servers": []})

    async def test_wrong_states_conflict(self) -> None:
        """409 conflictingRequest, whatever the state (CMP-413)."""
        number = await self.make()
        path = f"{NOVA}/servers/{number}/action"
        answer = await self.ask("POST", path, {"os-stop": None})
        self.assertEqual((answer.status, list(answer.json())), (409, ["conflictingRequest"]))
        await self.house.settle(int(number), Operstate.STARTED)
        answer = await self.ask("POST", path, {"os-start": None})
        self.assertEqual((answer.status, list(answer.json())), (409, ["conflictingRequest"]))
        for body, status in (
            ({}, 400),
            ({"a": {}, "b": {}}, 400),
            ({"nonsense": {}}, 400),
            ({"reboot": {"type": "COLD"}}, 400),
            ({"pause": None}, 501),
            ({"evacuate": {}}, 403),
            ({"confirmResize": None}, 409),
        ):
            self.assertEqual((await self.ask("POST", path, body)).status, status, body)

    async def test_rename_and_metadata_answer_200(self) -> None:
        """PUT gives the server; metadata POST and PUT answer 200, too much of it 403 (CMP-409)."""
        path = f"{NOVA}/servers/{await self.make()}"
        answer = await self.ask("PUT", path, {"server": {"name": " new "}})
        self.assertEqual((answer.status, answer.json()["server"]["name"]), (200, "new"))
        answer = await self.ask("POST", path + "/metadata", {"metadata": {"a": "1"}})
        self.assertEqual((answer.status, answer.json()), (200, {"metadata": {"a": "1"}}))
        answer = await self.ask("PUT", path + "/metadata", {"metadata": {"b": "2"}})
        self.assertEqual(answer.json(), {"metadata": {"b": "2"}})
        answer = await self.ask("PUT", path + "/metadata/c", {"meta": {"c": "3"}})
        self.assertEqual(answer.json(), {"meta": {"c": "3"}})
        self.assertEqual((await self.ask("DELETE", path + "/metadata/c")).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/metadata/c")).status, 404)
        many = {"metadata": {str(place): "x" for place in range(11)}}
        self.assertEqual((await self.ask("PUT", path + "/metadata", many)).status, 403)

    async def test_lists_filter_sort_and_page(self) -> None:
        """Newest first, filters, marker, limit and the link to the next page (CMP-411)."""
        made = [await self.make(name=f"s{place}") for place in range(3)]
        path = NOVA + "/servers"
        found = (await self.ask("GET", path)).json()["servers"]
        self.assertEqual([server["id"] for server in found], made[::-1])
        page = (await self.ask("GET", path + "?limit=2")).json()
        self.assertEqual([server["id"] for server in page["servers"]], [made[2], made[1]])
        after = page["servers_links"][0]["href"].removeprefix("http://cloud.example.org")
        page = (await self.ask("GET", after)).json()
        self.assertEqual([server["id"] for server in page["servers"]], [made[0]])
        self.assertNotIn("servers_links", page)
        for query, expected in (
            ("name=s1", [made[1]]),
            ("name=%5Es1%24", [made[1]]),
            ("status=ACTIVE", []),
            ("status=BUILD", made[::-1]),
            ("status=NONSENSE", []),
            ("flavor=1", made[::-1]),
            ("flavor=x", []),
            (f"image={an_image().id}", made[::-1]),
        ):
            found = (await self.ask("GET", f"{path}?{query}")).json()["servers"]
            self.assertEqual([server["id"] for server in found], expected, query)
        for query, status in (("marker=99", 400), ("limit=-1", 400), ("all_tenants=1", 403)):
            self.assertEqual((await self.ask("GET", f"{path}?{query}")).status, status)
        everybody = await self.ask("GET", path + "?all_tenants=1", token="root")
        self.assertEqual(len(everybody.json()["servers"]), 3)
        self.assertEqual((await self.ask("GET", path, token="mallory")).json(), {"servers": []})

    async def test_refused_creations_say_400(self) -> None:
        """What is named and not there is 400 in this dialect (chapter 15)."""
        good = {"name": "a", "imageRef": an_image().id, "flavorRef": "1"}
        for change in (
            {"imageRef": "nothing"},
            {"flavorRef": "99"},
            {"flavorRef": "x"},
            {"key_name": "nothing"},
            {"name": ""},
            {"name": "a" * 256},
            {"name": "a\u0007b"},
            {"user_data": "%"},
            {"networks": "sometimes"},
            {"networks": [{}]},
            {"availability_zone": "moon"},
            {"metadata": {"a": 1}},
            {"block_device_mapping_v2": [{"source_type": "blank", "boot_index": 0}]},
        ):
            answer = await self.ask("POST", NOVA + "/servers", {"server": {**good, **change}})
            self.assertEqual(answer.status, 400, (change, answer.text))
        for body in ({}, [], None, {"server": {}}):
            answer = await self.ask("POST", NOVA + "/servers", body)
            self.assertEqual(answer.status, 400)

    async def test_actions_are_told(self) -> None:
        """What was asked of a server stays readable, also when it is deleted (CMP-414)."""
        number = await self.make()
        await self.house.settle(int(number), Operstate.STARTED)
        path = f"{NOVA}/servers/{number}/os-instance-actions"
        (told,) = (await self.ask("GET", path)).json()["instanceActions"]
        self.assertEqual((told["action"], told["user_id"]), ("create", ALICE.user))
        one = (await self.ask("GET", f"{path}/{told['request_id']}")).json()["instanceAction"]
        self.assertEqual(one["events"][0]["result"], "Success")
        await self.house.parts.compute.actions.delete(ALICE, int(number))
        await self.house.settle(int(number), Operstate.DESTROYED)
        self.assertEqual((await self.ask("GET", path)).status, 404)
        newer = {"OpenStack-API-Version": "compute 2.21"}
        self.assertEqual((await self.ask("GET", path, headers=newer)).status, 200)


class Others(SiteCase):
    async def test_flavors(self) -> None:
        """Text ids and Nova's keys; `is_public=None` is no error (CMP-414)."""
        for query in ("", "?is_public=True", "?is_public=None"):
            (flavor,) = (await self.ask("GET", NOVA + "/flavors/detail" + query)).json()["flavors"]
        self.assertEqual((flavor["id"], flavor["ram"], flavor["swap"]), ("1", 2048, ""))
        self.assertEqual((await self.ask("GET", NOVA + "/flavors/C2R2048D10plain")).status, 404)
        specs = (await self.ask("GET", NOVA + "/flavors/1/os-extra_specs")).json()
        self.assertEqual(
            specs, {"extra_specs": {"SNF:volume_type": "1", "SNF:disk_template": "plain"}}
        )

    async def test_a_flavor_is_described_by_administrators(self) -> None:
        """From 2.55 on, at its creation and later; `null` takes it away (CMP-414)."""
        newer: dict[str, Any] = {"headers": {"OpenStack-API-Version": "compute 2.55"}}
        asked = {"flavor": {"name": "odd", "ram": 512, "vcpus": 3, "disk": 7, "description": "a"}}
        path = NOVA + "/flavors"
        self.assertEqual((await self.ask("POST", path, asked, token="root")).status, 400)
        made = await self.ask("POST", path, asked, token="root", **newer)
        self.assertEqual((made.status, made.json()["flavor"]["description"]), (200, "a"))
        path += "/" + made.json()["flavor"]["id"]
        change: dict[str, Any] = {"flavor": {"description": "b"}}
        self.assertEqual((await self.ask("PUT", path, change, **newer)).status, 403)
        self.assertEqual((await self.ask("PUT", path, change, token="root")).status, 404)
        for said in ("b", None):
            change["flavor"]["description"] = said
            answer = await self.ask("PUT", path, change, token="root", **newer)
            self.assertEqual((answer.status, answer.json()["flavor"]["description"]), (200, said))
            shown = (await self.ask("GET", path, **newer)).json()["flavor"]
            self.assertEqual(shown["description"], said)
        change["flavor"]["description"] = "x" * 65536
        self.assertEqual((await self.ask("PUT", path, change, token="root", **newer)).status, 400)
        self.assertNotIn("description", (await self.ask("GET", path)).json()["flavor"])

    async def test_keypairs(self) -> None:
        """201 and 204 from 2.2 on, 200 and 202 below; a pair may be made here (CMP-412)."""
        newer = {"OpenStack-API-Version": "compute 2.2"}
        path = NOVA + "/os-keypairs"
        body = {"keypair": {"name": "k", "public_key": KEY}}
        answer = await self.ask("POST", path, body, headers=newer)
        self.assertEqual((answer.status, answer.json()["keypair"]["type"]), (201, "ssh"))
        self.assertEqual((await self.ask("POST", path, body)).status, 409)
        answer = await self.ask("POST", path, {"keypair": {"name": "made"}})
        self.assertEqual(answer.status, 200)
        self.assertIn("RSA PRIVATE KEY", answer.json()["keypair"]["private_key"])
        listed = (await self.ask("GET", path)).json()["keypairs"]
        self.assertEqual([entry["keypair"]["name"] for entry in listed], ["k", "made"])
        self.assertEqual((await self.ask("GET", path, token="mallory")).json(), {"keypairs": []})
        self.assertEqual((await self.ask("DELETE", path + "/k", headers=newer)).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/made")).status, 202)
        self.assertEqual((await self.ask("GET", path + "/k")).status, 404)
        for bad in ({"name": ""}, {"name": "a\u0001"}, {"name": "x", "public_key": "ssh-rsa AAAA"}):
            self.assertEqual((await self.ask("POST", path, {"keypair": bad})).status, 400)

    async def test_what_clients_ask_of_the_deployment(self) -> None:
        """Limits, quotas, usage, zones and the empty lists answer (CMP-414, CMP-418)."""
        number = await self.make()
        absolute = (await self.ask("GET", NOVA + "/limits?reserved=False")).json()
        self.assertEqual(absolute["limits"]["absolute"]["totalInstancesUsed"], 1)
        self.assertEqual(absolute["limits"]["absolute"]["totalRAMUsed"], 2048)
        self.assertEqual(absolute["limits"]["absolute"]["maxTotalCores"], -1)
        quota = (await self.ask("GET", f"{NOVA}/os-quota-sets/{ALICE.project}/detail")).json()
        self.assertEqual(quota["quota_set"]["cores"], {"limit": -1, "in_use": 2, "reserved": 0})
        usage = (await self.ask("GET", f"{NOVA}/os-simple-tenant-usage/{ALICE.project}")).json()
        self.assertEqual(usage["tenant_usage"]["server_usages"][0]["instance_id"], number)
        for path in (
            "/os-availability-zone",
            "/os-server-groups",
            "/extensions",
            f"/servers/{number}/os-interface",
            f"/servers/{number}/os-volume_attachments",
            f"/servers/{number}/ips",
            f"/servers/{number}/os-server-password",
        ):
            self.assertEqual((await self.ask("GET", NOVA + path)).status, 200, path)
        self.assertEqual((await self.ask("GET", NOVA + "/os-hypervisors")).status, 403)
        other = await self.ask("GET", f"{NOVA}/os-quota-sets/{ALICE.project}", token="mallory")
        self.assertEqual(other.status, 403)
