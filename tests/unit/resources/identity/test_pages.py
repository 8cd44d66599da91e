"""The life of accounts through the door, and the letters that it takes."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface import Proof, Scope, User, UserChanges, Who
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.letters import Postman, delivering
from synnefod.mail.interface import MailRefused, MailUnavailable
from synnefod.mail.memory import MemoryMailer
from synnefod.resources.identity.words import say
from tests.harness.browser import Browser, csrf_of
from tests.harness.cloud import PASSWORD, done, in_memory, web

UI = "/astakos/ui"
HOME = "https://cloud.example.org/astakos/ui"
DAY = 86_400
SIGN_UP = {
    "email": "New@Example.org",
    "first_name": "Eve",
    "last_name": "Holt",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


class PageCase(SynchronousTestCase):
    def start(self, *, password_ends_tokens: bool = True, **options: Any) -> None:
        self.mailer = MemoryMailer()
        settings = LifeSettings(
            HOME,
            moderators=("mods@example.org",),
            activated=("staff@example.org",),
            helpdesk=("help@example.org",),
            **options,
        )
        self.cloud = in_memory(
            life=settings, mailer=self.mailer, password_ends_tokens=password_ends_tokens
        )
        self.web = web(self.cloud)
        self.postman = Postman(self.cloud.store, self.cloud.clock, self.mailer, HOME)

    def form(self, path: str, fields: dict[str, str], status: int = 302, **options: Any) -> Any:
        if options:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            body = urlencode(fields).encode()
            answer = self.web.post(UI + path, body=body, headers=headers, **options)
        else:
            browser = Browser(self.web)
            page = browser.get(UI + "/login")
            answer = browser.post(UI + path, {"csrf": csrf_of(page), **fields})
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def get(self, path: str, status: int = 302, **options: Any) -> Any:
        answer = self.web.get(path if path.startswith(UI) else UI + path, **options)
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def letters(self, event: str) -> list[Any]:
        """Sends what waits; the letters of an event since the last look."""
        done(self.postman.deliver())
        found = [each for each in self.mailer.sent if each.event == event]
        self.mailer.sent.clear()
        return found

    def link(self, event: str) -> str:
        """Path and query of the link in the one letter of an event."""
        (letter,) = self.letters(event)
        found = re.search(re.escape(HOME) + r"\S+", letter.text)
        assert found is not None, letter.text
        parts = urlsplit(found[0])
        return parts.path + ("?" + parts.query if parts.query else "")

    def link_of(self, event: str) -> str:
        (letter,) = [each for each in self.mailer.sent if each.event == event]
        self.mailer.sent.clear()
        found = re.search(re.escape(HOME) + r"\S+", letter.text)
        assert found is not None
        return urlsplit(found[0]).path

    def user(self, name: str = "new@example.org") -> User:
        return done(self.cloud.identity.users.find(name))  # type: ignore[no-any-return]

    def sign_in(self, password: str = PASSWORD, name: str = "new@example.org") -> Any:
        proof = Proof("password", Who(name=name), password)
        return done(self.cloud.identity.signin.sign_in([proof], Scope(), "192.0.2.1"))

    def tables(self) -> str:
        async def body(tx: Any) -> str:
            rows = [*await tx.all("select * from letters")]
            rows += await tx.all("select * from account_keys")
            return repr(rows)

        return done(self.cloud.store.read("dump", body))  # type: ignore[no-any-return]


def _told(answer: Any) -> str:
    """What a page says, without what differs for every visitor."""
    return re.sub(r'name="csrf" value="[^"]*"', "", answer.text)


class SignUpTests(PageCase):
    def test_signing_up_takes_an_address_and_a_decision(self) -> None:
        """AST-122, AST-128: unverified, then awaiting moderation, then accepted."""
        self.start()
        self.form("/signup", SIGN_UP)
        user = self.user()
        self.assertEqual(
            (user.email, user.is_active, user.email_verified), ("New@Example.org", False, False)
        )
        link = self.link("verification")
        code = parse_qs(urlsplit(link).query)["auth"][0]
        self.assertNotIn(code, self.tables())
        self.get(link)
        user = self.user()
        self.assertEqual((user.email_verified, user.accepted, user.is_active), (True, False, False))
        (told,) = self.letters("moderation")
        self.assertEqual(told.to, "mods@example.org")
        users = self.cloud.identity.users
        done(users.modify(user.id, UserChanges(reject="who?")))
        done(users.modify(user.id, UserChanges(accept=True)))
        self.assertEqual(self.sign_in().user.id, user.id)
        done(self.postman.deliver())
        self.assertEqual(
            {(each.event, each.to) for each in self.mailer.sent},
            {("welcome", "New@Example.org"), ("activated", "staff@example.org")},
        )

    def test_a_link_works_once_and_a_newer_one_ends_it(self) -> None:
        """AST-125: each re-send and each use invalidates older codes; so do three days."""
        self.start()
        self.form("/signup", SIGN_UP)
        first = self.link("verification")
        self.form("/send/activation", {"email": "new@example.org"}, 200)
        second = self.link("verification")
        json = {"Accept": "application/json"}
        self.get(first, 404, headers=json)
        self.assertFalse(self.user().email_verified)
        self.cloud.clock.advance(3 * DAY + 1)
        self.get(second, 404, headers=json)
        self.form("/send/activation", {"email": "new@example.org"}, 200)
        third = self.link("verification")
        self.get(third, 302)
        self.assertTrue(self.user().email_verified)
        self.get(third, 302)
        self.get(third, 404, headers=json)
        self.get("/activate", 403)
        self.form("/send/activation", {"email": "new@example.org"}, 200)
        self.assertEqual(self.letters("verification"), [])

    def test_accounts_may_be_accepted_at_verification(self) -> None:
        """identity.md 3.6: with moderation off, or by the pattern of the address."""
        for options, policy in (
            ({"moderation": False}, "auto_moderation"),
            ({"patterns": (r".*@example\.org",)}, "email"),
        ):
            self.start(**options)
            self.form("/signup", SIGN_UP)
            answer = self.get(
                self.link("verification"), headers={"Accept": "application/json"}, status=200
            )
            self.assertEqual(answer.json(), {"message": say("en", "active")})
            self.assertTrue(self.user().is_active)
            rows = done(
                self.cloud.store.read("p", lambda tx: tx.all("select accepted_policy from users"))
            )
            self.assertEqual(rows, [(policy,)])

    def test_a_known_address_gets_the_same_answer(self) -> None:
        """identity.md 6.3: and its account stays as it is, and gets no letter."""
        self.start(moderation=False)
        first = self.form("/signup", SIGN_UP)
        self.get(self.link("verification"))
        self.letters("welcome")
        second = self.form(
            "/signup", {**SIGN_UP, "password1": "another one", "password2": "another one"}
        )
        self.assertEqual(
            (first.status, first.headers["location"]), (second.status, second.headers["location"])
        )
        self.assertEqual(self.letters("verification"), [])
        self.sign_in()

    def test_bad_forms_are_shown_again(self) -> None:
        """identity.md 5, sign-up: form errors with status 200, and 400 for programs."""
        self.start()
        for change in (
            {"email": "a"},
            {"email": "a@b."},
            {"email": "a b@c.org"},
            {"password2": "different one"},
            {"password1": "short", "password2": "short"},
            {"first_name": "x" * 31},
            {"last_name": "a\x07b"},
        ):
            self.cloud.clock.advance(400)
            answer = self.form("/signup", {**SIGN_UP, **change}, 200)
            self.assertIn("<strong>", answer.text)
        self.cloud.clock.advance(3600)
        answer = self.web.post(
            UI + "/signup",
            json={**SIGN_UP, "email": "a"},
            headers={"Accept": "application/json", "X-CSRF-Token": "a program"},
        )
        self.assertEqual(answer.status, 400)
        self.assertEqual(done(self.cloud.identity.users.listing()), [])

    def test_terms_have_to_be_accepted(self) -> None:
        """AST-132: by whom signs up, and anew when there are new ones."""
        self.start(moderation=False)
        life = self.cloud.identity.life
        assert life is not None
        administration = self.cloud.identity.administration
        done(administration.add_terms("/srv/terms.html", "Be kind."))
        self.form("/signup", SIGN_UP, 200)
        self.form("/signup", {**SIGN_UP, "has_signed_terms": "on"})
        self.get(self.link("verification"))
        token, _ = done(self.cloud.identity.tokens.issue_api(self.user().id))
        quotas = "/astakos/account/v1.0/quotas"
        self.assertEqual(self.web.get(quotas, token=token).status, 200)
        done(administration.add_terms("/srv/newer.html", "Be kinder."))
        self.assertEqual(self.web.get(quotas, token=token).status, 401)
        done(life.sign_terms(self.user().id))
        self.assertEqual(self.web.get(quotas, token=token).status, 200)

    def test_sign_ups_are_limited_and_may_be_off(self) -> None:
        """identity.md 6.4: ten an hour from one neighbourhood."""
        self.start()
        for number in range(10):
            self.form("/signup", {**SIGN_UP, "email": f"n{number}@example.org"})
        self.assertIn("retry-after", self.form("/signup", SIGN_UP, 429).headers)
        self.cloud.clock.advance(3601)
        self.form("/signup", SIGN_UP)
        self.start(sign_up=False)
        self.get("/signup", 403)
        self.form("/signup", SIGN_UP, 403)

    def test_pages_run_no_script_and_leave_no_referrer(self) -> None:
        """identity.md 6.5: headers of every page; what was typed comes back escaped."""
        self.start()
        for path in ("/login", "/signup", "/local/password_reset", "/local/reset/confirm/u/k/"):
            headers = self.get(path, 200).headers
            self.assertIn(
                "default-src 'self'; script-src 'none'", headers["content-security-policy"]
            )
            self.assertEqual(headers["referrer-policy"], "no-referrer")
        answer = self.form("/signup", {**SIGN_UP, "email": "<script>"}, 200)
        self.assertNotIn("<script>", answer.text)


class RecoveryTests(PageCase):
    def setUp(self) -> None:
        self.start(email_change=True)
        self.ada = done(self.cloud.person("ada@example.org"))
        self.token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))

    def test_a_forgotten_password_is_replaced_once(self) -> None:
        """UI-233, identity.md 2.9: the link works once, for three days, and ends all tokens."""
        self.form("/local/password_reset", {"email": "Ada@example.org"}, 200)
        link = self.link("password reset")
        fields = {"new_password1": "a much better one", "new_password2": "a much better one"}
        page = self.get(link, 200).text
        self.assertIn("all tokens and sessions end", page)
        self.assertNotIn('name="renew"', page)
        self.form(link[len(UI) :], {**fields, "new_password2": "x"}, 400)
        self.form(link[len(UI) :], {"new_password1": "short", "new_password2": "short"}, 400)
        self.form(link[len(UI) :], fields)
        self.form(link[len(UI) :], fields, 404)
        self.sign_in("a much better one", "ada@example.org")
        self.assertEqual(self.web.get("/astakos/account/v1.0/quotas", token=self.token).status, 401)
        self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
        link = self.link("password reset")
        self.cloud.clock.advance(3 * DAY + 1)
        self.form(link[len(UI) :], fields, 404)

    def test_whoever_forgot_a_password_chooses_whether_tokens_end(self) -> None:
        """UI-233: unless the settings end them with every new password."""
        self.start(password_ends_tokens=False)
        self.ada = done(self.cloud.person("ada@example.org"))
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        for renew, status in ((False, 200), (True, 401)):
            self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
            link = self.link("password reset")
            self.assertIn('name="renew"', self.get(link, 200).text)
            password = f"a much better one {renew}"
            fields = {"new_password1": password, "new_password2": password}
            self.form(link[len(UI) :], {**fields, **({"renew": "on"} if renew else {})})
            self.sign_in(password, "ada@example.org")
            found = self.web.get("/astakos/account/v1.0/quotas", token=token)
            self.assertEqual(found.status, status)

    def test_strangers_learn_nothing(self) -> None:
        """identity.md 6.3, 6.4: one answer for known and unknown addresses, three an hour."""
        known = self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
        unknown = self.form("/local/password_reset", {"email": "nobody@example.org"}, 200)
        self.assertEqual(_told(known), _told(unknown))
        self.assertEqual([each.to for each in self.letters("password reset")], ["ada@example.org"])
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=False)))
        self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
        self.assertEqual(self.letters("password reset"), [])
        self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
        self.form("/local/password_reset", {"email": "ada@example.org"}, 429)

    def test_a_new_address_is_confirmed(self) -> None:
        """AST-136, AST-137: both addresses are told; a newer wish and ten days end the link."""
        bob = done(self.cloud.person("bob@example.org"))
        other, _ = done(self.cloud.identity.tokens.issue_api(bob.id))
        self._ask("first@example.org")
        first = self.link("e-mail change")
        self._ask("second@example.org")
        done(self.postman.deliver())
        told = {(each.event, each.to) for each in self.mailer.sent}
        self.assertIn(("e-mail change notice", "ada@example.org"), told)
        self.assertIn(("e-mail change", "second@example.org"), told)
        second = self.link_of("e-mail change")
        self.get(first, 404)
        self.get(second, 403, token=other)
        self.get(second, 302, token=self.token)
        self.get(second, 404)
        user = done(self.cloud.identity.users.show(self.ada.id))
        self.assertEqual((user.email, user.name), ("second@example.org", "second@example.org"))
        self._ask("third@example.org")
        self.get(self.link("e-mail change"))
        self.assertEqual(self.user("third@example.org").id, self.ada.id)
        self.cloud.clock.advance(3601)
        self._ask("fourth@example.org")
        third = self.link("e-mail change")
        self.cloud.clock.advance(10 * DAY + 1)
        self.get(third, 409)
        self.assertEqual(self._ask("bob@example.org"), 200)
        self.get(self.link("e-mail change"), 409)

    def _ask(self, email: str) -> int:
        answer = self.form("/email_change", {"new_email_address": email}, 200, token=self.token)
        return int(answer.status)

    def test_changing_the_address_is_off_by_default(self) -> None:
        """identity.md 3.9: EMAILCHANGE_ENABLED."""
        self.start()
        ada = done(self.cloud.person("ada@example.org"))
        token, _ = done(self.cloud.identity.tokens.issue_api(ada.id))
        self.form("/email_change", {"new_email_address": "x@example.org"}, 403, token=token)
        self.form("/email_change", {"new_email_address": "x@example.org"}, 401)


class FeedbackTests(PageCase):
    def test_feedback_goes_to_the_helpdesk(self) -> None:
        """AST-040, AST-041: a form whatever its label; 400 without a message, 502 without mail."""
        self.start()
        ada = done(self.cloud.person("ada@example.org"))
        token, _ = done(self.cloud.identity.tokens.issue_api(ada.id))

        def send(fields: dict[str, str], **headers: str) -> int:
            answer = self.web.post(
                "/astakos/account/v1.0/feedback",
                body=urlencode(fields).encode(),
                token=token,
                headers={"Content-Type": headers.get("kind", "application/octet-stream")},
            )
            return int(answer.status)

        good = {"feedback_msg": "Grüße & Dank", "feedback_data": "{}"}
        self.assertEqual(send(good), 200)
        self.assertEqual(send(good, kind="application/x-www-form-urlencoded"), 200)
        self.assertEqual([each.to for each in self.mailer.sent], ["help@example.org"] * 2)
        self.assertIn("Grüße & Dank", self.mailer.sent[0].text)
        self.assertIn(ada.id, self.mailer.sent[0].text)
        self.assertEqual(send({}), 400)
        self.assertEqual(send({"feedback_msg": ""}), 400)
        self.mailer.failing = MailUnavailable()
        self.assertEqual(send(good), 502)


class DeliveryTests(PageCase):
    def test_a_mail_server_that_is_away_stops_nobody(self) -> None:
        """AST-182, OPS-138: accounts are asked for, accepted, recovered and moved; every letter
        is sent once when the server is back, and its link works."""
        self.start(email_change=True)
        ada = done(self.cloud.person("ada@example.org"))
        token, _ = done(self.cloud.identity.tokens.issue_api(ada.id))
        self.mailer.failing = MailUnavailable("away")
        self.form("/signup", SIGN_UP)
        users = self.cloud.identity.users
        done(users.modify(self.user().id, UserChanges(verify=True, accept=True)))
        self.form("/local/password_reset", {"email": "ada@example.org"}, 200)
        self.form("/email_change", {"new_email_address": "ida@example.org"}, 200, token=token)
        for _ in range(5):
            done(self.postman.deliver())
            self.cloud.clock.advance(3600)
        self.assertEqual(self.mailer.sent, [])
        self.mailer.failing = None
        done(self.postman.deliver())
        self.assertEqual(
            sorted(each.event for each in self.mailer.sent),
            [
                "activated",
                "e-mail change",
                "e-mail change notice",
                "password reset",
                "verification",
                "welcome",
            ],
        )
        self.get(self.link_of("e-mail change"))
        self.assertEqual(self.user("ida@example.org").id, ada.id)
        self.cloud.clock.advance(7200)
        done(self.postman.deliver())
        self.assertEqual(self.mailer.sent, [])

    def test_letters_wait_until_they_can_be_sent(self) -> None:
        """identity.md 6.1: an account's letter survives a mail server that is away."""
        self.start()
        self.mailer.failing = MailUnavailable("away")
        self.form("/signup", SIGN_UP)
        chore = delivering(self.postman, self.cloud.clock)
        chore.begin()
        self.addCleanup(lambda: done(chore.stop()))
        self.cloud.clock.pump([10] * 6)
        self.assertEqual(self.mailer.sent, [])
        self.mailer.failing = None
        self.cloud.clock.pump([10] * 12)
        (letter,) = self.mailer.sent
        self.assertEqual(letter.to, "New@Example.org")
        self.cloud.clock.pump([600] * 3)
        self.assertEqual(len(self.mailer.sent), 1)

    def test_a_letter_whose_sender_died_is_sent_later(self) -> None:
        """identity.md 6.1: taken and never finished, it is due again."""
        self.start()
        self.form("/signup", SIGN_UP)
        self.mailer.failing = KeyboardInterrupt()  # as if the daemon died here
        with self.assertRaises(KeyboardInterrupt):
            done(self.postman.deliver())
        self.mailer.failing = None
        self.assertEqual(self.letters("verification"), [])
        self.cloud.clock.advance(601)
        self.assertEqual(len(self.letters("verification")), 1)

    def test_what_is_refused_or_too_old_is_dropped(self) -> None:
        """A refusal is final; silence is, after three days."""
        self.start()
        self.form("/signup", SIGN_UP)
        self.mailer.failing = MailRefused("no such mailbox")
        self.assertEqual(done(self.postman.deliver()), 0)
        self.assertIn("[(", self.tables())
        self.mailer.failing = MailUnavailable("away")
        self.form("/signup", {**SIGN_UP, "email": "other@example.org"})
        for _ in range(80):
            done(self.postman.deliver())
            self.cloud.clock.advance(3600)
        self.mailer.failing = None
        self.assertEqual(self.letters("verification"), [])
