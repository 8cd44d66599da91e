"""OpenStack's ordinary client on identity, as demo and as admin, against a whole daemon."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon, have

PASSWORD = "correct horse battery"
APPCRED = ("application", "credential")


class OpenStackClient(SynchronousTestCase):
    if not have("openstack"):
        skip = "python-openstackclient is not installed (SYNNEFOD_TEST_CLIENTS)"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-identity-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.daemon = Daemon(self.folder, {})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.secrets: set[str] = set()

    def ask(self, *words: str, user: str = "demo") -> Any:
        """A list as it is; of a thing the fields in lower case, as they were called before."""
        found = self.daemon.openstack(*words, user=user)
        if isinstance(found, list):
            return found
        return {name.lower().replace(" ", "_"): value for name, value in found.items()}

    def tell(self, *words: str, user: str = "demo") -> None:
        self.daemon.openstack(*words, "--plain", user=user)

    def curl(self, token: str, path: str) -> tuple[int, str]:
        out = "%{http_code}"
        text = self.daemon.run(
            "curl", "-sS", "-w", f"\n{out}", "-H", f"X-Auth-Token: {token}", self.daemon.url + path
        )
        body, _, status = text.rpartition("\n")
        return int(status), body

    def test_people_tokens_and_projects(self) -> None:
        """One token opens every service (AST-219); people, projects, roles and application
        credentials are handled with the ordinary client, and no secret that was used on the way
        is in the log (AST-227, AST-218, AST-217, AST-215)."""
        issued = self.ask("token", "issue")
        token = issued["id"]
        self.everywhere(token, issued["user_id"])
        catalogue = self.ask("catalog", "list")
        types = {row["Type"] for row in catalogue}
        self.assertLessEqual(
            {"identity", "compute", "network", "image", "volumev3", "object-store"}, types
        )
        self.oneself(issued)
        self.credentials()
        self.rules()
        self.administration()
        self.system()
        self.tell("token", "revoke", token)
        self.assertEqual(self.curl(token, "/astakos/account/v1.0/quotas")[0], 401)
        self.page_secrets()
        for user in ("demo", "admin"):
            account = self.daemon.account(user)
            self.secrets |= {account["OS_PASSWORD"], account["SYNNEFO_TOKEN"]}
        self.secrets |= {token, PASSWORD}
        log = self.daemon.log.read_text("utf-8", "replace")
        self.assertIn("/auth/tokens", log)
        for secret in self.secrets:
            self.assertNotIn(secret, log)

    def everywhere(self, token: str, user: str) -> None:
        """A Keystone token on every service and dialect."""
        project = self.ask("project", "list")[0]["ID"]
        for path in (
            "/astakos/account/v1.0/quotas",
            "/astakos/account/v1.0/projects",
            "/astakos/identity/v2.0/tenants",
            "/astakos/identity/v3/auth/projects",
            f"/pithos/object-store/v1/{user}?format=json",
            f"/swift/v1/AUTH_{user}?format=json",
            "/cyclades/compute/v2.0/servers",
            "/cyclades/compute/v2.1/servers",
            "/cyclades/network/v2.0/networks",
            "/cyclades/networking/v2.0/networks",
            "/cyclades/image/v1.0/images",
            "/cyclades/image/v2/images",
            "/cyclades/volume/v2.0/volumes",
            f"/cyclades/volume/v3/{project}/volumes",
        ):
            status, body = self.curl(token, path)
            self.assertIn(status, (200, 204), (path, body))
            self.assertEqual(self.curl("x" * 43, path)[0], 401, path)

    def oneself(self, issued: Any) -> None:
        """What a person sees of themselves; an administrator has their own token and catalogue."""
        name = self.daemon.account()["OS_USERNAME"]
        self.assertEqual(self.ask("user", "show", name)["id"], issued["user_id"])
        names = {row["Name"] for row in self.ask("role", "list")}
        self.assertLessEqual({"member", "reader"}, names)
        self.secrets.add(self.ask("token", "issue", user="admin")["id"])
        theirs = {row["Type"] for row in self.ask("catalog", "list", user="admin")}
        self.assertIn("identity", theirs)

    def rules(self) -> None:
        """A program that may list servers, and nothing else."""
        rule = [{"service": "compute", "method": "GET", "path": "/v2.1/servers"}]
        words = ("--access-rules", json.dumps(rule), "lister")
        made = self.ask(*APPCRED, "create", *words)
        self.secrets.add(made["secret"])
        kept = self.ask("access", "rule", "list")
        self.assertEqual([row["Path"] for row in kept], ["/v2.1/servers"])
        proof = {"id": made["id"], "secret": made["secret"]}
        held = self.sign_in(
            {"methods": ["application_credential"], "application_credential": proof}
        )
        for path, status in (("servers", 200), ("servers/detail", 403), ("flavors", 403)):
            self.assertEqual(self.curl(held, f"/cyclades/compute/v2.1/{path}")[0], status, path)
        self.tell(*APPCRED, "delete", "lister")
        self.tell("access", "rule", "delete", kept[0]["ID"])

    def sign_in(self, identity: Any) -> str:
        """A token by what the ordinary client has no command for."""
        text = self.daemon.run(
            "curl",
            "-sSi",
            "-H",
            "Content-Type: application/json",
            "-d",
            json.dumps({"auth": {"identity": identity}}),
            self.daemon.url + "/v3/auth/tokens",
        )
        found = re.search(r"(?im)^x-subject-token: (\S+)", text)
        assert found is not None, text
        self.secrets.add(found[1])
        return found[1]

    def system(self) -> None:
        """A role in the whole system, given, listed and taken back by the administrator."""
        words = ("--system", "all", "--user", self.daemon.account()["OS_USERNAME"], "reader")
        self.tell("role", "add", *words, user="admin")
        listed = ("role", "assignment", "list", "--system", "all", "--names")
        self.assertLessEqual(
            {"admin", "reader"}, {row["Role"] for row in self.ask(*listed, user="admin")}
        )
        unset = ("env", "--unset=OS_PROJECT_NAME", "--unset=OS_PROJECT_DOMAIN_NAME")
        people = self.daemon.run(
            *unset, "openstack", "--os-system-scope", "all", "user", "list", "-f", "json"
        )
        self.assertGreaterEqual(len(json.loads(people)), 2)
        self.tell("role", "remove", *words, user="admin")

    def credentials(self) -> None:
        made = self.ask(*APPCRED, "create", "backup")
        self.secrets.add(made["secret"])
        self.assertEqual([row["Name"] for row in self.ask(*APPCRED, "list")], ["backup"])
        self.assertNotIn("secret", self.ask(*APPCRED, "show", "backup"))
        words = (
            "--os-auth-type",
            "v3applicationcredential",
            "--os-application-credential-id",
            made["id"],
            "--os-application-credential-secret",
            made["secret"],
        )
        # The password's environment would name a user and a project beside the credential.
        text = self.daemon.run(
            "env",
            *(f"--unset={name}" for name in self.daemon.account() if name.startswith("OS_")),
            f"OS_AUTH_URL={self.daemon.account()['OS_AUTH_URL']}",
            "openstack",
            *words,
            "token",
            "issue",
            "-f",
            "json",
        )
        self.secrets.add(json.loads(text)["id"])
        self.tell(*APPCRED, "delete", "backup")
        self.assertEqual(self.ask(*APPCRED, "list"), [])

    def administration(self) -> None:
        words = ("--password", PASSWORD, "--email", "eve@example.org")
        eve = self.ask("user", "create", *words, "Eve", user="admin")
        self.assertEqual((eve["name"], eve["enabled"]), ("Eve", True))
        lab = self.ask("project", "create", "--description", "d", "lab", user="admin")
        self.tell("role", "add", "--user", "Eve", "--project", "lab", "member", user="admin")
        rows = self.ask("role", "assignment", "list", "--project", "lab", "--names", user="admin")
        self.assertIn("member", {row["Role"] for row in rows})
        self.assertEqual({row["User"] for row in rows}, {"Eve@Default"})
        names = {row["Name"] for row in self.ask("role", "list", user="admin")}
        self.assertLessEqual({"member", "reader", "admin"}, names)
        self.assertIn("Eve", {row["Name"] for row in self.ask("user", "list", user="admin")})
        words = ("--os-username", "eve", "--os-password", PASSWORD, "--os-project-name", "lab")
        issued = self.ask(*words, "token", "issue")
        self.secrets.add(issued["id"])
        self.assertEqual(issued["project_id"], lab["id"])
        self.tell("role", "remove", "--user", "Eve", "--project", "lab", "member", user="admin")
        self.assertEqual(self.curl(issued["id"], "/astakos/identity/v3/auth/projects")[0], 401)
        self.tell("project", "delete", "lab", user="admin")
        self.assertNotIn("lab", {row["Name"] for row in self.ask("project", "list", user="admin")})
        self.tell("user", "delete", "Eve", user="admin")

    def page_secrets(self) -> None:
        """A sign-in with a browser and the view of a file: codes, cookies and access tokens."""
        account = self.daemon.account()
        user, jar = account["SYNNEFO_USER_ID"], str(self.folder / "jar")
        status, _ = self.daemon.curl("-X", "PUT", f"/pithos/object-store/v1/{user}/c")
        self.assertIn(status, (201, 202))
        status, _ = self.daemon.curl(
            "-X", "PUT", "-d", "seen", f"/pithos/object-store/v1/{user}/c/o"
        )
        self.assertEqual(status, 201)
        local = f"http://localhost:{self.daemon.port}"
        browser = ("curl", "-sS", "-L", "-c", jar, "-b", jar)
        page = self.daemon.run(*browser, local + "/login")
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        fields = {
            "csrf": csrf[1],
            "username": account["OS_USERNAME"],
            "password": account["OS_PASSWORD"],
        }
        sent = [word for pair in fields.items() for word in ("--data-urlencode", "=".join(pair))]
        self.daemon.run("curl", "-sS", "-c", jar, "-b", jar, *sent, local + "/login")
        view = f"{local}/pithos/ui/view/{user}/c/o"
        out = self.daemon.run(*browser, "-D", str(self.folder / "heads"), view)
        self.assertEqual(out, "seen")
        heads = (self.folder / "heads").read_text()
        found = re.findall(r"(?:code|access_token)=([A-Za-z0-9_-]+)", heads)
        self.assertEqual(len(found), 2, heads)
        cookies = Path(jar).read_text()
        self.secrets |= set(found)
        self.secrets |= set(re.findall(r"(?m)synnefo_session\t(\S+)$", cookies))
        self.secrets |= set(re.findall(r"(?m)%7C([A-Za-z0-9_-]+)$", cookies))
