"""The ways to sign in, as the settings offer them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod import config
from synnefod.assembly.checkconfig import problems, shown
from synnefod.assembly.ways import ways

GOOD = """
[server]
trusted_proxies = ["192.0.2.1"]
[signin]
providers = ["ldap", "google", "linkedin", "twitter", "campus", "shibboleth", "local"]
policies = {all = {remove = false}, ldap = {mirror_groups = true, add_groups = ["staff"]}}
[signin.openid.google]
client_id = "g"
client_secret = "hush-hush"
[signin.openid.linkedin]
client_id = "l"
[signin.openid.twitter]
client_id = "t"
[signin.openid.campus]
issuer = "https://id.campus.example"
client_id = "c"
label = "Campus"
forced = ["email"]
attributes = {identifier = "uid"}
[ldap]
host = "ldap.example.org"
base = "dc=example,dc=org"
reader_password = "hush-hush"
"""


class Settings(SynchronousTestCase):
    def file(self, text: str) -> str:
        path = self.mktemp()
        Path(path).write_text(text, "utf-8")
        return path

    def ways(self, text: str) -> Any:
        return ways(config.load(self.file(text), {}), Clock())

    def test_providers_are_enabled_in_the_order_of_the_settings(self) -> None:
        """AST-141, AST-151: google, linkedin and twitter need no more than a client's name."""
        found = self.ways(GOOD)
        self.assertEqual(
            found.names, ("ldap", "google", "linkedin", "twitter", "campus", "shibboleth", "local")
        )
        kinds = {name: each.card.kind for name, each in found.offered.items()}
        self.assertEqual(kinds.pop("ldap"), "form")
        self.assertEqual(kinds.pop("shibboleth"), "front")
        self.assertEqual(set(kinds.values()), {"redirect"})
        issuers = {name: found.offered[name].settings.party.issuer for name in kinds}
        self.assertEqual(issuers["google"], "https://accounts.google.com")
        self.assertEqual(issuers["linkedin"], "https://www.linkedin.com/oauth")
        self.assertFalse(found.offered["twitter"].settings.party.proof)
        campus = found.offered["campus"]
        self.assertEqual((campus.card.label, campus.card.forced), ("Campus", {"email"}))
        self.assertEqual(campus.settings.attributes["identifier"], "uid")
        self.assertEqual(campus.settings.attributes["email"], "email")

    def test_policies_come_from_the_settings(self) -> None:
        """AST-146: for all providers, then for one; the built-in ones otherwise."""
        rules = self.ways(GOOD).rules
        ldap, google = rules.policy("ldap"), rules.policy("google")
        self.assertEqual(
            (ldap.remove, ldap.mirror_groups, ldap.add_groups), (False, True, ("staff",))
        )
        self.assertEqual((google.remove, google.mirror_groups, google.limit), (False, False, 1))
        self.assertEqual((google.switch, ldap.switch), (True, False))

    def test_settings_that_mean_nothing_are_named(self) -> None:
        """OPS-142: one line, with the key."""
        for text, words in (
            ("[signin]\nproviders = []", "signin.providers"),
            ("[signin]\nproviders = ['local', 'local']", "signin.providers"),
            ("[signin]\nproviders = ['google']", "signin.openid"),
            ("[signin]\nproviders = ['ldap']", "ldap.host"),
            ("[signin]\nproviders = ['shibboleth']", "server.trusted_proxies"),
            ("[signin]\npolicies = {local = {logni = true}}", "logni"),
            ("[signin]\npolicies = {local = {login = 1}}", "login"),
            ("[signin]\npolicies = {local = {limit = -1}}", "limit"),
            ("[signin]\npolicies = {local = {add_groups = ['']}}", "add_groups"),
            ("[signin]\ninvitations_per_level = {x = 1}", "invitations_per_level"),
            ("[signin.openid.ldap]\nclient_id = 'x'", "ldap"),
            ("[signin.openid.campus]\nclient_id = 'x'\nforced = ['shoe']", "shoe"),
            ("[ldap]\nforced = ['shoe']", "shoe"),
            (GOOD + "verify = '/nowhere.pem'", "ldap.verify"),
            (GOOD.replace("issuer", "#issuer"), "signin.openid.campus.issuer"),
        ):
            error = self.assertRaises(config.ConfigError, self.ways, text)
            self.assertIn(words, str(error))
            self.assertNotIn("\n", str(error))
            told = "\n".join(problems(self.file(text), {}))
            self.assertIn(words.rpartition(".")[2], told)

    def test_secrets_are_masked_when_settings_are_shown(self) -> None:
        """OPS-143: those of providers too."""
        text = shown(self.file(GOOD), {}, origin=True)
        self.assertNotIn("hush-hush", text)
        self.assertIn("***", text)
        self.assertIn("https://id.campus.example", text)
