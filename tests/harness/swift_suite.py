"""OpenStack Swift's own functional tests, run against a daemon of ours.

They are in Swift's source distribution, which pip fetches by name; nothing of it is kept here.
This module, run as a program inside the unpacked distribution, is what runs them there:

    python swift_suite.py EXCLUSIONS MODULE...
"""

import fnmatch
import importlib
import json
import os
import subprocess
import sys
import tarfile
import time
import unittest
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SWIFT = "2.38.3"
MODULES = (
    "test_account",
    "test_container",
    "test_object",
    "test_dlo",
    "test_slo",
    "test_symlink",
    "test_staticweb",
    "test_tempurl",
    "tests",
)


def fetched(folder: Path) -> Path:
    """The unpacked distribution."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-binary", ":all:", "--dest", str(folder)]
    done = subprocess.run(
        [*command, f"swift=={SWIFT}"], capture_output=True, text=True, check=False, timeout=600
    )
    found = list(folder.glob("swift-*.tar.gz"))
    if done.returncode or not found:
        raise AssertionError(f"Swift's source cannot be fetched: {done.stdout}{done.stderr}")
    with tarfile.open(found[0]) as archive:
        archive.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def run(source: Path, config: Mapping[str, str], exclusions: Path) -> dict[str, Any]:
    """The outcome: `passed` and `skipped` (counts), `failed` (tests and what they said)."""
    settings = source.parent / "test.conf"
    lines = ["[func_test]", *(f"{key} = {value}" for key, value in config.items())]
    settings.write_text("\n".join([*lines, "[unit_test]", "fake_syslog = False", ""]))
    done = subprocess.run(
        [sys.executable, __file__, str(exclusions), *MODULES],
        cwd=source,
        env={
            **os.environ,
            "PYTHONPATH": str(source),
            "SWIFT_TEST_CONFIG_FILE": str(settings),
            "NO_PROXY": "127.0.0.1",
        },
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=1500,
    )
    if done.returncode:
        raise AssertionError(f"Swift's tests broke off: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def excluded(path: Path) -> list[str]:
    """The patterns of a list of exclusions: one a line, what follows # says why."""
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def _tests(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from _tests(one)
        else:
            yield one


def _name(test: unittest.TestCase) -> str:
    return test.id().removeprefix("test.functional.")


def main(arguments: list[str]) -> int:
    patterns = excluded(Path(arguments[0]))
    unused = set(patterns)
    functional = importlib.import_module("test.functional")
    # What it sleeps between attempts at what answered 500 and more.
    functional.sleep = lambda seconds: time.sleep(min(seconds, 0.05))  # type: ignore[attr-defined]
    wanted = unittest.TestSuite()
    for name in arguments[1:]:
        module = importlib.import_module(f"test.functional.{name}")
        for test in _tests(unittest.defaultTestLoader.loadTestsFromModule(module)):
            hits = {text for text in patterns if fnmatch.fnmatchcase(_name(test), text)}
            unused -= hits
            if not hits and test.__module__ == module.__name__:
                wanted.addTest(test)
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(wanted)
    failed = {_name(test): text for test, text in [*result.failures, *result.errors]}
    skipped = len(result.skipped)
    passed = result.testsRun - skipped - len(failed)
    outcome = {"passed": passed, "skipped": skipped, "failed": failed, "unused": sorted(unused)}
    print(json.dumps(outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
