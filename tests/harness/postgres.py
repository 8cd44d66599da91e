"""A private PostgreSQL server for tests, below a folder, on a free port and a socket.

`python -m tests.harness.postgres start|stop FOLDER` prints `NAME=value` lines.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path


def _program(name: str) -> str:
    """Debian keeps the server's programs out of the path, by version."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name)
    )
    for folder in reversed(folders):
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"'{name}' of PostgreSQL is not installed")
    return found


def _run(*command: str) -> None:
    """Runs a program as a user other than root, which the server refuses to be."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        command = (
            "setpriv",
            f"--reuid={user.pw_uid}",
            f"--regid={user.pw_gid}",
            "--clear-groups",
            *command,
        )
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/"
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[-4:]}: {done.stdout}{done.stderr}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, port: int = 0, *, durable: bool = False) -> dict[str, str]:
    """Makes a cluster below `folder`, unless there is one, and starts it on `port` or a free one;
    the environment that tests read. Tests outlive no power cut, and need not be `durable`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    # Socket paths are short by law (107 bytes), so the folder may be too deep: then use TCP alone.
    sockets = str(folder) if len(str(folder)) < 80 else ""
    port = port or free_port()
    if not data.exists():
        _run(_program("initdb"), "-A", "trust", "--no-sync", "-U", "postgres", "-E", "UTF8",
             "--locale=C.UTF-8", "-D", str(data))  # fmt: skip
    options = (
        f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories='{sockets}' "
        "-c max_connections=200"
    )
    if not durable:
        options += " -c fsync=off -c full_page_writes=off"
    _run(_program("pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w",
         "start")  # fmt: skip
    host = sockets or "127.0.0.1"
    dsn = f"host={host} port={port} user=postgres dbname=postgres"
    return {"SYNNEFOD_TEST_POSTGRES": dsn}


def restart(folder: Path) -> None:
    """Stops the server as a crash would and starts it again where it was."""
    data = folder.resolve() / "data"
    _run(_program("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "-l",
         str(folder.resolve() / "log"), "restart")  # fmt: skip


def stop(folder: Path) -> None:
    """Stops the server of `folder`; one that does not run is left alone."""
    data = folder.resolve() / "data"
    if (data / "postmaster.pid").exists():
        _run(_program("pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")


if __name__ == "__main__":
    verb, where = sys.argv[1], Path(sys.argv[2])
    if verb == "start":
        for name, value in start(where).items():
            print(f"{name}={value}")
    else:
        stop(where)
