"""Pages for those who help people: whose server is this, and starting, stopping, suspending it.

`/cyclades/helpdesk` (CMP-289, CMP-290, OPS-132): asked with a token, or by a browser that is signed
in. What changes something carries the asker's own token in its form, so that no other site's page
can send it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Sequence
from html import escape
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlencode

from attrs import evolve, frozen

from synnefod.common.errors import Forbidden, NotFound, Refusal, Unauthenticated
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.text import iso_plain
from synnefod.compute.interface import Compute, Detail, Wanted
from synnefod.identity.interface import User, Users
from synnefod.identity.interface.sessions import Sessions
from synnefod.network.interface import Network
from synnefod.resources.call import NOBODY, Call, Reply
from synnefod.resources.door import route
from synnefod.resources.forms import FORM_LIMIT, parse_form
from synnefod.resources.identity.browser import SESSION, cookies, named

_SERVER = re.compile(r"vm-?([0-9]{1,18})\Z")
_VERBS = {
    "vm-suspend": "Suspend",
    "vm-suspend-release": "Release",
    "vm-shutdown": "Shut down",
    "vm-start": "Start",
}
_STAFF = Principal(user=UserId(""), name="helpdesk", project=None, is_admin=True)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@frozen
class Helper:
    """Who helps, and what a form of theirs must carry."""

    principal: Principal
    secret: str


@frozen
class HelpdeskPages:
    """`groups`: whose members may use them; `enabled` False: 404."""

    compute: Compute
    network: Network
    users: Users
    sessions: Sessions | None
    groups: Collection[str]
    enabled: bool = True
    show_deleted: bool = False

    @route("GET", "/", auth=None)
    async def start(self, call: Call) -> Reply:
        await self._helper(call)
        asked = call.query.one("account")
        if asked:
            return Reply(status=302, headers={"Location": f"{call.mount}/{quote(asked, safe='')}"})
        return _page(call, "Helpdesk", "")

    @route("GET", "/<query>", auth=None)
    async def search(self, call: Call, query: str) -> Reply:
        helper = await self._helper(call)
        try:
            return await self._found(call, helper, query.strip())
        except NotFound:
            text = f"<p>Nothing is known of {escape(query[:255])}.</p>"
            return evolve(_page(call, "Helpdesk", text), status=404)

    @route("POST", "/actions/<verb>/<int:server>", auth=None)
    async def act(self, call: Call, verb: str, server: int) -> Reply:
        helper = await self._helper(call)
        form = parse_form(await call.stream.read_all(FORM_LIMIT))
        if not hmac.compare_digest(form.get("token", "").encode(), helper.secret.encode()):
            raise Forbidden("The form does not carry your token.")
        if verb not in _VERBS:
            raise NotFound("There is no such action.")
        owner = (await self.compute.servers.show(_STAFF, server)).server.user
        actions, who = self.compute.actions, evolve(helper.principal, is_admin=True)
        problem = {}
        try:
            if verb == "vm-start":
                await actions.start(who, server)
            elif verb == "vm-shutdown":
                await actions.stop(who, server)
            else:
                await actions.suspend(server, suspended=verb == "vm-suspend")
        except Refusal as error:
            problem = {"error": error.message}
        query = f"?{urlencode(problem)}" if problem else ""
        return Reply(status=302, headers={"Location": f"{call.mount}/{quote(owner)}{query}"})

    async def _helper(self, call: Call) -> Helper:
        """By token or by cookie. Raises NotFound, Unauthenticated, Forbidden."""
        if not self.enabled:
            raise NotFound("There is no helpdesk here.")
        principal = call.principal
        secret = call.query.one("X-Auth-Token") or call.headers.get("X-Auth-Token", "")
        if principal is NOBODY:
            cookie = cookies(call.headers).get(named(call, SESSION), "")
            session = await self.sessions.find(cookie) if self.sessions and cookie else None
            if session is None:
                raise Unauthenticated("Sign in first.")
            user = session.user
            roles = frozenset(f"group:{name}" for name in await self.users.groups(user.id))
            principal = Principal(user.id, user.email, None, roles=roles, is_admin=user.is_admin)
            secret = hmac.new(cookie.encode(), b"helpdesk", hashlib.sha256).hexdigest()
        if not principal.has_any(self.groups):
            raise Forbidden("You are in no group that may do this.")
        return Helper(principal, secret)

    async def _found(self, call: Call, helper: Helper, query: str) -> Reply:
        server = _SERVER.match(query)
        if server is not None:
            detail = await self.compute.servers.show(_STAFF, int(server[1]))
            user = await self.users.find(detail.server.user)
            return await self._account(call, helper, user, int(server[1]))
        try:
            address = str(ip_address(query))
        except ValueError:
            return await self._account(call, helper, await self.users.find(query))
        return await self._address(call, address)

    async def _address(self, call: Call, address: str) -> Reply:
        """Who had an address, and when."""
        rows = await self.network.address_history(address)
        if not rows:
            raise NotFound("The address was never anybody's.")
        lines = [
            [iso_plain(moment), action, f"vm-{server}", owner]
            for moment, action, server, owner in rows
        ]
        body = _table(("When", "What", "Server", "Owner"), [_links(call, row) for row in lines])
        return _page(call, f"Address {address}", body)

    async def _account(
        self, call: Call, helper: Helper, user: User, server: int | None = None
    ) -> Reply:
        deleted = self.show_deleted or call.query.one("deleted") == "1"
        wanted = Wanted(everybody=True, user=user.id, since=0 if deleted else None)
        found = await self.compute.servers.list(_STAFF, wanted)
        networks = [row for row in await self.network.networks(_STAFF) if row.owner == user.id]
        body = f"<p>{escape(user.email)}, {escape(user.id)}, "
        body += "active</p>" if user.is_active else "not active</p>"
        problem = call.query.one("error")
        if problem:
            body += f'<p role="alert">{escape(problem[:255])}</p>'
        body += "<h2>Servers</h2>" + _table(
            ("Id", "Name", "State", "Addresses", ""),
            [_row(call, helper, detail, marked=detail.server.id == server) for detail in found],
        )
        body += "<h2>Networks</h2>" + _table(
            ("Id", "Name", "State"),
            [[str(row.id), escape(row.name), escape(row.state)] for row in networks],
        )
        return _page(call, f"Account {user.email}", body)


def _row(call: Call, helper: Helper, detail: Detail, *, marked: bool) -> list[str]:
    row = detail.server
    state = row.life.operstate.value + (", suspended" if row.suspended else "")
    addresses = ", ".join(ip.address for port in detail.ports for ip in port.ips)
    forms = (
        ""
        if row.deleted
        else "".join(
            f'<form method="post" action="{escape(call.mount)}/actions/{verb}/{row.id}">'
            f'<input type="hidden" name="token" value="{escape(helper.secret)}">'
            f"<button>{word}</button></form>"
            for verb, word in _VERBS.items()
        )
    )
    name = f"<strong>{escape(row.name)}</strong>" if marked else escape(row.name)
    return [f"vm-{row.id}", name, escape(state), escape(addresses), forms]


def _links(call: Call, row: Sequence[str]) -> list[str]:
    moment, action, server, owner = (escape(text) for text in row)
    link = f'<a href="{escape(call.mount)}/{{0}}">{{0}}</a>'
    return [moment, action, link.format(server), link.format(owner)]


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`rows` are HTML."""
    head = "".join(f"<th>{title}</th>" for title in titles)
    lines = ("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>"


def _page(call: Call, title: str, body: str) -> Reply:
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<h1>{escape(title)}</h1>"
        f'<form action="{escape(call.mount)}/"><label>E-mail, UUID, address or vm-N: '
        f'<input name="account"></label> <button>Search</button></form>{body}</html>'
    )
    headers: dict[str, Any] = dict(_HEADERS)
    return Reply(text, content_type="text/html; charset=UTF-8", headers=headers)
