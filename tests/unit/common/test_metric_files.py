"""The alert rules and the dashboard speak of metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common import metrics
from tests.harness.daemon import ROOT

ALERTS = ROOT / "etc" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "etc" / "grafana" / "synnefod.json"


def names() -> set[str]:
    """Every series that can be scraped."""
    found = set()
    for family in metrics.registry.collect():
        endings = {
            "counter": ("_total",),
            "histogram": ("_bucket", "_sum", "_count"),
        }.get(family.type, ("",))
        found |= {family.name + ending for ending in endings}
    return found


def spoken_of(text: str) -> set[str]:
    return set(re.findall(r"\b(?:synnefod|process)_[a-z0-9_]+", text))


class Files(SynchronousTestCase):
    def test_alerts_name_metrics_that_exist_and_promtool_takes_them(self) -> None:
        """OPS-150"""
        self.assertEqual(spoken_of(ALERTS.read_text()) - names(), set())
        if shutil.which("promtool") is None:
            self.skipTest("promtool is not installed")
        command = ["promtool", "check", "rules", str(ALERTS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_dashboard_names_metrics_that_exist(self) -> None:
        """OPS-150"""
        panels = json.loads(DASHBOARD.read_text())["panels"]
        expressions = " ".join(target["expr"] for panel in panels for target in panel["targets"])
        self.assertEqual(spoken_of(expressions) - names(), set())
