"""Commands about networks, subnets, ports, addresses and pools, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import Any

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED, NOT_FOUND, PARTLY, REFUSED, USAGE
from tests.unit.resources.network.whole import NETWORK, WholeCase
from tests.unit.resources.ops.deployment import DEMO


class Commands(WholeCase):
    def setUp(self) -> None:
        super().setUp()
        # Waiting for the cluster is what lets it work here.
        self.patch(time, "sleep", lambda _seconds: self.wait(2))
        self.backend = str(self.manage("backend-list")[0]["id"])

    def told(self, *words: str, code: int = 0) -> str:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(list(words), self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return out.getvalue() or err.getvalue()

    def manage(self, *words: str, code: int = 0) -> Any:
        """Runs a command with --json; what it printed, decoded, or its error text."""
        text = self.told("--json", *words, code=code)
        return text if code else json.loads(text)

    def a_pool(self, *more: str) -> Any:
        return self.manage(
            *("network-create", "--flavor", "CUSTOM", "--public", "--name", "pool"),
            *("--subnet", "203.0.113.0/28", "--gateway", "203.0.113.1"),
            *("--floating-ip-pool", "True", *more),
        )

    def mine(self, *more: str) -> Any:
        return self.manage(
            *("network-create", "--flavor", "MAC_FILTERED", "--user", DEMO),
            *("--subnet", "10.9.0.0/29", "--gateway", "10.9.0.1", *more),
        )

    def states(self, network: Any) -> list[str]:
        shown = self.manage("network-inspect", str(network["id"]))
        return [each["state"] for each in shown["backends"]]


class Networks(Commands):
    def test_a_new_network_is_made_on_every_cluster(self) -> None:
        """Jobs go to each cluster that is online at once; the inspection shows the row, subnets,
        and what each cluster says, with the map of addresses; the name on the clusters is as good
        as the number (NET-226, NET-227, NET-237, OPS-099)."""
        made = self.a_pool("--drained", "True")
        self.assertEqual(made["not on"], "")
        self.wait()
        shown = self.manage("network-inspect", f"snf-net-{made['id']}")
        self.assertEqual(shown["id"], made["id"])
        self.assertEqual([each["state"] for each in shown["backends"]], ["ACTIVE"])
        (there,) = shown["in Ganeti"]
        self.assertEqual(there["name"], f"snf-net-{made['id']}")
        self.assertEqual((there["network"], there["groups"]), ("203.0.113.0/28", "default"))
        self.assertIn("public", there["tags"])
        self.assertIn("X", there["map"])
        self.assertEqual(shown["subnets"][0]["pools"], "203.0.113.2-203.0.113.14")
        short = self.manage("network-inspect", str(made["id"]), "--backends", "False")
        self.assertNotIn("in Ganeti", short)
        (row,) = self.manage("network-list", "-o", "id,vms,backends,drained", "--filter-by", "id=2")
        self.assertEqual(row, {"id": 2, "vms": 0, "backends": "one.localhost", "drained": True})
        self.manage("network-inspect", "no-such-12", code=USAGE)
        self.manage("network-inspect", "99", code=NOT_FOUND)

    def test_an_offline_cluster_is_left_alone(self) -> None:
        """And one that does not take the network is named; the network is there all the same
        (NET-227)."""
        self.manage("backend-modify", self.backend, "--offline", "True", "--no-check")
        made = self.a_pool()
        self.assertEqual((made["not on"], self.states(made)), ("", []))
        self.manage("backend-modify", self.backend, "--offline", "False", "--no-check")
        self.manage("network-modify", str(made["id"]), "--add-to-backend", self.backend)
        self.wait()
        self.assertEqual(self.states(made), ["ACTIVE"])

    def test_options_of_a_network(self) -> None:
        """Mode, link, prefix and tags replace those of the flavor, but not what comes from a pool;
        what makes no sense together is refused (NET-174, OPS-098)."""
        words = ("--mode", "routed", "--link", "table9", "--mac-prefix", "aa:00:7", "--tags", "a,b")
        made = self.mine_custom(*words)
        shown = self.manage("network-inspect", str(made["id"]))
        self.assertEqual((shown["mode"], shown["link"]), ("routed", "table9"))
        self.assertEqual((shown["mac_prefix"], shown["tags"]), ("aa:00:7", "a, b"))
        for flavor, option in (
            ("MAC_FILTERED", ("--mac-prefix", "aa:00:9")),
            ("PHYSICAL_VLAN", ("--link", "prv7")),
        ):
            words = ("network-create", "--flavor", flavor, "--user", DEMO, *option)
            self.assertIn("takes this from its pool", self.manage(*words, code=USAGE))
        words = ("network-create", "--flavor", "CUSTOM", "--public", "--gateway", "10.0.0.1")
        self.manage(*words, code=USAGE)

    def mine_custom(self, *more: str) -> Any:
        return self.manage("network-create", "--flavor", "CUSTOM", "--user", DEMO, *more)

    def test_a_pool_of_floating_ips(self) -> None:
        """Making one of a network puts it on every cluster; it stays one while addresses live
        (NET-228, NET-229)."""
        made = self.manage(
            *("network-create", "--flavor", "CUSTOM", "--public"),
            *("--subnet", "203.0.113.0/28", "--gateway", "203.0.113.1"),
        )
        number = str(made["id"])
        self.wait()
        self.manage("network-modify", number, "--remove-from-backend", self.backend)
        self.wait()
        self.assertEqual(self.states(made), ["DELETED"])
        changed = self.manage("network-modify", number, "--floating-ip-pool", "True")
        self.assertTrue(changed["floating_ip_pool"])
        self.wait()
        self.assertEqual(self.states(made), ["ACTIVE"])
        ip = self.manage("floating-ip-create", "--user", DEMO, "--network", number)
        text = self.manage("network-modify", number, "--floating-ip-pool", "False", code=REFUSED)
        self.assertIn("in use", text)
        self.manage("floating-ip-remove", str(ip["id"]), "-f")
        self.manage("network-modify", number, "--floating-ip-pool", "False")
        private = self.mine()["id"]
        self.manage("network-modify", str(private), "--floating-ip-pool", "True", code=USAGE)

    def test_draining_asks_for_nothing(self) -> None:
        """The flag is set whatever the network does (NET-230)."""
        number = str(self.mine()["id"])
        for word, value in (("True", True), ("True", True), ("False", False)):
            changed = self.manage("network-modify", number, "--drained", word)
            self.assertIs(changed["drained"], value)
        self.manage("network-modify", number, code=USAGE)

    def test_addresses_are_kept_back(self) -> None:
        """A reserved address is given to nobody until it is free again; one that was given out
        stays with its port (NET-231)."""
        made = self.mine()
        number, subnet = str(made["id"]), made["subnets"]
        self.manage("network-modify", number, "--add-reserved-ips", "10.9.0.2,10.9.0.4")
        self.assertEqual(self.a_port(number)["fixed_ips"][0]["ip_address"], "10.9.0.3")
        (pool,) = self.manage("subnet-inspect", subnet)["pools"]
        self.assertEqual((pool["map"], pool["reserved"]), ("XXX..", "10.9.0.2, 10.9.0.4"))
        self.manage("network-modify", number, "--remove-reserved-ips", "10.9.0.2")
        self.assertEqual(self.a_port(number)["fixed_ips"][0]["ip_address"], "10.9.0.2")
        self.manage("network-modify", number, "--add-reserved-ips", "10.8.0.1", code=USAGE)
        self.manage("network-modify", number, "--add-reserved-ips", "x", code=USAGE)

    def test_a_cluster_lets_go_of_a_network(self) -> None:
        """Not while a server there is connected (NET-232, OPS-100)."""
        made = self.mine()
        number = str(made["id"])
        server = self.a_server([{"uuid": number}])
        text = self.manage(
            "network-modify", number, "--remove-from-backend", self.backend, code=REFUSED
        )
        self.assertIn(f"Server {server['id']}", text)
        self.manage("server-remove", str(server["id"]), "-f", "--wait", "True")
        self.manage("network-modify", number, "--remove-from-backend", self.backend)
        self.wait()
        self.assertEqual(self.states(made), ["DELETED"])
        self.manage("network-modify", number, "--remove-from-backend", "99", code=NOT_FOUND)
        self.manage("network-modify", number, "--add-to-backend", "99", code=NOT_FOUND)

    def test_a_networks_owner_and_name(self) -> None:
        """The charge goes with the network; an e-mail is no UUID (OPS-100)."""
        number = str(self.mine()["id"])
        uuid = self.manage("user-show", "admin@localhost")["uuid"]
        changed = self.manage("network-modify", number, "--user", uuid, "--name", "theirs")
        self.assertEqual((changed["user.uuid"], changed["name"]), (uuid, "theirs"))
        self.manage("network-modify", number, "--user", DEMO, code=USAGE)
        self.assertEqual(self.manage("reconcile-resources-cyclades"), [])
        self.manage("network-remove", number, "-f")
        self.assertEqual(self.manage("reconcile-resources-cyclades"), [])

    def test_networks_are_removed_one_by_one(self) -> None:
        """Each by itself; without --force and a terminal none; deleted ones are listed apart
        (NET-236, NET-235, OPS-101, OPS-011)."""
        one, two = str(self.mine()["id"]), str(self.mine()["id"])
        self.wait()
        self.a_port(two)
        self.manage("network-remove", one, two, code=USAGE)
        self.manage("network-remove", one, two, "99", "--force", code=PARTLY)
        self.wait()
        live = [each["id"] for each in self.manage("network-list", "-u", DEMO)]
        gone = [each["id"] for each in self.manage("network-list", "-d")]
        self.assertEqual((live, gone), ([int(two)], [int(one)]))
        (row,) = self.manage("network-list", "-d", "-o", "id,state,deleted,user.email")
        self.assertEqual((row["state"], row["deleted"]), ("DELETED", True))
        (row,) = self.manage("network-list", "-u", DEMO, "--display-mails", "-o", "user.email")
        self.assertEqual(row, {"user.email": DEMO})
        self.manage("network-remove", two, "-f", code=REFUSED)
        self.assertIn("vms", self.told("network-list", "--list-fields").split())
        self.assertEqual(self.told("network-list", "-o", "id", "--no-headers").split(), ["1", two])


class Subnets(Commands):
    def test_subnets(self) -> None:
        """Without a gateway unless one is named; listed by kind; shown with a map; renamed
        (OPS-102)."""
        network = str(self.mine_bare()["id"])
        words = ("--network", network, "--cidr", "10.9.0.0/28", "--dns", "1.1.1.1,9.9.9.9")
        pool = ("--allocation-pool", "10.9.0.2,10.9.0.5", "--allocation-pool", "10.9.0.8,10.9.0.9")
        made = self.manage("subnet-create", *words, *pool, "--host-routes", "10.0.0.0/8,10.9.0.1")
        self.assertEqual((made["gateway"], made["dhcp"], made["ipversion"]), (None, True, 4))
        words = ("--network", network, "--cidr", "2001:db8:9::/64", "--ip-version", "6")
        six = self.manage("subnet-create", *words, "--dhcp", "False")
        fours = {each["id"] for each in self.manage("subnet-list", "--ipv4", "-u", DEMO)}
        self.assertEqual(fours, {made["id"]})
        sixes = {each["id"] for each in self.manage("subnet-list", "--ipv6", "-u", DEMO)}
        self.assertEqual(sixes, {six["id"]})
        with_dhcp = self.manage("subnet-list", "--dhcp", "-u", DEMO)
        self.assertEqual([each["id"] for each in with_dhcp], [made["id"]])
        self.assertTrue(all(each["public"] for each in self.manage("subnet-list", "--public")))
        self.manage("subnet-list", "--ipv4", "--ipv6", code=USAGE)
        self.a_port(network)
        shown = self.manage("subnet-inspect", str(made["id"]))
        self.assertEqual([each["map"] for each in shown["pools"]], ["X...", ".."])
        self.assertEqual(shown["dns_nameservers"], "1.1.1.1, 9.9.9.9")
        self.assertIn("\nX...\n", self.told("subnet-inspect", str(made["id"])))
        named = self.manage("subnet-modify", str(made["id"]), "--name", "s")
        self.assertEqual(named["name"], "s")
        self.manage("subnet-modify", "99", "--name", "s", code=NOT_FOUND)
        self.manage("subnet-create", "--network", network, "--cidr", "10.0.0.0/24", code=USAGE)

    def mine_bare(self) -> Any:
        """One that no cluster knows yet, as its user makes it."""
        wish = {"network": {"type": "MAC_FILTERED"}}
        return self.post(f"{NETWORK}/networks", wish)["network"]


class Ports(Commands):
    def test_a_port_of_no_server(self) -> None:
        """Owned by whoever is named; a port has an owner and a network (NET-233)."""
        number = str(self.mine()["id"])
        words = ("--network", f"snf-net-{number}", "--user", DEMO, "--name", "p")
        made = self.manage("port-create", *words, "--ipv4-address", "10.9.0.5")
        self.assertEqual((made["fixed_ips"], made["state"]), ("10.9.0.5", "DOWN"))
        self.assertEqual((made["name"], made["server_id"]), ("p", None))
        self.manage("port-create", "--network", number, code=USAGE)
        self.manage("port-create", "--user", DEMO, code=USAGE)
        self.manage("port-create", "--user", DEMO, "--network", "99", code=NOT_FOUND)

    def test_a_port_of_a_server(self) -> None:
        """Waits for the cluster's job; the owner is the server's; shown beside the cluster's NIC
        by its name there; taken off and waited for (NET-233, NET-237, OPS-103, OPS-104,
        OPS-015)."""
        server = str(self.a_server([])["id"])
        number = str(self.mine()["id"])
        made = self.manage("port-create", "--server", server, "--network", number, "--name", "q")
        self.assertEqual((made["state"], made["server_id"]), ("ACTIVE", int(server)))
        rows = self.manage("port-list", "--server", server, "-o", "id,name,user.email", "-u", DEMO)
        self.assertIn({"id": made["id"], "name": "q", "user.email": ""}, rows)
        shown = self.manage("port-inspect", f"snf-nic-{made['id']}", "--jobs", "--display-mails")
        self.assertEqual(shown["user.email"], DEMO)
        self.assertEqual(shown["in Ganeti"][0]["mac"], made["mac_address"])
        self.assertIn("OP_INSTANCE_SET_PARAMS", {job["opcodes"] for job in shown["jobs"]})
        self.manage("port-remove", str(made["id"]), "-f", "--wait", "True")
        self.manage("port-inspect", str(made["id"]), code=NOT_FOUND)
        self.manage("port-remove", "98", "99", "-f", code=FAILED)

    def test_a_failed_job_ends_the_command_in_failure(self) -> None:
        """And its port is gone (OPS-015)."""
        server = str(self.a_server([])["id"])
        number = str(self.mine()["id"])
        self.wait()
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", "no such bridge")
        words = ("port-create", "--server", server, "--network", number)
        text = self.manage(*words, code=FAILED)
        self.assertIn("was not added", text)
        rows = self.manage("port-list", "--server", server, "--filter-by", f"network={number}")
        self.assertEqual(rows, [])

    def test_a_port_on_a_public_network_is_the_administrators_to_remove(self) -> None:
        """A user may not (NET-120); the command does (OPS-104)."""
        server = self.a_server([])
        (port,) = self.manage("port-list", "--public", "--server", str(server["id"]))
        self.delete(f"{NETWORK}/ports/{port['id']}", 403)
        self.manage("port-remove", str(port["id"]), "-f", "--wait", "True")
        self.assertEqual(self.manage("port-list", "--server", str(server["id"])), [])


class FloatingIps(Commands):
    def test_an_address_goes_to_a_server_and_leaves_it(self) -> None:
        """Made for a user, attached, detached, released; the history tells when and why
        (OPS-105, OPS-106, NET-161)."""
        pool = self.a_pool()
        server = str(self.a_server([])["id"])
        words = ("--user", DEMO, "--network", str(pool["id"]), "--address", "203.0.113.9")
        made = self.manage("floating-ip-create", *words)
        number = str(made["id"])
        self.assertEqual((made["address"], made["server"]), ("203.0.113.9", None))
        attached = self.manage("floating-ip-attach", number, "--machine", server, "--wait", "True")
        self.assertEqual(attached["server"], int(server))
        self.manage("floating-ip-remove", number, "-f", code=REFUSED)
        self.manage("floating-ip-attach", number, "--machine", server, code=REFUSED)
        detached = self.manage("floating-ip-detach", number, "--wait", "True")
        self.assertEqual((detached["server"], detached["port"]), (None, None))
        self.manage("floating-ip-detach", number, code=REFUSED)
        (row,) = self.manage("floating-ip-list", "-u", DEMO, "-o", "address,project,deleted")
        self.assertEqual(row["address"], "203.0.113.9")
        self.assertEqual(self.manage("floating-ip-list", "-d"), [])
        shown = self.manage("floating-ip-show", number, "--display-mails")
        self.assertEqual(shown["user.email"], DEMO)
        events = self.manage("ip-list", "--address", "203.0.113.9", "-o", "server,action,reason")
        self.assertEqual([each["action"] for each in events], ["associate", "disassociate"])
        self.assertEqual({each["server"] for each in events}, {int(server)})
        self.assertTrue(all(each["reason"] for each in events))
        (first, *_) = self.manage("ip-list", "--server", server, "-u", DEMO, "--display-mails")
        self.assertEqual(first["user"], DEMO)
        self.assertEqual(self.manage("ip-list", "--server", "99"), [])
        self.manage("floating-ip-remove", number, "-f")
        self.assertEqual(self.manage("floating-ip-list", "-u", DEMO), [])

    def test_a_port_with_a_floating_ip(self) -> None:
        """Named by its number alone (OPS-103)."""
        pool = self.a_pool()
        ip = self.manage("floating-ip-create", "--user", DEMO, "--network", str(pool["id"]))
        server = str(self.a_server([])["id"])
        words = ("port-create", "--server", server, "--floating-ip", str(ip["id"]))
        self.manage(*words, "--ipv4-address", "203.0.113.14", code=USAGE)
        made = self.manage(*words)
        self.assertEqual((made["fixed_ips"], made["network"]), (ip["address"], pool["id"]))


class Pools(Commands):
    def test_a_pool_of_bridges(self) -> None:
        """At most one of each kind; networks take from it; shown with maps; what is in use stays
        (NET-175, NET-179, NET-183, OPS-107)."""
        words = ("--type", "bridge", "--base", "prv", "--size", "8", "--offset", "3")
        made = self.manage("pool-create", *words)
        self.assertEqual((made["available"], made["offset"]), (8, 3))
        self.assertIn("There is a pool", self.manage("pool-create", *words, code=REFUSED))
        vlan = ("network-create", "--flavor", "PHYSICAL_VLAN", "--user", DEMO)
        links = [self.manage(*vlan)["link"] for _ in range(3)]
        self.assertEqual(links, ["prv1", "prv2", "prv3"])
        shown = self.manage("pool-modify", "bridge", "--add-reserved", "prv4,prv6")
        marks = {each["map"]: each["marks"] for each in shown["maps"]}
        self.assertEqual(marks, {"available": "XXX.....", "reserved": "...X.X.."})
        self.assertEqual(self.manage(*vlan)["link"], "prv5")
        self.manage("pool-modify", "bridge", "--remove-reserved", "prv4")
        self.assertIn("prv5", self.manage("pool-modify", "bridge", "--size", "4", code=REFUSED))
        self.manage("pool-modify", "bridge", "--base", "br", code=REFUSED)
        self.manage("pool-remove", "bridge", "-f", code=REFUSED)
        rows = self.manage("pool-list", "--type", "bridge")
        self.assertEqual([(row["id"], row["size"]) for row in rows], [("bridge", 8)])
        self.assertIn("XXX.X...", self.told("pool-show", "bridge", "--type", "bridge"))
        self.manage("pool-show", "bridge", "--type", "mac-prefix", code=USAGE)
        self.manage("pool-modify", "bridge", code=USAGE)
        self.manage("pool-modify", "bridge", "--add-reserved", "eth0", code=USAGE)

    def test_growing_a_pool_keeps_what_it_gave_out(self) -> None:
        """Also one of eight values: none is given out twice (NET-182)."""
        self.manage("pool-create", "--type", "bridge", "--base", "prv", "--size", "8")
        vlan = ("network-create", "--flavor", "PHYSICAL_VLAN", "--public")
        for _ in range(8):
            self.manage(*vlan)
        self.manage("pool-modify", "bridge", "--size", "16")
        shown = self.manage("pool-show", "bridge")
        marks = {each["map"]: each["marks"] for each in shown["maps"]}
        self.assertEqual(marks["available"], "X" * 8 + "." * 8)
        self.assertEqual(self.manage(*vlan)["link"], "prv9")

    def test_the_pool_of_mac_prefixes(self) -> None:
        """Is there from the start; removed while nothing is taken; its base is checked (NET-178,
        OPS-107)."""
        (row,) = self.manage("pool-list")
        self.assertEqual((row["id"], row["size"], row["available"]), ("mac-prefix", 65536, 16383))
        self.manage("pool-remove", "mac-prefix", code=USAGE)
        self.manage("pool-remove", "mac-prefix", "--force")
        self.manage("pool-show", "mac-prefix", code=NOT_FOUND)
        self.assertEqual(self.manage("pool-list"), [])
        create = ("pool-create", "--type", "mac-prefix", "--size")
        for base, size in (("ab:00:0", "16"), ("x", "16"), ("fe:ff:f", "9999"), ("aa:00:0", "0")):
            self.manage(*create, size, "--base", base, code=USAGE)
        made = self.manage(*create, "16")
        self.assertEqual((made["base"], made["available"]), ("aa:00:0", 15))
        self.assertEqual(self.mine()["mac_prefix"], "aa:00:1")
