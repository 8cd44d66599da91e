"""Commands about commissions and the ledger (OPS-044 to OPS-046)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import FAILED
from synnefod.admin.verb import ListVerb, Verb, desk, ends_with


@click.command("commission-list", cls=ListVerb, columns="serial,name,clientkey,issue time")
@click.option("--overdue", type=int, metavar="SECONDS", help="Waiting for at least so long.")
def commission_list(overdue: int | None) -> Any:
    """List commissions that wait for their outcome."""
    return desk().call("commission-list", overdue=overdue)["rows"]


@click.command("commission-show", cls=Verb)
@click.argument("serial", type=int)
def commission_show(serial: int) -> None:
    """Show a commission that waits, with what it changes."""
    desk().show(desk().call("commission-show", serial=serial))


@click.command(
    "quota-verify", cls=ListVerb, columns="problem,holder,source,resource,expected,found"
)
@click.option("--fix", is_flag=True, help="Put wrong limits right.")
@click.option(
    "--include-unexpected-holdings",
    "unexpected",
    is_flag=True,
    help="Also counters that nobody should have; with --fix they are deleted for good.",
)
def quota_verify(fix: bool, unexpected: bool) -> Any:
    """Compare the ledger's limits with what the projects give; exit 1 when they differ."""
    rows = desk().call("quota-verify", fix=fix, unexpected=unexpected)["rows"]
    if rows and not fix:
        ends_with(FAILED)
    return rows


@click.command(
    "reconcile-resources-astakos",
    cls=ListVerb,
    columns="holder,source,resource,exists,counted,fixed",
)
@click.option("--user", metavar="UUID|EMAIL")
@click.option("--project", metavar="UUID")
@click.option("--fix", is_flag=True, help="Put wrong counters right.")
@click.option("--force", is_flag=True, help="Also beyond the limit.")
def reconcile_resources_astakos(**options: Any) -> Any:
    """Compare the counters of pending applications with what there is; exit 1 when they differ."""
    rows = desk().call("reconcile-resources-astakos", **options)["rows"]
    if any(not row["fixed"] for row in rows):
        ends_with(FAILED)
    return rows
