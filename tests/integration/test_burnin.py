"""The acceptance test of a deployment, against a daemon with a simulated cluster."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from twisted.trial.unittest import SynchronousTestCase

from synnefod.burnin.notes import Notes
from tests.harness.daemon import ROOT, Daemon, eventually

DEMO = "demo@localhost"


class BurnIn(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-burnin-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        settings = {
            "ganeti": {"simulate": 1},
            "rescue": {"enabled": True},
            "dispatcher": {"poll_fast": 0.5},
        }
        self.daemon = Daemon(self.folder / "daemon", settings)
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.token = self.daemon.account()["SYNNEFO_TOKEN"]

    def burnin(self, *words: str, token: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "synnefod.burnin.main"),
                *("--auth-url", f"{self.daemon.url}/astakos/identity/v2.0"),
                *("--token", token or self.token, "--short", "--query-interval", "0.2"),
                *("--log-folder", str(self.folder / "log"), *words),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=900,
        )
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout, done.stderr

    def send(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(
            self.daemon.url + path,
            None if body is None else json.dumps(body).encode(),
            {"X-Auth-Token": self.token, "Content-Type": "application/json"},
            method=method,
        )
        with urlopen(request, timeout=60) as answer:
            raw = answer.read()
        return json.loads(raw) if raw else None

    def give_it_everything(self) -> None:
        """Another project, a type of volume that stays with its server, a rescue image."""
        manage = self.daemon.manage
        wish = {
            "name": "other.example.org",
            "end_date": "2099-01-01T00:00:00Z",
            "join_policy": "auto",
            "resources": {
                name: {"project_capacity": 1 << 40, "member_capacity": 1 << 40}
                for name in ("cyclades.vm", "cyclades.cpu", "cyclades.ram", "cyclades.disk")
            },
        }
        made = self.send("POST", "/astakos/account/v1.0/projects", wish)
        manage("project-control", "--approve", str(made["application"]))
        join = {"join": {"project": made["id"]}}
        self.send("POST", "/astakos/account/v1.0/projects/memberships", join)
        manage("volume-type-create", "--name", "mirrored", "--disk-template", "drbd")
        manage("flavor-create", "1", "512", "1", "2")
        place = self.folder / "rescue.iso"
        place.write_bytes(b"cd")
        manage(
            *("rescue-image-create", "--name", "rescue", "--location", "rescue.iso"),
            *("--location-type", "file", "--default", "True"),
        )

    def left(self) -> dict[str, Any]:
        """What the user has, and what is charged."""
        quotas = self.send("GET", "/astakos/account/v1.0/quotas")
        manage = self.daemon.manage
        return {
            "servers": manage("server-list", "-u", DEMO),
            "addresses": manage("floating-ip-list", "-u", DEMO),
            "volumes": manage("volume-list", "-u", DEMO),
            "networks": manage("network-list", "-u", DEMO),
            "keypairs": self.send("GET", "/cyclades/compute/v2.0/os-keypairs")["keypairs"],
            "files": [row for row in manage("pithos-manage-accounts", "list") if row["objects"]],
            "usage": {
                (project, name): figures["usage"]
                for project, resources in quotas.items()
                for name, figures in resources.items()
                if figures["usage"]
            },
        }

    def test_a_deployment_passes_and_is_as_it_was(self) -> None:
        """Everything of chapter 9 that needs no running guest is tried as a user and goes well;
        nothing is left, nothing stays charged; the report is there as text, JSON, JUnit XML and
        metrics (OPS-131)."""
        self.give_it_everything()
        before = self.left()
        code, out, err = self.burnin("--json", "--obj-upload-max-size", str(11 << 20))
        told = json.loads(out)
        bad = [each for each in told["results"] if each["outcome"] == "failed"]
        self.assertEqual((code, bad), (0, []), err)
        left_out = [each for each in told["results"] if each["outcome"] == "skipped"]
        self.assertEqual([each["text"] for each in left_out], ["a short run"])
        self.assertEqual((told["failed"], told["failed_suites"]), (0, []))
        self.assertGreaterEqual(len(told["suites"]), 11)
        self.assertEqual(self.left(), before)
        place = self.folder / "log" / told["run"]
        tree = ElementTree.parse(place / "report.xml").getroot()
        cases = [case for suite in tree for case in suite]
        self.assertEqual(len(cases), len(told["results"]))
        self.assertIn("ok ", (place / "details.txt").read_text())
        self.assertIn('outcome="failed"} 0', (place / "burnin.prom").read_text())

        code, _, err = self.burnin(token="no-such-token")
        self.assertEqual((code, "401" in err), (5, True), err)
        code, _, err = self.burnin("--set-tests", "NoSuchSuite")
        self.assertEqual((code, "AstakosTestSuite" in err), (2, True), err)

        self.leftovers_are_found(before)

        self.daemon.manage("maintenance", "on")
        suites = "FlavorsTestSuite,PithosTestSuite"
        code, out, _ = self.burnin("--set-tests", suites, "--final-report-only")
        self.assertEqual(code, 1, out)
        self.assertIn("failed  PithosTestSuite", out)
        self.assertNotIn("failed  FlavorsTestSuite", out)
        self.daemon.manage("maintenance", "off")
        self.assertEqual(self.left(), before)

    def leftovers_are_found(self, before: dict[str, Any]) -> None:
        """What runs that were killed left is listed, each kind by its suite, and removed; what
        only looks like it stays (OPS-131)."""
        compute, network = "/cyclades/compute/v2.0", "/cyclades/network/v2.0"
        self.assertEqual(self.burnin("--show-stale", "--quiet")[0], 0)
        kept = self.send("POST", f"{network}/floatingips", {"floatingip": {}})["floatingip"]
        noted = self.send("POST", f"{network}/floatingips", {"floatingip": {}})["floatingip"]
        worn = self.send("POST", f"{network}/floatingips", {"floatingip": {}})["floatingip"]
        user = kept["user_id"]
        notes = Notes(self.folder / "log/left", f"{self.daemon.url}/astakos/identity/v2.0", user)
        notes.take(noted)
        Notes(notes.folder, "https://another.example.org", user).take(kept)
        flavor = self.send("GET", f"{compute}/flavors")["flavors"][0]["id"]
        image = self.daemon.manage("image-list", "--public")[0]["id"]
        wish = {
            "name": "snf-test-left-server",
            "flavorRef": flavor,
            "imageRef": image,
            "metadata": {},
            "networks": [
                {"uuid": worn["floating_network_id"], "fixed_ip": worn["floating_ip_address"]}
            ],
        }
        server = self.send("POST", f"{compute}/servers", {"server": wish})["server"]

        def active() -> bool:
            shown = self.send("GET", f"{compute}/servers/{server['id']}")["server"]
            return bool(shown["status"] == "ACTIVE" and not shown["SNF:task_state"])

        eventually("the server that is left runs", active)
        wish = {"type": "MAC_FILTERED", "name": "snf-test-left-network"}
        self.send("POST", f"{network}/networks", {"network": wish})
        self.send("POST", f"{compute}/os-keypairs", {"keypair": {"name": "snf-test-left"}})

        code, out, _ = self.burnin("--show-stale", "--no-colors")
        self.assertEqual(code, 1, out)
        for suite, left in (
            ("Servers", "snf-test-left-server"),
            ("FloatingIPs", noted["floating_ip_address"]),
            ("FloatingIPs", worn["floating_ip_address"]),
            ("Networks", "snf-test-left-network"),
            ("Keypairs", "snf-test-left"),
        ):
            (line,) = [each for each in out.splitlines() if f"Stale{suite}TestSuite" in each]
            self.assertIn(left, line)
        self.assertNotIn(f"{kept['floating_ip_address']},", out.replace("\n", ","))
        code, out, err = self.burnin("--delete-stale", "--quiet")
        self.assertEqual((code, out), (0, ""), err)
        self.assertEqual(self.burnin("--show-stale", "--quiet")[0], 0)
        left = [each["id"] for each in self.send("GET", f"{network}/floatingips")["floatingips"]]
        self.assertEqual(left, [kept["id"]])
        with urlopen(
            Request(
                f"{self.daemon.url}{network}/floatingips/{kept['id']}",
                headers={"X-Auth-Token": self.token},
                method="DELETE",
            ),
            timeout=60,
        ) as answer:
            self.assertEqual(answer.status, 204)
        self.assertEqual(self.left(), before)
