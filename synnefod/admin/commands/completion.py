"""completion: what a shell needs to complete this command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from synnefod.admin.verb import Verb

VARIABLE = "_SYNNEFO_MANAGE_COMPLETE"
"""By this variable the shell asks, and click answers."""


@click.command("completion", cls=Verb)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands and options, to be read by SHELL.

    For bash: synnefo-manage completion bash > /etc/bash_completion.d/synnefo-manage
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    click.echo(kind(root, {}, "synnefo-manage", VARIABLE).source())
