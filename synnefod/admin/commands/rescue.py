"""Commands about rescue images (OPS-078 to OPS-080)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk, truth

_KIND = click.Choice(("file", "http"))
_DRY = click.option("-n", "--dry-run", is_flag=True, help="Check, but change nothing.")


def _described(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what an image is and what for."""
    for option in reversed(
        (
            click.option("--location-type", type=_KIND, help="Told by the location, if not given."),
            click.option("--name"),
            click.option("--os-family", help="Of the image's own system."),
            click.option("--os"),
            click.option("--target-os-family", help="Of the servers that it is meant for."),
            click.option("--target-os"),
        )
    ):
        command = option(command)
    return command


@click.command("rescue-image-create", cls=Verb)
@click.option("--location", required=True, metavar="PATH|URL", help="A URL must answer 200.")
@_described
@truth("--default", "Whether it is used where none fits better.", default="False")
@_DRY
def rescue_image_create(**options: Any) -> None:
    """Register a medium that broken servers are started from."""
    desk().show(desk().call("rescue-image-create", **options))


@click.command(
    "rescue-image-list",
    cls=ListVerb,
    columns="id,name,location_type,location,os_family,os,target_os_family,target_os,deleted,"
    "is_default,vms_using_image",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones too.")
def rescue_image_list(deleted: bool) -> Any:
    """List rescue images."""
    return desk().call("rescue-image-list", deleted=deleted)["rows"]


@click.command("rescue-image-modify", cls=Verb)
@click.argument("image", type=int, metavar="ID")
@click.option("--location", metavar="PATH|URL", help="Stays while servers use the image.")
@_described
@truth("--default", "Whether it is used where none fits better.")
@truth("--deleted", "Delete it, or bring it back.")
@_DRY
def rescue_image_modify(image: int, dry_run: bool, **options: Any) -> None:
    """Change a rescue image."""
    if all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help rescue-image-modify", USAGE)
    desk().show(desk().call("rescue-image-modify", image=image, dry_run=dry_run, **options))


@click.command("rescue-image-remove", cls=Verb)
@click.argument("image", type=int, metavar="ID")
@click.option("-f", "--force", is_flag=True, help="Do not ask, and also one in use.")
@_DRY
def rescue_image_remove(image: int, force: bool, dry_run: bool) -> None:
    """Remove a rescue image; the default one stays."""
    confirm(f"Remove rescue image {image}?", force or dry_run)
    desk().show(desk().call("rescue-image-remove", image=image, force=force, dry_run=dry_run))
