"""Commands about accounts (OPS-022 to OPS-029)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import PASSWORD_FILE, ListVerb, Verb, confirm, desk, secret


@click.command("user-add", cls=Verb)
@click.argument("email")
@click.argument("first")
@click.argument("last")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--admin", is_flag=True, help="An administrator.")
def user_add(
    email: str,
    first: str,
    last: str,
    password: str | None,
    password_file: str | None,
    admin: bool,
) -> None:
    """Make a user; prints the UUID and, if none was given, the password."""
    word = secret(password, password_file, None)
    desk().show(
        desk().call("user-add", email=email, first=first, last=last, password=word, admin=admin)
    )


@click.command(
    "user-list",
    cls=ListVerb,
    columns="id,displayname,realname,uuid,active,admin",
    more="verified,moderated,last_login",
)
@click.option("--active", is_flag=True, help="Active ones only.")
@click.option("--pending-moderation", is_flag=True, help="Those who wait to be accepted.")
@click.option("--pending-verification", is_flag=True, help="Those with an unproven address.")
def user_list(**options: Any) -> Any:
    """List users."""
    return desk().call("user-list", **options)["rows"]


@click.command("user-show", cls=Verb)
@click.argument("user", metavar="ID|EMAIL|UUID")
@click.option("--quota", is_flag=True, help="With the quota in each project.")
@click.option("--projects", is_flag=True, help="With the projects.")
def user_show(**options: Any) -> None:
    """Show a user."""
    desk().show(desk().call("user-show", **options))


@click.command("user-modify", cls=Verb)
@click.argument("user", metavar="ID|EMAIL|UUID")
@click.option("--accept", is_flag=True, help="Accept a verified user.")
@click.option("--verify", is_flag=True, help="Take the address for proven.")
@click.option("--reject", is_flag=True, help="Reject a user who waits.")
@click.option("--reject-reason", default="", help="Why.")
@click.option("--set-active", is_flag=True)
@click.option("--set-inactive", is_flag=True, help="Ends all tokens.")
@click.option("--inactive-reason", default="", help="Why.")
@click.option("--set-admin", is_flag=True)
@click.option("--set-noadmin", is_flag=True)
@click.option("--set-email", metavar="EMAIL")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--renew-password", is_flag=True, help="Make a password and print it.")
@click.option("--set-default-project", metavar="UUID")
@click.option("--delete", is_flag=True, help="Delete a user who was never accepted.")
@click.option("-f", "--no-confirm", "--force", "force", is_flag=True, help="Do not ask.")
def user_modify(user: str, **given: Any) -> None:
    """Change a user, or delete one who was never accepted."""
    if given["delete"]:
        changing = [key for key, value in given.items() if value and key not in ("delete", "force")]
        if changing:
            raise Failure("--delete stands alone", USAGE)
        row = desk().call("user-show", user=user)["row"]
        confirm(f"Delete {row['email']} ({row['uuid']}, {row['status']})?", given["force"])
        desk().show(desk().call("user-delete", user=user))
        return
    word = secret(given["password"], given["password_file"], None)
    if word is not None and given["renew_password"]:
        raise Failure("a password is given or renewed, not both", USAGE)
    body = {
        "user": user,
        "email": given["set_email"],
        "password": word,
        "renew_password": given["renew_password"] or None,
        "admin": _either("admin", given["set_admin"], given["set_noadmin"]),
        "active": _either("active", given["set_active"], given["set_inactive"]),
        "reject": given["reject_reason"] if given["reject"] else None,
        "verify": given["verify"] or None,
        "accept": given["accept"] or None,
        "reason": given["inactive_reason"] or None,
        "default_project": given["set_default_project"],
    }
    if all(value is None for key, value in body.items() if key != "user"):
        raise Failure("nothing to change; see synnefo-manage help user-modify", USAGE)
    desk().show(desk().call("user-modify", **body))


def _either(what: str, yes: bool, no: bool) -> bool | None:
    if yes and no:
        raise Failure(f"--set-{what} and its opposite exclude each other", USAGE)
    return True if yes else False if no else None
