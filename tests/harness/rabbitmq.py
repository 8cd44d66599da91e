"""A private RabbitMQ below a folder: its own node, ports, epmd, cookie and data.

    python -m tests.harness.rabbitmq start FOLDER     # prints NAME=value lines
    python -m tests.harness.rabbitmq stop FOLDER      # leaves no process

`kill` and `restart` are for tests of a broker's death; the ports stay the same. The data survive
`stop`, so a later `start` in the same folder finds its queues.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

LIBRARY = Path("/usr/lib/rabbitmq")
READY_SECONDS = 90.0
STOP_SECONDS = 20.0


class HarnessFailure(Exception):
    """The private broker cannot be started; the message says why."""


def start(folder: Path) -> dict[str, str]:
    """Starts the broker unless it runs; returns the environment for tests."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = _settings(folder)
    if not _alive(folder, "broker"):
        try:
            restart(folder)
        except BaseException:
            stop(folder)
            raise
    user, password, port = settings["user"], settings["password"], settings["port"]
    return {
        "SYNNEFOD_TEST_RABBITMQ": f"amqp://{user}:{password}@127.0.0.1:{port}/",
        "SYNNEFOD_TEST_RABBITMQ_DIR": str(folder),
    }


def stop(folder: Path) -> None:
    """Ends the broker and its epmd; a second call does nothing."""
    folder = folder.resolve()
    _end(folder, "broker", signal.SIGTERM)
    _end(folder, "epmd", signal.SIGKILL)


def kill(folder: Path) -> None:
    """Kills the broker with SIGKILL, as a power cut would."""
    _end(folder.resolve(), "broker", signal.SIGKILL)


def restart(folder: Path) -> None:
    """Starts a broker that is not running; returns when it takes connections."""
    folder = folder.resolve()
    settings = _settings(folder)
    environment = _environment(folder, settings)
    if not _alive(folder, "epmd"):
        _spawn(
            folder,
            "epmd",
            ["epmd", "-port", str(settings["epmd_port"]), "-address", "127.0.0.1"],
            environment,
        )
        _wait_for_port(folder, "epmd", settings["epmd_port"])
    _spawn(folder, "broker", [str(_server_program())], environment)
    _wait_for_port(folder, "broker", settings["port"], greeting=b"AMQP\x00\x00\x09\x01")


def control(folder: Path, *arguments: str) -> str:
    """Runs `rabbitmqctl` against the private broker; its output."""
    folder = folder.resolve()
    program = _server_program().with_name("rabbitmqctl")
    done = subprocess.run(
        [str(program), *arguments],
        env=_environment(folder, _settings(folder)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise HarnessFailure(f"rabbitmqctl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _server_program() -> Path:
    """The package's own script; the one in PATH is a wrapper that switches the user."""
    found = sorted(LIBRARY.glob("lib/rabbitmq_server-*/sbin/rabbitmq-server"))
    if not found:
        raise HarnessFailure(f"no rabbitmq-server below {LIBRARY}: install Debian's package")
    return found[-1]


def _settings(folder: Path) -> dict[str, object]:
    file = folder / "broker.json"
    if file.exists():
        return json.loads(file.read_text())
    ports = _free_ports(3)
    settings: dict[str, object] = {
        "user": "synnefo",
        "password": secrets.token_hex(12),
        "port": ports[0],
        "epmd_port": ports[1],
        "distribution_port": ports[2],
        "node": f"synnefo{ports[0]}@localhost",
    }
    (folder / "enabled_plugins").write_text("[].\n")
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.1 = 127.0.0.1:{settings['port']}\n"
        f"default_user = {settings['user']}\n"
        f"default_pass = {settings['password']}\n"
        "disk_free_limit.absolute = 1MB\n"
        "vm_memory_high_watermark.absolute = 1GB\n"
        "log.console = true\n"
        "log.console.level = warning\n"
    )
    for name in ("home", "data", "log"):
        (folder / name).mkdir(exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(settings))
    return settings


def _environment(folder: Path, settings: dict[str, object]) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        "RABBITMQ_NODENAME": str(settings["node"]),
        "RABBITMQ_DIST_PORT": str(settings["distribution_port"]),
        "ERL_EPMD_PORT": str(settings["epmd_port"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        # The start script replaces itself by the broker, so that the pid we know is the broker's.
        "RUNNING_UNDER_SYSTEMD": "true",
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def _spawn(folder: Path, name: str, command: list[str], environment: dict[str, str]) -> None:
    with (folder / f"{name}.out").open("ab") as out:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    (folder / f"{name}.pid").write_text(f"{process.pid} {_stat(process.pid)[1]}")


def _stat(pid: int) -> tuple[str, str]:
    """The state letter and the start time of a process; see proc(5), fields 3 and 22."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return fields[0], fields[19]


def _alive(folder: Path, name: str) -> int:
    """The pid of our process `name`, or 0. A reused pid is not ours: it started at another time."""
    try:
        pid, began = (folder / f"{name}.pid").read_text().split()
        state, start_time = _stat(int(pid))
    except (OSError, ValueError):
        return 0
    if state == "Z":
        _reap(int(pid))
        return 0
    return int(pid) if start_time == began else 0


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # started by an earlier process: its new parent reaps it
        os.waitpid(pid, os.WNOHANG)


def _end(folder: Path, name: str, number: signal.Signals) -> None:
    pid = _alive(folder, name)
    if pid:
        os.kill(pid, number)
        deadline = time.monotonic() + STOP_SECONDS
        while _alive(folder, name):
            if time.monotonic() > deadline:
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.02)
        _reap(pid)
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # the port programs of a killed broker
    (folder / f"{name}.pid").unlink(missing_ok=True)


def _wait_for_port(folder: Path, name: str, port: object, greeting: bytes = b"") -> None:
    """Returns when `port` takes a connection and, for a broker, answers the protocol header."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if not _alive(folder, name):
            tail = (folder / f"{name}.out").read_text(errors="replace")[-2000:]
            raise HarnessFailure(f"{name} ended while starting:\n{tail}")
        try:
            with socket.create_connection(("127.0.0.1", int(str(port))), timeout=5) as s:
                if not greeting:
                    return
                s.sendall(greeting)
                if s.recv(1):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise HarnessFailure(f"{name} did not answer on port {port} within {READY_SECONDS:.0f} s")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in ("start", "stop"):
        print("usage: python -m tests.harness.rabbitmq start|stop FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[1])
    try:
        if arguments[0] == "start":
            for name, value in start(folder).items():
                print(f"{name}={value}")
        else:
            stop(folder)
    except HarnessFailure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
