"""The commands of the ordinary OpenStack client that the other journeys do not come by."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, eventually, have

MIB = 1 << 20


class Commands(SynchronousTestCase):
    if not have("openstack"):
        skip = "python-openstackclient is not installed (SYNNEFOD_TEST_CLIENTS)"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-commands-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        settings = {"dispatcher": {"poll_fast": 0.5}, "limits": {"server_actions": 0.0}}
        self.daemon = Daemon(self.folder, settings)
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def ask(self, *words: str, **more: Any) -> Any:
        return self.daemon.openstack(*words, **more)

    def tell(self, *words: str, **more: Any) -> None:
        """A command that prints nothing."""
        self.daemon.openstack(*words, "--plain", **more)

    def wait(self, kind: str, name: str, status: str) -> Any:
        def there() -> Any:
            shown = self.ask(*kind.split(), "show", name)
            return shown if shown["status"].lower() == status else None

        return eventually(f"{kind} {name} is {status}", there)

    def settled(self) -> Any:
        """The server when nothing is pending there."""

        def quiet() -> Any:
            shown = self.ask("server", "show", "s1")
            return shown if shown["OS-EXT-STS:task_state"] is None else None

        return eventually("nothing is pending", quiet)

    def test_servers(self) -> None:
        """Rebooted, resized and resized back, its groups, networks, ports and addresses added and
        taken, its console, output, events and usage shown (CMP-404, CMP-416)."""
        (image,) = self.ask("image", "list")
        self.daemon.manage("flavor-create", "2", "768", "1", "1")
        small, big, *_ = sorted(
            self.ask("flavor", "list"), key=lambda each: (each["Disk"], each["RAM"])
        )
        self.assertEqual(self.ask("flavor", "show", small["ID"])["vcpus"], 1)
        words = ("--image", image["Name"], "--flavor", small["Name"], "--property", "a=b")
        self.ask("security", "group", "create", "web")
        self.ask("server", "create", *words, "--security-group", "web", "--wait", "s1")
        shown = self.ask("server", "show", "s1")
        self.assertEqual(shown["security_groups"], [{"name": "web"}])
        self.tell("server", "unset", "--property", "a", "s1")
        self.tell("server", "reboot", "--wait", "s1")
        self.assertEqual(self.settled()["properties"], {})
        self.groups_and_networks()
        url = self.ask("console", "url", "show", "s1")
        self.assertIn("token=", url["url"])
        self.assertIsInstance(self.daemon.openstack("console", "log", "show", "s1", "--plain"), str)
        events = self.ask("server", "event", "list", "s1")
        seen = self.ask("server", "event", "show", "s1", events[-1]["Request ID"])
        self.assertEqual(seen["action"], "create")
        self.assertEqual(len(self.ask("server", "list", "--status", "ACTIVE", "--long")), 1)
        self.tell("server", "stop", "s1")
        self.wait("server", "s1", "shutoff")
        self.tell("server", "resize", "--flavor", big["Name"], "s1")
        self.wait("server", "s1", "verify_resize")
        self.tell("server", "resize", "revert", "s1")
        self.wait("server", "s1", "shutoff")
        self.tell("server", "resize", "--flavor", big["Name"], "s1")
        self.wait("server", "s1", "verify_resize")
        self.tell("server", "resize", "confirm", "s1")
        self.assertEqual(self.wait("server", "s1", "shutoff")["flavor"]["ram"], 768)
        self.tell("server", "delete", "--wait", "s1")
        self.assertTrue(self.ask("usage", "show")["Servers"])
        self.assertEqual(self.ask("server", "group", "list"), [])
        (zone,) = self.ask("availability", "zone", "list", "--compute")
        self.assertEqual(zone["Zone Status"], "available")

    def groups_and_networks(self) -> None:
        self.tell("server", "add", "security", "group", "s1", "snf-limited")
        self.settled()
        self.tell("server", "remove", "security", "group", "s1", "web")
        shown = self.settled()
        self.assertEqual(shown["security_groups"], [{"name": "snf-limited"}])
        self.ask("network", "create", "n1")
        words = ("--network", "n1", "--subnet-range", "10.20.0.0/24")
        self.ask("subnet", "create", *words, "sub1")
        self.tell("server", "add", "network", "s1", "n1")
        self.assertIn("n1", self.settled()["addresses"])
        self.tell("server", "remove", "network", "s1", "n1")
        self.assertNotIn("n1", self.settled()["addresses"])
        self.ask("port", "create", "--network", "n1", "p1")
        self.tell("server", "add", "port", "s1", "p1")
        address = self.settled()["addresses"]["n1"][0]
        (outside,) = self.ask("network", "list", "--external")
        self.ask("router", "create", "--external-gateway", outside["ID"], "r1")
        self.tell("router", "add", "subnet", "r1", "sub1")
        ip = self.ask("floating", "ip", "create", outside["ID"])["floating_ip_address"]
        self.tell("server", "add", "floating", "ip", "--fixed-ip-address", address, "s1", ip)

        def carried() -> bool:
            return ip in str(self.settled()["addresses"])

        eventually("the address is on the server", carried)
        self.tell("server", "remove", "floating", "ip", "s1", ip)
        eventually("the address is off the server", lambda: not carried())
        self.tell("floating", "ip", "delete", ip)
        self.tell("server", "remove", "port", "s1", "p1")
        self.settled()

    def test_images_volumes_and_their_administration(self) -> None:
        """Images are shared, listed and read back by members; volumes copied, described, typed;
        flavors, quotas and clusters are for administrators."""
        path = self.folder / "disk.raw"
        path.write_bytes(os.urandom(MIB))
        formats = ("--disk-format", "raw", "--container-format", "bare", "--file", str(path))
        self.shared(formats)
        self.ask("image", "create", *formats, "--property", "a=b", "i1")
        self.tell("image", "unset", "--property", "a", "i1")
        self.assertNotIn("a", self.ask("image", "show", "i1")["properties"])
        self.ask("volume", "create", "--size", "1", "--image", "i1", "v1")
        copy = self.ask("volume", "create", "--source", "v1", "--property", "x=y", "v2")
        self.assertEqual((copy["status"], copy["size"]), ("available", 1))
        self.tell("volume", "unset", "--property", "x", "v2")
        self.tell("volume", "set", "--bootable", "--description", "d", "v2")
        shown = self.ask("volume", "show", "v2")
        self.assertEqual((shown["bootable"], shown["properties"]), (True, {}))
        (kind,) = self.ask("volume", "type", "list")
        self.assertEqual(self.ask("volume", "type", "show", kind["Name"])["id"], kind["ID"])
        self.tell("volume", "delete", "v1", "v2")
        self.tell("image", "delete", "i1")

        words = ("--vcpus", "1", "--ram", "256", "--disk", "1", "--private", "tiny")
        made = self.ask("flavor", "create", *words, user="admin")
        self.assertNotIn("tiny", [each["Name"] for each in self.ask("flavor", "list", "--all")])
        demo = self.daemon.account()["SYNNEFO_USER_ID"]
        self.tell("flavor", "set", "--project", demo, "--property", "k=v", "tiny", user="admin")
        self.assertEqual(self.ask("flavor", "show", made["id"])["properties"]["k"], "v")
        self.tell("flavor", "unset", "--project", demo, "--property", "k", "tiny", user="admin")
        self.tell("flavor", "delete", "tiny", user="admin")
        self.tell("quota", "set", "--instances", "3", demo, user="admin")
        quota = {row["Resource"]: row["Limit"] for row in self.ask("quota", "show", "--compute")}
        self.assertEqual(quota["instances"], 3)
        (seen,) = self.ask("hypervisor", "list", user="admin")
        self.assertEqual(seen["State"], "up")
        (service,) = self.ask("compute", "service", "list", user="admin")
        self.assertEqual(service["Binary"], "nova-compute")
        (service,) = self.ask("volume", "service", "list", user="admin")
        self.assertEqual(service["Binary"], "cinder-volume")

    def shared(self, formats: tuple[str, ...]) -> None:
        """By the administrator: the client looks up whom an image is shared with."""
        demo = self.daemon.account()["SYNNEFO_USER_ID"]
        made = self.ask("image", "create", *formats, "--shared", "i2", user="admin")
        self.ask("image", "add", "project", "i2", demo, user="admin")
        (member,) = self.ask("image", "member", "list", "i2", user="admin")
        self.assertEqual((member["Member ID"], member["Status"]), (demo, "pending"))
        self.tell("image", "set", "--accept", made["id"])
        listed = self.ask("image", "list", "--shared")
        self.assertEqual([each["Name"] for each in listed], ["i2"])
        self.tell("image", "set", "--deactivate", "i2", user="admin")
        self.assertEqual(self.ask("image", "show", "i2")["status"], "deactivated")
        self.tell("image", "set", "--activate", "i2", user="admin")
        self.tell("image", "remove", "project", "i2", demo, user="admin")
        self.tell("image", "delete", "i2", user="admin")
