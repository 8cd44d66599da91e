"""Mail as files in a folder: the default of an installation that has no mail server.

Each letter is a file `<microseconds>-<random>.eml`, whole or not there at all: it is written under
another name, brought to the disk and renamed.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from attrs import frozen
from zope.interface import implementer

from synnefod.common.clockwork import IClock
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros
from synnefod.common.threads import IThreads
from synnefod.mail.interface import IMailer, Letter, MailUnavailable
from synnefod.mail.message import message


@implementer(IMailer)
@frozen
class FolderMailer:
    """Files are readable by their owner alone: letters hold links that open accounts."""

    folder: Path
    sender: str
    clock: IClock
    threads: IThreads

    async def send(self, letter: Letter) -> None:
        refuse_inside("mail")
        now = self.clock.seconds()
        raw = bytes(message(letter, self.sender, now))
        name = f"{micros(now)}-{secrets.token_hex(4)}.eml"
        try:
            await self.threads.disk(self._write, name, raw)
        except OSError as error:
            raise MailUnavailable(f"The mail cannot be written: {error.strerror}.") from None

    def _write(self, name: str, raw: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.folder / f".{name}.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
