"""check-config, show-config, reload: the daemon's settings; migrate: its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import ListVerb, Verb, desk
from synnefod.common.text import iso_z

CHECKER = "synnefod.assembly.checkconfig"
MIGRATOR = "synnefod.assembly.migrating"


def _ask(context: click.Context, *arguments: str) -> None:
    # A process of its own: this command stands below the settings and may not import them, and
    # a daemon that would do it may be the very one that does not start.
    command = [sys.executable, "-m", CHECKER, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    click.echo(done.stdout, nl=False)
    click.echo(done.stderr, nl=False, err=True)
    context.exit(done.returncode)


@click.command("check-config", cls=Verb)
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.pass_context
def check_config(context: click.Context, files: tuple[str, ...]) -> None:
    """Check settings files (or, without FILE, the environment) as the daemon would read them.

    Needs no daemon and changes nothing. Every problem is one line that begins with its place.
    Exit 1 when there are problems, 2 when a file cannot be read.
    """
    _ask(context, "check", *files)


@click.command("show-config", cls=Verb)
@click.argument("file", required=False)
@click.option("--origin", is_flag=True, help="Say where each value comes from.")
@click.pass_context
def show_config(context: click.Context, file: str | None, origin: bool) -> None:
    """Show the settings in force for FILE and the environment, secrets masked.

    Needs no daemon.
    """
    _ask(context, "show", *(["--origin"] if origin else []), *([file] if file else []))


@click.command("reload", cls=Verb)
def reload() -> None:
    """Have the daemon read its settings and certificates again.

    Says which changes were taken over and which wait for a restart. Settings that cannot be used
    leave all as it was.
    """
    desk().show(desk().call("reload"))


@click.command("migrate", cls=ListVerb, columns="number,name,kind,applied,release")
@click.option(
    "--apply", "apply", is_flag=True, help="Add what is missing, as a daemon's start does."
)
@click.option("--contract", is_flag=True, help="Take away what only the last release needed, too.")
def migrate(apply: bool, contract: bool) -> Any:
    """Show the steps of the database's schema, and apply what is missing if told to.

    Names the settings by --config. A step of the kind "expand" adds, beside daemons of the last
    release; "contract" takes away, and is refused while one of them lives (OPS-130).
    """
    verb = "contract" if contract else "apply" if apply else "status"
    if verb != "status":
        desk().rehearsed("apply the steps that `migrate` shows without a time")
    given = desk().given.get("config")
    command = [sys.executable, "-m", MIGRATOR, verb, *(["--config", given] if given else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["the tool ended without a word"])[-1]
        raise Failure(said.removeprefix("synnefo-manage: "), FAILED)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return [{**row, "applied": iso_z(row["applied"]) if row["applied"] else None} for row in rows]
