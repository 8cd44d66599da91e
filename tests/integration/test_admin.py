"""`synnefo-manage` against a real daemon: every command, over the socket in its state folder."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import COMMANDS
from tests.harness.daemon import ROOT, CommandFailed, Daemon, eventually

DEMO = "demo@localhost"


class Administration(SynchronousTestCase):
    """One daemon that has just had its first start."""

    def setUp(self) -> None:
        # Not below trial's folder: the path of a Unix socket has at most 107 bytes.
        folder = Path(tempfile.mkdtemp(prefix="synnefo-manage-"))
        self.addCleanup(shutil.rmtree, folder)
        self.daemon = Daemon(folder, {"ganeti": {"simulate": 2}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.used: set[str] = set()

    def manage(self, *words: str) -> Any:
        self.used.add(words[0])
        return self.daemon.manage(*words)

    def plain(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Exit code, output and errors of the command as a person runs it."""
        self.used.add(words[0])
        done = subprocess.run(
            [sys.executable, "-m", "synnefod.admin.main", *words],
            capture_output=True,
            text=True,
            input=stdin,
            check=False,
            cwd=self.daemon.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=60,
        )
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout, done.stderr

    def at(self) -> list[str]:
        return ["--state", str(self.daemon.state)]

    def server(self, name: str) -> int:
        """A server of the demo user's, as a client makes it; its number when it is up."""
        image = self.manage("image-list", "--public")[0]["id"]
        flavor = self.manage("flavor-list")[0]["id"]
        body = {"server": {"name": name, "imageRef": image, "flavorRef": str(flavor)}}
        request = Request(
            self.daemon.url + "/cyclades/compute/v2.1/servers",
            json.dumps(body).encode(),
            {
                "X-Auth-Token": self.daemon.account()["SYNNEFO_TOKEN"],
                "Content-Type": "application/json",
            },
        )
        with urlopen(request, timeout=30) as answer:
            answer.read()

        def up() -> int | None:
            rows = self.manage("server-list", "--filter-by", f"name={name},state=STARTED")
            return int(rows[0]["id"]) if rows else None

        found: int = eventually(f"{name} is up", up)
        return found

    def everything(self) -> None:
        """Run last: no command was left out, here or where commands meet a whole deployment in
        one process."""
        tests = Path(__file__).parents[1]
        inside = [*tests.glob("unit/resources/ops/test_*.py"), *tests.glob("contracts/test_*.py")]
        texts = "".join(module.read_text("utf-8") for module in inside)
        unused = set(COMMANDS) - self.used
        self.assertEqual({name for name in unused if f'"{name}"' not in texts}, set())

    def test_every_command_does_its_work(self) -> None:
        """The administrator's day on a running daemon, command by command (OPS-162, OPS-150,
        OPS-020)."""
        self.people()
        self.groups_and_tokens()
        self.components()
        self.projects()
        self.sizes()
        self.networks()
        self.servers()
        self.rescue()
        self.node()
        self.clusters()
        self.ledger()
        self.files()
        self.tasks()
        self.notices()
        self.queues()
        self.backup()
        self.taken_along()
        self.other_database()
        self.completion()
        self.settings()
        self.everything()

    def people(self) -> None:
        secret = "a rather long password"
        code, out, _ = self.plain(
            *(
                "user-add",
                "eve@example.org",
                "Eve",
                "Fox",
                "--accept",
                "--password-file",
                "-",
                "--json",
            ),
            *self.at(),
            stdin=secret + "\n",
        )
        self.assertEqual(code, 0)
        uuid = json.loads(out)["uuid"]
        self.assertNotIn(secret, out)
        rows = self.manage("user-list", "--active", "--filter-by", "admin=no")
        self.assertEqual({row["displayname"] for row in rows}, {DEMO, "eve@example.org"})
        self.manage("user-modify", "eve@example.org", "--set-inactive", "--inactive-reason", "x")
        self.assertFalse(self.manage("user-show", "eve@example.org")["active"])
        self.manage("user-modify", uuid, "--set-active")
        shown = self.manage("user-show", uuid, "--quota", "--projects")
        self.assertEqual((shown["active"], shown["email"]), (True, "eve@example.org"))
        self.assertEqual(shown["projects"][0]["id"], uuid)
        code, _, err = self.plain("user-show", "nobody@example.org", *self.at())
        self.assertEqual((code, err.count("\n")), (3, 1))
        code, _, _ = self.plain("user-modify", uuid, "--delete", "-f", *self.at())
        self.assertEqual(code, 4)

    def groups_and_tokens(self) -> None:
        self.manage("group-add", "staff")
        self.manage("user-modify", "eve@example.org", "--add-group", "staff")
        rows = self.manage("group-list", "--filter-by", "name=staff")
        self.assertEqual(rows[0]["users_count"], 1)
        code, _, err = self.plain("user-activation-send", DEMO, *self.at())
        self.assertEqual((code, err.count("\n")), (4, 1))
        self.plain("term-add", "-", *self.at(), stdin="Be kind.")
        for name in (DEMO, "admin@localhost"):
            self.manage("user-modify", name, "--sign-terms")
        self.assertEqual(self.manage("stats-astakos")["users"]["all"]["total"], 3)
        self.manage("cleanup-full")
        self.assertTrue(self.manage("token-list", "-u", DEMO))
        self.manage("token-revoke", "-u", "eve@example.org", "--force")
        self.assertEqual(self.manage("appcred-list"), [])
        code, _, _ = self.plain("appcred-revoke", "0" * 32, *self.at())
        self.assertEqual(code, 3)

    def components(self) -> None:
        self.manage("component-add", "weather")
        self.manage("component-modify", "weather", "--base-url", "https://w.example.org")
        shown = self.manage("component-show", "weather")
        self.assertIn(shown["base_url"], {r["base_url"] for r in self.manage("component-list")})
        exported = {
            name: {**service, "component": "weather", "resources": {}}
            for name, service in self.manage("service-export-pithos").items()
        }
        code, _, _ = self.plain(
            "service-import", "--json", "-", *self.at(), stdin=json.dumps(exported)
        )
        self.assertEqual(code, 4)
        mine = {"weather_api": next(iter(exported.values()))}
        code, _, err = self.plain(
            "service-import", "--json", "-", *self.at(), stdin=json.dumps(mine)
        )
        self.assertEqual(code, 0, err)
        self.assertIn("weather_api", {row["name"] for row in self.manage("service-list")})
        self.assertTrue(self.manage("service-show", "weather_api")["endpoints"])
        self.manage("component-remove", "weather", "--force")
        for which in ("astakos", "cyclades"):
            self.assertTrue(self.manage(f"service-export-{which}"))

    def notices(self) -> None:
        """OPS-163: maintenance keeps people from changing anything, and lets them read."""
        notice = self.manage("notice-add", "Disks are slow today.")
        self.assertEqual(self.manage("notice-list")[0]["id"], notice["id"])
        self.manage("notice-remove", str(notice["id"]))
        self.manage("maintenance", "on")
        url = f"{self.daemon.url}/astakos/account/v1.0/me"
        head = {
            "X-Auth-Token": self.daemon.account()["SYNNEFO_TOKEN"],
            "Content-Type": "application/json",
        }
        with urlopen(Request(url, None, head), timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        change = Request(url, b'{"first_name": "X"}', head, method="PATCH")
        with self.assertRaises(HTTPError) as caught:
            urlopen(change, timeout=30)
        self.assertEqual(caught.exception.code, 503)
        caught.exception.close()
        self.manage("maintenance", "off", "--as", "eve")
        (row,) = self.manage("audit-list", "--action", "command.maintenance-end", "-o", "as,via")
        self.assertEqual(row, {"as": "eve", "via": "command"})
        self.assertIsNone(self.manage("audit-verify")["broken_at"])
        with urlopen(change, timeout=30) as answer:
            self.assertEqual(answer.status, 200)

    def completion(self) -> None:
        """A shell learns the words of the command from the command itself."""
        for shell in ("bash", "zsh"):
            code, out, _ = self.plain("completion", shell)
            self.assertEqual((code, "_SYNNEFO_MANAGE_COMPLETE" in out), (0, True))

    def backup(self) -> None:
        """OPS-154: beside the running daemon; its own database is no place for a restore."""
        folder = self.daemon.folder / "backups"
        made = self.manage("backup", str(folder), "--config", str(self.daemon.file))
        (row,) = self.manage("backup-list", str(folder))
        self.assertEqual(row["blocks"], made["blocks"])
        place = str(folder / made["name"])
        self.assertEqual(self.manage("backup-verify", place, "--sample", "50")["wrong"], [])
        code, _, err = self.plain(
            "restore", place, "--force", "--config", str(self.daemon.file), *self.at()
        )
        self.assertEqual((code, "exists already" in err), (1, True))

    def other_database(self) -> None:
        """Without PostgreSQL behind it the address of another database is refused."""
        code, _, err = self.plain("import-cyclades", "--database", "sqlite:///x", *self.at())
        self.assertEqual((code, "PostgreSQL" in err), (2, True), err)

    def taken_along(self) -> None:
        """An account as a file; the schema's steps; quotas that nobody exceeds."""
        config = ("--config", str(self.daemon.file))
        file = str(self.daemon.folder / "admin.tar")
        self.assertEqual(self.manage("user-export", "admin@localhost", file, *config)["missing"], 0)
        again = self.manage("user-import", file, "--force", *config)
        self.assertEqual((again["user"], again["versions"]), ("admin@localhost", 0))
        self.assertTrue(all(row["applied"] for row in self.manage("migrate", *config)))
        self.assertEqual(self.manage("enforce-resources-cyclades")["violations"], [])

    def queues(self) -> None:
        """OPS-121, OPS-122, OPS-125"""
        names = [row["name"] for row in self.manage("queue-list")]
        self.assertEqual(len(names), 4)
        self.assertEqual(self.manage("queue-inspect", f"{names[0]}-dl", "--no-requeue"), [])
        self.assertEqual(self.manage("queue-purge", f"{names[0]}-dl", "--force")["removed"], 0)
        self.assertEqual({row["sent"] for row in self.manage("queue-retry")}, {0})
        code, _, _ = self.plain("queue-inspect", "no-such-queue", *self.at())
        self.assertEqual(code, 3)

    def files(self) -> None:
        rows = self.manage("pithos-manage-accounts", "list")
        image = next(row for row in rows if row["objects"])
        self.assertEqual(self.manage("reconcile-resources-pithos"), [])
        self.assertEqual(self.manage("reconcile-commissions-pithos"), [])
        self.assertEqual(self.manage("storage-check", "--deep"), [])
        self.assertEqual(self.manage("storage-gc", "--dry-run")["given up"], 0)
        uuid = self.manage("image-list", "--public")[0]["id"]
        shown = self.manage("file-show", uuid, "--domain", "plankton")
        self.assertEqual(shown["account"], image["account"])

    def tasks(self) -> None:
        """What runs from time to time, and what it counts."""
        checks = {row["check"]: row["ok"] for row in self.manage("health-list")}
        self.assertTrue(checks["store"] and checks["blocks"] and checks["queue"], checks)
        names = {row["name"] for row in self.manage("task-list")}
        self.assertIn("counting-figures", names)
        self.manage("task-run", "counting-figures")
        code, _, _ = self.plain("task-run", "no-such-task", *self.at())
        self.assertEqual(code, 3)

        def counted() -> bool:
            rows = self.manage("task-list", "--filter-by", "name=counting-figures")
            return bool(rows[0]["last result"] == "well")

        eventually("figures are counted", counted)
        with urlopen(self.daemon.url + "/metrics", timeout=30) as answer:
            text = answer.read().decode()
        for line in (
            'synnefod_role_active{role="dispatcher"} 1.0',
            'synnefod_users{state="all"} 3.0',
            'synnefod_cluster_up{cluster="alpha.simulated.localhost"} 1.0',
            'synnefod_task_last_success_timestamp_seconds{task="counting figures"}',
            'synnefod_blocks_written_total{backend="filesystem",result="new"}',
            'synnefod_log_lines_total{area="assembly",level="info"}',
            'synnefod_tokens_validated_total{result="looked up"}',
            "synnefod_outbox_pending 0.0",
            'synnefod_quota_limit{resource="cyclades.vm"}',
            'synnefod_event_lag_seconds_count{source="bus"}',
            "synnefod_store_schema_version",
            'synnefod_thread_pool_busy{pool="disk"}',
        ):
            self.assertIn("\n" + line, text)

    def ledger(self) -> None:
        """After everything else: nothing waits and nothing is wrong."""
        self.assertEqual(self.manage("commission-list"), [])
        code, _, _ = self.plain("commission-show", "999999", *self.at())
        self.assertEqual(code, 3)
        self.assertEqual(self.manage("quota-verify", "--include-unexpected-holdings"), [])
        for what in ("resources-astakos", "resources-cyclades", "commissions-cyclades"):
            self.assertEqual(self.manage(f"reconcile-{what}"), [])

    def projects(self) -> None:
        own = self.manage("user-show", DEMO)["uuid"]
        names = {row["id"] for row in self.manage("project-list", "--system-projects")}
        self.assertIn(own, names)
        self.manage("project-modify", own, "--limit", "cyclades.vm", "7", "7")
        shown = self.manage("project-show", own, "--members", "--quota")
        limits = {row["resource"]: row for row in shown["limits"]}
        self.assertEqual(limits["cyclades.vm"]["max per project"], 7)
        rows = self.manage(
            "quota-list", "--filter-by", f"user={own},resource=cyclades.vm", "--display-mails"
        )
        self.assertEqual([(row["limit"], row["source"]) for row in rows], [(7, f"project:{own}")])
        self.manage("resource-modify", "cyclades.vm", "--system-default", "9")
        rows = self.manage("resource-list", "--filter-by", "name=cyclades.vm")
        self.assertEqual(rows[0]["system_default"], 9)
        code, _, err = self.plain("project-control", "--suspend", "no-such", *self.at())
        self.assertEqual(code, 3, err)

    def sizes(self) -> None:
        kind = self.manage("volume-type-create", "--name", "quick", "--disk-template", "plain")
        self.assertIn(kind["id"], [row["id"] for row in self.manage("volume-type-list")])
        rows = self.manage("flavor-create", "1,2", "512", "3,4", str(kind["id"]), "--public=False")
        self.assertEqual([row["outcome"] for row in rows], ["created"] * 4)
        flavor = str(rows[0]["id"])
        self.manage("flavor-modify", flavor, "--spec-add", "a=b")
        self.assertEqual(self.manage("flavor-show", flavor)["specs"], "a=b")
        own = self.manage("user-show", DEMO)["uuid"]
        grant = ("--project", own, "--flavor", flavor)
        self.manage("flavor-access-add", *grant)
        self.assertEqual(len(self.manage("flavor-access-list")), 1)
        self.manage("flavor-access-remove", *grant)
        self.assertEqual(self.manage("flavor-access-list"), [])
        self.assertIn(flavor, [str(row["id"]) for row in self.manage("flavor-list")])

    def networks(self) -> None:
        row = self.manage(
            *("network-create", "--flavor", "CUSTOM", "--public", "--name", "wide"),
            *("--subnet", "203.0.113.0/24", "--gateway", "203.0.113.1", "--dhcp", "True"),
            *("--allocation-pool", "203.0.113.9,203.0.113.99", "--drained", "True"),
        )
        self.assertIn(row["id"], [each["id"] for each in self.manage("network-list", "--public")])
        shown = self.manage("network-inspect", str(row["id"]))
        self.assertEqual(shown["subnets"][0]["pools"], "203.0.113.9-203.0.113.99")
        code, _, err = self.plain("network-create", "--flavor", "CUSTOM", *self.at())
        self.assertEqual((code, err.count("\n")), (2, 1))
        number = str(row["id"])
        self.manage("network-modify", number, "--drained", "False", "--floating-ip-pool", "True")
        subnet = shown["subnets"][0]["id"]
        self.manage("subnet-modify", str(subnet), "--name", "s")
        self.assertIn(subnet, [each["id"] for each in self.manage("subnet-list", "--public")])
        self.assertEqual(len(self.manage("subnet-inspect", str(subnet))["pools"][0]["map"]), 91)
        code, _, _ = self.plain(
            *("subnet-create", "--network", number, "--cidr", "10.0.0.0/24"), *self.at()
        )
        self.assertEqual(code, 2)
        self.addresses(number)
        bridges = self.manage("pool-create", "--type", "bridge", "--base", "prv", "--size", "9")
        self.assertEqual(bridges["available"], 9)
        self.manage("pool-modify", "bridge", "--size", "10")
        self.assertEqual(self.manage("pool-show", "bridge")["size"], 10)
        self.manage("pool-remove", "bridge", "-f")
        self.assertEqual([each["id"] for each in self.manage("pool-list")], ["mac-prefix"])
        self.manage("network-remove", number, "-f")

    def addresses(self, network: str) -> None:
        """Ports and floating IPs on a server, each job waited for."""
        server = str(self.server("wired"))
        ip = self.manage("floating-ip-create", "--user", DEMO, "--network", network)
        number = str(ip["id"])
        wait = ("--wait", "True")
        attached = self.manage("floating-ip-attach", number, "--machine", server, *wait)
        self.assertEqual(attached["server"], int(server))
        self.assertEqual(self.manage("floating-ip-detach", number, *wait)["port"], None)
        port = self.manage("port-create", "--server", server, "--floating-ip", number)
        self.assertEqual(port["state"], "ACTIVE")
        shown = self.manage("port-inspect", str(port["id"]), "--jobs")
        self.assertEqual(shown["in Ganeti"][0]["mac"], port["mac_address"])
        self.manage("port-remove", str(port["id"]), "-f", *wait)
        self.assertEqual(len(self.manage("port-list", "--server", server)), 1)
        self.assertEqual(len(self.manage("ip-list", "--address", ip["address"])), 4)
        self.assertEqual(self.manage("floating-ip-show", number)["address"], ip["address"])
        self.manage("floating-ip-remove", number, "-f")
        self.assertEqual(self.manage("floating-ip-list"), [])
        self.manage("server-remove", server, "-f", *wait)

    def servers(self) -> None:
        image = self.manage("image-list", "-u", DEMO)[0]
        self.assertEqual(self.manage("image-show", image["id"])["status"], "active")
        number = str(self.server("manager"))
        shown = self.manage("server-inspect", number, "--jobs")
        self.assertEqual(shown["instance"][0]["name"], f"snf-{number}")
        self.assertTrue(shown["jobs"])
        stopped = self.manage("server-modify", number, "--action", "stop", "--wait", "True")
        self.assertEqual((stopped["state"], stopped["task"]), ("STOPPED", ""))
        code, _, _ = self.plain("server-modify", number, "--action", "stop", *self.at())
        self.assertEqual(code, 4)
        self.manage("server-modify", number, "--name", "renamed")
        self.assertEqual(self.manage("server-show", number)["name"], "renamed")
        rows = self.manage("reconcile-servers", "--exit-code")
        self.assertEqual(rows, [])
        backend = self.manage("server-list", "-u", DEMO)[0]["backend"]
        id_ = next(b["id"] for b in self.manage("backend-list") if b["clustername"] == backend)
        code, _, err = self.plain("backend-remove", str(id_), "-f", *self.at())
        self.assertEqual(code, 4)
        self.assertIn("server", err)
        code, _, _ = self.plain("server-remove", number, *self.at())
        self.assertEqual(code, 2)
        gone = self.manage("server-remove", number, "--force", "--wait", "True")
        self.assertTrue(gone[0]["deleted"])
        rows = self.manage("server-list", "--deleted")
        self.assertIn(number, [str(row["id"]) for row in rows])

    def rescue(self) -> None:
        """Rescue images, and helper servers; comparisons find nothing wrong afterwards."""
        image = self.manage("rescue-image-create", "--location", "a.iso", "--default", "True")
        number = str(image["id"])
        self.manage("rescue-image-modify", number, "--name", "first")
        self.assertEqual([row["name"] for row in self.manage("rescue-image-list")], ["first"])
        self.assertEqual(self.plain("rescue-image-remove", number, "-f", *self.at())[0], 4)
        self.assertEqual(self.manage("reconcile-pools", "--exit-code"), [])
        self.assertEqual(self.manage("reconcile-networks", "--fix-all"), [])
        words = ("helper-servers-sync", "--user", DEMO, "--flavor", "1")
        rows = self.manage(*words, "--image", self.manage("image-list", "--public")[0]["id"])
        self.assertEqual([row["state"] for row in rows], ["STOPPED", "STOPPED"])
        for row in rows:
            self.manage("server-remove", str(row["server"]), "--force", "--wait", "True")
        code, _, _ = self.plain(
            *("server-import", "nobody", "--backend-id", "1", "--user", DEMO, "--flavor", "1"),
            *self.at(),
        )
        self.assertEqual(code, 3)

    def node(self) -> None:
        """What a node needs is put below a folder; a second time nothing is to be done."""
        root = self.daemon.folder / "node"
        first = self.manage("host-setup", "--root", str(root))
        self.assertEqual({row["result"] for row in first["files"]}, {"installed"})
        self.assertTrue(os.access(root / "usr/share/ganeti/os/synnefod/create", os.X_OK))
        again = self.manage("host-setup", "--root", str(root))
        self.assertEqual({row["result"] for row in again["files"]}, {"there"})
        # A store that the settings do not name is no place to move blocks to.
        code, _, err = self.plain("storage-move", "--from", "fs", "--to", "rados", *self.at())
        self.assertNotEqual(code, 0)
        self.assertEqual(err.count("\n"), 1, err)

    def clusters(self) -> None:
        rows = self.manage("backend-list", "-o", "id,clustername,port,drained,url,username")
        self.assertEqual(len(rows), 2)
        first = rows[0]
        checked = self.manage("backend-check")
        self.assertEqual([r for r in checked if r["result"] == "fail"], [])
        told = {r["backend"]: r["result"] for r in checked if r["check"] == "eventd"}
        self.assertEqual(set(told.values()), {"ok"})
        own = self.manage("user-show", DEMO)["uuid"]
        given = ("--project", own, "--backend", str(rows[1]["id"]))
        mapped = self.manage("project-backend-add", *given)
        self.assertEqual(self.manage("project-backend-list"), [mapped])
        self.manage("project-backend-remove", *given)
        row = self.manage("backend-modify", str(first["id"]), "--drained", "True")
        self.assertTrue(row["drained"])
        rows = self.manage("backend-update-status")
        self.assertEqual([row["answered"] for row in rows], [True, True])
        with self.assertRaises(CommandFailed):
            self.manage("backend-modify", str(first["id"]), "--password", "wrong")
        self.manage("backend-remove", str(first["id"]), "--force")
        self.assertEqual(len(self.manage("backend-list")), 1)
        code, _, err = self.plain(
            *("backend-add", "--clustername", first["clustername"], "--user", "nobody"),
            *("--url", first["url"], "--password-file", "-", *self.at()),
            stdin="wrong\n",
        )
        self.assertNotEqual(code, 0)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertEqual(len(self.manage("backend-list")), 1)

    def settings(self) -> None:
        code, out, _ = self.plain("check-config", str(self.daemon.file))
        self.assertEqual(code, 0)
        self.assertIn("good", out)
        wrong = self.daemon.folder / "wrong.toml"
        wrong.write_text("[server]\npot = 8080\n", "utf-8")
        code, out, _ = self.plain("show-config", "--origin", str(self.daemon.file))
        self.assertIn(f"port = {self.daemon.port}", out)
        self.assertEqual(self.manage("reload")["need_restart"], "none")
        for words in (["check-config"], ["config-check"], ["config", "check"]):
            code, _, err = self.plain(*words, str(wrong))
            self.assertEqual((code, err.count("\n")), (1, 1))
            self.assertIn("pot", err)
        code, out, _ = self.plain("user-list", "--config", str(self.daemon.file), "--json")
        self.assertEqual(code, 0)
        mode = stat.S_IMODE((self.daemon.state / "manage.sock").stat().st_mode)
        self.assertEqual(mode, 0o600)


class Absent(SynchronousTestCase):
    def test_without_a_daemon_the_socket_is_named(self) -> None:
        """Exit code 5 and one line, from the installed command itself. OPS-021"""
        done = subprocess.run(
            [sys.executable, "-m", "synnefod.admin.main", "user-list", "--socket", "/nowhere.sock"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.assertEqual((done.returncode, done.stdout), (5, ""))
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertIn("/nowhere.sock", done.stderr)
