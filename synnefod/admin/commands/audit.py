"""audit-list, audit-verify: who did what, and whether the record is whole (OPS-153)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import ListVerb, Verb, desk


@click.command(
    "audit-list",
    cls=ListVerb,
    columns="id,time,actor,via,action,target,outcome",
    more="as,peer,project,request_id,reason,seq,hash",
)
@click.option("--actor", metavar="USER", help="UUID, e-mail, or administrator.")
@click.option("--action", help="An action; one that ends with a dot names all that begin so.")
@click.option("--target", metavar="PATH")
@click.option("--outcome", type=click.Choice(["done", "refused", "failed"]))
@click.option("--request", metavar="ID", help="The id of a request.")
@click.option("--since", metavar="ISO", help="Not older than this (UTC).")
@click.option("--before", type=int, metavar="ID", help="The page after the row ID.")
@click.option("--limit", type=int, default=100, show_default=True)
def audit_list(**wanted: Any) -> Any:
    """List what was done and refused, newest first."""
    return desk().call("audit-list", **wanted)["rows"]


@click.command("audit-verify", cls=Verb)
def audit_verify() -> None:
    """Recompute the chain of the audit log; exit 1 when a row was changed or is missing."""
    answer = desk().call("audit-verify")
    desk().show(answer)
    if answer["row"]["broken_at"] is not None:
        raise Failure(f"the audit log is broken at row {answer['row']['broken_at']}", FAILED)
