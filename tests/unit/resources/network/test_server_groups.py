"""Security groups of servers, and what Nova's clients see of the network service below 2.36."""

from __future__ import annotations

from typing import Any

from tests.unit.resources.network.whole import COMPUTE, NEUTRON, NOVA, WholeCase


class ServerGroups(WholeCase):
    def group(self, name: str, *rules: dict[str, Any]) -> str:
        body = {"security_group": {"name": name}}
        number = self.post(f"{NEUTRON}/security-groups", body)["security_group"]["id"]
        for rule in rules:
            said = {"security_group_id": number, "direction": "ingress", **rule}
            self.post(f"{NEUTRON}/security-group-rules", {"security_group_rule": said})
        return str(number)

    def make(self, *groups: str, status: int = 202) -> Any:
        image = self.get("/cyclades/compute/v2.0/images", token=self.admin)["images"][0]["id"]
        wanted: dict[str, Any] = {"name": "a1", "imageRef": image, "flavorRef": "1"}
        if groups:
            wanted["security_groups"] = [{"name": name} for name in groups]
        answer = self.post(f"{NOVA}/servers", {"server": wanted}, status)
        self.wait(30)
        return answer.get("server", answer)

    def names(self, server: str) -> list[str]:
        shown = self.get(f"{NOVA}/servers/{server}")["server"]["security_groups"]
        return [each["name"] for each in shown]

    def act(self, server: str, action: str, name: Any, status: int = 202) -> None:
        body = {action: {"name": name}}
        self.post(f"{NOVA}/servers/{server}/action", body, status)
        self.wait()

    def profile(self, server: str) -> str:
        (port,) = self.get(f"{COMPUTE}/servers/{server}")["server"]["attachments"]
        return str(port.get("firewallProfile"))

    def test_a_server_is_made_with_groups(self) -> None:
        """By name or id, on all ports that are made for it; its walls stand as the groups say. A
        group that is not there is 400, and nothing is made."""
        shell = {"protocol": "tcp", "port_range_min": 22, "port_range_max": 22}
        shells = [{**shell, "ethertype": ethertype} for ethertype in ("IPv4", "IPv6")]
        web = self.group("web", *shells)
        self.make("nobody", status=400)
        self.assertEqual(self.get(f"{NOVA}/servers")["servers"], [])
        made = self.make("web")
        self.assertEqual(self.names(made["id"]), ["web"])
        self.assertEqual(self.profile(made["id"]), "PROTECTED")
        plain, closed = self.make(), self.make("default")
        self.assertEqual(self.names(plain["id"]), ["snf-open"])
        self.assertEqual(plain["security_groups"], [{"name": "snf-open"}])
        self.assertEqual((self.names(closed["id"]), self.profile(closed["id"])), (
            ["default"], "ENABLED"))  # fmt: skip
        self.assertEqual(self.names(self.make(web)["id"]), ["web"])

    def test_groups_are_added_and_taken(self) -> None:
        """On all ports of the server (network.md 22.5); what is not there is 404."""
        server = self.make()["id"]
        self.group("web")
        self.act(server, "addSecurityGroup", "web")
        self.assertEqual(self.names(server), ["snf-open", "web"])
        self.assertNotEqual(self.profile(server), "ENABLED")
        self.act(server, "removeSecurityGroup", "snf-open")
        self.assertEqual((self.names(server), self.profile(server)), (["web"], "ENABLED"))
        shown = self.get(f"{NOVA}/servers/{server}/os-security-groups")["security_groups"]
        self.assertEqual([each["name"] for each in shown], ["web"])
        self.act(server, "removeSecurityGroup", "snf-open", 404)
        self.act(server, "addSecurityGroup", "nobody", 404)
        self.act(server, "addSecurityGroup", "", 400)
        self.act(server, "removeSecurityGroup", "web")
        self.assertNotIn("security_groups", self.get(f"{NOVA}/servers/{server}")["server"])

    def test_groups_and_rules_by_novas_proxies(self) -> None:
        """Below 2.36 they are made, shown, changed and removed (14.4.2); 404 from there on."""
        rules = f"{NOVA}/os-security-group-rules"
        body = {"security_group": {"name": "web", "description": "d"}}
        made = self.post(f"{NOVA}/os-security-groups", body, 200)["security_group"]
        number = made["id"]
        self.assertEqual((made["name"], made["rules"]), ("web", []))
        said = {"parent_group_id": number, "ip_protocol": "tcp", "from_port": 22, "to_port": 23}
        rule = self.post(rules, {"security_group_rule": said}, 200)["security_group_rule"]
        self.assertEqual((rule["ip_range"], rule["to_port"]), ({"cidr": "0.0.0.0/0"}, 23))
        self.post(rules, {"security_group_rule": said}, 400)
        self.post(rules, {"security_group_rule": {**said, "parent_group_id": "x"}}, 400)
        self.post(rules, {"security_group_rule": {**said, "parent_group_id": "999"}}, 404)
        peer = {**said, "group_id": number, "from_port": -1, "to_port": -1, "ip_protocol": "icmp"}
        peer = self.post(rules, {"security_group_rule": peer}, 200)["security_group_rule"]
        self.assertEqual((peer["group"]["name"], peer["from_port"]), ("web", -1))
        self.delete(f"{rules}/{rule['id']}", 202)
        self.delete(f"{rules}/{rule['id']}", 404)
        change = {"security_group": {"name": "w2", "description": "e"}}
        self.put(f"{NOVA}/os-security-groups/{number}", change)
        listed = self.get(f"{NOVA}/os-security-groups")["security_groups"]
        self.assertIn("w2", [each["name"] for each in listed])
        shown = self.get(f"{NOVA}/os-security-groups/{number}")["security_group"]
        self.assertEqual(len(shown["rules"]), 1)
        new = {"X-OpenStack-Nova-API-Version": "2.36"}
        self.get(f"{NOVA}/os-security-groups", 404, headers=new)
        usual = next(each["id"] for each in listed if each["name"] == "default")
        self.delete(f"{NOVA}/os-security-groups/{usual}", 400)
        self.delete(f"{NOVA}/os-security-groups/{number}", 202)
        self.get(f"{NOVA}/os-security-groups/{number}", 404)

    def test_rules_go_with_the_group_that_they_name(self) -> None:
        """As with Neutron: nothing refers to what is not there any more (network.md 22.5)."""
        peer = self.group("peer")
        web = self.group("web", {"protocol": "tcp", "remote_group_id": peer})
        self.delete(f"{NEUTRON}/security-groups/{peer}")
        shown = self.get(f"{NEUTRON}/security-groups/{web}")["security_group"]
        directions = [rule["direction"] for rule in shown["security_group_rules"]]
        self.assertEqual(directions, ["egress", "egress"])

    def test_networks_and_addresses_by_novas_proxies(self) -> None:
        """Read as Nova showed them; addresses come from pools that have names (14.4.2)."""
        (public,) = self.get(f"{NOVA}/os-networks")["networks"]
        self.assertEqual((public["label"], public["cidr"]), ("public", "198.18.0.0/22"))
        for noun in ("os-networks", "os-tenant-networks"):
            shown = self.get(f"{NOVA}/{noun}/{public['id']}")["network"]
            self.assertEqual(shown["label"], "public")
            self.get(f"{NOVA}/{noun}/999", 404)
        pools = self.get(f"{NOVA}/os-floating-ip-pools")["floating_ip_pools"]
        self.assertEqual(pools, [{"name": "public"}])
        path = f"{NOVA}/os-floating-ips"
        self.post(path, {"pool": "nowhere"}, 404)
        made = self.post(path, {"pool": "public"}, 200)["floating_ip"]
        self.assertEqual((made["pool"], made["instance_id"]), ("public", None))
        self.assertEqual(self.get(path)["floating_ips"], [made])
        self.assertEqual(self.get(f"{path}/{made['id']}")["floating_ip"], made)
        self.delete(f"{path}/{made['id']}", 202)
        self.get(f"{path}/{made['id']}", 404)


class Administration(WholeCase):
    def test_clusters_are_hypervisors(self) -> None:
        """403 for users; clusters, read-only, for administrators (CMP-418)."""
        nouns = ("os-hypervisors", "os-hypervisors/detail", "os-hypervisors/statistics")
        for noun in (*nouns, "os-services", "os-hosts", "os-aggregates", "os-migrations"):
            self.get(f"{NOVA}/{noun}", 403)
            self.get(f"{NOVA}/{noun}", token=self.admin)
        (seen,) = self.get(f"{NOVA}/os-hypervisors/detail", token=self.admin)["hypervisors"]
        self.assertGreater(seen["memory_mb"], 0)
        shown = self.get(f"{NOVA}/os-hypervisors/{seen['id']}", token=self.admin)["hypervisor"]
        self.assertEqual(shown["service"]["host"], seen["hypervisor_hostname"])
        path = f"{NOVA}/os-services?binary=nova-compute"
        (service,) = self.get(path, token=self.admin)["services"]
        self.assertEqual((service["state"], service["status"]), ("up", "enabled"))
        (host,) = self.get(f"{NOVA}/os-hosts", token=self.admin)["hosts"]
        rows = self.get(f"{NOVA}/os-hosts/{host['host_name']}", token=self.admin)["host"]
        self.assertEqual(rows[0]["resource"]["memory_mb"], seen["memory_mb"])
        self.get(f"{NOVA}/os-hypervisors/999", 404, token=self.admin)

    def test_quotas_are_set_by_administrators(self) -> None:
        """Servers, cores and memory of a project, in Nova's units (14.4.2)."""
        servers = self.get(f"{NOVA}/limits")["limits"]["absolute"]["maxTotalInstances"]
        self.assertNotEqual(servers, 3)
        project = self.now(self.house.identity.users.find("demo@localhost")).id
        path = f"{NOVA}/os-quota-sets/{project}"
        self.put(path, {"quota_set": {"instances": 3}}, 403)
        said = {"quota_set": {"instances": 3, "ram": "2048", "cores": -1}}
        made = self.put(path, said, token=self.admin)["quota_set"]
        self.assertEqual((made["instances"], made["ram"], made["cores"]), (3, 2048, -1))
        self.assertEqual(self.get(path)["quota_set"]["instances"], 3)
        absolute = self.get(f"{NOVA}/limits")["limits"]["absolute"]
        self.assertEqual(absolute["maxTotalInstances"], 3)
        for wrong in ({"instances": "x"}, {"key_pairs": 3}, {"ram": -2}):
            self.put(path, {"quota_set": wrong}, 400, token=self.admin)
        self.delete(path, 403)
        self.delete(path, 202, token=self.admin)
        self.assertEqual(self.get(path)["quota_set"]["instances"], servers)
        self.delete(f"{NOVA}/os-quota-sets/nobody", 404, token=self.admin)

    def test_gigabytes_are_set_by_administrators(self) -> None:
        """Cinder's quota set: gigabytes of a project; nothing else has a limit (VOL-206)."""
        project = self.now(self.house.identity.users.find("demo@localhost")).id
        path = f"/cyclades/volume/v3/{project}/os-quota-sets/{project}"
        before = self.get(path)["quota_set"]["gigabytes"]
        self.assertNotEqual(before, 7)
        asked = f"/cyclades/volume/v3/os-quota-sets/{project}"
        self.put(path, {"quota_set": {"gigabytes": 7}}, 403)
        for limit in (7, "7", -1):
            made = self.put(asked, {"quota_set": {"gigabytes": limit}}, token=self.admin)
            self.assertEqual(made["quota_set"]["gigabytes"], int(limit))
            self.assertEqual(self.get(path)["quota_set"]["gigabytes"], int(limit))
        for wrong in ({"gigabytes": "x"}, {"gigabytes": -2}, {"volumes": 3}, {"gigabytes": 2**31}):
            self.put(asked, {"quota_set": wrong}, 400, token=self.admin)
        self.delete(path, 403)
        self.delete(asked, 200, token=self.admin)
        self.assertEqual(self.get(path)["quota_set"]["gigabytes"], before)
