"""A cloud with several ways to sign in, for tests through the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, evolve, field
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Unauthenticated, Unavailable
from synnefod.identity.interface import User
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.interface.methods import Claim, Provider
from synnefod.identity.letters import Postman
from synnefod.identity.providers.openid import OpenId, OpenIdSettings
from synnefod.identity.providers.shibboleth import Shibboleth, ShibbolethSettings
from synnefod.identity.rooms import WaySettings
from synnefod.mail.memory import MemoryMailer
from synnefod.protocols.openid import OpenIdClient, Party
from synnefod.resources.identity.browser import BrowserSettings
from tests.harness.browser import Browser
from tests.harness.cloud import done, in_memory, web
from tests.harness.openid import CLIENT, SECRET, InMemory, OpenIdProvider

UI = "/astakos/ui"
ME = "/astakos/account/v1.0/me"
HOME = "https://cloud.example.org" + UI
ISSUER = "https://id.example.net"
PROXY = "192.0.2.7"
GRACE = {"sub": "7", "email": "grace@example.org", "given_name": "Grace", "family_name": "Hopper"}


@define
class Directory:
    """Stands in for an LDAP directory: people by name, each a password and a claim."""

    people: dict[str, tuple[str, Claim]] = field(factory=dict)
    down: bool = False
    forced: frozenset[str] = frozenset()

    @property
    def card(self) -> Provider:
        return Provider("ldap", "Directory", "form", self.forced)

    async def prove(self, identifier: str, password: str) -> Claim:
        if self.down:
            raise Unavailable("The directory does not answer. Try again later.")
        known, claim = self.people.get(identifier, ("", Claim("ldap", "")))
        if not password or known != password:
            raise Unauthenticated("The name or the password is not right.")
        return evolve(claim, forced=self.forced)


class WaysCase(SynchronousTestCase):
    """All kinds of providers, and Ada, who has a password."""

    def setUp(self) -> None:
        self.start()

    def start(
        self,
        policies: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        names: tuple[str, ...] = ("local", "oidc", "shibboleth", "ldap"),
        life: Mapping[str, Any] | None = None,
        browsers: BrowserSettings | None = None,
        forced: frozenset[str] = frozenset(),
        shibboleth: ShibbolethSettings | None = None,
        plain: bool = False,
    ) -> None:
        settings = LifeSettings(HOME, **{"moderation": False, **(life or {})})
        self.mailer = MemoryMailer()
        self.directory = Directory()
        self.party = Party(ISSUER, CLIENT, SECRET)
        if plain:
            self.party = Party(
                "",
                CLIENT,
                SECRET,
                ("users.read",),
                *(f"{ISSUER}/{each}" for each in ("authorize", "token", "userinfo")),
                False,
            )
        offered: dict[str, Any] = {
            "ldap": self.directory,
            "shibboleth": Shibboleth(shibboleth or ShibbolethSettings()),
        }
        ways = WaySettings(settings.moderation, names, offered, policies or {})
        self.cloud = in_memory(life=settings, mailer=self.mailer, ways=ways)
        self.provider = OpenIdProvider(self.cloud.clock, ISSUER, plain=plain)
        attributes = (
            {"identifier": "data.id", "first_name": "data.name"}
            if plain
            else {
                "identifier": "sub",
                "email": "email",
                "first_name": "given_name",
                "last_name": "family_name",
            }
        )
        client = OpenIdClient(self.party, InMemory(self.provider), self.cloud.clock)
        offered["oidc"] = OpenId(
            OpenIdSettings("oidc", "Example", self.party, attributes, forced), client
        )
        self.web = web(self.cloud, browsers=browsers, proxies=(PROXY,))
        self.ada = done(self.cloud.person())
        self.browser = Browser(self.web)
        self.postman = Postman(self.cloud.store, self.cloud.clock, self.mailer, HOME)

    # The provider with pages of its own

    def trip(self, browser: Browser | None = None, query: str = "", **claims: Any) -> Any:
        """To the provider and back: the answer to the browser's return."""
        browser = browser or self.browser
        started = browser.get(f"{UI}/login/oidc{query}")
        return self.back(browser, started, **claims)

    def back(self, browser: Browser, started: Any, **claims: Any) -> Any:
        self.assertEqual(started.status, 302, started.text)
        target = self.provider.consent(started.headers["location"], **(claims or GRACE))
        return browser.get(target.removeprefix("http://cloud.example.org"))

    def join(self, **claims: Any) -> Any:
        """The signed-in browser adds an identity of the provider."""
        started = self.browser.submit(f"{UI}/login/oidc", {})
        return self.back(self.browser, started, **claims)

    def token_of(self, answer: Any) -> str:
        """The token of the sign-up form that an answer leads to."""
        self.assertEqual(answer.status, 302, answer.text)
        found = parse_qs(urlsplit(answer.headers["location"]).query)
        self.assertIn("third_party_token", found, answer.headers["location"])
        return found["third_party_token"][0]

    def sign_up(self, token: str, browser: Browser | None = None, **fields: str) -> Any:
        place = f"{UI}/signup?third_party_token={token}"
        given = {"third_party_token": token, "provider": "oidc", "email": "grace@example.org"}
        return (browser or self.browser).submit(f"{UI}/signup", {**given, **fields}, form=place)

    # What came of it

    def letters(self, event: str) -> list[Any]:
        done(self.postman.deliver())
        found = [each for each in self.mailer.sent if each.event == event]
        self.mailer.sent.clear()
        return found

    def verify(self) -> Any:
        """Follows the link of the one letter, in a browser of its own."""
        (letter,) = self.letters("verification")
        link = next(word for word in letter.text.split() if "/activate?" in word)
        return Browser(self.web).get(link.removeprefix("https://cloud.example.org"))

    def user(self, name: str = "grace@example.org") -> User:
        found: User = done(self.cloud.identity.users.find(name))
        return found

    def groups(self, user: User) -> list[str]:
        return sorted(done(self.cloud.identity.users.groups(user.id)))

    def methods(self, user: User) -> list[tuple[str, str]]:
        ways = done(self.cloud.identity.methods.ways(user.id))
        return [(each.module, each.identifier) for each in ways.methods]

    def whose(self, browser: Browser | None = None) -> str:
        """Who is signed in, by the session's own token."""
        answer = (browser or self.browser).script("/ui/session_token")
        return str(answer.json()["user"]) if answer.status == 200 else ""

    def assert_led(self, answer: Any, place: str) -> None:
        self.assertEqual(answer.status, 302, answer.text)
        self.assertIn(place, answer.headers["location"])
