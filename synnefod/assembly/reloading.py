"""Taking changed settings without a restart, as far as that goes (OPS-147, operations.md 15.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import define
from twisted.logger import Logger

from synnefod import config
from synnefod.assembly.lines import Lines
from synnefod.assembly.listeners import Listeners
from synnefod.assembly.supervision import Supervision
from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed, Refusal

log = Logger()
TAKEN = frozenset({"log.level"})
"""Settings that a reload takes over; the contents of the certificates' files besides."""


@define
class Reloading:
    """The settings file, read again when asked."""

    running: config.Config
    path: str | None
    environ: Mapping[str, str]
    listeners: Listeners
    supervision: Supervision
    clock: IClock
    lines: Lines

    def reload(self) -> dict[str, Any]:
        """Reads the settings and the certificates; tells which settings were taken over and
        which wait for a restart.

        Raises Malformed when they cannot be used; then nothing at all has changed.
        """
        try:
            wanted = config.load(self.path, self.environ)
            self.listeners.reload()
        except (config.ConfigError, Refusal) as error:
            metrics.config_reload_success.set(0)
            raise Malformed(str(error)) from None
        changed = sorted(differences(self.running, wanted))
        taken = [key for key in changed if key in TAKEN]
        self.lines.level(wanted.log.level)
        self.running = msgspec.structs.replace(
            self.running, log=msgspec.structs.replace(self.running.log, level=wanted.log.level)
        )
        metrics.config_reload_success.set(1)
        metrics.config_reload_timestamp.set(self.clock.seconds())
        log.info("settings read again", event="reloaded", taken=", ".join(taken))
        return {"taken": taken, "need_restart": [key for key in changed if key not in TAKEN]}

    def on_signal(self) -> None:
        """The same, for SIGHUP: what cannot be used is an error in the log."""
        self.supervision.reloading()
        self.lines.reopen()
        try:
            answer = self.reload()
        except Malformed as error:
            log.error("settings are not taken: {why}", why=error.message, event="reload_refused")
            self.supervision.ready("the last reload failed; see the log")
            return
        for key in answer["need_restart"]:
            log.warn("{key} changes at the next restart", key=key, event="needs_restart")
        self.supervision.ready("ready")


def differences(old: config.Config, new: config.Config) -> set[str]:
    """Keys, as section.key, whose values are not the same."""
    found = set()
    for section in msgspec.structs.fields(config.Config):
        before, after = getattr(old, section.name), getattr(new, section.name)
        for key in msgspec.structs.fields(type(before)):
            if getattr(before, key.name) != getattr(after, key.name):
                found.add(f"{section.name}.{key.name}")
    return found
