"""Commands about commissions and the ledger (OPS-044 to OPS-046)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import FAILED
from synnefod.admin.verb import ListVerb, Verb, desk, ends_with, verbosity


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


_DIFFERENCES = "holder,source,resource,exists,counted,pending,fixed"


def _whose(function: Any) -> Any:
    """The options of every command that compares counters with what there is."""
    for option in (
        click.option("--force", is_flag=True, help="Also beyond the limit."),
        click.option("--fix", is_flag=True, help="Put wrong counters right."),
        click.option("--project", metavar="UUID"),
        click.option("--user", metavar="UUID|EMAIL"),
    ):
        function = option(function)
    return function


def _compared(verb: str, options: dict[str, Any]) -> Any:
    rows = desk().call(verb, **options)["rows"]
    if any(not row["fixed"] for row in rows):
        ends_with(FAILED)
    return rows


@click.command("reconcile-resources-astakos", cls=ListVerb, columns=_DIFFERENCES)
@verbosity
@_whose
def reconcile_resources_astakos(**options: Any) -> Any:
    """Compare the counters of pending applications with what there is; exit 1 when they differ."""
    return _compared("reconcile-resources-astakos", options)


@click.command("reconcile-resources-cyclades", cls=ListVerb, columns=_DIFFERENCES)
@verbosity
@_whose
def reconcile_resources_cyclades(**options: Any) -> Any:
    """Compare the counters of servers, disks, networks and addresses with what there is.

    Counters with a change pending are told of and left alone. Exit 1 when any differ.
    """
    return _compared("reconcile-resources-cyclades", options)


@click.command(
    "reconcile-commissions-cyclades", cls=ListVerb, columns="serial,name,issue time,result"
)
@verbosity
@click.option("--fix", is_flag=True, help="Reject them.")
def reconcile_commissions_cyclades(fix: bool) -> Any:
    """List commissions that no server waits for any more; exit 1 when there are any."""
    rows = desk().call("reconcile-commissions-cyclades", fix=fix)["rows"]
    if rows and not fix:
        ends_with(FAILED)
    return rows
