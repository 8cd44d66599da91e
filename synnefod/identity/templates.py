"""Letters in a deployment's own words: files that replace our texts (operations.md 5).

A file is plain text in UTF-8 with the same words in braces as ours; its first line may be
`Subject: ...`. One that cannot be filled in is told of in the log, and our own text is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.identity.texts import TEXTS

log = Logger()
FILES: Mapping[str, str] = {
    "verification": "im/activation_email.txt",
    "moderation": "im/account_pending_moderation_notification.txt",
    "welcome": "im/welcome_email.txt",
    "activated": "im/account_activated_notification.txt",
    "e-mail change": "registration/email_change_email_new_email.txt",
    "e-mail change notice": "registration/email_change_email_old_email.txt",
    "password reset": "registration/password_email.txt",
    "invitation": "im/invitation.txt",
    "feedback": "im/feedback_mail.txt",
    "contact": "im/plain_email.txt",
    "application new": "projects/project_creation_notification.txt",
    "application change": "projects/project_modification_notification.txt",
    "application answered approved": "projects/project_approval_notification.txt",
    "application answered denied": "projects/project_denial_notification.txt",
    "application answered staff": "im/application_approved_admin_email.txt",
    "project terminate": "projects/project_termination_notification.txt",
    "project suspend": "projects/project_suspension_notification.txt",
    "project unsuspend": "projects/project_unsuspension_notification.txt",
    "project reinstate": "projects/project_reinstatement_notification.txt",
    "membership request": "projects/project_membership_request_notification.txt",
    "membership leave": "projects/project_membership_leave_request_notification.txt",
    "membership change": "projects/project_membership_change_notification.txt",
    "membership enroll": "projects/project_membership_enroll_notification.txt",
}
"""Names of files by the event, and the kind that is one of a letter's words."""


@frozen
class Templates:
    """`service` begins every subject; `files` are texts by the names of their files."""

    service: str = ""
    files: Mapping[str, str] = field(factory=dict)

    def composed(self, event: str, words: Mapping[str, str]) -> tuple[str, str]:
        """Subject and text. Raises KeyError for an unknown event."""
        subject, text = TEXTS[event]
        subject = words.get("subject", subject)
        own = self.files.get(FILES.get(f"{event} {words.get('kind', '')}".strip(), ""))
        filled = text.format_map(words)
        if own is not None:
            subject, filled = _filled(event, own, words, subject, filled)
        return (f"{self.service}: {subject}" if self.service else subject), filled


def load(folder: str, service: str) -> Templates:
    """The files that there are below `folder`; none when it is empty text. One that cannot be
    read as UTF-8 is told of in the log."""
    found = {}
    for name in FILES.values() if folder else ():
        path = Path(folder) / name
        try:
            found[name] = path.read_text("utf-8")
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            log.warn("the template {name} is not read: {error}", name=name, error=str(error))
    return Templates(service, found)


def _filled(
    event: str, own: str, words: Mapping[str, str], subject: str, text: str
) -> tuple[str, str]:
    first, _, rest = own.partition("\n")
    titled = first.lower().startswith("subject:")
    try:
        filled = (rest if titled else own).format_map(words)
        if titled:
            subject = first.partition(":")[2].strip().format_map(words)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        log.warn(
            "the template of {event} cannot be filled in: {error}", event=event, error=repr(error)
        )
        return subject, text
    return " ".join(subject.split()), filled
