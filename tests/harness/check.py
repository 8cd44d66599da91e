"""Every check of the project, in the way CI does; ends with a line `N passed, N failed`.

    python -m tests.harness.check [--only lint|quick|real] [--keep]

Starts private copies of the real parts (PostgreSQL, RabbitMQ, Ganeti) in a temporary folder, runs
style, types, arrows and the tests, and stops what it started. Where CI is set nothing may skip.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import ganeti, postgres, rabbitmq

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
Start = Callable[[Path], dict[str, str]]


def start_kvm(folder: Path) -> dict[str, str]:
    """A cluster whose instances are real (emulated) machines with consoles within our reach."""
    found = ganeti.start(folder, 1, "kvm", vnc=True)
    return {"SYNNEFOD_TEST_KVM": found[ganeti.VARIABLE]}


PARTS: dict[str, tuple[Start, Callable[[Path], None]]] = {
    "postgres": (postgres.start, postgres.stop),
    "rabbitmq": (rabbitmq.start, rabbitmq.stop),
    "ganeti": (ganeti.start, ganeti.stop),
    "kvm": (start_kvm, ganeti.stop),
}
LINT = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "arrows": ["lint-imports", "--no-cache"],
}
QUICK = (["unit"], ["contracts", "properties", "vectors", "architecture", "journeys", "webui"])
_COUNT = re.compile(r"(skips|failures|errors|successes|expectedFailures)=(\d+)")


@contextmanager
def real_parts(folder: Path) -> Iterator[dict[str, str]]:
    """The environment that names the running parts; all are stopped at the end."""
    environment = {"SYNNEFOD_TEST_CLIENTS": os.environ.get("SYNNEFOD_TEST_CLIENTS", str(BIN))}
    started = []
    try:
        for name, (start, _) in PARTS.items():
            begun = time.monotonic()
            started.append(name)
            environment.update(start(folder / name))
            print(f"-- {name} is up ({time.monotonic() - begun:.0f} s)", flush=True)
        yield environment
    finally:
        for name in reversed(started):
            PARTS[name][1](folder / name)
            print(f"-- {name} is down", flush=True)


def lint() -> tuple[int, int]:
    failed = 0
    for name, command in LINT.items():
        print(f"-- {name}", flush=True)
        if subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False).returncode:
            print(f"-- {name} FAILED", flush=True)
            failed += 1
    return len(LINT) - failed, failed


class Trial:
    """A trial process over some of the tests' packages; its output is kept and shown at the end."""

    def __init__(self, packages: list[str], environment: dict[str, str]) -> None:
        self.name = " ".join(packages)
        self._scratch = tempfile.mkdtemp(prefix="synnefod-trial-")
        self._out = Path(self._scratch, "out").open("w+", errors="replace")  # noqa: SIM115
        command = [BIN / "python", "-b", "-m", "twisted.trial"]
        command += ["--temp-directory", f"{self._scratch}/t"]
        command += [f"tests.{package}" for package in packages]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    def result(self) -> tuple[int, int]:
        """Waits; (passed, failed), where a skip counts as a failure in CI."""
        code = self._process.wait()
        with self._out:
            self._out.seek(0)
            text = self._out.read()
        shutil.rmtree(self._scratch, ignore_errors=True)
        print(f"-- trial {self.name}\n{text}", flush=True)
        tails = [line for line in text.splitlines() if line.startswith(("PASSED", "FAILED"))]
        counts = {word: int(number) for word, number in _COUNT.findall(tails[-1] if tails else "")}
        failed = counts.get("failures", 0) + counts.get("errors", 0)
        if os.environ.get("CI"):
            failed += counts.get("skips", 0)
        passed = counts.get("successes", 0)
        if (code and not failed) or not passed:
            failed += 1
        return passed, failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=["lint", "quick", "real"])
    options = parser.parse_args()
    results = []
    if options.only in (None, "lint"):
        results.append(lint())
    if options.only in (None, "quick", "real"):
        folder = Path(tempfile.mkdtemp(prefix="synnefod-parts-"))
        folder.chmod(0o755)
        try:
            with real_parts(folder) as environment:
                # Two at a time: trial's own workers cannot carry every test's report.
                if options.only != "real":
                    running = [Trial(packages, environment) for packages in QUICK]
                    results += [process.result() for process in running]
                if options.only != "quick":
                    results.append(Trial(["integration"], environment).result())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    passed, failed = (sum(column) for column in zip(*results, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
