"""Commands about images (OPS-077)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.verb import ListVerb, Verb, desk


@click.command(
    "image-list",
    cls=ListVerb,
    columns="id,name,user.uuid,public,snapshot",
    more="user.email",
)
@click.option("-u", "--user", metavar="UUID|EMAIL", help="What this user can see.")
@click.option("--public", is_flag=True, help="Public ones only.")
@click.option("--display-mails", "mails", is_flag=True, help="Owners by e-mail.")
def image_list(**options: Any) -> Any:
    """List all images, or those that a user can see; newest first."""
    return desk().call("image-list", **options)["rows"]


@click.command("image-show", cls=Verb)
@click.argument("image", metavar="ID")
def image_show(image: str) -> None:
    """Show an image and its properties."""
    desk().show(desk().call("image-show", image=image))
