"""What OpenStack's clients need around networks: groups, routers, pools, quotas, tags (22)."""

from __future__ import annotations

from typing import Any

from synnefod.assembly.cards import ServerCards
from synnefod.config.sections import NetworkSection
from tests.unit.resources.network.whole import COMPUTE, NEUTRON, WholeCase

ANYWHERE = {"direction": "ingress"}


class Whole(WholeCase):
    sections: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.project = self.get(f"{NEUTRON}/networks", token=self.admin) and self._project()

    def _project(self) -> str:
        made = self.post(f"{NEUTRON}/networks", {"network": {"name": "probe"}})["network"]
        self.delete(f"{NEUTRON}/networks/{made['id']}")
        return str(made["project_id"])

    def make(self, kind: str, status: int = 201, plural: str = "", **wish: Any) -> Any:
        token = wish.pop("token", self.demo)
        path = plural or f"{kind.replace('_', '-')}s"
        answer = self.post(f"{NEUTRON}/{path}", {kind: wish}, status, token=token)
        return answer[kind] if status == 201 else answer["NeutronError"]

    def show(self, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.get(f"{NEUTRON}/{path}", status, **more)
        return next(iter(answer.values()))

    def change(self, path: str, kind: str, status: int = 200, **wish: Any) -> Any:
        token = wish.pop("token", self.demo)
        answer = self.put(f"{NEUTRON}/{path}", {kind: wish}, status, token=token)
        return next(iter(answer.values()))

    def drop(self, path: str, status: int = 204, **more: Any) -> Any:
        return self.delete(f"{NEUTRON}/{path}", status, **more)

    def a_wire(self, cidr: str = "10.7.0.0/24") -> tuple[str, str]:
        """A network and its subnet."""
        network = self.make("network")["id"]
        subnet = self.make("subnet", network_id=network, cidr=cidr, ip_version=4)["id"]
        return str(network), str(subnet)

    def outside(self) -> str:
        """The public network of the first start, whose addresses may be drawn."""
        rows = self.get(f"{NEUTRON}/networks?router:external=True")["networks"]
        return str(rows[0]["id"])


class Described(Whole):
    def test_everything_is_described(self) -> None:
        """Networks, subnets, ports, floating IPs, routers, groups and pools have a project, a
        description that can be changed, tags, times, and a revision that grows (NET-262)."""
        network, subnet = self.a_wire()
        outside = self.outside()
        prefixes = ["10.64.0.0/16"]
        things = {
            f"networks/{network}": "network",
            f"subnets/{subnet}": "subnet",
            f"ports/{self.make('port', network_id=network)['id']}": "port",
            f"floatingips/{self.make('floatingip', floating_network_id=outside)['id']}": (
                "floatingip"
            ),
            f"routers/{self.make('router')['id']}": "router",
            f"security-groups/{self.make('security_group', name='g')['id']}": "security_group",
            f"subnetpools/{self.make('subnetpool', name='p', prefixes=prefixes)['id']}": (
                "subnetpool"
            ),
        }
        for path, kind in things.items():
            before = self.show(path)
            self.assertEqual(before["project_id"], self.project, path)
            self.assertEqual((before["description"], before["tags"]), ("", []), path)
            self.assertRegex(before["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            changed = self.change(path, kind, description="what it is")
            self.assertEqual(changed["description"], "what it is", path)
            self.put(f"{NEUTRON}/{path}/tags/red", None, 201)
            after = self.show(path)
            self.assertEqual(after["tags"], ["red"])
            self.assertGreater(after["revision_number"], changed["revision_number"], path)
            self.assertGreater(changed["revision_number"], before["revision_number"], path)

    def test_tags(self) -> None:
        """Set, added, asked for, dropped, filtered by; a tag is short (NET-262)."""
        network, _ = self.a_wire()
        other = self.make("network")["id"]
        path = f"{NEUTRON}/networks/{network}/tags"
        self.assertEqual(self.put(path, {"tags": ["a", "b", "a"]}), {"tags": ["a", "b"]})
        self.assertEqual(self.post(path, {"tags": ["c"]}, 200), {"tags": ["a", "b", "c"]})
        self.get(f"{path}/a", 204)
        self.get(f"{path}/z", 404)
        for query, found in (("tags=a,b", [network]), ("tags-any=a,z", [network])):
            rows = self.get(f"{NEUTRON}/networks?{query}")["networks"]
            self.assertEqual([row["id"] for row in rows], found)
        rows = self.get(f"{NEUTRON}/networks?not-tags=a&shared=False")["networks"]
        self.assertEqual([row["id"] for row in rows], [other])
        self.delete(f"{path}/a")
        self.delete(f"{path}/a", 404)
        self.put(path, {"tags": ["x" * 61]}, 400)
        self.put(path, {"tags": [7]}, 400)
        self.delete(path)
        self.assertEqual(self.get(path), {"tags": []})
        stranger = self.person("eve@example.org")
        self.put(path, {"tags": ["mine"]}, 404, token=stranger)
        self.get(f"{NEUTRON}/networks/nothing/tags", 404)
        self.get(f"{NEUTRON}/agents/1/tags", 404)

    def test_many_at_once_or_none(self) -> None:
        """Lists of networks, subnets and ports are made whole or not at all (NET-254)."""
        made = self.post(f"{NEUTRON}/networks", {"networks": [{"name": "a"}, {"name": "b"}]})
        first, second = (row["id"] for row in made["networks"])
        before = len(self.get(f"{NEUTRON}/networks")["networks"])
        wrong: Any = {"networks": [{"name": "c"}, {"name": "x" * 129}]}
        self.post(f"{NEUTRON}/networks", wrong, 400)
        many: Any = {"networks": [{"name": str(number)} for number in range(9)]}
        self.post(f"{NEUTRON}/networks", many, 409)
        self.assertEqual(len(self.get(f"{NEUTRON}/networks")["networks"]), before)
        subnets: Any = [
            {"network_id": number, "cidr": cidr, "ip_version": 4}
            for number, cidr in ((first, "10.1.0.0/24"), (second, "10.2.0.0/24"))
        ]
        answer = self.post(f"{NEUTRON}/subnets", {"subnets": subnets})["subnets"]
        self.assertEqual([row["cidr"] for row in answer], ["10.1.0.0/24", "10.2.0.0/24"])
        ports: Any = [{"network_id": first}, {"network_id": "99"}]
        self.post(f"{NEUTRON}/ports", {"ports": ports}, 404)
        self.assertEqual(self.get(f"{NEUTRON}/ports?network_id={first}")["ports"], [])
        ports = [{"network_id": first, "name": "p"}, {"network_id": second}]
        answer = self.post(f"{NEUTRON}/ports", {"ports": ports})["ports"]
        self.assertEqual([row["network_id"] for row in answer], [first, second])
        for wrong in ({"ports": []}, {"ports": {}}, {"ports": [7]}):
            self.post(f"{NEUTRON}/ports", wrong, 400)


class Groups(Whole):
    def rule(self, group: str, status: int = 201, **wish: Any) -> Any:
        return self.make(
            "security_group_rule",
            status,
            security_group_id=group,
            **(ANYWHERE | wish),
        )

    def named(self, name: str) -> Any:
        (row,) = self.get(f"{NEUTRON}/security-groups?name={name}")["security_groups"]
        return row

    def test_the_default_group(self) -> None:
        """Each project has one from the first look; it stays as it is called (NET-256)."""
        usual = self.named("default")
        self.assertEqual(usual["project_id"], self.project)
        rules = [
            (rule["direction"], rule["ethertype"], rule["remote_group_id"])
            for rule in usual["security_group_rules"]
        ]
        self.assertEqual(
            sorted(rules, key=str),
            sorted(
                [
                    ("egress", "IPv4", None),
                    ("egress", "IPv6", None),
                    ("ingress", "IPv4", usual["id"]),
                    ("ingress", "IPv6", usual["id"]),
                ],
                key=str,
            ),
        )
        path = f"security-groups/{usual['id']}"
        self.drop(path, 409)
        self.change(path, "security_group", 409, name="other")
        self.make("security_group", 409, name="default")
        self.assertEqual(self.change(path, "security_group", description="d")["description"], "d")
        stranger = self.person("eve@example.org")
        self.show(path, 404, token=stranger)
        self.assertNotEqual(
            [
                r["id"]
                for r in self.get(f"{NEUTRON}/security-groups?name=default", token=stranger)[
                    "security_groups"
                ]
            ],
            [usual["id"]],
        )

    def test_a_group_and_its_rules(self) -> None:
        """Made with rules that let everything out; rules come and go with it (NET-256)."""
        made = self.make("security_group", name="web", description="d")
        self.assertEqual(
            [rule["direction"] for rule in made["security_group_rules"]], ["egress", "egress"]
        )
        web = made["id"]
        rule = self.rule(web, protocol="TCP", port_range_min=80, port_range_max="80")
        self.assertEqual((rule["protocol"], rule["port_range_max"]), ("tcp", 80))
        self.assertEqual(self.show(f"security-group-rules/{rule['id']}"), rule)
        rows = self.get(f"{NEUTRON}/security-group-rules?security_group_id={web}&protocol=tcp")
        self.assertEqual(rows["security_group_rules"], [rule])
        error = self.rule(web, 409, protocol="6", port_range_min=80, port_range_max=80)
        self.assertEqual(error["type"], "SecurityGroupRuleExists")
        self.drop(f"security-group-rules/{rule['id']}")
        self.drop(f"security-group-rules/{rule['id']}", 404)
        self.change(f"security-groups/{web}", "security_group", name="www")
        self.drop(f"security-groups/{web}")
        self.show(f"security-groups/{web}", 404)
        self.make("security_group", 400, description="no name")

    def test_wrong_rules(self) -> None:
        """Each is told, and none is made (NET-256)."""
        web = self.make("security_group", name="web")["id"]
        for wish in (
            {"protocol": "bad"},
            {"ethertype": "bad"},
            {"direction": "sideways"},
            {"protocol": "tcp", "port_range_min": 80, "port_range_max": 79},
            {"protocol": "tcp", "port_range_min": 0, "port_range_max": 65536},
            {"protocol": "tcp", "port_range_min": 80},
            {"port_range_min": 80, "port_range_max": 80},
            {"protocol": "icmp", "port_range_min": 256},
            {"protocol": "icmp", "port_range_max": 8},
            {"remote_ip_prefix": "10.0.0.0/33"},
            {"remote_ip_prefix": "2001:db8::/32"},
            {"remote_ip_prefix": "10.0.0.0/8", "remote_group_id": web},
        ):
            self.rule(web, 400, **wish)
        self.rule(web, 404, remote_group_id="99")
        self.rule("99", 404)
        self.rule("x", 404)
        shared = self.named("snf-open")["id"]
        self.rule(shared, 403)
        self.drop(f"security-groups/{shared}", 403)

    def test_a_ports_groups_become_its_firewall(self) -> None:
        """The union of the rules is compiled to a profile that reaches the server's cluster; a
        group that ports have stays; choosing a profile takes the place of the groups (NET-256)."""
        network, _ = self.a_wire()
        group = self.make("security_group", name="web")["id"]
        server = self.a_server([{"uuid": network}])
        (port,) = self.get(f"{NEUTRON}/ports?network_id={network}")["ports"]
        path = f"ports/{port['id']}"
        self.assertEqual(port["security_groups"], [self.named("snf-open")["id"]])

        def walled() -> Any:
            self.wait()
            return self.server(server["id"])["attachments"][-1].get("firewallProfile")

        given = self.change(path, "port", security_groups=[group])
        self.assertEqual(given["security_groups"], [group])
        self.assertEqual(walled(), "ENABLED")
        ssh = self.rule(group, protocol="tcp", port_range_min=22, port_range_max=22)
        self.assertEqual(walled(), "PROTECTED")
        web = self.rule(group, protocol="tcp", port_range_min=80, port_range_max=80)
        self.assertEqual(walled(), "PROTECTED")
        strict = self.show(path)["binding:vif_details"]
        self.assertEqual(strict, {"snf:approximated": True})
        self.drop(f"security-group-rules/{web['id']}")
        self.assertNotIn("binding:vif_details", self.show(path))
        self.rule(group)
        self.assertEqual(walled(), "DISABLED")
        self.drop(f"security-group-rules/{ssh['id']}")
        self.drop(f"security-groups/{group}", 409)
        action = {"firewallProfile": {"profile": "PROTECTED", "nic": int(port["id"])}}
        self.post(f"{COMPUTE}/servers/{server['id']}/action", action, 202)
        self.assertEqual(self.show(path)["security_groups"], [self.named("snf-limited")["id"]])
        self.assertEqual(walled(), "PROTECTED")
        self.drop(f"security-groups/{group}")

    def test_a_new_port_of_a_server_has_its_walls_when_it_is_seen(self) -> None:
        """Groups that are named with the port (NET-256)."""
        network, _ = self.a_wire()
        group = self.make("security_group", name="tight")["id"]
        server = self.a_server([])
        wish = {"network_id": network, "device_id": str(server["id"]), "security_groups": [group]}
        port = self.make("port", **wish)
        self.assertEqual(port["security_groups"], [group])
        self.wait(30)
        shown = self.server(server["id"])["attachments"]
        mine = next(each for each in shown if str(each["id"]) == port["id"])
        self.assertEqual(mine["firewallProfile"], "ENABLED")
        self.make("port", 404, network_id=network, security_groups=["99"])

    def test_a_project_has_so_many_groups_and_no_more(self) -> None:
        """A limit that is reached is a conflict (NET-259)."""
        for number in range(10):
            self.make("security_group", name=f"g{number}")
        self.assertEqual(self.make("security_group", 409, name="more")["type"], "OverQuota")


class Routers(Whole):
    def test_a_router(self) -> None:
        """With a gateway to the outside network, changed, removed (NET-257)."""
        outside = self.outside()
        made = self.make("router", name="r", external_gateway_info={"network_id": outside})
        path = f"routers/{made['id']}"
        self.assertEqual((made["status"], made["SNF:dataplane"]), ("ACTIVE", False))
        gateway = made["external_gateway_info"]
        self.assertEqual((gateway["network_id"], gateway["enable_snat"]), (outside, True))
        (address,) = gateway["external_fixed_ips"]
        query = f"ports?device_id={made['id']}&network_id={outside}"
        (port,) = self.get(f"{NEUTRON}/{query}", token=self.admin)["ports"]
        self.assertEqual(port["device_owner"], "network:router_gateway")
        self.assertEqual(port["fixed_ips"], [address])
        self.assertEqual(self.get(f"{NEUTRON}/{query}")["ports"], [])
        changed = self.change(path, "router", name="s", admin_state_up=False)
        self.assertEqual((changed["name"], changed["admin_state_up"]), ("s", False))
        no_snat = {"network_id": outside, "enable_snat": False}
        changed = self.change(path, "router", external_gateway_info=no_snat)
        self.assertFalse(changed["external_gateway_info"]["enable_snat"])
        changed = self.change(path, "router", external_gateway_info={})
        self.assertIsNone(changed["external_gateway_info"])
        self.assertEqual(self.get(f"{NEUTRON}/{query}", token=self.admin)["ports"], [])
        rows = self.get(f"{NEUTRON}/routers?name=s")["routers"]
        self.assertEqual([row["id"] for row in rows], [made["id"]])
        stranger = self.person("eve@example.org")
        self.show(path, 404, token=stranger)
        self.drop(path)
        self.drop(path, 404)

    def test_interfaces(self) -> None:
        """By a subnet at its gateway, or by a port; ranges do not overlap; a router with
        interfaces stays, and so do its ports (NET-257)."""
        network, subnet = self.a_wire()
        router = self.make("router")["id"]
        add = f"{NEUTRON}/routers/{router}/add_router_interface"
        remove = f"{NEUTRON}/routers/{router}/remove_router_interface"
        made = self.put(add, {"subnet_id": subnet})
        self.assertEqual((made["id"], made["subnet_ids"]), (router, [subnet]))
        port = self.show(f"ports/{made['port_id']}")
        self.assertEqual(
            (port["device_id"], port["device_owner"], port["status"]),
            (router, "network:router_interface", "ACTIVE"),
        )
        self.assertEqual(port["fixed_ips"], [{"subnet_id": subnet, "ip_address": "10.7.0.1"}])
        self.put(add, {"subnet_id": subnet}, 400)
        self.drop(f"routers/{router}", 409)
        self.drop(f"ports/{port['id']}", 409)
        self.drop(f"subnets/{subnet}", 409)
        self.drop(f"networks/{network}", 409)
        other, _ = self.a_wire("10.7.0.128/25")
        overlapping = self.make("port", network_id=other)["id"]
        self.put(add, {"port_id": overlapping}, 400)
        apart, _ = self.a_wire("10.8.0.0/24")
        second = self.make("port", network_id=apart)["id"]
        by_port = self.put(add, {"port_id": second})
        self.assertEqual((by_port["port_id"], by_port["network_id"]), (second, apart))
        self.put(add, {"port_id": second}, 409)
        routes = [{"destination": "10.99.0.0/16", "nexthop": "10.8.0.77"}]
        changed = self.change(f"routers/{router}", "router", routes=routes)
        self.assertEqual(changed["routes"], routes)
        far = [{"destination": "10.99.0.0/16", "nexthop": "192.0.2.1"}]
        self.change(f"routers/{router}", "router", 400, routes=far)
        self.put(remove, {"port_id": second})
        self.show(f"ports/{second}", 404)
        self.put(remove, {"subnet_id": subnet})
        self.put(remove, {"subnet_id": subnet}, 404)
        self.put(add, {}, 400)
        self.put(add, {"subnet_id": "99"}, 404)
        self.drop(f"routers/{router}")
        self.drop(f"networks/{network}")

    def test_wrong_routers(self) -> None:
        """Unknown, inner and drained ways out; what only other clouds have (NET-257)."""
        network, _ = self.a_wire()
        self.make("router", 404, external_gateway_info={"network_id": "99"})
        self.make("router", 400, external_gateway_info={"network_id": network})
        self.make("router", 400, distributed=True)
        self.show("routers/x", 404)
        self.change("routers/99", "router", 404, name="x")
        self.put(f"{NEUTRON}/routers/99/add_router_interface", {"subnet_id": "1"}, 404)


class Unrouted(Whole):
    sections = {"network": NetworkSection(routers="off")}

    def test_a_deployment_without_routers(self) -> None:
        """Does not announce them, and has no such paths; addresses go to ports all the same
        (NET-251, NET-258)."""
        aliases = {row["alias"] for row in self.get(f"{NEUTRON}/extensions")["extensions"]}
        self.assertNotIn("router", aliases)
        self.assertIn("security-group", aliases)
        self.get(f"{NEUTRON}/routers", 404)
        network, _ = self.a_wire()
        port = self.make("port", network_id=network)["id"]
        wish = {"floating_network_id": self.outside(), "port_id": port}
        made = self.make("floatingip", **wish)
        self.assertEqual((made["port_id"], made["router_id"]), (port, None))


class Addresses(Whole):
    def routed(self) -> tuple[str, str]:
        """A network that a router joins to the outside; both."""
        network, subnet = self.a_wire()
        router = self.make("router", external_gateway_info={"network_id": self.outside()})["id"]
        self.put(f"{NEUTRON}/routers/{router}/add_router_interface", {"subnet_id": subnet})
        return network, str(router)

    def test_an_address_stands_for_a_port(self) -> None:
        """Of no server: the association is kept, DOWN; the port's end ends it (NET-258)."""
        network, router = self.routed()
        port = self.make("port", network_id=network)
        outside = self.outside()
        ip = self.make("floatingip", floating_network_id=outside, port_id=port["id"])
        self.assertEqual((ip["port_id"], ip["router_id"]), (port["id"], router))
        self.assertEqual(ip["fixed_ip_address"], port["fixed_ips"][0]["ip_address"])
        self.assertEqual((ip["status"], ip["port_details"]["status"]), ("DOWN", "DOWN"))
        path = f"floatingips/{ip['id']}"
        other = self.make("floatingip", floating_network_id=outside)
        self.change(f"floatingips/{other['id']}", "floatingip", 409, port_id=port["id"])
        away = self.change(path, "floatingip", port_id=None)
        self.assertEqual((away["port_id"], away["fixed_ip_address"]), (None, None))
        wrong = {"port_id": port["id"], "fixed_ip_address": "10.7.0.99"}
        self.change(path, "floatingip", 400, **wrong)
        self.change(path, "floatingip", port_id=port["id"])
        self.drop(f"ports/{port['id']}")
        self.assertIsNone(self.show(path)["port_id"])

    def test_what_cannot_be_reached(self) -> None:
        """A port that no router joins to the address's network, an unknown one, and a network
        that leads nowhere outside (NET-258)."""
        network, _ = self.a_wire()
        port = self.make("port", network_id=network)["id"]
        outside = self.outside()
        wish = {"floating_network_id": outside, "port_id": port}
        self.assertEqual(self.make("floatingip", 404, **wish)["type"], "Unreachable")
        ip = self.make("floatingip", floating_network_id=outside)["id"]
        self.change(f"floatingips/{ip}", "floatingip", 404, port_id=port)
        self.change(f"floatingips/{ip}", "floatingip", 404, port_id="99")
        self.assertEqual(len(self.get(f"{NEUTRON}/floatingips")["floatingips"]), 1)

    def test_an_address_comes_to_a_server_and_moves_on(self) -> None:
        """A port on the server carries it, which only administrators see; a busy server gets it
        later; it moves to another server's port, and goes (NET-258)."""
        network, _ = self.routed()
        one = self.a_server([{"uuid": network}])
        two = self.a_server([{"uuid": network}])
        ports = {
            row["device_id"]: row["id"]
            for row in self.get(f"{NEUTRON}/ports?network_id={network}")["ports"]
            if row["device_owner"] == "compute:nova"
        }
        first, second = ports[str(one["id"])], ports[str(two["id"])]
        wish = {"floating_network_id": self.outside(), "port_id": first}
        ip = self.make("floatingip", **wish)
        address, path = ip["floating_ip_address"], f"floatingips/{ip['id']}"
        self.wait(30)
        shown = self.show(path)
        self.assertEqual((shown["status"], shown["port_id"]), ("ACTIVE", first))
        self.assertIn(address, self.addresses(one))
        mine = self.get(f"{NEUTRON}/ports?device_id={one['id']}")["ports"]
        self.assertNotIn("network:floatingip", {row["device_owner"] for row in mine})
        all_ = self.get(f"{NEUTRON}/ports?device_owner=network:floatingip", token=self.admin)
        self.assertEqual([row["device_id"] for row in all_["ports"]], [str(one["id"])])
        self.change(path, "floatingip", port_id=second)
        for _ in range(3):
            self.wait(15)
            self.now(self.cards().settle())
        self.wait(15)
        self.assertIn(address, self.addresses(two))
        self.assertNotIn(address, self.addresses(one))
        self.assertEqual(self.show(path)["port_id"], second)
        self.change(path, "floatingip", port_id=None)
        self.wait(30)
        self.assertNotIn(address, self.addresses(two))
        self.assertEqual(self.show(path)["status"], "DOWN")
        self.drop(path)

    def cards(self) -> Any:
        """What the dispatcher runs every few seconds."""
        return ServerCards(self.house.compute.compute.devices, self.house.network)

    def addresses(self, server: Any) -> set[Any]:
        return {each["ipv4"] for each in self.server(server["id"])["attachments"]}


class Pools(Whole):
    def test_subnets_are_carved_from_a_pool(self) -> None:
        """The first free range, or the wished one; nothing twice; a pool in use stays
        (NET-260)."""
        wish = {"name": "p", "prefixes": ["10.64.0.0/22"], "default_prefixlen": "24"}
        pool = self.make("subnetpool", **wish)
        self.assertEqual((pool["default_prefixlen"], pool["ip_version"]), (24, 4))

        def carve(status: int = 201, **more: Any) -> Any:
            network = self.make("network")["id"]
            made = self.make(
                "subnet", status, network_id=network, subnetpool_id=pool["id"], ip_version=4, **more
            )
            if status != 201:
                self.drop(f"networks/{network}")
            return made

        first = carve()
        self.assertEqual((first["cidr"], first["subnetpool_id"]), ("10.64.0.0/24", pool["id"]))
        self.assertEqual(carve(prefixlen=25)["cidr"], "10.64.1.0/25")
        carve(409, cidr="10.64.0.128/25")
        carve(409, cidr="10.65.0.0/24")
        carve(400, prefixlen=7)
        self.assertEqual(carve(cidr="10.64.3.0/24")["cidr"], "10.64.3.0/24")
        carve(409, prefixlen=23)
        path = f"subnetpools/{pool['id']}"
        self.drop(path, 409)
        grown = self.change(path, "subnetpool", prefixes=["10.64.0.0/20"], description="d")
        self.assertEqual(grown["prefixes"], ["10.64.0.0/20"])
        self.change(path, "subnetpool", 400, prefixes=["10.64.0.0/24"])
        self.change(path, "subnetpool", 400, min_prefixlen=30)
        self.make("subnetpool", 400, name="x", prefixes=["10.0.0.0/8", "2001:db8::/32"])
        self.make("subnetpool", 400, name="x")
        self.make("subnetpool", 403, name="x", prefixes=["10.0.0.0/8"], shared=True)

    def test_a_topology_comes_by_itself(self) -> None:
        """Once for each project: a network with a subnet of the default pool behind a router that
        leads outside; it is told before whether it can be made (NET-260)."""
        path = f"{NEUTRON}/auto-allocated-topology"
        self.get(f"{path}/null?fields=dry-run", 409)
        self.get(f"{path}/null", 409)
        wish = {"name": "d", "prefixes": ["10.64.0.0/16"], "default_prefixlen": 24}
        self.make("subnetpool", token=self.admin, is_default=True, shared=True, **wish)
        checked = self.get(f"{path}/null?fields=dry-run")["auto_allocated_topology"]
        self.assertEqual(checked["id"], "dry-run=pass")
        made = self.get(f"{path}/{self.project}")["auto_allocated_topology"]
        self.assertEqual(self.get(f"{path}/null")["auto_allocated_topology"], made)
        network = self.show(f"networks/{made['id']}")
        self.assertEqual(self.show(f"subnets/{network['subnets'][0]}")["cidr"], "10.64.0.0/24")
        (router,) = self.get(f"{NEUTRON}/routers")["routers"]
        self.assertEqual(router["external_gateway_info"]["network_id"], self.outside())
        self.delete(f"{path}/null")
        self.delete(f"{path}/null", 404)
        self.show(f"networks/{made['id']}", 404)
        self.assertEqual(self.get(f"{NEUTRON}/routers")["routers"], [])
        stranger = self.person("eve@example.org")
        self.get(f"{path}/{self.project}", 400, token=stranger)


class Documents(Whole):
    def test_agents_are_clusters(self) -> None:
        """One for each that is not offline, for administrators alone (NET-260)."""
        (agent,) = self.get(f"{NEUTRON}/agents", token=self.admin)["agents"]
        self.assertEqual((agent["host"], agent["alive"]), ("one.localhost", True))
        shown = self.get(f"{NEUTRON}/agents/{agent['id']}", token=self.admin)["agent"]
        self.assertEqual(shown["binary"], "synnefod")
        self.assertEqual(self.get(f"{NEUTRON}/agents"), {"agents": []})
        self.get(f"{NEUTRON}/agents/{agent['id']}", 404)
        self.get(f"{NEUTRON}/agents/x", 404, token=self.admin)

    def test_zones_providers_and_availabilities(self) -> None:
        """As chapter 22.9 shapes them (NET-260)."""
        zones = self.get(f"{NEUTRON}/availability_zones")["availability_zones"]
        self.assertEqual({zone["resource"] for zone in zones}, {"network", "router"})
        self.assertEqual(self.get(f"{NEUTRON}/service-providers"), {"service_providers": []})
        network, subnet = self.a_wire("10.7.0.0/29")
        self.make("port", network_id=network)
        path = f"network-ip-availabilities/{network}"
        shown = self.show(path)
        self.assertEqual((shown["total_ips"], shown["used_ips"]), (5, 1))
        (part,) = shown["subnet_ip_availability"]
        self.assertEqual((part["subnet_id"], part["cidr"]), (subnet, "10.7.0.0/29"))
        rows = self.get(f"{NEUTRON}/network-ip-availabilities?network_id={network}")
        self.assertEqual(rows["network_ip_availabilities"], [shown])
        self.show("network-ip-availabilities/99", 404)

    def test_every_extension_can_be_shown(self) -> None:
        """As the list shows it (NET-251)."""
        for row in self.get(f"{NEUTRON}/extensions")["extensions"]:
            self.assertEqual(self.show(f"extensions/{row['alias']}"), row)


class Quotas(Whole):
    def test_quotas_of_a_project(self) -> None:
        """Shown to its members, with what is used; changed and reset by administrators; the
        ledger's and those kept here (NET-259)."""
        path = f"{NEUTRON}/quotas/{self.project}"
        before = self.get(path)["quota"]
        self.assertEqual((before["router"], before["port"]), (10, -1))
        wish = {"quota": {"network": 1, "router": 1, "floatingip": -1}}
        self.put(path, wish, 403)
        changed = self.put(path, wish, token=self.admin)["quota"]
        self.assertEqual((changed["network"], changed["router"]), (1, 1))
        self.assertEqual(self.get(path)["quota"]["floatingip"], -1)
        self.make("router")
        self.make("router", 409)
        self.make("network")
        self.assertEqual(self.make("network", 409)["type"], "OverQuota")
        details = self.get(f"{path}/details.json")["quota"]
        self.assertEqual(details["router"], {"limit": 1, "used": 1, "reserved": 0})
        self.assertEqual(details["network"], {"limit": 1, "used": 1, "reserved": 0})
        self.assertEqual(self.get(f"{path}/default")["quota"]["router"], 10)
        rows = self.get(f"{NEUTRON}/quotas", token=self.admin)["quotas"]
        self.assertEqual([row["project_id"] for row in rows], [self.project])
        self.get(f"{NEUTRON}/quotas", 403)
        self.delete(path, 403)
        self.delete(path, token=self.admin)
        self.assertEqual(self.get(path)["quota"], before)
        for wrong in ({"router": -2}, {"nonsense": 1}, {"network": "x"}):
            self.put(path, {"quota": wrong}, 400, token=self.admin)
        careful = {"check_limit": True, "router": 5}
        self.put(path, {"quota": careful}, token=self.admin)
        self.assertEqual(self.get(path)["quota"]["router"], 5)
        self.put(path, {"quota": {**careful, "router": 0}}, 400, token=self.admin)
        self.put(path, {"quota": {"force": "x"}}, 400, token=self.admin)
