"""The administrator's socket: HTTP over a Unix socket that only the service's user may open."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

from attrs import define, field

from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.config import Config
from synnefod.protocols.http.site import Site
from synnefod.resources.auditing import Auditing
from synnefod.resources.ops.control import control_mount, control_nouns
from synnefod.resources.ops.control.daemon import DaemonVerbs, WellVerbs
from synnefod.resources.root import tree


@define
class ControlSocket:
    """Serves the verbs of `resources/ops/control` at `manage.socket` (mode 0600)."""

    config: Config
    reactor: Any
    house: Services
    parts: Supports
    reload: Callable[[], dict[str, Any]]
    well: WellVerbs
    _port: Any = field(default=None, init=False)

    async def begin(self) -> None:
        """Takes the place of a socket that a killed daemon left."""
        path = self.config.manage_socket
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        own = [DaemonVerbs(self.reload), self.well]
        mount = control_mount([*control_nouns(self.house), *own])
        mount.auditing = Auditing(self.house.recorder, local=True)
        site = Site(tree([mount]), self.reactor, access_log=False)
        before = os.umask(0o177)
        try:
            self._port = self.reactor.listenUNIX(str(path), site, mode=0o600)
        finally:
            os.umask(before)

    async def stop(self) -> None:
        if self._port is not None:
            await self._port.stopListening()
