"""Swift's own clients against an object store on a real socket, SQLite file and block folder."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.common.threads import Threads
from synnefod.objects.service import ObjectStore
from synnefod.resources.objects.mounts import mounts
from synnefod.resources.root import tree
from synnefod.store.sqlite import SqliteStore
from tests.harness.web import Loopback
from tests.unit.resources.objects.cloud import ALICE, Ledger, People, parts

BLOCK = 4 * 1024 * 1024


class Daemon(TestCase):
    """A test with a daemon's object store on `self.web` and a folder for its client."""

    timeout = 120

    async def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        self.folder = folder.absolute()
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        self.threads = threads
        self.database = SqliteStore(self.folder / "cloud.db", reactor, threads)  # type: ignore[arg-type]
        await self.database.start()
        blocks = FilesystemBlocks(self.folder / "store", threads, reactor)  # type: ignore[arg-type]
        objects = ObjectStore(parts(self.database, blocks, Ledger(), reactor, threads))  # type: ignore[arg-type]
        await objects.prepare()
        self.web = Loopback(reactor, tree(mounts(objects, People(), "1")))
        self.storage = self.web.url(f"/swift/v1/AUTH_{ALICE}")

    async def tearDown(self) -> None:
        await self.web.stop()
        await self.database.stop()
        self.threads.stop()

    def stored_blocks(self) -> int:
        """How many blocks lie in the store."""
        return sum(len(files) for _, _, files in os.walk(self.folder / "store" / "blocks"))

    def sample(self) -> Path:
        """64 MiB made of three different blocks, again and again."""
        path = self.folder / "sample.bin"
        blocks = [bytes([n + 1]) * (BLOCK - 1) + b"\xff" for n in range(3)]
        with path.open("wb") as file:
            for number in range(16):
                file.write(blocks[number % 3])
        return path

    async def run_client(self, *command: str, **environment: str) -> str:
        """What a client says; it must succeed."""
        env = {**os.environ, "HOME": str(self.folder), "NO_PROXY": "127.0.0.1", **environment}
        out, err, code = await getProcessOutputAndValue(
            command[0], command[1:], env=env, path=str(self.folder)
        )
        text = out.decode("utf-8", "replace")
        self.said = err.decode("utf-8", "replace")
        self.assertEqual(code, 0, f"{command}: {text} {self.said}")
        return text


class SwiftClient(Daemon):
    if find_spec("swiftclient") is None:
        skip = "python-swiftclient is not installed"

    async def swift(self, *words: str) -> str:
        return await self.run_client(
            sys.executable,
            "-m",
            "swiftclient.shell",
            *words,
            OS_AUTH_TOKEN="alice",
            OS_STORAGE_URL=self.storage,
        )

    async def test_a_file_is_stored_once_and_comes_back(self) -> None:
        """PIT-244: upload, stat, list, download (checked by its MD5), post, delete."""
        sample = self.sample()
        name = "a folder/é ü.bin"
        await self.swift("upload", "box", str(sample), "--object-name", name)
        self.assertEqual(self.stored_blocks(), 3)
        await self.swift("upload", "box", str(sample), "--object-name", "again")
        self.assertEqual(self.stored_blocks(), 3)
        self.assertEqual((await self.swift("list", "box")).splitlines(), [name, "again"])
        self.assertEqual((await self.swift("list")).splitlines(), ["box"])
        self.assertIn("67108864", await self.swift("stat", "box", name))
        await self.swift("download", "box", name, "--output", "back.bin")
        self.assertEqual((self.folder / "back.bin").read_bytes(), sample.read_bytes())
        await self.swift("post", "box", "-m", "colour:blue")
        self.assertIn("Meta Colour: blue", await self.swift("stat", "box"))
        await self.swift("post", "box", name, "-m", "size:large")
        self.assertIn("Meta Size: large", await self.swift("stat", "box", name))
        await self.swift("copy", "box", "again", "--destination", "/box/third")
        self.assertIn("bulk_delete", await self.swift("capabilities"))
        await self.swift("delete", "box")
        self.assertEqual(await self.swift("list"), "")

    async def test_a_file_in_segments_comes_back_whole(self) -> None:
        """Object-storage.md 5.10, 5.11: a static large object, and a dynamic one if it is asked."""
        for kind in ("--use-slo", "--skip-identical", "--use-dlo"):
            await self.in_segments(kind)

    async def in_segments(self, kind: str) -> None:
        sample = self.sample()
        words = ("--object-name", "big", "-S", "20000000", kind)
        await self.swift("upload", "box", str(sample), *words)
        shown = await self.swift("stat", "box", "big")
        header = "Manifest: box_segments/" if kind == "--use-dlo" else "X-Static-Large-Object"
        self.assertIn(header.lower(), shown.lower())
        self.assertEqual((await self.swift("list")).splitlines(), ["box", "box_segments"])
        self.assertIn("67108864", await self.swift("stat", "box", "big"))
        await self.swift("download", "box", "big", "--output", "back.bin")
        self.assertEqual((self.folder / "back.bin").read_bytes(), sample.read_bytes())
        await self.swift("delete", "box", "big")
        self.assertEqual(await self.swift("list", "box_segments"), "")

    async def test_lists_and_temporary_urls(self) -> None:
        """Object-storage.md 5.7, 5.12, 5.8 as the client writes them."""
        (self.folder / "note").write_bytes(b"hello")
        await self.swift("upload", "box", "note", "-H", "X-Delete-After: 500")
        self.assertIn("x-delete-at", (await self.swift("stat", "box", "note")).lower())
        await self.swift("post", "-r", ".r:*,.rlistings", "-w", "*:bob", "box")
        shown = await self.swift("stat", "box")
        self.assertIn("Read ACL: .r:*,.rlistings", shown)
        self.assertIn("Write ACL: *:b0b", shown)
        listed = await self.run_client("curl", "-sf", f"{self.storage}/box")
        self.assertEqual(listed, "note\n")
        await self.swift("post", "-r", "", "box")
        await self.swift("post", "-m", "Temp-URL-Key:secret")
        path = f"/v1/AUTH_{ALICE}/box/note"
        signed = await self.swift("tempurl", "GET", "3600", path, "secret")
        url = self.web.url("/swift" + signed.strip())
        self.assertEqual(await self.run_client("curl", "-sf", url), "hello")


class Rclone(Daemon):
    if shutil.which("rclone") is None:
        skip = "rclone is not in PATH"

    async def rclone(self, *words: str) -> str:
        return await self.run_client(
            "rclone",
            "--retries",
            "1",
            *words,
            RCLONE_CONFIG=str(self.folder / "rclone.conf"),
            RCLONE_CONFIG_CLOUD_TYPE="swift",
            RCLONE_CONFIG_CLOUD_AUTH_TOKEN="alice",
            RCLONE_CONFIG_CLOUD_STORAGE_URL=self.storage,
        )

    async def test_a_folder_is_copied_there_and_back(self) -> None:
        """PIT-243, PIT-244: copy, check by hash, list, read a part, move, purge."""
        source = self.folder / "source"
        (source / "sub folder").mkdir(parents=True)
        shutil.move(self.sample(), source / "sample.bin")
        shutil.copy(source / "sample.bin", source / "sub folder" / "twin é.bin")
        (source / "empty").write_bytes(b"")
        await self.rclone("copy", str(source), "cloud:box")
        self.assertEqual(self.stored_blocks(), 3)
        await self.rclone("check", str(source), "cloud:box")
        await self.rclone("check", "--download", str(source), "cloud:box")
        listed = (await self.rclone("lsf", "-R", "cloud:box")).splitlines()
        self.assertEqual(
            sorted(listed), ["empty", "sample.bin", "sub folder/", "sub folder/twin é.bin"]
        )
        part = await self.rclone(
            "cat", "--offset", str(BLOCK - 2), "--count", "4", "cloud:box/sample.bin"
        )
        self.assertEqual(part, "\x01\ufffd\x02\x02")
        await self.rclone("copy", "-v", str(source), "cloud:box")
        self.assertIn("There was nothing to transfer", self.said)
        await self.rclone("moveto", "cloud:box/sample.bin", "cloud:box/moved.bin")
        await self.rclone("copy", "cloud:box", str(self.folder / "back"))
        self.assertEqual(
            (self.folder / "back" / "moved.bin").read_bytes(),
            (source / "sample.bin").read_bytes(),
        )
        await self.rclone("purge", "cloud:box")
        self.assertEqual((await self.rclone("lsd", "cloud:")).strip(), "")

    async def test_a_file_in_segments_comes_back_whole(self) -> None:
        """Object-storage.md 5.10, 5.11: rclone's chunked upload is a dynamic large object."""
        source = self.sample()
        await self.rclone("copyto", "--swift-chunk-size", "20M", str(source), "cloud:box/big.bin")
        self.assertIn("67108864", await self.rclone("ls", "cloud:box"))
        await self.rclone("copyto", "cloud:box/big.bin", str(self.folder / "back.bin"))
        self.assertEqual((self.folder / "back.bin").read_bytes(), source.read_bytes())
        await self.rclone("deletefile", "cloud:box/big.bin")
        self.assertEqual(await self.rclone("ls", "cloud:box_segments"), "")


SDK = """
import sys, openstack
cloud = openstack.connect(
    auth_type="admin_token", auth={"endpoint": sys.argv[1], "token": "alice"},
    object_store_endpoint_override=sys.argv[1], load_envvars=False, load_yaml_config=False,
)
sample, back = sys.argv[2:]
cloud.create_container("box")
cloud.set_container_access("box", "public")
print(cloud.get_container_access("box"))
cloud.create_object("box", "big", sample, segment_size=20000000, use_slo=True)
found = cloud.object_store.get_object_metadata("big", container="box")
print(found.is_static_large_object)
cloud.get_object("box", "big", outfile=back)
print(cloud.is_object_stale("box", "big", sample))
cloud.delete_object("box", "big")
print(len(cloud.list_objects("box")))
"""


class OpenStackSdk(Daemon):
    clients = os.environ.get("SYNNEFOD_TEST_CLIENTS", "")
    if not clients:
        skip = "SYNNEFOD_TEST_CLIENTS is not set"

    async def test_a_file_in_segments_comes_back_whole(self) -> None:
        """Object-storage.md 5.10, 5.15: segments, manifest, download, deletion with segments."""
        sample, back = self.sample(), self.folder / "back.bin"
        python = str(Path(self.clients) / "python")
        text = await self.run_client(python, "-c", SDK, self.storage, str(sample), str(back))
        self.assertEqual(text.splitlines(), ["public", "True", "False", "0"])
        self.assertEqual(back.read_bytes(), sample.read_bytes())
