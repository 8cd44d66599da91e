"""HTTP over the daemon's Unix socket, and what can go wrong with it as exit codes (OPS-021)."""

from __future__ import annotations

import http.client
import json
import os
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

DONE, FAILED, USAGE, NOT_FOUND, REFUSED, UNREACHABLE, PARTLY = range(7)
PATIENCE = 600.0
"""Seconds to wait for an answer: some verbs ask every cluster."""
_CODES = {400: USAGE, 403: REFUSED, 404: NOT_FOUND, 409: REFUSED, 412: REFUSED, 413: REFUSED}


class Failure(Exception):
    """The command ends with `code`; the text is one line for the person at the terminal."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(" ".join(message.split()))
        self.code = code


class Transport(Protocol):
    """The way to the daemon."""

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        """The answer of a verb; with `rehearse` it changes nothing, and what it would do first is
        the answer. With `log`, a level, the answer holds the lines logged for it. Raises
        Failure."""


class _Connection(http.client.HTTPConnection):
    """A connection to a socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def owner_of(path: str) -> tuple[int, int] | None:
    """User and group of the daemon, whose socket this is; None for what cannot be looked at."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_uid, found.st_gid


def become_owner(path: str) -> None:
    """Root goes on as the daemon's user, so that what the command writes is the daemon's; nobody
    else may use the command (OPS-004). Raises Failure."""
    owner = owner_of(path)
    if owner is None or owner[0] == os.geteuid():
        return
    if os.geteuid() != 0:
        raise Failure(f"only root and the owner of {path} may use this command", REFUSED)
    user, group = owner
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


class SocketTransport:
    """One connection for each call; `path` is the daemon's socket, `acting_for` who uses the
    command, as the audit log shall say (OPS-020)."""

    def __init__(self, path: str, acting_for: str = "") -> None:
        self.path = path
        self.acting_for = acting_for

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        connection = _Connection(self.path)
        try:
            connection.request(
                "POST",
                f"/v1/{verb}",
                json.dumps(body).encode(),
                {
                    "Content-Type": "application/json",
                    "Connection": "close",
                    "X-Synnefo-As": self.acting_for.encode("ascii", "replace").decode(),
                    **({"X-Synnefo-Dry-Run": "1"} if rehearse else {}),
                    **({"X-Synnefo-Log": log} if log else {}),
                },
            )
            answer = connection.getresponse()
            status, raw = answer.status, answer.read()
        except TimeoutError:
            raise Failure(f"the daemon at {self.path} does not answer", UNREACHABLE) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise Failure(f"no daemon at {self.path}: {why}", UNREACHABLE) from None
        finally:
            connection.close()
        return read_answer(status, raw)


_KEYS = (
    ("manage", "socket"),
    ("manage", "log"),
    ("manage", "log_exclude"),
    ("server", "state"),
)


def read_answer(status: int, raw: bytes) -> dict[str, Any]:
    """What the daemon answered. Raises Failure with its text and the exit code of its status."""
    try:
        value = json.loads(raw) if raw else {}
    except ValueError:
        value = None
    if status < 300 and isinstance(value, dict):
        return value
    message = f"the daemon answered with status {status}"
    if isinstance(value, dict) and isinstance(value.get("error"), dict):
        message = str(value["error"].get("message") or message)
    raise Failure(message, _CODES.get(status, FAILED))


def socket_path(
    *,
    socket: str | None,
    state: str | None,
    config: str | None,
    environ: Mapping[str, str] = os.environ,
) -> str:
    """Where the daemon listens, as its settings say it (`manage.socket`, `server.state`).

    An option wins over the environment, and that over the file. The file is read for these two
    keys only: whether the rest of it is right is the daemon's business. Raises Failure.
    """
    if socket:
        return socket
    if state:
        return str(Path(state) / "manage.sock")
    named = environ.get("SYNNEFOD_MANAGE_SOCKET")
    if named:
        return named
    found = _settings(config) if config else {}
    if found.get("socket"):
        return found["socket"]
    folder = environ.get("SYNNEFOD_SERVER_STATE") or found.get("state") or "./var"
    return str(Path(folder) / "manage.sock")


def state_folder(
    state: str | None, config: str | None, environ: Mapping[str, str] = os.environ
) -> str:
    """The daemon's own folder, as `socket_path` finds it. Raises Failure."""
    found = _settings(config) if config else {}
    return state or environ.get("SYNNEFOD_SERVER_STATE") or found.get("state") or "./var"


def log_settings(
    *,
    socket: str | None,
    state: str | None,
    config: str | None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Path, str | None]:
    """The folder of the records of runs, and the pattern of commands without one (None: the
    usual): `manage.log` and `manage.log_exclude`; by default below the socket's folder."""
    found = _settings(config) if config else {}
    named = environ.get("SYNNEFOD_MANAGE_LOG") or found.get("log")
    excluded = environ.get("SYNNEFOD_MANAGE_LOG_EXCLUDE") or found.get("log_exclude")
    if named:
        return Path(named), excluded
    place = socket_path(socket=socket, state=state, config=config, environ=environ)
    return Path(place).parent / "log" / "commands", excluded


def _settings(path: str) -> dict[str, str]:
    try:
        document = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}", USAGE) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: {error}", USAGE) from None
    found = {}
    for section, key in _KEYS:
        table = document.get(section)
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str):
            found[key] = value
    return found
