"""A Synnefo 0.21 compute database on a real PostgreSQL, taken over by the command."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import psycopg2
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.admin.main import run
from synnefod.admin.transport import REFUSED, USAGE
from synnefod.backends.intake_records import BackendsFromSynnefo
from synnefod.backends.secrets import SecretBox
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads
from synnefod.compute.intake import MachineIntake
from synnefod.compute.records.intake import ComputeFromSynnefo
from synnefod.config.sections import Bootstrap
from synnefod.network.interface import NewFloatingIp, OwnNetwork
from synnefod.network.records.intake import NetworksFromSynnefo
from synnefod.volumes.intake_records import VolumesFromSynnefo
from tests.harness.database import NO_POSTGRES, OnPostgres, empty_database
from tests.unit.resources.ops.deployment import Deployment

SQL = Path(__file__).parents[1] / "harness" / "cyclades.sql"


class ImportCyclades(SynchronousTestCase):
    skip = NO_POSTGRES

    def setUp(self) -> None:
        self.cloud = Deployment(self, bootstrap=Bootstrap(enabled=False))
        made = self.cloud.ask("user-add", email="ada@example.org", first="A", last="L", accept=True)
        self.ada = made["row"]["uuid"]
        self.dsn, drop = empty_database()
        self.addCleanup(drop)
        self.there(SQL.read_text().replace("@USER@", self.ada).replace("@PROJECT@", self.ada))
        folder = Path(self.mktemp())
        folder.mkdir()
        self.url = folder / "url"
        self.url.write_text(f"postgresql:{self.dsn}\n")

    def there(self, sql: str) -> None:
        """Changes the other database."""
        connection = psycopg2.connect(self.dsn)
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
        connection.close()

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def take(self, *words: str, code: int = 0) -> Any:
        return self.manage("import-cyclades", "--database-file", str(self.url), *words, code=code)

    def test_machines_and_networks_are_taken_over_with_their_numbers(self) -> None:
        """Clusters, flavors, servers, volumes, networks, ports, addresses with pools and history,
        keys, rescue images: as they were there, by the number that their names on the clusters are
        made of; what is made next has higher ones, and no address or MAC prefix twice."""
        self.assertIn("dry_run", self.take("--dry-run"))
        counted = self.take()
        self.assertEqual((counted["servers"], counted["networks"], counted["addresses"]), (2, 2, 2))
        self.assertEqual((counted["clusters"], counted["ports"], counted["keys"]), (2, 2, 1))
        self.servers()
        self.networks()
        self.clusters()
        self.assertEqual(self.manage("reconcile-pools"), [])
        self.what_is_made_next()
        self.assertIn("here already", self.take(code=REFUSED))

    def servers(self) -> None:
        (row,) = self.manage("server-list", "--image-name")
        self.assertEqual((row["id"], row["name"], row["state"]), (42, "db1", "STARTED"))
        self.assertEqual((row["backend"], row["flavor"]), ("one.localhost", "C2R2048D20drbd"))
        shown = self.manage("server-show", "42")
        self.assertEqual([tag["tag"] for tag in shown["tags"]], ["prod"])
        self.assertEqual([nic["id"] for nic in shown["nics"]], [71, 72])
        self.assertEqual([volume["id"] for volume in shown["volumes"]], [61])
        self.assertEqual([r["id"] for r in self.manage("server-list", "--deleted")], [43])
        self.assertEqual(self.manage("volume-type-show", "2")["specs"], "GNT-EXTP:pool=fast")
        (rescue,) = self.manage("rescue-image-list")
        self.assertEqual((rescue["name"], rescue["is_default"]), ("grml", True))
        stored = self.rows("select os, os_family from rescue_properties where server = 42")
        self.assertEqual(stored, [("debian", "linux")])
        self.assertEqual(len(self.rows("select id from server_diagnostics")), 1)

    def networks(self) -> None:
        rows = {row["id"]: row for row in self.manage("network-list")}
        self.assertEqual((rows[2]["public"], rows[5]["mac_prefix"]), (True, "aa:00:3"))
        (address,) = self.manage("floating-ip-list", "-u", self.ada)
        self.assertEqual((address["id"], address["address"]), (81, "198.51.100.5"))
        self.assertEqual(address["server"], 42)
        (past,) = self.manage("ip-list", "--address", "198.51.100.5")
        self.assertEqual((past["server"], past["action"]), (42, "associate"))

    def clusters(self) -> None:
        rows = {row["id"]: row for row in self.manage("backend-list")}
        self.assertEqual((rows[3]["offline"], rows[5]["offline"]), (False, True))
        self.assertNotIn("plain-password", str(self.rows("select * from backends")))
        cluster = self.cloud.now(self.cloud.house.backends.all())
        self.assertEqual({int(each.id) for each in cluster}, {3, 5})
        (mapped,) = self.manage("project-backend-list")
        self.assertEqual(mapped["backend"], 5)

    def what_is_made_next(self) -> None:
        own = ProjectId(self.ada)
        ada = Principal(UserId(self.ada), "ada", own, frozenset({own}))
        network = self.cloud.house.network
        made = self.cloud.now(network.create_own(ada, OwnNetwork("next")))
        self.assertGreater(int(made.id), 5)
        self.assertNotIn(made.mac_prefix, ("aa:00:3", "aa:00:0"))
        given = set()
        for _ in range(4):
            found = self.cloud.now(network.create_floating_ip(ada, NewFloatingIp()))
            self.assertGreater(int(found.id), 82)
            given.add(found.address)
        # .1, .6 and .7 are kept back or out of the range, .5 is in use.
        self.assertEqual(given, {f"198.51.100.{n}" for n in (2, 3, 4, 6)})

    def test_what_is_none_is_refused(self) -> None:
        """Commissions that wait there, a table that is missing or called otherwise, a deployment
        that has something: nothing is taken then."""
        self.there("update app_quotaholderserial set pending = true, resolved = false")
        self.assertIn("commissions", self.take(code=REFUSED))
        self.there("update app_quotaholderserial set resolved = true")
        self.there("alter table app_port rename to interfaces")
        self.assertIn("no table", self.take(code=USAGE))
        self.take("--table", "nonsense", code=USAGE)
        self.assertEqual(self.manage("server-list"), [])
        self.assertEqual(self.take("--table", "port=interfaces")["ports"], 2)

    def rows(self, sql: str) -> Any:
        async def body(tx: Any) -> Any:
            return await tx.all(sql)

        return self.cloud.now(self.cloud.supports.store.read("rows", body))


class IntoPostgres(OnPostgres, TestCase):
    """The same rows into a server's tables."""

    async def test_numbers_go_on_behind_those_that_were_taken(self) -> None:
        """PostgreSQL counts by itself, and is told where it stands."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        connection = psycopg2.connect(dsn)
        with connection, connection.cursor() as cursor:
            cursor.execute(SQL.read_text())
        connection.close()
        store = await self.make_store()
        box = BackendsFromSynnefo(SecretBox("s"))
        parts = [box, VolumesFromSynnefo(), NetworksFromSynnefo(), ComputeFromSynnefo()]
        intake = MachineIntake(store, InlineThreads(), Clock(), parts)
        counted = await intake.take(f"postgresql:{dsn}", {})
        self.assertEqual((counted["servers"], counted["volumes"]), (2, 1))

        async def body(tx: Any) -> list[int]:
            found = []
            for sql in (
                "insert into networks (name, flavor, mode, link, mac_prefix, created, updated)"
                " values ('n', 'CUSTOM', '', '', '', 0, 0) returning id",
                "insert into servers (name, user_id, project, flavor, created, updated, operstate)"
                " values ('n', '', '', 7, 0, 0, 'BUILD') returning id",
            ):
                found.append((await tx.one(sql))[0])
            return found

        self.assertEqual(await store.transact("new ones", body), [6, 44])
