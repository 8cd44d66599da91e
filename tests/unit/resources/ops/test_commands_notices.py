"""Notices and maintenance, by command and through the door."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import NOT_FOUND, USAGE
from synnefod.resources.cloud.mounts import cloud_mounts
from synnefod.resources.root import tree
from tests.harness.web import WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"
NOTICES = "/cloud/v1/notices"


class NoticeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        house = self.cloud.house
        mounts = cloud_mounts(
            house.notices, house.feed, house.audit, house.identity, self.cloud.site.clock
        )
        self.client = WebClient(tree(mounts), clock=self.cloud.site.clock)

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def token(self, name: str) -> str:
        user = self.cloud.now(self.cloud.house.identity.users.find(name))
        return str(self.cloud.now(self.cloud.house.identity.tokens.issue_api(user.id))[0])

    def test_a_notice_is_told_to_everybody_until_it_is_taken_down(self) -> None:
        """OPS-163: message to users, in their languages, set by a command."""
        made = self.manage("notice-add", "Disks are slow.", "--in", "el=Αργοί δίσκοι.")
        (shown,) = self.client.get(NOTICES).json()["notices"]
        self.assertEqual(shown["texts"], {"en": "Disks are slow.", "el": "Αργοί δίσκοι."})
        self.assertEqual([each["text"] for each in self.manage("notice-list")], ["Disks are slow."])
        self.manage("notice-remove", str(made["id"]))
        self.manage("notice-remove", str(made["id"]), code=NOT_FOUND)
        self.assertEqual(self.client.get(NOTICES).json(), {"notices": [], "read_only": False})
        self.manage("notice-add", "x", "--in", "el", code=USAGE)
        self.manage("notice-add", "x", "--ends", "2020-01-01", code=USAGE)

    def test_maintenance_is_turned_on_and_off(self) -> None:
        """OPS-163: set by a command."""
        self.assertEqual(self.manage("maintenance", "show"), {"read_only": False})
        self.manage("maintenance", "on", "--message", "Moving house.")
        self.assertEqual(self.manage("maintenance", "show")["text"], "Moving house.")
        self.assertTrue(self.client.get(NOTICES).json()["read_only"])
        self.assertEqual(self.manage("maintenance", "off"), {"ended": 1})
        self.assertEqual(self.manage("maintenance", "show"), {"read_only": False})

    def test_administrators_set_them_over_http_and_nobody_else(self) -> None:
        """OPS-163: set by the staff's page, which uses this call."""
        wanted = {"texts": {"en": "Soon."}, "read_only": True}
        refused = self.client.post(NOTICES, json=wanted, token=self.token(DEMO))
        self.assertEqual(refused.status, 403)
        admin = self.token(ADMIN)
        made = self.client.post(NOTICES, json=wanted, token=admin)
        self.assertEqual(made.status, 201, made.text)
        number = made.json()["notice"]["id"]
        self.assertEqual(self.client.delete(f"{NOTICES}/{number}", token=admin).status, 204)
        self.assertEqual(self.client.delete(f"{NOTICES}/{number}", token=admin).status, 404)
        bad = self.client.post(NOTICES, json={"texts": {"en": ""}}, token=admin)
        self.assertEqual(bad.status, 400)
