"""OpenStack's own acceptance tests of networks against a whole daemon."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon
from tests.integration.tempest import test_identity as common

PACKAGE = "tempest.api.network"
MINUTES = 12
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


class NetworkTempest(SynchronousTestCase):
    if not common.INSTALLED:
        skip = "tempest is not installed"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-tempest-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def chosen(self) -> list[str]:
        """The tests to run; fails for one that neither list names."""
        included = common.prefixes("network_included.txt")
        excluded = common.prefixes("network_excluded.txt")
        tests = common.known([PACKAGE])
        for test in tests:
            named = common.longest(test, included) or common.longest(test, excluded)
            self.assertTrue(named, test)
        for prefix in [*included, *excluded]:
            self.assertTrue(any(common.longest(test, [prefix]) for test in tests), prefix)
        return [
            test
            for test in tests
            if common.longest(test, included) > common.longest(test, excluded)
        ]

    def configure(self, daemon: Daemon) -> None:
        common.configure(self.folder, daemon, people=6, neutron=True)
        # Whoever only reads is the same person, whose name Tempest takes for another's.
        accounts = self.folder / "accounts.yaml"
        text = accounts.read_text("utf-8")
        people = re.findall(r"(?ms)^- username: 'tempest.*?(?=^- |\Z)", text)
        readers = "".join(
            each.replace("member, reader", "reader").replace("'tempest", "'TEMPEST", 1)
            for each in people
        )
        accounts.write_text(text + readers, "utf-8")
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
        tests = self.chosen()
        daemon = Daemon(self.folder / "daemon", {"limits": {"token_rate": 0.0}})
        self.addCleanup(daemon.stop)
        daemon.start()
        self.configure(daemon)
        environment = {
            **os.environ,
            "TEMPEST_CONFIG_DIR": str(self.folder),
            "TEMPEST_CONFIG": "tempest.conf",
        }
        done = subprocess.run(
            [sys.executable, "-m", "testtools.run", *tests],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
        told = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, told[-8000:])
        ran = re.search(r"Ran (\d+) tests", told)
        assert ran is not None, told
        self.assertEqual(int(ran[1]), len(tests))
        self.assertNotIn("skip", told.lower())
