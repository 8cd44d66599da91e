"""`python -m synnefod.assembly.offline`: the administrator's socket of a daemon that does not run.

What `synnefo-manage --offline` starts beside itself (OPS-003): the same services on the same store,
without listeners and without periodic work. Says `{"socket": PATH}` when it is ready, or what keeps
it from that, and ends when its standard input does. It refuses while a daemon works on the store.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from twisted.internet.task import react
from twisted.python.failure import Failure

from synnefod import VERSION, config
from synnefod.assembly import doors, services, supports
from synnefod.assembly.control import ControlSocket
from synnefod.assembly.settings import holder_name
from synnefod.common.errors import Conflict, Refusal
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.resources.ops.control.daemon import WellVerbs
from synnefod.resources.ops.health import Health
from synnefod.store import steps
from synnefod.store.drivers import BadAddress
from synnefod.store.migrate import MigrationFailed
from synnefod.store.presence import Presence, Present


class HeldStore(Conflict):
    """A daemon works on the store."""


class _Until(Protocol):
    """Tells when standard input ends."""

    def __init__(self) -> None:
        self.ended: Deferred[None] = Deferred()

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self.ended.called:
            self.ended.callback(None)


def _refuse(others: Sequence[Present]) -> None:
    if others:
        who = ", ".join(f"{each.holder} (pid {each.pid})" for each in others)
        raise HeldStore(f"A daemon works on this store: {who}. Leave out --offline.")


async def _serve(settings: config.Config, folder: Path, reactor: Any) -> None:
    # Looked at before the store is opened: opening it would bring an older schema up to date.
    _refuse(steps.living(settings.database_url))
    until = _Until()
    StandardIO(until, reactor=reactor)  # type: ignore[no-untyped-call]
    parts = supports.build(settings, reactor)
    parts.threads.start()
    try:
        await parts.store.start()
        holder = holder_name(settings)
        own = Presence(parts.store, reactor, f"offline:{holder}:{os.getpid()}", VERSION, "offline")
        await own.beat()
        try:
            _refuse(await own.others())
            catalogue = MountedCatalogue(
                doors.endpoints(settings),
                region=settings.identity.region,
                public=settings.server.public_url,
            )
            house = services.build(settings, reactor, parts, catalogue)
            await house.objects.prepare()
            socket = str(folder / "manage.sock")
            there = replace(settings, manage=replace(settings.manage, socket=socket))
            control = ControlSocket(
                there, reactor, house, parts, dict, WellVerbs(list, Health(reactor, []))
            )
            await control.begin()
            print(json.dumps({"socket": socket}), flush=True)
            await until.ended
            await control.stop()
        finally:
            await own.leave()
    finally:
        await parts.bus.stop()
        await parts.store.stop()
        await parts.blocks.stop()
        parts.threads.stop()


def main(words: list[str]) -> int:
    """The exit code: 4 when a daemon holds the store."""
    parser = argparse.ArgumentParser(prog="python -m synnefod.assembly.offline")
    parser.add_argument("--config", default=None)
    try:
        settings = config.load(parser.parse_args(words).config, os.environ)
    except config.ConfigError as error:
        return _told(error, 2)
    ended = [1]

    async def run(reactor: Any) -> None:
        with tempfile.TemporaryDirectory(prefix="synnefod-offline-") as folder:
            try:
                await _serve(settings, Path(folder), reactor)
                ended[0] = 0
            except HeldStore as error:
                ended[0] = _told(error, 4)
            except (Refusal, MigrationFailed, BadAddress, OSError) as error:
                ended[0] = _told(error, 1)

    with suppress(SystemExit):
        react(lambda reactor: ensureDeferred(run(reactor)))
    return ended[0]


def _told(error: Exception, code: int) -> int:
    print(json.dumps({"error": " ".join(str(error).split()), "code": code}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
