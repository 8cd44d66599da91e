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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import ganeti, postgres, rabbitmq

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PARTS = {"postgres": postgres, "rabbitmq": rabbitmq, "ganeti": ganeti}
LINT = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "arrows": ["lint-imports", "--no-cache"],
}
QUICK = ["unit", "contracts", "properties", "vectors", "architecture", "journeys"]
_COUNT = re.compile(r"(skips|failures|errors|successes|expectedFailures)=(\d+)")


@contextmanager
def real_parts(folder: Path) -> Iterator[dict[str, str]]:
    """The environment that names the running parts; all are stopped at the end."""
    environment: dict[str, str] = {}
    started = []
    try:
        for name, part in PARTS.items():
            begun = time.monotonic()
            started.append((name, part))
            environment.update(part.start(folder / name))
            print(f"-- {name} is up ({time.monotonic() - begun:.0f} s)", flush=True)
        yield environment
    finally:
        for name, part in reversed(started):
            part.stop(folder / name)
            print(f"-- {name} is down", flush=True)


def lint() -> tuple[int, int]:
    failed = 0
    for name, command in LINT.items():
        print(f"-- {name}", flush=True)
        if subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False).returncode:
            print(f"-- {name} FAILED", flush=True)
            failed += 1
    return len(LINT) - failed, failed


def trial(packages: list[str], environment: dict[str, str], *options: str) -> tuple[int, int]:
    """Runs trial on `packages`; (passed, failed), a skip counting as a failure in CI."""
    print(f"-- trial {' '.join(packages)}", flush=True)
    scratch = tempfile.mkdtemp(prefix="synnefod-trial-")
    command = [BIN / "python", "-b", "-m", "twisted.trial", "--temp-directory", f"{scratch}/t"]
    command += [*options, *(f"tests.{package}" for package in packages)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    tail = ""
    for line in process.stdout:
        sys.stdout.write(line)
        if line.startswith(("PASSED", "FAILED")):
            tail = line
    code = process.wait()
    sys.stdout.flush()
    shutil.rmtree(scratch, ignore_errors=True)
    counts = {word: int(number) for word, number in _COUNT.findall(tail)}
    failed = counts.get("failures", 0) + counts.get("errors", 0)
    if os.environ.get("CI"):
        failed += counts.get("skips", 0)
    if code and not failed:
        failed = 1
    if not counts.get("successes"):
        failed += 1
    return counts.get("successes", 0), failed


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
                if options.only != "real":
                    results.append(trial(QUICK, environment, "-j2"))
                if options.only != "quick":
                    results.append(trial(["integration"], environment))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    passed, failed = (sum(column) for column in zip(*results, strict=True))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
