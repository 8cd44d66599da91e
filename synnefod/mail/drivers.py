"""The table of mail drivers."""

from __future__ import annotations

from pathlib import Path

from synnefod.common.clockwork import IClock
from synnefod.common.threads import IThreads
from synnefod.mail.folder import FolderMailer
from synnefod.mail.interface import Mailer
from synnefod.mail.smtp import SmtpMailer, SmtpServer

DRIVERS = ("folder", "smtp")


def mailer(
    driver: str,
    sender: str,
    clock: IClock,
    threads: IThreads,
    *,
    folder: Path,
    server: SmtpServer | None = None,
) -> Mailer:
    """The driver of this name. Raises ValueError for an unknown one, or SMTP without a server."""
    if driver == "folder":
        return FolderMailer(folder, sender, clock, threads)
    if driver == "smtp" and server is not None:
        return SmtpMailer(server, sender, clock, threads)
    raise ValueError(f"no such mail driver: {driver}; there are {', '.join(DRIVERS)}")
