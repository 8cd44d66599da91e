"""storage-move: blocks from one driver to another while the daemon serves (OPS-063)."""

from __future__ import annotations

import sys

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import Verb, desk

PARTS = 256
_SHORT = {"fs": "filesystem"}


@click.command("storage-move", cls=Verb)
@click.option("--from", "source", required=True, metavar="DRIVER", help="fs, rados or legacy.")
@click.option("--to", "target", required=True, metavar="DRIVER", help="fs or rados.")
@click.option(
    "--part", type=click.IntRange(0, PARTS - 1), default=0, help="Go on with this of 256 parts."
)
def storage_move(source: str, target: str, part: int) -> None:
    """Copy all blocks to the new block store and check each of them there.

    The settings of every daemon name both drivers meanwhile: blocks.driver the new one,
    blocks.former the old one, from which is read what is not copied yet. From legacy to fs goes
    what the folder of a Synnefo 0.21 has that blocks.legacy names. May be ended and begun again at
    any time. Exit 1 when blocks are lost; the old store is left as it is.
    """
    source, target = _SHORT.get(source, source), _SHORT.get(target, target)
    copied = size = known = 0
    lost: list[str] = []
    following: int | None = part
    after = ""
    while following is not None:
        row = desk().call(
            "storage-move", source=source, target=target, part=following, after=after
        )["row"]
        copied, size, known = copied + row["copied"], size + row["bytes"], known + row["known"]
        lost += row["lost"]
        following, after = row["part"], row["after"]
        if sys.stderr.isatty():
            shown = PARTS if following is None else following
            click.echo(f"\r{shown} of {PARTS} parts, {copied} copied", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo(err=True)
    told = {"copied": copied, "bytes": size, "known": known, "failed": len(lost)}
    desk().show({"row": told, "tables": {"lost": [{"block": name} for name in lost]}})
    if lost:
        raise Failure(f"{len(lost)} blocks are lost in the old store", FAILED)
