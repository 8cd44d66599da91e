"""What a synced folder and its container were when they were last equal, in SQLite.

`.synnefo/state.db` in the folder, so it moves with it, and a folder that is not there (a disk that
is not mounted) has no state either and deletes nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from synnefod.user.maps import Stamp
from synnefod.user.refusals import USAGE, Failure

FOLDER = ".synnefo"
_SCHEMA = """
create table if not exists place (one integer primary key check (one = 1), place text not null);
create table if not exists base (
    path text primary key, size integer not null, hash text not null
) without rowid;
create table if not exists seen (
    path text primary key, size integer not null, mtime integer not null, inode integer not null,
    ctime integer not null, hash text not null
) without rowid;
"""


@frozen
class Content:
    """What a file holds. Two of one size and hash hold the same."""

    size: int
    hash: str


class State:
    """Opened for one place in the cloud; one process at a time. Raises Failure if the folder is
    synced with another place, or by another process just now."""

    def __init__(self, folder: Path, place: str) -> None:
        self.folder = folder / FOLDER
        self.folder.mkdir(exist_ok=True, mode=0o700)
        path = self.folder / "state.db"
        self._sql = sqlite3.connect(path, isolation_level=None, timeout=1, check_same_thread=False)
        try:
            self._sql.execute("pragma locking_mode = exclusive")
            self._sql.execute("pragma journal_mode = wal")
            self._sql.execute("begin exclusive")
            for statement in _SCHEMA.split(";"):
                self._sql.execute(statement)
            self._sql.execute("insert or ignore into place values (1, ?)", (place,))
            self._sql.execute("commit")
        except sqlite3.OperationalError as error:
            self._sql.close()
            raise Failure(f"{folder} is being synced by another process ({error})") from None
        except sqlite3.DatabaseError as error:
            self._sql.close()
            raise Failure(f"{path} cannot be used: {error}") from None
        [(found,)] = self._sql.execute("select place from place")
        if found != place:
            self._sql.close()
            raise Failure(f"{folder} is synced with {found}, not with {place}", USAGE)

    def close(self) -> None:
        self._sql.close()

    def base(self) -> dict[str, Content]:
        rows = self._sql.execute("select path, size, hash from base")
        return {path: Content(size, hash) for path, size, hash in rows}

    def agreed(self, path: str, content: Content | None) -> None:
        """Both sides hold this now; None: neither has it."""
        if content is None:
            self._sql.execute("delete from base where path = ?", (path,))
        else:
            row = (path, content.size, content.hash)
            self._sql.execute("insert or replace into base values (?, ?, ?)", row)

    def seen(self) -> dict[str, tuple[Stamp, str]]:
        """Files by their stamps, so that untouched ones need not be read."""
        rows = self._sql.execute("select path, size, mtime, inode, ctime, hash from seen")
        return {path: (Stamp(*stamp), hash) for path, *stamp, hash in rows}

    def saw(self, files: Mapping[str, tuple[Stamp, str]]) -> None:
        rows = [
            (path, stamp.size, stamp.mtime, stamp.inode, stamp.ctime, hash)
            for path, (stamp, hash) in files.items()
        ]
        self._sql.execute("begin")
        self._sql.execute("delete from seen")
        self._sql.executemany("insert into seen values (?, ?, ?, ?, ?, ?)", rows)
        self._sql.execute("commit")
