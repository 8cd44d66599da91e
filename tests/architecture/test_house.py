"""The habits of the house that a machine can check."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from synnefod import config

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "synnefod"
MOST_LINES = 400


def modules() -> Iterator[tuple[Path, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(ROOT), path.read_text("utf-8")


class House(SynchronousTestCase):
    def test_arrows_go_down(self) -> None:
        """Every contract of `.importlinter` is kept."""
        done = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_no_module_is_long(self) -> None:
        """A module stays below 400 lines."""
        long = [str(path) for path, text in modules() if text.count("\n") >= MOST_LINES]
        self.assertEqual(long, [])

    def test_each_module_says_what_it_is_for(self) -> None:
        """A module with code begins with a docstring."""
        silent = [
            str(path)
            for path, text in modules()
            if text.strip() and not ast.get_docstring(ast.parse(text))
        ]
        self.assertEqual(silent, [])

    def test_sql_lives_in_records_and_store(self) -> None:
        """Statements are run by `records` and `store` only."""
        statement = re.compile(r"\btx\.(all|one|run|many)\(")
        strays = [
            str(path)
            for path, text in modules()
            if "records" not in str(path)
            and "synnefod/store/" not in path.as_posix()
            and statement.search(text)
        ]
        self.assertEqual(strays, [])

    def test_time_and_reactor_are_passed_in(self) -> None:
        """Only the composition root, `tap` and the commands know the process's clock, reactor."""
        known = re.compile(r"\btime\.time\(|datetime\.now\(|from twisted\.internet import reactor")
        strays = [
            str(path)
            for path, text in modules()
            if not path.as_posix().startswith(
                ("synnefod/assembly/", "synnefod/admin/", "synnefod/user/", "synnefod/burnin/")
            )
            and path.name != "tap.py"
            and known.search(text)
        ]
        self.assertEqual(strays, [])

    def test_one_dialect_of_asynchrony(self) -> None:
        """There is no inlineCallbacks and no asyncio."""
        other = re.compile(r"inlineCallbacks|^import asyncio|^from asyncio", re.M)
        self.assertEqual([str(path) for path, text in modules() if other.search(text)], [])

    def test_no_cupboards(self) -> None:
        """No module is named utils, helpers, misc, base, common or manager."""
        names = {"utils", "helpers", "misc", "base", "manager", "util", "helper"}
        self.assertEqual([str(path) for path, _ in modules() if path.stem in names], [])


class SampleFile(SynchronousTestCase):
    def test_the_sample_holds_every_option_with_its_default(self) -> None:
        """Uncommented, the sample file parses to the defaults and names every key."""
        text = (ROOT / "etc" / "synnefod.toml.sample").read_text("utf-8")
        document = tomllib.loads(re.sub(r"(?m)^#(\w+ = )", r"\1", text))
        path = self.mktemp()
        Path(path).write_text(re.sub(r"(?m)^#(\w+ = )", r"\1", text), "utf-8")
        self.assertEqual(config.load(path, {}), config.Config())
        keys = {
            (section, field)
            for section in config.Config.__struct_fields__
            for field in getattr(config.Config(), section).__struct_fields__
        }
        self.assertEqual(
            keys, {(section, key) for section, values in document.items() for key in values}
        )

    def test_a_wrong_setting_is_named(self) -> None:
        """Unknown keys, wrong types and missing files are one line that names the culprit."""
        for environment, words in [
            ({"SYNNEFOD_SERVER_PORT": "high"}, "server.port"),
            ({"SYNNEFOD_SERVER_POT": "1"}, "server.pot"),
            ({"SYNNEFOD_BUS_URL": "http://x"}, "bus.url"),
            ({"SYNNEFOD_GANETI_PREFIX": "a-b"}, "ganeti.prefix"),
            ({"SYNNEFOD_GANETI_TIMEOUT": "90"}, "ganeti.connect_timeout, timeout"),
        ]:
            error = self.assertRaises(config.ConfigError, config.load, None, environment)
            self.assertIn(words, str(error))
            self.assertNotIn("\n", str(error))
        error = self.assertRaises(config.ConfigError, config.load, "/nowhere/x.toml", {})
        self.assertIn("/nowhere/x.toml", str(error))
