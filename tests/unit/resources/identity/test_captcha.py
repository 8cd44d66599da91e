"""Captchas after failed sign-ins, through the door."""

from __future__ import annotations

import re
from typing import Any

from tests.harness.browser import Browser
from tests.harness.cloud import PASSWORD, done
from tests.unit.resources.identity.ways import UI, WaysCase


class Captchas(WaysCase):
    def setUp(self) -> None:
        self.start(captcha=True)

    def fail(self, times: int = 3) -> Any:  # type: ignore[override]
        for _ in range(times):
            answer = self.browser.sign_in(password="wrong password")
        return answer

    def challenge(self, page: Any) -> str:
        found = re.search(r'name="captcha_id" value="([^"]+)"', page.text)
        assert found is not None, page.text
        self.assertIn(f"{UI}/captcha/{found[1]}/picture", page.text)
        return found[1]

    def digits(self, challenge: str) -> str:
        return self.cloud.identity.captcha._digits(challenge)

    def answer(self, challenge: str, digits: str, password: str = PASSWORD, **more: str) -> Any:
        fields = {"username": self.ada.email, "password": password}
        fields |= {"captcha_id": challenge, "captcha": digits, **more}
        return self.browser.submit("/login", fields)

    def test_repeated_failures_demand_a_captcha(self) -> None:
        """AST-162: after three in a minute even the right password needs one; solved, it opens."""
        self.assertNotIn("captcha", self.fail().text)
        page = self.browser.sign_in()
        self.assertEqual(page.status, 200)
        self.assertIn("Type the digits", page.text)
        challenge = self.challenge(page)
        picture = self.browser.get(f"{UI}/captcha/{challenge}/picture")
        self.assertEqual(picture.headers["content-type"], "image/png")
        self.assertTrue(picture.body.startswith(b"\x89PNG"))
        sound = self.browser.get(f"{UI}/captcha/{challenge}/sound")
        self.assertEqual((sound.headers["content-type"], sound.body[8:12]), ("audio/wav", b"WAVE"))
        digits = self.digits(challenge)
        wrong = self.answer(challenge, f"{(int(digits) + 1) % 10**6:06}")
        self.assertIn("not those in the picture", wrong.text)
        self.assertIn("not those", self.answer(challenge, digits).text)
        fresh = self.challenge(self.browser.sign_in())
        spaced = " ".join(self.digits(fresh))
        self.assertEqual(self.answer(fresh, spaced, next="/ui/x").headers["location"], "/ui/x")

    def test_a_captcha_is_good_for_one_guess(self) -> None:
        """AST-162, AST-163: wrong passwords go on being counted, and pause the account at last."""
        self.fail()
        for _ in range(7):
            challenge = self.challenge(self.browser.sign_in())
            page = self.answer(challenge, self.digits(challenge), "wrong password")
            self.assertIn("password is not right", page.text)
        challenge = self.challenge(self.browser.sign_in())
        page = self.answer(challenge, self.digits(challenge))
        self.assertIn("Too many tries", page.text)

    def test_challenges_are_ours_and_fresh(self) -> None:
        """AST-162: made-up, changed and old ones are worth nothing."""
        self.fail()
        challenge = self.challenge(self.browser.sign_in())
        digits = self.digits(challenge)
        for odd in ("x", "1-2-3", "9" * 5000, challenge + "0", challenge[:-1], "é-é-é"):
            place = f"{UI}/captcha/{odd}/picture"
            self.assertIn(self.browser.get(place).status, (400, 404), odd)
            self.assertIn("not those", self.answer(odd, digits).text)
        self.cloud.clock.advance(50)
        self.fail()
        self.cloud.clock.advance(551)
        self.fail()
        self.assertEqual(self.browser.get(f"{UI}/captcha/{challenge}/picture").status, 404)
        self.assertIn("not those", self.answer(challenge, digits).text)

    def test_directories_and_sign_ups_ask_too(self) -> None:
        """AST-162, identity.md 2.9: the form of a directory, and the one for an account."""
        fields = {"username": "grace", "password": "wrong"}
        for _ in range(3):
            self.browser.submit(f"{UI}/login/ldap", fields)
        self.challenge(self.browser.submit(f"{UI}/login/ldap", fields))
        page = self.browser.get(f"{UI}/signup")
        challenge = self.challenge(page)
        new = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
        refused = self.browser.submit(f"{UI}/signup", new)
        self.assertIn("not those in the picture", refused.text)
        solved = {"captcha_id": challenge, "captcha": self.digits(challenge)}
        self.assert_led(self.browser.submit(f"{UI}/signup", {**new, **solved}), "told?good=letter")

    def test_pictures_are_limited(self) -> None:
        """identity.md 6.4: drawing costs us something; and used challenges are swept away."""
        challenge = self.cloud.identity.captcha.challenge()
        for _ in range(60):
            self.assertEqual(self.browser.get(f"{UI}/captcha/{challenge}/picture").status, 200)
        self.assertEqual(self.browser.get(f"{UI}/captcha/{challenge}/picture").status, 429)
        self.assertTrue(done(self.cloud.identity.captcha.solved(challenge, self.digits(challenge))))
        self.cloud.clock.advance(601)
        self.assertEqual(done(self.cloud.identity.captcha.sweep()), 1)

    def test_without_them_a_minute_has_to_pass(self) -> None:
        """AST-163, UI-226: captchas are off by default, and the page tells how long."""
        self.start()
        self.browser = Browser(self.web)
        self.fail()
        page = self.browser.sign_in()
        self.assertRegex(page.text, r"Too many tries\. Wait \d+ seconds")
        self.assertNotIn("captcha", page.text)
        challenge = self.cloud.identity.captcha.challenge()
        self.assertEqual(self.browser.get(f"{UI}/captcha/{challenge}/picture").status, 404)
