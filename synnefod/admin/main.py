"""`synnefo-manage`: the administrator's command (operations.md 1.1).

It talks to the running daemon over its control socket. A command's module is imported when the
command is used.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module
from typing import Any

import click

from synnefod.admin.journal import EXCLUDED, Journal, wanted
from synnefod.admin.transport import FAILED, USAGE, Failure, Transport, log_settings
from synnefod.admin.verb import Desk, Rehearsed, everywhere

_MODULES = {
    "users": "fix-superusers user-activation-send user-add user-list user-modify user-show",
    "people": "cleanup-full group-add group-list import-astakos stats-astakos term-add",
    "staff": "user-change-email user-contact user-enable-local user-release-shibboleth"
    " user-set-email",
    "policies": "authpolicy-add authpolicy-list authpolicy-remove authpolicy-set authpolicy-show",
    "portable": "user-export user-import",
    "credentials": "appcred-list appcred-revoke token-list token-revoke",
    "components": "component-add component-list component-modify component-remove component-show"
    " service-export-astakos service-export-cyclades service-export-pithos service-import"
    " service-list service-show snf-component-register snf-service-export",
    "oauth": "oauth2-client-add oauth2-client-list oauth2-client-remove",
    "ledger": "commission-list commission-show quota-verify reconcile-commissions-cyclades"
    " reconcile-resources-astakos reconcile-resources-cyclades",
    "projects": "project-control project-list project-modify project-show",
    "quota": "quota-list resource-list resource-modify",
    "backends": "backend-add backend-check backend-list backend-modify backend-remove"
    " backend-update-status job-list project-backend-add project-backend-list"
    " project-backend-remove",
    "adopting": "helper-servers-sync import-cyclades server-import",
    "enforcing": "enforce-resources-cyclades",
    "hosts": "host-setup",
    "reconciling": "reconcile-networks reconcile-pools",
    "flavors": "flavor-access-add flavor-access-list flavor-access-remove flavor-create"
    " flavor-list flavor-modify flavor-show",
    "volumetypes": "volume-type-create volume-type-list volume-type-modify volume-type-show",
    "volumes": "volume-attach volume-create volume-detach volume-inspect volume-list"
    " volume-modify volume-remove volume-show",
    "snapshots": "snapshot-create snapshot-list snapshot-modify snapshot-remove snapshot-show",
    "images": "image-list image-show",
    "rescue": "rescue-image-create rescue-image-list rescue-image-modify rescue-image-remove",
    "audit": "audit-list audit-verify",
    "queues": "queue-inspect queue-list queue-purge queue-retry",
    "backup": "backup backup-list backup-verify restore",
    "notices": "maintenance notice-add notice-list notice-remove",
    "networks": "ip-list network-create network-inspect network-list network-modify network-remove",
    "subnets": "subnet-create subnet-inspect subnet-list subnet-modify",
    "ports": "floating-ip-attach floating-ip-create floating-ip-detach floating-ip-list"
    " floating-ip-remove floating-ip-show port-create port-inspect port-list port-remove",
    "pools": "pool-create pool-list pool-modify pool-remove pool-show",
    "figures": "stats-cyclades",
    "serverwork": "server-create server-tag-exists",
    "files": "file-show pithos-manage-accounts reconcile-commissions-pithos"
    " reconcile-resources-pithos storage-check storage-gc",
    "oldfiles": "import-pithos",
    "servers": "reconcile-servers server-inspect server-list server-modify server-remove"
    " server-show",
    "completion": "completion",
    "settings": "check-config migrate reload show-config",
    "storage": "storage-move",
    "tasks": "health-list task-list task-run",
}
COMMANDS = {name: module for module, names in _MODULES.items() for name in names.split()}
ALIASES = {
    "config-check": "check-config",
    "blocks-verify": "storage-check",
    "blocks-collect": "storage-gc",
}

GONE = {
    "collectstatic": "the daemon serves its pages from where it is installed",
    "cyclades-astakos-migrate-013": "import-astakos reads the databases of a Synnefo 0.21",
    "dbshell": "use psql or sqlite3 on what `show-config` names as database.url",
    "link_static": "the daemon serves its pages from where it is installed",
    "loaddata": "use restore, user-import or import-astakos",
    "pithos-migrate": "import-pithos reads the database and the maps of a Synnefo 0.21",
    "runserver": "start the daemon: twistd -n synnefod",
    "shell": "every change has a command of its own; see help",
    "show_urls": "docs/api.md lists what is served",
    "snf-deploy": "install as docs/operating.md says",
    "syncdb": "use migrate",
}
"""Commands of the original that have no place here, and what has it (OPS-129)."""


class Commands(click.Group):
    """Finds commands by name, and imports only what is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*sorted(COMMANDS), "help"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "help":
            return click.Command(
                "help",
                params=[click.Argument(["name"], required=False)],
                callback=self._help,
                help="List the commands, or explain one.",
            )
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module = import_module(f"synnefod.admin.commands.{COMMANDS[name]}")
        found: click.Command = getattr(module, name.replace("-", "_"))
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[:2] == ["config", "check"]:
            args = ["check-config", *args[2:]]
        if args and args[0] in GONE:
            raise Failure(f"{args[0]} is gone: {GONE[args[0]]}", USAGE)
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise Failure(_unknown(args[0]), USAGE)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """By topic; only here all commands are imported."""
        for topic, names in _MODULES.items():
            with formatter.section(topic.capitalize()):
                found = [(name, self.get_command(ctx, name)) for name in names.split()]
                formatter.write_dl(
                    [(name, command.get_short_help_str()) for name, command in found if command]
                )

    def _help(self, name: str | None) -> None:
        context = click.get_current_context()
        parent = context.parent or context
        if name is None:
            click.echo(self.get_help(parent))
            return
        command = self.get_command(parent, name)
        if command is None:
            raise Failure(_unknown(name), USAGE)
        with click.Context(command, info_name=name, parent=parent) as inner:
            click.echo(command.get_help(inner))


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, COMMANDS, 3)
    hint = f"did you mean {', '.join(near)}?" if near else "see synnefo-manage help"
    return f"there is no command {name!r}; {hint}"


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        from synnefod import VERSION

        click.echo(f"synnefo-manage {VERSION}")
        context.exit()


synnefo_manage = Commands(
    "synnefo-manage",
    params=[
        *everywhere(),
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version, and end.",
        ),
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Administer a running synnefod through its control socket.",
)


def run(arguments: list[str], transport: Transport | None = None) -> int:
    """Carries a command line out; the exit code (OPS-021). Whatever goes wrong is one line.

    A run that may change something is recorded (OPS-018); `transport` is given in tests, whose
    runs are not.
    """
    desk = Desk(transport)
    command = next((ALIASES.get(word, word) for word in arguments if word in COMMANDS), "")
    asks = bool({"-h", "--help"} & set(arguments))
    if transport is not None or not command or asks:
        return _carry_out(arguments, desk)
    journal = Journal(command, arguments)
    with journal.listening():
        journal.code = _carry_out(arguments, desk)
    try:
        get = desk.given.get
        folder, excluded = log_settings(
            socket=get("socket"), state=get("state"), config=get("config")
        )
    except Failure:
        return journal.code
    if wanted(command, excluded or EXCLUDED):
        journal.write(folder, desk.secrets)
    return journal.code


def _carry_out(arguments: list[str], desk: Desk) -> int:
    try:
        return _ended(arguments, desk)
    finally:
        desk.close()


def _ended(arguments: list[str], desk: Desk) -> int:
    try:
        code: Any = synnefo_manage.main(
            arguments, "synnefo-manage", standalone_mode=False, obj=desk
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Rehearsed as rehearsed:
        desk.show({"row": rehearsed.row})
        return 0
    except Failure as error:
        click.echo(f"synnefo-manage: {error}", err=True)
        return error.code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return USAGE
    except click.UsageError as error:
        click.echo(f"synnefo-manage: {error.format_message()}", err=True)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("synnefo-manage: aborted", err=True)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    except Exception as error:
        click.echo(f"synnefo-manage: {type(error).__name__}: {error}", err=True)
        return FAILED


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
