"""Keystone v3 through the door."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.throttle import Limits
from synnefod.projects.interface import NewProject
from tests.harness.cloud import PASSWORD, done, in_memory, v3_token, web

TOKENS = "/v3/auth/tokens"


def by_password(name: str, password: str = PASSWORD, **scope: Any) -> dict[str, Any]:
    user = {"name": name, "domain": {"name": "Default"}, "password": password}
    identity = {"methods": ["password"], "password": {"user": user}}
    return {"auth": {"identity": identity, **scope}}


class KeystoneCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory(limits=Limits(account_minute=50, account_quarter=100))
        self.ada = done(self.cloud.person())
        self.admin = done(self.cloud.person("root@example.org", admin=True))
        self.lab = done(self.cloud.projects.create(NewProject("lab", self.ada.id)))
        self.web = web(self.cloud)


class DiscoveryTests(KeystoneCase):
    def test_the_list_of_versions_names_v3_alone(self) -> None:
        """AST-209: 300 and a list at the root, one version at v3, and at the aliases."""
        for path, v3 in (
            ("/astakos/identity", "/astakos/identity/v3/"),
            ("/identity/", "/identity/v3/"),
        ):
            answer = self.web.get(path)
            self.assertEqual(answer.status, 300)
            (version,) = answer.json()["versions"]["values"]
            self.assertEqual(version["links"][0]["href"], "http://cloud.example.org" + v3)
            self.assertEqual(sorted(version), ["id", "links", "media-types", "status", "updated"])
        for path in ("/astakos/identity/v3", "/v3/", "/identity/v3"):
            self.assertEqual(self.web.get(path).json()["version"]["id"], "v3.14")

    def test_unknown_paths_and_refusals_have_keystone_s_form(self) -> None:
        """AST-214: `error` with code, title and message; 401 says where to sign in."""
        answer = self.web.get("/v3/nothing")
        self.assertEqual(answer.status, 404)
        self.assertEqual(sorted(answer.json()["error"]), ["code", "message", "title"])
        answer = self.web.get("/v3/users/x", token="no")
        self.assertEqual(answer.status, 401)
        self.assertEqual(
            answer.headers["www-authenticate"],
            'Keystone uri="http://cloud.example.org/astakos/identity/v3"',
        )


class TokenTests(KeystoneCase):
    def post(self, body: Any, status: int = 201) -> Any:
        answer = self.web.post(TOKENS, json=body)
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def test_a_password_gives_a_token_of_the_default_project(self) -> None:
        """AST-210, AST-215, AST-216: token, roles and catalogue, and the header."""
        answer = self.post(by_password("ADA@example.org"))
        token = answer.json()["token"]
        self.assertEqual(token["user"]["id"], self.ada.id)
        self.assertEqual(token["project"]["id"], self.ada.id)
        self.assertEqual(token["project"]["name"], f"system:{self.ada.id}")
        self.assertEqual([role["name"] for role in token["roles"]], ["member", "reader"])
        self.assertTrue(token["issued_at"] < token["expires_at"])
        self.assertEqual(len(token["audit_ids"][0]), 22)
        self.assertEqual(len(answer.headers["x-subject-token"]), 43)
        catalogue = {each["type"]: each["endpoints"] for each in token["catalog"]}
        self.assertEqual(
            {each["url"] for each in catalogue["object-store"]},
            {f"http://cloud.example.org/swift/v1/AUTH_{self.ada.id}"},
        )
        self.assertEqual(
            [each["interface"] for each in catalogue["compute"]], ["public", "internal", "admin"]
        )
        self.assertTrue(all(each["region"] == each["region_id"] for each in catalogue["compute"]))
        self.assertIn(self.ada.id, catalogue["volumev3"][0]["url"])

    def test_scopes(self) -> None:
        """AST-211: project by id and name, unscoped, and domain and system for administrators."""
        lab = {"id": self.lab.id, "name": "lab", "domain": {"id": "default", "name": "Default"}}
        for asked in (
            {"id": self.lab.id},
            {"id": self.lab.id.replace("-", "")},
            {"name": "lab"},
            {"name": "lab", "domain": {"id": "default"}},
        ):
            body = self.post(by_password("ada@example.org", scope={"project": asked})).json()
            self.assertEqual(body["token"]["project"], lab)
            self.assertIn("manager", [role["name"] for role in body["token"]["roles"]])
        for own in (self.ada.id, "ada@example.org", f"system:{self.ada.id}"):
            body = self.post(
                by_password("ada@example.org", scope={"project": {"name": own}})
            ).json()
            self.assertEqual(body["token"]["project"]["id"], self.ada.id)
        for asked in ("unscoped", {"unscoped": {}}):
            body = self.post(by_password("ada@example.org", scope=asked)).json()["token"]
            self.assertFalse({"project", "roles", "catalog", "is_domain"} & set(body))
        for asked in ({"domain": {"id": "default"}}, {"system": {"all": True}}):
            self.post(by_password("ada@example.org", scope=asked), 401)
            body = self.post(by_password("root@example.org", scope=asked)).json()["token"]
            self.assertIn(next(iter(asked)), body)
            self.assertEqual([role["name"] for role in body["roles"]], ["admin"])
        for asked in (
            {"id": self.admin.id},
            {"name": "nowhere"},
            {"name": "lab", "domain": {"id": "x"}},
        ):
            self.post(by_password("ada@example.org", scope={"project": asked}), 401)

    def test_refusals_are_all_alike(self) -> None:
        """AST-225, the same answer: nobody learns which part was wrong."""
        done(self.cloud.person("eve@example.org"))
        eve = done(self.cloud.identity.users.find("eve@example.org"))
        admin = v3_token(self.web, "root@example.org")
        answer = self.web.patch(
            f"/v3/users/{eve.id}", json={"user": {"enabled": False}}, token=admin
        )
        self.assertEqual(answer.status, 200)
        texts = {
            self.post(body, 401).text
            for body in (
                by_password("nobody@example.org"),
                by_password("ada@example.org", "wrong password"),
                by_password("eve@example.org"),
                by_password("ada@example.org", scope={"project": {"name": "nowhere"}}),
            )
        }
        self.assertEqual(len(texts), 1)

    def test_bad_bodies_are_refused(self) -> None:
        password = by_password("ada@example.org")["auth"]["identity"]
        for auth in (
            None,
            [],
            {},
            {"identity": {"methods": []}},
            {"identity": {"methods": ["password"]}},
            {"identity": {"methods": "password"}},
            {"identity": password, "scope": {"project": {}, "domain": {"id": "default"}}},
            {"identity": password, "scope": {"OS-TRUST:trust": {"id": "x"}}},
            {"identity": password, "scope": 5},
        ):
            self.post({"auth": auth}, 400)
        self.assertEqual(self.web.post(TOKENS, body=b'{"auth": ').status, 400)
        self.post({"auth": {"identity": {"methods": ["totp"]}}}, 401)

    def test_validation_repeats_what_was_issued(self) -> None:
        """AST-212: GET gives the same body, HEAD nothing, nocatalog no catalogue."""
        issued = self.post(by_password("ada@example.org"))
        token = issued.headers["x-subject-token"]
        headers = {"X-Subject-Token": token}
        answer = self.web.get(TOKENS, token=token, headers=headers)
        self.assertEqual(answer.body, issued.body)
        self.assertEqual(answer.headers["x-subject-token"], token)
        self.assertEqual(self.web.head(TOKENS, token=token, headers=headers).status, 200)
        shown = self.web.get(TOKENS + "?nocatalog", token=token, headers=headers).json()
        self.assertNotIn("catalog", shown["token"])
        self.assertEqual(self.web.get(TOKENS, token=token).status, 400)
        self.assertEqual(self.web.get(TOKENS, headers=headers).status, 401)

    def test_others_tokens_are_for_administrators(self) -> None:
        ada, root = v3_token(self.web), v3_token(self.web, "root@example.org")
        answer = self.web.get(TOKENS, token=ada, headers={"X-Subject-Token": root})
        self.assertEqual(answer.status, 403)
        answer = self.web.get(TOKENS, token=root, headers={"X-Subject-Token": ada})
        self.assertEqual(answer.status, 200)

    def test_a_revoked_token_fails_at_once(self) -> None:
        """AST-212, AST-213: also where its check is remembered."""
        token, other = v3_token(self.web), v3_token(self.web)
        self.assertEqual(self.web.get("/v3/auth/projects", token=token).status, 200)
        headers = {"X-Subject-Token": token}
        self.assertEqual(self.web.delete(TOKENS, token=other, headers=headers).status, 204)
        self.assertEqual(self.web.get("/v3/auth/projects", token=token).status, 401)
        self.assertEqual(self.web.get(TOKENS, token=other, headers=headers).status, 404)
        self.assertEqual(self.web.delete(TOKENS, token=other, headers=headers).status, 404)
        self.assertEqual(
            self.web.get(TOKENS, token=other, headers={"X-Subject-Token": "x"}).status, 404
        )

    def test_a_token_is_exchanged_for_another_scope(self) -> None:
        """AST-210: method token; the new one ends with the old and remembers its methods."""
        first = self.post(by_password("ada@example.org"))
        self.cloud.clock.advance(3600)
        identity = {"methods": ["token"], "token": {"id": first.headers["x-subject-token"]}}
        body = {"auth": {"identity": identity, "scope": {"project": {"name": "lab"}}}}
        second = self.post(body).json()["token"]
        self.assertEqual(second["methods"], ["token", "password"])
        self.assertEqual(second["expires_at"], first.json()["token"]["expires_at"])
        self.assertEqual(second["audit_ids"][1], first.json()["token"]["audit_ids"][0])
        identity["token"] = {"id": "unknown"}
        self.post(body, 404)

    def test_tokens_expire(self) -> None:
        token = v3_token(self.web)
        self.cloud.clock.advance(8 * 3600 - 1)
        self.assertEqual(self.web.get("/v3/auth/catalog", token=token).status, 200)
        self.cloud.clock.advance(2)
        self.assertEqual(self.web.get("/v3/auth/catalog", token=token).status, 401)
        self.assertGreaterEqual(done(self.cloud.identity.tokens.sweep()), 1)

    def test_a_synnefo_token_works_as_a_token_and_as_a_password_of_an_id(self) -> None:
        """AST-210."""
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        self.assertEqual(self.web.get("/v3/auth/projects", token=token).status, 200)
        identity = {"methods": ["token"], "token": {"id": token}}
        self.post({"auth": {"identity": identity}})
        user = {"id": self.ada.id, "password": token}
        self.post({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}})
        scoped = v3_token(self.web, scope={"project": {"name": "lab"}})
        self.assertEqual(self.web.get("/astakos/account/v1.0/quotas", token=scoped).status, 200)

    def test_repeated_failures_are_paused(self) -> None:
        """AST-163: per account; the right password waits too, other accounts do not."""
        cloud = in_memory()
        done(cloud.person())
        done(cloud.person("bob@example.org"))
        self.web = web(cloud)
        for _ in range(3):
            self.post(by_password("ada@example.org", "wrong password"), 401)
        answer = self.post(by_password("ada@example.org"), 429)
        self.assertGreater(int(answer.headers["retry-after"]), 0)
        self.post(by_password("bob@example.org"))
        cloud.clock.advance(61)
        self.post(by_password("ada@example.org"))


class ReadTests(KeystoneCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = v3_token(self.web)
        self.root = v3_token(self.web, "root@example.org")

    def get(self, path: str, status: int = 200, token: str = "") -> Any:
        answer = self.web.get("/v3" + path, token=token or self.token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json()

    def test_a_person_sees_their_own_projects(self) -> None:
        """AST-217: projects; administrators see all."""
        own = {self.ada.id, self.lab.id}
        self.assertEqual({p["id"] for p in self.get("/projects")["projects"]}, own)
        self.assertEqual({p["id"] for p in self.get("/auth/projects")["projects"]}, own)
        found = self.get(f"/users/{self.ada.id}/projects")["projects"]
        self.assertEqual({p["id"] for p in found}, own)
        self.assertEqual(len(self.get("/projects", token=self.root)["projects"]), 3)
        self.assertEqual(
            [p["id"] for p in self.get("/projects?name=lab")["projects"]], [self.lab.id]
        )
        self.get("/projects?name=root@example.org", 403)  # so that clients take it for an id
        self.assertEqual(self.get("/projects?name=nobody", token=self.root)["projects"], [])
        self.assertEqual(self.get("/projects?enabled=false")["projects"], [])
        self.assertEqual(self.get(f"/projects/{self.lab.id}")["project"]["name"], "lab")
        self.get(f"/projects/{self.admin.id}", 403)
        self.get("/projects/unknown", 403)
        self.get("/projects/unknown", 404, self.root)

    def test_a_person_sees_their_own_account(self) -> None:
        """AST-217: users."""
        shown = self.get(f"/users/{self.ada.id}")["user"]
        self.assertEqual((shown["name"], shown["enabled"]), ("ada@example.org", True))
        self.assertEqual(self.get(f"/users/{self.ada.id}/groups")["groups"], [])
        self.get(f"/users/{self.admin.id}", 403)
        self.get("/users", 403)
        self.assertEqual(len(self.get("/users?name=Ada@example.org")["users"]), 1)
        self.assertEqual(len(self.get("/users", token=self.root)["users"]), 2)

    def test_domains_roles_services_endpoints_regions(self) -> None:
        """AST-217: lists and single forms."""
        self.assertEqual(self.get("/domains/default")["domain"]["name"], "Default")
        self.assertEqual(len(self.get("/domains")["domains"]), 1)
        self.assertEqual(self.get("/domains?name=x")["domains"], [])
        self.get("/domains/x", 404)
        self.assertEqual(self.web.post("/v3/domains", json={}, token=self.root).status, 403)
        (member,) = self.get("/roles?name=member")["roles"]
        self.assertEqual(self.get(f"/roles/{member['id']}")["role"]["name"], "member")
        (service,) = self.get("/services?type=compute")["services"]
        self.assertEqual(self.get(f"/services/{service['id']}")["service"]["type"], "compute")
        found = self.get(f"/endpoints?service_id={service['id']}&interface=public")["endpoints"]
        self.assertEqual(len(found), 1)
        self.assertEqual(self.get(f"/endpoints/{found[0]['id']}")["endpoint"], found[0])
        self.assertEqual(self.get("/regions/RegionOne")["region"]["id"], "RegionOne")
        self.assertEqual(len(self.get("/regions")["regions"]), 1)
        self.assertEqual(self.get("/auth/domains")["domains"], [])
        self.assertEqual(self.get("/auth/system", token=self.root)["system"], [{"all": True}])

    def test_role_assignments(self) -> None:
        """AST-217: own ones; all for administrators."""
        path = f"/role_assignments?scope.project.id={self.lab.id}&include_names=1"
        names = {each["role"]["name"] for each in self.get(path)["role_assignments"]}
        self.assertEqual(names, {"member", "reader", "manager"})
        mine = self.get(f"/role_assignments?user.id={self.admin.id}")["role_assignments"]
        self.assertEqual(mine, [])
        everyone = self.get("/role_assignments", token=self.root)["role_assignments"]
        self.assertEqual({each["user"]["id"] for each in everyone}, {self.ada.id, self.admin.id})


class AdministrationTests(KeystoneCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = v3_token(self.web, "root@example.org")

    def ask(self, method: str, path: str, status: int, json: Any = None, token: str = "") -> Any:
        answer = self.web.request(method, "/v3" + path, json=json, token=token or self.root)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None

    def test_an_administrator_makes_users_and_projects_and_puts_one_into_the_other(self) -> None:
        user = {"name": "Eve@example.org", "password": PASSWORD}
        eve = self.ask("POST", "/users", 201, {"user": user})["user"]
        self.assertEqual((eve["name"], eve["enabled"]), ("eve@example.org", True))
        self.ask("POST", "/users", 409, {"user": user})
        for bad in ({}, {"name": " "}, {"name": "a\n"}, {"name": "x", "password": "short"}):
            self.ask("POST", "/users", 400, {"user": bad})
        project = self.ask("POST", "/projects", 201, {"project": {"name": "field"}})["project"]
        self.ask("POST", "/projects", 409, {"project": {"name": "field"}})
        token = v3_token(self.web, "eve@example.org")
        self.ask("POST", "/users", 403, {"user": user}, token)
        self.ask("POST", "/projects", 403, {"project": {"name": "mine"}}, token)
        (member,) = self.ask("GET", "/roles?name=member", 200)["roles"]
        grant = f"/projects/{project['id']}/users/{eve['id']}/roles/{member['id']}"
        self.ask("GET", grant, 404)
        self.ask("PUT", grant, 204)
        self.ask("GET", grant, 204)
        scope = {"project": {"name": "field"}}
        field = v3_token(self.web, "eve@example.org", scope)
        self.ask("GET", f"/projects/{project['id']}", 200, token=field)
        self.ask("PATCH", f"/projects/{project['id']}", 200, {"project": {"enabled": False}})
        self.ask("GET", "/auth/projects", 401, token=field)
        self.ask("PATCH", f"/projects/{project['id']}", 200, {"project": {"enabled": True}})
        (admin,) = self.ask("GET", "/roles?name=admin", 200)["roles"]
        ruling = grant.replace(member["id"], admin["id"])
        self.ask("GET", "/users", 403, token=field)
        self.ask("DELETE", ruling, 404)
        self.ask("PUT", ruling, 204)
        self.ask("GET", "/users", 200, token=field)
        self.ask("DELETE", ruling, 204)
        self.ask("GET", "/users", 403, token=field)
        self.ask("DELETE", grant, 204)
        self.ask("GET", "/auth/projects", 401, token=field)
        self.ask("DELETE", f"/projects/{project['id']}", 204)
        self.ask("DELETE", f"/users/{eve['id']}", 204)
        self.ask("GET", "/auth/projects", 401, token=token)

    def test_a_name_need_not_be_an_address(self) -> None:
        """identity.md 4.2: it is found whatever its case, and shown as it was spelled."""
        wanted = {"name": "Robot-7", "password": PASSWORD, "email": "Ops@example.org"}
        robot = self.ask("POST", "/users", 201, {"user": wanted})["user"]
        self.assertEqual((robot["name"], robot["email"]), ("Robot-7", "Ops@example.org"))
        self.ask("POST", "/users", 409, {"user": {"name": "robot-7"}})
        (found,) = self.ask("GET", "/users?name=ROBOT-7", 200)["users"]
        self.assertEqual(found["id"], robot["id"])
        token = v3_token(self.web, "robot-7")
        shown = self.web.get(
            "/v3/auth/tokens", token=token, headers={"X-Subject-Token": token}
        ).json()["token"]
        self.assertEqual(shown["user"]["name"], "Robot-7")
        path = f"/users/{robot['id']}"
        changed = self.ask("PATCH", path, 200, {"user": {"email": "new@example.org"}})["user"]
        self.assertEqual((changed["name"], changed["email"]), ("Robot-7", "new@example.org"))
        changed = self.ask("PATCH", path, 200, {"user": {"name": "Android"}})["user"]
        self.assertEqual((changed["name"], changed["email"]), ("Android", "new@example.org"))
        plain = self.ask("POST", "/users", 201, {"user": {"name": "plain"}})["user"]
        self.assertEqual((plain["name"], plain["email"]), ("plain", ""))
        eve = self.ask("POST", "/users", 201, {"user": {"name": "Eve@example.org"}})["user"]
        renamed = {"user": {"name": "eva@example.org"}}
        changed = self.ask("PATCH", f"/users/{eve['id']}", 200, renamed)["user"]
        self.assertEqual((changed["name"], changed["email"]), ("eva@example.org",) * 2)

    def test_a_new_password_ends_all_tokens(self) -> None:
        """AST-221: the old one is asked for, whoever hands it in: the person, or an
        administrator for somebody."""
        token = v3_token(self.web)
        path = f"/users/{self.ada.id}/password"
        wrong = {"user": {"original_password": "not this one", "password": "fresh and long"}}
        self.ask("POST", path, 401, wrong, token)
        weak = {"user": {"original_password": PASSWORD, "password": "short"}}
        self.ask("POST", path, 400, weak, token)
        self.ask("POST", path, 401, wrong, self.root)
        self.ask("POST", f"/users/{self.admin.id}/password", 403, wrong, token)
        right = {"user": {"original_password": PASSWORD, "password": "fresh and long"}}
        self.ask("POST", path, 204, right, token)
        self.ask("GET", "/auth/projects", 401, token=token)
        body = by_password("ada@example.org", "fresh and long")
        self.assertEqual(self.web.post(TOKENS, json=body).status, 201)


class CredentialTests(KeystoneCase):
    def setUp(self) -> None:
        super().setUp()
        self.token = v3_token(self.web, scope={"project": {"name": "lab"}})
        self.path = f"/v3/users/{self.ada.id}/application_credentials"

    def create(self, status: int = 201, token: str = "", **fields: Any) -> Any:
        body = {"application_credential": {"name": "backup", **fields}}
        answer = self.web.post(self.path, json=body, token=token or self.token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json().get("application_credential")

    def use(self, credential: Any, status: int = 201, **scope: Any) -> Any:
        identity = {"methods": ["application_credential"], "application_credential": credential}
        answer = self.web.post(TOKENS, json={"auth": {"identity": identity, **scope}})
        self.assertEqual(answer.status, status, answer.text)
        return answer

    def test_a_credential_signs_in_to_its_project_alone(self) -> None:
        """AST-218: the secret is shown once; by id and by name; roles are cut down."""
        made = self.create(roles=[{"name": "reader"}], access_rules=[], expires_at=None)
        self.assertEqual(made["project_id"], self.lab.id)
        shown = self.web.get(f"{self.path}/{made['id']}", token=self.token).json()
        self.assertNotIn("secret", shown["application_credential"])
        by_id = {"id": made["id"], "secret": made["secret"], "user": {}}
        answer = self.use(by_id)
        token = answer.json()["token"]
        self.assertEqual(token["project"]["id"], self.lab.id)
        self.assertEqual([role["name"] for role in token["roles"]], ["reader"])
        self.assertEqual(
            token["application_credential"],
            {"id": made["id"], "name": "backup", "restricted": True},
        )
        user = {"name": "ada@example.org", "domain": {"id": "default"}}
        self.use({"name": "backup", "secret": made["secret"], "user": user})
        self.use({**by_id, "secret": "wrong"}, 401)
        self.use(by_id, 401, scope={"project": {"id": self.ada.id}})
        held = answer.headers["x-subject-token"]
        self.create(403, token=held, name="another")
        self.assertEqual(self.web.delete(f"{self.path}/{made['id']}", token=held).status, 403)
        identity = {"methods": ["token"], "token": {"id": held}}
        exchange = self.web.post(TOKENS, json={"auth": {"identity": identity}})
        self.assertEqual(exchange.status, 403)
        self.assertEqual(self.web.delete(f"{self.path}/{made['id']}", token=self.token).status, 204)
        self.assertEqual(self.web.get("/v3/auth/projects", token=held).status, 401)
        self.use(by_id, 401)

    def test_bad_credentials_are_refused(self) -> None:
        """AST-218."""
        self.create()
        self.create(409)
        self.create(400, name="")
        self.create(400, name="b", expires_at="yesterday")
        self.create(400, name="b", expires_at="2001-01-01T00:00:00")
        self.create(400, name="b", roles=[{"name": "admin"}])
        unscoped = v3_token(self.web, scope="unscoped")
        self.create(403, token=unscoped, name="b")
        root = v3_token(self.web, "root@example.org")
        self.create(403, token=root, name="b")
        listed = self.web.get(self.path, token=self.token).json()["application_credentials"]
        self.assertEqual([each["name"] for each in listed], ["backup"])

    def test_a_credential_ends_with_the_membership_and_with_its_time(self) -> None:
        """AST-218."""
        made = self.create(secret="a secret of my own", expires_at="2027-06-01T00:00:00.000000")
        self.assertEqual(made["expires_at"], "2027-06-01T00:00:00.000000")
        by_id = {"id": made["id"], "secret": "a secret of my own"}
        held = self.use(by_id).headers["x-subject-token"]
        done(self.cloud.projects.remove(self.lab.id, self.ada.id))
        self.assertEqual(self.web.get("/v3/auth/projects", token=held).status, 401)
        self.use(by_id, 401)
        done(self.cloud.projects.enroll(self.lab.id, self.ada.id))
        self.use(by_id)
        self.cloud.clock.advance(365 * 86400)
        self.use(by_id, 401)

    def test_access_rules_bind_a_credential(self) -> None:
        """AST-218: nothing but what a rule names by service, method and path; a rule may
        hold parts that vary. The rules outlive the credential, and are shared by those alike."""
        regions = {"service": "identity", "method": "GET", "path": "/v3/regions"}
        one = {"service": "identity", "method": "GET", "path": "/v3/regions/{region}"}
        made = self.create(access_rules=[regions, one], unrestricted=True)
        ids = [rule.pop("id") for rule in made["access_rules"]]
        self.assertEqual(made["access_rules"], [regions, one])
        answer = self.use({"id": made["id"], "secret": made["secret"]})
        told = answer.json()["token"]["application_credential"]["access_rules"]
        self.assertEqual([rule["id"] for rule in told], ids)
        held = answer.headers["x-subject-token"]
        for path, status in (
            ("/v3/regions", 200),
            ("/astakos/identity/v3/regions/default", 404),
            ("/v3/auth/projects", 403),
            ("/v3/users", 403),
            ("/astakos/account/v1.0/quotas", 403),
        ):
            answer = self.web.get(path, token=held)
            self.assertEqual(answer.status, status, path)
        self.assertEqual(self.web.post("/v3/users", json={}, token=held).status, 403)
        identity = {"methods": ["token"], "token": {"id": held}}
        exchange = self.web.post(TOKENS, json={"auth": {"identity": identity}})
        self.assertEqual(exchange.status, 403)
        rules = f"/v3/users/{self.ada.id}/access_rules"
        listed = self.web.get(rules, token=self.token).json()["access_rules"]
        self.assertEqual({rule["id"] for rule in listed}, set(ids))
        again = self.create(name="again", access_rules=[{"id": ids[0]}, one])
        self.assertEqual({rule["id"] for rule in again["access_rules"]}, set(ids))
        self.assertEqual(self.web.delete(f"{rules}/{ids[0]}", token=self.token).status, 403)
        for each in (made, again):
            gone = self.web.delete(f"{self.path}/{each['id']}", token=self.token)
            self.assertEqual(gone.status, 204)
        shown = self.web.get(f"{rules}/{ids[0]}", token=self.token).json()["access_rule"]
        self.assertEqual(shown["path"], "/v3/regions")
        self.assertEqual(self.web.delete(f"{rules}/{ids[0]}", token=self.token).status, 204)
        self.assertEqual(self.web.get(f"{rules}/{ids[0]}", token=self.token).status, 404)
        root = v3_token(self.web, "root@example.org")
        self.assertEqual(self.web.get(rules, token=root).status, 403)

    def test_bad_access_rules_are_refused(self) -> None:
        """AST-218: an unknown id, another's rule, no path, an unknown method, too many."""
        good = {"service": "identity", "method": "GET", "path": "/v3/regions"}
        theirs = v3_token(
            self.web, "root@example.org", scope={"project": {"name": "root@example.org"}}
        )
        user = done(self.cloud.identity.users.find("root@example.org")).id
        body = {"application_credential": {"name": "theirs", "access_rules": [good]}}
        path = f"/v3/users/{user}/application_credentials"
        made = self.web.post(path, json=body, token=theirs)
        foreign = made.json()["application_credential"]["access_rules"][0]["id"]
        for rule in (
            {"id": "nothing"},
            {"id": foreign},
            {},
            good | {"path": "regions"},
            good | {"method": "get"},
            good | {"service": ""},
            good | {"path": "/" + "x" * 200},
        ):
            self.create(400, access_rules=[rule])
        many = [good | {"path": f"/v3/{number}"} for number in range(65)]
        self.create(400, access_rules=many)


class SystemTests(KeystoneCase):
    def test_a_reader_of_the_system_reads_all_and_changes_nothing(self) -> None:
        """AST-217, AST-215: the role is given and taken by an administrator; with a token of the
        system's scope its holder sees everybody; the token ends with the role."""
        root = v3_token(self.web, "root@example.org")
        everybody = self.web.get("/v3/roles", token=root).json()["roles"]
        role = {each["name"]: each["id"] for each in everybody}
        path = f"/v3/system/users/{self.ada.id}/roles"
        wanted = by_password("ada@example.org", scope={"system": {"all": True}})
        own = v3_token(self.web)

        def ask(method: str, path: str, token: str, status: int, body: Any = None) -> Any:
            exchange = self.web.start(method, path, token=token, json=body)
            self.assertEqual(exchange.answer().status, status, (method, path))
            return exchange.answer()

        self.assertEqual(self.web.post(TOKENS, json=wanted).status, 401)
        again = {"identity": {"methods": ["token"], "token": {"id": own}}}
        rescoped = {"auth": again | {"scope": {"system": {"all": True}}}}
        self.assertEqual(self.web.post(TOKENS, json=rescoped).status, 401)
        ask("PUT", f"{path}/{role['reader']}", own, 403)
        ask("GET", f"{path}/{role['reader']}", root, 404)
        ask("PUT", f"{path}/{role['manager']}", root, 403)
        ask("PUT", f"{path}/nothing", root, 404)
        ask("PUT", f"/v3/system/users/nobody/roles/{role['reader']}", root, 404)
        ask("PUT", f"{path}/{role['reader']}", root, 204)
        ask("PUT", f"{path}/{role['reader']}", root, 204)
        ask("GET", f"{path}/{role['reader']}", root, 204)
        listed = ask("GET", path, root, 200).json()["roles"]
        self.assertEqual([each["name"] for each in listed], ["reader"])
        system = ask("GET", "/v3/auth/system", own, 200).json()["system"]
        self.assertEqual(system, [{"all": True}])
        for body in (wanted, rescoped):
            made = self.web.post(TOKENS, json=body)
            self.assertEqual(made.status, 201, made.text)
            told = made.json()["token"]
            self.assertEqual(told["system"], {"all": True})
            self.assertEqual([each["name"] for each in told["roles"]], ["reader"])
        held = made.headers["x-subject-token"]
        self.assertEqual(len(ask("GET", "/v3/users", held, 200).json()["users"]), 2)
        projects = ask("GET", "/v3/projects", held, 200).json()["projects"]
        self.assertIn(self.admin.id, [each["id"] for each in projects])
        for path_ in (
            f"/v3/users/{self.admin.id}",
            f"/v3/users/{self.admin.id}/projects",
            f"/v3/projects/{self.admin.id}",
            f"/v3/projects/{self.lab.id}/users/{self.ada.id}/roles",
        ):
            ask("GET", path_, held, 200)
            if self.ada.id not in path_:
                ask("GET", path_, own, 403)
        given = ask("GET", "/v3/role_assignments?scope.system=all&include_names", held, 200)
        pairs = [
            (each["user"]["name"], each["role"]["name"])
            for each in given.json()["role_assignments"]
        ]
        self.assertEqual(pairs, [("ada@example.org", "reader"), ("root@example.org", "admin")])
        ask("DELETE", f"/v3/users/{self.admin.id}", held, 403)
        ask("PATCH", f"/v3/projects/{self.lab.id}", held, 403, {"project": {"name": "x"}})
        ask("DELETE", f"{path}/{role['reader']}", held, 403)
        ask("DELETE", f"{path}/{role['reader']}", root, 204)
        ask("DELETE", f"{path}/{role['reader']}", root, 404)
        ask("GET", "/v3/users", held, 401)

    def test_the_role_admin_in_the_system_makes_an_administrator(self) -> None:
        """AST-217."""
        root = v3_token(self.web, "root@example.org")
        roles = self.web.get("/v3/roles?name=admin", token=root).json()["roles"]
        path = f"/v3/system/users/{self.ada.id}/roles/{roles[0]['id']}"
        self.assertEqual(self.web.put(path, token=root).status, 204)
        own = v3_token(self.web, scope={"system": {"all": True}})
        self.assertEqual(self.web.get("/v3/users", token=own).status, 200)
        self.assertEqual(self.web.delete(path, token=root).status, 204)
        self.assertEqual(self.web.get("/v3/users", token=own).status, 401)
