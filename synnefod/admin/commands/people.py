"""Commands about groups, terms, statistics (OPS-032, 035, 052, 053)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from synnefod.admin import output
from synnefod.admin.files import text_of
from synnefod.admin.secret import secret
from synnefod.admin.verb import ListVerb, Verb, desk

Row = Mapping[str, Any]
_COUNTS = ("total", "verified", "active", "exclusive")


@click.command("group-add", cls=Verb)
@click.argument("name")
def group_add(name: str) -> None:
    """Make a group."""
    desk().show(desk().call("group-add", name=name))


@click.command("group-list", cls=ListVerb, columns="id,name,users_count")
def group_list() -> Any:
    """List groups."""
    return desk().call("group-list")["rows"]


@click.command("term-add", cls=Verb)
@click.argument("file")
def term_add(file: str) -> None:
    """Put new terms of use in force, the text in FILE (- is standard input).

    Everybody must accept them before their tokens work again.
    """
    desk().show(desk().call("term-add", location=file, text=text_of(file)))


@click.command("stats-astakos", cls=Verb)
@click.option("--unit-style", type=click.Choice(output.UNITS), default="auto", help="Unit; auto.")
def stats_astakos(unit_style: str) -> None:
    """Count people by way of signing in, and what is used and allocated of each resource.

    In JSON this is what the API's stats/detail answers.
    """
    found = desk().call("stats-astakos")
    row, tables = found["row"], found["tables"]
    if desk().form == "json":
        click.echo(output.as_json(_detail(row, tables["providers"], tables["resources"])))
        return
    resources = [
        {key: value for key, value in each.items() if key != "description"}
        for each in tables["resources"]
    ]
    tables = {**tables, "resources": output.sized(resources, ("used", "allocated"), unit_style)}
    desk().show({"row": row, "tables": tables})


def _detail(
    row: Mapping[str, Any],
    providers: Sequence[Mapping[str, Any]],
    sums: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    resources: dict[str, dict[str, Any]] = {}
    for each in sums:
        figures = {key: each[key] for key in ("used", "allocated", "unit", "description")}
        resources.setdefault(each["provider"], {})[each["resource"]] = figures
    users = {each["provider"]: {key: each[key] for key in _COUNTS} for each in providers}
    return {
        "datetime": datetime.now(UTC).isoformat(),
        "providers": [each["provider"] for each in providers],
        "users": {"all": {key: row[key] for key in _COUNTS[:-1]}, **users},
        "resources": resources,
    }


@click.command("cleanup-full", cls=Verb)
def cleanup_full() -> None:
    """Delete expired tokens now; the daemon does it hourly by itself."""
    desk().show(desk().call("cleanup-full"))


@click.command("import-astakos", cls=Verb)
@click.option("--database", metavar="URL", help="Seen by other users of this machine.")
@click.option("--database-file", metavar="FILE", help="Read URL from FILE (- is standard input).")
def import_astakos(database: str | None, database_file: str | None) -> None:
    """Take over users, projects, quota and components of Synnefo 0.21's identity database.

    URL is postgresql://... of that database. All is taken or nothing; what is here already, by
    UUID, is left alone.
    """
    url = secret(database, database_file, "URL of the other database")
    desk().show(desk().call("import-astakos", url=url))
