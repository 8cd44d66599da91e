"""Signing in against real providers: a directory (slapd), and OpenID Connect over HTTP; on both
engines, through the door."""

from __future__ import annotations

import json
import os
import re
from typing import Any
from unittest import skipIf
from urllib.parse import parse_qs, urlencode, urlsplit

from attrs import evolve
from twisted.internet import defer, reactor
from twisted.trial.unittest import TestCase
from twisted.web.server import Site

from synnefod.common.errors import Unauthenticated, Unavailable
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.providers.ldap import Ldap, LdapSettings
from synnefod.identity.providers.openid import OpenId, OpenIdSettings
from synnefod.identity.rooms import WaySettings
from synnefod.mail.memory import MemoryMailer
from synnefod.protocols.http.client import Client
from synnefod.protocols.ldap import DirectoryServer
from synnefod.protocols.openid import OpenIdClient, Party
from tests.harness import slapd
from tests.harness.cloud import PASSWORD, assemble, web
from tests.harness.database import OnPostgres, OnSqlite, started_threads
from tests.harness.openid import CLIENT, SECRET, OpenIdProvider, resource

UI = "/astakos/ui"
HOST = "http://cloud.example.org"
TOLD = json.loads(os.environ.get(slapd.VARIABLE, "{}"))
NO_LDAP = None if TOLD else f"{slapd.VARIABLE} is not set"
NAMES = {
    "identifier": "employeeNumber",
    "email": "mail",
    "first_name": "givenName",
    "last_name": "sn",
}
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')


def directory(**changes: Any) -> Ldap:
    """The real one; without it nobody asks."""
    tls = changes.pop("tls", "implicit")
    port = TOLD.get("tls_port" if tls == "implicit" else "port", 1)
    verify = changes.pop("verify", TOLD.get("ca", "system"))
    server = DirectoryServer("localhost", changes.pop("port", port), tls, verify, 30.0)
    settings = LdapSettings(
        server,
        f"ou=people,{slapd.BASE}",
        reader=slapd.READER,
        reader_password=slapd.PASSWORD,
        attributes=NAMES,
        group_base=f"ou=groups,{slapd.BASE}",
    )
    return Ldap(evolve(settings, **changes), reactor)


class Directories(TestCase):
    """The provider itself, asking the real directory."""

    skip = NO_LDAP
    timeout = 120

    async def refused(self, who: str, password: str, **changes: Any) -> None:
        try:
            claim = await directory(**changes).prove(who, password)
        except Unauthenticated:
            return
        self.fail(f"{who!r} came in: {claim}")

    async def test_people_are_found_and_bound(self) -> None:
        """identity.md 2.10, 6.3: over TLS of both kinds, with what the directory tells."""
        for changes in (
            {"tls": "implicit"},
            {"tls": "starttls"},
            {"tls": "none"},
            {"name": f"uid={{user}},ou=people,{slapd.BASE}"},
        ):
            claim = await directory(**changes).prove("grace", slapd.PASSWORD)
            self.assertEqual(
                (claim.identifier, claim.email, claim.first_name, claim.last_name, claim.groups),
                ("7", "Grace@example.org", "Grace", "Hopper", ("navy", "staff")),
            )

    async def test_names_mean_nothing_to_the_directory(self) -> None:
        """identity.md 6.3: filter values and names are escaped."""
        for changes in ({}, {"name": f"uid={{user}},ou=people,{slapd.BASE}", "reader": ""}):
            if changes:
                changes = {**changes, "group_base": ""}
            claim = await directory(**changes).prove("zoé (x)*", slapd.PASSWORD)
            self.assertEqual((claim.identifier, claim.last_name), ("8", "Ζωή"))
            odd = ("*", "g*", "grace)(uid=*", "(uid=grace)", "x,ou=people", "gr\\61ce", "é" * 500)
            for name in odd:
                await self.refused(name, slapd.PASSWORD, **changes)

    async def test_wrong_and_empty_passwords_are_refused(self) -> None:
        """identity.md 6.3: an empty one, which the directory would take for anonymous, unasked."""
        for name, password in (("grace", ""), ("grace", "wrong"), ("nobody", "x"), ("", "x")):
            await self.refused(name, password)
            await self.refused(name, password, name=f"uid={{user}},ou=people,{slapd.BASE}")
        nowhere = directory(port=1)
        error = await self.assertFailure(
            defer.ensureDeferred(nowhere.prove("grace", "")), Unauthenticated
        )
        self.assertIn("not right", str(error))

    async def test_what_is_forced_must_be_there(self) -> None:
        """identity.md 2.10: a missing forced attribute is an error on the sign-in page."""
        forced = frozenset({"email"})
        claim = await directory(forced=forced).prove("grace", slapd.PASSWORD)
        self.assertEqual(claim.forced, forced)
        await self.refused("nomail", slapd.PASSWORD, forced=forced)
        await self.refused("nomail", slapd.PASSWORD, attributes={**NAMES, "identifier": "mail"})

    async def test_a_directory_that_fails_is_no_wrong_password(self) -> None:
        """identity.md 6.3: unreachable, or with a certificate that we do not trust."""
        for changes in (
            {"port": 1},
            {"verify": "system"},
            {"verify": "system", "tls": "starttls"},
            {"verify": "sha256:" + "00" * 32},
            {"reader_password": "wrong"},
            {"filter": "(((uid={user}"},
        ):
            work = defer.ensureDeferred(directory(**changes).prove("grace", slapd.PASSWORD))
            await self.assertFailure(work, Unavailable)


class Suite:
    """A cloud with real providers, and a browser that waits."""

    timeout = 300

    async def setUp(self: Any) -> None:
        store = await self.make_store()
        self.cookies: dict[str, str] = {}
        self.provider = OpenIdProvider(reactor, "")
        port = reactor.listenTCP(  # type: ignore[attr-defined]
            0, Site(resource(self.provider)), interface="127.0.0.1"
        )
        self.addCleanup(port.stopListening)
        self.provider.issuer = f"http://127.0.0.1:{port.getHost().port}"
        party = Party(self.provider.issuer, CLIENT, SECRET)
        http = Client(reactor, per_host=0)
        self.addCleanup(lambda: defer.ensureDeferred(http.close()))
        settings = OpenIdSettings("oidc", "Example", party)
        offered: dict[str, Any] = {
            "ldap": directory(),
            "oidc": OpenId(settings, OpenIdClient(party, http, reactor)),
        }
        policies = {
            "ldap": {"mirror_groups": True, "autoverify": True},
            "oidc": {"add_groups": ["friends"]},
        }
        ways = WaySettings(False, ("local", "ldap", "oidc"), offered, policies)
        life = LifeSettings(HOST + UI, moderation=False)
        self.cloud = assemble(
            store, reactor, started_threads(self), life=life, mailer=MemoryMailer(), ways=ways
        )
        await self.cloud.first_start.prepare()
        self.web = web(self.cloud)
        self.ada = await self.cloud.person()

    async def ask(self: Any, method: str, path: str, fields: dict[str, str] | None = None) -> Any:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(fields).encode() if fields else None
        exchange = self.web.start(method, path.removeprefix(HOST), headers=headers, body=body)
        answer = await exchange.done
        exchange.hang_up()
        for name, value in re.findall(
            r"(?:^|, )([\w-]+)=([^;,]*); Path=/", answer.headers.get("set-cookie", "")
        ):
            self.cookies[name] = value
        return answer

    async def submit(self: Any, path: str, fields: dict[str, str], form: str = "") -> Any:
        page = await self.ask("GET", form or path)
        found = _CSRF.search(page.text)
        assert found is not None, page.text
        return await self.ask("POST", path, {"csrf": found[1], **fields})

    async def names(self: Any, user: Any) -> list[tuple[str, str]]:
        ways = await self.cloud.identity.methods.ways(user.id)
        return [(each.module, each.identifier) for each in ways.methods]

    async def test_a_provider_over_http_signs_people_in(self: Any) -> None:
        """AST-151, AST-142: discovery, keys, code and proof over the wire, then added to one's
        account, and used."""
        await self.submit("/login", {"username": self.ada.email, "password": PASSWORD})
        started = await self.submit(f"{UI}/login/oidc", {})
        target = self.provider.consent(started.headers["location"], sub="7", email="a@b.org")
        answer = await self.ask("GET", target)
        self.assertIn("good=added", answer.headers["location"])
        self.assertEqual(await self.names(self.ada), [("local", ""), ("oidc", "7")])
        self.assertEqual(await self.cloud.identity.users.groups(self.ada.id), ("friends",))
        self.cookies.clear()
        started = await self.ask("GET", f"{UI}/login/oidc?next=/ui/x")
        target = self.provider.consent(started.headers["location"], sub="7", email="a@b.org")
        answer = await self.ask("GET", target)
        self.assertEqual(answer.headers["location"], "/ui/x")
        self.assertIn("synnefo_session", self.cookies)

    async def test_two_people_cannot_take_one_identity_at_once(self: Any) -> None:
        """AST-143: the store itself allows one."""
        from synnefod.identity.interface.methods import Claim

        bob = await self.cloud.person("bob@example.org")
        methods, claim = self.cloud.identity.methods, Claim("oidc", "7")
        works = [
            defer.ensureDeferred(methods.arrive(claim, "x" * 43, person.id))
            for person in (self.ada, bob)
        ]
        told = sorted([(await work).what for work in works])
        self.assertEqual(told, ["added", "refused"])

    @skipIf(NO_LDAP is not None, NO_LDAP or "")
    async def test_people_of_the_directory_sign_in(self: Any) -> None:
        """AST-148, AST-144: a vouched address needs no letter; groups are the directory's."""
        fields = {"username": "grace", "password": slapd.PASSWORD}
        answer = await self.submit(f"{UI}/login/ldap", fields)
        place = answer.headers["location"]
        token = parse_qs(urlsplit(place).query)["third_party_token"][0]
        form = {"third_party_token": token, "provider": "ldap", "email": "Grace@example.org"}
        answer = await self.submit(f"{UI}/signup", form, place)
        self.assertEqual(answer.headers["location"], "/ui/")
        grace = await self.cloud.identity.users.find("grace@example.org")
        self.assertEqual(await self.names(grace), [("ldap", "7")])
        groups = await self.cloud.identity.users.groups(grace.id)
        self.assertEqual(set(groups), {"navy", "staff"})
        await self.cloud.identity.administration.add_group("old")
        await self.cloud.identity.administration.set_groups(grace.id, ["old"], ["navy"])
        self.cookies.clear()
        answer = await self.submit(f"{UI}/login/ldap", fields)
        self.assertEqual(answer.headers["location"], "/ui/")
        groups = await self.cloud.identity.users.groups(grace.id)
        self.assertEqual(set(groups), {"navy", "staff"})

    async def test_profiles_hold(self: Any) -> None:
        """AST-146, AST-191: stored, assigned, reassigned, read at sign-in."""
        from synnefod.identity.interface.methods import PolicyProfile

        desk = self.cloud.identity.policies
        await desk.add(PolicyProfile(0, "closed", "local", policies={"login": False}))
        await desk.assign("closed", [self.ada.id], [])
        fields = {"username": self.ada.email, "password": PASSWORD}
        await self._stays_outside(fields)
        await self.cloud.identity.administration.add_group("staff")
        await desk.assign("closed", [], ["staff"])
        self.assertEqual((await self.submit("/login", fields)).status, 302)
        self.cookies.clear()
        await self.cloud.identity.administration.set_groups(self.ada.id, ["staff"], [])
        await self._stays_outside(fields)
        await desk.remove("closed")
        self.assertEqual((await self.submit("/login", fields)).status, 302)

    async def _stays_outside(self: Any, fields: dict[str, str]) -> None:
        """The page says that the account has no password here, and no session begins."""
        answer = await self.submit("/login", fields)
        self.assertEqual(answer.status, 200)
        self.assertIn("no password of this cloud", answer.text)
        self.assertNotIn("location", answer.headers)


class ProvidersOnSqlite(OnSqlite, Suite, TestCase):
    """SQLite."""


class ProvidersOnPostgres(OnPostgres, Suite, TestCase):
    """PostgreSQL."""
