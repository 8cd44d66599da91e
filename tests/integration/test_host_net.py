"""The network script's rules in a kernel: a guest and the outside on one bridge, in namespaces."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT

SCRIPT = ROOT / "etc/ganeti/net/synnefod_nic.py"
OUTSIDE, GUEST = "198.51.100.1", "198.51.100.7"
MAC = "aa:00:10:00:00:07"
REACH = """
import socket, sys
kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if kind == "tcp":
    socket.create_connection((host, port), 1).close()
else:
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.settimeout(1)
    probe.bind(("", int(sys.argv[4])))
    probe.sendto(b"x", (host, port))
    probe.recv(9)
"""
LISTEN = """
import socket, sys, threading, time
def tcp(port):
    server = socket.create_server(("", port))
    while True:
        server.accept()[0].close()
def udp(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", port))
    while True:
        data, peer = server.recvfrom(9)
        server.sendto(data, peer)
for port in (22, 80, 3389):
    threading.Thread(target=tcp, args=(port,), daemon=True).start()
threading.Thread(target=udp, args=(5000,), daemon=True).start()
time.sleep(0.2)
print("ready", flush=True)
time.sleep(300)
"""


class Rules(SynchronousTestCase):
    """A node (with the bridge), a guest behind `tap0`, and the outside behind `out0`."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.node, self.guest, self.outside = (self.space() for _ in range(3))
        self.do(self.node, "ip link add br0 type bridge")
        self.do(self.node, "ip link set br0 up")
        self.wire("tap0", self.guest, GUEST, MAC)
        self.wire("out0", self.outside, OUTSIDE, "aa:00:20:00:00:01")
        self.listen(self.guest)
        self.listen(self.outside)

    def space(self) -> int:
        """A network namespace; the process that holds it."""
        holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "ip link set lo up; echo; exec sleep 300"],
            stdout=subprocess.PIPE,
        )
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.stdout.close()
        return holder.pid

    def do(self, space: int, command: str) -> str:
        done = subprocess.run(
            ["nsenter", "-t", str(space), "-n", *command.split()],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return done.stdout

    def wire(self, name: str, space: int, address: str, mac: str) -> None:
        self.do(self.node, f"ip link add {name} type veth peer name eth0 netns {space}")
        self.do(self.node, f"ip link set {name} master br0 up")
        self.do(space, f"ip link set eth0 address {mac} up")
        self.do(space, f"ip address add {address}/24 dev eth0")

    def listen(self, space: int) -> None:
        process = subprocess.Popen(
            ["nsenter", "-t", str(space), "-n", "python3", "-c", LISTEN], stdout=subprocess.PIPE
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.assertEqual(process.stdout.readline(), b"ready\n")
        process.stdout.close()

    def script(self, verb: str, **environment: str) -> None:
        given = {
            "INTERFACE": "tap0",
            "MAC": MAC,
            "IP": GUEST,
            "MODE": "bridged",
            "LINK": "br0",
            "INSTANCE": "snf-7",
            "INTERFACE_NAME": "snf-nic-9",
            "PATH": os.environ["PATH"],
            "SYNNEFOD_NICS": str(self.folder / "nics"),
            "SYNNEFOD_BINDINGS": str(self.folder),
            **environment,
        }
        done = subprocess.run(
            ["nsenter", "-t", str(self.node), "-n", "python3", "-I", SCRIPT, verb],
            env=given,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def reaches(self, space: int, kind: str, host: str, port: int, source: int = 0) -> bool:
        words = ["python3", "-c", REACH, kind, host, str(port), str(source)]
        done = subprocess.run(
            ["nsenter", "-t", str(space), "-n", *words], capture_output=True, check=False
        )
        return done.returncode == 0

    def inward(self) -> dict[str, bool]:
        """What the outside reaches of the guest."""
        return {
            "80": self.reaches(self.outside, "tcp", GUEST, 80),
            "22": self.reaches(self.outside, "tcp", GUEST, 22),
            "3389": self.reaches(self.outside, "tcp", GUEST, 3389),
            "udp": self.reaches(self.outside, "udp", GUEST, 5000),
            "dns answer": self.reaches(self.outside, "udp", GUEST, 5000, 53),
        }

    def test_profiles_decide_what_comes_in(self) -> None:
        """`protected`: answers and name service alone; `limited`: SSH and RDP too; `unprotected`
        and no tag: everything. What the guest begins goes out in each. A new profile takes effect
        by a hook, without the NIC going down (NET-198)."""
        open_ = dict.fromkeys(("80", "22", "3389", "udp", "dns answer"), True)
        shut = {**dict.fromkeys(open_, False), "dns answer": True}
        self.script("up", TAGS="")
        self.assertEqual(self.inward(), open_)
        for profile, expected in (
            ("protected", shut),
            ("limited", {**shut, "22": True, "3389": True}),
            ("unprotected", open_),
        ):
            tags = f"cyclades:user:x synnefo:network:snf-nic-9:{profile} synnefo:network:a:b:c"
            self.script("follow", GANETI_INSTANCE_NAME="snf-7", GANETI_INSTANCE_TAGS=tags)
            self.assertEqual(self.inward(), expected, profile)
            self.assertTrue(self.reaches(self.guest, "tcp", OUTSIDE, 80), profile)
        self.script("follow", GANETI_INSTANCE_NAME="snf-8", GANETI_INSTANCE_TAGS="")
        self.assertIn("unprotected", (self.folder / "nics/tap0").read_text())

    def test_a_private_network_hears_only_its_own(self) -> None:
        """By MAC: the guest sends from its own alone, and hears those with the same 20 bits."""
        tags = {"NETWORK_TAGS": "private-filtered private", "TAGS": ""}
        self.script("up", **tags)
        self.assertFalse(self.reaches(self.outside, "tcp", GUEST, 80))
        self.do(self.outside, "ip link set eth0 address aa:00:10:40:00:01")
        self.assertTrue(self.reaches(self.outside, "tcp", GUEST, 80))
        self.do(self.guest, "ip link set eth0 address aa:00:10:00:00:08")
        self.assertFalse(self.reaches(self.guest, "tcp", OUTSIDE, 80))

    def test_what_is_gone_leaves_nothing(self) -> None:
        """Rules and the DHCP server's binding go with the tap; the others' stay."""
        more = {"NETWORK_TAGS": "nfdhcpd", "NETWORK_SUBNET": "198.51.100.0/24", "TAGS": "t"}
        self.script("up", NETWORK_SUBNET6="2001:db8::/64", **more)
        self.script("up", INTERFACE="out0", MAC="aa:00:20:00:00:01", INSTANCE="snf-8", TAGS="")
        bound = dict(line.split("=", 1) for line in (self.folder / "tap0").read_text().splitlines())
        self.assertEqual((bound["INDEV"], bound["IP"], bound["MAC"]), ("br0", GUEST, MAC))
        self.assertEqual(bound["EUI64"], "2001:db8::a800:10ff:fe00:7")
        self.do(self.node, "ip link del tap0")
        self.script("follow", GANETI_INSTANCE_NAME="snf-7")
        rules = json.loads(self.do(self.node, "nft -j list ruleset"))["nftables"]
        chains = {each["chain"]["name"] for each in rules if "chain" in each}
        self.assertNotIn("to-tap0", chains)
        self.assertIn("to-out0", chains)
        self.assertFalse((self.folder / "tap0").exists())
