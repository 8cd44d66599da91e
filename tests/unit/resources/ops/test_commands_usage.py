"""What the ledger counts compared with what there is, by command."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.compute.interface import NewServer
from synnefod.network.interface import NewFloatingIp, OwnNetwork
from synnefod.quota.interface import CPU, DISK, RAM, VM, Charge, Provision, project_holder
from tests.unit.resources.ops.deployment import DEMO, Deployment

RESOURCES, COMMISSIONS = "reconcile-resources-cyclades", "reconcile-commissions-cyclades"


class UsageTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        self.cloud.add_cluster(drained=False)
        self.house = self.cloud.house
        demo = self.cloud.ask("user-show", user=DEMO)["row"]["uuid"]
        own = ProjectId(demo)
        self.demo = Principal(UserId(demo), DEMO, own, frozenset({own}))

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def server(self) -> int:
        image = self.cloud.ask("image-list")["rows"][0]["id"]
        flavor = self.cloud.ask("flavor-list")["rows"][0]["id"]
        wanted = NewServer(name="db1", flavor=flavor, image=image)
        creation = self.house.compute.compute.creation
        detail, _ = self.cloud.now(creation.create(self.demo, wanted))
        return int(detail.server.id)

    def charge(self, resource: str, quantity: int) -> None:
        charge = Charge(self.demo.user, self.demo.project, resource, quantity)
        ledger = self.house.quota
        self.cloud.now(
            self.house.identity.store.transact(
                "spoil", lambda tx: ledger.charge(tx, [charge], force=True)
            )
        )

    def test_what_everything_uses_is_what_is_counted(self) -> None:
        """OPS-113: servers with their disks, private networks and floating addresses."""
        self.assertEqual(self.manage(RESOURCES), [])
        self.server()
        self.assertEqual(self.manage(RESOURCES), [])
        self.cloud.site.wait(30, step=0.5)
        self.cloud.now(self.house.network.create_own(self.demo, OwnNetwork("n")))
        self.cloud.now(self.house.network.create_floating_ip(self.demo, NewFloatingIp()))
        self.assertEqual(self.manage(RESOURCES), [])
        quota = self.cloud.now(self.house.projects.quotas(users=[self.demo.user]))
        mine = quota[self.demo.user][self.demo.project]
        counted = ("cyclades.vm", "cyclades.network.private", "cyclades.floating_ip")
        self.assertEqual([mine[name].usage for name in counted], [1, 1, 1])

    def test_counters_that_are_off_are_put_right(self) -> None:
        """OPS-113: `--fix`; `--user` looks at one person alone."""
        self.server()
        self.charge(VM, 2)
        self.charge(DISK, -(1 << 30))
        rows = self.manage(RESOURCES, code=FAILED)
        found = {(row["resource"], row["exists"], row["counted"]) for row in rows}
        self.assertIn(("cyclades.vm", 1, 3), found)
        self.assertEqual({row["resource"] for row in rows}, {VM, DISK})
        self.assertEqual(len(rows), 4)
        self.assertEqual(self.manage(RESOURCES, "--user", "admin@localhost"), [])
        fixed = self.manage(RESOURCES, "--fix")
        self.assertEqual({row["fixed"] for row in fixed}, {True})
        self.assertEqual(self.manage(RESOURCES), [])

    def test_counters_with_a_pending_change_are_told_and_left_alone(self) -> None:
        """OPS-113: pending commissions on a holder: skipped and told."""
        self.charge(CPU, 5)
        wait = [Provision(project_holder(self.demo.project), None, CPU, 1)]
        serial = self.cloud.now(self.house.commissions.issue(7, wait))
        rows = self.manage(RESOURCES, "--fix", code=FAILED)
        whole = [row for row in rows if row["source"] is None]
        self.assertEqual([(row["pending"], row["fixed"]) for row in whole], [(True, False)])
        self.cloud.now(self.house.commissions.resolve(7, [], [serial]))
        self.manage(RESOURCES, "--fix")
        self.assertEqual(self.manage(RESOURCES), [])

    def test_commissions_that_no_server_waits_for_are_rejected(self) -> None:
        """OPS-113: and those of other components are theirs."""
        wait = [Provision(project_holder(self.demo.project), None, RAM, 1)]
        mine = self.cloud.now(self.house.commissions.issue(0, wait, name="lost"))
        self.cloud.now(self.house.commissions.issue(7, wait, name="another's"))
        self.assertEqual(self.manage(COMMISSIONS), [])
        self.cloud.site.wait(61, step=5)
        (row,) = self.manage(COMMISSIONS, code=FAILED)
        self.assertEqual((row["serial"], row["result"]), (mine, "reported"))
        (row,) = self.manage(COMMISSIONS, "--fix")
        self.assertEqual(row["result"], "rejected")
        self.assertEqual(self.manage(COMMISSIONS), [])
        self.assertEqual(len(self.manage("commission-list")), 1)
