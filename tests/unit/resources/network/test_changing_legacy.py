"""Synnefo's networks, subnets, ports and floating IPs changed through the door."""

from __future__ import annotations

import os
import time
from typing import Any
from unittest import mock

from attrs import evolve

from synnefod.common.errors import OverQuota
from synnefod.network.interface import NewNetwork
from tests.unit.network.house import V4
from tests.unit.resources.network.cloud import NetworkCloud

BASE = "/cyclades/network/v2.0"
NOW = "2023-11-14T22:13:20+00:00"


class Changing(NetworkCloud):
    def send(self, method: str, path: str, body: Any, status: int, **more: Any) -> Any:
        options = {} if body is None else {"json": body}
        answer = self.web.request(method, f"{BASE}/{path}", **options, **more)
        self.assertEqual(answer.status, status, f"{method} {path} {body}: {answer.text}")
        return answer.json() if answer.body and status != 304 else None

    def post(self, path: str, body: Any, status: int = 201, **more: Any) -> Any:
        return self.send("POST", path, body, status, **more)

    def a_network(self, **more: Any) -> Any:
        wish = {"type": "MAC_FILTERED", "name": "backnet"} | more
        return self.post("networks", {"network": wish})["network"]

    def a_pool(self) -> Any:
        return self.make(
            NewNetwork(
                "pool",
                public=True,
                floating_ip_pool=True,
                subnets=(evolve(V4, cidr="203.0.113.0/24"),),
            )
        )


class Networks(Changing):
    def test_a_network_is_made_renamed_and_deleted(self) -> None:
        """The whole object each time; afterwards it is shown as deleted and listed no more.
        NET-030, NET-033, NET-034, NET-039, NET-041, NET-043, NET-054, NET-057"""
        made = self.a_network(admin_state_up=False, shared=True, tenant_id="x")
        self.assertEqual(
            (made["type"], made["name"], made["status"], made["user_id"], made["tenant_id"]),
            ("MAC_FILTERED", "backnet", "ACTIVE", "ann", "ann"),
        )
        self.assertEqual((made["admin_state_up"], made["shared"]), (True, False))
        path = f"networks/{made['id']}"
        named = self.send("PUT", path, {"network": {"name": "n", "x": 1}}, 200)["network"]
        self.assertEqual(named["name"], "n")
        self.send("DELETE", path, None, 204)
        shown = self.ask(f"{BASE}/{path}")["network"]
        self.assertEqual((shown["status"], shown["deleted"]), ("DELETED", True))
        listed = self.ask(f"{BASE}/networks")["networks"]
        self.assertNotIn(made["id"], [each["id"] for each in listed])
        self.send("PUT", path, {"network": {"name": "n"}}, 400)
        self.send("DELETE", path, None, 400)

    def test_bad_networks(self) -> None:
        """NET-010, NET-011, NET-031, NET-032, NET-035, NET-041, NET-043"""
        for body, status in [
            ({}, 400),
            ({"network": []}, 400),
            ({"network": {}}, 400),
            ({"network": {"type": 3}}, 400),
            ({"network": {"type": "X"}}, 400),
            ({"network": {"type": "CUSTOM"}}, 403),
            ({"network": {"type": "MAC_FILTERED", "name": 3}}, 400),
            ({"network": {"type": "MAC_FILTERED", "name": "n" * 129}}, 400),
            ({"network": {"type": "MAC_FILTERED", "project": "work"}}, 400),
            ({"network": {"type": "MAC_FILTERED", "shared_to_project": True}}, 403),
            ({"network": {"type": "MAC_FILTERED", "shared_to_project": "yes"}}, 400),
        ]:
            self.post("networks", body, status)
        answer = self.web.post(f"{BASE}/networks", body=b"{}")
        self.assertEqual(answer.status, 400)
        label = {"Content-Type": "application/json"}
        self.assertEqual(self.web.post(f"{BASE}/networks", body=b"{", headers=label).status, 400)
        self.send("PUT", "networks/1", {"network": {"name": "n"}}, 403)
        self.send("PUT", "networks/1", {"network": {}}, 400)
        self.send("DELETE", "networks/1", None, 403)
        self.send("DELETE", f"networks/{self.theirs.id}", None, 404)

    def test_actions(self) -> None:
        """One known action with an object; to the same project it only sets the sharing.
        NET-049, NET-050, NET-051, NET-052, NET-053"""
        path = f"networks/{self.a_network()['id']}/action"
        for body, status in [
            ({}, 400),
            ({"x": {}}, 400),
            ({"reassign": 3}, 400),
            ({"reassign": {}}, 400),
            ({"reassign": {"project": "ann"}, "x": {}}, 400),
            ({"reassign": {"project": "ann", "shared_to_project": True}}, 403),
            ({"reassign": {"project": "ann"}}, 200),
        ]:
            self.post(path, body, status)
        self.post("networks/1/action", {"reassign": {"project": "ann"}}, 403)

    def test_changes_since(self) -> None:
        """What changed, deleted ones too; 304 when nothing did; a moment without a zone, in the
        future or long ago is refused. Ports know nothing of it. NET-019, NET-020,
        NET-022, NET-023"""
        self.clock.advance(60)
        made = self.a_network()
        self.send("DELETE", f"networks/{made['id']}", None, 204)
        later = "2023-11-14T22:14:00Z"
        found = self.ask(f"{BASE}/networks?changes-since={later}")["networks"]
        self.assertEqual([(each["id"], each["deleted"]) for each in found], [(made["id"], True)])
        everything = self.ask(f"{BASE}/networks/detail?changes-since={NOW}")["networks"]
        self.assertEqual(len(everything), 2)
        for collection in ("subnets", "floatingips"):
            self.send("GET", f"{collection}?changes-since={later}", None, 304)
        for bad in ("2023-11-14T22:14:00", "x", "2023-11-14T22:15:00Z", "2023-11-14T21:00:00Z"):
            self.send("GET", f"networks?changes-since={bad}", None, 400)
        self.assertEqual(len(self.ask(f"{BASE}/ports?changes-since=x")["ports"]), 1)

    def test_the_age_of_a_moment_is_the_same_everywhere(self) -> None:
        """Wherever the daemon's machine and the client think they are: one hour back is one hour
        back (NET-021)."""
        self.addCleanup(time.tzset)
        self.clock.advance(3601)
        for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
            with mock.patch.dict(os.environ, {"TZ": zone}):
                time.tzset()
                for good in ("22:13:22Z", "22:13:22%2B00:00"):
                    self.ask(f"{BASE}/networks?changes-since=2023-11-14T{good}", 304)
                self.ask(f"{BASE}/networks?changes-since=2023-11-15T07:13:22%2B09:00", 304)
                self.ask(f"{BASE}/networks?changes-since=2023-11-14T17:13:22-05:00", 304)
                self.ask(f"{BASE}/networks?changes-since=2023-11-14T22:13:20Z", 400)
                self.ask(f"{BASE}/networks?changes-since=2023-11-15T07:13:20%2B09:00", 400)


class Subnets(Changing):
    def test_a_subnet_is_made_and_renamed(self) -> None:
        """With the first host as gateway and the rest as pool; lists and routes as they were
        sent. NET-070, NET-072, NET-078, NET-080, NET-084, NET-088, NET-089, NET-090, NET-091"""
        network = self.a_network()["id"]
        made = self.post(
            "subnets",
            {
                "subnet": {
                    "network_id": network,
                    "cidr": "10.7.0.0/24",
                    "dns_nameservers": ["192.0.2.53"],
                    "host_routes": [{"destination": "10.0.0.0/8", "nexthop": "10.7.0.9"}],
                    "allocation_pools": [
                        {"start": "10.7.0.20", "end": "10.7.0.30"},
                        {"start": "10.7.0.2", "end": "10.7.0.9"},
                    ],
                }
            },
        )["subnet"]
        self.assertEqual((made["gateway_ip"], made["enable_dhcp"]), ("10.7.0.1", True))
        self.assertEqual(made["allocation_pools"][0], {"start": "10.7.0.2", "end": "10.7.0.9"})
        self.assertEqual(made["dns_nameservers"], ["192.0.2.53"])
        self.assertEqual(made["host_routes"][0]["nexthop"], "10.7.0.9")
        self.assertEqual((made["name"], made["user_id"]), ("", "ann"))
        six = {
            "network_id": int(network),
            "cidr": "2001:db8::/64",
            "ip_version": 6,
            "enable_dhcp": True,
            "enable_slaac": False,
            "gateway_ip": None,
        }
        shown = self.post("subnets", {"subnet": six})["subnet"]
        self.assertEqual((shown["enable_slaac"], shown["gateway_ip"]), (False, None))
        path = f"subnets/{made['id']}"
        named = self.send("PUT", path, {"subnet": {"name": "n"}}, 200)["subnet"]
        self.assertEqual(named["name"], "n")
        for body in ({}, {"name": "n", "cidr": "x"}, {"name": 3}):
            self.send("PUT", path, {"subnet": body}, 400)
        self.send("PUT", path, {"subnet": {"name": "n"}}, 404, token="bob")
        self.send("PUT", "subnets/1", {"subnet": {"name": "n"}}, 403)

    def test_bad_subnets(self) -> None:
        """NET-071, NET-072, NET-075, NET-076, NET-077, NET-078, NET-079, NET-080, NET-084, NET-085,
        NET-086, NET-089, NET-092"""
        network = self.a_network()["id"]
        good = {"network_id": network, "cidr": "10.7.0.0/24"}
        six = good | {"cidr": "2001:db8::/64", "ip_version": 6}
        for body, status in [
            ({}, 400),
            ({"cidr": "10.7.0.0/24"}, 400),
            ({"network_id": network}, 400),
            (good | {"network_id": "x"}, 400),
            (good | {"network_id": -5}, 404),
            (good | {"network_id": 10**30}, 404),
            (good | {"network_id": str(self.theirs.id)}, 403),
            (good | {"ip_version": 5}, 400),
            (good | {"ip_version": "4"}, 400),
            (good | {"cidr": "x"}, 400),
            (good | {"cidr": "10.0.0.1/24"}, 400),
            (good | {"cidr": "10.0.0.0/30"}, 413),
            (good | {"cidr": "10.0.0.0/8"}, 413),
            (good | {"cidr": "2001:db8::/48", "ip_version": 6}, 400),
            (good | {"gateway_ip": "10.9.9.9"}, 400),
            (good | {"gateway_ip": "none"}, 400),
            (good | {"enable_dhcp": "yes"}, 400),
            (good | {"enable_dhcp": None}, 400),
            (six | {"enable_slaac": "yes"}, 400),
            (six | {"allocation_pools": []}, 409),
            (good | {"allocation_pools": [{"start": "10.7.0.9"}]}, 400),
            (good | {"allocation_pools": [{"start": "::1", "end": "::2"}]}, 400),
            (good | {"allocation_pools": "x"}, 400),
            (good | {"allocation_pools": [{"start": "10.7.0.9", "end": "10.7.0.8"}]}, 409),
            (good | {"allocation_pools": [{"start": "10.7.0.1", "end": "10.7.0.8"}]}, 409),
            (good | {"dns_nameservers": "192.0.2.53"}, 400),
            (good | {"host_routes": {}}, 400),
            (good | {"name": "n" * 129}, 400),
        ]:
            self.post("subnets", {"subnet": body}, status)
        self.post("subnets", {"subnet": []}, 400)
        for number in ("3", "99"):
            self.send("DELETE", f"subnets/{number}", None, 400)
        fault = self.post("subnets", {"subnet": good | {"cidr": "10.0.0.0/8"}}, 413)
        self.assertEqual(list(fault), ["overLimit"])


class Ports(Changing):
    def test_a_port_of_no_server(self) -> None:
        """DOWN with no device; only its name changes; gone at once. NET-100, NET-102, NET-103,
        NET-107 to NET-109, NET-116, NET-118, NET-119, NET-123, NET-124, NET-087"""
        network = self.a_network()["id"]
        subnet = self.post(
            "subnets",
            {
                "subnet": {
                    "network_id": network,
                    "cidr": "10.7.0.0/24",
                    "allocation_pools": [{"start": "10.7.0.9", "end": "10.7.0.9"}],
                }
            },
        )["subnet"]["id"]
        wish = {"network_id": network, "name": "eth1", "security_groups": []}
        fixed = wish | {"fixed_ips": [{"ip_address": "10.7.0.9"}]}
        made = self.post("ports", {"port": fixed})["port"]
        self.assertEqual(
            (made["status"], made["device_id"], made["device_owner"], made["mac_address"]),
            ("DOWN", None, None, None),
        )
        self.assertEqual(made["fixed_ips"], [{"ip_address": "10.7.0.9", "subnet": subnet}])
        self.assertEqual((made["user_id"], made["tenant_id"]), ("ann", "ann"))
        self.assertEqual(made["security_groups"], [])
        for body in (wish, fixed):
            fault = self.post("ports", {"port": body}, 409)
            self.assertEqual(list(fault), ["conflict"])
        path = f"ports/{made['id']}"
        change = {"port": {"name": "eth2", "device_id": "7"}}
        named = self.send("PUT", path, change, 200)["port"]
        self.assertEqual((named["name"], named["device_id"]), ("eth2", None))
        self.assertEqual(self.send("PUT", path, {"port": {"name": ""}}, 200)["port"], named)
        self.send("DELETE", path, None, 204)
        self.ask(f"{BASE}/{path}", 404)
        empty = self.a_network()["id"]
        none = {"network_id": empty, "cidr": "10.8.0.0/24", "allocation_pools": []}
        self.post("subnets", {"subnet": none})
        self.post("ports", {"port": {"network_id": empty}}, 409)

    def test_bad_ports(self) -> None:
        """NET-101, NET-102, NET-104, NET-120, NET-125, NET-128"""
        gone = self.a_network()["id"]
        self.send("DELETE", f"networks/{gone}", None, 204)
        good = {"network_id": self.a_network()["id"]}
        for body, status in [
            ({}, 400),
            ({"network_id": []}, 400),
            ({"network_id": 99}, 404),
            ({"network_id": gone}, 400),
            ({"network_id": str(self.theirs.id)}, 404),
            ({"network_id": 1}, 400),
            ({"network_id": 1, "fixed_ips": [{"ip_address": "192.0.2.99"}]}, 404),
            (good | {"fixed_ips": "10.0.0.5"}, 400),
            (good | {"fixed_ips": ["10.0.0.5"]}, 400),
            (good | {"fixed_ips": [{}, {}]}, 400),
            (good | {"fixed_ips": [{"ip_address": "x"}]}, 400),
            (good | {"fixed_ips": [{"ip_address": "::1"}]}, 400),
            (good | {"fixed_ips": [{"ip_address": "10.0.0.5"}]}, 400),
            (good | {"security_groups": ["x"]}, 400),
            (good | {"security_groups": ["7"]}, 404),
            (good | {"name": "n" * 129}, 400),
        ]:
            self.post("ports", {"port": body}, status)
        self.post("ports", {"port": 3}, 400)
        self.send("DELETE", f"ports/{self.port.id}", None, 403)
        for wish in ({"fixed_ips": []}, {"fixed_ips": [{"subnet_id": "7"}]}):
            self.post("ports", {"port": good | wish})


class FloatingIps(Changing):
    def test_an_address_is_drawn_shown_and_given_back(self) -> None:
        """Created with 200; not changed by PUT; conflict while it is on a port. NET-025, NET-140,
        NET-142, NET-143, NET-148 to NET-150, NET-153, NET-157"""
        pool = self.a_pool()
        made = self.post("floatingips", {"floatingip": {}}, 200)["floatingip"]
        expected = {
            "id": made["id"],
            "floating_ip_address": "203.0.113.2",
            "floating_network_id": str(pool.id),
            "fixed_ip_address": None,
            "port_id": None,
            "instance_id": None,
            "user_id": "ann",
            "tenant_id": "ann",
            "shared_to_project": False,
            "deleted": False,
        }
        self.assertEqual(made, expected)
        path = f"floatingips/{made['id']}"
        self.assertEqual(self.ask(f"{BASE}/{path}"), {"floatingip": made})
        for listed in ("floatingips", "floatingips/detail"):
            self.assertEqual(self.ask(f"{BASE}/{listed}"), {"floatingips": [made]})
        self.send("PUT", path, {"floatingip": {}}, 501)
        wish = {"network_id": pool.id, "fixed_ips": [{"ip_address": "203.0.113.2"}]}
        port = self.post("ports", {"port": wish})["port"]
        self.post("ports", {"port": wish}, 409)
        self.assertEqual(self.ask(f"{BASE}/{path}")["floatingip"]["port_id"], port["id"])
        self.send("DELETE", path, None, 409)
        self.send("DELETE", f"ports/{port['id']}", None, 204)
        self.send("DELETE", path, None, 204)
        self.ask(f"{BASE}/{path}", 404)
        self.ask(f"{BASE}/floatingips/x", 400)

    def test_one_given_back_is_told_as_deleted(self) -> None:
        """To those who saw it, of the changes since they asked, for as long as they may ask; what
        is asked for without a moment knows nothing of it (UI-023, NET-019)."""
        self.a_pool()
        first, second = (
            self.post("floatingips", {"floatingip": {}}, 200)["floatingip"] for _ in range(2)
        )
        self.clock.advance(60)
        self.send("DELETE", f"floatingips/{first['id']}", None, 204)
        found = self.ask(f"{BASE}/floatingips?changes-since=2023-11-14T22:14:00Z")["floatingips"]
        self.assertEqual(found, [first | {"deleted": True}])
        found = self.ask(f"{BASE}/floatingips?changes-since={NOW}")["floatingips"]
        self.assertEqual([each["deleted"] for each in found], [True, False])
        self.assertEqual(self.ask(f"{BASE}/floatingips")["floatingips"], [second])
        self.clock.advance(3700)
        self.send("DELETE", f"floatingips/{second['id']}", None, 204)
        found = self.ask(f"{BASE}/floatingips?changes-since=2023-11-14T22:20:00Z")["floatingips"]
        self.assertEqual([each["id"] for each in found], [second["id"]])

    def test_bad_wishes(self) -> None:
        """NET-142, NET-145, NET-146, NET-151"""
        self.post("floatingips", {"floatingip": {}}, 409)
        pool = self.a_pool()
        for body, status in [
            ({"floating_network_id": "x"}, 400),
            ({"floating_network_id": 99}, 404),
            ({"floating_network_id": 1}, 409),
            ({"floating_network_id": pool.id, "floating_ip_address": "10.0.0.1"}, 400),
            ({"floating_network_id": pool.id, "floating_ip_address": "x"}, 400),
            ({"shared_to_project": True}, 403),
            ({"project": "work"}, 400),
        ]:
            self.post("floatingips", {"floatingip": body}, status)
        self.post("floatingips", {}, 400)
        self.post("floatingips", {"floatingip": []}, 400)
        number = self.post("floatingips", {"floatingip": {}}, 200)["floatingip"]["id"]
        action = f"floatingips/{number}/action"
        self.post(action, {}, 400)
        self.post(action, {"reassign": {"project": "ann"}, "x": {}}, 400)
        self.post(action, {"reassign": {"project": "ann"}}, 200)
        self.post(action, {"reassign": {"project": "bob"}}, 404, token="bob")


class Quota(Changing):
    def test_a_full_quota(self) -> None:
        """413 in the envelope's words. NET-038, NET-147"""

        class Full:
            async def charge(self, *_: Any, **__: Any) -> None:
                raise OverQuota("Limit exceeded.")

        tenancy = evolve(self.network.tenancy, quota=Full())  # type: ignore[arg-type]
        floating = evolve(self.network.floating, quota=Full(), tenancy=tenancy)
        self.restart(evolve(self.network, tenancy=tenancy, floating=floating))
        self.a_pool()
        wish = {"network": {"type": "MAC_FILTERED"}}
        fault = self.post("networks", wish, 413)["overLimit"]
        self.assertEqual(fault["message"], "Limit exceeded.")
        self.post("floatingips", {"floatingip": {}}, 413)
        error = self.web.post("/cyclades/networking/v2.0/networks", json=wish)
        self.assertEqual((error.status, error.json()["NeutronError"]["type"]), (409, "OverQuota"))
