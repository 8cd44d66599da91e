"""What every command has in common: the options that may stand anywhere, answers, questions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from synnefod.admin import filters, output
from synnefod.admin.offline import OfflineTransport
from synnefod.admin.transport import (
    DONE,
    FAILED,
    PARTLY,
    USAGE,
    Failure,
    SocketTransport,
    Transport,
    become_owner,
    socket_path,
)

F = TypeVar("F", bound=Callable[..., Any])
_CODE = "synnefod.admin.code"
_LEVELS = ("warn", "info", "debug", "debug")
_SECRETS = ("password", "token", "auth_token", "secret")


class Rehearsed(Exception):
    """The run was a rehearsal and ends here; `row` says what would have been done."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__()
        self.row = row


class Desk:
    """What a run was told by the options that stand anywhere. `transport` is given in tests."""

    def __init__(self, transport: Transport | None = None) -> None:
        self.given: dict[str, str] = {}
        self._transport = transport
        self.secrets: set[str] = set()
        """What was printed that no record may hold."""

    @property
    def transport(self) -> Transport:
        get = self.given.get
        if self._transport is None and get("offline"):
            self._transport = OfflineTransport(
                get("config"), get("state"), get("as") or os.environ.get("SUDO_USER", "")
            )
        if self._transport is None:
            path = socket_path(socket=get("socket"), state=get("state"), config=get("config"))
            become_owner(path)
            self._transport = SocketTransport(path, get("as") or os.environ.get("SUDO_USER", ""))
        return self._transport

    def close(self) -> None:
        """Ends what was started for this run."""
        if isinstance(self._transport, OfflineTransport):
            self._transport.close()

    @property
    def form(self) -> str:
        """pretty, csv or json."""
        return self.given.get("form", "pretty")

    @property
    def dry(self) -> bool:
        """Whether nothing is to be changed."""
        return bool(self.given.get("dry_run"))

    def rehearsed(self, what: str) -> None:
        """For what happens in the command itself. Raises Rehearsed with --dry-run."""
        if self.dry:
            raise Rehearsed({"dry_run": f"It would {what}."})

    def call(self, verb: str, **body: Any) -> dict[str, Any]:
        """Asks the daemon; options that were not given (None) are left out. Raises Failure, and
        Rehearsed with --dry-run when something would be changed."""
        sent = {key: value for key, value in body.items() if value is not None}
        options: dict[str, Any] = {"rehearse": True} if self.dry else {}
        if "verbosity" in self.given:
            options["log"] = _LEVELS[int(self.given["verbosity"])]
        answer = self.transport.call(verb, sent, **options)
        if answer.get("rehearsed"):
            raise Rehearsed(answer["row"])
        self._tell(answer.get("log", ()))
        row = answer.get("row")
        if isinstance(row, dict):
            self.secrets |= {str(row[key]) for key in _SECRETS if row.get(key)}
        return answer

    def _tell(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """What the daemon logged, on the errors; with time stamps from verbosity 2 on."""
        stamped = int(self.given.get("verbosity", 0)) >= 2
        for line in lines:
            text = f"{line['level']}: {line['message']}"
            click.echo(f"{line['time']} {text}" if stamped else text, err=True)

    def show(self, answer: Mapping[str, Any]) -> None:
        """Prints one thing with its tables."""
        click.echo(output.thing(answer.get("row", {}), answer.get("tables", {}), self.form))

    def each(self, things: Sequence[Any], work: Callable[[Any], Mapping[str, Any]]) -> None:
        """Does the work for every thing, goes on after an error, and sums up (OPS-016).

        Raises Failure: with the error's own code for a single thing, FAILED when all failed,
        PARTLY when some did.
        """
        rows: list[Mapping[str, Any]] = []
        errors: list[Failure] = []
        for one in things:
            try:
                rows.append(work(one).get("row", {}))
            except Rehearsed as rehearsed:
                rows.append({"id": one, **rehearsed.row})
            except Failure as error:
                errors.append(error)
                if len(things) > 1:
                    click.echo(f"{one}: {error}", err=True)
        if rows:
            columns = list(dict.fromkeys(key for row in rows for key in row))
            click.echo(output.table(rows, columns, self.form))
        if errors and len(things) == 1:
            raise errors[0]
        if errors:
            text = f"{len(errors)} of {len(things)} failed"
            raise Failure(text, PARTLY if rows else FAILED)


def desk() -> Desk:
    """The desk of the running command."""
    found = click.get_current_context().find_object(Desk)
    assert found is not None
    return found


def ends_with(code: int) -> None:
    """What the running list command exits with, after its rows are printed."""
    click.get_current_context().meta[_CODE] = code


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value in (None, False):
        return
    given = context.ensure_object(Desk).given
    if parameter.name == "json":
        given["form"] = "json"
    elif parameter.name == "output_format":
        given["form"] = value
    else:
        given[str(parameter.name)] = str(value)


def everywhere() -> list[click.Parameter]:
    return [
        click.Option(
            ["--socket"],
            metavar="PATH",
            callback=_keep,
            expose_value=False,
            help="The daemon's control socket.",
        ),
        click.Option(
            ["--state"],
            metavar="FOLDER",
            callback=_keep,
            expose_value=False,
            help="The daemon's state folder (./var), where the socket is.",
        ),
        click.Option(
            ["--config"],
            metavar="FILE",
            callback=_keep,
            expose_value=False,
            help="The daemon's settings file, which names the socket.",
        ),
        click.Option(
            ["--output-format"],
            type=click.Choice(output.FORMATS),
            callback=_keep,
            expose_value=False,
            help="How to print: a table, CSV, or JSON.",
        ),
        click.Option(
            ["--as", "as"],
            metavar="WHO",
            callback=_keep,
            expose_value=False,
            help="Who uses the command, for the audit log.",
        ),
        click.Option(
            ["--dry-run"],
            is_flag=True,
            callback=_keep,
            expose_value=False,
            help="Check everything, change nothing, and say what would be done.",
        ),
        click.Option(
            ["--offline"],
            is_flag=True,
            callback=_keep,
            expose_value=False,
            help="Act on the store itself, with --config or --state; refused while a daemon runs.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            callback=_keep,
            expose_value=False,
            help="Short for --output-format json.",
        ),
    ]


class Verb(click.Command):
    """A command; knows the options that may stand anywhere."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        own = list(options.get("params") or [])
        taken = {word for parameter in own for word in parameter.opts}
        general = [each for each in everywhere() if not taken & set(each.opts)]
        options["params"] = [*own, *general]
        options.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*arguments, **options)


class ListVerb(Verb):
    """A command that prints rows: its function returns them (OPS-008).

    `columns`: those shown by default, `more` those that `-o` may name besides; `shown_by` names
    the flags that show one of these.
    """

    def __init__(
        self,
        *arguments: Any,
        columns: str,
        more: str = "",
        sizes: Sequence[str] = (),
        shown_by: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self.columns = columns.split(",")
        self.known = [*self.columns, *(more.split(",") if more else [])]
        self.sizes = sizes
        self.shown_by = shown_by or {}
        extra: list[click.Parameter] = [
            click.Option(["-o", "--output", "fields"], metavar="F1,F2", help="Columns to show."),
            click.Option(["--list-fields"], is_flag=True, help="Name the columns, and end."),
            click.Option(["--list-filters"], is_flag=True, help="Name the filter keys, and end."),
            click.Option(
                ["--filter-by", "terms"],
                metavar="'KEY OP VALUE,...'",
                help="Rows for which all hold; OP is one of = != < <= > >=.",
            ),
            click.Option(["--no-headers"], is_flag=True, help="Only the values."),
        ]
        if sizes:
            extra.append(
                click.Option(
                    ["--unit-style"],
                    type=click.Choice(output.UNITS),
                    help="Unit of sizes; mb, in JSON none.",
                )
            )
        super().__init__(*arguments, **{**options, "params": [*options["params"], *extra]})

    def invoke(self, context: click.Context) -> Any:
        take = context.params.pop
        fields, terms = take("fields"), take("terms")
        list_fields, list_filters = take("list_fields"), take("list_filters")
        headers = not take("no_headers")
        style = take("unit_style", None)
        columns = self._chosen(fields, context.params)
        if list_fields or list_filters:
            click.echo("\n".join(self.known))
            return
        rows = super().invoke(context)
        if terms:
            rows = filters.apply(rows, terms, self.known)
        form = desk().form
        if self.sizes and not (form == "json" and style is None):
            rows = output.sized(rows, self.sizes, style or "mb")
        click.echo(output.table(rows, columns, form, headers=headers))
        context.exit(context.meta.get(_CODE, DONE))

    def _chosen(self, fields: str | None, given: Mapping[str, Any]) -> list[str]:
        if fields is None:
            mails = given.get("mails", False) and "user.email" in self.known
            swap = {"user.uuid": "user.email", "owner": "user.email"} if mails else {}
            more = [column for option, column in self.shown_by.items() if given.get(option)]
            return [*(swap.get(column, column) for column in self.columns), *more]
        chosen = [field.strip() for field in fields.split(",") if field.strip()]
        unknown = [field for field in chosen if field not in self.known]
        if unknown or not chosen:
            raise Failure(
                f"there is no column {', '.join(unknown) or repr(fields)}; known are"
                f" {', '.join(self.known)}",
                USAGE,
            )
        return chosen


def truth(name: str, help_: str, **options: Any) -> Callable[[F], F]:
    """An option that takes the words True and False."""

    def convert(_context: click.Context, parameter: click.Parameter, value: Any) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        if value not in ("True", "False"):
            raise click.BadParameter(f"{value!r} is neither True nor False", param=parameter)
        return bool(value == "True")

    return click.option(name, metavar="BOOL", callback=convert, help=help_, **options)


def owner_options(function: F) -> F:
    """`-u` and `--display-mails` of lists with an owner (OPS-011)."""
    mails = click.option("--display-mails", "mails", is_flag=True, help="Owners by e-mail.")
    user = click.option("-u", "--user", metavar="UUID|EMAIL", help="Of this owner only.")
    return user(mails(function))


def verbosity(function: F) -> F:
    """`-v` of the commands that compare, and of those about queues (OPS-007)."""

    def keep(context: click.Context, _parameter: click.Parameter, value: int) -> None:
        context.ensure_object(Desk).given["verbosity"] = str(value)

    return click.option(
        "-v",
        "--verbosity",
        type=click.IntRange(0, 3),
        default=0,
        callback=keep,
        expose_value=False,
        metavar="0..3",
        help="What to tell of the daemon's doing: 0 warnings, 1 more, 2 everything with its time.",
    )(function)


def pairs(text: str | None, what: str) -> dict[str, str]:
    """`k=v,k=v`. Raises Failure."""
    found = {}
    for part in filters.split(text or ""):
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            raise Failure(f"{what}: {part!r} is not KEY=VALUE", USAGE)
        found[key.strip()] = value.strip()
    return found


def numbers(text: str, what: str) -> list[int]:
    """`1,2,4`. Raises Failure."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise Failure(f"{what}: {text!r} is not a comma list of numbers", USAGE) from None


def confirm(question: str, force: bool) -> None:
    """Asks yes or no (OPS-013); without a terminal nothing is done (OPS-014). Raises Failure."""
    if force or desk().dry:
        return
    if not sys.stdin.isatty():
        raise Failure(f"{question} Nothing is done without a terminal or --force.", USAGE)
    click.echo(f"{question} [yes/no] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in ("yes", "y"):
        raise Failure("aborted")


def typed_yes(question: str) -> None:
    """Asks for the very word "yes" (OPS-059); a pipe may say it. Raises Failure."""
    click.echo(f"{question} Type yes: ", nl=False, err=True)
    if sys.stdin.readline().strip() != "yes":
        raise Failure("aborted")
