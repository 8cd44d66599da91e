"""Signing in by providers, through the door (identity.md 2.10)."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from synnefod.identity.interface import UserChanges
from synnefod.identity.interface.methods import Claim
from synnefod.identity.providers.shibboleth import ShibbolethSettings
from synnefod.resources.identity.browser import BrowserSettings
from tests.harness.browser import Browser, csrf_of
from tests.harness.cloud import PASSWORD, done
from tests.unit.resources.identity.ways import GRACE, ME, UI, WaysCase

ALL = frozenset({"email", "first_name", "last_name"})
OTHER = {**GRACE, "sub": "8", "email": "other@example.org"}
HEADERS = {
    "REMOTE_USER": "grace@idp",
    "EPPN": "grace@old.idp",
    "SHIB-INETORGPERSON-GIVENNAME": "Grace",
    "SHIB-PERSON-SURNAME": "Hopper",
    "SHIB-MAIL": "grace@example.org",
    "SHIB-EP-AFFILIATION": "staff",
}


class Offers(WaysCase):
    def test_the_first_provider_is_primary(self) -> None:
        """AST-141, UI-224: its form is on the sign-in page, with links to the others; those that
        are not offered do not exist."""
        page = self.browser.get("/login?next=/ui/x").text
        self.assertIn('action="/astakos/ui/login"', page)
        for name in ("oidc", "shibboleth", "ldap"):
            self.assertIn(f"{UI}/login/{name}?next=%2Fui%2Fx", page)
        self.start(names=("ldap", "local"))
        page = self.browser.get("/login").text
        self.assertIn(f'action="{UI}/login/ldap"', page)
        self.assertIn(f"{UI}/login/local", page)
        self.assertNotIn("oidc", page)
        for name in ("oidc", "shibboleth", "google", "x" * 300):
            self.assertEqual(self.browser.get(f"{UI}/login/{name}").status, 404, name)
            self.assertEqual(
                self.browser.submit(f"{UI}/login/{name}", {}, form="/login").status, 404
            )
        self.assertEqual(self.browser.submit(f"{UI}/login/local", {}).status, 200)
        self.assertEqual(self.browser.sign_in().status, 302)
        self.start(names=("ldap",))
        self.browser = Browser(self.web)
        fields = {"username": self.ada.email, "password": PASSWORD}
        for path in ("/login", f"{UI}/login/local", f"{UI}/local"):
            self.assertEqual(self.browser.submit(path, fields, form="/login").status, 404)
        user = {"name": self.ada.name, "password": PASSWORD}
        auth = {"identity": {"methods": ["password"], "password": {"user": user}}}
        self.assertEqual(self.web.post("/v3/auth/tokens", json={"auth": auth}).status, 401)
        self.start(names=("local", "ldap"))
        self.assertIn('name="password"', self.browser.get(f"{UI}/login/local").text)


class Newcomers(WaysCase):
    def test_an_unknown_identity_leads_to_a_form_of_its_own(self) -> None:
        """AST-144: bound to a token that works once, in this browser, for an hour."""
        answer = self.trip()
        token = self.token_of(answer)
        place = f"{UI}/signup?third_party_token={token}"
        page = self.browser.get(place).text
        self.assertIn('value="grace@example.org"', page)
        self.assertNotIn('type="password"', page)
        self.assertEqual(Browser(self.web).get(place).status, 404)
        self.assertEqual(self.browser.get(place[:-1] + "_").status, 404)
        bad = self.sign_up(token, email="no address")
        self.assertEqual(bad.status, 200)
        self.assertIn("not an e-mail address", bad.text)
        self.assert_led(self.sign_up(token, first_name="G."), "told?good=letter")
        self.assertEqual(self.browser.get(place).status, 404)
        self.assertFalse(self.user().email_verified)
        self.assert_led(self.verify(), "/ui/")
        grace = self.user()
        self.assertEqual((grace.first_name, grace.is_active), ("G.", True))
        self.assertEqual(self.methods(grace), [("oidc", "7")])
        again = self.trip(query="?next=/ui/servers")
        self.assert_led(again, "/ui/servers")
        self.assertEqual(self.whose(), grace.id)
        self.assertEqual(self.browser.cookies["astakos_last_login_method"], "oidc")

    def test_a_form_that_waits_ends_after_an_hour(self) -> None:
        """AST-144: the token is good for an hour, and what is old is swept away."""
        token = self.token_of(self.trip())
        self.cloud.clock.advance(3601)
        self.assertEqual(self.browser.get(f"{UI}/signup?third_party_token={token}").status, 404)
        self.assertEqual(done(self.cloud.identity.methods.sweep()), 1)

    def test_only_digests_of_what_waits_are_stored(self) -> None:
        """identity.md 6.1: neither the form's token nor the trip's state can be read."""
        started = self.browser.get(f"{UI}/login/oidc")
        state = started.headers["location"].split("state=")[1].partition("&")[0]
        stored = repr(self.rows("signin_errands"))
        self.assertNotIn(state, stored)
        self.assertNotIn(self.browser.cookies["synnefo_visit"], stored)
        token = self.token_of(self.back(self.browser, started))
        self.assertNotIn(token, repr(self.rows("pending_identities")))

    def rows(self, table: str) -> list[Any]:
        found = done(self.cloud.store.read("rows", lambda tx: tx.all(f"select * from {table}")))
        self.assertTrue(found)
        return list(found)

    def test_a_second_sign_up_replaces_an_unverified_one(self) -> None:
        """UI-229, identity.md 2.10: the form says that completing it deletes an earlier
        unverified user of the identity."""
        token = self.token_of(self.trip())
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertNotIn("Going on deletes", page)
        self.assertIn('value="Grace"', page)
        self.sign_up(token, email="first@example.org")
        token = self.token_of(self.trip())
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertIn("Going on deletes", page)
        self.sign_up(self.token_of(self.trip()), email="second@example.org")
        users = done(self.cloud.identity.users.listing())
        self.assertEqual({each.name for each in users}, {self.ada.name, "second@example.org"})

    def test_forced_attributes_make_the_account_at_once(self) -> None:
        """AST-145: nobody fills in a form; without a vouched address a letter has to be read."""
        self.start(forced=ALL)
        self.assert_led(self.trip(), "told?good=letter")
        self.assertFalse(self.user().email_verified)
        self.verify()
        self.trip()
        self.assertEqual(self.whose(), self.user().id)
        self.start({"oidc": {"autoverify": True}}, forced=ALL)
        self.assert_led(self.trip(**GRACE, email_verified=True), "/ui/")
        self.assertEqual(self.whose(), self.user().id)
        self.assertEqual(self.letters("verification"), [])

    def test_a_forced_address_that_is_taken_leads_to_the_form(self) -> None:
        """AST-145, AST-123: whose it is learns nothing, and can add the provider."""
        self.start(forced=ALL)
        token = self.token_of(self.trip(**{**GRACE, "email": self.ada.email}))
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertIn(f"{UI}/login?key={token}", page)
        self.assert_led(self.sign_up(token), "told?good=letter")
        self.assertEqual(self.methods(self.ada), [("local", "")])

    def test_the_form_asks_for_all_that_an_account_needs(self) -> None:
        """UI-228: with a link to the terms; what a provider tells for good is explained."""
        done(self.cloud.identity.administration.add_terms("terms.html", "<p>Be good.</p>"))
        page = self.browser.get(f"{UI}/signup").text
        for name in ("email", "first_name", "last_name", "password1", "password2"):
            self.assertIn(f'name="{name}"', page)
        self.assertIn('name="has_signed_terms"', page)
        self.assertIn(f'href="{UI}/terms"', page)
        self.start(forced=frozenset({"email", "last_name"}))
        self.browser = Browser(self.web)
        page = self.browser.get(f"{UI}/signup?third_party_token={self.token_of(self.trip())}").text
        self.assertEqual(page.count("readonly"), 2)
        self.assertIn("comes from your sign-in provider", page)

    def test_forced_attributes_cannot_be_typed_over(self) -> None:
        """AST-147: on the sign-up form."""
        self.start(forced=frozenset({"last_name"}))
        token = self.token_of(self.trip())
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertRegex(page, r'name="last_name"[^>]*readonly')
        self.assertNotRegex(page, r'name="first_name"[^>]*readonly')
        self.sign_up(token, last_name="Forged", first_name="Typed")
        self.assertEqual(self.user().real_name, "Typed Hopper")

    def test_an_address_is_believed_only_as_the_provider_told_it(self) -> None:
        """AST-146: `autoverify` is worth nothing for another address, or one not vouched for."""
        self.start({"oidc": {"autoverify": True}})
        told = {**GRACE, "email_verified": True}
        self.sign_up(self.token_of(self.trip(**told)), email="victim@example.org")
        self.assertFalse(self.user("victim@example.org").email_verified)
        self.start({"oidc": {"autoverify": True}})
        self.sign_up(self.token_of(self.trip(**{**told, "email_verified": False})))
        self.assertFalse(self.user().email_verified)
        self.start({"oidc": {"autoverify": True}})
        self.assert_led(self.sign_up(self.token_of(self.trip(**told))), "/ui/")
        self.assertEqual(self.whose(), self.user().id)

    def test_people_of_a_provider_are_no_strangers(self) -> None:
        """AST-146, UI-227: where strangers may not ask for an account, no link leads there, and
        those of a provider may."""
        self.assertIn(f'href="{UI}/signup"', self.browser.get("/login").text)
        self.start(life={"sign_up": False})
        self.assertNotIn(f'href="{UI}/signup"', self.browser.get("/login").text)
        self.assertEqual(self.browser.get(f"{UI}/signup").status, 403)
        self.assert_led(self.sign_up(self.token_of(self.trip())), "told?good=letter")
        fields = {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD}
        posted = self.browser.submit(f"{UI}/signup", fields, form="/login")
        self.assertEqual(posted.status, 403)

    def test_addresses_may_be_believed_without_a_letter(self) -> None:
        """AST-146: `autoverify` of passwords; a site that trusts whoever reaches it."""
        self.start({"local": {"autoverify": True}})
        fields = {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD}
        self.assert_led(self.browser.submit(f"{UI}/signup", fields), "/ui/")
        self.assertEqual(self.whose(), self.user("x@example.org").id)

    def test_a_way_to_sign_up_may_be_closed(self) -> None:
        """AST-146, identity.md 2.9: `create` false refuses, for passwords with 403."""
        self.start({"oidc": {"create": False}, "local": {"create": False}})
        page = self.trip()
        self.assertEqual(page.status, 200)
        self.assertIn("Nobody makes an account in this way here", page.text)
        fields = {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD}
        self.assertEqual(self.browser.submit(f"{UI}/signup", fields).status, 403)
        odd = self.browser.submit(f"{UI}/signup", {**fields, "provider": "nobody"})
        self.assert_led(odd, "/signup")


class Joining(WaysCase):
    def setUp(self) -> None:
        super().setUp()
        self.browser.sign_in()

    def test_one_account_holds_several_providers(self) -> None:
        """AST-142, UI-240: each of them signs in; after a confirmation one is removed, but for
        the last. Those that may be added are on the profile."""
        self.assert_led(self.join(), "profile?good=added")
        self.assertEqual(self.methods(self.ada), [("local", ""), ("oidc", "7")])
        self.assert_led(self.join(), "profile?good=own")
        other = Browser(self.web)
        self.trip(other)
        self.assertEqual(self.whose(other), self.ada.id)
        ways = done(self.cloud.identity.methods.ways(self.ada.id)).methods
        page = self.browser.get(f"{UI}/profile").text
        for name in ("shibboleth", "ldap"):
            self.assertIn(f'href="{UI}/login/{name}">Add', page)
        self.assertNotIn(f'href="{UI}/login/oidc">Add', page)
        self.assertIn(f"{UI}/login/oidc?switch_from={ways[1].number}", page)
        for each in ways:
            self.assertIn(f"{UI}/remove_auth_provider/{each.number}", page)
        asked = self.browser.get(f"{UI}/remove_auth_provider/{ways[0].number}")
        self.assertIn("Remove it?", asked.text)
        place = f"{UI}/remove_auth_provider/{ways[0].number}"
        self.assertEqual(self.browser.post(place, {}).status, 403)
        self.assert_led(self.browser.submit(place, {}, form=f"{UI}/profile"), "good=removed")
        self.assertEqual(self.methods(self.ada), [("oidc", "7")])
        self.assertEqual(Browser(self.web).sign_in().status, 200)
        last = f"{UI}/remove_auth_provider/{ways[1].number}"
        self.assertEqual(self.browser.submit(last, {}, form=f"{UI}/profile").status, 403)
        gone = self.browser.submit(f"{UI}/remove_auth_provider/99999", {}, form=f"{UI}/profile")
        self.assertEqual(gone.status, 404)
        page = self.browser.get(f"{UI}/profile").text
        self.assertNotIn("remove_auth_provider", page)

    def test_what_is_another_s_cannot_be_removed(self) -> None:
        """identity.md 2.9: 404."""
        bob = done(self.cloud.person("bob@example.org"))
        number = done(self.cloud.identity.methods.ways(bob.id)).methods[0].number
        place = f"{UI}/remove_auth_provider/{number}"
        self.assertEqual(self.browser.submit(place, {}, form=f"{UI}/profile").status, 404)

    def test_an_identity_is_one_person_s(self) -> None:
        """AST-143: verified for one user, it cannot be added to another."""
        self.join()
        bob = done(self.cloud.person("bob@example.org"))
        self.browser = Browser(self.web)
        self.browser.sign_in("bob@example.org")
        answer = self.join()
        self.assert_led(answer, "profile?bad=identity%20taken")
        self.assertIn("belongs to another", self.browser.get(answer.headers["location"]).text)
        self.assertEqual(self.methods(bob), [("local", "")])

    def test_an_unverified_claim_holds_nobody_up(self) -> None:
        """AST-143: whoever claimed an identity and never read the letter loses it."""
        stranger = Browser(self.web)
        answer = self.trip(stranger)
        self.sign_up(self.token_of(answer), stranger, email="claimer@example.org")
        self.assert_led(self.join(), "good=added")
        self.assertEqual(self.methods(self.ada), [("local", ""), ("oidc", "7")])
        self.verify()
        self.assertEqual(self.methods(self.user("claimer@example.org")), [])

    def test_adding_takes_a_form_of_the_session(self) -> None:
        """identity.md 6.5: a link alone never joins a provider to somebody's account."""
        for name in ("oidc", "shibboleth", "ldap"):
            page = self.browser.get(f"{UI}/login/{name}", **HEADERS)
            self.assertEqual(page.status, 200, name)
            self.assertIn("ways to sign in?", page.text)
            self.assertEqual(self.browser.post(f"{UI}/login/{name}", {}).status, 403)
        self.assertEqual(self.methods(self.ada), [("local", "")])

    def test_another_browser_cannot_finish_what_one_began(self) -> None:
        """AST-151: the state belongs to the browser; so does a sign-up that waits."""
        attacker = Browser(self.web)
        started = attacker.get(f"{UI}/login/oidc")
        target = self.provider.consent(started.headers["location"], **GRACE)
        stolen = target.removeprefix("http://cloud.example.org")
        self.assertIn("was not sent there", self.browser.get(stolen).text)
        self.assertEqual(self.methods(self.ada), [("local", "")])
        token = self.token_of(self.trip(attacker))
        victim = Browser(self.web)
        fields = {"username": self.ada.email, "password": PASSWORD, "key": token}
        refused = victim.submit("/login", fields)
        self.assertEqual(refused.status, 404)
        self.assertEqual(self.methods(self.ada), [("local", "")])

    def test_a_sign_up_that_waits_may_become_a_way_of_one_s_account(self) -> None:
        """identity.md 2.9: `key` of the sign-in page attaches it, once."""
        browser = Browser(self.web)
        token = self.token_of(self.trip(browser))
        page = browser.get(f"/login?key={token}")
        self.assertIn(f'name="key" value="{token}"', page.text)
        fields = {"username": self.ada.email, "password": PASSWORD, "key": token}
        self.assert_led(browser.submit("/login", fields), "profile?good=added")
        self.assertEqual(self.methods(self.ada), [("local", ""), ("oidc", "7")])

    def test_policies_say_what_may_be_added_switched_and_removed(self) -> None:
        """AST-146: add, limit, switch, remove."""
        self.join()
        self.assert_led(self.join(**OTHER), "profile?bad=add%20refused")
        number = done(self.cloud.identity.methods.ways(self.ada.id)).methods[1].number
        started = self.browser.submit(f"{UI}/login/oidc", {"switch_from": str(number)})
        self.assert_led(self.back(self.browser, started, **OTHER), "good=switched")
        self.assertEqual(self.methods(self.ada), [("local", ""), ("oidc", "8")])
        self.start({"oidc": {"limit": 2, "switch": False, "remove": False}})
        self.browser.sign_in()
        self.join()
        self.assert_led(self.join(**OTHER), "good=added")
        ways = done(self.cloud.identity.methods.ways(self.ada.id)).methods
        self.assertEqual([each.removable for each in ways], [True, False, False])
        fields = {"switch_from": str(ways[1].number)}
        started = self.browser.submit(f"{UI}/login/oidc", fields)
        third = {**GRACE, "sub": "9"}
        self.assert_led(self.back(self.browser, started, **third), "bad=switch%20refused")
        place = f"{UI}/remove_auth_provider/{ways[1].number}"
        self.assertEqual(self.browser.submit(place, {}, form=f"{UI}/profile").status, 403)
        self.start({"all": {"add": False}})
        self.browser.sign_in()
        self.assert_led(self.join(), "bad=add%20refused")

    def test_somebody_without_a_password_may_set_one(self) -> None:
        """identity.md 2.9: if the policy `add` allows; then it signs in."""
        self.join()
        (local, _) = done(self.cloud.identity.methods.ways(self.ada.id)).methods
        done(self.cloud.identity.methods.remove(self.ada.id, local.number))
        fields = {"new_password1": "another good one", "new_password2": "another good one"}
        self.assert_led(self.browser.submit(f"{UI}/password_change", fields), "good=added")
        self.assertEqual(self.whose(), self.ada.id)
        self.assertEqual(Browser(self.web).sign_in(password="another good one").status, 302)
        wrong = {
            **fields,
            "old_password": "x",
            "new_password1": PASSWORD,
            "new_password2": PASSWORD,
        }
        self.assertIn("not right", self.browser.submit(f"{UI}/password_change", wrong).text)
        right = {**wrong, "old_password": "another good one"}
        self.assert_led(self.browser.submit(f"{UI}/password_change", right), "changed%20password")
        self.assertEqual(Browser(self.web).sign_in().status, 302)


class Entering(WaysCase):
    def test_a_policy_may_close_a_way(self) -> None:
        """AST-146: `login` false refuses, on the pages and for passwords of programs."""
        self.start({"local": {"login": False}})
        self.assertIn("no password of this cloud", self.browser.sign_in().text)
        auth = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": self.ada.name, "password": PASSWORD}},
            }
        }
        self.assertEqual(self.web.post("/v3/auth/tokens", json={"auth": auth}).status, 401)
        self.start()
        self.browser.sign_in()
        self.join()
        self.start_policy("oidc", login=False)
        page = self.trip(Browser(self.web))
        self.assertEqual(page.status, 200)
        self.assertIn("Nobody signs in to this account in this way", page.text)

    def start_policy(self, provider: str, **policies: bool) -> None:
        """A profile for Ada alone."""
        from synnefod.identity.interface.methods import PolicyProfile

        desk = self.cloud.identity.policies
        done(desk.add(PolicyProfile(0, provider, provider, policies=policies)))
        done(desk.assign(provider, [self.ada.id], []))

    def test_the_state_of_an_account_is_told_after_the_proof(self) -> None:
        """identity.md 2.10: inactive, with the text of its state."""
        self.browser.sign_in()
        self.join()
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=False)))
        page = self.trip(Browser(self.web))
        self.assertIn("not active", page.text)

    def test_forced_attributes_are_refreshed_and_fixed(self) -> None:
        """AST-147: at every sign-in; on the profile and for programs they are read-only."""
        self.start(forced=ALL)
        self.browser.sign_in()
        self.join()
        self.assertEqual(self.user(self.ada.email).first_name, "Ada")
        self.trip(Browser(self.web))
        ada = self.user("grace@example.org")
        self.assertEqual((ada.id, ada.real_name), (self.ada.id, "Grace Hopper"))
        self.trip(Browser(self.web), **{**GRACE, "family_name": "Murray"})
        self.assertEqual(self.user().last_name, "Murray")
        page = self.browser.get(f"{UI}/profile").text
        self.assertRegex(page, r'name="last_name"[^>]*readonly')
        self.browser.submit(f"{UI}/profile", {"first_name": "X", "last_name": "Y"})
        self.assertEqual(self.user().real_name, "Grace Murray")
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        refused = self.web.patch(ME, json={"first_name": "X"}, token=token)
        self.assertEqual(refused.status, 403, refused.text)
        refused = self.web.post(ME + "/email", json={"email": "n@example.org"}, token=token)
        self.assertEqual(refused.status, 403, refused.text)

    def test_a_forced_address_of_somebody_else_changes_nothing(self) -> None:
        """AST-147, AST-124: two accounts never share an address."""
        self.start(forced=ALL)
        bob = done(self.cloud.person("bob@example.org"))
        self.browser.sign_in()
        self.join()
        self.trip(Browser(self.web), **{**GRACE, "email": "Bob@example.org"})
        self.assertEqual(self.user("bob@example.org").id, bob.id)
        self.assertEqual(self.user(self.ada.email).first_name, "Grace")

    def test_policies_give_groups_and_take_them_back(self) -> None:
        """AST-149, AST-139: `creation_groups` for accounts made by a provider, `add_groups` for
        whoever adds it; removing the provider removes `add_groups`."""
        self.start({"oidc": {"creation_groups": ["new"], "add_groups": ["friends", "more"]}})
        self.sign_up(self.token_of(self.trip()))
        self.assertEqual(self.groups(self.user()), ["friends", "more", "new"])
        self.browser = Browser(self.web)
        self.browser.sign_in()
        self.join(**OTHER)
        self.assertEqual(self.groups(self.ada), ["friends", "more"])
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        issued = done(self.cloud.identity.tokens.inspect(token))
        self.assertEqual(set(issued.groups), {"friends", "more"})
        number = done(self.cloud.identity.methods.ways(self.ada.id)).methods[1].number
        done(self.cloud.identity.methods.remove(self.ada.id, number))
        self.assertEqual(self.groups(self.ada), [])

    def test_required_providers_come_first(self) -> None:
        """AST-150, UI-236: every page but the profile leads there until they are added."""
        self.start({"oidc": {"required": True}})
        self.assert_led(self.browser.sign_in(next="/ui/servers"), "/profile?next=/ui/servers")
        self.assertEqual(self.browser.script("/ui/session_token").status, 403)
        self.assert_led(self.browser.get("/login?next=/ui/"), "/profile?next=/ui/")
        self.assert_led(self.browser.get(f"{UI}/email_change"), "/profile?next=")
        page = self.browser.get(f"{UI}/profile")
        self.assertEqual(page.status, 200)
        self.assertIn("add this way to sign in: Example", page.text)
        self.join()
        self.assertEqual(self.whose(), self.ada.id)
        self.assertEqual(self.browser.get(f"{UI}/email_change").status, 200)
        other = Browser(self.web)
        self.assert_led(self.trip(other, "?next=/ui/x"), "/ui/x")


class Profiles(WaysCase):
    def test_a_profile_holds_what_its_owner_may_change(self) -> None:
        """UI-238: names, password, address with the wish that waits, and all tokens at once."""
        self.browser.sign_in()
        self.assertNotIn("email_change", self.browser.get(f"{UI}/profile").text)
        self.start(life={"email_change": True})
        self.browser = Browser(self.web)
        self.browser.sign_in()
        page = self.browser.get(f"{UI}/profile").text
        for part in ('name="first_name" type="text" value="Ada"', 'name="renew"', "/email_change"):
            self.assertIn(part, page)
        self.assertIn(f"{UI}/password_change", page)
        for address in ("one@example.org", "two@example.org"):
            self.browser.submit(f"{UI}/email_change", {"new_email_address": address})
            self.assertIn(f"way to {address}", self.browser.get(f"{UI}/profile").text)
        self.assertEqual(
            {each.to for each in self.letters("e-mail change notice")}, {self.ada.email}
        )
        other = Browser(self.web)
        other.sign_in()
        old = unquote(self.browser.cookies["_pithos2_a"]).partition("|")[2]
        fields = {"first_name": "A.", "last_name": "B.", "renew": "on"}
        self.assert_led(self.browser.submit(f"{UI}/profile", fields), "good=saved")
        self.assertEqual(self.user(self.ada.email).real_name, "A. B.")
        self.assertEqual((self.whose(), self.whose(other)), (self.ada.id, ""))
        new = unquote(self.browser.cookies["_pithos2_a"]).partition("|")[2]
        self.assertEqual(self.web.get(ME, token=old).status, 401)
        self.assertEqual(self.web.get(ME, token=new).status, 200)


class Messages(WaysCase):
    def test_pages_say_what_administrators_have_to_say(self) -> None:
        """UI-225: for sign-in, sign-up, profile and all pages, by level."""
        messages = {
            place: [(level, f"<{place}>")]
            for place, level in zip(
                ("all", "login", "signup", "profile"),
                ("error", "info", "success", "warning"),
                strict=True,
            )
        }
        self.start(browsers=BrowserSettings(messages=messages))
        self.browser.sign_in()
        other = Browser(self.web)
        for place, page in (
            ("login", other.get("/login")),
            ("signup", other.get(f"{UI}/signup")),
            ("profile", self.browser.get(f"{UI}/profile")),
            ("", other.get(f"{UI}/local/password_reset")),
        ):
            shown = {each for each in messages if f"&lt;{each}&gt;" in page.text}
            self.assertEqual(shown, {"all", place} - {""})
            for each in shown:
                level = messages[each][0][0]
                self.assertIn(f'data-level="{level}">&lt;{each}&gt;', page.text)


class Leaving(WaysCase):
    def test_a_session_at_the_provider_may_live_on(self) -> None:
        """UI-234: signing out says so, and leads to `next`, or to the sign-in page."""
        self.browser.sign_in()
        self.assertNotIn("stay signed in", self.browser.get("/logout").text)
        self.join()
        self.browser = Browser(self.web)
        self.trip()
        self.assertIn("stay signed in at the provider", self.browser.get("/logout").text)
        self.assert_led(self.browser.submit("/logout", {"next": "/ui/x"}), "/ui/x")
        self.trip()
        self.assert_led(self.browser.submit("/logout", {}), "/login")
        self.start(browsers=BrowserSettings(logout_next="/goodbye"))
        self.browser = Browser(self.web)
        self.browser.sign_in()
        self.assert_led(self.browser.submit("/logout", {}), "/goodbye")


class Directories(WaysCase):
    def setUp(self) -> None:
        super().setUp()
        self.know()

    def know(self, *groups: str) -> None:
        claim = Claim("ldap", "guid-1", "grace@example.org", "Grace", "Hopper", groups=groups)
        self.directory.people["grace"] = ("pw of grace", claim)

    def login(self, browser: Browser | None = None, **fields: str) -> Any:
        given = {"username": "grace", "password": "pw of grace", **fields}
        return (browser or self.browser).submit(f"{UI}/login/ldap", given)

    def test_a_name_and_password_are_tried_in_the_directory(self) -> None:
        """identity.md 2.10: wrong ones are counted and paused like our own (6.4)."""
        answer = self.login(password="wrong")
        self.assertEqual(answer.status, 200)
        self.assertIn("not right", answer.text)
        self.assertIn('value="grace"', answer.text)
        self.assertIn("not right", self.login(password="").text)
        self.assertIn("not right", self.login(username="nobody").text)
        self.login(password="wrong")
        self.assertIn("Too many tries", self.login().text)
        self.cloud.clock.advance(61)
        token = self.token_of(self.login())
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertIn('value="Hopper"', page)
        self.directory.down = True
        self.assertIn("does not answer", self.login().text)

    def test_groups_are_mirrored_at_every_sign_in(self) -> None:
        """AST-148: what the directory does not name is lost; only where the policy says so."""
        self.start({"ldap": {"mirror_groups": True}})
        self.know("staff", "navy")
        self.browser.sign_in()
        self.login()
        done(self.cloud.identity.administration.add_group("old"))
        done(self.cloud.identity.administration.set_groups(self.ada.id, ["old"], []))
        self.login(Browser(self.web))
        self.assertEqual(self.groups(self.ada), ["navy", "staff"])
        self.know()
        self.login(Browser(self.web))
        self.assertEqual(self.groups(self.ada), [])
        self.start()
        self.know("staff")
        self.browser.sign_in()
        self.login()
        self.login(Browser(self.web))
        self.assertEqual(self.groups(self.ada), [])

    def test_programs_list_add_and_remove_ways(self) -> None:
        """web-ui.md 5: `me/providers`, with the policies that hold."""
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        told = self.web.get(ME + "/providers", token=token).json()
        self.assertEqual([each["module"] for each in told["providers"]], ["local"])
        self.assertEqual(
            [each["module"] for each in told["available"]], ["oidc", "shibboleth", "ldap"]
        )
        self.assertTrue(told["available"][0]["add_url"].endswith(f"{UI}/login/oidc"))
        wish = {"module": "ldap", "identifier": "grace", "password": "wrong"}
        self.assertEqual(self.web.post(ME + "/providers", json=wish, token=token).status, 403)
        added = self.web.post(
            ME + "/providers", json={**wish, "password": "pw of grace"}, token=token
        )
        self.assertEqual(added.status, 201, added.text)
        (local, ldap) = added.json()["providers"]
        self.assertEqual((ldap["identifier"], ldap["removable"]), ("guid-1", True))
        for module, status in (("oidc", 400), ("nobody", 404), ("local", 400)):
            answer = self.web.post(ME + "/providers", json={"module": module}, token=token)
            self.assertEqual(answer.status, status, answer.text)
        again = self.web.post(
            ME + "/providers", json={"module": "local", "password": PASSWORD}, token=token
        )
        self.assertEqual(again.status, 409)
        place = f"{ME}/providers/{local['id']}"
        self.assertEqual(self.web.delete(place, token=token).status, 204)
        self.assertEqual(self.web.delete(place, token=token).status, 404)
        last = self.web.delete(f"{ME}/providers/{ldap['id']}", token=token)
        self.assertEqual(last.status, 403)
        self.assertEqual(self.web.get(ME + "/providers").status, 401)


class Fronts(WaysCase):
    def test_headers_of_a_front_server_sign_in(self) -> None:
        """identity.md 2.10: by REMOTE_USER, with the attributes that it tells."""
        answer = self.browser.get(f"{UI}/login/shibboleth", **HEADERS)
        token = self.token_of(answer)
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        for value in ("grace@example.org", "Grace", "Hopper"):
            self.assertIn(f'value="{value}"', page)
        self.sign_up(token, provider="shibboleth")
        self.verify()
        self.assertEqual(self.methods(self.user()), [("shibboleth", "grace@idp")])
        self.browser.get(f"{UI}/login/shibboleth", **HEADERS)
        self.assertEqual(self.whose(), self.user().id)
        profile = done(self.cloud.identity.administration.profiles(self.user().id))[0]
        self.assertEqual(profile.methods[0]["affiliation"], "staff")

    def test_nobody_else_s_headers_are_believed(self) -> None:
        """identity.md 6.3: only those of the trusted proxies."""
        from tests.harness.cloud import web

        direct = Browser(web(self.cloud, proxies=("198.51.100.1",)))
        page = direct.get(f"{UI}/login/shibboleth", **HEADERS)
        self.assertEqual(page.status, 200)
        self.assertIn("does not tell who you are", page.text)
        direct = Browser(web(self.cloud))
        self.assertIn("does not tell", direct.get(f"{UI}/login/shibboleth", **HEADERS).text)
        wire = {name: value for name, value in HEADERS.items() if name != "REMOTE_USER"}
        answer = self.web.get(f"{UI}/login/shibboleth", headers={**wire, "REMOTE_USER": "x@idp"})
        self.assert_led(answer, "third_party_token")
        for twice in ({"Remote-User": "y@idp"}, {"shib_mail": "y@example.org"}):
            sent = {**wire, "REMOTE_USER": "x@idp", **twice}
            page = self.web.get(f"{UI}/login/shibboleth", headers=sent)
            self.assertIn("it tells it twice", page.text)
        bare = self.browser.get(f"{UI}/login/shibboleth", EPPN="grace@old.idp")
        self.assertIn("does not tell who you are", bare.text)

    def test_names_may_be_needed_and_old_identifiers_go_on(self) -> None:
        """identity.md 3.9: SHIBBOLETH_REQUIRE_NAME_INFO, SHIBBOLETH_MIGRATE_EPPN."""
        self.start(shibboleth=ShibbolethSettings(names=True, migrate=True))
        nameless = {"REMOTE_USER": "x", "SHIB-INETORGPERSON-DISPLAYNAME": "Grace"}
        page = self.browser.get(f"{UI}/login/shibboleth", **nameless)
        self.assertIn("does not tell your names", page.text)
        self.browser.sign_in()
        old = {**HEADERS, "REMOTE_USER": HEADERS["EPPN"]}
        token = csrf_of(self.browser.get(f"{UI}/profile"))
        added = self.browser.post(f"{UI}/login/shibboleth", {"csrf": token}, **old)
        self.assert_led(added, "good=added")
        other = Browser(self.web)
        other.get(f"{UI}/login/shibboleth", **HEADERS)
        self.assertEqual(self.whose(other), self.ada.id)
        self.assertEqual(self.methods(self.ada)[1], ("shibboleth", "grace@idp"))


class Proofs(WaysCase):
    """OpenID Connect: what is no proof is refused, whatever it says."""

    def refused(self, **claims: Any) -> None:
        page = self.trip(Browser(self.web), **(claims or GRACE))
        self.assertEqual(page.status, 200, page.headers)
        self.assertIn("no proof of who you are", page.text)
        self.assertNotIn("Traceback", page.text)

    def test_proofs_are_checked(self) -> None:
        """AST-151: issuer, audience, times, nonce, access token, signature, algorithm, key."""
        now = int(self.cloud.clock.seconds())
        for cheat in (
            {"iss": "https://evil.example.net"},
            {"aud": "another client"},
            {"aud": ["synnefo", "other"]},
            {"aud": ["synnefo", "other"], "azp": "other"},
            {"exp": now - 61},
            {"iat": now + 61},
            {"exp": "soon"},
            {"exp": None},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": None},
            {"at_hash": "AAAA"},
        ):
            self.provider.cheat = cheat
            self.refused()
        self.provider.cheat = {"aud": ["synnefo", "other"], "azp": "synnefo", "at_hash": None}
        self.token_of(self.trip())
        self.provider.cheat = {}
        for sign in (
            ("HS256", "s3cret of the client" * 2, "key-1"),
            ("none", None, "key-1"),
            ("ES256", OTHER_KEY, "key-1"),
            ("ES256", OTHER_KEY, "key-2"),
        ):
            self.provider.sign = sign
            self.refused()
        self.provider.sign = None
        self.provider.page = {"sub": "another person"}
        self.refused()
        self.provider.page = {}
        self.token_of(self.trip(Browser(self.web)))

    def test_a_trip_is_finished_once_and_soon(self) -> None:
        """AST-151: state and code are worth nothing a second time, or later."""
        started = self.browser.get(f"{UI}/login/oidc")
        target = self.provider.consent(started.headers["location"], **GRACE)
        path = target.removeprefix("http://cloud.example.org")
        self.cloud.clock.advance(901)
        self.assertIn("took too long", self.browser.get(path).text)
        started = self.browser.get(f"{UI}/login/oidc")
        target = self.provider.consent(started.headers["location"], **GRACE)
        path = target.removeprefix("http://cloud.example.org")
        self.token_of(self.browser.get(path))
        self.assertIn("was not sent there", self.browser.get(path).text)
        for query in ("", "?code=x", "?state=", "?state=%00", "?error=access_denied&state=x"):
            page = self.browser.get(f"{UI}/login/oidc/authenticated{query}")
            self.assertIn(page.status, (200, 400), query)

    def test_the_provider_may_refuse_or_be_another(self) -> None:
        """AST-151, RFC 9207: an error at the provider, or an answer of another issuer."""
        for extra in ("&error=access_denied", "&iss=https%3A%2F%2Fevil.example.net"):
            started = self.browser.get(f"{UI}/login/oidc")
            target = self.provider.consent(started.headers["location"], **GRACE)
            page = self.browser.get(target.removeprefix("http://cloud.example.org") + extra)
            self.assertIn('role="alert"', page.text)

    def test_a_provider_that_fails_is_told_of(self) -> None:
        """AST-151: no answer, nonsense, another issuer's papers: a page that says so."""
        self.provider.down = True
        self.assertIn("does not answer", self.browser.get(f"{UI}/login/oidc").text)
        self.provider.down = False
        for about in (
            {"issuer": "https://evil.example.net"},
            {"authorization_endpoint": None},
            {"authorization_endpoint": 7},
        ):
            self.provider.about = about
            self.assertIn("does not answer", self.browser.get(f"{UI}/login/oidc").text)
            self.cloud.clock.advance(3601)
        self.provider.about = {"jwks_uri": self.party.issuer + "/nowhere"}
        self.assertIn("does not answer", self.trip().text)

    def test_keys_are_kept_and_looked_up_again(self) -> None:
        """AST-151: discovery and keys are asked for once; a new key is found."""
        self.trip(Browser(self.web))
        self.trip(Browser(self.web))
        self.assertEqual(self.provider.asked.count("GET /keys"), 1)
        self.assertEqual(self.provider.asked.count("GET /.well-known/openid-configuration"), 1)
        self.cloud.clock.advance(60)
        self.provider.new_key("key-9")
        self.token_of(self.trip(Browser(self.web)))
        self.assertEqual(self.provider.asked.count("GET /keys"), 2)

    def test_secrets_may_be_posted(self) -> None:
        """AST-151: where the provider takes no HTTP Basic."""
        self.provider.about = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        self.token_of(self.trip())
        self.provider.secret = "another"
        self.refused()

    def test_plain_oauth_replaces_what_was_oauth_1(self) -> None:
        """AST-151, AST-141: without a signed proof, the provider's page tells who it is."""
        self.start(plain=True)
        token = self.token_of(self.trip(data={"id": 12345, "name": "Grace"}))
        self.sign_up(token)
        self.verify()
        self.assertEqual(self.methods(self.user()), [("oidc", "12345")])
        nobody = self.trip(Browser(self.web), data="odd")
        self.assertIn("does not tell who you are", nobody.text)

    def test_what_a_provider_tells_is_made_fit(self) -> None:
        """identity.md 3.1: names of 30 characters, no control characters, nothing unescaped."""
        odd = {**GRACE, "given_name": "<b>G\x00race</b>" + "x" * 99, "family_name": 7}
        token = self.token_of(self.trip(**odd))
        page = self.browser.get(f"{UI}/signup?third_party_token={token}").text
        self.assertIn("&lt;b&gt;Grace&lt;/b&gt;xxx", page)
        self.assertNotIn("<b>G", page)
        long = self.trip(Browser(self.web), **{**GRACE, "sub": "s" * 256})
        self.assertIn("does not tell who you are", long.text)


def _key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


OTHER_KEY = _key()
