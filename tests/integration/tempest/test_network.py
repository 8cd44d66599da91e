"""OpenStack's own acceptance tests of networks against a whole daemon."""

from __future__ import annotations

from tests.harness.daemon import Daemon
from tests.harness.tempest import TempestCase, configure

PACKAGE = "tempest.api.network"
CONF = """\
[network]
project_network_cidr = 10.100.0.0/16
project_network_mask_bits = 28
project_network_v6_cidr = 2001:db8:100::/48
project_network_v6_mask_bits = 64
public_network_id = 1
[network-feature-enabled]
ipv6 = true
port_security = false
api_extensions = {extensions}
"""
EXTENSIONS = (
    "agent,auto-allocated-topology,availability_zone,binding,default-subnetpools,ext-gw-mode,"
    "external-net,extraroute,network-ip-availability,network_availability_zone,pagination,"
    "project-id,provider,quota_details,quotas,router,security-group,sorting,"
    "standard-attr-description,standard-attr-revisions,standard-attr-tag,"
    "standard-attr-timestamp,subnet_allocation"
)


class NetworkTempest(TempestCase):
    def configure(self, daemon: Daemon) -> None:
        configure(self.folder, daemon, people=6, neutron=True)
        with (self.folder / "tempest.conf").open("a", encoding="utf-8") as conf:
            conf.write(CONF.format(extensions=EXTENSIONS))
        # More than a person has: each test makes its own and gives back what it made at its end.
        limits = [
            word
            for name in ("cyclades.network.private", "cyclades.floating_ip")
            for word in ("--limit", name, "1000", "1000")
        ]
        daemon.manage("project-modify", "--all-system-projects", *limits)

    def test_networks(self) -> None:
        """Networks, subnets, ports, routers, floating IPs, security groups, quotas, subnet pools
        and tags pass as OpenStack tests them (NET-250, NET-252, NET-254, NET-256, NET-257,
        NET-258); what is not run is listed with its reason."""
        tests = self.chosen([PACKAGE], "network_")
        self.configure(self.started(limits={"token_rate": 0.0}))
        self.all_pass(tests)
