"""What letters say (identity.md 3.8). Details in braces come with the letter, `{link}` last."""

from __future__ import annotations

from collections.abc import Mapping

VERIFY, RESET, CHANGE = "verify", "reset", "change"
"""Kinds of keys."""

LINKS: Mapping[str, tuple[str, str]] = {
    "verification": (VERIFY, "/activate?auth={key}&next={home}"),
    "password reset": (RESET, "/local/reset/confirm/{person}/{key}/"),
    "e-mail change": (CHANGE, "/email_change/confirm/{key}"),
}
"""Events whose letters carry a key: its kind, and the path of the link."""

INVITATION = "invitation"
"""Likewise, but its key is the code of the invitation that the letter tells of."""
INVITATION_LINK = "/signup?code={key}"

_BYE = "\n\nThis message was made by a program; nobody reads answers to it.\n"

TEXTS: Mapping[str, tuple[str, str]] = {
    "verification": (
        "Confirm your e-mail address",
        "Somebody, probably you, asked for an account with this address. Follow this link to "
        "confirm it:\n\n{link}\n\nIf it was not you, do nothing." + _BYE,
    ),
    "moderation": (
        "An account awaits moderation",
        "{email} has confirmed the address and awaits your decision:\n\n"
        "synnefo-manage user-modify --accept {email}" + _BYE,
    ),
    "welcome": (
        "Your account is active",
        "Your account {email} was accepted. You can sign in now." + _BYE,
    ),
    "activated": ("An account was accepted", "The account {email} was accepted." + _BYE),
    "password reset": (
        "Choose a new password",
        "Somebody, probably you, asked for a new password. Follow this link to choose one:\n\n"
        "{link}\n\nIf it was not you, do nothing: your password stays." + _BYE,
    ),
    "contact": ("{subject}", "{text}" + _BYE),
    INVITATION: (
        "You are invited",
        "{inviter} invites you. Follow this link to make your account:\n\n{link}" + _BYE,
    ),
    "e-mail change": (
        "Confirm your new e-mail address",
        "Follow this link to make this the address of your account:\n\n{link}" + _BYE,
    ),
    "e-mail change notice": (
        "Your e-mail address is about to change",
        "Somebody asked to change the address of your account to {email}. If it was not you, "
        "change your password." + _BYE,
    ),
    "application": (
        "A project is applied for",
        "{applicant} applies for the project '{name}'." + _BYE,
    ),
    "application answered": (
        "Your application was answered",
        "The application for the project '{name}' is now {state}.\n{reason}" + _BYE,
    ),
    "project": ("A project changed", "The project '{name}' is now {state}.\n{reason}" + _BYE),
    "quota exceeded": (
        "A quota is exceeded",
        "Of {resource} {usage} are in use in the project {project}, and {limit} are allowed."
        "\n\n{said}" + _BYE,
    ),
    "feedback": ("Feedback", "{sender} ({user}) writes:\n\n{message}\n\n{data}"),
    "error": ("An unexpected error", "{cause}\n\n{text}" + _BYE),
    "membership": (
        "A membership changed",
        "The membership of {member} in the project '{name}' is now {state}." + _BYE,
    ),
}
