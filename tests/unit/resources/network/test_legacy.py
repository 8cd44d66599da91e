"""Synnefo's networks, subnets and ports through the door."""

from __future__ import annotations

from tests.unit.resources.network.cloud import NetworkCloud

BASE = "/cyclades/network/v2.0"
HREF = "http://cloud.example.org" + BASE


class Looking(NetworkCloud):
    def test_networks(self) -> None:
        """The full object in both lists and alone. NET-024, NET-055, NET-056,
        NET-057, NET-058, NET-016, NET-017"""
        expected = {
            "id": "1",
            "name": "public",
            "user_id": None,
            "tenant_id": None,
            "shared_to_project": False,
            "type": "CUSTOM",
            "status": "ACTIVE",
            "public": True,
            "shared": True,
            "router:external": True,
            "admin_state_up": True,
            "subnets": ["1", "2"],
            "SNF:floating_ip_pool": False,
            "deleted": False,
            "created": "2023-11-14T22:13:20.000000+00:00",
            "updated": "2023-11-14T22:13:20.000000+00:00",
            "links": [
                {"rel": "self", "href": f"{HREF}/networks/1"},
                {"rel": "bookmark", "href": f"{HREF}/networks/1"},
            ],
        }
        for path in ("networks", "networks/detail", "networks/", "networks.json"):
            self.assertEqual(self.ask(f"{BASE}/{path}"), {"networks": [expected]})
        self.assertEqual(self.ask(f"{BASE}/networks/1"), {"network": expected})
        mine = self.ask(f"{BASE}/networks/{self.theirs.id}", token="bob")["network"]
        self.assertEqual((mine["user_id"], mine["tenant_id"]), ("bob", "bob"))

    def test_subnets(self) -> None:
        """Both versions, the sixth with `enable_slaac`; owner in both ids. NET-024, NET-081,
        NET-094, NET-095"""
        found = self.ask(f"{BASE}/subnets")["subnets"]
        self.assertEqual(self.ask(f"{BASE}/subnets/detail")["subnets"], found)
        four, six = found
        self.assertEqual((four["user_id"], four["tenant_id"], four["public"]), (None, None, True))
        self.assertEqual(four["allocation_pools"], [{"start": "192.0.2.2", "end": "192.0.2.254"}])
        self.assertNotIn("enable_slaac", four)
        self.assertEqual((six["enable_slaac"], six["enable_dhcp"]), (True, True))
        self.assertEqual(self.ask(f"{BASE}/subnets/2"), {"subnet": six})
        mine = self.ask(f"{BASE}/subnets/3", token="bob")["subnet"]
        self.assertEqual((mine["user_id"], mine["tenant_id"]), ("bob", "bob"))

    def test_ports(self) -> None:
        """A port of a server, waiting and then active. NET-024"""
        (shown,) = self.ask(f"{BASE}/ports")["ports"]
        self.assertEqual(
            (shown["status"], shown["mac_address"], shown["device_id"], shown["device_owner"]),
            ("BUILD", None, "7", "vm"),
        )
        self.see(self.port)
        (shown,) = self.ask(f"{BASE}/ports/detail")["ports"]
        self.assertEqual((shown["status"], shown["mac_address"]), ("ACTIVE", "aa:00:12:34:56:78"))
        self.assertEqual(shown["fixed_ips"][0], {"ip_address": "192.0.2.2", "subnet": "1"})
        self.assertEqual(self.ask(f"{BASE}/ports/{self.port.id}"), {"port": shown})

    def test_what_is_not_there(self) -> None:
        """Non-integer ids 400; unknown and invisible ones 404; in the fault envelope. NET-040,
        NET-007"""
        for path, status, name in [
            ("networks/x", 400, "badRequest"),
            ("networks/99", 404, "itemNotFound"),
            (f"networks/{self.theirs.id}", 404, "itemNotFound"),
            ("subnets/x", 400, "badRequest"),
            ("subnets/3", 404, "itemNotFound"),
            ("ports/x", 400, "badRequest"),
            ("ports/99", 404, "itemNotFound"),
            ("nothing", 400, "badRequest"),
        ]:
            fault = self.ask(f"{BASE}/{path}", status)
            self.assertEqual(list(fault), [name], path)
            self.assertEqual(set(fault[name]), {"code", "message", "details"})
            self.assertEqual(fault[name]["code"], status)

    def test_tokens(self) -> None:
        """None is 401; the query's token wins over the header's. NET-004, NET-005"""
        fault = self.ask(f"{BASE}/networks", 401, token="")
        self.assertEqual(fault["unauthorized"]["code"], 401)
        found = self.ask(f"{BASE}/networks?X-Auth-Token=bob", token="ann")["networks"]
        self.assertEqual([network["name"] for network in found], ["public", "theirs"])

    def test_unknown_parameters_mean_nothing(self) -> None:
        """No paging and no filters here. NET-026"""
        found = self.ask(f"{BASE}/networks?name=none&limit=0", token="bob")["networks"]
        self.assertEqual([network["id"] for network in found], ["1", "2"])
