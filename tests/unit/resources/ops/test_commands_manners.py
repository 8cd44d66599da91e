"""What all commands have in common, against a whole deployment: rehearsals and questions."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest import mock

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED, NOT_FOUND, PARTLY, REFUSED, USAGE
from synnefod.common.ids import BackendId
from tests.unit.resources.network.whole import WholeCase
from tests.unit.resources.ops.deployment import DEMO


class Person(io.StringIO):
    """Somebody at a terminal who types this."""

    def isatty(self) -> bool:
        return True


class Manners(WholeCase):
    def told(self, *words: str, code: int = 0, typed: str | None = None) -> str:
        out, err = io.StringIO(), io.StringIO()
        stdin = io.StringIO() if typed is None else Person(typed)
        with redirect_stdout(out), redirect_stderr(err), mock.patch.object(sys, "stdin", stdin):
            ended = run(list(words), self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return out.getvalue() or err.getvalue()

    def manage(self, *words: str, **more: Any) -> Any:
        text = self.told("--json", *words, **more)
        return text if more.get("code") else json.loads(text)

    def everything(self) -> Any:
        """All rows of the store that tell what there is."""

        async def body(tx: Any) -> Any:
            tables = ("users", "projects", "networks", "subnets", "ports", "servers", "volumes")
            found = {}
            for table in (*tables, "backends", "flavors", "value_pools", "outbox"):
                found[table] = sorted(map(str, await tx.all(f"select * from {table}")))
            return found

        return self.now(self.cloud.supports.store.read("everything", body))

    def test_a_rehearsal_changes_nothing(self) -> None:
        """With --dry-run every check is made, what would be done first is told, and neither the
        store nor a cluster is changed; what is refused is refused then too, and --json is as
        good as --output-format json (OPS-020)."""
        server = str(self.a_server([])["id"])
        (port,) = self.manage("port-list", "--server", server)
        network = str(self.a_network()["id"])
        self.wait(30)
        before, requests = self.everything(), len(self.jobs())
        for words in (
            ("user-modify", DEMO, "--set-inactive"),
            ("network-create", "--flavor", "CUSTOM", "--public", "--subnet", "192.0.2.0/24"),
            ("network-modify", network, "--name", "other"),
            ("network-remove", network),
            ("subnet-modify", "1", "--name", "other"),
            ("port-create", "--user", DEMO, "--network", network),
            ("port-remove", str(port["id"])),
            ("floating-ip-create", "--user", DEMO),
            ("pool-modify", "mac-prefix", "--size", "9999"),
            ("server-modify", server, "--action", "stop", "--wait", "True"),
            ("server-remove", server),
            ("volume-create", "-s", "1", "--user", DEMO),
            ("backend-modify", "1", "--drained", "True"),
            ("group-add", "new"),
            ("queue-retry",),
            ("restore", "/nowhere", "--no-such-option"),
        ):
            if words[0] == "restore":
                self.told(*words, "--dry-run", code=USAGE)
                continue
            answer = self.manage(*words, "--dry-run")
            told = answer[0] if isinstance(answer, list) else answer
            self.assertIn("It would", str(told.get("dry_run")), (words, told))
        self.assertEqual(self.everything(), before)
        self.assertEqual(len(self.jobs()), requests)
        self.manage("network-remove", "1", "--dry-run", code=REFUSED)
        self.manage("network-modify", "99", "--name", "x", "--dry-run", code=NOT_FOUND)
        self.manage("network-remove", network, "99", "--dry-run", code=PARTLY)
        self.assertIn("dry_run", self.told("--dry-run", "--output-format", "csv", "group-add", "n"))
        self.manage("network-modify", network, "--name", "other")
        self.assertNotEqual(self.everything(), before)

    def jobs(self) -> Any:
        cluster = self.now(self.house.backends.cluster(BackendId(1)))
        return self.now(cluster.jobs())

    def test_removing_asks(self) -> None:
        """Yes does it, --force asks nothing, anything else does nothing (OPS-013)."""
        network = str(self.a_network()["id"])
        asked = self.told("network-remove", network, code=FAILED, typed="no\n")
        self.assertIn(f"Remove network {network}? [yes/no]", asked)
        self.assertIn("aborted", asked)
        for typed in ("", "perhaps\n", "NO\n", "\n"):
            self.told("network-remove", network, code=FAILED, typed=typed)
        for words in (
            ("server-remove", "1"),
            ("port-remove", "1"),
            ("floating-ip-remove", "1"),
            ("pool-remove", "mac-prefix"),
            ("volume-remove", "1"),
            ("snapshot-remove", "x"),
        ):
            self.assertIn("[yes/no]", self.told(*words, code=FAILED, typed="no\n"))
        self.told("pool-show", "mac-prefix")
        self.told("network-remove", network, typed="yes\n")
        self.told("network-remove", network, "-f", code=USAGE)
        self.told("pool-remove", "mac-prefix", "-f")
        self.told("pool-show", "mac-prefix", code=NOT_FOUND)
