"""What pages and programs of Synnefo ask the web pages for: the bar of all pages, and a ready
configuration of the command line client (identity.md 2.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.common.text import iso_offset
from synnefod.identity.interface.administration import Administration
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser
from synnefod.resources.identity.jsonp import json_or_call
from synnefod.resources.identity.words import language, say

Json = dict[str, Any]
IDENTITY = "/astakos/identity/v2.0"

OWN: Sequence[tuple[str, str, str]] = (
    ("astakos", "/ui/", "Dashboard"),
    ("cyclades", "/ui/servers", "Machines"),
    ("pithos", "/ui/files", "Files"),
)
"""What this daemon has to show: names of components, their pages, and what people call them."""


class Programs:
    """`meta` adds to and overrides what is told of components, by their names."""

    def __init__(
        self,
        rooms: Rooms,
        people: Administration | None,
        browser: Browser,
        meta: Mapping[str, Any],
        cloud: str,
    ) -> None:
        self.rooms = rooms
        self.people = people
        self.browser = browser
        self.meta = meta
        self.cloud = cloud

    @route("GET", "/get_menu", auth=False, quiet=True)
    async def menu(self, call: Call) -> Reply:
        """The person's part of the bar; `location` says which entry the page is."""
        visit = await self.browser.visit(call)
        tongue = language(call.headers.get("Accept-Language", ""))
        root = self.rooms.catalogue.root(call.base)
        pages = root + self.browser.settings.home
        landing = self._absolute(root, self.browser.settings.landing)
        if visit.session is None:
            return json_or_call(call, [{"url": pages + "/login", "name": say(tongue, "sign in")}])
        entries: list[Json] = [
            {"url": landing, "name": visit.session.user.email},
            {"url": landing, "name": say(tongue, "dashboard")},
            {"url": pages + "/logout", "name": say(tongue, "sign out")},
        ]
        here = call.query.one("location", "").strip("/")
        for entry in entries:
            if here and entry["url"].rstrip("/").endswith("/" + here):
                entry["is_active"] = True
        return json_or_call(call, entries)

    @route("GET", "/get_services", auth=False, quiet=True)
    async def services(self, call: Call) -> Reply:
        """What there is to go to, in the order in which it is shown."""
        root = self.rooms.catalogue.root(call.base)
        found = {name: (self._absolute(root, path), title) for name, path, title in OWN}
        for each in await self.people.components() if self.people is not None else ():
            if each.ui_url:
                title = found[each.name][1] if each.name in found else each.name.capitalize()
                found[each.name] = (self._absolute(root, each.ui_url), title)
        rows = [
            self._row(name, url, title, order)
            for order, (name, (url, title)) in enumerate(found.items(), 1)
        ]
        return json_or_call(call, sorted(rows, key=lambda row: (row["order"], row["name"])))

    @route("GET", "/.kamakirc", auth=False, change=True)
    async def configuration(self, call: Call) -> Reply:
        """With a token of its own, shown this once."""
        visit = await self.browser.signed_in(call)
        if isinstance(visit, Reply):
            return visit
        assert visit.session is not None
        token, expires = await self.rooms.tokens.issue_api(visit.session.user.id, label="kamakirc")
        name = "".join(c for c in self.cloud if c.isalnum() or c in "._-") or "default"
        text = (
            f"# The token is good until {iso_offset(expires)}.\n"
            f"[global]\ndefault_cloud = {name}\n\n"
            f'[cloud "{name}"]\n'
            f"url = {self.rooms.catalogue.root(call.base)}{IDENTITY}\n"
            f"token = {token}\n"
        )
        return Reply(
            text,
            headers={
                "Content-Disposition": 'attachment; filename=".kamakirc"',
                "Cache-Control": "no-store",
            },
            content_type="text/plain; charset=UTF-8",
        )

    def _row(self, name: str, url: str, title: str, order: int) -> Json:
        row: Json = {
            "name": name,
            "url": url,
            "order": order,
            "verbose_name": title,
            "cloudbar": {"show": True, "title": title},
            "dashboard": {"show": True, "order": order, "description": ""},
        }
        for key, value in dict(self.meta.get(name, {})).items():
            known = row.get(key)
            if isinstance(known, dict) and isinstance(value, Mapping):
                row[key] = {**known, **value}
            else:
                row[key] = value
        return row

    def _absolute(self, root: str, url: str) -> str:
        return root + url if url.startswith("/") else url
