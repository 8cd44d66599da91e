"""Who is accepted without a moderator, invitations, and the first look at one's profile."""

from __future__ import annotations

from typing import Any

from synnefod.identity.interface import UserChanges
from synnefod.resources.identity.browser import BrowserSettings
from tests.harness.browser import Browser
from tests.harness.cloud import PASSWORD, done
from tests.unit.resources.identity.ways import ME, UI, WaysCase

INVITING = {"invitations": True, "moderation": True, "level": 0, "per_level": {0: 2, 1: 1}}


class Moderation(WaysCase):
    def sign_up_locally(self, email: str) -> None:
        fields = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
        self.assert_led(Browser(self.web).submit(f"{UI}/signup", fields), "told?good=letter")

    def policy(self, name: str) -> str | None:
        user = self.user(name)
        profile = done(self.cloud.identity.administration.profiles(user.id))[0]
        self.assertEqual(user.is_active, profile.accepted_policy is not None)
        found: str | None = profile.accepted_policy
        return found

    def test_accounts_are_accepted_at_verification_or_wait(self) -> None:
        """AST-126: moderation off; the pattern of the address; the provider's policy; else the
        moderators are told."""
        self.sign_up_locally("new@example.org")
        self.verify()
        self.assertEqual(self.policy("new@example.org"), "auto_moderation")
        life = {
            "moderation": True,
            "patterns": (r".*@staff\.example\.org",),
            "moderators": ("boss@example.org",),
        }
        self.start({"oidc": {"automoderate": True}}, life=life)
        for name in ("x@staff.example.org", "x@staff.example.org.evil.net"):
            self.sign_up_locally(name)
            self.verify()
        self.assertEqual(self.policy("x@staff.example.org"), "email")
        self.assertIsNone(self.policy("x@staff.example.org.evil.net"))
        self.assertTrue(self.user("x@staff.example.org.evil.net").email_verified)
        self.sign_up(self.token_of(self.trip()))
        self.mailer.sent.clear()
        self.verify()
        self.assertEqual(self.policy("grace@example.org"), "auth_provider_oidc")

    def test_moderators_are_told_of_those_who_wait(self) -> None:
        """AST-126, identity.md 3.8: and the newcomer learns it after the link, and at sign-in."""
        life = {"moderation": True, "moderators": ("boss@example.org",)}
        self.start({"ldap": {"automoderate": True}}, life=life)
        self.sign_up(self.token_of(self.trip()))
        answer = self.verify()
        self.assert_led(answer, "told?good=awaiting")
        (letter,) = self.letters("moderation")
        self.assertEqual(letter.to, "boss@example.org")
        self.assertIn("waits for an administrator", self.trip(Browser(self.web)).text)
        grace = self.user()
        done(self.cloud.identity.users.modify(grace.id, UserChanges(accept=True)))
        self.trip()
        self.assertEqual(self.whose(), grace.id)


class Invitations(WaysCase):
    def setUp(self) -> None:
        self.start(life=INVITING)
        self.give(self.ada.id, 0, 2)
        self.browser.sign_in()

    def give(self, user: str, level: int, number: int) -> None:
        done(
            self.cloud.store.transact(
                "give invitations",
                lambda tx: tx.run(
                    "update users set level = :level, invitations = :number where uuid = :user",
                    level=level,
                    number=number,
                    user=user,
                ),
            )
        )

    def invite(self, email: str = "grace@example.org", browser: Browser | None = None) -> Any:
        fields = {"realname": "Grace Hopper", "username": email}
        return (browser or self.browser).submit(f"{UI}/invite", fields, form=f"{UI}/invite")

    def code(self) -> str:
        """Out of the one letter of an invitation."""
        (letter,) = self.letters("invitation")
        link = next(word for word in letter.text.split() if "/signup?" in word)
        return link.partition("code=")[2]

    def accept(self, code: str, email: str = "grace@example.org") -> Any:
        fields = {"email": email, "password1": PASSWORD, "password2": PASSWORD, "code": code}
        return Browser(self.web).submit(f"{UI}/signup", fields)

    def test_the_invited_are_accepted_without_a_moderator(self) -> None:
        """AST-138: the code is of one address and consumed once; levels limit how many."""
        self.assert_led(self.invite(), "good=invited")
        code = self.code()
        self.assertNotIn(code, repr(done(self.cloud.store.read("rows", _rows))))
        page = Browser(self.web).get(f"{UI}/signup?code={code}").text
        self.assertIn('value="grace@example.org"', page)
        self.assertIn('value="Hopper"', page)
        other = self.accept(code, "mallory@example.org")
        self.assertIn("This invitation is for", other.text)
        self.assert_led(self.accept(code), "told?good=letter")
        self.assertEqual(self.accept(code).status, 404)
        self.assertEqual(Browser(self.web).get(f"{UI}/signup?code={code}").status, 404)
        self.assertFalse(self.user().email_verified)
        self.verify()
        grace = self.user()
        self.assertTrue(grace.is_active)
        profile = done(self.cloud.identity.administration.profiles(grace.id))[0]
        self.assertEqual(profile.accepted_policy, "invitation")
        browser = Browser(self.web)
        browser.sign_in("grace@example.org")
        self.assertIn("Invitations left: 1", browser.get(f"{UI}/invite").text)
        self.assert_led(self.invite("next@example.org", browser), "good=invited")
        self.assertIn("Invitations left: 0", browser.get(f"{UI}/invite").text)

    def test_invitations_are_limited(self) -> None:
        """AST-138: none left, none twice, none for who is here; nothing is lost by a refusal."""
        self.assertIn("invited before, or has", self.invite(self.ada.email).text)
        self.assertIn("not an e-mail", self.invite("nonsense").text)
        self.invite("one@example.org")
        self.assertIn("invited before, or has", self.invite("One@example.org").text)
        self.invite("two@example.org")
        self.assertNotIn('name="realname"', self.browser.get(f"{UI}/invite").text)
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        wish = {"realname": "Three", "email": "three@example.org"}
        refused = self.web.post(ME + "/invitations", json=wish, token=token)
        self.assertEqual(refused.status, 403, refused.text)
        told = self.web.get(ME + "/invitations", token=token).json()
        self.assertEqual(told["left"], 0)
        self.assertEqual(
            [(each["email"], each["consumed"]) for each in told["invitations"]],
            [("one@example.org", None), ("two@example.org", None)],
        )
        self.assertEqual(len(self.letters("invitation")), 2)

    def test_an_invitation_ends_after_thirty_days(self) -> None:
        """identity.md 6.1"""
        self.invite()
        code = self.code()
        self.cloud.clock.advance(30 * 86_400 + 1)
        self.assertEqual(self.accept(code).status, 404)

    def test_invitations_open_a_closed_door(self) -> None:
        """AST-138: where strangers may not ask for an account, the invited may."""
        self.start(life={**INVITING, "sign_up": False})
        self.give(self.ada.id, 0, 1)
        self.browser = Browser(self.web)
        self.browser.sign_in()
        fields = {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD}
        self.assertEqual(Browser(self.web).submit(f"{UI}/signup", fields).status, 403)
        self.invite()
        self.assert_led(self.accept(self.code()), "told?good=letter")

    def test_they_are_off_by_default(self) -> None:
        """AST-138: optional."""
        self.start()
        self.give(self.ada.id, 0, 1)
        self.browser = Browser(self.web)
        self.browser.sign_in()
        self.assertEqual(self.invite().status, 403)
        self.assertEqual(Browser(self.web).get(f"{UI}/signup?code={'x' * 43}").status, 404)


class FirstLook(WaysCase):
    def test_the_first_sign_in_leads_to_the_profile(self) -> None:
        """AST-140: until it is saved once; looking at it is not enough (UI-239)."""
        self.start(browsers=BrowserSettings(force_profile=True))
        for _ in range(2):
            self.browser = Browser(self.web)
            answer = self.browser.sign_in(next="/ui/servers")
            self.assert_led(answer, f"{UI}/profile?next=/ui/servers")
            page = self.browser.get(answer.headers["location"])
            self.assertIn('name="next" value="/ui/servers"', page.text)
        fields = {"first_name": "Ada", "last_name": "King", "next": "/ui/servers"}
        self.assert_led(self.browser.submit(f"{UI}/profile", fields), "/ui/servers")
        self.assertEqual(self.user(self.ada.email).last_name, "King")
        self.assertEqual(
            Browser(self.web).sign_in(next="/ui/servers").headers["location"], "/ui/servers"
        )
        self.start()
        self.assertEqual(self.browser.sign_in().headers["location"], "/ui/")

    def test_names_are_checked(self) -> None:
        """identity.md 5: names of more than 30 characters are refused in the form."""
        self.browser.sign_in()
        page = self.browser.submit(f"{UI}/profile", {"first_name": "x" * 31})
        self.assertEqual(page.status, 200)
        self.assertIn("at most 30 characters", page.text)
        self.assertEqual(self.browser.post(f"{UI}/profile", {"first_name": "X"}).status, 403)
        self.assert_led(Browser(self.web).get(f"{UI}/profile"), "/login?next=")
        self.assertEqual(self.user(self.ada.email).first_name, "Ada")


async def _rows(tx: Any) -> Any:
    return await tx.all("select * from invitations"), await tx.all("select * from letters")
