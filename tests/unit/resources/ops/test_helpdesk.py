"""The pages for those who help people."""

from __future__ import annotations

import re
from typing import Any

from synnefod.config.sections import ComputeSection
from tests.unit.resources.network.whole import COMPUTE, WholeCase
from tests.unit.resources.ops.deployment import DEMO

DESK = "/cyclades/helpdesk"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Desk(WholeCase):
    def setUp(self) -> None:
        super().setUp()
        self.staff = self.person("staff@example.org")
        self.cloud.ask("group-add", name="helpdesk")
        self.cloud.ask("user-modify", user="staff@example.org", add_groups=["helpdesk"])
        self.user = self.now(self.house.identity.users.find(DEMO))

    def page(self, path: str, status: int = 200, **more: Any) -> str:
        answer = self.web.get(DESK + path, **{"token": self.staff, **more})
        self.assertEqual(answer.status, status, answer.text)
        return str(answer.text)

    def act(self, verb: str, server: int, status: int = 302, token: str = "", **more: Any) -> str:
        path = f"{DESK}/actions/{verb}/{server}"
        body = f"token={token or self.staff}".encode()
        options = {"token": self.staff, "body": body, "headers": FORM, **more}
        answer = self.web.post(path, **options)
        self.assertEqual(answer.status, status, answer.text)
        return str(answer.headers.get("location", ""))

    def test_searching(self) -> None:
        """By e-mail, UUID, server and address; the address by its history (CMP-289, CMP-290,
        OPS-132)."""
        server = self.a_server(name="<b>it</b>")
        address = server["attachments"][0]["ipv4"]
        answer = self.web.get(f"{DESK}/?account=vm-{server['id']}", token=self.staff)
        self.assertEqual(
            (answer.status, answer.headers["location"]), (302, f"{DESK}/vm-{server['id']}")
        )
        self.assertIn("<form", self.page("/"))
        for query in (DEMO, self.user.id, f"vm-{server['id']}", f"vm{server['id']}"):
            text = self.page(f"/{query}")
            for expected in (DEMO, self.user.id, f"vm-{server['id']}", "STARTED", address):
                self.assertIn(expected, text, query)
            self.assertIn("&lt;b&gt;it&lt;/b&gt;", text)
        self.delete(f"{COMPUTE}/servers/{server['id']}")
        self.wait(30)
        self.assertNotIn(f"<td>vm-{server['id']}", self.page(f"/{DEMO}"))
        self.assertIn(f"<td>vm-{server['id']}", self.page(f"/{DEMO}?deleted=1"))
        text = self.page(f"/{address}")
        self.assertEqual(
            re.findall("<td>((?:dis)?associate)</td>", text), ["disassociate", "associate"]
        )
        self.assertIn(self.user.id, text)
        for query in ("nobody@example.org", "vm-99", "203.0.113.250", "2001:db8::1"):
            self.page(f"/{query}", 404)

    def test_helping(self) -> None:
        """Stopped, started, suspended and released by the services' own operations, with a record
        of who did it; what is refused is told (CMP-289, CMP-290, OPS-132, OPS-133)."""
        number = self.a_server([])["id"]
        self.assertTrue(self.act("vm-shutdown", number).endswith(f"/{self.user.id}"))
        self.wait()
        self.assertEqual(self.server(number)["status"], "STOPPED")
        self.assertIn("error=", self.act("vm-shutdown", number))
        self.act("vm-start", number)
        self.wait()
        self.assertEqual(self.server(number)["status"], "ACTIVE")
        self.act("vm-suspend", number)
        self.assertIs(self.server(number)["suspended"], True)
        where = self.act("vm-suspend", number)
        self.assertIn("alert", self.page(where.removeprefix(DESK)))
        self.act("vm-suspend-release", number)
        self.assertIs(self.server(number)["suspended"], False)
        rows = self.cloud.ask("audit-list")["rows"]
        self.assertTrue([row for row in rows if "helpdesk" in str(row)], rows)

    def test_whose_forms_are_taken(self) -> None:
        """Those with the asker's own token; others neither see nor do anything (CMP-289)."""
        number = self.a_server([])["id"]
        self.act("vm-shutdown", number, 403, token="other")
        self.act("vm-shutdown", number, 403, token=self.demo)
        self.act("vm-nothing", number, 404)
        self.act("vm-start", 99, 404)
        for token, status in (("", 401), ("wrong", 401), (self.demo, 403)):
            self.page(f"/{DEMO}", status, token=token)
        self.assertEqual(self.server(number)["status"], "ACTIVE")

    def test_a_browser_that_is_signed_in(self) -> None:
        """Its cookie stands for the token, and its forms carry what another page cannot know
        (OPS-132)."""
        number = self.a_server([])["id"]
        staff = self.now(self.house.identity.users.find("staff@example.org"))
        begun = self.now(
            self.house.identity.sessions.begin(
                staff.id, method="local", address="192.0.2.7", agent="test"
            )
        )
        signed = {"token": "", "headers": {**FORM, "Cookie": f"synnefo_session={begun.secret}"}}
        text = self.page(f"/{DEMO}", **signed)
        secret = re.findall('name="token" value="([^"]+)"', text)[0]
        self.assertNotIn(begun.secret, text)
        path = f"{DESK}/actions/vm-suspend/{number}"
        for token, status in (("x", 403), ("", 403), (secret, 302)):
            answer = self.web.post(path, body=f"token={token}".encode(), **signed)
            self.assertEqual(answer.status, status, answer.text)
        self.assertIs(self.server(number)["suspended"], True)


class Closed(WholeCase):
    sections = {"compute": ComputeSection(helpdesk=False)}

    def test_there_is_none_where_it_is_switched_off(self) -> None:
        """404 for everything (OPS-132, CMP-289)."""
        for path in ("/", f"/{DEMO}"):
            self.get(f"{DESK}{path}", 404)
        answer = self.web.post(f"{DESK}/actions/vm-start/1", body=b"token=x", headers=FORM)
        self.assertEqual(answer.status, 404)
