"""Quotas kept by command, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from synnefod.admin.main import run
from synnefod.admin.transport import USAGE
from synnefod.assembly.policing import policing_of
from synnefod.config.sections import Enforcement
from synnefod.quota.interface import CPU, FLOATING_IP, VM, Provision, project_holder
from tests.unit.resources.network.whole import WholeCase
from tests.unit.resources.ops.deployment import DEMO

COMMAND = "enforce-resources-cyclades"


class Manage(WholeCase):
    def setUp(self) -> None:
        super().setUp()
        self.project = self.cloud.ask("user-show", user=DEMO)["row"]["uuid"]

    def manage(self, *words: str, code: int = 0, typed: str | None = None) -> Any:
        out, err = io.StringIO(), io.StringIO()
        stdin = io.StringIO(typed or "")
        if typed is not None:
            stdin.isatty = lambda: True  # type: ignore[method-assign]
        self.patch(sys, "stdin", stdin)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def limit(self, resource: str, limit: int) -> None:
        words = ("--limit", resource, str(limit), str(limit))
        self.manage("project-modify", self.project, *words)

    def states(self) -> dict[int, str]:
        rows = self.manage("server-list", "-u", DEMO)
        return {row["id"]: row["state"] for row in rows}


class Enforcing(Manage):
    def test_servers_are_shut_down_and_removed(self) -> None:
        """A report changes nothing; --fix shuts down for cpu and removes for vm, asks first unless
        --force, keeps to --max-operations on each cluster, and is content when it is done
        (OPS-114, OPS-115, OPS-117)."""
        servers = sorted(int(self.a_server([])["id"]) for _ in range(3))
        self.wait(30)
        self.limit(CPU, 2)
        found = self.manage(COMMAND)
        self.assertEqual(
            [(row["Type"], row["Resource"], row["Usage"]) for row in found["violations"]],
            [("project", CPU, 3), ("user", CPU, 3)],
        )
        (action,) = found["actions"]
        self.assertEqual((action["Action"], action["ID"]), ("stop", servers[-1]))
        self.assertEqual(action["Backend"], self.cloud.site.cluster().name)
        self.wait(30)
        self.assertEqual(set(self.states().values()), {"STARTED"})
        self.manage(COMMAND, "--fix", code=USAGE)
        self.assertIn("aborted", self.manage(COMMAND, "--fix", code=1, typed="no\n"))
        found = self.manage(COMMAND, "--fix", "--force", "--shutdown-timeout", "7")
        (action,) = found["actions"]
        self.assertEqual(action["Result"], "asked for")
        self.wait(30)
        self.assertEqual(self.states()[servers[-1]], "STOPPED")
        self.assertEqual(self.manage(COMMAND)["violations"], [])
        self.limit(VM, 1)
        found = self.manage(COMMAND, "--resources", "vm", "--fix", "-f", "--max-operations", "1")
        results = [row["Result"] for row in found["actions"]]
        self.assertEqual(results[0], "asked for")
        self.assertIn("postponed", results[1])
        self.wait(30)
        self.manage(COMMAND, "--resources", "vm", "--fix", "--force")
        self.wait(30)
        self.assertEqual(self.states(), {servers[0]: "STARTED"})
        self.assertEqual(self.manage(COMMAND, "--resources", "vm,cpu")["violations"], [])

    def test_whose_quotas_can_be_chosen(self) -> None:
        """Users named: no project's quota; others and projects can be left out; an unknown
        resource and a soft disk are refused; --list-resources tells them (OPS-114, OPS-117)."""
        self.a_server([])
        self.wait(30)
        self.limit(VM, 0)

        def kinds(*words: str) -> list[str]:
            found = self.manage(COMMAND, "--resources", "vm", *words)
            return [row["Type"] for row in found["violations"]]

        self.assertEqual(kinds(), ["project", "user"])
        self.assertEqual(kinds("--users", DEMO), ["user"])
        self.assertEqual(kinds("--users", "admin@localhost"), [])
        self.assertEqual(kinds("--exclude-users", DEMO), ["project"])
        self.assertEqual(kinds("--projects", self.project), ["project", "user"])
        self.assertEqual(kinds("--exclude-projects", self.project), [])
        self.manage(COMMAND, "--resources", "cyclades.fame", code=USAGE)
        self.manage(COMMAND, "--soft-resources", "disk", code=USAGE)
        told = json.dumps(self.manage(COMMAND, "--list-resources"))
        for name in ("cyclades.vm", "cyclades.floating_ip", "cyclades.disk"):
            self.assertIn(name, told)

    def test_what_is_not_settled_is_left_alone(self) -> None:
        """A counter with a pending commission is told and skipped (OPS-117)."""
        self.a_server([])
        self.wait(30)
        wait = [Provision(project_holder(self.project), None, VM, 1)]
        self.now(self.house.commissions.issue(7, wait))
        self.limit(VM, 0)
        found = self.manage(COMMAND, "--resources", "vm", "--projects", self.project)
        self.assertEqual([row["Type"] for row in found["violations"]], ["user"])
        (skipped,) = found["pending commissions"]
        self.assertEqual(skipped["Holder"], f"project:{self.project}")

    def test_addresses_are_detached_then_deleted(self) -> None:
        """Softly an address leaves its server and stays; else a free one is deleted (OPS-115)."""
        self.manage("floating-ip-create", "--user", DEMO)
        self.limit(FLOATING_IP, 0)
        soft = self.manage(COMMAND, "--soft-resources", "floating_ip", "--fix", "--force")
        self.assertEqual(soft["actions"], [])
        (remains, *_) = soft["remaining"]
        self.assertIn("--resources", remains["Why"])
        self.manage(COMMAND, "--resources", "floating_ip", "--fix", "--force")
        self.assertEqual(self.manage("floating-ip-list", "-u", DEMO), [])


class Scheduled(Manage):
    sections = {"enforcement": Enforcement(every=3600, soft_days=7, hard_days=30)}

    def round(self, later: int = 0) -> list[str]:
        """What the letters say that the next look causes, so many days later."""
        store = self.cloud.supports.store

        async def age(tx: Any) -> None:
            await tx.run(
                "update quota_excesses set since = since - :days", days=later * 86_400_000_000
            )

        async def read(tx: Any) -> Any:
            return await tx.all(
                "select recipient, details from letters where event = 'quota exceeded'"
            )

        self.now(store.transact("age", age))
        before = len(self.now(store.read("letters", read)))
        policing = policing_of(self.cloud.config, self.house, self.clock)
        self.now(policing.round())
        self.now(policing.round())
        self.wait(30)
        letters = self.now(store.read("letters", read))[before:]
        self.assertLessEqual({to for to, _ in letters}, {DEMO})
        return sorted({json.loads(details)["said"] for _, details in letters})

    def test_a_schedule_goes_from_a_letter_to_removal(self) -> None:
        """A letter at once and once to each quota, nothing else for the days of grace; then
        softly, then at any price; what is kept again is forgotten (OPS-119)."""
        servers = sorted(int(self.a_server([])["id"]) for _ in range(2))
        self.wait(30)
        self.assertEqual(self.round(), [])
        self.limit(VM, 1)
        (said,) = self.round()
        self.assertIn("make room before", said)
        self.assertEqual(self.round(later=6), [])
        self.assertEqual(set(self.states().values()), {"STARTED"})
        (said,) = self.round(later=1)
        self.assertIn("may be shut down", said)
        self.assertEqual(self.states(), {servers[0]: "STARTED", servers[1]: "STOPPED"})
        self.assertEqual(self.round(later=10), [])
        (said,) = self.round(later=13)
        self.assertIn("may be removed", said)
        self.assertEqual(self.states(), {servers[0]: "STARTED"})
        self.assertEqual(self.round(later=30), [])
        self.limit(VM, 0)
        (said,) = self.round()
        self.assertIn("make room before", said)
