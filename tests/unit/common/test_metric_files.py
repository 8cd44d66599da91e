"""The alert rules and the dashboard speak of metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import yaml
from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import COMMANDS
from synnefod.common import metrics
from tests.harness.daemon import ROOT

ALERTS = ROOT / "etc" / "prometheus" / "alerts.yml"
RUNBOOKS = ROOT / "docs" / "runbooks.md"
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

    def test_every_alert_leads_to_its_runbook(self) -> None:
        """Each has one, with what it means, where to look and how it is put right; commands that
        are named there exist."""
        text = RUNBOOKS.read_text("utf-8")
        chapters = dict(re.findall(r"(?ms)^## (\w+)\n(.*?)(?=^## |\Z)", text))
        rules = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"][0]["rules"]
        self.assertEqual([rule["alert"] for rule in rules], list(chapters))
        for rule in rules:
            place = f"docs/runbooks.md#{rule['alert'].lower()}"
            self.assertEqual(rule["annotations"]["runbook"], place)
            for part in ("Means", "Look", "Repair"):
                self.assertIn(f"**{part}.** ", chapters[rule["alert"]], rule["alert"])
        ours = re.findall(r"`(?:synnefo-manage )?([a-z]+(?:-[a-z]+)+)[ `]", text)
        self.assertGreater(len(ours), 15)
        known = {*COMMANDS, "synnefo-manage", "gnt-cluster"}
        self.assertEqual(sorted(set(ours) - known), [])

    def test_the_dashboard_names_metrics_that_exist(self) -> None:
        """OPS-150"""
        panels = json.loads(DASHBOARD.read_text())["panels"]
        expressions = " ".join(target["expr"] for panel in panels for target in panel["targets"])
        self.assertEqual(spoken_of(expressions) - names(), set())
