"""completion: what a shell needs to complete this command's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from synnefod.admin.verb import Verb

NAMES = ("synnefo-manage", "snf-manage")
VARIABLE = "_SYNNEFO_MANAGE_COMPLETE"
"""By this variable the shell asks, and click answers."""


@click.command("completion", cls=Verb)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands and options, to be read by SHELL.

    For bash: synnefo-manage completion bash > /etc/bash_completion.d/synnefo-manage

    For zsh: synnefo-manage completion zsh > /usr/local/share/zsh/site-functions/_synnefo_manage

    snf-manage, the command's other name, is completed alike.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    script = kind(root, {}, NAMES[0], VARIABLE).source()
    function = "_synnefo_manage_completion"
    click.echo(
        script.replace(f"#compdef {NAMES[0]}", f"#compdef {' '.join(NAMES)}").replace(
            f"compdef {function} {NAMES[0]}", f"compdef {function} {' '.join(NAMES)}"
        )
    )
    if shell == "bash":
        click.echo(f"complete -o nosort -F {function} {NAMES[1]}")
    if shell == "fish":
        click.echo(f"complete --command {NAMES[1]} --wraps {NAMES[0]}")
