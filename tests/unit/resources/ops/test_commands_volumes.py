"""Commands about volumes, their types and snapshots, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import Any

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED, NOT_FOUND, PARTLY, REFUSED, USAGE
from tests.unit.resources.ops.deployment import DEMO
from tests.unit.resources.volume.site import GLANCE, VolumeSite


class Commands(VolumeSite):
    def setUp(self) -> None:
        super().setUp()
        # Waiting for the cluster is what lets it work here.
        self.patch(time, "sleep", lambda _seconds: self.follow())

    def manage(self, *words: str, code: int = 0) -> Any:
        """Runs a command with --json; what it printed, decoded, or its error text."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        text = out.getvalue()
        return json.loads(text) if text.strip() else err.getvalue()


class Types(Commands):
    def test_types_and_their_flavors(self) -> None:
        """Made with specifications, shown, changed; a deleted type takes its flavors with it, and
        they come back (OPS-076)."""
        words = ("--name", "fast", "--disk-template", "ext_rbd", "--specs", "GNT-EXTP:pool=a,b=c")
        made = self.manage("volume-type-create", *words)
        self.assertEqual(made["specs"], "GNT-EXTP:pool=a, b=c")
        self.manage("volume-type-create", "--name", "x", "--disk-template", "y" * 33, code=USAGE)
        number = str(made["id"])
        self.manage("flavor-create", "1", "512", "5", number)
        shown = self.manage("volume-type-show", number)
        self.assertEqual((shown["name"], shown["deleted"]), ("fast", False))
        self.assertEqual([each["name"] for each in shown["flavors"]], ["C1R512D5ext_rbd"])
        changed = self.manage(
            "volume-type-modify", number, "--spec-add", "b=d,e=f", "--spec-delete", "GNT-EXTP:pool"
        )
        self.assertEqual(changed["specs"], "b=d, e=f")
        self.manage("volume-type-modify", number, "--spec-delete", "none", code=NOT_FOUND)
        self.manage("volume-type-modify", number, code=USAGE)
        self.manage("volume-type-modify", "99", "--deleted", "True", code=NOT_FOUND)
        before = len(self.manage("flavor-list"))
        self.manage("volume-type-modify", number, "--deleted", "True")
        self.assertEqual(len(self.manage("flavor-list")), before - 1)
        self.assertNotIn("fast", [each["name"] for each in self.manage("volume-type-list")])
        self.manage("volume-type-modify", number, "--deleted", "False")
        self.assertEqual(len(self.manage("flavor-list")), before)


class Volumes(Commands):
    def test_a_volume_of_a_user(self) -> None:
        """Made with an owner, listed, shown, renamed; what is not named stays (OPS-091, OPS-092,
        OPS-093, OPS-094)."""
        words = ("-s", "2", "--name", "v", "--user", DEMO, "--description", "d")
        made = self.manage("volume-create", *words)
        self.assertEqual((made["status"], made["user.email"]), ("AVAILABLE", DEMO))
        number = str(made["id"])
        (row,) = self.manage("volume-list", "-u", DEMO)
        self.assertEqual(
            row,
            {
                "id": made["id"],
                "user.uuid": self.demo.user,
                "size": 2,
                "status": "AVAILABLE",
                "source": None,
                "disk_template": "ext_archipelago",
                "volume_type": 1,
                "server_id": None,
            },
        )
        self.assertEqual(self.manage("volume-list", "-u", "admin@localhost"), [])
        self.write("update volumes set delete_on_termination = 0 where id = :id", id=made["id"])
        changed = self.manage("volume-modify", number, "--name", "new")
        self.assertEqual((changed["name"], changed["description"]), ("new", "d"))
        self.assertIs(changed["delete_on_termination"], False)
        changed = self.manage("volume-modify", number, "--delete-on-termination", "True")
        self.assertIs(changed["delete_on_termination"], True)
        self.manage("volume-modify", number, code=USAGE)
        self.manage("volume-modify", "99", "--name", "x", code=NOT_FOUND)
        self.assertEqual(self.manage("volume-show", number)["name"], "new")
        self.manage("volume-show", "99", code=NOT_FOUND)
        self.manage("volume-create", "-s", "2", code=USAGE)
        self.manage("volume-create", "--user", DEMO, code=USAGE)
        self.manage("volume-create", "-s", "2", "--user", "nobody@localhost", code=NOT_FOUND)
        self.manage("volume-create", *words, "--source", "tape:1", code=USAGE)
        image = self.ask("GET", f"{GLANCE}/images")["images"][0]["id"]
        copy = self.manage("volume-create", *words, "--source", f"image:{image}")
        self.assertEqual(copy["source"], f"image:{image}")
        self.assertEqual(self.used(), 4)

    def test_a_volume_of_a_server(self) -> None:
        """Owner, project and type are the server's; it comes, goes and is removed (OPS-091,
        OPS-092, OPS-095)."""
        server = self.server(stopped=True)
        words = ("-s", "1", "--name", "v", "--server", str(server), "--wait", "True")
        made = self.manage("volume-create", *words)
        self.assertEqual((made["status"], made["server_id"]), ("IN_USE", server))
        self.assertEqual((made["user.uuid"], made["project"]), (self.demo.user, self.demo.project))
        number = str(made["id"])
        (disk,) = self.manage("volume-inspect", number)["disk"]
        self.assertEqual((disk["name"], disk["size"]), (f"snf-vol-{number}", 1024))
        left = self.manage("volume-detach", number, "-f", "--wait", "True")
        self.assertEqual([each["status"] for each in left], ["AVAILABLE"])
        self.manage("volume-detach", number, "-f", code=USAGE)
        there = self.manage("volume-attach", number, "--server", str(server), "--wait", "True")
        self.assertEqual(there["status"], "IN_USE")
        self.manage("volume-attach", number, "--server", str(server), code=USAGE)
        self.manage("volume-remove", number, code=USAGE)  # nobody says yes
        gone = self.manage("volume-remove", number, "99", "-f", "--wait", "True", code=PARTLY)
        self.assertEqual([each["status"] for each in gone], ["DELETED"])
        (row,) = self.manage("volume-list", "--deleted")
        self.assertEqual(str(row["id"]), number)
        root = str(self.root_of(server))
        self.manage("volume-remove", root, "-f", code=USAGE)

    def test_what_fails_is_told(self) -> None:
        """A volume that its server could not make is gone when the command ends (OPS-091)."""
        server = self.server(stopped=True)
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        words = ("-s", "1", "--name", "v", "--server", str(server), "--wait", "True")
        self.assertEqual(self.manage("volume-create", *words)["status"], "DELETED")
        self.manage("volume-create", "-s", "1", "--server", "99", code=NOT_FOUND)
        self.limit(0)
        self.manage("volume-create", "-s", "1", "--user", DEMO, code=REFUSED)


class Snapshots(Commands):
    def test_a_snapshot_of_an_administrators(self) -> None:
        """Taken for the volume's owner, listed, shown, renamed and removed (OPS-096, OPS-097)."""
        root = self.root_of(self.server())
        made = self.manage("snapshot-create", str(root), "--name", "s1", "--description", "d")
        self.assertEqual((made["status"], made["owner"]), ("CREATING", self.demo.user))
        self.follow()
        (row,) = self.manage("snapshot-list")
        self.assertEqual(
            row,
            {
                "id": made["id"],
                "name": "s1",
                "volume_id": root,
                "size": self.shown(root)["size"],
                "mapfile": f"snf-snap-{root}-1",
                "status": "AVAILABLE",
                "owner": self.demo.user,
                "is_public": False,
            },
        )
        self.assertEqual(self.manage("snapshot-list", "--public"), [])
        self.assertEqual(self.manage("snapshot-list", "--user", "admin@localhost"), [])
        self.assertEqual(len(self.manage("snapshot-list", "--user", DEMO)), 1)
        words = ("--user", DEMO, "--name", "s2", "--description", "e")
        changed = self.manage("snapshot-modify", made["id"], *words)
        self.assertEqual((changed["name"], changed["description"]), ("s2", "e"))
        self.manage("snapshot-modify", made["id"], code=USAGE)
        foreign = ("--user", "admin@localhost", "--name", "x")
        self.assertNotEqual(self.manage("snapshot-show", made["id"])["location"], "")
        self.manage("snapshot-modify", made["id"], *foreign, code=NOT_FOUND)
        self.manage("snapshot-remove", made["id"], code=USAGE)  # nobody says yes
        self.manage("snapshot-remove", made["id"], "--user", DEMO, "-f")
        self.manage("snapshot-remove", made["id"], "x", "-f", code=FAILED)
        self.manage("snapshot-show", made["id"], code=NOT_FOUND)
        alone = str(self.volume())
        self.manage("snapshot-create", alone, code=USAGE)
        self.manage("snapshot-create", "99", code=NOT_FOUND)


class Images(Commands):
    def test_images(self) -> None:
        """All, a user's view, the public ones, newest first, and one with its properties
        (OPS-077)."""
        self.cloud.site.clock.advance(1)
        made = self.ask("POST", f"{GLANCE}/images", {"name": "mine", "colour": "blue"}, 201)
        rows = self.manage("image-list")
        self.assertEqual([row["name"] for row in rows], ["mine", "hello"])
        self.assertEqual(set(rows[0]), {"id", "name", "user.uuid", "public", "snapshot"})
        seen = self.manage("image-list", "--user", "admin@localhost")
        self.assertEqual([row["name"] for row in seen], ["hello"])
        public = self.manage("image-list", "--public")
        self.assertEqual([row["name"] for row in public], ["hello"])
        self.assertEqual(len(self.manage("image-list", "--user", DEMO)), 2)
        shown = self.manage("image-show", made["id"])
        self.assertEqual(shown["properties"], [{"property": "colour", "value": "blue"}])
        self.assertEqual((shown["name"], shown["status"]), ("mine", "queued"))
        self.manage("image-show", "x", code=NOT_FOUND)
