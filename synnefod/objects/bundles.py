"""Many files as one download, and files found by their names (web-ui.md UI-188, UI-189)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId, new_token
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS
from synnefod.objects import access, listing, reading
from synnefod.objects.interface import (
    Bundle,
    NoSuchObject,
    Object,
    ObjectQuery,
    Place,
    Subdir,
    pithos_query,
)
from synnefod.objects.parts import Parts
from synnefod.objects.reading import describe
from synnefod.objects.records import bundles, permissions
from synnefod.store.interface import Tx

LIFE = 60 * MICROSECONDS
"""A ticket is for the download that follows at once."""
MOST_NAMES = 1000
MOST_WORDS = 10
FOLDERS = ("application/directory", "application/folder")
_OLDEST = (1980, 1, 1, 0, 0, 0)


async def promise(parts: Parts, principal: Principal, bundle: Bundle) -> str:
    """See `Beyond.promise_bundle`."""
    if not 0 < len(bundle.names) <= MOST_NAMES:
        raise Malformed(f"Name 1 to {MOST_NAMES} files or folders.")
    for name in bundle.names:
        access.checked(bundle.account, bundle.container, name)
    # Raises when the asker sees nothing of it.
    await listing.objects(parts, principal, bundle.account, bundle.container, ObjectQuery(limit=1))
    ticket = new_token()
    now = parts.now()

    async def body(tx: Tx) -> None:
        kept = (principal.user, bundle.account, bundle.container, bundle.names, now + LIFE)
        await bundles.keep(tx, _digest(ticket), kept, now)

    await parts.store.transact("promise a bundle", body)
    return ticket


async def redeem(parts: Parts, ticket: str) -> tuple[str, AsyncIterator[bytes]]:
    """See `Beyond.bundle`."""

    async def body(tx: Tx) -> bundles.Ticket | None:
        return await bundles.take(tx, _digest(ticket))

    found = await parts.store.transact("redeem a bundle", body)
    if found is None or found[4] < parts.now():
        raise NoSuchObject
    asker, account, container, names, _ = found
    only = names[0] if len(names) == 1 else container
    bundle = Bundle(account, container, names)
    return f"{_base(only)}.zip", _zipped(parts, Principal(UserId(asker), "", None), bundle)


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest()


async def search(
    parts: Parts, principal: Principal, text: str, container: str | None, limit: int
) -> list[Object]:
    """See `Beyond.search`."""
    access.checked_text(text)
    words = text.split()[:MOST_WORDS]
    if not words:
        return []
    account = principal.user

    async def body(tx: Tx) -> list[Object]:
        found = await bundles.with_words(tx, account, words, container, limit)
        nodes = [each.listed.node for each in found]
        shared = await permissions.of_nodes(tx, None, nodes) if nodes else {}
        tokens = await permissions.tokens(tx, None, nodes) if nodes else {}
        return [
            describe(
                account,
                each.container,
                each.listed.name,
                each.listed.version,
                each.listed.modified,
                sharing=shared.get(each.listed.node),
                public=tokens.get(each.listed.node),
            )
            for each in found
        ]

    return await parts.store.read("search for files", body)


class _Sink:
    """What a ZipFile writes to: it cannot seek, and is emptied as it fills."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


async def _zipped(parts: Parts, asker: Principal, bundle: Bundle) -> AsyncIterator[bytes]:
    """The archive, as it is made; files are stored as they are, for most are packed already."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_STORED) as archive:
        for name in bundle.names:
            above = name.removesuffix(_base(name))
            async for found in _members(parts, asker, bundle, name):
                inside = _safe(found.name.removeprefix(above))
                folder = found.content_type.partition(";")[0].strip() in FOLDERS
                info = ZipInfo(f"{inside}/" if folder else inside, _date(found))
                info.file_size = found.size
                try:
                    opened = await reading.open(
                        parts, asker, Place(bundle.account, bundle.container, found.name)
                    )
                except (NotFound, Forbidden):
                    continue
                with archive.open(info, "w", force_zip64=found.size >= 1 << 31) as entry:
                    if not folder:
                        async for piece in await opened.data():
                            entry.write(piece)
                            yield sink.taken()
                yield sink.taken()
    yield sink.taken()


async def _members(
    parts: Parts, asker: Principal, bundle: Bundle, name: str
) -> AsyncIterator[Object]:
    """The object of this name, and all below it."""
    place = Place(bundle.account, bundle.container, name)
    with suppress(NotFound, Forbidden):
        yield (await reading.head(parts, asker, place)).object
    marker = ""
    while True:
        query = pithos_query(prefix=f"{name}/", marker=marker)
        try:
            page = await listing.objects(parts, asker, bundle.account, bundle.container, query)
        except Forbidden:
            return
        for entry in page.entries:
            if not isinstance(entry, Subdir):
                yield entry
                marker = entry.name
        if not page.truncated:
            return


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _safe(name: str) -> str:
    """A path that stays below the folder where it is unpacked, whatever the unpacker."""
    parts = [part.replace("\\", "_") for part in name.split("/")]
    return "/".join("_" if part in ("", ".", "..") else part for part in parts)


def _date(found: Object) -> tuple[int, int, int, int, int, int]:
    when = datetime.fromtimestamp(found.modified / MICROSECONDS, UTC)
    return max(_OLDEST, (when.year, when.month, when.day, when.hour, when.minute, when.second))
