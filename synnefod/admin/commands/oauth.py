"""Commands about programs that may act for people (OPS-051)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.verb import ListVerb, Verb, confirm, desk


@click.command("oauth2-client-add", cls=Verb)
@click.argument("identifier")
@click.option("--secret", metavar="SECRET", help="Without it, one is made and printed.")
@click.option("--type", type=click.Choice(["confidential", "public"]), default="confidential")
@click.option("--is-trusted", "trusted", is_flag=True, help="People are not asked for consent.")
@click.option("--url", "urls", multiple=True, required=True, help="Where people are sent back to.")
def oauth2_client_add(urls: tuple[str, ...], **options: Any) -> None:
    """Register a program; a secret that is made is printed this once."""
    answer = desk().call("oauth2-client-add", urls=list(urls), **options)
    for url in answer.get("dropped", []):
        click.echo(f"left out, too long: {url}...", err=True)
    desk().show(answer)


@click.command(
    "oauth2-client-list",
    cls=ListVerb,
    columns="id,identifier,type,is_trusted",
    more="redirect_urls",
)
@click.option("--confidential", is_flag=True, help="Only those with a secret.")
@click.option("--public", is_flag=True, help="Only those without.")
@click.option("--trusted", is_flag=True, help="Only those that need no consent.")
def oauth2_client_list(confidential: bool, public: bool, trusted: bool) -> Any:
    """List programs that may act for people."""
    kinds = {
        kind for kind, wanted in (("confidential", confidential), ("public", public)) if wanted
    }
    rows = desk().call("oauth2-client-list")["rows"]
    return [
        row
        for row in rows
        if (not kinds or row["type"] in kinds) and (row["is_trusted"] or not trusted)
    ]


@click.command("oauth2-client-remove", cls=Verb)
@click.argument("name", metavar="ID|IDENTIFIER")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def oauth2_client_remove(name: str, force: bool) -> None:
    """Forget a program, with its URLs, codes and tokens."""
    confirm(f"Forget the program {name} and all that it was given?", force)
    desk().show(desk().call("oauth2-client-remove", name=name))
