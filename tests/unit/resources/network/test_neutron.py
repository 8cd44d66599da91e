"""Neutron's networks, subnets, ports and quotas through the door."""

from __future__ import annotations

from typing import Any

from synnefod.network.interface import NewNetwork
from tests.unit.network.house import ann
from tests.unit.resources.network.cloud import NetworkCloud

BASE = "/cyclades/networking/v2.0"
COMMON = {
    "id",
    "name",
    "project_id",
    "tenant_id",
    "description",
    "tags",
    "created_at",
    "updated_at",
    "revision_number",
}


class Looking(NetworkCloud):
    def names(self, query: str = "", **more: Any) -> list[str]:
        return [row["name"] for row in self.ask(f"{BASE}/networks{query}", **more)["networks"]]

    def test_networks(self) -> None:
        """A user sees the public one, its owner and administrators the private one too; each has
        the fields of all resources."""
        (shown,) = self.ask(f"{BASE}/networks")["networks"]
        self.assertLessEqual(COMMON, set(shown))
        expected = {
            "id": "1",
            "name": "public",
            "status": "ACTIVE",
            "shared": True,
            "router:external": True,
            "admin_state_up": True,
            "subnets": ["1", "2"],
            "created_at": "2023-11-14T22:13:20Z",
            "tags": [],
            "revision_number": 1,
        }
        self.assertEqual({key: shown[key] for key in expected}, expected)
        self.assertNotIn("provider:physical_network", shown)
        self.assertEqual(self.names(token="bob"), ["public", "theirs"])
        self.assertEqual(self.names(token="root"), ["public", "theirs"])
        admins = self.ask(f"{BASE}/networks/1", token="root")["network"]
        self.assertEqual(admins["provider:physical_network"], "br0")
        self.assertEqual(self.ask(f"{BASE}/networks/1")["network"], shown)

    def test_subnets(self) -> None:
        """Both versions, with pools and modes."""
        four, six = self.ask(f"{BASE}/subnets")["subnets"]
        self.assertLessEqual(COMMON, set(four))
        self.assertEqual(four["allocation_pools"], [{"start": "192.0.2.2", "end": "192.0.2.254"}])
        self.assertEqual((four["cidr"], four["gateway_ip"]), ("192.0.2.0/24", "192.0.2.1"))
        self.assertEqual((four["ipv6_ra_mode"], six["ipv6_ra_mode"]), (None, "slaac"))
        self.assertEqual((six["ip_version"], six["allocation_pools"]), (6, []))
        self.assertEqual(self.ask(f"{BASE}/subnets/1")["subnet"], four)

    def test_ports(self) -> None:
        """One's own, with addresses of both versions, MAC and server."""
        self.see(self.port)
        (shown,) = self.ask(f"{BASE}/ports")["ports"]
        self.assertLessEqual(COMMON, set(shown))
        self.assertEqual(
            shown["fixed_ips"],
            [
                {"ip_address": "192.0.2.2", "subnet_id": "1"},
                {"ip_address": "2001:db8:1:2:a800:12ff:fe34:5678", "subnet_id": "2"},
            ],
        )
        self.assertEqual(
            (shown["status"], shown["mac_address"], shown["device_id"], shown["device_owner"]),
            ("ACTIVE", "aa:00:12:34:56:78", "7", "compute:nova"),
        )
        self.assertEqual(self.ask(f"{BASE}/ports/{self.port.id}")["port"], shown)
        self.assertEqual(self.ask(f"{BASE}/ports", token="bob")["ports"], [])
        self.ask(f"{BASE}/ports/{self.port.id}", 404, token="bob")

    def test_what_is_not_there(self) -> None:
        """Unknown, foreign and non-numeric ids are 404 in Neutron's words. NET-253, NET-261"""
        for path, kind in [
            ("networks/99", "NetworkNotFound"),
            (f"networks/{self.theirs.id}", "NetworkNotFound"),
            ("networks/public", "NetworkNotFound"),
            ("networks/" + "9" * 30, "NetworkNotFound"),
            ("networks/7f4b9a3e-0000-4000-8000-000000000000", "NetworkNotFound"),
            ("subnets/99", "SubnetNotFound"),
            ("subnets/3", "SubnetNotFound"),
            ("subnets/x", "SubnetNotFound"),
            ("ports/99", "PortNotFound"),
            ("ports/x", "PortNotFound"),
        ]:
            error = self.ask(f"{BASE}/{path}", 404)["NeutronError"]
            self.assertEqual(set(error), {"type", "message", "detail"})
            self.assertEqual(error["type"], kind)

    def test_no_token(self) -> None:
        """401 without one; versions and resources are for all. NET-001 to NET-003"""
        self.ask(f"{BASE}/networks", 401, token="")
        self.ask(f"{BASE}/networks", 401, token="mallory")
        for path in ("/cyclades/networking", "/cyclades/networking/", "/cyclades/network/"):
            (version,) = self.ask(path, token="")["versions"]
            self.assertEqual((version["id"], version["status"]), ("v2.0", "CURRENT"))
            self.assertTrue(version["links"][0]["href"].endswith(path.rstrip("/") + "/v2.0/"))
        for base in (BASE, "/cyclades/network/v2.0"):
            for token in ("", "ann"):
                found = self.ask(f"{base}/", token=token)["resources"]
                names = [each["name"] for each in found]
                self.assertEqual(names, ["network", "subnet", "port", "floatingip"])

    def test_extensions(self) -> None:
        """Each that is listed is shown alike; unknown ones are 404. NET-251"""
        found = self.ask(f"{BASE}/extensions")["extensions"]
        for each in found:
            self.assertEqual(set(each), {"alias", "name", "description", "updated", "links"})
            shown = self.ask(f"{BASE}/extensions/{each['alias']}")["extension"]
            self.assertEqual(shown, each)
        self.assertIn("quotas", [each["alias"] for each in found])
        self.ask(f"{BASE}/extensions/none", 404)

    def test_quotas(self) -> None:
        """Limits of networks and floating IPs are those of identity, with what is used and
        pending; others' projects are for administrators."""
        quota = self.ask(f"{BASE}/quotas/ann")["quota"]
        self.assertEqual((quota["network"], quota["floatingip"], quota["router"]), (4, 2, 10))
        self.assertEqual((quota["subnet"], quota["port"]), (-1, -1))
        for path in ("details", "details.json"):
            details = self.ask(f"{BASE}/quotas/ann/{path}")["quota"]
            self.assertEqual(details["network"], {"limit": 4, "used": 2, "reserved": 1})
            self.assertEqual(details["port"], {"limit": -1, "used": 1, "reserved": 0})
        self.ask(f"{BASE}/quotas/bob", 403)
        whole = self.ask(f"{BASE}/quotas/ann/details", token="root")["quota"]
        self.assertEqual(whole["network"], {"limit": 40, "used": 4, "reserved": 1})


class Querying(NetworkCloud):
    def setUp(self) -> None:
        super().setUp()
        for number in range(9):
            self.make(NewNetwork(f"n{number}", owner=ann.user))

    def ids(self, query: str) -> list[str]:
        return [row["id"] for row in self.ask(f"{BASE}/networks{query}")["networks"]]

    def test_filters(self) -> None:
        """Values of one attribute are alternatives, attributes are conditions; booleans in three
        writings; unknown attributes are ignored. NET-252"""
        everything = ["1", *map(str, range(3, 12))]
        for query, ids in [
            ("?name=public", ["1"]),
            ("?name=n1&name=n2", ["4", "5"]),
            ("?name=n1&shared=true", []),
            ("?shared=True", ["1"]),
            ("?shared=1", ["1"]),
            ("?router:external=false&name=n0", ["3"]),
            ("?id=3", ["3"]),
            ("?project_id=ann&name=n8", ["11"]),
            ("?status=DOWN", []),
            ("?subnets=2", ["1"]),
            ("?tags=x", []),
            ("?tags-any=x", []),
            ("?not-tags=x", everything),
            ("?unknown=x", everything),
            ("", everything),
        ]:
            self.assertEqual(self.ids(query), ids, query)

    def test_filters_of_ports(self) -> None:
        """By address, a part of it, subnet, server and network. NET-252"""
        self.see(self.port)
        for query, count in [
            ("fixed_ips=ip_address%3D192.0.2.2", 1),
            ("fixed_ips=ip_address%3D192.0.2.3", 0),
            ("fixed_ips=ip_address_substr%3D192.0", 1),
            ("fixed_ips=subnet_id%3D2", 1),
            ("fixed_ips=subnet_id%3D3", 0),
            ("device_id=7", 1),
            ("device_id=8", 0),
            ("network_id=1&mac_address=aa:00:12:34:56:78", 1),
        ]:
            found = self.ask(f"{BASE}/ports?{query}")["ports"]
            self.assertEqual(len(found), count, query)

    def test_fields(self) -> None:
        """Only the asked keys, of lists and of one. NET-252"""
        (shown,) = self.ask(f"{BASE}/networks?name=public&fields=id&fields=name")["networks"]
        self.assertEqual(shown, {"id": "1", "name": "public"})
        self.assertEqual(self.ask(f"{BASE}/networks/1?fields=id"), {"network": {"id": "1"}})

    def test_orders(self) -> None:
        """Numbers in the order of numbers, several keys, both directions; other words 400.
        NET-252"""
        self.assertEqual(self.ids("?sort_key=id&sort_dir=desc")[:3], ["11", "10", "9"])
        self.assertEqual(self.ids("?sort_key=id")[:3], ["1", "3", "4"])
        query = "?sort_key=shared&sort_dir=desc&sort_key=name&sort_dir=desc"
        self.assertEqual(self.ids(query)[:3], ["1", "11", "10"])
        self.ask(f"{BASE}/networks?sort_key=id&sort_dir=up", 400)

    def test_pages(self) -> None:
        """`next` leads through all, `previous` back; the ends have no link. NET-252"""
        path, seen = f"{BASE}/networks?limit=4&fields=id", []
        pages = []
        while path:
            answer = self.ask(path)
            pages.append(answer)
            seen += [row["id"] for row in answer["networks"]]
            links = {link["rel"]: link["href"] for link in answer.get("networks_links", ())}
            path = links.get("next", "").removeprefix("http://cloud.example.org")
        self.assertEqual(seen, self.ids(""))
        self.assertEqual([len(page["networks"]) for page in pages], [4, 4, 2])
        back = self.ask(links["previous"].removeprefix("http://cloud.example.org"))
        self.assertEqual(back["networks"], pages[1]["networks"])
        rels = [[link["rel"] for link in page["networks_links"]] for page in pages]
        self.assertEqual(rels, [["next"], ["next", "previous"], ["previous"]])
        for wrong in ("limit=x", "limit=-1", "marker=99"):
            self.ask(f"{BASE}/networks?{wrong}", 400)
