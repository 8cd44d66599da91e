"""The command without a daemon (OPS-003): the daemon's own verbs, served for this run alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from synnefod.admin.transport import (
    FAILED,
    USAGE,
    Failure,
    SocketTransport,
    become_owner,
    state_folder,
)

TOOL = "synnefod.assembly.offline"


class OfflineTransport:
    """Starts the services on the store at the first call; `close` ends them."""

    def __init__(self, config: str | None, state: str | None, acting_for: str = "") -> None:
        self._config = config
        self._state = state
        self._acting_for = acting_for
        self._process: subprocess.Popen[str] | None = None
        self._socket: SocketTransport | None = None

    def call(
        self, verb: str, body: Mapping[str, Any], *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        if self._socket is None:
            self._socket = SocketTransport(self._start(), self._acting_for)
        return self._socket.call(verb, body, rehearse=rehearse, log=log)

    def _start(self) -> str:
        """The path of the socket. Raises Failure with what the services said."""
        if self._config is None and self._state is None:
            raise Failure("--offline needs --config FILE or --state FOLDER", USAGE)
        environment = dict(os.environ)
        become_owner(state_folder(self._state, self._config))
        if self._state is not None:
            environment["SYNNEFOD_SERVER_STATE"] = self._state
        # A process of its own: this command stands below the database and may not import it.
        named = [] if self._config is None else ["--config", self._config]
        self._process = subprocess.Popen(
            [sys.executable, "-m", TOOL, *named],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if "socket" in told:
                return str(told["socket"])
            raise Failure(str(told.get("error", line)), int(told.get("code", FAILED)))
        raise Failure("the services ended without a word", FAILED)

    def close(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.communicate()
