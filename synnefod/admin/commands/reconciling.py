"""Commands that compare networks and pools with what there is (OPS-111, OPS-112)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import FAILED
from synnefod.admin.verb import ListVerb, desk, ends_with, verbosity

_COLUMNS = "kind,backend,network,difference,result"
_FIX = click.option("--fix-all", "--fix", "fix", is_flag=True, help="Put right what can be.")
_STRICT = click.option(
    "--exit-code", "strict", is_flag=True, help="Exit 1 if a difference is left."
)


_LAST = click.option("--last", is_flag=True, help="Show the daemon's own last round instead.")


@click.command("reconcile-networks", cls=ListVerb, columns=_COLUMNS)
@verbosity
@_FIX
@_STRICT
@_LAST
def reconcile_networks(fix: bool, strict: bool, last: bool) -> Any:
    """Compare networks with the clusters; without a switch, report only."""
    return (
        last_round("reconcile-networks") if last else _compared("reconcile-networks", fix, strict)
    )


@click.command("reconcile-pools", cls=ListVerb, columns=_COLUMNS)
@verbosity
@_FIX
@_STRICT
@_LAST
def reconcile_pools(fix: bool, strict: bool, last: bool) -> Any:
    """Compare pools of addresses, bridges and MAC prefixes with what is in use."""
    return last_round("reconcile-pools") if last else _compared("reconcile-pools", fix, strict)


def _compared(verb: str, fix: bool, strict: bool) -> Any:
    rows = desk().call(verb, fix=fix)["rows"]
    remains = any(row["result"].startswith("remains") for row in rows)
    if remains or (strict and any(row["result"] != "fixed" for row in rows)):
        ends_with(FAILED)
    return rows


def last_round(verb: str) -> Any:
    """What the daemon's own last comparison found; when that was goes to the errors."""
    answer = desk().call(verb, last=True)
    click.echo(f"the last round was {answer['when'] or 'not yet'}", err=True)
    return answer["rows"]
