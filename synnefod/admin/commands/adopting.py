"""Commands about instances that others made, and about helper servers (OPS-089, OPS-090)."""

from __future__ import annotations

import time
from typing import Any

import click

from synnefod.admin.secret import PASSWORD_FILE, secret
from synnefod.admin.transport import FAILED, USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk

PAUSE = 0.5
LONGEST = 1800.0


@click.command("server-import", cls=Verb)
@click.argument("instance")
@click.option("--backend-id", "backend", type=int, required=True, metavar="ID")
@click.option("--user", required=True, metavar="UUID|EMAIL", help="Whose server it becomes.")
@click.option("--image", default="", metavar="ID", help="What it was made from, to be shown.")
@click.option("--flavor", type=int, required=True, metavar="ID")
@click.option("--new-nics", is_flag=True, help="Its NICs give way to one on a public network.")
@click.option("--keep-running", is_flag=True, help="Of one with a lost server's name: no stop.")
def server_import(**options: Any) -> None:
    """Make a server of an instance that others made: it is stopped, renamed, and started."""
    desk().show(desk().call("server-import", **options))


@click.command("helper-servers-sync", cls=ListVerb, columns="server,state,backend")
@click.option("--flavor", type=int, required=True, metavar="ID")
@click.option("--image", required=True, metavar="ID")
@click.option("--user", required=True, metavar="UUID|EMAIL", help="Whose quota they use.")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--backend-id", "backend", type=int, metavar="ID", help="On this cluster only.")
@click.option("--copies", type=click.IntRange(1, 16), default=1, show_default=True)
@click.option("--parallel", is_flag=True, help="Do not wait for each before the next is made.")
def helper_servers_sync(
    password: str | None, password_file: str | None, parallel: bool, copies: int, **options: Any
) -> Any:
    """Have stopped helper servers on every cluster with such disks; returns when they are."""
    word = secret(password, password_file, None)
    waiting: list[int] = []
    rows: list[dict[str, Any]] = []
    for number in (copies,) if parallel else range(1, copies + 1):
        made = desk().call("helper-servers-sync", password=word, copies=number, **options)["rows"]
        waiting += [row["server"] for row in made]
        while waiting:
            rows.append(_stopped(waiting.pop(0)))
    return rows


def _stopped(server: int) -> dict[str, Any]:
    """The helper once it is built and stopped. Raises Failure."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        row = desk().call("server-show", server=server)["row"]
        if not row["task"] and row["state"] == "ERROR":
            raise Failure(f"helper server {server}: {row['fault'] or 'is in ERROR'}", FAILED)
        if not row["task"] and row["state"] == "STARTED":
            desk().call("server-modify", server=server, action="stop")
        elif not row["task"] and row["state"] == "STOPPED":
            return {"server": server, "state": row["state"], "backend": row["backend"]}
        time.sleep(PAUSE)
    raise Failure(f"helper server {server} is not stopped after {LONGEST:.0f} s", FAILED)


@click.command("import-cyclades", cls=Verb)
@click.option("--database", metavar="URL", help="Seen by other users of this machine.")
@click.option("--database-file", metavar="FILE", help="Read URL from FILE (- is standard input).")
@click.option("--table", "tables", multiple=True, metavar="KIND=NAME", help="Of another name.")
def import_cyclades(
    database: str | None, database_file: str | None, tables: tuple[str, ...]
) -> None:
    """Take over clusters, flavors, servers, volumes, networks and addresses of Synnefo 0.21.

    URL is postgresql://... of its compute database; import-astakos comes first. All is taken or
    nothing, into a deployment without any of these: numbers stay. Clusters whose password was
    sealed are offline until backend-modify gives them one.
    """
    url = secret(database, database_file, "URL of the other database")
    named = dict(part.split("=", 1) for part in tables if "=" in part)
    if len(named) != len(tables):
        raise Failure("--table is KIND=NAME, as in --table VirtualMachine=machines", USAGE)
    desk().show(desk().call("import-cyclades", url=url, tables=named))
