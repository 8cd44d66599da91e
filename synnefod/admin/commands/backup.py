"""backup, backup-list, backup-verify, restore (OPS-154). They need no daemon."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk

TOOL = "synnefod.assembly.backup"


def _run(*words: str) -> Any:
    """What the tool answers. Raises Failure with its line."""
    # A process of its own: this command stands below the database and may not import it.
    given = desk().given.get("config")
    command = [sys.executable, "-m", TOOL, *words, *(["--config", given] if given else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["the backup tool ended without a word"])[-1]
        raise Failure(said.removeprefix("synnefo-manage: "), FAILED)
    return json.loads(done.stdout)


def _row(told: dict[str, Any]) -> dict[str, Any]:
    """A backup as one row; counts and digests stay in its manifest."""
    keys = ("name", "started", "ended", "engine", "schema", "blocks", "bytes")
    return {**{key: told[key] for key in keys}, "missing": len(told["missing"])}


@click.command("backup", cls=Verb)
@click.argument("folder")
@click.option("--blocks/--no-blocks", default=True, help="Copy blocks too (the default).")
def backup(folder: str, blocks: bool) -> None:
    """Back the deployment up into FOLDER while it runs.

    Names the settings by --config. A block that FOLDER holds from an earlier backup is not
    written again. Exit 1 when blocks are missing in the store.
    """
    desk().rehearsed(f"back up into {folder}")
    told = _run("make", folder, *([] if blocks else ["--no-blocks"]))
    desk().show({"row": _row(told)})
    if told["missing"]:
        raise Failure(f"{len(told['missing'])} blocks are missing in the store", FAILED)


@click.command(
    "backup-list",
    cls=ListVerb,
    columns="name,started,ended,engine,schema,blocks,bytes,missing",
)
@click.argument("folder")
def backup_list(folder: str) -> Any:
    """List the complete backups in FOLDER, oldest first."""
    return [_row(told) for told in _run("list", folder)]


@click.command("backup-verify", cls=Verb)
@click.argument("place", metavar="BACKUP")
@click.option(
    "--sample",
    type=click.FloatRange(0, 100),
    default=100.0,
    show_default=True,
    help="Per cent of the blocks that are read and compared.",
)
def backup_verify(place: str, sample: float) -> None:
    """Check a backup: its parts, its dump, its blocks. Exit 1 when anything is wrong."""
    told = _run("verify", place, "--sample", str(sample))
    wrong = [{"what": each} for each in told["wrong"]]
    desk().show({"row": _row(told), "tables": {"wrong": wrong}})
    if told["wrong"]:
        raise Failure(f"{len(told['wrong'])} things are wrong with the backup", FAILED)


@click.command("restore", cls=Verb)
@click.argument("place", metavar="BACKUP")
@click.option("--keep-tokens", is_flag=True, help="Keep sessions and tokens of that time.")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def restore(place: str, keep_tokens: bool, force: bool) -> None:
    """Make a deployment of a backup, where --config says; its database must be empty.

    The daemon then starts read-only and sends nothing to any cluster until `maintenance off`.
    """
    confirm(f"Restore {place}?", force)
    if desk().dry:
        _run("verify", place, "--sample", "0")
    desk().rehearsed(f"restore {place}")
    told = _run("restore", place, *(["--keep-tokens"] if keep_tokens else []))
    desk().show({"row": _row(told)})
