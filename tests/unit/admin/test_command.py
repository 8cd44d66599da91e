"""The command: what it asks of the daemon, what it prints, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin import transport
from synnefod.admin.main import COMMANDS, GONE, run
from synnefod.admin.transport import (
    DONE,
    FAILED,
    NOT_FOUND,
    PARTLY,
    REFUSED,
    UNREACHABLE,
    USAGE,
    Failure,
    read_answer,
    socket_path,
)
from synnefod.admin.verb import ListVerb

USERS = [
    {"id": 1, "displayname": "ann, the first", "uuid": "u-1", "active": True, "admin": True},
    {"id": 2, "displayname": "bob", "uuid": "u-2", "active": False, "admin": False},
    {"id": 3, "displayname": "eve", "uuid": "u-3", "active": True, "admin": False},
]
QUOTA = [
    {"holder": "user:u", "resource": "cyclades.vm", "limit": 4, "usage": 1, "unit": None},
    {"holder": "user:u", "resource": "cyclades.ram", "limit": 8 << 30, "usage": 0, "unit": "bytes"},
    {"holder": "user:u", "resource": "cyclades.disk", "limit": None, "usage": 5, "unit": "bytes"},
]
ROOT = Path(__file__).parents[3]


class Told:
    """A transport that answers as told and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {name.replace("_", "-"): answer for name, answer in answers.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        self.asked.append((verb, dict(body)))
        self.rehearsed = rehearse
        answer = self.answers.get(verb, {"row": {"good": True}})
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, Failure):
            raise answer
        found: dict[str, Any] = answer
        return found


class CommandCase(SynchronousTestCase):
    def told(self, line: list[str], transport: Any, stdin: Any = None) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            with mock.patch.object(sys, "stdin", stdin or io.StringIO()):
                code = run(line, transport)
        self.assertNotIn("Traceback", err.getvalue())
        return code, out.getvalue(), err.getvalue()


class Gone(CommandCase):
    def test_what_is_gone_says_what_takes_its_place(self) -> None:
        """Commands of the original's framework and of its old migrations are refused as usage,
        each with one line that names the way now; commands in it exist (OPS-061, OPS-129)."""
        for name, instead in GONE.items():
            code, out, err = self.told([name, "--any", "words"], Told())
            self.assertEqual((code, out), (USAGE, ""))
            self.assertEqual(err, f"synnefo-manage: {name} is gone: {instead}\n")
        for name in (
            "import-astakos",
            "import-pithos",
            "migrate",
            "restore",
            "show-config",
            "user-import",
        ):
            self.assertIn(name, COMMANDS)
        self.assertTrue((ROOT / "docs/api.md").exists())


class Verbose(CommandCase):
    def test_a_comparison_tells_what_the_daemon_did(self) -> None:
        """Commands that compare and those about queues take -v 0..3: warnings, more, and all with
        its time; the daemon is asked for the level (OPS-007)."""
        names = [name for name in COMMANDS if name.startswith(("reconcile-", "queue-"))]
        self.assertGreater(len(names), 9)
        line = {"time": "2026-01-02T03:04:05.000006Z", "level": "info", "message": "fixing: it"}
        for name in names:
            words = [name, *(["q"] if name in ("queue-inspect", "queue-purge") else [])]
            for verbosity, level in enumerate(("warn", "info", "debug", "debug")):
                transport = Heard({"rows": [], "row": {}, "log": [line]})
                code, _, err = self.told(
                    [*words, "-v", str(verbosity), *FORCED.get(name, [])], transport
                )
                self.assertEqual((code, transport.level), (DONE, level), (name, err))
                stamp = f"{line['time']} " if verbosity >= 2 else ""
                self.assertIn(f"{stamp}info: fixing: it\n", err)
                self.assertEqual(err.count("2026"), verbosity >= 2)
            code, _, _ = self.told([*words, "--verbosity", "4"], Told())
            self.assertEqual(code, USAGE)


FORCED = {"queue-purge": ["--force"]}


class Heard(Told):
    """A transport that remembers the level of the log that was asked for."""

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer, self.level = answer, ""

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        self.level = log
        answer: dict[str, Any] = self.answer
        return answer


class Lists(CommandCase):
    def users(self, *words: str) -> tuple[int, str, str]:
        return self.told(["user-list", *words], Told(user_list={"rows": USERS}))

    def test_json_is_a_list_of_objects_by_column(self) -> None:
        """OPS-005: the short option may stand before and behind; headers change nothing."""
        words = ["-o", "id,displayname", "--no-headers"]
        transport = Told(user_list={"rows": USERS})
        for line in (
            ["--json", "user-list", *words],
            ["user-list", *words, "--json"],
            ["user-list", "--output-format", "json", *words],
        ):
            code, out, _ = self.told(line, transport)
            self.assertEqual(code, DONE)
            self.assertEqual(json.loads(out)[1], {"id": 2, "displayname": "bob"})

    def test_csv_quotes_what_needs_it(self) -> None:
        """A comma in a value survives reading back; --no-headers leaves the first line out."""
        _, out, _ = self.users("--output-format", "csv", "-o", "id,displayname")
        lines = list(csv.reader(io.StringIO(out)))
        self.assertEqual(lines[:2], [["id", "displayname"], ["1", "ann, the first"]])
        _, out, _ = self.users("--output-format", "csv", "-o", "id", "--no-headers")
        self.assertEqual(out.split(), ["1", "2", "3"])

    def test_a_table_shows_every_value_whole(self) -> None:
        """Nothing is cut, however narrow the terminal. OPS-008"""
        with mock.patch.dict(os.environ, {"COLUMNS": "20"}):
            code, out, _ = self.users()
        self.assertEqual(code, DONE)
        lines = out.splitlines()
        titles = ["id", "displayname", "realname", "uuid", "active", "admin"]
        self.assertEqual(lines[0].split(), titles)
        self.assertIn("ann, the first", lines[2])
        _, out, _ = self.users("-o", "uuid", "--no-headers")
        self.assertEqual(out.split(), ["u-1", "u-2", "u-3"])

    def test_columns_are_named_without_a_daemon(self) -> None:
        """--list-fields and --list-filters ask nothing."""
        transport = Told()
        for option in ("--list-fields", "--list-filters"):
            code, out, _ = self.told(["user-list", option], transport)
            self.assertEqual(code, DONE)
            self.assertIn("last_login", out.split())
        self.assertEqual(transport.asked, [])

    def test_a_column_that_is_not_there_is_bad_usage(self) -> None:
        """Its name and those known are told."""
        code, out, err = self.users("-o", "id,colour")
        self.assertEqual((code, out), (USAGE, ""))
        self.assertIn("colour", err)
        self.assertIn("displayname", err)

    def test_all_terms_of_a_filter_hold(self) -> None:
        """Operators, words for booleans, and all terms together. OPS-009"""
        for terms, wanted in (
            ("id>=2", [2, 3]),
            ("id=>2,active=yes", [3]),
            ("id=<1", [1]),
            ("active=0", [2]),
            ("admin!=True", [2, 3]),
            ("id>1,id<3", [2]),
            ("displayname=bob", [2]),
            ("realname=", [1, 2, 3]),
        ):
            _, out, _ = self.users("--json", "--filter-by", terms)
            self.assertEqual([row["id"] for row in json.loads(out)], wanted, terms)

    def test_a_filter_is_refused_by_name(self) -> None:
        """Quoted values hold commas; an unknown key or a bad value is named. OPS-010"""
        _, out, _ = self.users("--json", "--filter-by", "displayname='ann, the first'")
        self.assertEqual(len(json.loads(out)), 1)
        for terms, culprit in (
            ("colour=red", "colour"),
            ("active=maybe", "maybe"),
            ("id>many", "many"),
            ("bob", "bob"),
            ("displayname='bob", "quote"),
        ):
            code, out, err = self.users("--filter-by", terms)
            self.assertEqual((code, out), (USAGE, ""), terms)
            self.assertIn(culprit, err)

    def test_a_list_takes_no_arguments(self) -> None:
        """Every list command refuses positional arguments before asking anything. OPS-012"""
        transport = Told()
        takes_a_folder = {"backup-list"}
        lists = [n for n in COMMANDS if n.endswith("-list") and n not in takes_a_folder]
        self.assertGreater(len(lists), 8)
        for name in lists:
            code, _, err = self.told([name, "extra"], transport)
            self.assertEqual(code, USAGE, name)
            self.assertIn("extra", err)
        self.assertEqual(transport.asked, [])

    def test_sizes_are_shown_in_a_unit(self) -> None:
        """Bytes in the asked unit, mb by default, counts as they are; JSON keeps numbers."""
        transport = Told(quota_list={"rows": QUOTA})
        line = ["quota-list", "-o", "resource,limit,usage", "--output-format", "csv"]
        _, out, _ = self.told(line, transport)
        self.assertIn("cyclades.ram,8192 MB,0 MB", out)
        self.assertIn("cyclades.vm,4,1", out)
        self.assertIn("cyclades.disk,inf,", out)
        _, out, _ = self.told([*line, "--unit-style", "auto"], transport)
        self.assertIn("cyclades.ram,8 GB,0 B", out)
        _, out, _ = self.told(["quota-list", "--json"], transport)
        self.assertEqual(json.loads(out)[1]["limit"], 8 << 30)

    def test_owners_are_shown_by_mail(self) -> None:
        """--display-mails replaces the owner's column; -u, -p and -d select."""
        rows = [{"id": 1, "user.uuid": "u-1", "user.email": "ann@example.org"}]
        transport = Told(server_list={"rows": rows})
        line = ["server-list", "-u", "ann@example.org", "-p", "pp", "-d", "--display-mails"]
        _, out, _ = self.told([*line, "--json"], transport)
        shown = json.loads(out)[0]
        self.assertEqual(shown["user.email"], "ann@example.org")
        self.assertNotIn("user.uuid", shown)
        body = transport.asked[0][1]
        self.assertEqual(
            (body["user"], body["project"], body["deleted"], body["mails"]),
            ("ann@example.org", "pp", True, True),
        )


class Changes(CommandCase):
    def test_flavors_are_the_product_of_the_lists(self) -> None:
        """All combinations are asked for; an existing one is told with what changes it. OPS-072"""
        outcomes = iter(["created", "exists", "created", "created"])

        def answer(body: Mapping[str, Any]) -> dict[str, Any]:
            return {"row": {"id": 7, "name": "C1", "outcome": next(outcomes)}}

        transport = Told(flavor_create=answer)
        line = ["flavor-create", "1,2", "1022", "10,20", "1", "--specs", "a=1,b='2,3'", "-n"]
        code, _, err = self.told([*line, "--public", "False"], transport)
        self.assertEqual(code, DONE)
        bodies = [body for _, body in transport.asked]
        self.assertEqual(
            [(b["cpu"], b["disk"]) for b in bodies], [(1, 10), (1, 20), (2, 10), (2, 20)]
        )
        self.assertEqual(bodies[0]["specs"], {"a": "1", "b": "2,3"})
        self.assertEqual((bodies[0]["public"], bodies[0]["dry_run"]), (False, True))
        self.assertIn("rounded up to 1024", err)
        self.assertIn("flavor-modify 7", err)

    def test_many_things_go_on_after_an_error(self) -> None:
        """OPS-021: partly done is 6, all failed 1, a single failure its own code."""

        def answer(body: Mapping[str, Any]) -> Any:
            if body["server"] == 2:
                return Failure("Server not found.", NOT_FOUND)
            return {"row": {"id": body["server"]}}

        transport = Told(server_remove=answer)
        code, out, err = self.told(["server-remove", "1", "2", "3", "-f", "--json"], transport)
        self.assertEqual(code, PARTLY)
        self.assertEqual([row["id"] for row in json.loads(out)], [1, 3])
        self.assertIn("2: Server not found.", err)
        self.assertIn("1 of 3 failed", err)
        self.assertEqual(self.told(["server-remove", "2", "-f"], transport)[0], NOT_FOUND)
        self.assertEqual(self.told(["server-remove", "2", "2", "-f"], transport)[0], FAILED)

    def test_a_removal_asks_first(self) -> None:
        """Only yes goes on; --force does not ask."""

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        for typed, code, asked in (("yes\n", DONE, 1), ("maybe\n", FAILED, 0), ("", FAILED, 0)):
            transport = Told()
            found = self.told(["server-remove", "5"], transport, Terminal(typed))
            self.assertEqual((found[0], len(transport.asked)), (code, asked), typed)

    def test_nothing_is_removed_without_a_terminal(self) -> None:
        """Exit 2, and the daemon is not asked. OPS-014"""
        transport = Told()
        for line in (["server-remove", "5"], ["backend-remove", "1"]):
            self.assertEqual(self.told(line, transport)[0], USAGE)
        self.assertEqual(transport.asked, [])

    def test_a_password_comes_from_a_file_or_standard_input(self) -> None:
        """Neither is in the process list, nor in what is printed."""
        file = Path(self.mktemp())
        file.write_text("from the file\nsecond line\n")
        transport = Told()
        line = ["backend-add", "--clustername", "c", "--user", "u"]
        _, out, err = self.told([*line, "--password-file", str(file)], transport)
        stdin = io.StringIO("typed\n")
        self.told([*line, "--password-file", "-"], transport, stdin)
        self.assertEqual(
            [body["password"] for _, body in transport.asked], ["from the file", "typed"]
        )
        self.assertNotIn("from the file", out + err)
        self.assertEqual(self.told(line, transport)[0], USAGE)
        code, _, err = self.told([*line, "--password-file", "/nowhere"], transport)
        self.assertEqual(code, USAGE)
        self.assertIn("/nowhere", err)
        both = [*line, "--pass", "x", "--password-file", str(file)]
        self.assertEqual(self.told(both, transport)[0], USAGE)

    def test_limits_take_units(self) -> None:
        """10G is bytes, inf is no limit, 4 is 4. OPS-017"""
        transport = Told()
        line = ["project-modify", "p", "--limit", "cyclades.ram", "10G", "inf"]
        self.told([*line, "--limit", "cyclades.vm", "4", "1.5K"], transport)
        limits = transport.asked[0][1]["limits"]
        self.assertEqual(limits[0], {"resource": "cyclades.ram", "member": 10 << 30, "project": -1})
        self.assertEqual((limits[1]["member"], limits[1]["project"]), (4, 1536))
        line = ["project-modify", "p", "--limit", "cyclades.vm", "many", "4"]
        self.assertEqual(self.told(line, transport)[0], USAGE)

    def test_orphans_are_never_fixed_by_fix_all(self) -> None:
        """Only their own switch deletes; remains are a failure, --exit-code counts the rest."""
        rows = [{"kind": "orphan", "server": 4, "result": "reported"}]
        transport = Told(reconcile_servers={"rows": rows})
        self.assertEqual(self.told(["reconcile-servers", "--fix-all"], transport)[0], DONE)
        self.assertNotIn("orphan", transport.asked[0][1]["fix"])
        self.told(["reconcile-servers", "--fix-orphans", "--backend-id", "3"], transport)
        self.assertEqual(transport.asked[1][1], {"fix": ["orphan"], "backend": 3})
        code, out, _ = self.told(["reconcile-servers", "--exit-code", "--json"], transport)
        self.assertEqual((code, json.loads(out)[0]["server"]), (FAILED, 4))
        rows[0]["result"] = "remains"
        self.assertEqual(self.told(["reconcile-servers", "--fix-orphans"], transport)[0], FAILED)

    def test_a_change_of_nothing_is_bad_usage(self) -> None:
        """And so are options that exclude each other; the daemon is not asked."""
        transport = Told()
        for line in (
            ["user-modify", "1"],
            ["user-modify", "1", "--set-admin", "--set-noadmin"],
            ["user-modify", "1", "--delete", "--accept"],
            ["user-modify", "1", "--password", "x", "--renew-password"],
            ["project-modify", "p"],
            ["project-control"],
            ["project-control", "--suspend", "p", "--terminate", "p"],
            ["flavor-modify", "1"],
            ["flavor-modify", "1", "--spec-add", "a=1", "--spec-delete", "a"],
            ["backend-modify", "1"],
            ["backend-modify", "1", "--drained", "maybe"],
            ["server-modify", "1"],
            ["server-modify", "1", "--action", "dance"],
            ["network-create", "--flavor", "CUSTOM", "--allocation-pool", "192.0.2.1"],
            ["resource-modify", "x"],
        ):
            code, out, err = self.told(line, transport)
            self.assertEqual((code, out), (USAGE, ""), line)
            self.assertEqual(err.count("\n"), 1, err)
        self.assertEqual(transport.asked, [])


class Endings(CommandCase):
    def test_an_answer_s_status_is_an_exit_code(self) -> None:
        """OPS-021: done 0, failed 1, usage 2, not found 3, refused by state 4."""
        self.assertEqual(read_answer(200, b'{"row": {}}'), {"row": {}})
        for status, code in (
            (500, FAILED),
            (503, FAILED),
            (400, USAGE),
            (404, NOT_FOUND),
            (409, REFUSED),
            (413, REFUSED),
        ):
            body = json.dumps({"error": {"code": status, "message": "so\nit is"}}).encode()
            error = self.assertRaises(Failure, read_answer, status, body)
            self.assertEqual((error.code, str(error)), (code, "so it is"))
        self.assertEqual(self.assertRaises(Failure, read_answer, 502, b"<html>").code, FAILED)

    def test_a_daemon_that_is_not_there_is_named(self) -> None:
        """One line with the socket's path. OPS-021"""
        path = self.mktemp()
        code, out, err = self.told(["user-list", "--socket", path], None)
        self.assertEqual((code, out), (UNREACHABLE, ""))
        self.assertIn(path, err)
        self.assertEqual(err.count("\n"), 1)

    def test_an_unknown_command_gets_a_hint(self) -> None:
        """Help lists every command and explains one. OPS-001"""
        code, _, err = self.told(["user-lst"], None)
        self.assertEqual(code, USAGE)
        self.assertIn("user-list", err)
        _, out, _ = self.told(["help"], None)
        for name in COMMANDS:
            self.assertIn(f"  {name} ", out)
            code, text, _ = self.told([name, "--help"], None)
            self.assertEqual(code, DONE)
            self.assertIn("--json", text)
        self.assertEqual(self.told(["help", "nothing"], None)[0], USAGE)
        self.assertIn("--filter-by", self.told(["help", "user-list"], None)[1])
        self.assertIn("synnefo-manage", self.told(["--version"], None)[1])
        self.assertEqual(self.told([], None)[0], USAGE)

    def test_a_defect_is_one_line(self) -> None:
        """Even what nobody expected shows no trace."""

        def broken(body: Mapping[str, Any]) -> Any:
            raise ZeroDivisionError("oops")

        code, _, err = self.told(["user-list"], Told(user_list=broken))
        self.assertEqual((code, err.count("\n")), (FAILED, 1))

    def test_the_socket_is_found_as_the_daemon_s_settings_say(self) -> None:
        """Option, environment, file, default, in this order."""
        file = Path(self.mktemp())
        file.write_text('[server]\nstate = "/srv/state"\n')

        def found(environ: dict[str, str], **given: str) -> str:
            options = {"socket": None, "state": None, "config": None, **given}
            return socket_path(environ=environ, **options)

        named = {"SYNNEFOD_MANAGE_SOCKET": "/run/e.sock"}
        self.assertEqual(found({}), os.path.join("var", "manage.sock"))
        self.assertEqual(found({}, config=str(file)), "/srv/state/manage.sock")
        self.assertEqual(found(named, config=str(file)), "/run/e.sock")
        self.assertEqual(found(named, state="/s"), "/s/manage.sock")
        self.assertEqual(found(named, state="/s", socket="/x"), "/x")
        file.write_text('[server]\nstate = "/s"\n[manage]\nsocket = "/run/m.sock"\n')
        self.assertEqual(found({}, config=str(file)), "/run/m.sock")
        file.write_text("[server\n")
        self.assertEqual(self.assertRaises(Failure, found, {}, config=str(file)).code, USAGE)
        self.assertEqual(self.assertRaises(Failure, found, {}, config="/no").code, USAGE)

    def test_list_commands_know_their_columns_once(self) -> None:
        """No column is declared twice."""
        from synnefod.admin.main import synnefo_manage

        for name in COMMANDS:
            command = synnefo_manage.get_command(None, name)  # type: ignore[arg-type]
            if isinstance(command, ListVerb):
                self.assertEqual(len(set(command.known)), len(command.known), name)

    def test_the_command_imports_no_server(self) -> None:
        """Neither Twisted nor the drawing of tables is loaded to ask for help."""
        program = (
            "import sys; from synnefod.admin.main import run; run(['help']);"
            "print([m for m in sys.modules if m.split('.')[0] in ('twisted', 'rich', 'msgspec')])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self.assertEqual(done.stdout.splitlines()[-1], "[]")


class Users(CommandCase):
    def run_by(self, uid: int, owner: tuple[int, int] | None) -> tuple[int, str, list[Any]]:
        """The command by this user, where the socket has this owner; what was changed to."""
        became: list[Any] = []
        with (
            mock.patch.object(transport, "owner_of", lambda _path: owner),
            mock.patch.object(os, "geteuid", lambda: uid),
            mock.patch.object(os, "setgroups", lambda groups: became.append(groups)),
            mock.patch.object(os, "setgid", lambda group: became.append(("group", group))),
            mock.patch.object(os, "setuid", lambda user: became.append(("user", user))),
        ):
            code, _, err = self.told(["task-list", "--socket", "/nowhere/manage.sock"], None)
        return code, err, became

    def test_only_root_and_the_daemons_user(self) -> None:
        """Root drops to the user and group that the daemon runs as, before it asks anything;
        somebody else is refused, by name of the reason (OPS-004)."""
        code, _, became = self.run_by(0, (501, 502))
        self.assertEqual((code, became), (UNREACHABLE, [[], ("group", 502), ("user", 501)]))
        code, _, became = self.run_by(501, (501, 502))
        self.assertEqual((code, became), (UNREACHABLE, []))
        code, err, became = self.run_by(1000, (501, 502))
        self.assertEqual((code, became), (REFUSED, []))
        self.assertIn("only root", err)
        self.assertEqual(self.run_by(1000, None)[0], UNREACHABLE)
