"""Notices: everybody reads them, administrators hang them up (OPS-163, web-ui.md 5)."""

from __future__ import annotations

from typing import Any

import msgspec

from synnefod.common.errors import Forbidden
from synnefod.common.text import iso_offset, parse_iso
from synnefod.notices.interface import Level, NewNotice, Notice, Notices
from synnefod.resources.call import Call
from synnefod.resources.door import route

Json = dict[str, Any]


class Wanted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`texts` by language, "en" always; `starts` and `ends` are ISO 8601."""

    texts: dict[str, str]
    level: Level = "info"
    starts: str | None = None
    ends: str | None = None
    read_only: bool = False


class NoticeNoun:
    def __init__(self, notices: Notices) -> None:
        self.notices = notices

    @route("GET", "/notices", auth=False)
    async def current(self, call: Call) -> Json:
        """Those that stand now; `read_only` says whether the cloud is in maintenance."""
        found = await self.notices.current()
        return {
            "notices": [shown(each) for each in found],
            "read_only": any(each.read_only for each in found),
        }

    @route("POST", "/notices", body=Wanted, status=201, always=True)
    async def add(self, call: Call) -> Json:
        admit(call)
        made = await self.notices.add(as_new(call.body), call.principal.name)
        return {"notice": shown(made)}

    @route("DELETE", "/notices/<int:number>", status=204, always=True)
    async def remove(self, call: Call, number: int) -> None:
        admit(call)
        await self.notices.remove(min(number, 2**63 - 1))


def admit(call: Call) -> None:
    """Raises Forbidden unless an administrator asks."""
    if not call.principal.is_admin:
        raise Forbidden("Only administrators may do this.")


def as_new(wanted: Wanted) -> NewNotice:
    """Raises Malformed for a moment that is none."""
    return NewNotice(
        wanted.texts,
        wanted.level,
        None if wanted.starts is None else parse_iso(wanted.starts, "starts"),
        None if wanted.ends is None else parse_iso(wanted.ends, "ends"),
        wanted.read_only,
    )


def shown(notice: Notice) -> Json:
    return {
        "id": notice.id,
        "level": notice.level,
        "texts": dict(notice.texts),
        "starts": iso_offset(notice.starts),
        "ends": None if notice.ends is None else iso_offset(notice.ends),
        "read_only": notice.read_only,
    }
