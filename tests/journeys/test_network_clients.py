"""Networks by OpenStack's own clients against a daemon that has just had its first start."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import BIN, Daemon, eventually, have

SDK = """
import json, openstack
cloud = openstack.connect(cloud='demo')
net = cloud.network
wire = net.create_network(name='sdk')
subnet = net.create_subnet(network_id=wire.id, ip_version=4, cidr='10.30.0.0/24')
port = net.create_port(network_id=wire.id, name='p')
net.set_tags(port, ['a', 'b'])
assert net.find_network('nothing', ignore_missing=True) is None
outside = next(net.networks(is_router_external=True))
router = net.create_router(name='r', external_gateway_info={'network_id': outside.id})
net.add_interface_to_router(router, subnet_id=subnet.id)
ip = net.create_ip(floating_network_id=outside.id, port_id=port.id)
found = net.find_ip(ip.floating_ip_address)
group = net.create_security_group(name='g')
rule = net.create_security_group_rule(
    security_group_id=group.id, direction='ingress', protocol='tcp', port_range_min=22,
    port_range_max=22)
net.update_port(port, security_groups=[group.id], description='d')
told = {
    'tags': sorted(net.get_port(port.id).tags),
    'ip_port': found.port_id == port.id,
    'groups': net.get_port(port.id).security_group_ids == [group.id],
    'quota': net.get_quota(cloud.current_project_id, details=True).routers['used'],
    'azs': sorted(zone.resource for zone in net.availability_zones()),
    'extension': net.find_extension('router').alias,
    'availability': net.get_network_ip_availability(wire.id).used_ips,
    'pages': len(list(net.ports(limit=1))) == len(list(net.ports())),
}
net.update_ip(ip, port_id=None)
net.delete_ip(ip)
net.remove_interface_from_router(router, subnet_id=subnet.id)
net.delete_router(router)
net.delete_port(port)
net.delete_security_group(group)
net.delete_subnet(subnet)
net.delete_network(wire)
told['left'] = [each.name for each in net.networks(name='sdk')]
print(json.dumps(told))
"""


class NetworkClients(SynchronousTestCase):
    if not have("openstack"):
        skip = "python-openstackclient is not installed (SYNNEFOD_TEST_CLIENTS)"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-network-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.daemon = Daemon(self.folder, {"dispatcher": {"poll_fast": 0.5}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def ask(self, *words: str, user: str = "demo") -> Any:
        return self.daemon.openstack(*words, user=user)

    def tell(self, *words: str, user: str = "demo") -> str:
        """A command that prints nothing, or text."""
        return str(self.daemon.openstack(*words, "--plain", user=user))

    def test_the_command(self) -> None:
        """Networks, subnets, ports, floating IPs, security groups and routers are made, listed,
        shown, set and deleted by the unpatched command (NET-250)."""
        net = self.ask("network", "create", "--description", "d", "--tag", "red", "n1")
        self.assertEqual((net["status"], net["description"]), ("ACTIVE", "d"))
        self.tell("network", "set", "--name", "n2", "--tag", "blue", "n1")
        self.assertEqual(sorted(self.ask("network", "show", "n2")["tags"]), ["blue", "red"])
        self.assertIn("n2", [row["Name"] for row in self.ask("network", "list", "--internal")])
        words = ("--network", "n2", "--subnet-range", "10.20.0.0/24", "--gateway", "10.20.0.254")
        subnet = self.ask("subnet", "create", *words, "--dns-nameserver", "9.9.9.9", "s1")
        self.assertEqual(subnet["gateway_ip"], "10.20.0.254")
        self.tell("subnet", "set", "--name", "s2", "--no-dhcp", "s1")
        self.assertFalse(self.ask("subnet", "show", "s2")["enable_dhcp"])
        self.assertEqual(len(self.ask("subnet", "list", "--network", "n2")), 1)
        self.ports_and_groups()
        self.routers_and_addresses()
        self.servers()
        self.tell("port", "delete", "p2")
        self.tell("subnet", "delete", "s2")
        self.tell("network", "delete", "n2")
        self.assertNotIn("n2", [row["Name"] for row in self.ask("network", "list")])

    def ports_and_groups(self) -> None:
        made = self.ask("security", "group", "create", "--description", "d", "web")
        words = ("--protocol", "tcp", "--dst-port", "22", "--remote-ip", "0.0.0.0/0", "web")
        rule = self.ask("security", "group", "rule", "create", *words)
        self.assertEqual(rule["port_range_min"], 22)
        rules = self.ask("security", "group", "rule", "list", "web")
        self.assertIn(rule["id"], [row["ID"] for row in rules])
        self.tell("security", "group", "set", "--name", "www", "web")
        self.assertEqual(self.ask("security", "group", "show", "www")["id"], made["id"])
        names = [row["Name"] for row in self.ask("security", "group", "list")]
        self.assertLessEqual({"default", "www", "snf-open"}, set(names))
        words = ("--network", "n2", "--fixed-ip", "ip-address=10.20.0.9")
        port = self.ask("port", "create", *words, "--security-group", "www", "p1")
        self.assertEqual(port["fixed_ips"][0]["ip_address"], "10.20.0.9")
        self.assertEqual(port["security_group_ids"], [made["id"]])
        self.tell("port", "set", "--name", "p2", "--no-security-group", "p1")
        self.tell("port", "set", "--security-group", "www", "--description", "d", "p2")
        shown = self.ask("port", "show", "p2")
        self.assertEqual(shown["description"], "d")
        rows = self.ask("port", "list", "--network", "n2", "--fixed-ip", "ip-address=10.20.0.9")
        self.assertEqual([row["Name"] for row in rows], ["p2"])

    def routers_and_addresses(self) -> None:
        (outside,) = self.ask("network", "list", "--external")
        self.ask("router", "create", "--external-gateway", outside["ID"], "r1")
        self.tell("router", "add", "subnet", "r1", "s2")
        shown = self.ask("router", "show", "r1")
        self.assertEqual(shown["external_gateway_info"]["network_id"], outside["ID"])
        self.assertEqual(len(shown["interfaces_info"]), 1)
        ip = self.ask("floating", "ip", "create", "--port", "p2", outside["ID"])
        self.assertEqual(ip["fixed_ip_address"], "10.20.0.9")
        address = ip["floating_ip_address"]
        self.tell("floating", "ip", "unset", "--port", address)
        self.assertIsNone(self.ask("floating", "ip", "show", address)["port_id"])
        self.tell("floating", "ip", "set", "--port", "p2", address)
        (row,) = self.ask("floating", "ip", "list", "--port", "p2")
        self.assertEqual(row["Floating IP Address"], address)
        self.tell("floating", "ip", "delete", address)
        self.tell("router", "unset", "--external-gateway", "r1")
        self.tell("router", "remove", "subnet", "r1", "s2")
        self.tell("router", "delete", "r1")
        self.assertEqual(self.ask("router", "list"), [])
        self.assertEqual(len(self.ask("network", "agent", "list", user="admin")), 1)
        self.assertTrue(self.ask("availability", "zone", "list", "--network"))
        quota = {row["Resource"]: row["Limit"] for row in self.ask("quota", "show", "--network")}
        self.assertEqual(quota["routers"], 10)
        pool = ("subnet", "pool", "create", "--pool-prefix", "10.64.0.0/16", "pool")
        self.assertEqual(self.ask(*pool)["prefixes"], ["10.64.0.0/16"])
        self.tell("subnet", "pool", "delete", "pool")

    def servers(self) -> None:
        """A floating IP reaches a server by the server command; its port tells of it."""
        (image,) = self.ask("image", "list")
        (flavor, *_) = self.ask("flavor", "list")
        words = ("--image", image["ID"], "--flavor", str(flavor["ID"]), "--network", "n2")
        self.ask("server", "create", *words, "--wait", "w1")
        (port,) = self.ask("port", "list", "--server", "w1", "--network", "n2")
        # The port had the shared group that lets everything in; the union would still do so.
        self.tell("port", "set", "--no-security-group", "--security-group", "www", port["ID"])

        def walled() -> Any:
            rows = self.daemon.manage("port-inspect", port["ID"])
            return rows if rows["firewall"] == "PROTECTED" else None

        eventually("the firewall reaches the cluster", walled)
        self.tell("server", "delete", "--wait", "w1")
        self.tell("port", "set", "--no-security-group", "p2")
        self.tell("security", "group", "delete", "www")

    def test_the_sdk(self) -> None:
        """openstacksdk's network proxy, unpatched (NET-250)."""
        script = self.folder / "sdk.py"
        script.write_text(SDK, "utf-8")
        file = f"OS_CLIENT_CONFIG_FILE={self.daemon.state / 'clouds.yaml'}"
        told = json.loads(self.daemon.run("env", file, str(BIN / "python"), str(script)))
        self.assertEqual(
            told,
            {
                "tags": ["a", "b"],
                "ip_port": True,
                "groups": True,
                "quota": 1,
                "azs": ["network", "router"],
                "extension": "router",
                "availability": 2,
                "pages": True,
                "left": [],
            },
        )
