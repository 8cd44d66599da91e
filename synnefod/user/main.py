"""`synnefo`: the user's command. A client of the public API; it knows nothing of the daemon."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from synnefod.user.refusals import FAILED, USAGE, Changed, Failure

_MODULES = {"file": "file", "sync": "sync"}


class Commands(click.Group):
    """Finds commands by name, and imports only what is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        module = import_module(f"synnefod.user.commands.{_MODULES[cmd_name]}")
        found: click.Command = getattr(module, cmd_name)
        return found


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from synnefod import VERSION

        click.echo(f"synnefo {VERSION}")
        context.exit()


synnefo = Commands(
    "synnefo",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version, and end.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Use a Synnefo cloud. Which one is told by SYNNEFO_URL and SYNNEFO_TOKEN, by OS_AUTH_URL"
    " and the like, or by a clouds.yaml.",
)


def run(arguments: list[str]) -> int:
    """Carries a command line out; the exit code. Whatever goes wrong is one line."""
    try:
        code = synnefo.main(arguments, "synnefo", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Failure as error:
        click.echo(f"synnefo: {error}", err=True)
        return error.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        click.echo(f"synnefo: {error.format_message()}", err=True)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("synnefo: aborted", err=True)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    except (OSError, Changed) as error:
        click.echo(f"synnefo: {error}", err=True)
        return FAILED
    except Exception as error:
        click.echo(f"synnefo: {type(error).__name__}: {error}", err=True)
        return FAILED


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
