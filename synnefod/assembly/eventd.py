"""`snf-ganeti-eventd`: the role `eventd` alone, as the program of that name was started (OPS-126).

It sends only while its node is the master, and ends when it has been and is not any more; whoever
starts it again (a supervisor) has a process that waits for its turn.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import MutableMapping


def prepare(words: list[str], environ: MutableMapping[str, str]) -> list[str]:
    """The words of twistd; what it is told by the environment is set there."""
    parser = argparse.ArgumentParser(
        "snf-ganeti-eventd", description="Tell what the jobs of a Ganeti cluster do."
    )
    parser.add_argument("-d", "--debug", action="store_true", help="stay, and log everything")
    parser.add_argument("-l", "--log", default="", help="write the log to this file")
    parser.add_argument("--pid-file", default="", help="write the process's number there")
    parser.add_argument(
        "-c",
        "--config",
        default="/etc/synnefod/synnefod.toml",
        help="the daemon's settings, of which [eventd] and [bus] matter (%(default)s)",
    )
    given = parser.parse_args(words)
    for role in ("API", "DISPATCHER", "CONSOLE"):
        environ[f"SYNNEFOD_ROLES_{role}"] = "false"
    environ["SYNNEFOD_ROLES_EVENTD"] = "true"
    environ["SYNNEFOD_EVENTD_ENDS_WITH_MASTERSHIP"] = "true"
    environ["SYNNEFOD_GANETI_SIMULATE"] = "0"
    environ["SYNNEFOD_BOOTSTRAP_ENABLED"] = "false"
    if given.log:
        environ["SYNNEFOD_LOG_FILE"] = os.path.abspath(given.log)
    if given.debug:
        environ["SYNNEFOD_LOG_LEVEL"] = "debug"
    pid = os.path.abspath(given.pid_file) if given.pid_file else ""
    stays = ["--nodaemon"] if given.debug else []
    return [*stays, f"--pidfile={pid}", "synnefod", "--config", given.config]


def main() -> None:
    """The entry point."""
    sys.argv[1:] = prepare(sys.argv[1:], os.environ)
    from twisted.scripts.twistd import run

    run()  # type: ignore[no-untyped-call]
