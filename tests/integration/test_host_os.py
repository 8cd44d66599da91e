"""The OS definition fills disks as a node runs it; images and parameters come over real HTTP."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT

MIB = 1 << 20
CREATE = ROOT / "etc/ganeti/os/create"


class Cloud(ThreadingHTTPServer):
    """Gives the parameters once, the image from any offset, and takes messages."""

    def __init__(self, image: bytes, **document: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.image = image
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.document: dict[str, str] | None = {
            "img_id": f"pithosmap://feed/{len(image)}",
            "img_format": "diskdump",
            "img_url": self.url + "/image",
            "progress_url": self.url + "/progress",
            **document,
        }
        self.told: list[dict[str, Any]] = []
        self.asked: list[int] = []
        self.break_at: int | None = None


class Handler(BaseHTTPRequestHandler):
    server: Cloud

    def do_GET(self) -> None:
        if self.path == "/params":
            document, self.server.document = self.server.document, None
            self.answer(404 if document is None else 200, json.dumps(document).encode())
        elif self.path == "/image":
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            self.server.asked.append(start)
            self.answer(206 if start else 200, self.server.image[start:])
        else:
            self.answer(404, b"")

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(json.loads(raw))
        self.answer(200, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop, self.server.break_at = self.server.break_at, None
        self.wfile.write(body if stop is None or self.path != "/image" else body[:stop])
        if self.path != "/image":
            self.server.break_at = stop

    def log_message(self, *arguments: Any) -> None:
        pass


def image(label: str, size: int = 16) -> bytes:
    """A disk of so many MiB with one Linux partition of noise."""
    path = Path(os.path.abspath("image"))
    path.write_bytes(random.Random(7).randbytes(size * MIB))
    with path.open("r+b") as file:
        file.write(bytes(MIB))
    script = f"label: {label}\nstart=2048, size={(size - 2) * 2048}\n"
    subprocess.run(["sfdisk", "-q", path], input=script, text=True, check=True)
    return path.read_bytes()


class Deploying(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.disk = self.folder / "disk"

    def cloud(self, data: bytes, **document: str) -> Cloud:
        made = Cloud(data, **document)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        self.addCleanup(made.server_close)
        self.addCleanup(made.shutdown)
        return made

    def create(self, cloud: Cloud, size: int = 32, **more: str) -> tuple[int, str]:
        with self.disk.open("wb") as file:
            file.truncate(size * MIB)
        given = {
            "INSTANCE_NAME": "snf-7",
            "DISK_0_PATH": str(self.disk),
            "OSP_CONFIG_URL": cloud.url + "/params",
            "OSP_IMG_ID": "pithosmap://feed/1",
            "OSP_IMG_FORMAT": "diskdump",
            **more,
        }
        done = subprocess.run(
            [CREATE],
            env={"PATH": os.environ["PATH"], **given},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.returncode, done.stderr

    def seed(self) -> dict[str, str]:
        """The files of the last partition, if it is labelled cidata."""
        done = subprocess.run(
            ["sfdisk", "--json", self.disk], capture_output=True, text=True, check=True
        )
        last = json.loads(done.stdout)["partitiontable"]["partitions"][-1]
        at = f"{self.disk}@@{last['start'] * 512}"
        listing = subprocess.run(
            ["mdir", "-i", at, "-b", "::"], capture_output=True, text=True, check=True
        )
        label = subprocess.run(
            ["mlabel", "-i", at, "-s", "::"], capture_output=True, text=True, check=True
        )
        self.assertIn("cidata", label.stdout.lower())
        names = [line.strip().removeprefix("::/") for line in listing.stdout.split("\n") if line]
        return {
            name: subprocess.run(
                ["mtype", "-i", at, f"::{name}"], capture_output=True, text=True, check=True
            ).stdout
            for name in names
        }

    def test_an_image_is_on_the_disk_with_the_guests_configuration_behind_it(self) -> None:
        """Byte for byte but for the table; name, password (hashed), keys and files are in a seed
        that cloud-init reads; copying and configuring are told; on both kinds of tables."""
        files = [{"path": "/etc/motd", "contents": "aGk=", "owner": "root", "mode": 420}]
        for label in ("dos", "gpt"):
            data = image(label)
            cloud = self.cloud(
                data,
                img_passwd="s3cret Pass'word",
                auth_keys="ssh-ed25519 AAAA ann\nssh-rsa BBBB bob",
                img_personality=json.dumps(files),
                img_properties=json.dumps({"OSFAMILY": "linux", "USERS": "debian root"}),
            )
            code, errors = self.create(cloud)
            self.assertEqual((code, errors), (0, ""))
            body = slice(MIB, 15 * MIB)
            self.assertEqual(self.disk.read_bytes()[body], data[body])
            found = self.seed()
            meta = json.loads(found["meta-data"])
            self.assertEqual((meta["instance-id"], meta["local-hostname"]), ("snf-7", "snf-7"))
            config = json.loads(found["user-data"].removeprefix("#cloud-config\n"))
            users = config["chpasswd"]["users"]
            self.assertEqual([user["name"] for user in users], ["debian", "root"])
            self.assertTrue(all(user["password"].startswith("$6$") for user in users))
            self.assertNotIn("s3cret", json.dumps(found))
            self.assertEqual(len(config["ssh_authorized_keys"]), 2)
            (file,) = config["write_files"]
            self.assertEqual((file["path"], file["permissions"]), ("/etc/motd", "0644"))
            kinds = [message["type"] for message in cloud.told]
            self.assertEqual(kinds[0], "image-info")
            copied = [m for m in cloud.told if m["type"] == "image-copy-progress"][-1]
            self.assertEqual((copied["progress"], copied["position"]), (100.0, len(data)))
            tasks = [m["subtype"] for m in cloud.told if m["type"] == "image-helper"]
            self.assertEqual(tasks, ["task-start", "task-end"])

    def test_peoples_own_user_data_stands_above_ours(self) -> None:
        """Theirs is the user's, ours the vendor's."""
        theirs = "#!/bin/sh\necho hello\n"
        cloud = self.cloud(image("dos"), cloud_userdata=base64.b64encode(theirs.encode()).decode())
        self.assertEqual(self.create(cloud)[0], 0)
        found = self.seed()
        self.assertEqual(found["user-data"], theirs)
        self.assertIn('"hostname": "snf-7"', found["vendor-data"])

    def test_a_broken_connection_is_taken_up_where_it_broke(self) -> None:
        """Nothing is doubled or skipped."""
        data = image("dos")
        cloud = self.cloud(data)
        cloud.break_at = 5 * MIB + 3
        self.assertEqual(self.create(cloud), (0, ""))
        self.assertEqual(cloud.asked, [0, 5 * MIB + 3])
        self.assertEqual(self.disk.read_bytes()[MIB : 15 * MIB], data[MIB : 15 * MIB])

    def test_what_cannot_be_deployed_is_told_and_fails(self) -> None:
        """An image larger than the disk, parameters that were read before."""
        cloud = self.cloud(image("dos"))
        code, errors = self.create(cloud, size=8)
        self.assertEqual(code, 1)
        self.assertIn("larger than the disk", errors)
        self.assertEqual(cloud.told[-1]["type"], "image-error")
        code, errors = self.create(cloud)
        self.assertEqual(code, 1)
        self.assertIn("404", errors)

    def test_images_without_room_or_table_start_unconfigured(self) -> None:
        """Told as a warning; and what is not to be configured is not touched at all."""
        data = image("dos")
        cloud = self.cloud(data)
        self.assertEqual(self.create(cloud, size=16)[0], 0)
        warnings = [m["messages"][0] for m in cloud.told if m["type"] == "image-warning"]
        self.assertEqual(len(warnings), 1)
        self.assertIn("no room", warnings[0])
        for raw in (bytes(4 * MIB), data):
            cloud = self.cloud(raw, img_properties='{"EXCLUDE_ALL_TASKS": "yes"}')
            self.assertEqual(self.create(cloud)[0], 0)
            self.assertEqual(self.disk.read_bytes()[: len(raw)], raw)

    def test_nothing_is_copied_where_the_storage_did(self) -> None:
        """`null` in the document overrides what the cluster was told."""
        cloud = self.cloud(b"", img_id="null")
        self.assertEqual(self.create(cloud)[0], 0)
        self.assertEqual(cloud.asked, [])
