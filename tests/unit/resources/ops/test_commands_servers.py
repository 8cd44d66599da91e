"""Commands about servers and flavors, against a whole deployment."""

from __future__ import annotations

from typing import Any

from synnefod.admin.transport import NOT_FOUND, PARTLY, REFUSED, USAGE
from synnefod.quota.interface import CPU, DISK, VM
from synnefod.quota.interface import user_holder as holder
from synnefod.store.interface import Tx
from tests.unit.resources.ops.deployment import DEMO
from tests.unit.resources.ops.test_commands_volumes import Commands
from tests.unit.resources.volume.site import CYCLADES, GLANCE, NOVA

ADMIN = "admin@localhost"
PASSWORD = "Good0enough"


class Servers(Commands):
    def made(self, *words: str, code: int = 0) -> Any:
        """A server of the demo user's by the command, built."""
        image = self.ask("GET", f"{GLANCE}/images?status=active")["images"][-1]["id"]
        usual = {"--name": "c1", "--user": DEMO, "--password": PASSWORD, "--flavor": "1"}
        usual |= {"--image": image, "--wait": "True"}
        given = dict(zip(words[::2], words[1::2], strict=True)) if len(words) % 2 == 0 else {}
        flat = [word for pair in usual.items() if pair[0] not in given for word in pair]
        return self.manage("server-create", *flat, *words, code=code)

    def theirs(self, number: int) -> list[str]:
        """The instance's tags in the cluster."""

        async def look() -> list[str]:
            cluster = await self.house.backends.cluster(self.backend)
            return sorted((await cluster.instance(f"snf-{number}")).tags)

        found: list[str] = self.now(look())
        return found

    def usage(self, user: str) -> dict[str, int]:
        async def body(tx: Tx) -> Any:
            return await self.house.quota.holdings(tx, [holder(user)])  # type: ignore[arg-type]

        store = self.house.images.objects.parts.store
        found = self.now(store.read("usage", body))
        return {row.resource: row.usage_max for row in found}


class Making(Servers):
    def test_a_server_is_made_for_somebody(self) -> None:
        """With its ports, floating IPs, volumes, tags, cluster and project; whoever it is made for
        is charged (OPS-081, OPS-082)."""
        outside = self.rows("select id from networks where public = 1")[0][0]
        floating = [
            self.now(self.house.network.create_floating_ip(self.demo, _wish())) for _ in range(2)
        ]
        data = self.volume()
        row = self.made(
            *("--port", f"network:{outside}", "--port", f"floatingip:{floating[0].id}"),
            *("--floating-ips", str(floating[1].id), "--tags", "a,b"),
            *("--volume", f"size=1,image={self._image()}", "--volume", f"id={data}"),
            *("--volume", "size=2", "--backend-id", str(self.backend)),
            *("--project", self.demo.user),
        )
        self.assertEqual((row["state"], row["user.email"]), ("STARTED", DEMO))
        addresses = row["ipv4"].split(", ")
        self.assertEqual(len(addresses), 3)
        for each in floating:
            self.assertIn(each.address, addresses)
        self.assertEqual([each["size"] for each in row["volumes"]], [1, 1, 2])
        self.assertEqual({each["tag"] for each in row["tags"]}, {"a", "b"})
        self.assertEqual(self.usage(self.demo.user)[VM], 1)
        plain = self.made()
        self.assertEqual(plain["state"], "STARTED")
        booted = self.made("--image", "", "--volume", f"id={self._bootable()}")
        self.assertEqual((booted["state"], booted["image.id"]), ("STARTED", ""))
        helper = self.made("--helper")
        self.assertTrue(
            self.rows("select helper from servers where id = :id", id=_id(helper))[0][0]
        )

    def _image(self) -> str:
        return str(self.ask("GET", f"{GLANCE}/images?status=active")["images"][-1]["id"])

    def _bootable(self) -> int:
        return self.volume(size=1, imageRef=self._image())

    def test_what_is_missing_or_wrong_is_named(self) -> None:
        """OPS-081"""
        words = {"--name": "x", "--user": DEMO, "--password": PASSWORD, "--flavor": "1"}
        for left_out in ("--name", "--user", "--flavor"):
            flat = [word for pair in words.items() if pair[0] != left_out for word in pair]
            self.assertIn(left_out, self.manage("server-create", *flat, code=USAGE))
        for option, wrong in (
            ("--port", "network:x"),
            ("--port", "what:1"),
            ("--port", "network"),
            ("--floating-ips", "x"),
            ("--volume", "size=x"),
            ("--volume", "image=x"),
            ("--volume", "size=1,image=a,snapshot=b"),
        ):
            self.assertIn(option, self.made(option, wrong, code=USAGE))
        self.made("--user", "nobody@localhost", code=NOT_FOUND)
        self.made("--flavor", "99", code=NOT_FOUND)
        self.made("--backend-id", "99", code=NOT_FOUND)
        self.made("--port", "floatingip:99", code=NOT_FOUND)
        self.made("--password", "weak", code=USAGE)
        self.assertEqual(self.manage("server-list"), [])


class Looking(Servers):
    def test_lists_and_one(self) -> None:
        """Columns, selections and images by name; a server's tags with their states; beside it the
        cluster's instance and jobs (OPS-083, OPS-084)."""
        number = self.server()
        name = self.ask("GET", f"{GLANCE}/images")["images"][-1]["name"]
        (row,) = self.manage("server-list")
        columns = "id name user.uuid state flavor image.id backend rescue"
        self.assertEqual(list(row), columns.split())
        self.assertEqual(self.manage("server-list", "--image-name")[0]["image.id"], name)
        more = "ipv4,ipv6,created,deleted,suspended,project,user.email"
        (row,) = self.manage("server-list", "-o", more, "--display-mails")
        self.assertEqual(list(row), more.split(","))
        self.assertEqual((row["user.email"], row["deleted"]), (DEMO, False))
        for words, count in (
            (("--build",), 0),
            (("--suspended",), 0),
            (("--backend-id", str(self.backend)), 1),
            (("--backend-id", "99"), 0),
        ):
            self.assertEqual(len(self.manage("server-list", *words)), count, words)
        self.manage("server-modify", str(number), "--tag-add", "later")
        shown = self.manage("server-show", str(number))
        self.assertEqual(shown["tags"], [{"tag": "later", "status": "PENDING"}])
        self.follow()
        seen = self.manage("server-inspect", str(number), "--jobs", "--display-mails")
        self.assertEqual(seen["user.email"], DEMO)
        self.assertEqual(seen["tags"], [{"tag": "later", "status": "ACTIVE"}])
        self.assertEqual(seen["instance"][0]["name"], f"snf-{number}")
        self.assertIn("OP_INSTANCE_CREATE", [job["opcodes"] for job in seen["jobs"]])
        self.assertEqual(len(seen["volumes"]), 1)
        plain = self.manage("server-inspect", str(number))
        self.assertNotIn("jobs", plain)
        self.assertEqual(plain["user.email"], "")

    def test_servers_go(self) -> None:
        """Several at once; one that is not there is told of (OPS-088)."""
        one, two = self.server(), self.server()
        words = ("--wait", "True", "-f")
        self.manage("server-remove", str(one), "99", *words, code=PARTLY)
        self.manage("server-remove", str(two), *words)
        self.assertEqual(self.manage("server-list"), [])
        self.assertEqual({row["id"] for row in self.manage("server-list", "-d")}, {one, two})


class Changing(Servers):
    def test_names_states_and_flavors(self) -> None:
        """Suspended and released, renamed, stopped and resized, each by one switch (OPS-085,
        OPS-086, CMP-280)."""
        number = str(self.server())
        for value in ("True", "False"):
            row = self.manage("server-modify", number, "--suspended", value)
            self.assertEqual(row["suspended"], value == "True")
            self.manage("server-modify", number, "--suspended", value, code=REFUSED)
            if value == "True":
                path = f"{CYCLADES}/servers/{number}/action"
                self.ask("POST", path, {"start": {}}, 403)
        words = ("--action", "stop", "--name", "other", "--wait", "True")
        row = self.manage("server-modify", number, *words)
        self.assertEqual((row["name"], row["state"]), ("other", "STOPPED"))
        self.manage("flavor-create", "2", "1024", "1", "1")
        flavor = self.manage("flavor-list")[-1]
        words = ("--flavor", str(flavor["id"]), "--wait", "True")
        row = self.manage("server-modify", number, *words)
        self.assertEqual(row["flavor"], flavor["name"])
        row = self.manage("server-modify", number, "--action", "start", "--wait", "True")
        self.assertEqual(row["state"], "STARTED")
        for action in ("reboot_hard", "reboot_soft"):
            self.manage("server-modify", number, "--action", action, "--wait", "True")
        self.manage("server-modify", number, code=USAGE)

    def test_tags_of_two_kinds(self) -> None:
        """Those of administrators are on the cluster, and no user's call shows them (OPS-087,
        CMP-175)."""
        number = str(self.server(metadata={}))
        system = ("--tag-namespace", "system")
        self.manage("server-modify", number, "--tag-add", "mine")
        self.manage("server-modify", number, "--tag-add", "secret", *system)
        self.follow()
        expected = ["cyclades:system:secret", "cyclades:user:mine"]
        self.assertEqual(self.theirs(int(number)), expected)
        found = self.manage("server-tag-exists", number, "secret")
        self.assertEqual(found, [{"tag": "secret", "status": "ACTIVE", "namespace": "system"}])
        self.manage("server-tag-exists", number, "none", code=NOT_FOUND)
        shown = self.ask("GET", f"{CYCLADES}/servers/{number}")["server"]
        self.assertEqual(shown["tags"], ["mine"])
        listed = self.ask("GET", f"{CYCLADES}/servers/{number}/tags")
        self.assertEqual(listed, {"tags": ["mine"], "statuses": ["ACTIVE"]})
        for query in ("tags=/secret", "tags-any=/secret"):
            newer = {"OpenStack-API-Version": "compute 2.60"}
            answer = self.now(self.web.send("GET", f"{NOVA}/servers?{query}", headers=newer)).json()
            self.assertEqual(answer.get("servers", []), [])
        self.ask("DELETE", f"{CYCLADES}/servers/{number}/tags", status=204)
        self.follow()
        self.assertEqual(self.theirs(int(number)), expected[:1])
        words = ("--tag-replace-all", "a,b")
        self.manage("server-modify", number, *words)
        self.manage("server-modify", number, *words, *system)
        self.follow()
        every = [f"cyclades:{kind}:{tag}" for kind in ("system", "user") for tag in ("a", "b")]
        self.assertEqual(self.theirs(int(number)), every)
        self.manage("server-modify", number, "--tag-delete", "a", *system)
        self.manage("server-modify", number, "--tag-delete-all")
        self.follow()
        self.assertEqual(self.theirs(int(number)), ["cyclades:system:b"])
        self.manage("server-modify", number, "--tag-add", "a/b", code=USAGE)
        self.manage("server-modify", number, "--tag-delete", "none", code=NOT_FOUND)

    def test_a_server_is_given_away(self) -> None:
        """With its volumes, ports and addresses, the floating one too; the new owner is charged for
        all in the same step, and history tells of the address (OPS-085, OPS-086, CMP-281,
        CMP-282)."""
        outside = self.rows("select id from networks where public = 1")[0][0]
        floating = self.now(self.house.network.create_floating_ip(self.demo, _wish()))
        words = ("--port", f"floatingip:{floating.id}", "--port", f"network:{outside}")
        number = _id(self.made(*words))
        data = self.volume()
        path = f"{CYCLADES}/servers/{number}/os-volume_attachments"
        self.ask("POST", path, {"volumeAttachment": {"volumeId": data}}, 202)
        self.follow()
        admin = self.people["admin"].user
        before, others = self.usage(self.demo.user), self.usage(admin)
        self.manage("server-modify", str(number), "--user", ADMIN)
        after, theirs = self.usage(self.demo.user), self.usage(admin)
        for resource in (VM, CPU, DISK, "cyclades.floating_ip"):
            moved = before[resource] - after[resource]
            self.assertGreater(moved, 0, resource)
            self.assertEqual(theirs[resource] - others.get(resource, 0), moved, resource)
        self.ask("GET", f"{CYCLADES}/servers/{number}", status=404)
        shown = self.ask("GET", f"{CYCLADES}/servers/{number}", token="admin")["server"]
        self.assertEqual((shown["user_id"], shown["tenant_id"]), (admin, admin))
        for table in ("volumes", "ports"):
            owners = self.rows(
                f"select distinct owner, project from {table} where server = :id", id=number
            )
            self.assertEqual([tuple(row) for row in owners], [(admin, admin)], table)
        rows = self.rows(
            "select owner, action from ip_address_history where address = :address order by id",
            address=floating.address,
        )
        told = [tuple(row) for row in rows][-2:]
        self.assertEqual(told, [(self.demo.user, "disassociate"), (admin, "associate")])
        found = self.now(self.house.network.floating_ips(self.people["admin"]))
        self.assertIn(floating.address, [each.address for each in found])
        self.manage("server-modify", str(number), "--user", ADMIN, code=USAGE)
        differences = self.manage("reconcile-resources-cyclades")
        self.assertEqual(differences, [])


class Flavors(Commands):
    def test_flavors_are_listed_changed_and_granted(self) -> None:
        """With the number of their servers; the same key added and deleted is bad usage; access is
        given once and taken back by id or by both (OPS-073, OPS-074, OPS-075)."""
        self.server()
        flavors = self.manage("flavor-list")
        columns = "id name cpu ram disk template volume_type allow_create public vms specs"
        self.assertEqual(list(flavors[0]), columns.split())
        self.assertEqual([flavor["vms"] for flavor in flavors][:2], [1, 0])
        number = str(flavors[0]["id"])
        self.assertEqual(self.manage("flavor-show", number)["vms"], 1)
        words = ("--allow-create", "False", "--public", "False", "--spec-add", "a=1,b=2")
        row = self.manage("flavor-modify", number, *words)
        said = (row["allow_create"], row["public"], row["specs"])
        self.assertEqual(said, (False, False, "a=1, b=2"))
        row = self.manage("flavor-modify", number, "--spec-delete", "a")
        self.assertEqual(row["specs"], "b=2")
        self.manage("flavor-modify", number, "--spec-add", "c=1", "--spec-delete", "c", code=USAGE)
        self.manage("flavor-modify", number, "--deleted", "True")
        self.assertNotIn(int(number), [row["id"] for row in self.manage("flavor-list")])
        self.manage("flavor-modify", number, "--deleted", "False")
        both = ("--project", self.demo.user, "--flavor", number)
        for _ in range(2):
            self.manage("flavor-access-add", *both)
            self.manage("flavor-access-add", *both, code=REFUSED)
            (row,) = self.manage("flavor-access-list")
            said = (row["flavor"], row["project"])
            self.assertEqual(said, (int(number), self.demo.user))
            words = (row["id"],) if _ else both
            self.manage("flavor-access-remove", *words)
            self.assertEqual(self.manage("flavor-access-list"), [])
        self.manage("flavor-access-remove", *both, code=NOT_FOUND)
        self.manage("flavor-access-remove", "--flavor", number, code=USAGE)
        self.manage("flavor-access-remove", "x", code=USAGE)
        self.manage("flavor-show", "99", code=NOT_FOUND)


def _id(row: Any) -> int:
    return int(row["id"])


def _wish() -> Any:
    from synnefod.network.interface import NewFloatingIp

    return NewFloatingIp()
