"""The ordinary OpenStack client and its library against servers of a whole daemon."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import CommandFailed, Daemon, eventually, have, search_path


class OpenStackClient(SynchronousTestCase):
    if not have("openstack"):
        skip = "python-openstackclient is not installed (SYNNEFOD_TEST_CLIENTS)"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-compute-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.daemon = Daemon(self.folder, {"dispatcher": {"poll_fast": 0.5}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def ask(self, *words: str) -> Any:
        return self.daemon.openstack(*words)

    def tell(self, *words: str) -> None:
        """A command that prints nothing."""
        self.daemon.openstack(*words, "--plain")

    def refused(self, *words: str) -> str:
        """What the client says of a command that the cloud refuses."""
        try:
            self.tell(*words)
        except CommandFailed as error:
            return str(error)
        raise AssertionError(f"{words} was not refused")

    def wait(self, kind: str, name: str, status: str) -> Any:
        def there() -> Any:
            shown = self.ask(*kind.split(), "show", name)
            return shown if shown["status"].lower() == status else None

        return eventually(f"{kind} {name} is {status}", there)

    def test_a_server_lives_on_a_volume(self) -> None:
        """A volume with an image is a server's disk, outlives it and starts another; images are
        made of servers, and servers of those (CMP-100, CMP-107, CMP-415)."""
        (image,) = self.ask("image", "list")
        flavor = next(each for each in self.ask("flavor", "list") if each["Disk"] > 1)
        secret = self.folder / "k1"
        key = self.ask("keypair", "create", "--private-key", str(secret), "k1")
        self.assertEqual(self.ask("keypair", "list")[0]["Fingerprint"], key["fingerprint"])
        size = str(flavor["Disk"])
        self.ask("volume", "create", "--image", image["ID"], "--size", size, "root")
        usual = ("--flavor", str(flavor["ID"]), "--nic", "none", "--key-name", "k1", "--wait")
        made = self.ask("server", "create", *usual, "--volume", "root", "s1")
        self.assertEqual((made["status"], made["key_name"]), ("ACTIVE", "k1"))
        self.assertEqual(self.ask("volume", "show", "root")["status"], "in-use")
        taken = self.ask("server", "image", "create", "--name", "taken", "--wait", "s1")
        self.assertEqual(taken["status"], "active")
        self.tell("server", "delete", "--wait", "s1")
        self.wait("volume", "root", "available")
        words = ("--boot-from-volume", size, "--image", "taken")
        again = self.ask("server", "create", *usual, *words, "s2")
        self.assertEqual(again["status"], "ACTIVE")
        self.ask("server", "add", "volume", "s2", "root")
        self.wait("volume", "root", "in-use")
        devices = sorted(each["Device"] for each in self.ask("server", "volume", "list", "s2"))
        self.assertEqual(devices, ["/dev/vda", "/dev/vdb"])
        self.tell("server", "delete", "--wait", "s2")
        self.wait("volume", "root", "available")
        self.tell("keypair", "delete", "k1")
        self.assertEqual(self.ask("keypair", "list"), [])

    def test_what_else_is_asked_of_servers(self) -> None:
        """Locked, described, tagged, stopped, resized, refused, counted (CMP-400, CMP-409, CMP-414,
        CMP-417)."""
        (image,) = self.ask("image", "list")
        flavors = sorted(self.ask("flavor", "list"), key=lambda each: (each["Disk"], each["RAM"]))
        words = ("--image", image["Name"], "--flavor", flavors[0]["Name"], "--nic", "none")
        self.ask("server", "create", *words, "--property", "a=b", "--wait", "s1")
        self.tell("server", "lock", "s1")
        self.assertIs(self.ask("server", "show", "s1")["locked"], True)
        self.tell("server", "unlock", "s1")
        self.tell("server", "set", "--name", "s2", "--property", "c=d", "--tag", "t1", "s1")
        shown = self.ask("server", "show", "s2")
        self.assertEqual((shown["properties"], shown["tags"]), ({"a": "b", "c": "d"}, ["t1"]))
        self.assertIn("501", self.refused("server", "rebuild", "s2"))
        self.assertIn("501", self.refused("server", "pause", "s2"))
        self.assertIn("403", self.refused("server", "migrate", "s2"))
        self.tell("server", "stop", "s2")
        self.wait("server", "s2", "shutoff")
        self.tell("server", "start", "s2")
        self.wait("server", "s2", "active")
        events = {each["Action"] for each in self.ask("server", "event", "list", "s2")}
        self.assertLessEqual({"create", "stop", "start"}, events)
        quota = {row["Resource"]: row["Limit"] for row in self.ask("quota", "show")}
        self.assertGreater(quota["instances"], 0)
        used = {row["Name"]: row["Value"] for row in self.ask("limits", "show", "--absolute")}
        self.assertEqual(used.get("total_instances_used", used.get("totalInstancesUsed")), 1)
        self.assertEqual([each["Name"] for each in self.ask("server", "list")], ["s2"])
        versions = self.ask("versions", "show", "--service", "compute")
        self.assertEqual({each["Status"] for each in versions}, {"SUPPORTED", "CURRENT"})
        self.tell("server", "delete", "--wait", "s2")
        self.assertEqual(self.ask("server", "list"), [])

    def test_programs_written_with_the_libraries(self) -> None:
        """novaclient, cinderclient, glanceclient, openstacksdk and libcloud make, lock, copy, find
        and remove servers, and keep the volumes that were attached (CMP-100, CMP-107, CMP-412,
        CMP-415)."""
        program = Path(__file__).parent / "python_clients.py"
        client = shutil.which("openstack", path=search_path())
        assert client is not None
        text = self.daemon.run(str(Path(client).parent / "python"), str(program))
        seen = json.loads(text.splitlines()[-1])
        expected = {"metadata": {"a": "b"}, "locked": True, "image": ""}
        self.assertEqual(seen["clients"], expected)
        self.assertEqual((seen["sdk"]["status"], seen["sdk"]["kept"]), ("ACTIVE", True))
        self.assertGreater(seen["sdk"]["instances"], 0)
        self.assertEqual(seen["libcloud"], {"name": "n1", "addresses": True})
