"""The audit log of a whole deployment: commands and requests leave rows."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED
from synnefod.resources.auditing import Auditing
from synnefod.resources.cloud.mounts import cloud_mounts
from synnefod.resources.identity.mounts import identity_mounts
from synnefod.resources.root import tree
from tests.harness.web import WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

ACCOUNT = "/astakos/account/v1.0"


class AuditTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        house, clock = self.cloud.house, self.cloud.site.clock
        mounts = [
            *cloud_mounts(house.notices, house.feed, house.audit, house.identity, clock),
            *identity_mounts(
                house.identity,
                house.identity,
                house.projects,
                house.resources,
                house.commissions,
                house.identity.rights,
                clock,
                people=house.identity.administration,
            ),
        ]
        for mount in mounts:
            mount.auditing = Auditing(house.recorder)
        self.client = WebClient(tree(mounts), clock=clock)
        user = self.cloud.now(house.identity.users.find(DEMO))
        self.demo = str(user.id)
        self.token, _ = self.cloud.now(house.identity.tokens.issue_api(user.id))

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def test_who_did_what_is_told_with_its_request(self) -> None:
        """OPS-153, OPS-151: a change by token and one by command; reading leaves nothing."""
        patch = self.client.request(
            "PATCH", f"{ACCOUNT}/me", token=self.token, json={"first_name": "Demo"}
        )
        self.assertEqual(patch.status, 200)
        self.client.get(f"{ACCOUNT}/me", token=self.token)
        self.manage("group-add", "staff")
        newest, mine = self.manage("audit-list", "-o", "actor,via,action,target,request_id,outcome")
        self.assertEqual(newest["actor"], "administrator")
        self.assertEqual((newest["via"], newest["action"]), ("command", "command.group-add"))
        self.assertEqual((mine["actor"], mine["action"]), (self.demo, "account.Me.rename"))
        self.assertEqual((mine["target"], mine["outcome"]), ("/me", "done"))
        self.assertEqual(mine["request_id"], patch.headers["x-openstack-request-id"])
        self.assertEqual(len(self.manage("audit-list", "--actor", DEMO)), 1)

    def test_refusals_of_rights_and_failed_sign_ins_are_told(self) -> None:
        """OPS-153: and what is only malformed is not."""
        refused = self.client.post(
            "/cloud/v1/notices", json={"texts": {"en": "x"}}, token=self.token
        )
        self.assertEqual(refused.status, 403)
        user = {"name": DEMO, "domain": {"id": "default"}, "password": "wrong-secret"}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        failed = self.client.post("/v3/auth/tokens", json={"auth": auth})
        self.assertEqual(failed.status, 401)
        self.client.post("/cloud/v1/notices", json={}, token=self.token)
        rows = self.manage("audit-list", "--outcome", "refused", "-o", "action,reason,via")
        self.assertEqual(
            [(row["action"], row["reason"]) for row in rows],
            [("identity.Tokens.issue", "Unauthenticated"), ("cloud.NoticeNoun.add", "Forbidden")],
        )
        self.assertNotIn("wrong-secret", json.dumps(self.manage("audit-list")))

    def test_people_see_their_own_rows_and_administrators_all(self) -> None:
        """15.8: users see rows about themselves."""
        self.client.request("PATCH", f"{ACCOUNT}/me", token=self.token, json={"first_name": "D"})
        self.manage("group-add", "staff")
        found = self.client.get("/cloud/v1/audit?actor=administrator", token=self.token).json()
        self.assertEqual([row["actor"] for row in found["audit"]], [self.demo])
        admin = self.cloud.now(self.cloud.house.identity.users.find("admin@localhost"))
        token, _ = self.cloud.now(self.cloud.house.identity.tokens.issue_api(admin.id))
        page = self.client.get("/cloud/v1/audit?limit=1", token=token).json()
        self.assertEqual(page["audit"][0]["actor"], "administrator")
        rest = self.client.get(f"/cloud/v1/audit?marker={page['next']}", token=token).json()
        self.assertEqual([row["actor"] for row in rest["audit"]], [self.demo])
        for bad in ("outcome=maybe", "limit=x", "limit=0", "since=x", "marker=-1"):
            self.assertEqual(self.client.get(f"/cloud/v1/audit?{bad}", token=token).status, 400)

    def test_a_broken_chain_ends_the_command_with_1(self) -> None:
        """OPS-153: audit-verify"""
        self.manage("group-add", "staff")
        self.cloud.now(self.cloud.house.audit.seal())
        self.assertEqual(self.manage("audit-verify")["sealed"], 1)

        async def tamper(tx: Any) -> None:
            await tx.run("update audit_log set target = '/else'")

        self.cloud.now(self.cloud.house.audit.store.transact("tamper", tamper))
        self.assertEqual(self.manage("audit-verify", code=FAILED)["broken_at"], 1)
