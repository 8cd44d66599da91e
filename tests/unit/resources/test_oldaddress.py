"""Addresses of the old pages that people kept."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.resources.oldaddress import old_addresses
from synnefod.resources.root import tree
from tests.harness.web import WebClient

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Old(SynchronousTestCase):
    def setUp(self) -> None:
        self.web = WebClient(tree([], old_addresses()))

    def led(self, path: str) -> str:
        answer = self.web.get(path, headers=PERSON)
        self.assertEqual(answer.status, 302, path)
        return answer.headers["location"]

    def test_old_addresses_lead_to_where_the_thing_is_now(self) -> None:
        """UI-013: outside the application's own prefix; what is behind `#` stays."""
        for old, new in (
            ("/cyclades/ui", "/ui/"),
            ("/cyclades/ui/", "/ui/"),
            ("/cyclades/ui/machines/console?machine=7&password=x", "/ui/servers/7/console"),
            ("/cyclades/ui/machines/connect?srv=7&ip_address=192.0.2.1", "/ui/servers/7/connect"),
            ("/cyclades/ui/machines/console?machine=../x", "/ui/servers"),
            ("/pithos/ui/", "/ui/files"),
            ("/pithos/ui/containers/pithos/a%20b/c", "/ui/containers/pithos/a%20b/c"),
            ("/pithos/ui/shared/accounts/u/c/p", "/ui/shared/accounts/u/c/p"),
            ("/admin/user", "/ui/staff/users"),
            ("/admin/vm/12", "/ui/staff/servers/12"),
            ("/admin/volume/3/", "/ui/staff/volumes/3"),
            ("/admin/network/3", "/ui/staff/networks/3"),
            ("/admin/ip/3", "/ui/staff/addresses/3"),
            ("/admin/ip_log", "/ui/staff/history"),
            ("/admin/project/p-1", "/ui/staff/projects/p-1"),
            ("/admin/group", "/ui/staff/groups"),
            ("/helpdesk", "/ui/staff/search"),
            ("/helpdesk/ada@example.org", "/ui/staff/search?q=ada%40example.org"),
            ("/helpdesk/2001:db8::1", "/ui/staff/search?q=2001%3Adb8%3A%3A1"),
        ):
            self.assertEqual(self.led(old), new, old)

    def test_a_script_is_told_that_the_connect_text_is_gone(self) -> None:
        """UI-013: a person is led to the page instead."""
        answer = self.web.get("/cyclades/ui/machines/connect?srv=7")
        self.assertEqual(answer.status, 410)
        self.assertIn("/ui/servers/", answer.text)

    def test_no_address_leads_to_another_host(self) -> None:
        for old in ("/cyclades/ui//evil.example.net", "/admin/user/%0d%0aX:y", "/pithos/ui//x"):
            place = self.led(old)
            self.assertTrue(place.startswith("/ui/"), place)
            self.assertNotIn("\n", place)

    def test_a_change_is_refused(self) -> None:
        self.assertEqual(self.web.post("/helpdesk/x").status, 405)
