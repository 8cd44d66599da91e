"""user-export, user-import: an account as one file. They need no daemon, and may run beside one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import Verb, confirm, desk

TOOL = "synnefod.assembly.portable"


def _run(*words: str) -> dict[str, Any]:
    """What the tool answers. Raises Failure with its line."""
    # A process of its own: this command stands below the database and may not import it.
    given = desk().given.get("config")
    command = [sys.executable, "-m", TOOL, *words, *(["--config", given] if given else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["the tool ended without a word"])[-1]
        raise Failure(said.removeprefix("synnefo-manage: "), FAILED)
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


@click.command("user-export", cls=Verb)
@click.argument("user", metavar="UUID|EMAIL")
@click.argument("file")
def user_export(user: str, file: str) -> None:
    """Write an account into FILE: files with versions and sharing, projects, quotas, usage.

    Names the settings by --config. The account may be used meanwhile. Exit 1 when data of a file
    is missing in the store. Keep FILE as secret as the account.
    """
    desk().rehearsed(f"export {user} into {file}")
    told = _run("export", file, "--user", user)
    desk().show({"row": told})
    if told["missing"]:
        raise Failure(f"{told['missing']} blocks or versions are missing in the store", FAILED)


@click.command("user-import", cls=Verb)
@click.argument("file")
@click.option("--user", metavar="EMAIL", help="Whose account it becomes (the one in FILE).")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def user_import(file: str, user: str | None, force: bool) -> None:
    """Make an account of the FILE of user-export; it may be run again.

    Names the settings by --config. A person who is not here is made. Files are charged as if they
    were uploaded; names that exist here already are left alone. What cannot be carried over is
    told: shares with people and memberships in projects that are not here.
    """
    confirm(f"Import {file}?", force)
    desk().rehearsed(f"import {file}")
    told = _run("import", file, *(["--user", user] if user else []))
    lines = [{"what": each} for each in told.pop("told")]
    desk().show({"row": told, "tables": {"not carried over": lines}})
