"""Figures about the deployment: for everybody, for who watches over it, and by the command."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from synnefod.admin.main import run
from synnefod.config.sections import LimitsSection
from tests.unit.resources.network.whole import COMPUTE, WholeCase
from tests.unit.resources.ops.deployment import CLUSTER, DEMO

STATS = "/cyclades/admin/stats"
MIB, GIB = 1 << 20, 1 << 30


class Figures(WholeCase):
    def manage(self, *words: str, code: int = 0) -> str:
        """What the command printed."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(list(words), self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return out.getvalue()

    def flavor(self) -> Any:
        return self.get(f"{COMPUTE}/flavors/1")["flavor"]

    def test_public_figures(self) -> None:
        """Without a token: servers by state, as their flavors say in MiB and GiB, and networks;
        five minutes old at most; JSONP on demand (CMP-286, CMP-287, OPS-134, OPS-135)."""
        self.a_server([])
        gone = self.a_server([])["id"]
        self.delete(f"{COMPUTE}/servers/{gone}")
        self.wait(30)
        self.a_network()
        found = self.get(STATS, token="")
        flavor = self.flavor()
        one = {"count": 1, "cpu": flavor["vcpus"], "ram": flavor["ram"], "disk": flavor["disk"]}
        none = dict.fromkeys(one, 0)
        self.assertEqual(found["servers"]["ACTIVE"], one)
        self.assertEqual(found["servers"]["DELETED"], one)
        states = {"BUILD", "ACTIVE", "STOPPED", "ERROR", "REBOOT", "RESIZE", "DELETED"}
        self.assertEqual(set(found["servers"]), states)
        self.assertEqual(found["servers"]["STOPPED"], none)
        self.assertEqual(sum(each["count"] for each in found["networks"].values()), 2)
        simple = self.get(f"{STATS}/simple", token="")
        figures = [simple[f"{name}"] for name in ("spawned_servers", "active_servers")]
        self.assertEqual(figures, [2, 1])
        self.assertEqual(simple["spawned_networks"], 2)
        self.assertEqual(simple["servers"], found["servers"])
        self.a_server([])
        self.assertEqual(self.get(f"{STATS}/simple", token="")["spawned_servers"], 2)
        self.wait(301)
        self.assertEqual(self.get(f"{STATS}/simple", token="")["spawned_servers"], 3)
        answer = self.web.get(f"{STATS}?callback=show", token="")
        self.assertTrue(answer.headers["content-type"].startswith("application/javascript"))
        self.assertRegex(answer.text, r"\A/\*\*/show\(\{.*\}\)\Z")
        self.get(f"{STATS}?callback=a(b", 400, token="")
        self.get("/cyclades/admin/", 404, token="")

    def test_details(self) -> None:
        """For a group: clusters with their nodes, servers by size, networks, pools and images, in
        bytes; of one cluster by number or name; a silent one stays as it was (CMP-288, OPS-134)."""
        self.a_server([])
        self.get(f"{STATS}/detail", 401, token="")
        self.get(f"{STATS}/detail", 403)
        self.cloud.ask("group-add", name="admin-stats")
        self.cloud.ask("user-modify", user=DEMO, add_groups=["admin-stats"])
        found = self.get(f"{STATS}/detail")
        flavor = self.flavor()
        cluster = found["clusters"][CLUSTER]
        said = (cluster["virtual_servers"], cluster["virtual_cpu"], cluster["virtual_ram"])
        self.assertEqual(said, (1, flavor["vcpus"], flavor["ram"] * MIB))
        self.assertEqual(cluster["virtual_disk"], flavor["disk"] * GIB)
        names = {"drained", "offline", "vm_capable", "instances", "cpu", "ram", "disk"}
        for node in cluster["nodes"].values():
            self.assertEqual(set(node), names)
            self.assertGreater(node["ram"]["total"], GIB)
            self.assertLessEqual(node["ram"]["free"], node["ram"]["total"])
        started = found["servers"]["started"]
        self.assertEqual(
            started,
            {
                "count": 1,
                "cpu": {str(flavor["vcpus"]): 1},
                "ram": {str(flavor["ram"] * MIB): 1},
                "disk": {flavor["SNF:disk_template"]: {str(flavor["disk"] * GIB): 1}},
            },
        )
        self.assertEqual(found["images"], {"user:none:none": 1})
        self.assertEqual(set(found["ip_pools"]), {"active", "drained"})
        self.assertTrue(found["networks"])
        number = self.cloud.ask("backend-list")["rows"][0]["id"]
        for name in (str(number), CLUSTER):
            one = self.get(f"{STATS}/detail?backend={name}")
            self.assertEqual(set(one), {"datetime", "clusters", "servers", "images"})
        self.get(f"{STATS}/detail?backend=none", 400)
        self.knobs.rapi = "down"
        self.wait(60)
        later = self.get(f"{STATS}/detail")["clusters"][CLUSTER]
        self.assertEqual(later["nodes"], cluster["nodes"])
        self.assertGreater(later["nodes_age"], 30)

    def test_the_command(self) -> None:
        """By section and cluster, as a tree or as JSON, and from a file of an earlier run
        (OPS-128)."""
        self.a_server([])
        whole = json.loads(self.manage("--json", "stats-cyclades", "--cluster-details", "True"))
        sections = {"datetime", "clusters", "servers", "ip_pools", "networks", "images"}
        self.assertEqual(set(whole), sections)
        self.assertTrue(whole["clusters"][CLUSTER]["nodes"])
        for section in sections - {"datetime"}:
            switch = "--" + section.replace("_", "-")
            left = json.loads(self.manage("--json", "stats-cyclades", switch, "False"))
            self.assertEqual(set(left), sections - {section})
        one = json.loads(self.manage("--json", "stats-cyclades", "--backend", CLUSTER))
        self.assertNotIn("nodes", one["clusters"][CLUSTER])
        self.assertNotIn("networks", one)
        kept = Path(self.mktemp())
        kept.write_text(json.dumps(whole))
        text = self.manage("stats-cyclades", "--json-file", str(kept), "--images", "False")
        self.assertIn(f"  {CLUSTER}:\n    drained: False\n", text)
        self.assertNotIn("images", text)
        kept.write_text("[]")
        self.manage("stats-cyclades", "--json-file", str(kept), code=2)


class Limited(WholeCase):
    sections = {"limits": LimitsSection(address_rate=1.0, address_burst=5, exempt=())}

    def test_who_asks_too_often_waits(self) -> None:
        """The public figures too, which are the same all the while; sizes are as stored
        (OPS-136)."""
        answers = [self.web.get(STATS, token="") for _ in range(12)]
        self.assertIn(429, {answer.status for answer in answers})
        self.assertEqual(answers[0].status, 200)
        self.assertEqual(answers[0].json()["servers"]["ACTIVE"]["ram"], 0)
