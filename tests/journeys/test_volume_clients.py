"""The ordinary OpenStack client against volumes, snapshots and images of a whole daemon."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, eventually, have

MIB = 1 << 20


class OpenStackClient(SynchronousTestCase):
    if not have("openstack"):
        skip = "python-openstackclient is not installed (SYNNEFOD_TEST_CLIENTS)"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-volumes-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.daemon = Daemon(self.folder, {"dispatcher": {"poll_fast": 0.5}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def ask(self, *words: str) -> Any:
        return self.daemon.openstack(*words)

    def tell(self, *words: str) -> None:
        """A command that prints nothing."""
        self.daemon.openstack(*words, "--plain")

    def wait(self, kind: str, name: str, status: str) -> Any:
        def there() -> Any:
            shown = self.ask(*kind.split(), "show", name)
            return shown if shown["status"].lower() == status else None

        return eventually(f"{kind} {name} is {status}", there)

    def test_volumes_and_snapshots(self) -> None:
        """Made, attached, snapshotted, made again from the snapshot, detached and removed
        (VOL-202, VOL-204, VOL-206)."""
        made = self.ask("volume", "create", "--size", "1", "v1")
        self.assertEqual(made["status"], "available")
        self.tell("volume", "set", "--name", "v2", "--property", "a=b", "--size", "2", "v1")
        shown = self.ask("volume", "show", "v2")
        self.assertEqual((shown["size"], shown["properties"]), (2, {"a": "b"}))
        (image,) = self.ask("image", "list")
        (flavor, *_) = self.ask("flavor", "list")
        words = ("--image", image["ID"], "--flavor", str(flavor["ID"]), "--nic", "none", "--wait")
        self.ask("server", "create", *words, "s1")
        self.ask("server", "add", "volume", "s1", "v2")
        self.wait("volume", "v2", "in-use")
        self.ask("volume", "snapshot", "create", "--volume", "v2", "--force", "snap")
        self.wait("volume snapshot", "snap", "available")
        self.tell("volume", "snapshot", "set", "--name", "snap2", "--property", "x=y", "snap")
        (row,) = self.ask("volume", "snapshot", "list")
        self.assertEqual((row["Name"], row["Size"]), ("snap2", 2))
        names = {each["Name"] for each in self.ask("image", "list")}
        self.assertEqual(names, {image["Name"], "snap2"})
        copy = self.ask("volume", "create", "--snapshot", "snap2", "--size", "3", "copy")
        self.assertEqual(copy["snapshot_id"], row["ID"])
        self.tell("server", "remove", "volume", "s1", "v2")
        self.wait("volume", "v2", "available")
        self.tell("volume", "snapshot", "delete", "snap2")
        self.assertEqual(self.ask("volume", "snapshot", "list"), [])
        self.tell("volume", "delete", "copy")
        self.tell("server", "delete", "--wait", "s1")
        left = [each["Name"] for each in self.ask("volume", "list")]
        self.assertEqual(left, ["v2"])

    def test_images(self) -> None:
        """Uploaded, imported, described, read back, protected and removed (IMG-201)."""
        path = self.folder / "disk.raw"
        path.write_bytes(os.urandom(9 * MIB + 5))
        formats = ("--disk-format", "raw", "--container-format", "bare")
        said = ("--property", "os_type=linux", "--tag", "t1")
        made = self.ask("image", "create", "--file", str(path), *formats, *said, "i1")
        self.assertEqual((made["status"], made["size"]), ("active", path.stat().st_size))
        self.tell("image", "set", "--name", "i2", "--property", "a=b", "--tag", "t2", "i1")
        self.tell("image", "unset", "--tag", "t1", "i2")
        shown = self.ask("image", "show", "i2")
        self.assertEqual((shown["tags"], shown["properties"]["a"]), (["t2"], "b"))
        back = self.folder / "back.raw"
        self.tell("image", "save", "--file", str(back), "i2")
        self.assertEqual(back.read_bytes(), path.read_bytes())
        self.ask("image", "create", "--import", "--file", str(path), *formats, "i3")
        self.wait("image", "i3", "active")
        self.assertEqual(self.ask("image", "import", "info")["import-methods"], ["glance-direct"])
        self.tell("image", "set", "--protected", "i2")
        self.assertIn("403", self.daemon.run("openstack", "image", "delete", "i2", check=False))
        self.tell("image", "set", "--unprotected", "i2")
        self.tell("image", "delete", "i2", "i3")
        self.assertEqual(len(self.ask("image", "list")), 1)
