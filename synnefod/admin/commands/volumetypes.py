"""Commands about volume types (OPS-076)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin import filters
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, pairs, truth


@click.command("volume-type-create", cls=Verb)
@click.option("--name", required=True)
@click.option("--disk-template", required=True, help="Ganeti's, such as file or ext_PROVIDER.")
@click.option("--specs", metavar="K=V,...", help="Specifications; GNT-EXTP:K goes to the storage.")
def volume_type_create(name: str, disk_template: str, specs: str | None) -> None:
    """Make a kind of disk."""
    wanted = pairs(specs, "--specs")
    answer = desk().call("volume-type-create", name=name, disk_template=disk_template, specs=wanted)
    desk().show(answer)


@click.command("volume-type-list", cls=ListVerb, columns="id,name,disk_template,specs")
def volume_type_list() -> Any:
    """List the kinds of disks."""
    return desk().call("volume-type-list")["rows"]


@click.command("volume-type-show", cls=Verb)
@click.argument("volume_type", type=int, metavar="ID")
def volume_type_show(volume_type: int) -> None:
    """Show a kind of disk and its flavors."""
    desk().show(desk().call("volume-type-show", volume_type=volume_type))


@click.command("volume-type-modify", cls=Verb)
@click.argument("volume_type", type=int, metavar="ID")
@truth("--deleted", "Delete it and all its flavors, or bring them back.")
@click.option("--spec-add", metavar="K=V,...")
@click.option("--spec-delete", metavar="K,...")
def volume_type_modify(
    volume_type: int, deleted: bool | None, spec_add: str | None, spec_delete: str | None
) -> None:
    """Change a kind of disk."""
    add = pairs(spec_add, "--spec-add")
    remove = filters.split(spec_delete or "")
    if not add and not remove and deleted is None:
        raise Failure("nothing to change; see synnefo-manage help volume-type-modify", USAGE)
    answer = desk().call(
        "volume-type-modify",
        volume_type=volume_type,
        deleted=deleted,
        spec_add=add,
        spec_delete=remove,
    )
    desk().show(answer)
