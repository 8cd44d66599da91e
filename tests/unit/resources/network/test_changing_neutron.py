"""Neutron's networks, subnets, ports and floating IPs changed through the door."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.network.interface import NewNetwork
from synnefod.quota.interface import NoCapacity
from tests.unit.network.house import V4
from tests.unit.resources.network.cloud import NetworkCloud

BASE = "/cyclades/networking/v2.0"


class Changing(NetworkCloud):
    def send(self, method: str, path: str, body: Any, status: int, **more: Any) -> Any:
        options = {} if body is None else {"json": body}
        answer = self.web.request(method, f"{BASE}/{path}", **options, **more)
        self.assertEqual(answer.status, status, f"{method} {path} {body}: {answer.text}")
        return answer.json() if answer.body else None

    def post(self, path: str, body: Any, status: int = 201, **more: Any) -> Any:
        return self.send("POST", path, body, status, **more)

    def kind(self, method: str, path: str, body: Any, status: int) -> str:
        error = self.send(method, path, body, status)["NeutronError"]
        self.assertEqual(set(error), {"type", "message", "detail"})
        return str(error["type"])

    def a_network(self, name: str = "net") -> str:
        return str(self.post("networks", {"network": {"name": name}})["network"]["id"])

    def a_subnet(self, network: str, cidr: str = "10.7.0.0/24", **more: Any) -> Any:
        wish = {"network_id": network, "cidr": cidr, "ip_version": 4} | more
        return self.post("subnets", {"subnet": wish})["subnet"]

    def a_pool(self) -> Any:
        subnet = evolve(V4, cidr="203.0.113.0/24")
        return self.make(NewNetwork("pool", public=True, floating_ip_pool=True, subnets=(subnet,)))

    def test_a_network(self) -> None:
        """Without a type; renamed, deleted, and then 404."""
        number = self.a_network()
        shown = self.ask(f"{BASE}/networks/{number}")["network"]
        self.assertEqual((shown["name"], shown["project_id"]), ("net", "ann"))
        named = self.send("PUT", f"networks/{number}", {"network": {"name": "n"}}, 200)
        self.assertEqual(named["network"]["name"], "n")
        off = {"network": {"admin_state_up": False}}
        shown = self.send("PUT", f"networks/{number}", off, 200)["network"]
        self.assertEqual((shown["admin_state_up"], shown["status"]), (False, "DOWN"))
        self.kind("POST", "ports", {"port": {"network_id": number}}, 409)
        self.send("DELETE", f"networks/{number}", None, 204)
        self.assertEqual(self.kind("DELETE", f"networks/{number}", None, 404), "NetworkNotFound")
        self.assertEqual(self.kind("GET", f"networks/{number}", None, 404), "NetworkNotFound")
        self.kind("PUT", f"networks/{number}", {"network": {"name": "x"}}, 404)

    def test_public_networks_are_administrators(self) -> None:
        """`shared` and `router:external` make one public, whose addresses may be drawn."""
        for wish in ({"shared": True}, {"router:external": True}):
            self.post("networks", {"network": wish}, 403)
        wish = {"network": {"name": "ext", "router:external": True}}
        made = self.post("networks", wish, token="root")["network"]
        self.assertTrue(made["router:external"])
        self.send("DELETE", f"networks/{made['id']}", None, 403)
        self.send("DELETE", f"networks/{made['id']}", None, 204, token="root")

    def test_a_subnet(self) -> None:
        """Made, changed and deleted while it is unused; sizes are 400; foreign networks are not
        there. NET-255"""
        network = self.a_network()
        route = {"destination": "10.0.0.0/8", "nexthop": "10.7.0.9"}
        made = self.a_subnet(network, host_routes=[route])
        self.assertEqual((made["host_routes"], made["gateway_ip"]), ([route], "10.7.0.1"))
        path = f"subnets/{made['id']}"
        change = {
            "name": "s",
            "gateway_ip": None,
            "enable_dhcp": False,
            "dns_nameservers": ["1.1.1.1"],
        }
        changed = self.send("PUT", path, {"subnet": change}, 200)["subnet"]
        self.assertEqual({key: changed[key] for key in change}, change)
        port = self.post("ports", {"port": {"network_id": network}})["port"]["id"]
        self.assertEqual(self.kind("DELETE", path, None, 409), "NetworkInUse")
        self.send("DELETE", f"ports/{port}", None, 204)
        self.send("DELETE", path, None, 204)
        self.assertEqual(self.kind("DELETE", path, None, 404), "SubnetNotFound")
        for cidr in ("10.0.0.0/30", "10.0.0.0/8", "x"):
            wish = {"network_id": network, "cidr": cidr, "ip_version": 4}
            self.post("subnets", {"subnet": wish}, 400)
        for unseen in (str(self.theirs.id), "99", "x"):
            wish = {"network_id": unseen, "cidr": "10.0.0.0/24", "ip_version": 4}
            self.assertEqual(self.kind("POST", "subnets", {"subnet": wish}, 404), "NetworkNotFound")

    def test_a_port(self) -> None:
        """Of no server, with a wished address; its network stays as long."""
        network = self.a_network()
        subnet = self.a_subnet(network)["id"]
        wish = {
            "network_id": network,
            "name": "p",
            "admin_state_up": True,
            "fixed_ips": [{"subnet_id": subnet, "ip_address": "10.7.0.9"}],
        }
        made = self.post("ports", {"port": wish})["port"]
        self.assertEqual((made["status"], made["device_id"]), ("DOWN", ""))
        self.assertEqual(made["fixed_ips"], [{"ip_address": "10.7.0.9", "subnet_id": subnet}])
        self.assertEqual(self.kind("POST", "ports", {"port": wish}, 409), "NetworkConflict")
        self.assertEqual(self.kind("DELETE", f"networks/{network}", None, 409), "NetworkInUse")
        path = f"ports/{made['id']}"
        named = self.send("PUT", path, {"port": {"name": "q"}}, 200)["port"]
        self.assertEqual(named["name"], "q")
        self.send("DELETE", path, None, 204)
        self.assertEqual(self.kind("DELETE", path, None, 404), "PortNotFound")
        self.kind("POST", "ports", {"port": {"network_id": "x"}}, 404)

    def test_a_floating_ip(self) -> None:
        """Created with 201, DOWN until it is on a port. NET-141"""
        pool = self.a_pool()
        wish = {"floatingip": {"floating_network_id": str(pool.id)}}
        made = self.post("floatingips", wish)["floatingip"]
        self.assertEqual((made["status"], made["project_id"]), ("DOWN", "ann"))
        path = f"floatingips/{made['id']}"
        self.assertEqual(self.ask(f"{BASE}/{path}")["floatingip"], made)
        address = made["floating_ip_address"]
        found = self.ask(f"{BASE}/floatingips?floating_ip_address={address}")["floatingips"]
        self.assertEqual(found, [made])
        port = {"network_id": str(pool.id), "fixed_ips": [{"ip_address": address}]}
        number = self.post("ports", {"port": port})["port"]["id"]
        shown = self.ask(f"{BASE}/{path}")["floatingip"]
        self.assertEqual((shown["status"], shown["port_id"]), ("ACTIVE", number))
        self.assertEqual(self.kind("DELETE", path, None, 409), "NetworkInUse")
        self.send("DELETE", f"ports/{number}", None, 204)
        self.send("DELETE", path, None, 204)
        self.assertEqual(self.kind("GET", path, None, 404), "FloatingIpNotFound")
        for network in ("x", "99"):
            wish = {"floatingip": {"floating_network_id": network}}
            self.assertEqual(self.kind("POST", "floatingips", wish, 404), "NetworkNotFound")

    def test_a_full_quota_is_a_conflict(self) -> None:
        """Of the type OverQuota, whatever the ledger calls it. NET-261"""

        class Full:
            async def charge(self, *_: Any, **__: Any) -> None:
                raise NoCapacity("Limit exceeded.")

        tenancy = evolve(self.network.tenancy, quota=Full())  # type: ignore[arg-type]
        self.restart(evolve(self.network, tenancy=tenancy))
        self.assertEqual(self.kind("POST", "networks", {"network": {}}, 409), "OverQuota")
