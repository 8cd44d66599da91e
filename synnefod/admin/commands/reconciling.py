"""Commands that compare networks and pools with what there is (OPS-111, OPS-112)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import FAILED
from synnefod.admin.verb import ListVerb, desk, ends_with

_COLUMNS = "kind,backend,network,difference,result"
_FIX = click.option("--fix-all", "--fix", "fix", is_flag=True, help="Put right what can be.")
_STRICT = click.option(
    "--exit-code", "strict", is_flag=True, help="Exit 1 if a difference is left."
)


@click.command("reconcile-networks", cls=ListVerb, columns=_COLUMNS)
@_FIX
@_STRICT
def reconcile_networks(fix: bool, strict: bool) -> Any:
    """Compare networks with the clusters; without a switch, report only."""
    return _compared("reconcile-networks", fix, strict)


@click.command("reconcile-pools", cls=ListVerb, columns=_COLUMNS)
@_FIX
@_STRICT
def reconcile_pools(fix: bool, strict: bool) -> Any:
    """Compare pools of addresses, bridges and MAC prefixes with what is in use."""
    return _compared("reconcile-pools", fix, strict)


def _compared(verb: str, fix: bool, strict: bool) -> Any:
    rows = desk().call(verb, fix=fix)["rows"]
    remains = any(row["result"].startswith("remains") for row in rows)
    if remains or (strict and any(row["result"] != "fixed" for row in rows)):
        ends_with(FAILED)
    return rows
