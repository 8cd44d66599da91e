"""notice-add, notice-list, notice-remove, maintenance: what everybody is told (OPS-163)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.verb import ListVerb, Verb, desk

_LEVELS = click.Choice(["info", "warning", "critical"])


def _texts(text: str, others: tuple[str, ...]) -> dict[str, str]:
    texts = {"en": text}
    for other in others:
        language, mark, words = other.partition("=")
        if not mark or not language.isalpha():
            raise click.UsageError("--in takes LANGUAGE=TEXT, for example el=...")
        texts[language.lower()] = words
    return texts


def _moments(function: Any) -> Any:
    function = click.option("--ends", metavar="ISO", help="When it ends (UTC).")(function)
    return click.option("--starts", metavar="ISO", help="When it begins; else now.")(function)


_others = click.option("--in", "others", multiple=True, metavar="LANGUAGE=TEXT", help="Translated.")


@click.command("notice-add", cls=Verb)
@click.argument("text")
@_others
@click.option("--level", type=_LEVELS, default="info", show_default=True)
@_moments
def notice_add(text: str, others: tuple[str, ...], level: str, **moments: str | None) -> None:
    """Tell everybody TEXT (English)."""
    desk().show(desk().call("notice-add", texts=_texts(text, others), level=level, **moments))


@click.command(
    "notice-list", cls=ListVerb, columns="id,level,text,starts,ends,read_only", more="author"
)
def notice_list() -> Any:
    """List notices that stand, will stand, or ended within 30 days."""
    return desk().call("notice-list")["rows"]


@click.command("notice-remove", cls=Verb)
@click.argument("number", type=int, metavar="ID")
def notice_remove(number: int) -> None:
    """Take a notice down."""
    desk().show(desk().call("notice-remove", id=number))


@click.command("maintenance", cls=Verb)
@click.argument("wish", type=click.Choice(["on", "off", "show"]))
@click.option("--message", default="The cloud is read-only during maintenance.", show_default=True)
@_others
@_moments
def maintenance(wish: str, message: str, others: tuple[str, ...], **moments: str | None) -> None:
    """Make the cloud read-only for everybody but administrators, or end that."""
    if wish == "show":
        desk().show(desk().call("maintenance-show"))
    elif wish == "off":
        desk().show(desk().call("maintenance-end"))
    else:
        texts = _texts(message, others)
        asked = desk().call("notice-add", texts=texts, level="warning", read_only=True, **moments)
        desk().show(asked)
