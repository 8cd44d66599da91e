"""A folder as a sync sees it: its files, which of them count, and changes that lose nothing."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

import pathspec
from attrs import define, field

from synnefod.user.maps import Stamp, stamp
from synnefod.user.refusals import Changed
from synnefod.user.state import FOLDER

IGNORE = ".synnefoignore"


@define
class Folder:
    """`root` and what its ignore file (the syntax of .gitignore) leaves out."""

    root: Path
    strange: list[str] = field(factory=list, init=False)
    """Names that cannot be synced, and why."""
    _ignored: pathspec.GitIgnoreSpec = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.look()

    def look(self) -> None:
        """Reads the ignore file."""
        lines: list[str] = []
        with suppress(FileNotFoundError):
            lines = (self.root / IGNORE).read_text("utf-8", "replace").splitlines()
        self._ignored = pathspec.GitIgnoreSpec.from_lines(lines)

    def counts(self, path: str) -> bool:
        """Whether a name is synced; ours is not, and none that could leave the folder."""
        parts = path.split("/")
        if parts[0] == FOLDER or self._ignored.match_file(path):
            return False
        if path.endswith("/"):
            return False
        if any(part in ("", ".", "..") or len(os.fsencode(part)) > 255 for part in parts):
            self.strange.append(f"{path!r} cannot be a file's name here")
            return False
        return "\0" not in path

    def files(self) -> Iterator[tuple[str, Stamp]]:
        """The regular files that count; links and devices do not."""
        self.strange.clear()
        yield from self._below(self.root, "")

    def _below(self, folder: Path, prefix: str) -> Iterator[tuple[str, Stamp]]:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            path = prefix + entry.name
            try:
                path.encode("utf-8")
            except UnicodeEncodeError:
                self.strange.append(f"{os.fsencode(path)!r} is no UTF-8")
                continue
            if entry.is_dir(follow_symlinks=False):
                if (not prefix and entry.name == FOLDER) or self._ignored.match_file(path + "/"):
                    continue
                yield from self._below(Path(entry.path), path + "/")
            elif self.counts(path):
                found = stamp(Path(entry.path))
                if found is not None:
                    yield path, found

    def at(self, path: str) -> Path:
        """Raises Changed if the way there leads over a link, out of the folder."""
        way = self.root
        for part in PurePosixPath(path).parent.parts:
            way = way / part
            if way.is_symlink():
                raise Changed(f"{way} is a link")
        return self.root / path

    def place(self, aside: Path, path: str, expected: Stamp | None) -> Stamp:
        """Gives a complete file its name, if what has the name is still what is `expected`.

        Raises Changed if it is not, OSError where a folder or a file is in the way.
        """
        target = self.at(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if expected is None:
            try:
                _place_new(aside, target)
            except FileExistsError:
                raise Changed(f"{path} has appeared here") from None
        else:
            if stamp(target) != expected:
                raise Changed(f"{path} was changed here")
            os.replace(aside, target)
        made = stamp(target)
        if made is None:
            raise Changed(f"{path} was changed here")
        return made

    def remove(self, path: str, expected: Stamp) -> None:
        """Raises Changed if it is not what is expected. Folders left empty go too."""
        target = self.at(path)
        if stamp(target) != expected:
            raise Changed(f"{path} was changed here")
        os.unlink(target)
        for parent in target.parents:
            if parent == self.root:
                break
            try:
                parent.rmdir()
            except OSError:
                break

    def step_aside(self, path: str, expected: Stamp) -> str:
        """Renames a file to a name of its own, which tells of the conflict; the name."""
        target = self.at(path)
        if stamp(target) != expected:
            raise Changed(f"{path} was changed here")
        whole = PurePosixPath(path)
        when = time.strftime("%Y-%m-%d %H%M%S")
        stem, suffix = _cut(whole.stem, 120), _cut(whole.suffix, 40)
        for number in range(1, 1000):
            more = f" {number}" if number > 1 else ""
            name = f"{stem} (conflict, {_cut(socket.gethostname(), 40)}, {when}{more}){suffix}"
            other = target.with_name(name)
            try:
                os.close(os.open(other, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                continue
            # Over our own empty file; whatever has the name by now is what steps aside.
            os.rename(target, other)
            return str(whole.with_name(name))
        raise Changed(f"{path} has too many conflicts")


def _cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8."""
    return text.encode()[:most].decode("utf-8", "ignore")


def _place_new(aside: Path, target: Path) -> None:
    """Never over another's file. Raises FileExistsError."""
    try:
        os.link(aside, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        os.replace(aside, target)  # a filesystem without links
    else:
        os.unlink(aside)
