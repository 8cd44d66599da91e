"""Commands about tokens and application credentials (AST-207)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk

_OF = click.option("-u", "--user", metavar="UUID|EMAIL", help="Of this user only.")


@click.command(
    "token-list",
    cls=ListVerb,
    columns="prefix,user.uuid,scope,project,issued,expires",
    more="label,methods,last_used,address",
)
@_OF
def token_list(user: str | None) -> Any:
    """List living tokens, newest first: the beginning of each one's digest, never itself."""
    return desk().call("token-list", user=user)["rows"]


@click.command("token-revoke", cls=Verb)
@click.argument("prefix", required=False)
@click.option("-u", "--user", metavar="UUID|EMAIL", help="All tokens of this user.")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def token_revoke(prefix: str | None, user: str | None, force: bool) -> None:
    """End the tokens whose digest begins with PREFIX (see token-list), or all of a user."""
    if prefix is None and user is None:
        raise Failure("name a PREFIX or a --user", USAGE)
    confirm(f"End the tokens {prefix or 'of ' + str(user)}?", force)
    desk().show(desk().call("token-revoke", prefix=prefix, user=user))


@click.command(
    "appcred-list",
    cls=ListVerb,
    columns="id,name,user.uuid,project,expires",
    more="roles,unrestricted",
)
@_OF
def appcred_list(user: str | None) -> Any:
    """List application credentials, without their secrets."""
    return desk().call("appcred-list", user=user)["rows"]


@click.command("appcred-revoke", cls=Verb)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def appcred_revoke(ids: tuple[str, ...]) -> None:
    """End application credentials and the tokens that they gave."""
    desk().each(ids, lambda each: desk().call("appcred-revoke", id=each))
