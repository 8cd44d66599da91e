"""Notices and maintenance, for the administrator's command (OPS-163)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.text import parse_iso
from synnefod.notices.interface import Level, NewNotice, Notice, Notices
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Number, Row, when


class Wanted(Body):
    """`texts` by language; `starts` and `ends` are ISO 8601."""

    texts: dict[str, str]
    level: Level = "info"
    starts: str | None = None
    ends: str | None = None
    read_only: bool = False


class Numbered(Body):
    id: Number


@frozen
class NoticeVerbs:
    """notice-add, notice-list, notice-remove, maintenance."""

    notices: Notices

    @route("POST", "/v1/notice-add", body=Wanted, auth=False)
    async def add(self, call: Call) -> Row:
        body: Wanted = call.body
        new = NewNotice(
            body.texts,
            body.level,
            None if body.starts is None else parse_iso(body.starts, "starts"),
            None if body.ends is None else parse_iso(body.ends, "ends"),
            body.read_only,
        )
        return {"row": _row(await self.notices.add(new, "administrator"))}

    @route("POST", "/v1/notice-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [_row(each) for each in await self.notices.listing()]}

    @route("POST", "/v1/notice-remove", body=Numbered, auth=False)
    async def remove(self, call: Call) -> Row:
        await self.notices.remove(call.body.id)
        return {"row": {"removed": call.body.id}}

    @route("POST", "/v1/maintenance-end", body=Nothing, auth=False)
    async def end(self, call: Call) -> Row:
        return {"row": {"ended": await self.notices.end_maintenance()}}

    @route("POST", "/v1/maintenance-show", body=Nothing, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        notice = await self.notices.maintenance()
        return {"row": {"read_only": notice is not None} | (_row(notice) if notice else {})}


def _row(notice: Notice) -> Row:
    return {
        "id": notice.id,
        "level": notice.level,
        "text": notice.texts.get("en"),
        "starts": when(notice.starts),
        "ends": when(notice.ends),
        "read_only": notice.read_only,
        "author": notice.author,
    }
