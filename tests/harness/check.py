"""Every check of the project, in the way CI does; ends with a line `N passed, N failed`.

    python -m tests.harness.check [--only lint|quick|real] [--parts NAME,NAME] [MODULE ...]

Starts private copies of the real parts (PostgreSQL, RabbitMQ, Ceph, Ganeti) in a temporary folder,
runs style, types, arrows and the tests, and stops what it started. Modules, as `integration.test_x`
or `"unit.resources on postgres"`, are run alone, with all parts or those named. Where CI is set
nothing may skip.

A test that failed while others ran beside it is run once more when they have ended, and the run
fails if it fails again. Both outcomes are printed, the last ones at the end.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.harness import ceph, ganeti, postgres, rabbitmq, slapd

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
    "slapd": (slapd.start, slapd.stop),
    "ceph": (ceph.start, ceph.stop),
    "ganeti": (ganeti.start, ganeti.stop),
    "kvm": (start_kvm, ganeti.stop),
}
LINT = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "arrows": ["lint-imports", "--no-cache"],
}
ON_POSTGRES = "unit.resources"
"""The doors' tests, which run a second time with their services on PostgreSQL."""
ALONE = "contracts properties vectors architecture"
"""Uses every part, and is followed by those that break them."""
WEB = "webui.test_webui.TestWebApplication"
PACKAGES = (
    "unit",
    f"{WEB}.test_journeys",
    f"{WEB}.test_journeys_beside",
    f"{ON_POSTGRES} on postgres",
    "journeys",
    f"{WEB}.test_units",
)
"""What begins beside it, a process each."""
KILLERS = frozenset(
    {
        "test_main_job",
        "test_faults",
        "test_faults_machines",
        "test_ganeti",
        "test_rados",
        "test_storm",
        "test_eventd_ganeti",
        "test_eventd_program",
        "test_rolling",
        "test_workers",
    }
)
"""Modules of `integration` that break the shared broker or Ceph or cannot do without them, or fill
a real cluster: they follow each other and the contracts, which use the same parts."""
LANES = 3
"""Modules at once: much of a run is waiting for clusters and for what has been killed."""
SHARD_MINUTES = 35
RUN_MINUTES = 70
"""What has not begun by then is a failure that is not waited for."""
SAID = 6000
"""Characters of a failure that are repeated at the end of the run."""
MOST_AGAIN = 12
"""More failed tests than these are no matter of load: they are not run again."""
_COUNT = re.compile(r"(skips|failures|errors|successes|expectedFailures)=(\d+)")
_BLOCK = re.compile(r"^=+\n(?=\[(?:FAIL|ERROR)\])", re.M)
_TEST = re.compile(r"^(tests\.[\w.]+\.test_\w+)$", re.M)


@contextmanager
def real_parts(folder: Path, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """The environment that names the running parts; all are stopped at the end."""
    environment = {"SYNNEFOD_TEST_CLIENTS": os.environ.get("SYNNEFOD_TEST_CLIENTS", str(BIN))}
    started = []
    try:
        for name in names:
            start, _ = PARTS[name]
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


@dataclass(frozen=True)
class Result:
    """What has become of a trial: how many passed and failed, which tests failed (by name), and
    what they said."""

    name: str
    passed: int
    failed: int
    tests: tuple[str, ...] = ()
    said: str = ""
    skipped: int = 0

    @property
    def engine(self) -> str:
        """The suffix that names the engine, or nothing."""
        return self.name[at:] if (at := self.name.find(" on ")) >= 0 else ""


class Trial:
    """A trial process over some packages or modules of the tests; its output is shown whole when
    it has ended. One that runs for too long is ended and shows where it stood."""

    def __init__(self, name: str, environment: dict[str, str]) -> None:
        self.name = name
        self._scratch = tempfile.mkdtemp(prefix="synnefod-trial-")
        self._out = Path(self._scratch, "out").open("w+", errors="replace")  # noqa: SIM115
        self._begun = time.monotonic()
        command = [BIN / "python", "-b", "-X", "faulthandler"]
        command += ["-W", "ignore::BytesWarning:twisted.web.http_headers"]
        command += ["-m", "twisted.trial", "--temp-directory", f"{self._scratch}/t"]
        parts, _, engine = name.partition(" on ")
        command += [f"tests.{part}" for part in parts.split()]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                **environment,
                "PYTHONPATH": str(ROOT),
                "SYNNEFOD_TEST_ENGINE": engine or "sqlite",
            },
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def result(self) -> Result:
        """Waits; a skip counts as a failure in CI."""
        code = self._ended()
        with self._out:
            self._out.seek(0)
            text = self._out.read()
        shutil.rmtree(self._scratch, ignore_errors=True)
        tails = [line for line in text.splitlines() if line.startswith(("PASSED", "FAILED"))]
        counts = {word: int(number) for word, number in _COUNT.findall(tails[-1] if tails else "")}
        failed = counts.get("failures", 0) + counts.get("errors", 0)
        skipped = counts.get("skips", 0) if os.environ.get("CI") else 0
        failed += skipped
        passed = counts.get("successes", 0)
        if (code and not failed) or not passed:
            failed += 1
        took = time.monotonic() - self._begun
        print(f"-- trial {self.name}: {passed} passed, {failed} failed, {took:.0f} s\n{text}")
        sys.stdout.flush()
        said = "".join(_BLOCK.split(text)[1:])
        tests = tuple(dict.fromkeys(_TEST.findall(said)))
        return Result(self.name, passed, failed, tests, said or text[-SAID:], skipped)

    def _ended(self) -> int:
        try:
            return self._process.wait(SHARD_MINUTES * 60)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)  # faulthandler writes where it stands
            time.sleep(2)
            with suppress(ProcessLookupError):  # and the daemons that it started
                os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait() or 1


def shards(only: str | None) -> tuple[deque[str], deque[str]]:
    """What to run, one after the other, and what may run beside it, since trial's own workers
    cannot carry every test's report."""
    row, beside = deque([ALONE]), deque(PACKAGES)
    if only == "real":
        row.clear()
        beside.clear()
    if only != "quick":
        folder = ROOT / "tests" / "integration"
        for module in sorted([*folder.glob("test_*.py"), *folder.glob("*/test_*.py")]):
            queue = row if module.stem in KILLERS else beside
            queue.append(".".join(module.relative_to(ROOT / "tests").with_suffix("").parts))
    return row, beside


def _taken(queues: Sequence[deque[str]]) -> str:
    for queue in queues:
        with suppress(IndexError):
            return queue.popleft()
    return ""


def run_lane(
    queues: Sequence[deque[str]], environment: dict[str, str], until: float
) -> list[Result]:
    """Empties one queue after the other; another lane may take from them too."""
    results = []
    while name := _taken(queues):
        if time.monotonic() > until:
            print(f"-- trial {name}: not begun, there is no time left", flush=True)
            results.append(Result(name, 0, 1, said="not begun"))
        else:
            results.append(Trial(name, environment).result())
    return results


def again(first: Sequence[Result], environment: dict[str, str], until: float) -> list[Result]:
    """The results with those of a second try, alone, of the tests that failed."""
    failed = [result for result in first if result.failed]
    if sum(len(result.tests) for result in failed) > MOST_AGAIN:
        return list(first)
    results = [result for result in first if not result.failed]
    for result in failed:
        if not result.tests or result.skipped or time.monotonic() > until:
            results.append(result)
            continue
        print(f"-- again, alone: {' '.join(result.tests)}\n{result.said[-SAID:]}", flush=True)
        tests = " ".join(test.removeprefix("tests.") for test in result.tests)
        second = Trial(tests + result.engine, environment).result()
        passed = result.passed + second.passed
        results.append(replace(second, name=result.name, passed=passed))
    return results


def trials(options: argparse.Namespace) -> list[Result]:
    folder = Path(tempfile.mkdtemp(prefix="synnefod-parts-"))
    folder.chmod(0o755)
    try:
        with real_parts(folder, options.parts.split(",")) as environment:
            until = time.monotonic() + RUN_MINUTES * 60
            row, beside = shards(options.only)
            if options.modules:
                row, beside = deque(options.modules), deque()
            results = []
            with ThreadPoolExecutor(LANES) as lanes:
                for done in lanes.map(
                    lambda queues: run_lane(queues, environment, until),
                    [(row, beside), *[(beside,)] * (LANES - 1)],
                ):
                    results += done
            return again(results, environment, until)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", choices=["lint", "quick", "real"])
    parser.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    options = parser.parse_args()
    results = []
    if options.only in (None, "lint") and not options.modules:
        results.append(Result("lint", *lint()))
    if options.only != "lint":
        results += trials(options)
    for result in results:
        if result.failed:
            print(f"-- failed: {result.name}: {' '.join(result.tests)}\n{result.said[-SAID:]}")
    passed = sum(result.passed for result in results)
    failed = sum(result.failed for result in results)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
