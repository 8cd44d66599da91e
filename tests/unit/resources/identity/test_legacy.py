"""Synnefo's identity v2.0 and account API, and Swift's v1 auth, through the door."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.chores import sweeping
from synnefod.identity.interface.administration import ServiceImport
from synnefod.identity.records import users as records
from synnefod.identity.throttle import Limits
from synnefod.projects.interface import NewProject
from synnefod.quota.interface import VM, Charge
from tests.harness.cloud import PASSWORD, done, in_memory, v3_token, web

TOKENS = "/astakos/identity/v2.0/tokens"
ACCOUNT = "/astakos/account/v1.0"
STANDARD_TYPES = {
    "account",
    "identity",
    "astakos_weblogin",
    "astakos_auth",
    "compute",
    "image",
    "network",
    "volume",
    "vmapi",
    "admin",
    "object-store",
}


class LegacyCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory(limits=Limits(account_minute=50, account_quarter=100))
        self.ada = done(self.cloud.person("Ada@example.org"))
        self.lab = done(self.cloud.projects.create(NewProject("lab", self.ada.id)))
        self.token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        self.web = web(self.cloud)

    def post(self, path: str, body: Any, status: int = 200, **options: Any) -> Any:
        answer = self.web.post(path, json=body, **options)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None

    def get(self, path: str, status: int = 200, token: str | None = None) -> Any:
        answer = self.web.get(path, token=self.token if token is None else token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None


class TokenTests(LegacyCase):
    def test_the_version_is_described(self) -> None:
        """AST-017, with and without a slash."""
        for path in ("/astakos/identity/v2.0", "/astakos/identity/v2.0/"):
            self.assertEqual(self.get(path)["version"]["id"], "v2.0")

    def test_an_empty_body_gives_the_catalogue_alone(self) -> None:
        """AST-018, AST-027, AST-028: exactly the eleven types of a standard installation."""
        answer = self.web.post(TOKENS, headers={"Content-Length": "0"}, token="ignored")
        self.assertEqual(answer.status, 200)
        access = answer.json()["access"]
        self.assertEqual(list(access), ["serviceCatalog"])
        catalogue = {each["type"]: each for each in access["serviceCatalog"]}
        self.assertEqual(set(catalogue), STANDARD_TYPES)
        self.assertEqual(len(access["serviceCatalog"]), 11)
        (endpoint,) = catalogue["account"]["endpoints"]
        self.assertEqual(
            (endpoint["versionId"], endpoint["region"], endpoint["publicURL"]),
            ("v1.0", "default", "http://cloud.example.org/astakos/account/v1.0"),
        )
        self.assertEqual(endpoint["SNF:uiURL"], "http://cloud.example.org/ui")
        (image,) = catalogue["image"]["endpoints"]
        self.assertEqual(image["SNF:exposeVersion"], "False")

    def test_a_token_signs_in(self) -> None:
        """AST-019, AST-023, AST-024, AST-026."""
        access = self.post(TOKENS + "/", {"auth": {"token": {"id": self.token}}})["access"]
        self.assertEqual(set(access), {"token", "user", "serviceCatalog"})
        self.assertEqual(set(access["user"]), {"id", "name", "roles", "roles_links", "projects"})
        self.assertEqual(access["token"]["id"], self.token)
        self.assertTrue(access["token"]["expires"].endswith("+00:00"))
        self.assertEqual(access["token"]["tenant"], {"id": self.ada.id, "name": "Ada Byron"})
        self.assertEqual(access["user"]["projects"], sorted([self.ada.id, self.lab.id]))

    def test_groups_are_roles_whose_ids_are_texts(self) -> None:
        """AST-025"""

        async def join(tx: Any) -> None:
            await records.set_group(tx, self.ada.id, "lab-staff", member=True)

        done(self.cloud.store.transact("join group", join))
        user = self.post(TOKENS, {"auth": {"token": {"id": self.token}}})["access"]["user"]
        (role,) = user["roles"]
        self.assertEqual(role["name"], "lab-staff")
        self.assertIsInstance(role["id"], str)
        self.assertEqual(user["roles_links"], [])

    def test_expired_tokens_are_deleted(self) -> None:
        """identity.md 3.1: the table does not grow for ever."""
        chore = sweeping(self.cloud.identity.tokens, self.cloud.clock, 3600)
        chore.begin()
        self.addCleanup(lambda: done(chore.stop()))

        def count() -> int:
            rows = done(self.cloud.store.read("n", lambda tx: tx.all("select digest from tokens")))
            return len(rows)

        self.cloud.clock.advance(3600)
        self.assertEqual(count(), 1)
        self.cloud.clock.advance(720 * 3600)
        self.assertEqual(count(), 0)

    def test_uuid_and_token_do_as_password_credentials(self) -> None:
        """AST-020, AST-021."""
        right = {"username": self.ada.id, "password": self.token}
        self.post(TOKENS, {"auth": {"passwordCredentials": right, "tenantName": ""}})
        wrong = {"username": "somebody", "password": self.token}
        self.post(TOKENS, {"auth": {"passwordCredentials": wrong}}, 401)
        self.post(TOKENS, {"auth": {"passwordCredentials": {**right, "password": ""}}}, 401)
        self.post(TOKENS, {"auth": {"passwordCredentials": right, "tenantName": "x"}}, 400)

    def test_a_tenant_scopes_the_answer(self) -> None:
        """AST-022: by name and by id; the token handed back is of that project."""
        for tenant in ({"tenantName": "lab"}, {"tenantId": self.lab.id}):
            access = self.post(TOKENS, {"auth": {"token": {"id": self.token}, **tenant}})["access"]
            self.assertEqual(access["token"]["tenant"], {"id": self.lab.id, "name": "lab"})
            principal = done(self.cloud.identity.authenticate(access["token"]["id"]))
            self.assertEqual(principal.project, self.lab.id)

    def test_bad_bodies(self) -> None:
        """AST-007, AST-008, AST-009, AST-001."""
        for auth in (
            None,
            [],
            {},
            {"token": {"id": None}},
            {"token": {"id": 5}},
            {"tenantName": 5},
        ):
            fault = self.post(TOKENS, {"auth": auth}, 400)
            self.assertEqual(list(fault), ["badRequest"])
            self.assertEqual(set(fault["badRequest"]), {"code", "message", "details"})
        self.post(TOKENS, {}, 400)
        self.post(
            TOKENS,
            {"auth": {"token": {"id": self.token}}},
            400,
            headers={"Content-Type": "text/plain"},
        )
        self.post(TOKENS, {"auth": {"token": {"id": "unknown"}}}, 401)
        answer = self.web.post(TOKENS, body=b"{", headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status, 400)

    def test_unknown_paths_and_methods(self) -> None:
        """AST-002, AST-003."""
        for path in (ACCOUNT + "/nothing", "/astakos/identity/nothing", ACCOUNT + "/authenticate"):
            self.assertEqual(list(self.get(path, 400)), ["badRequest"])
        answer = self.web.put(TOKENS, json={})
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))
        self.assertEqual(self.web.head(ACCOUNT + "/resources").status, 405)

    def test_xml_on_request(self) -> None:
        """AST-034."""
        answer = self.web.post(TOKENS + "?format=xml", json={"auth": {"token": {"id": self.token}}})
        self.assertEqual(answer.headers["content-type"], "application/xml; charset=UTF-8")
        self.assertIn(f'id="{self.token}"', answer.text)
        self.assertIn("<access xmlns=", answer.text)
        kind = {"Content-Type": "application/xml"}
        self.assertEqual(self.web.post(TOKENS, body=b"<auth/>", headers=kind).status, 400)

    def test_parameter_suffix_and_header_choose_the_form(self) -> None:
        """AST-005, AST-006: in this order; what is not known is not looked at."""
        body = {"auth": {"token": {"id": self.token}}}
        xml = {"Accept": "text/html, application/xml;q=0.9"}
        for path, headers, form in (
            (TOKENS, {}, "json"),
            (TOKENS, {"Accept": "*/*"}, "json"),
            (TOKENS, xml, "xml"),
            (TOKENS, {"Accept": "application/json, application/xml"}, "json"),
            (TOKENS + ".xml", {}, "xml"),
            (TOKENS + ".json", xml, "json"),
            (TOKENS + ".xml?format=json", xml, "json"),
            (TOKENS + ".json?format=xml", {}, "xml"),
            (TOKENS + "?format=atom", xml, "xml"),
            (TOKENS + ".xml?format=atom", {}, "xml"),
        ):
            for given, status in ((body, 200), ({"auth": {}}, 400)):
                answer = self.web.post(path, json=given, headers=headers)
                self.assertEqual(answer.status, status)
                kind = answer.headers["content-type"]
                self.assertEqual(kind, f"application/{form}; charset=UTF-8", (path, headers))
                self.assertEqual(answer.text.lstrip()[:1], "<" if form == "xml" else "{")

    def test_the_catalogue_follows_what_is_registered(self) -> None:
        """AST-029, AST-027: after at most a minute, in both catalogues, behind the own ones."""
        people = self.cloud.identity.administration

        def shown() -> list[str]:
            self.cloud.clock.advance(60)
            found = self.web.post(TOKENS, body=b"").json()["access"]["serviceCatalog"]
            return [each["name"] for each in found]

        before = shown()
        done(people.add_component("wiki", None, "https://wiki.example.org/ui"))
        url = "https://wiki.example.org/v1/100%25"
        endpoints = ({"publicURL": url, "versionId": "v1"}, {"publicURL": "https://second/"})
        wiki = ServiceImport("wiki", "wiki_pages", "pages", endpoints, ())
        stolen = ServiceImport("pithos", "pithos_object-store", "object-store", endpoints, ())
        done(people.import_services([wiki, stolen]))
        self.assertEqual(shown(), [*before, "wiki_pages"])
        entry = self.web.post(TOKENS, body=b"").json()["access"]["serviceCatalog"][-1]
        (endpoint,) = entry["endpoints"]
        self.assertEqual((endpoint["publicURL"], endpoint["versionId"]), (url, "v1"))
        self.assertEqual(endpoint["SNF:uiURL"], "https://wiki.example.org/ui")
        catalog = self.web.get("/v3/auth/catalog", token=v3_token(self.web)).json()["catalog"]
        (found,) = [each for each in catalog if each["type"] == "pages"]
        self.assertEqual({each["url"] for each in found["endpoints"]}, {url})
        done(people.remove_component("wiki"))
        self.assertEqual(shown(), before)

    def test_tenants_extensions_endpoints(self) -> None:
        """AST-035."""
        root = "/astakos/identity/v2.0"
        found = self.get(root + "/tenants?name=lab")["tenants"]
        self.assertEqual([each["id"] for each in found], [self.lab.id])
        self.assertEqual(self.get(root + "/extensions"), {"extensions": {"values": []}})
        self.assertEqual(len(self.get(f"{root}/tokens/{self.token}/endpoints")["endpoints"]), 11)
        self.get(f"{root}/tokens/another/endpoints", 403)


class AccountTests(LegacyCase):
    def test_names_and_uuids_map_onto_each_other(self) -> None:
        """AST-036, AST-037: whatever the case; unknown ones are absent; any Content-Type."""
        body = {"uuids": [self.ada.id, "x"], "displaynames": ["ADA@example.org", "nobody"]}
        answer = self.post(
            ACCOUNT + "/user_catalogs",
            body,
            token=self.token,
            headers={"Content-Type": "application/octet-stream"},
        )
        self.assertEqual(answer["uuid_catalog"], {self.ada.id: "ada@example.org"})
        self.assertEqual(answer["displayname_catalog"], {"ADA@example.org": self.ada.id})
        for bad in ([], {"displaynames": None}, {"displaynames": [1]}, {"uuids": "x"}):
            self.post(ACCOUNT + "/user_catalogs", bad, 400, token=self.token)
        many = {"uuids": ["x"] * 10_001}
        self.post(ACCOUNT + "/user_catalogs", many, 413, token=self.token)

    def test_a_component_may_ask_for_everybody(self) -> None:
        """AST-038, AST-039, AST-013: with its own token, and with no user's."""
        token = done(self.cloud.identity.components.renew_token("pithos"))
        path = ACCOUNT + "/service/user_catalogs"
        answer = self.post(path, {"uuids": None}, token=token)
        self.assertEqual(answer["uuid_catalog"], {self.ada.id: "ada@example.org"})
        self.post(path, {"displaynames": None}, 400, token=token)
        self.post(path, {}, 401, token=self.token)
        self.post(ACCOUNT + "/user_catalogs", {}, 401, token=token)

    def test_resources_are_public(self) -> None:
        """AST-046, AST-121: those of a default installation that programs may see."""
        found = self.get(ACCOUNT + "/resources", token="")
        self.assertEqual(
            found["cyclades.ram"],
            {
                "service": "cyclades_compute",
                "description": "Memory of running servers",
                "unit": "bytes",
                "ui_visible": True,
                "api_visible": True,
            },
        )
        self.assertEqual(len(found), 7)
        self.assertNotIn("cyclades.total_cpu", found)

    def test_quotas_show_the_member_s_part_and_the_whole(self) -> None:
        """AST-047, AST-048, AST-049."""
        charge = Charge(self.ada.id, self.ada.id, VM, 2)
        ledger, store = self.cloud.ledger, self.cloud.store
        done(store.transact("charge", lambda tx: ledger.charge(tx, [charge])))
        one = Charge(self.ada.id, self.ada.id, VM, 1)
        done(store.transact("reserve", lambda tx: ledger.reserve(tx, [one])))
        found = self.get(ACCOUNT + "/quotas")
        self.assertEqual(set(found), {self.ada.id, self.lab.id})
        self.assertEqual(
            found[self.ada.id]["cyclades.vm"],
            {
                "limit": 4,
                "usage": 3,
                "pending": 1,
                "project_limit": 4,
                "project_usage": 3,
                "project_pending": 1,
            },
        )
        self.assertNotIn("astakos.pending_app", found[self.ada.id])
        self.get(ACCOUNT + "/quotas", 401, token="")
        self.get(ACCOUNT + "/quotas", 401, token="unknown")

    def test_a_component_sees_quotas_of_its_own_services(self) -> None:
        """AST-050, AST-051, AST-052."""
        token = done(self.cloud.identity.components.renew_token("pithos"))
        found = self.get(ACCOUNT + "/service_quotas", token=token)
        self.assertEqual(set(found[self.ada.id][self.ada.id]), {"pithos.diskspace"})
        path = f"{ACCOUNT}/service_quotas?user={self.ada.id},x&project={self.lab.id}"
        self.assertEqual(set(self.get(path, token=token)[self.ada.id]), {self.lab.id})
        for missing in (
            "service_quotas?user=x",
            "service_quotas?user=",
            "service_project_quotas?project=x",
        ):
            self.get(f"{ACCOUNT}/{missing}", 404, token=token)
        found = self.get(ACCOUNT + "/service_project_quotas", token=token)
        self.assertEqual(
            found[self.lab.id]["pithos.diskspace"],
            {"project_limit": 0, "project_usage": 0, "project_pending": 0},
        )
        self.get(ACCOUNT + "/service_quotas", 401)

    def test_the_default_project_is_one_s_own_choice(self) -> None:
        """AST-042, AST-043, AST-044; one that ends gives way to the own project."""
        path = ACCOUNT + "/myaccount/default_project"
        other = done(self.cloud.projects.create(NewProject("other")))
        self.post(path, {"project_id": self.lab.id}, token=self.token)
        principal = done(self.cloud.identity.authenticate(self.token))
        self.assertEqual(principal.project, self.lab.id)
        self.post(path, {}, 403, token=self.token)
        self.post(path, {"project_id": 5}, 400, token=self.token)
        self.post(path, {"project_id": "unknown"}, 404, token=self.token)
        self.post(path, {"project_id": other.id}, 404, token=self.token)
        done(self.cloud.projects.suspend(self.lab.id))
        self.post(path, {"project_id": self.lab.id}, 403, token=self.token)
        done(self.cloud.projects.terminate(self.lab.id))
        self.post(path, {"project_id": self.lab.id}, 409, token=self.token)
        principal = done(self.cloud.identity.authenticate(self.token))
        self.assertEqual(principal.project, self.ada.id)

    def test_answers_are_not_cached(self) -> None:
        """AST-014, AST-016."""
        answer = self.web.get(ACCOUNT + "/quotas", token=self.token)
        self.assertIn("no-store", answer.headers["cache-control"])
        self.assertEqual(answer.headers["vary"], "X-Auth-Token")
        self.assertTrue(answer.headers["x-openstack-request-id"].startswith("req-"))

    def test_the_token_may_come_in_the_query(self) -> None:
        """AST-010."""
        self.get(f"{ACCOUNT}/quotas?X-Auth-Token={self.token}", token="unknown")


class SwiftAuthTests(LegacyCase):
    def sign_in(self, user: str, key: str, status: int = 200, **headers: str) -> Any:
        sent = headers or {"X-Auth-User": user, "X-Auth-Key": key}
        answer = self.web.get("/auth/v1.0", headers=sent)
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def test_every_kind_of_user_and_key_signs_in(self) -> None:
        """AST-220."""
        for user, key in (
            (self.ada.id, self.token),
            (self.ada.id, PASSWORD),
            ("ada@example.org", PASSWORD),
            ("lab:ada@example.org", PASSWORD),
            (f"{self.lab.id}:{self.ada.id}", self.token),
        ):
            answer = self.sign_in(user, key)
            self.assertEqual(
                answer.headers["x-storage-url"],
                f"http://cloud.example.org/swift/v1/AUTH_{self.ada.id}",
            )
            token = answer.headers["x-auth-token"]
            self.assertEqual(answer.headers["x-storage-token"], token)
            self.assertGreater(int(answer.headers["x-auth-token-expires"]), 0)
            principal = done(self.cloud.identity.authenticate(token))
            wanted = self.lab.id if ":" in user else self.ada.id
            self.assertEqual(principal.project, wanted)
        scoped = v3_token(self.web, scope={"project": {"name": "lab"}})
        body = {"application_credential": {"name": "rclone"}}
        path = f"/v3/users/{self.ada.id}/application_credentials"
        made = self.post(path, body, 201, token=scoped)["application_credential"]
        self.sign_in(f"appcred:{made['id']}", made["secret"])

    def test_the_client_is_who_the_proxy_says_it_is(self) -> None:
        """(PIT-003) Identity is told the first address of X-Forwarded-For from a proxy that is
        trusted, else the peer's: failures of one client do not pause another's."""
        names = [f"nobody{number}@example.org" for number in range(60)]

        def tries(client: Any, first: str) -> int:
            """The status of the last of many failures from an address."""
            for name in names:
                sent = {"X-Auth-User": name, "X-Auth-Key": "x"}
                sent["X-Forwarded-For"] = f"{first}, 192.0.2.7"
                status: int = client.get("/auth/v1.0", headers=sent).status
            return status

        behind = web(self.cloud, proxies=["192.0.2.0/24"])
        self.assertEqual(tries(behind, "203.0.113.9"), 429)
        sent = {"X-Auth-User": self.ada.id, "X-Auth-Key": PASSWORD}
        for first, status in (("203.0.113.9", 429), ("198.51.100.1", 200)):
            sent["X-Forwarded-For"] = first
            self.assertEqual(behind.get("/auth/v1.0", headers=sent).status, status)
        direct = web(self.cloud)
        self.assertEqual(direct.get("/auth/v1.0", headers=sent).status, 200)
        self.assertEqual(tries(direct, "10.0.0.1"), 429)
        sent["X-Forwarded-For"] = "10.0.0.2"
        self.assertEqual(direct.get("/auth/v1.0", headers=sent).status, 429)

    def test_another_persons_account_may_be_named(self) -> None:
        """(PIT-245) `account:user` signs the user in, with the URL of that account; both mounts."""
        bob = done(self.cloud.person("Bob@example.org"))
        for path in ("/auth/v1.0", "/swift/auth/v1.0"):
            sent = {"X-Auth-User": f"{bob.id}:{self.ada.id}", "X-Auth-Key": self.token}
            answer = self.web.get(path, headers=sent)
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(
                answer.headers["x-storage-url"],
                f"http://cloud.example.org/swift/v1/AUTH_{bob.id}",
            )
            self.assertEqual(answer.headers["x-auth-token"], self.token)
            self.assertEqual(answer.headers["x-storage-token"], self.token)
        self.sign_in(f"{bob.id}:{self.ada.id}", "wrong", 401)

    def test_refusals(self) -> None:
        """AST-220: 401 also for a missing header."""
        self.sign_in("ada@example.org", "wrong password", 401)
        self.sign_in("nobody", PASSWORD, 401)
        self.sign_in("nowhere:ada@example.org", PASSWORD, 401)
        answer = self.sign_in("", "", 401, **{"X-Auth-User": "ada@example.org"})
        self.assertTrue(answer.headers["www-authenticate"].startswith('Swift realm="'))


class ProjectTests(LegacyCase):
    def setUp(self) -> None:
        super().setUp()
        self.hidden = done(self.cloud.projects.create(NewProject("hidden", private=True)))
        self.open = done(self.cloud.projects.create(NewProject("open")))
        admin = done(self.cloud.person("root@example.org", admin=True))
        self.root, _ = done(self.cloud.identity.tokens.issue_api(admin.id))

    def names(self, query: str = "", token: str | None = None) -> list[str]:
        found = self.get(f"{ACCOUNT}/projects{query}", token=token)
        return [each["name"] for each in found]

    def test_the_list_depends_on_mode_and_filters(self) -> None:
        """AST-077, AST-078, AST-079, AST-080."""
        own = f"system:{self.ada.id}"
        self.assertEqual(self.names(), [own, "lab"])
        self.assertEqual(self.names("?name=lab"), ["lab"])
        self.assertEqual(self.names(f"?owner={self.ada.id}"), ["lab"])
        self.assertEqual(self.names("?owner=x"), [])
        self.assertEqual(self.names("?mode=active"), ["lab", "open"])
        self.assertEqual(len(self.names(token=self.root)), 5)
        done(self.cloud.projects.suspend(self.lab.id))
        self.assertEqual(self.names("?mode=member"), [own])
        self.assertEqual(self.names("?state=suspended"), ["lab"])
        for bad in ("?state=foo", "?mode=foo"):
            self.get(f"{ACCOUNT}/projects{bad}", 400)

    def test_a_project_is_shown_to_whom_it_concerns(self) -> None:
        """AST-081."""
        shown = self.get(f"{ACCOUNT}/projects/{self.ada.id}")
        self.assertEqual((shown["state"], shown["system_project"]), ("active", True))
        self.assertEqual((shown["owner"], shown["join_policy"]), (None, "closed"))
        self.assertEqual(
            shown["resources"]["cyclades.vm"], {"project_capacity": 4, "member_capacity": 4}
        )
        self.assertNotIn("cyclades.total_cpu", shown["resources"])
        self.assertFalse({"last_application", "deactivation_date"} & set(shown))
        self.get(f"{ACCOUNT}/projects/{self.open.id}")
        self.get(f"{ACCOUNT}/projects/{self.hidden.id}", 403)
        self.get(f"{ACCOUNT}/projects/{self.hidden.id}", token=self.root)
        self.get(f"{ACCOUNT}/projects/unknown", 404)
