"""`python -m synnefod.assembly.backup`: what `synnefo-manage backup` and its kin run.

    make FOLDER [--no-blocks]      list FOLDER      verify BACKUP [--sample N]
    restore BACKUP [--keep-tokens]

each with [--config FILE]. Prints one JSON document; what goes wrong is one line, and exit 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import react

from synnefod import config
from synnefod.assembly import supports
from synnefod.assembly.backup.archive import LAST, Archive, Manifest, write_synced
from synnefod.assembly.backup.databases import open_database
from synnefod.assembly.backup.making import Backup
from synnefod.assembly.backup.restoring import Restore
from synnefod.common.errors import Refusal
from synnefod.common.threads import Threads


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m synnefod.assembly.backup")
    parser.add_argument("verb", choices=("make", "list", "verify", "restore"))
    parser.add_argument("place", type=Path)
    parser.add_argument("--config", default=None)
    parser.add_argument("--no-blocks", action="store_true")
    parser.add_argument("--keep-tokens", action="store_true")
    parser.add_argument("--sample", type=float, default=100.0)
    return parser.parse_args(words)


async def _make(given: argparse.Namespace, settings: config.Config, reactor: Any) -> Any:
    # Looked at before the store is opened: opening it would bring another schema up to date.
    database = open_database(settings.database_url)
    database.check_schema()
    parts = supports.build(settings, reactor)
    parts.threads.start()
    try:
        await parts.store.start()
        backup = Backup(
            Archive(given.place.absolute()),
            database,
            parts.store,
            parts.blocks,
            parts.threads,
            reactor,
            settings.state,
            None if given.config is None else Path(given.config),
            not given.no_blocks,
        )
        name, manifest = await backup.make()
        if not manifest.missing:
            write_synced(settings.state / LAST, manifest.ended.encode() + b"\n")
    finally:
        await parts.store.stop()
        await parts.blocks.stop()
        parts.threads.stop()
    return _told(name, manifest)


async def _verify(given: argparse.Namespace, settings: config.Config, reactor: Any) -> Any:
    threads = Threads(reactor)
    threads.start()
    try:
        source = given.place.absolute()
        engine = open_database(settings.database_url)
        manifest, wrong = await Restore(source, engine, threads, reactor).verify(given.sample)
    finally:
        threads.stop()
    return {**_told(source.name, manifest), "wrong": wrong}


async def _restore(given: argparse.Namespace, settings: config.Config, reactor: Any) -> Any:
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    threads = Threads(reactor, disk=settings.blocks.threads)
    threads.start()
    blocks = supports.block_store(settings, threads, reactor)
    try:
        source = given.place.absolute()
        restore = Restore(source, open_database(settings.database_url), threads, reactor)
        manifest = await restore.restore(blocks, settings.state, keep_tokens=given.keep_tokens)
    finally:
        await blocks.stop()
        threads.stop()
    return _told(source.name, manifest)


def _told(name: str, manifest: Manifest) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(manifest)
    return {"name": name, **told}


def main(words: list[str]) -> int:
    """The exit code."""
    given = _arguments(words)
    try:
        if given.verb == "list":
            found = Archive(given.place).backups()
            print(json.dumps([_told(name, manifest) for name, manifest in found]))
            return 0
        settings = config.load(given.config, os.environ)
    except (config.ConfigError, Refusal) as error:
        print(f"synnefo-manage: {error}", file=sys.stderr)
        return 2
    work = {"make": _make, "verify": _verify, "restore": _restore}[given.verb]
    ended: list[int] = []

    async def run(reactor: Any) -> None:
        try:
            print(json.dumps(await work(given, settings, reactor)))
            ended.append(0)
        except (Refusal, OSError) as error:
            print(f"synnefo-manage: {' '.join(str(error).split())}", file=sys.stderr)
            ended.append(1)

    try:
        react(lambda reactor: ensureDeferred(run(reactor)))
    except SystemExit as end:
        return ended[0] if ended and not end.code else 1
    return ended[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
