"""check-config: whether a settings file can be used."""

from __future__ import annotations

import subprocess
import sys

import click

from synnefod.admin.verb import Verb

CHECKER = "synnefod.assembly.checkconfig"


@click.command("check-config", cls=Verb)
@click.argument("file", required=False)
@click.pass_context
def check_config(context: click.Context, file: str | None) -> None:
    """Check a settings file (or, without FILE, the environment) as the daemon would read it.

    Needs no daemon and changes nothing.
    """
    # A process of its own: this command stands below the settings and may not import them, and
    # a daemon that would do it may be the very one that does not start.
    arguments = [sys.executable, "-m", CHECKER, *([file] if file else [])]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.stdout.strip():
        click.echo(done.stdout.strip())
    if done.stderr.strip():
        click.echo(done.stderr.strip().splitlines()[-1], err=True)
    context.exit(done.returncode)
