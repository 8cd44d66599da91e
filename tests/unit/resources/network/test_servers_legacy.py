"""Ports, floating IPs and networks of servers: over HTTP, down to a simulated cluster."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred

from synnefod.common.errors import Unauthenticated
from synnefod.config.sections import Ganeti, NetworkSection
from tests.unit.resources.network.whole import COMPUTE, NETWORK, NEUTRON, WholeCase


class PortsOfServers(WholeCase):
    def test_a_port_is_plugged_into_a_running_server_and_taken_off(self) -> None:
        """In BUILD, without MAC, until the cluster shows the NIC; then ACTIVE and among the
        server's attachments. NET-110, NET-114, NET-115, NET-208"""
        server, network = self.a_server([]), self.a_network()
        port = self.a_port(network["id"], device_id=str(server["id"]), name="eth9")
        self.assertEqual((port["status"], port["device_owner"]), ("BUILD", "vm"))
        self.assertEqual((port["mac_address"], port["name"]), (None, "eth9"))
        self.assertEqual(self.server(server["id"])["SNF:task_state"], "CONNECTING")
        shown = [each["id"] for each in self.server(server["id"])["attachments"]]
        self.assertNotIn(int(port["id"]), shown)
        self.a_port(network["id"], 400, device_id=str(server["id"]))
        self.wait()
        ready = self.get(f"{NETWORK}/ports/{port['id']}")["port"]
        self.assertEqual((ready["status"], ready["device_id"]), ("ACTIVE", str(server["id"])))
        self.assertRegex(ready["mac_address"], r"^aa:00:1")
        found = self.server(server["id"])["attachments"][-1]
        self.assertEqual(
            {key: found[key] for key in ("id", "network_id", "mac_address", "ipv4", "ipv6")},
            {
                "id": int(port["id"]),
                "network_id": network["id"],
                "mac_address": ready["mac_address"],
                "ipv4": "10.7.0.2",
                "ipv6": "",
            },
        )
        self.assertEqual(found["OS-EXT-IPS:type"], "fixed")
        self.delete(f"{NETWORK}/ports/{port['id']}")
        self.wait()
        self.get(f"{NETWORK}/ports/{port['id']}", 404)

    def test_what_a_server_must_be_like(self) -> None:
        """Unknown 404, deleted 400 or 404, suspended 403, with a task 400, in ERROR 400, being
        built 409. NET-111, NET-121"""
        network = self.a_network()["id"]
        self.a_port(network, 404, device_id="99")
        server = self.a_server([])["id"]
        port = self.a_port(network, device_id=str(server))
        self.wait()
        self.cloud.ask("server-modify", server=server, suspended=True)
        self.wait(5)
        self.a_port(network, 403, device_id=str(server))
        self.delete(f"{NETWORK}/ports/{port['id']}", 403)
        self.cloud.ask("server-modify", server=server, suspended=False)
        self.wait(5)
        self.post(f"{COMPUTE}/servers/{server}/action", {"reboot": {"type": "SOFT"}}, 202)
        self.a_port(network, 400, device_id=str(server))
        self.delete(f"{NETWORK}/ports/{port['id']}", 400)
        self.wait(30)
        building = self.a_server([], wait=False)["id"]
        fault = self.a_port(network, 409, device_id=str(building))
        self.assertEqual(list(fault), ["buildInProgress"])
        self.delete(f"{COMPUTE}/servers/{server}")
        self.wait(30)
        self.a_port(network, 400, device_id=str(server))
        self.knobs.fail_next("OP_INSTANCE_CREATE", "no room")
        failed = self.a_server([], wait=False)["id"]
        self.wait(30)
        self.assertEqual(self.server(failed)["status"], "ERROR")
        self.a_port(network, 400, device_id=str(failed))

    def test_a_connection_that_fails_at_once_leaves_nothing(self) -> None:
        """The port is gone and its address free. NET-127"""
        server, network = self.a_server([])["id"], self.a_network()["id"]
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", "no such hotplug")
        port = self.a_port(network, device_id=str(server))
        self.wait(20)
        self.get(f"{NETWORK}/ports/{port['id']}", 404)
        self.assertEqual(self.server(server)["SNF:task_state"], "")
        again = self.a_port(network)
        self.assertEqual(again["fixed_ips"], port["fixed_ips"])

    def test_a_kept_port_is_named_in_the_creation_of_a_server(self) -> None:
        """Once: the second server that names it is refused. NET-126, NET-205"""
        network = self.a_network()["id"]
        port = self.a_port(network)
        server = self.a_server([{"port": port["id"]}])
        shown = self.get(f"{NETWORK}/ports/{port['id']}")["port"]
        self.assertEqual((shown["device_id"], shown["status"]), (str(server["id"]), "ACTIVE"))
        self.assertEqual(shown["fixed_ips"], port["fixed_ips"])
        fault = self.a_server([{"port": port["id"]}], status=409)
        self.assertEqual(list(fault), ["conflict"])
        wished = self.a_server([{"uuid": network, "fixed_ip": "10.7.0.77"}])
        addresses = wished["addresses"][network]
        self.assertEqual([each["addr"] for each in addresses], ["10.7.0.77"])
        self.a_server([{}], status=400)
        self.a_server([{"uuid": "1", "fixed_ip": None}], status=400)
        self.a_server([{"uuid": network, "fixed_ip": None}])
        six = self.cloud.ask(
            "network-create", flavor="CUSTOM", public=True, subnet6="2001:db8:66::/64"
        )["row"]["id"]
        fault = self.a_server([{"uuid": str(six)}], status=403)
        self.assertEqual(list(fault), ["forbidden"])

    def test_several_nics_on_one_network_are_shown_together(self) -> None:
        """NET-209"""
        network = self.a_network()["id"]
        server = self.a_server([{"uuid": network}, {"uuid": network}])
        self.assertEqual(
            server["addresses"][network],
            [
                {"version": 4, "addr": address, "OS-EXT-IPS:type": "fixed"}
                for address in ("10.7.0.2", "10.7.0.3")
            ],
        )


class FloatingIpsOfServers(WholeCase):
    def test_an_address_is_put_on_a_server_and_taken_off(self) -> None:
        """By the server's actions. NET-154, NET-155, NET-162, NET-156, CMP-138"""
        first, second = self.a_server([])["id"], self.a_server([])["id"]
        address = self.a_floating_ip()["floating_ip_address"]

        def act(server: int, status: int, **action: Any) -> Any:
            return self.post(f"{COMPUTE}/servers/{server}/action", action, status)

        act(first, 400, addFloatingIp={})
        act(first, 404, addFloatingIp={"address": "203.0.113.99"})
        act(first, 404, removeFloatingIp={"address": "203.0.113.99"})
        act(first, 400, removeFloatingIp={"address": address})
        act(first, 202, addFloatingIp={"address": address})
        self.wait()
        act(second, 409, addFloatingIp={"address": address})
        act(second, 400, removeFloatingIp={"address": address})
        shown = self.get(f"{NETWORK}/floatingips")["floatingips"][0]
        self.assertEqual(shown["instance_id"], str(first))
        found = [each for each in self.server(first)["attachments"] if each["ipv4"] == address]
        self.assertEqual([each["OS-EXT-IPS:type"] for each in found], ["floating"])
        act(first, 202, removeFloatingIp={"address": address})
        self.wait()
        shown = self.get(f"{NETWORK}/floatingips")["floatingips"][0]
        self.assertEqual((shown["instance_id"], shown["port_id"]), (None, None))
        act(second, 202, addFloatingIp={"address": address})
        self.wait()
        self.delete(f"{COMPUTE}/servers/{second}")
        self.wait(30)
        self.assertEqual(self.get(f"{NETWORK}/floatingips")["floatingips"], [shown])

    def test_the_compute_api_shows_addresses_too(self) -> None:
        """NET-018, NET-158, NET-159, NET-160, CMP-251"""
        made = self.post(f"{COMPUTE}/os-floating-ips", None, 200)["floating_ip"]
        self.assertIsInstance(made["id"], int)
        self.assertEqual(
            {key: made[key] for key in ("fixed_ip", "instance_id", "pool")},
            {"fixed_ip": None, "instance_id": None, "pool": None},
        )
        self.assertEqual(self.get(f"{COMPUTE}/os-floating-ips"), {"floating_ips": [made]})
        path = f"{COMPUTE}/os-floating-ips/{made['id']}"
        self.assertEqual(self.get(path), {"floating_ip": made})
        self.assertEqual(
            self.get(f"{COMPUTE}/os-floating-ip-pools"), {"floating_ip_pools": [{"name": "1"}]}
        )
        self.delete(path)
        self.get(path, 404)

    def test_ports_that_others_see(self) -> None:
        """One on a visible network or with a visible address; not on a public one alone.
        NET-224"""
        theirs = self.person("bob@example.org")
        self.a_server([{"uuid": self.a_network()["id"]}])
        mine = {each["id"] for each in self.get(f"{NETWORK}/ports")["ports"]}
        self.assertEqual(len(mine), 2)
        self.assertEqual(self.get(f"{NETWORK}/ports", token=theirs)["ports"], [])
        self.get(f"{NETWORK}/ports/{min(mine, key=int)}", 404, token=theirs)
        seen = {each["id"] for each in self.get(f"{NETWORK}/ports", token=self.admin)["ports"]}
        self.assertLessEqual(mine, seen)


class Protocol(WholeCase):
    def test_a_refused_token(self) -> None:
        """The identity service's own words. NET-006"""
        fault = self.get(f"{NETWORK}/networks", 401, token="nonsense")["fault"]
        why = self.failureResultOf(
            ensureDeferred(self.house.identity.authenticate("nonsense")), Unauthenticated
        )
        self.assertEqual((fault["code"], fault["message"]), (401, why.value.message))

    def test_endings_of_paths_and_wished_formats(self) -> None:
        """A slash, .json and .xml are taken; the answer is JSON. NET-012, NET-013, NET-014,
        NET-002"""
        plain = self.get(f"{NETWORK}/networks")
        for ending in ("/", ".json", ".xml", "?format=xml", ".json?format=json", "/detail.xml"):
            for words in ({}, {"Accept": "application/xml"}, {"Accept": "application/json"}):
                answer = self.web.get(f"{NETWORK}/networks{ending}", headers=words)
                self.assertEqual(answer.status, 200, ending)
                self.assertTrue(answer.headers["content-type"].startswith("application/json"))
                self.assertEqual(answer.json(), plain)
        for ending in ("", "/", ".json", ".xml"):
            shown = self.get(f"{NETWORK}/networks/1{ending}")["network"]
            self.assertEqual(shown["id"], "1")
        resources = self.get(f"{NETWORK}/", token="")["resources"]
        self.assertEqual(
            [(each["name"], each["collection"]) for each in resources],
            [
                ("network", "networks"),
                ("subnet", "subnets"),
                ("port", "ports"),
                ("floatingip", "floatingips"),
            ],
        )
        href = resources[0]["links"][0]["href"]
        self.assertTrue(href.endswith(f"{NETWORK}/networks"), href)


class Given(WholeCase):
    """`forced` has a public network, `usual` a private one or any public one with IPv4."""

    sections = {
        "network": NetworkSection(
            give_public=False, forced=(("99", "1"),), usual=(("2", "SNF:ANY_PUBLIC_IPV4"),)
        )
    }

    def networks_of(self, server: Any) -> list[str]:
        ports = [each for each in self.get(f"{NETWORK}/ports")["ports"]]
        found = [each for each in ports if each["device_id"] == str(server["id"])]
        return [each["network_id"] for each in sorted(found, key=lambda port: int(port["id"]))]

    def test_networks_that_servers_get(self) -> None:
        """The forced one always and first; the usual one when none are named, from the user's
        floating IPs if it is public. NET-200, NET-201, NET-202, NET-203"""
        self.assertEqual(self.networks_of(self.a_server([])), ["1"])
        self.assertEqual(self.get(f"{NETWORK}/floatingips")["floatingips"], [])
        fault = self.a_server(status=409)
        self.assertIn("create one", fault["conflict"]["message"])
        address = self.a_floating_ip()["floating_ip_address"]
        server = self.a_server()
        self.assertEqual(self.networks_of(server), ["1", "1"])
        self.assertIn(address, [each["ipv4"] for each in server["attachments"]])
        network = self.a_network()["id"]
        self.assertEqual(network, "2")
        self.assertEqual(self.networks_of(self.a_server()), ["1", "2"])
        self.assertEqual(self.networks_of(self.a_server([{"uuid": "2"}])), ["1", "2"])

    def test_a_forced_network_without_room(self) -> None:
        """NET-203"""
        self.web.token = self.admin
        for port in self.get(f"{NEUTRON}/ports")["ports"]:
            self.delete(f"{NEUTRON}/ports/{port['id']}")
        self.delete(f"{NETWORK}/networks/1")
        self.web.token = self.demo
        fault = self.a_server([], status=503)
        self.assertEqual(list(fault), ["serviceUnavailable"])


class WithoutHotplug(WholeCase):
    sections = {"ganeti": Ganeti(simulate=0, use_hotplug=False)}

    def test_a_port_needs_a_stopped_server(self) -> None:
        """Where cards cannot be plugged into running machines (NET-112)."""
        server, network = self.a_server([]), self.a_network()
        number = str(server["id"])
        self.a_port(network["id"], 400, device_id=number)
        self.assertEqual(self.get(f"{NETWORK}/ports")["ports"][0]["network_id"], "1")
        self.post(f"{COMPUTE}/servers/{number}/action", {"shutdown": {}}, 202)
        self.wait(30)
        self.a_port(network["id"], device_id=number)
        self.wait(30)
        self.assertEqual(len(self.server(number)["attachments"]), 2)


class Told(WholeCase):
    sections = {
        "network": NetworkSection(
            servers_fqdn="srv-%(id)s.example.org",
            port_forwarding={"22": ("gate.example.org", "10%(id)s"), "80": ("%(ip)s", "80")},
        )
    }

    def test_names_and_forwarded_ports(self) -> None:
        """Of a server with a public IPv4 address, as the settings say; without one, only the name
        (NET-210)."""
        server = self.a_server([])
        number, address = server["id"], server["attachments"][0]["ipv4"]
        self.assertEqual(server["SNF:fqdn"], f"srv-{number}.example.org")
        self.assertEqual(
            server["SNF:port_forwarding"],
            {
                "22": {"host": "gate.example.org", "port": f"10{number}"},
                "80": {"host": address, "port": "80"},
            },
        )
        (port,) = self.get(f"{NETWORK}/ports", token=self.admin)["ports"]
        self.delete(f"{NETWORK}/ports/{port['id']}", token=self.admin)
        self.wait(30)
        shown = self.server(number)
        self.assertEqual(shown["SNF:port_forwarding"], {})
        self.assertEqual(shown["SNF:fqdn"], f"srv-{number}.example.org")
