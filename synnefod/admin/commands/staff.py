"""Commands about what staff do for a person (AST-180)."""

from __future__ import annotations

import click

from synnefod.admin.files import text_of
from synnefod.admin.verb import Verb, confirm, desk

_USER = click.argument("user", metavar="ID|EMAIL|UUID")
_FORCE = click.option("-f", "--force", is_flag=True, help="Do not ask.")


@click.command("user-contact", cls=Verb)
@_USER
@click.argument("file")
@click.option("--subject", required=True)
def user_contact(user: str, file: str, subject: str) -> None:
    """Send a user the text in FILE (- is standard input) as a letter."""
    desk().show(desk().call("user-contact", user=user, subject=subject, text=text_of(file)))


@click.command("user-change-email", cls=Verb)
@_USER
@click.argument("email")
def user_change_email(user: str, email: str) -> None:
    """Ask for the new address of a user to be confirmed, by a letter to it."""
    desk().show(desk().call("user-change-email", user=user, email=email))


@click.command("user-set-email", cls=Verb)
@_USER
@click.argument("email")
def user_set_email(user: str, email: str) -> None:
    """Change the address of an inactive user at once, without a letter."""
    desk().show(desk().call("user-set-email", user=user, email=email))


@click.command("user-release-shibboleth", cls=Verb)
@_USER
@_FORCE
def user_release_shibboleth(user: str, force: bool) -> None:
    """Take a user's Shibboleth identity away, so that another account may have it."""
    confirm(f"Release the Shibboleth identity of {user}?", force)
    desk().show(desk().call("user-release-shibboleth", user=user))


@click.command("user-enable-local", cls=Verb)
@_USER
def user_enable_local(user: str) -> None:
    """Let a user sign in by password; without one, a password is made and printed."""
    desk().show(desk().call("user-enable-local", user=user))
