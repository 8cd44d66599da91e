"""Compute as Synnefo's own clients know it."""

from __future__ import annotations

from synnefod.common.text import iso_offset
from synnefod.compute.interface import Operstate
from tests.unit.compute.house import ALICE
from tests.unit.compute.neighbours import an_image
from tests.unit.resources.compute.site import LEGACY, NOVA, SiteCase

IMAGE = an_image().id
BODY = {"name": "db1", "flavorRef": 1, "imageRef": IMAGE, "metadata": {"OS": "debian"}}


class Servers(SiteCase):
    async def create(self, **more: object) -> int:
        answer = await self.ask("POST", LEGACY + "/servers", {"server": {**BODY, **more}})
        self.assertEqual(answer.status, 202, answer.text)
        return int(answer.json()["server"]["id"])

    async def test_a_server_has_the_contracts_shape(self) -> None:
        """202 with the full server and adminPass; integer ids; derived status; full list
        (CMP-015, CMP-030, CMP-031, CMP-034, CMP-035, CMP-036, CMP-037, CMP-038, CMP-040,
        CMP-043, CMP-046, CMP-047, CMP-048, CMP-060)."""
        answer = await self.ask("POST", LEGACY + "/servers", {"server": BODY})
        self.assertEqual(answer.status, 202)
        made = answer.json()["server"]
        self.assertEqual((made["status"], made["SNF:task_state"]), ("BUILD", "BUILDING"))
        self.assertEqual(len(made.pop("adminPass")), 10)
        number = made["id"]
        self.assertIsInstance(number, int)
        self.assertEqual(made["attachments"], [], "a NIC in BUILD is not shown")
        await self.house.settle(number, Operstate.STARTED)
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(set(shown), set(made))
        self.assertEqual((shown["status"], shown["progress"]), ("ACTIVE", 100))
        self.assertEqual((shown["user_id"], shown["tenant_id"]), (ALICE.user, ALICE.project))
        self.assertEqual(shown["metadata"], {"OS": "debian"})
        (nic,) = shown["attachments"]
        self.assertEqual((nic["network_id"], nic["OS-EXT-IPS:type"]), ("5", "fixed"))
        self.assertEqual([entry["version"] for entry in shown["addresses"]["5"]], [4, 6])
        self.assertEqual(shown["volumes"], [number * 10])
        self.assertEqual(shown["flavor"]["id"], 1)
        self.assertEqual(shown["security_groups"], [{"name": "default"}])
        self.assertEqual(shown["SNF:fqdn"], f"snf-{number}.vm.example.synnefo.org")
        details = (await self.ask("GET", LEGACY + "/servers/detail")).json()["servers"]
        self.assertEqual(details, [shown])
        (brief,) = (await self.ask("GET", LEGACY + "/servers")).json()["servers"]
        self.assertEqual(set(brief), {"id", "name", "links"})

    async def test_a_life_in_the_legacy_dialect(self) -> None:
        """Actions 202, rename and delete 204, deleted ones stay visible (CMP-032, CMP-110,
        CMP-112, CMP-130, CMP-131, CMP-132)."""
        number = await self.create()
        path = f"{LEGACY}/servers/{number}"
        answer = await self.ask("POST", path + "/action", {"shutdown": {}})
        self.assertEqual((answer.status, list(answer.json())), (409, ["buildInProgress"]))
        await self.house.settle(number, Operstate.STARTED)
        for body, state in (
            ({"shutdown": {}}, Operstate.STOPPED),
            ({"start": {}}, Operstate.STARTED),
            ({"reboot": {"type": "HARD"}}, Operstate.STARTED),
            ({"os-stop": None}, Operstate.STOPPED),
            ({"os-start": None}, Operstate.STARTED),
        ):
            answer = await self.ask("POST", path + "/action", body)
            self.assertEqual((answer.status, answer.body), (202, b""), body)
            await self.house.settle(number, state)
        answer = await self.ask("PUT", path, {"server": {"name": "db2"}})
        self.assertEqual((answer.status, answer.body), (204, b""))
        answer = await self.ask("DELETE", path)
        self.assertEqual((answer.status, answer.body), (204, b""))
        await self.house.settle(number, Operstate.DESTROYED)
        shown = (await self.ask("GET", path)).json()["server"]
        self.assertEqual((shown["status"], shown["deleted"]), ("DELETED", True))
        self.assertEqual((shown["name"], shown["attachments"]), ("db2", []))
        self.assertEqual((await self.ask("DELETE", path)).status, 400)

    async def test_refusals(self) -> None:
        """400, 403, 404 as the contract says (CMP-016, CMP-033, CMP-061, CMP-062, CMP-069,
        CMP-137, CMP-143, CMP-144, CMP-145)."""
        for change, status in (
            ({"imageRef": "nothing"}, 404),
            ({"flavorRef": 99}, 404),
            ({"flavorRef": "x"}, 400),
            ({"name": ""}, 400),
            ({"adminPass": "weak"}, 400),
            ({"key_name": "k", "SNF:key_names": ["k"]}, 400),
            ({"key_name": "nothing"}, 404),
            ({"metadata": {"": "x"}}, 400),
            ({"metadata": {str(place): "x" for place in range(11)}}, 400),
            ({"networks": {}}, 400),
            ({"tags": ["a,b"]}, 400),
            ({"personality": [{"path": "/x", "contents": "aGk="}] * 6}, 413),
            ({"personality": [{"path": "/x", "contents": "%"}]}, 400),
            ({"personality": [{"path": "/x", "contents": "aGk=", "who": "me"}]}, 400),
            ({"user_data": "a\nb"}, 400),
            ({"shared_to_project": True}, 403),
            ({"block_device_mapping_v2": [{"source_type": "tape"}]}, 400),
        ):
            answer = await self.ask("POST", LEGACY + "/servers", {"server": {**BODY, **change}})
            self.assertEqual(answer.status, status, (change, answer.text))
        del_name = {key: value for key, value in BODY.items() if key != "name"}
        answer = await self.ask("POST", LEGACY + "/servers", {"server": del_name})
        self.assertEqual((answer.status, list(answer.json())), (400, ["badRequest"]))
        number = await self.create()
        await self.house.settle(number, Operstate.STARTED)
        path = f"{LEGACY}/servers/{number}"
        for body, status in (
            ({}, 400),
            ([], 400),
            ({"start": {}, "shutdown": {}}, 400),
            ({"start": "now"}, 400),
            ({"reboot": None}, 400),
            ({"reboot": {"type": "COLD"}}, 400),
            ({"start": {}}, 400),
            ({"suspend": {}}, 403),
            ({"changePassword": {}}, 400),
            ({"delete": {}}, 400),
            ({"nonsense": {}}, 400),
            ({"os-getSPICEConsole": {}}, 501),
            ({"console": {"type": "telnet"}}, 400),
        ):
            answer = await self.ask("POST", path + "/action", body)
            self.assertEqual(answer.status, status, body)
        for path, status in (("/servers/99", 404), ("/servers/x", 400), ("/nothing", 400)):
            self.assertEqual((await self.ask("GET", LEGACY + path)).status, status, path)
        stranger = await self.ask("GET", f"{LEGACY}/servers/{number}", token="mallory")
        self.assertEqual(stranger.json()["itemNotFound"]["message"], "Server not found.")

    async def test_only_what_changed(self) -> None:
        """changes-since shows deleted ones too, 304 for nothing, 400 for nonsense (CMP-017,
        CMP-018, CMP-020)."""
        path = LEGACY + "/servers?changes-since="
        now = self.house.rooms.now()

        def moment(seconds: int) -> str:
            return iso_offset(now + seconds * 1_000_000).replace("+", "%2B")

        self.assertEqual((await self.ask("GET", path + moment(-60))).status, 304)
        number = await self.create()
        found = (await self.ask("GET", path + moment(-60))).json()["servers"]
        self.assertEqual([server["id"] for server in found], [number])
        for text in (moment(7200), moment(-7200), "garbage", "2026-01-01T00:00:00"):
            self.assertEqual((await self.ask("GET", path + text)).status, 400, text)

    async def test_metadata(self) -> None:
        """201 with everything, `meta` for one, 404 for none (CMP-155, CMP-156, CMP-157, CMP-158,
        CMP-159)."""
        path = f"{LEGACY}/servers/{await self.create()}/metadata"
        self.assertEqual((await self.ask("GET", path)).json(), {"metadata": {"OS": "debian"}})
        answer = await self.ask("POST", path, {"metadata": {"a": "1"}})
        self.assertEqual(
            (answer.status, answer.json()["metadata"]), (201, {"OS": "debian", "a": "1"})
        )
        answer = await self.ask("PUT", path + "/a", {"meta": {"a": "2"}})
        self.assertEqual((answer.status, answer.json()), (201, {"meta": {"a": "2"}}))
        self.assertEqual((await self.ask("PUT", path + "/a", {"meta": {"b": "2"}})).status, 400)
        self.assertEqual((await self.ask("DELETE", path + "/a")).status, 204)
        for method in ("GET", "DELETE"):
            self.assertEqual((await self.ask(method, path + "/a")).status, 404)

    async def test_the_password_is_kept_for_a_while(self) -> None:
        """200 with the password until it is deleted (CMP-150)."""
        answer = await self.ask("POST", LEGACY + "/servers", {"server": BODY})
        made = answer.json()["server"]
        path = f"{LEGACY}/servers/{made['id']}/password"
        self.assertEqual((await self.ask("GET", path)).json(), {"password": made["adminPass"]})
        self.assertEqual((await self.ask("GET", path, token="mallory")).status, 404)
        self.assertEqual((await self.ask("DELETE", path)).status, 204)
        self.assertEqual((await self.ask("GET", path)).status, 404)

    async def test_boot_parameters_are_read_once(self) -> None:
        """The guest's document: complete, without a token, once; unknown ones 404 (CMP-270,
        CMP-271, CMP-272, GNT-170)."""
        self.house.simulator.cluster.knobs.hold = True
        answer = await self.ask(
            "POST", LEGACY + "/servers", {"server": {**BODY, "user_data": "aGk="}}
        )
        password = answer.json()["server"]["adminPass"]
        cluster = self.house.backends.the_cluster
        while not (jobs := await cluster.jobs()):
            pass
        path = jobs[0].ops[0]["osparams"]["config_url"]
        self.assertTrue(path.startswith("/cyclades/vmapi/v1.0/server-params/"), path)
        given = await self.ask("GET", path, token="")
        self.assertEqual(given.status, 200)
        document = given.json()
        self.assertEqual(
            set(document),
            {
                "img_id",
                "img_passwd",
                "img_format",
                "img_personality",
                "img_properties",
                "cloud_userdata",
                "img_url",
                "progress_url",
            },
        )
        self.assertEqual({type(value) for value in document.values()}, {str})
        self.assertEqual((document["img_passwd"], document["cloud_userdata"]), (password, "aGk="))
        self.assertEqual(document["img_format"], "diskdump")
        self.assertEqual((await self.ask("GET", path, token="")).status, 404)
        self.assertEqual((await self.ask("GET", path[:-1] + "g", token="")).status, 404)
        self.house.simulator.cluster.queue.release()

    async def test_many_servers_cost_few_statements(self) -> None:
        """A list of a hundred asks the neighbours once, as a list of one does."""
        await self.create()
        self.house.network.reads = 0
        await self.ask("GET", LEGACY + "/servers/detail")
        once = self.house.network.reads
        for _ in range(20):
            await self.create()
        self.house.network.reads = 0
        found = (await self.ask("GET", LEGACY + "/servers/detail")).json()["servers"]
        self.assertEqual((len(found), self.house.network.reads), (21, once))


class Others(SiteCase):
    async def test_flavors(self) -> None:
        """Names are computed, ids integers; deleted ones only when asked for by id; unknown 404
        (CMP-210, CMP-211, CMP-212, CMP-213, CMP-214, CMP-215)."""
        flavors = self.house.parts.compute.flavors
        hidden = await flavors.create(1, 1001, 5, 1, public=False, specs={"a": "b"})
        self.assertEqual(hidden.ram, 1004)
        (shown,) = (await self.ask("GET", LEGACY + "/flavors/detail")).json()["flavors"]
        self.assertEqual((shown["id"], shown["name"]), (1, "C2R2048D10plain"))
        self.assertEqual((shown["SNF:disk_template"], shown["SNF:volume_type"]), ("plain", 1))
        self.assertEqual((await self.ask("GET", f"{LEGACY}/flavors/{hidden.id}")).status, 404)
        assert ALICE.project is not None
        await flavors.grant(hidden.id, ALICE.project)
        shown = (await self.ask("GET", f"{LEGACY}/flavors/{hidden.id}")).json()["flavor"]
        self.assertEqual(shown["SNF:flavor-access"], [ALICE.project])
        for query, count in (
            ("SNF:is_public=false", 1),
            ("SNF:is_public=true", 1),
            (f"SNF:flavor-access={ALICE.project}", 1),
            ("SNF:flavor-access=22222222-0000-4000-8000-000000000002", 0),
            ("is_public=false", 2),
        ):
            found = (await self.ask("GET", f"{LEGACY}/flavors?{query}")).json()["flavors"]
            self.assertEqual(len(found), count, query)
        specs = await self.ask("GET", f"{LEGACY}/flavors/{hidden.id}/os-extra_specs")
        self.assertEqual(specs.json(), {"extra_specs": {"a": "b"}})
        await flavors.modify(hidden.id, deleted=True)
        shown = await self.ask("GET", f"{LEGACY}/flavors/{hidden.id}")
        self.assertEqual(shown.status, 200)

    async def test_keypairs(self) -> None:
        """201, generated keys once, fingerprints of pairs, at most ten (CMP-220, CMP-221,
        CMP-222, CMP-223, CMP-224, CMP-225, CMP-226)."""
        path = LEGACY + "/os-keypairs"
        answer = await self.ask("POST", path, {"keypair": {"name": "k0"}})
        self.assertEqual(answer.status, 201)
        made = answer.json()["keypair"]
        self.assertIn("BEGIN RSA PRIVATE KEY", made["private_key"])
        self.assertRegex(made["fingerprint"], "^([0-9a-f]{2}:){15}[0-9a-f]{2}$")
        shown = (await self.ask("GET", path + "/k0")).json()["keypair"]
        self.assertNotIn("private_key", shown)
        self.assertEqual((shown["deleted"], shown["deleted_at"]), (False, None))
        key = made["public_key"]
        for place in range(1, 10):
            body = {"keypair": {"name": f"k{place}", "public_key": key}}
            self.assertEqual((await self.ask("POST", path, body)).status, 201)
        body = {"keypair": {"name": "k10", "public_key": key}}
        self.assertEqual((await self.ask("POST", path, body)).status, 403)
        body = {"keypair": {"name": "k1", "public_key": key}}
        self.assertEqual((await self.ask("POST", path, body)).status, 409)
        self.assertEqual((await self.ask("DELETE", path + "/k1")).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/k1")).status, 404)
        for bad in ("x", "ssh-dss AAAA", key + "\n" + key, "ssh-rsa !!!"):
            body = {"keypair": {"name": "bad", "public_key": bad}}
            self.assertEqual((await self.ask("POST", path, body)).status, 400, bad)

    async def test_extensions_are_none(self) -> None:
        """CMP-250."""
        self.assertEqual((await self.ask("GET", LEGACY + "/extensions")).json(), {"extensions": []})
        self.assertEqual((await self.ask("GET", LEGACY + "/extensions/x")).status, 404)

    async def test_images_are_shown(self) -> None:
        """Brief, whole and one, in both dialects; Nova's are gone from 2.36 on."""
        (brief,) = (await self.ask("GET", LEGACY + "/images")).json()["images"]
        self.assertEqual((brief["id"], set(brief)), (IMAGE, {"id", "name"}))
        (whole,) = (await self.ask("GET", LEGACY + "/images/detail")).json()["images"]
        self.assertEqual((whole["status"], whole["metadata"]["os"]), ("ACTIVE", "debian"))
        one = await self.ask("GET", f"{LEGACY}/images/{IMAGE}")
        self.assertEqual(one.json(), {"image": whole})
        self.assertEqual((await self.ask("GET", LEGACY + "/images/nothing")).status, 404)
        self.assertEqual((await self.ask("POST", LEGACY + "/images", {})).status, 501)
        path = f"{NOVA}/images/{IMAGE}"
        self.assertEqual((await self.ask("GET", path)).json()["image"]["progress"], 100)
        newer = {"OpenStack-API-Version": "compute 2.36"}
        self.assertEqual((await self.ask("GET", path, headers=newer)).status, 404)
