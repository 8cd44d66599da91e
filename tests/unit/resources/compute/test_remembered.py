"""What the legacy dialect remembers of creations, filters by, and tells of graphs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from twisted.logger import formatEvent, globalLogPublisher

from synnefod.compute.interface import Limits, Operstate
from synnefod.compute.keypairs import make_rsa
from synnefod.compute.records import creations
from synnefod.store.interface import StoreUnavailable
from tests.harness.web import WebClient
from tests.unit.compute.neighbours import an_image
from tests.unit.resources.compute.site import LEGACY, NOVA
from tests.unit.resources.compute.test_tags import TagSite

GOOD = {"name": "db1", "flavorRef": 1, "imageRef": an_image().id}


class Remembering(TagSite):
    limits = Limits(system_images_owner="owner", stats_secret="shared", stats_refresh=30)

    async def create(self, key: str, **more: Any) -> Any:
        more = {"json": {"server": GOOD}, "headers": {"Idempotency-Key": key}, **more}
        return await self.ask("POST", LEGACY + "/servers", **more)

    async def test_a_repeat_makes_no_second_server(self) -> None:
        """The first answer again, its password too, for a day and for the same user alone; at once
        as well as later (CMP-088)."""
        first, again = await self.create("k"), await self.create("k")
        self.assertEqual((first.status, again.status), (202, 202))
        one, other = first.json()["server"], again.json()["server"]
        for key in ("id", "adminPass", "status", "created", "name"):
            self.assertEqual(one[key], other[key], key)
        third = (await self.create("l")).json()["server"]
        self.assertNotEqual(third["id"], one["id"])
        both = [self.create("m"), self.create("m")]
        numbers = {(await each).json()["server"]["id"] for each in both}
        self.assertEqual(len(numbers), 1)
        nova = {"server": {**GOOD, "flavorRef": "1", "max_count": 2, "networks": "auto"}}
        headers = {"Idempotency-Key": "n"}
        made = [
            (await self.ask("POST", NOVA + "/servers", nova, headers=headers)).json()["server"]
            for _ in range(2)
        ]
        self.assertEqual(made[0], made[1])
        rows = await self.rows("select count(*) from servers")
        self.assertEqual(rows[0][0], 5)
        self.assertEqual((await self.create("x" * 256)).status, 400)
        theirs = await self.create("k", token="mallory")
        self.assertNotIn(f'"id":{one["id"]},', theirs.text)
        sealed = await self.rows("select sealed, key from server_creations")
        self.assertNotIn(one["adminPass"], str(sealed))
        await self.house.store.transact(
            "age", lambda tx: tx.run("update server_creations set expires = 1")
        )
        self.assertNotEqual((await self.create("k")).json()["server"]["id"], one["id"])
        await self.house.parts.keeper.forget_old()
        kept = await self.rows("select count(*) from server_creations")
        self.assertEqual(kept[0][0], 1)

    async def test_facts_of_used_images(self) -> None:
        """Once for each version; what cannot be written down is no reason to refuse (CMP-086)."""
        for _ in range(2):
            self.assertEqual((await self.create(str(_))).status, 202)
        rows = await self.rows("select * from used_images")
        self.assertEqual(
            [tuple(row) for row in rows],
            [
                (
                    *(an_image().id, 1, "owner", "debian", "pithos://owner/images/debian"),
                    *("feedbeef", 1, 0, 1, "debian", "linux"),
                )
            ],
        )

        async def broken(*given: Any, **more: Any) -> None:
            raise StoreUnavailable("no")

        self.house.images.images[an_image().id] = an_image(version=2)
        self.patch(creations, "note_image", broken)
        self.assertEqual((await self.create("z")).status, 202)
        self.assertEqual(len(self.flushLoggedErrors(StoreUnavailable)), 1)
        self.assertEqual(len(await self.rows("select 1 from used_images")), 1)

    async def test_graphs(self) -> None:
        """The server's name, encrypted, in four addresses (CMP-190)."""
        number = (await self.create("g")).json()["server"]["id"]
        answer = await self.ask("GET", f"{LEGACY}/servers/{number}/stats")
        stats = answer.json()["stats"]
        self.assertEqual((stats.pop("serverRef"), stats.pop("refresh")), (number, 30))
        places = {key: url.rpartition("/") for key, url in stats.items()}
        base = "http://cloud.example.org/stats/v1.0/"
        self.assertEqual(
            {key: place[0] for key, place in places.items()},
            {
                "cpuBar": base + "cpu-bar",
                "cpuTimeSeries": base + "cpu-ts",
                "netBar": base + "net-bar",
                "netTimeSeries": base + "net-ts",
            },
        )
        (secret,) = {place[2] for place in places.values()}
        cipher = Cipher(algorithms.AES(hashlib.sha256(b"shared").digest()), modes.ECB())
        opened = cipher.decryptor().update(base64.urlsafe_b64decode(unquote(secret)))
        self.assertEqual(opened.rstrip(b"\0"), f"snf-{number}".encode())
        self.assertEqual((await self.ask("GET", f"{LEGACY}/servers/999/stats")).status, 404)

    async def test_nothing_draws_graphs_here(self) -> None:
        """The addresses that were told lead to 404, as for a server without figures, and others to
        400 (chapter 12); nobody needs a token."""
        number = int(await self.make())
        answer = await self.ask("GET", f"{LEGACY}/servers/{number}/stats")
        for key, url in answer.json()["stats"].items():
            if key in ("serverRef", "refresh"):
                continue
            path = url.removeprefix("http://cloud.example.org")
            self.assertEqual((await self.ask("GET", path, token="")).status, 404, path)
            base, _, secret = path.rpartition("/")
            for wrong in ("x", secret[:-8], "A" * 22 + "%3D%3D"):
                answer = await self.ask("GET", f"{base}/{wrong}", token="")
                self.assertEqual(answer.status, 400, wrong)
        self.assertEqual((await self.ask("GET", f"/stats/v1.0/x/{secret}")).status, 404)


class Filtering(TagSite):
    limits = Limits(legacy_filters=True)

    async def test_filters_where_the_deployment_heeds_them(self) -> None:
        """CMP-022"""
        one = int(await self.make(name="web-1"))
        await self.house.settle(one, Operstate.STARTED)
        two = int(await self.make(name="db.1"))
        for query, expected in (
            ("", [one, two]),
            ("name=WEB", [one]),
            ("name=b.1", [two]),
            ("name=.", [two]),
            ("status=ACTIVE", [one]),
            ("status=build", [two]),
            ("flavor=1", [one, two]),
            ("flavor=2", []),
            (f"image={an_image().id}", [one, two]),
            ("image=x", []),
            (f"server={two}", [two]),
            ("limit=1", [one]),
            (f"marker={one}", [two]),
            (f"marker={one}&limit=0", []),
        ):
            for path in ("/servers", "/servers/detail"):
                found = (await self.ask("GET", f"{LEGACY}{path}?{query}")).json()["servers"]
                self.assertEqual([each["id"] for each in found], expected, query)
        for bad in ("limit=x", "marker=-1", "status=odd", "flavor=x", "server=x"):
            self.assertEqual((await self.ask("GET", f"{LEGACY}/servers?{bad}")).status, 400, bad)


class Unfiltered(TagSite):
    async def test_filters_are_nothing_by_default(self) -> None:
        """All, by number, in one page (CMP-021)."""
        numbers = [int(await self.make(name=name)) for name in ("b", "a", "c")]
        query = "limit=1&marker=2&status=odd&flavor=x&image=x&name=zzz&host=h&other=1"
        for path in ("/servers", "/servers/detail"):
            found = (await self.ask("GET", f"{LEGACY}{path}?{query}")).json()["servers"]
            self.assertEqual([each["id"] for each in found], numbers)


class Asking(TagSite):
    """What a new server's guest is told once, and the password that is kept for a while."""

    async def asked(self, **more: Any) -> tuple[int, str, str]:
        """Number, password, and the path of the parameters of a server that is being built."""
        self.house.simulator.cluster.knobs.hold = True
        answer = await self.ask("POST", LEGACY + "/servers", {"server": {**GOOD, **more}})
        self.assertEqual(answer.status, 202, answer.text)
        made = answer.json()["server"]
        for _ in range(400):
            for job in await self.house.backends.the_cluster.jobs():
                if job.ops[0].get("instance_name") == f"snf-{made['id']}":
                    return made["id"], made["adminPass"], job.ops[0]["osparams"]["config_url"]
            await self.settle_down()
        raise AssertionError("the cluster was not asked")

    async def age(self, seconds: int) -> None:
        """All that is kept is so much older."""
        change = "update server_secrets set expires = expires - :less"
        await self.house.store.transact("age", lambda tx: tx.run(change, less=seconds * 1_000_000))


class Secrets(Asking):
    async def test_keys_are_the_askers_own(self) -> None:
        """Each once, joined by newlines; another's of that name is none (CMP-070)."""
        keys = {name: make_rsa()[0] for name in ("k1", "k2")}
        for name, key in keys.items():
            body = {"keypair": {"name": name, "public_key": key}}
            await self.ask("POST", LEGACY + "/os-keypairs", body)
        theirs = {"keypair": {"name": "k3", "public_key": keys["k1"]}}
        await self.ask("POST", LEGACY + "/os-keypairs", theirs, token="mallory")
        body = {"server": {**GOOD, "SNF:key_names": ["k3"]}}
        self.assertEqual((await self.ask("POST", LEGACY + "/servers", body)).status, 404)
        _, _, path = await self.asked(**{"SNF:key_names": ["k2", "k1", "k2"]})
        told = (await self.ask("GET", path, token="")).json()
        self.assertEqual(told["auth_keys"], f"{keys['k2']}\n{keys['k1']}")

    async def test_parameters_end_with_the_build(self) -> None:
        """Or after a day; they are never there for a second reader (CMP-273)."""
        _, _, path = await self.asked()
        await self.age(86400 - 60)
        self.assertEqual((await self.ask("GET", path, token="")).status, 200)
        _, _, path = await self.asked()
        await self.age(86400 + 60)
        self.assertEqual((await self.ask("GET", path, token="")).status, 404)
        number, _, path = await self.asked()
        self.house.simulator.cluster.queue.release()
        await self.settled(number, Operstate.STARTED)
        self.assertEqual((await self.ask("GET", path, token="")).status, 404)

    async def test_a_password_is_kept_for_a_while(self) -> None:
        """Sealed, a week at most, and no longer than its server (CMP-087, CMP-151)."""
        number, password, _ = await self.asked()
        self.house.simulator.cluster.queue.release()
        await self.settled(number, Operstate.STARTED)
        path = f"{LEGACY}/servers/{number}/password"
        self.assertEqual((await self.ask("GET", path)).json(), {"password": password})
        rows = await self.rows("select * from server_secrets")
        self.assertEqual(len(rows), 1)
        self.assertNotIn(password, str(rows))
        for table in ("servers", "outbox", "server_metadata"):
            self.assertNotIn(password, str(await self.rows(f"select * from {table}")))
        await self.age(7 * 86400 - 60)
        self.assertEqual((await self.ask("GET", path)).status, 200)
        await self.age(120)
        self.assertEqual((await self.ask("GET", path)).status, 404)
        number, _, _ = await self.asked()
        self.house.simulator.cluster.queue.release()
        await self.settled(number, Operstate.STARTED)
        await self.ask("DELETE", f"{LEGACY}/servers/{number}")
        await self.settled(number, Operstate.DESTROYED)
        path = f"{LEGACY}/servers/{number}/password"
        self.assertEqual((await self.ask("GET", path)).status, 404)
        kept = f"select 1 from server_secrets where server = {number}"
        self.assertEqual(await self.rows(kept), [])


class Guarded(Asking):
    limits = Limits(deployment_networks=("10.0.0.0/8",))

    async def test_parameters_are_for_nodes(self) -> None:
        """A random UUID; each try is logged with who tried; where networks are named nobody else is
        answered (CMP-275)."""
        told: list[str] = []

        def hear(event: Any) -> None:
            told.append(formatEvent(event) or "")

        globalLogPublisher.addObserver(hear)
        self.addCleanup(globalLogPublisher.removeObserver, hear)
        _, _, path = await self.asked()
        name = path.rpartition("/")[2]
        self.assertEqual((UUID(name).version, str(UUID(name))), (4, name))
        for peer, status in (("192.0.2.9", 404), ("10.1.2.3", 200)):
            answer = await WebClient(self.root, peer=peer).send("GET", path)
            self.assertEqual(answer.status, status)
        tries = [line for line in told if line.startswith("boot parameters asked by")]
        self.assertEqual(
            tries,
            [
                "boot parameters asked by 192.0.2.9: unknown",
                "boot parameters asked by 10.1.2.3: given",
            ],
        )
        self.assertNotIn(name, str(tries))
