"""Commands about accounts (OPS-022 to OPS-029)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.secret import PASSWORD_FILE, secret
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk


@click.command("user-add", cls=Verb)
@click.argument("email")
@click.argument("first")
@click.argument("last")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--admin", is_flag=True, help="An administrator.")
@click.option("--accept", is_flag=True, help="Verify and accept the user at once.")
@click.option("-g", "--group", "groups", multiple=True, help="Put in this group; repeatable.")
@click.option("-p", "--permission", "permissions", multiple=True, help="Grant this; repeatable.")
def user_add(
    email: str,
    first: str,
    last: str,
    password: str | None,
    password_file: str | None,
    admin: bool,
    accept: bool,
    groups: tuple[str, ...],
    permissions: tuple[str, ...],
) -> None:
    """Make a user; prints the UUID and, if none was given, the password.

    The user waits for verification and acceptance, unless --accept is given.
    """
    word = secret(password, password_file, None)
    body = {"email": email, "first": first, "last": last, "password": word, "admin": admin}
    body["accept"] = accept
    more = {"groups": list(groups), "permissions": list(permissions)}
    desk().show(desk().call("user-add", **body, **more))


@click.command("user-activation-send", cls=Verb)
@click.argument("users", nargs=-1, required=True, metavar="ID|EMAIL...")
def user_activation_send(users: tuple[str, ...]) -> None:
    """Send another letter of verification; older links end."""
    desk().each(users, lambda each: desk().call("user-activation-send", user=each))


@click.command(
    "user-list",
    cls=ListVerb,
    columns="id,displayname,realname,uuid,active,admin",
    more="verified,moderated,providers,last_login",
    shown_by={"auth_providers": "providers"},
)
@click.option("--group", "groups", multiple=True, help="Members of this group; repeatable.")
@click.option("--auth-providers", is_flag=True, help="Show the column providers too.")
@click.option("--display-mails", "mails", is_flag=True, help="Names are addresses already.")
@click.option("--active", is_flag=True, help="Active ones only.")
@click.option("--pending-moderation", is_flag=True, help="Those who wait to be accepted.")
@click.option("--pending-verification", is_flag=True, help="Those with an unproven address.")
def user_list(groups: tuple[str, ...], **options: Any) -> Any:
    """List users."""
    options.pop("auth_providers")
    return desk().call("user-list", groups=list(groups), **options)["rows"]


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
@click.option("--add-group", multiple=True, metavar="NAME")
@click.option("--delete-group", multiple=True, metavar="NAME")
@click.option("--add-permission", multiple=True, metavar="NAME")
@click.option("--delete-permission", multiple=True, metavar="NAME")
@click.option("--invitations", type=int, metavar="N", help="How many may still be sent.")
@click.option("--level", type=int, metavar="N", help="Those who are invited are one below.")
@click.option("--renew-token", is_flag=True, help="End all tokens; print a new one.")
@click.option("--sign-terms", is_flag=True, help="Accept the terms of use for the user.")
@click.option("--delete", is_flag=True, help="Delete a user who was never accepted.")
@click.option("-f", "--no-confirm", "--force", "force", is_flag=True, help="Do not ask.")
def user_modify(user: str, **given: Any) -> None:
    """Change a user, or delete one who was never accepted."""
    if given["delete"]:
        changing = [
            key
            for key, value in given.items()
            if value not in (None, False, "", ()) and key not in ("delete", "force")
        ]
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
        "add_groups": list(given["add_group"]) or None,
        "remove_groups": list(given["delete_group"]) or None,
        "add_permissions": list(given["add_permission"]) or None,
        "remove_permissions": list(given["delete_permission"]) or None,
        "invitations": given["invitations"],
        "level": given["level"],
        "renew_token": given["renew_token"] or None,
        "sign_terms": given["sign_terms"] or None,
    }
    if all(value is None for key, value in body.items() if key != "user"):
        raise Failure("nothing to change; see synnefo-manage help user-modify", USAGE)
    desk().show(desk().call("user-modify", **body))


@click.command(
    "fix-superusers", cls=ListVerb, columns="id,displayname,realname,uuid,active,verified,moderated"
)
def fix_superusers() -> Any:
    """Make full users of superusers that another program made."""
    return desk().call("fix-superusers")["rows"]


def _either(what: str, yes: bool, no: bool) -> bool | None:
    if yes and no:
        raise Failure(f"--set-{what} and its opposite exclude each other", USAGE)
    return True if yes else False if no else None
