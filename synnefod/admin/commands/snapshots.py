"""Commands about snapshots (OPS-096, OPS-097)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk

_USER = click.option("--user", metavar="UUID|EMAIL", help="Who acts; its owner by default.")


@click.command("snapshot-create", cls=Verb)
@click.argument("volume", type=int, metavar="VOLUME")
@click.option("--name", default="", help="That of the volume by default.")
@click.option("--description", default="")
def snapshot_create(**options: Any) -> None:
    """Take a snapshot of an attached volume, for its owner."""
    desk().show(desk().call("snapshot-create", **options))


@click.command(
    "snapshot-list",
    cls=ListVerb,
    columns="id,name,volume_id,size,mapfile,status,owner,is_public",
    more="user.email",
)
@click.option("-u", "--user", metavar="UUID|EMAIL", help="What this user can see.")
@click.option("--public", is_flag=True, help="Public ones only.")
@click.option("--display-mails", "mails", is_flag=True, help="Owners by e-mail.")
def snapshot_list(**options: Any) -> Any:
    """List snapshots, newest first; sizes in GiB."""
    return desk().call("snapshot-list", **options)["rows"]


@click.command("snapshot-show", cls=Verb)
@click.argument("snapshot", metavar="ID")
def snapshot_show(snapshot: str) -> None:
    """Show a snapshot and its properties."""
    desk().show(desk().call("snapshot-show", snapshot=snapshot))


@click.command("snapshot-modify", cls=Verb)
@click.argument("snapshot", metavar="ID")
@_USER
@click.option("--name")
@click.option("--description")
def snapshot_modify(snapshot: str, user: str | None, **options: str | None) -> None:
    """Change what is said of a snapshot."""
    if all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help snapshot-modify", USAGE)
    desk().show(desk().call("snapshot-modify", snapshot=snapshot, user=user, **options))


@click.command("snapshot-remove", cls=Verb)
@click.argument("snapshots", nargs=-1, required=True, metavar="ID...")
@_USER
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def snapshot_remove(snapshots: tuple[str, ...], user: str | None, force: bool) -> None:
    """Remove snapshots and their files."""
    confirm(f"Remove snapshot {', '.join(snapshots)}?", force)
    desk().each(
        snapshots, lambda snapshot: desk().call("snapshot-remove", snapshot=snapshot, user=user)
    )
