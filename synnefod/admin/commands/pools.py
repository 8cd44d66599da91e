"""Commands about the pools of bridges and of MAC prefixes (OPS-107)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from synnefod.admin.commands.subnets import cut
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk, words

_KINDS = click.Choice(("bridge", "mac-prefix"))
_WIDTHS = {"bridge": 80, "mac-prefix": 64}
_KIND = click.argument("kind", type=_KINDS, metavar="bridge|mac-prefix")
_TYPE = click.option("--type", "again", type=_KINDS, help="Says the same as the id.")


@click.command("pool-create", cls=Verb)
@click.option("--type", "kind", type=_KINDS, required=True)
@click.option("--size", type=int, required=True, help="How many values.")
@click.option("--base", default="", help="What bridges begin with, or the first prefix.")
@click.option("--offset", type=int, default=0, help="Kept with the pool; without effect.")
def pool_create(**options: Any) -> None:
    """Make the pool of a kind; there is at most one."""
    _show(desk().call("pool-create", **options))


@click.command("pool-list", cls=ListVerb, columns="id,size,base,offset,available,reserved")
@click.option("--type", "kind", type=_KINDS, help="Of this kind only.")
def pool_list(kind: str | None) -> Any:
    """List the pools."""
    return desk().call("pool-list", kind=kind)["rows"]


@click.command("pool-show", cls=Verb)
@_KIND
@_TYPE
def pool_show(kind: str, again: str | None) -> None:
    """Show a pool and its maps: "." is free, "X" is not."""
    _same(kind, again)
    _show(desk().call("pool-show", kind=kind))


@click.command("pool-modify", cls=Verb)
@_KIND
@_TYPE
@click.option("--size", type=int)
@click.option("--base")
@click.option("--offset", type=int)
@click.option("--add-reserved", "keep", metavar="V,...", help="Keep these values back.")
@click.option("--remove-reserved", "unkeep", metavar="V,...", help="No longer.")
def pool_modify(
    kind: str, again: str | None, keep: str | None, unkeep: str | None, **options: Any
) -> None:
    """Change a pool; the size last."""
    _same(kind, again)
    options |= {"keep": words(keep), "unkeep": words(unkeep)}
    if all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help pool-modify", USAGE)
    _show(desk().call("pool-modify", kind=kind, **options))


@click.command("pool-remove", cls=Verb)
@_KIND
@_TYPE
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def pool_remove(kind: str, again: str | None, force: bool) -> None:
    """Remove a pool of which nothing is in use."""
    _same(kind, again)
    confirm(f"Remove the pool {kind}?", force)
    desk().show(desk().call("pool-remove", kind=kind))


def _same(kind: str, again: str | None) -> None:
    if again not in (None, kind):
        raise Failure(f"--type {again} is not {kind}", USAGE)


def _show(answer: Mapping[str, Any]) -> None:
    if desk().form == "json":
        desk().show(answer)
        return
    desk().show({"row": answer["row"]})
    for found in answer["tables"]["maps"]:
        click.echo(f"\n{found['map']}")
        click.echo("\n".join(cut(found["marks"], _WIDTHS[answer["row"]["id"]])))
