"""`python -m synnefod.assembly.portable`: what `synnefo-manage user-export` and `-import` run.

    export FILE --user USER        import FILE [--user EMAIL]

each with [--config FILE]

Works on the store beside the daemons. Prints one JSON document; what goes wrong is one line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import react

from synnefod import config
from synnefod.assembly import doors, services, supports
from synnefod.assembly.portable.exporting import Export
from synnefod.assembly.portable.importing import Import
from synnefod.common.errors import Refusal
from synnefod.common.principal import Principal
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.store.migrate import MigrationFailed


async def _work(given: argparse.Namespace, settings: config.Config, reactor: Any) -> Any:
    parts = supports.build(settings, reactor)
    parts.threads.start()
    try:
        await parts.store.start()
        catalogue = MountedCatalogue(doors.endpoints(settings))
        house = services.build(settings, reactor, parts, catalogue)
        await house.objects.prepare()
        if given.verb == "import":
            return await Import(house, parts, given.place, given.user).make()
        user = await house.identity.users.find(given.user)
        standings = await house.identity.tokens.standings(user.id)
        projects = frozenset(each.id for each in standings)
        who = Principal(user.id, user.name, user.default_project, projects)
        return await Export(house, parts, reactor, who, given.place).make()
    finally:
        await parts.bus.stop()
        await parts.store.stop()
        await parts.blocks.stop()
        parts.threads.stop()


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m synnefod.assembly.portable")
    parser.add_argument("verb", choices=("export", "import"))
    parser.add_argument("place", type=Path)
    parser.add_argument("--user", default="")
    parser.add_argument("--config", default=None)
    given = parser.parse_args(words)
    given.place = given.place.absolute()
    ended = [1]
    try:
        settings = config.load(given.config, os.environ)
    except config.ConfigError as error:
        print(f"synnefo-manage: {error}", file=sys.stderr)
        return 2

    async def run(reactor: Any) -> None:
        try:
            print(json.dumps(await _work(given, settings, reactor)))
            ended[0] = 0
        except (Refusal, MigrationFailed, OSError) as error:
            print(f"synnefo-manage: {' '.join(str(error).split())}", file=sys.stderr)

    with suppress(SystemExit):
        react(lambda reactor: ensureDeferred(run(reactor)))
    return ended[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
