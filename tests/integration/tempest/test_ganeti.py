"""OpenStack's own acceptance tests of compute against a daemon with a real Ganeti behind it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.harness import ganeti
from tests.harness.tempest import TempestCase, known, longest, prefixes
from tests.integration import journey
from tests.integration.tempest.machines import SETTINGS, prepare

PACKAGE = "tempest.api.compute"
CLUSTERS = os.environ.get(ganeti.VARIABLE, "")
MINUTES = 20


class GanetiTempest(TempestCase):
    if not CLUSTERS:
        skip = f"{ganeti.VARIABLE} is not set"

    def setUp(self) -> None:
        super().setUp()
        self.cluster = Path(CLUSTERS.split(os.pathsep)[-1])
        self.given = ganeti.values(self.cluster)
        self.prefix = f"t{os.urandom(3).hex()}-"
        self.addCleanup(self.sweep)

    def sweep(self) -> None:
        """Leaves the cluster as it was found, also after a failure."""
        node, listing = self.given, ("list", "--no-headers", "-o", "name")
        for name in journey.in_node(node, "gnt-instance", *listing).split():
            if name.startswith(self.prefix):
                removal = ("remove", "--force", "--shutdown-timeout=1", name)
                journey.in_node(node, "gnt-instance", *removal)
        for name in journey.in_node(node, "gnt-network", *listing).split():
            if name.startswith(self.prefix):
                journey.in_node(node, "gnt-network", "disconnect", name, "default")
                journey.in_node(node, "gnt-network", "remove", name)

    def test_servers(self) -> None:
        """Instances of a real cluster are made, listed, stopped, started, rebooted, resized and
        deleted as OpenStack tests it (CMP-403, CMP-413)."""
        first, second = os.urandom(2)
        daemon = self.started(
            **SETTINGS
            | {
                "ganeti": {
                    "simulate": 0,
                    "prefix": self.prefix,
                    "bridge": "gnt-br0",
                    "os": "snf-image+default",
                    "hvparams": {},
                    "node_addresses": ganeti.node_addresses(self.cluster),
                },
                # Ganeti refuses a second network over the same addresses.
                "bootstrap": {"network": f"10.{first}.{second}.0/24", "disk_template": "file"},
                "dispatcher": {"events": False, "poll": True, "poll_fast": 0.5, "reconcile": 0},
            }
        )
        where = ("--clustername", self.given["CLUSTER"], "--url", self.given["RAPI_URL"])
        who = ("--user", self.given["RAPI_USER"], "--pass", self.given["RAPI_PASSWORD"])
        daemon.manage("backend-add", *where, *who, "--drained", "False")
        prepare(self.folder, daemon)
        wanted = prefixes("ganeti_included.txt")
        tests = known([PACKAGE])
        for prefix in wanted:
            self.assertTrue(any(longest(test, [prefix]) for test in tests), prefix)
        self.all_pass([test for test in tests if longest(test, wanted)], MINUTES)
