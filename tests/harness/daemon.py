"""A real daemon in a process of its own, and the clients that talk to it.

with Daemon(folder, {"database": {"url": "postgresql:..."}}) as daemon:
    daemon.openstack("server", "list")
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


_HAND_OVER = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ['LISTEN_PID'] = str(os.getpid());"
    " os.execv(sys.argv[2], sys.argv[2:])"
)


class CommandFailed(AssertionError):
    """A client's command ended with an error; the text holds what it printed."""


def free_port() -> int:
    """A port that nobody listens on, outside the range that the kernel gives out by itself: what
    takes "any free port" while the daemon starts cannot take this one."""
    while True:
        port = random.SystemRandom().randrange(15000, 25000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def as_toml(settings: Mapping[str, Mapping[str, Any]]) -> str:
    """Settings as a file; values are strings, numbers, booleans, lists, or tables of them."""
    lines: list[str] = []
    for section, values in settings.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {_toml(value)}" for key, value in values.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value)


class Daemon:
    """Runs `twistd -n synnefod`; knows its port, its state and how to call clients as a user."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        merged = {section: dict(values) for section, values in settings.items()}
        server = merged.setdefault("server", {})
        server.setdefault("state", str(self.state))
        server["port"] = self.port
        self.settings = merged
        self.file = folder / "synnefod.toml"
        self.log = folder / "daemon.log"
        self.environment: dict[str, str] = {}
        self.listening: socket.socket | None = None
        """A socket that the daemon inherits by the name `http`, as systemd would hand it over."""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Daemon":
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, *, within: float = 90.0) -> None:
        """Starts the process and waits until `/readyz` answers 200."""
        self.launch()
        self.wait_ready(within)

    def launch(self) -> None:
        """Starts the process."""
        self.file.write_text(as_toml(self.settings), "utf-8")
        command = [BIN / "twistd", "-n", "--pidfile=", "synnefod", "--config", str(self.file)]
        handed: tuple[int, ...] = ()
        environment = self._environment() | self.environment
        if self.listening is not None:
            handed = (self.listening.fileno(),)
            command = [sys.executable, "-c", _HAND_OVER, str(handed[0]), *map(str, command)]
            environment |= {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, env=environment, pass_fds=handed
            )

    def wait_alive(self) -> None:
        """Returns when `/healthz` answers 200, which needs nothing outside."""
        self._wait("healthz", 90.0)

    def wait_ready(self, within: float = 90.0) -> None:
        """Returns when `/readyz` answers 200."""
        self._wait("readyz", within)

    def _wait(self, path: str, within: float) -> None:
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise AssertionError(f"the daemon ended: {self.tail()}")
            try:
                with urlopen(f"{self.url}/{path}", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (OSError, HTTPException):
                pass
            time.sleep(0.1)
        raise AssertionError(f"no 200 from /{path} within {within} s: {self.tail()}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int | None:
        """SIGTERM, and SIGKILL after 60 s; the exit code (None when it was not running)."""
        if self._process is None:
            return None
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the daemon did not end within 60 s: {self.tail()}") from None

    def tail(self, lines: int = 40) -> str:
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def account(self, user: str = "demo") -> dict[str, str]:
        """The variables of `demo.env` or `admin.env`."""
        text = (self.state / f"{user}.env").read_text("utf-8")
        pairs = re.findall(r"(?m)^(?:export )?(\w+)=(.*)$", text)
        return {name: value.strip("'\"") for name, value in pairs}

    def run(
        self, *command: str, user: str = "demo", check: bool = True, timeout: float = 180
    ) -> str:
        """A command in the user's environment; what it printed. Raises CommandFailed."""
        environment = {**self._environment(), **self.account(user), "PATH": search_path()}
        done = subprocess.run(
            command,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            raise CommandFailed(
                f"{' '.join(command)} -> {done.returncode}\n{done.stdout}\n{done.stderr}\n"
                f"daemon: {self.tail()}"
            )
        return done.stdout if check else done.stdout + done.stderr

    def openstack(self, *words: str, user: str = "demo", timeout: float = 180) -> Any:
        """An `openstack` command; its JSON, or text where the command has no table."""
        plain = words[-1:] == ("--plain",)
        command = ["openstack", *(words[:-1] if plain else (*words, "-f", "json"))]
        text = self.run(*command, user=user, timeout=timeout)
        return text if plain else json.loads(text)

    def curl(self, *words: str, user: str = "demo") -> tuple[int, str]:
        """Status and body of a curl request with the user's token; paths of mounts are ours."""
        mounts = ("/swift/", "/pithos/", "/astakos/", "/cyclades/")
        arguments = [self.url + word if word.startswith(mounts) else word for word in words]
        token = self.account(user)["SYNNEFO_TOKEN"]
        text = self.run(
            "curl", "-sS", "-w", "\n%{http_code}", "-H", f"X-Auth-Token: {token}", *arguments
        )
        body, _, status = text.rpartition("\n")
        return int(status), body

    def manage(self, *words: str) -> Any:
        """`synnefo-manage` against this daemon; its JSON."""
        text = self.run(
            str(BIN / "python"),
            "-m",
            "synnefod.admin.main",
            "--json",
            "--socket",
            str(self.state / "manage.sock"),
            *words,
        )
        return json.loads(text) if text.strip() else None


def search_path() -> str:
    """PATH with the clients of this environment first."""
    places = [os.environ.get("SYNNEFOD_TEST_CLIENTS", ""), str(BIN), os.environ.get("PATH", "")]
    return os.pathsep.join(place for place in places if place)


def have(program: str) -> bool:
    return shutil.which(program, path=search_path()) is not None


def eventually(what: str, probe: Any, *, within: float = 120.0, pause: float = 0.3) -> Any:
    """The first true value of `probe()`, asked again until `within` seconds are over."""
    deadline = time.monotonic() + within
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}; last seen {value!r}")
        time.sleep(pause)
