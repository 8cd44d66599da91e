"""A Synnefo 0.21 identity database on a real PostgreSQL, taken over by the command."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import psycopg2

from synnefod.admin.transport import FAILED, REFUSED, USAGE
from synnefod.identity.interface import Proof, Scope, Who
from tests.harness.database import NO_POSTGRES, empty_database
from tests.unit.resources.ops.deployment import DEMO
from tests.unit.resources.ops.test_commands_identity import Commands

SQL = Path(__file__).parents[1] / "harness" / "astakos.sql"
PASSWORD = "correct horse battery"
IDA = "11111111-1111-4111-8111-111111111111"
MAX = "22222222-2222-4222-8222-222222222222"
GENES = "99999999-9999-4999-8999-999999999999"
VM = "cyclades.vm"


class ImportAstakos(Commands):
    skip = NO_POSTGRES

    def setUp(self) -> None:
        super().setUp()
        self.dsn, drop = empty_database()
        self.addCleanup(drop)
        made = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"abcdefgh", 15000)
        self.there(SQL.read_text().replace("@HASH@", base64.b64encode(made).decode()))
        self.url = self.file(f"postgresql:{self.dsn}\n")

    def there(self, sql: str) -> None:
        """Changes the other database."""
        connection = psycopg2.connect(self.dsn)
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()

    def take(self, code: int = 0) -> Any:
        return self.manage("import-astakos", "--database-file", self.url, code=code)

    @property
    def rooms(self) -> Any:
        return self.cloud.house.identity

    def test_everything_is_taken_over(self) -> None:
        """AST-208: people with their passwords and tokens, projects with members and pending
        applications, holdings, components; and a second time nothing more."""
        before = len(self.manage("user-list"))
        counted = self.take()
        self.assertEqual(
            counted,
            {
                "users": 3,
                "projects": 4,
                "memberships": 4,
                "applications": 2,
                "holdings": 5,
                "components": 1,
            },
        )
        self.assertEqual(len(self.manage("user-list")), before + 3)
        self.people()
        self.projects()
        self.assertEqual(set(self.take().values()), {0})
        self.components()

    def people(self) -> None:
        """AST-224: Django's hash signs in, and is one of today's afterwards."""
        shown = self.manage("user-show", "ida@example.org")
        self.assertEqual((shown["uuid"], shown["status"]), (IDA, "active"))
        self.assertEqual((shown["email"], shown["groups"]), ("Ida@example.org", "lab-staff"))
        self.assertEqual(self.manage("user-show", MAX)["status"], "active")
        self.assertEqual(
            self.manage("user-show", "new@example.org")["status"], "pending verification"
        )
        proof = Proof("password", Who(name="ida@example.org"), PASSWORD)
        issued = self.cloud.now(self.rooms.signin.sign_in([proof], Scope(), "192.0.2.1"))
        self.assertEqual(issued.project.id, IDA)
        hashed = self.rows(f"select password from users where uuid = '{IDA}'")[0][0]
        self.assertTrue(hashed.startswith("$argon2id$"), hashed)
        old = "idas-old-token-0123456789-abcdefghijklmnopq"
        self.assertEqual(self.cloud.now(self.rooms.authenticate(old)).user, IDA)
        self.refused(self.rooms.authenticate("maxs-dead-token-0123456789-abcdefghijklmnop"))
        stored = repr(self.rows("select * from tokens"))
        self.assertNotIn(old, stored)
        rows = self.manage("user-list", "--auth-providers")
        providers = {row["uuid"]: row["providers"] for row in rows}
        self.assertEqual((providers[IDA], providers[MAX]), ("local", "shibboleth"))

    def projects(self) -> None:
        shown = self.manage("project-show", GENES)
        self.assertEqual((shown["name"], shown["status"]), ("genes.example.org", "Active"))
        self.assertEqual(shown["owner"], IDA)
        wanted = self.manage("project-list", "--pending")
        self.assertEqual([row["name"] for row in wanted], ["genes.example.org"])
        quotas = self.cloud.now(self.cloud.house.projects.quotas(users=[IDA]))[IDA]
        genes = quotas[GENES][VM]
        self.assertEqual((genes.limit, genes.usage, genes.project_limit), (4, 3, 40))
        self.assertEqual(quotas[IDA][VM].usage, 1)
        self.assertEqual(self.manage("quota-verify"), [])
        number = wanted[0]["pending_app"]
        self.manage("project-control", "--approve", str(number))
        quotas = self.cloud.now(self.cloud.house.projects.quotas(users=[IDA]))[IDA]
        self.assertEqual((quotas[GENES][VM].limit, quotas[GENES][VM].project_limit), (6, 60))

    def components(self) -> None:
        token = "weather-component-token-0123456789-abcdefgh"
        component = self.cloud.now(self.rooms.components.authenticate(token))
        self.assertEqual((component.name, component.services), ("weather", {"weather_api"}))
        self.assertIn("https://w.example.org/v1", str(self.manage("service-show", "weather_api")))
        rows = {row["name"]: row for row in self.manage("resource-list")}
        self.assertEqual(rows["weather.forecasts"]["system_default"], 9)
        self.assertEqual(rows[VM]["system_default"], 2)

    def rows(self, sql: str) -> list[Any]:
        return list(self.cloud.now(self.rooms.store.read("rows", lambda tx: tx.all(sql))))

    def test_what_does_not_fit_leaves_everything_as_it_was(self) -> None:
        """AST-208: all or nothing; the reason is told, and no password of the address."""
        before = self.manage("user-list"), self.manage("project-list")
        self.there("insert into quotaholder_app_commission (name) values ('open')")
        self.assertIn("pending", str(self.take(REFUSED)))
        self.there("delete from quotaholder_app_commission")
        self.there(f"update auth_user set username = '{DEMO}' where id = 2")
        self.assertIn("another user", str(self.take(REFUSED)))
        self.there("update auth_user set username = 'max@example.org' where id = 2")
        self.there("alter table im_project drop column state")
        self.assertIn("no column state", str(self.take(USAGE)))
        self.there("drop table im_project")
        self.assertIn("no table im_project", str(self.take(USAGE)))
        self.assertEqual((self.manage("user-list"), self.manage("project-list")), before)
        for url, code in (
            ("postgresql://nobody:verysecret@127.0.0.1:1/none", FAILED),
            ("mysql://nobody:verysecret@127.0.0.1/none", USAGE),
            ("postgresql:=verysecret", USAGE),
        ):
            told = self.manage("import-astakos", "--database-file", self.file(url), code=code)
            self.assertNotIn("verysecret", str(told))
