"""The audit log over HTTP: administrators see all of it, people what they did (15.8)."""

from __future__ import annotations

from typing import Any, cast

from synnefod.audit.interface import Audit, Entry, Outcome, Search
from synnefod.common.errors import Malformed
from synnefod.common.text import iso_offset, parse_iso
from synnefod.resources.call import Call, Query
from synnefod.resources.door import route

Json = dict[str, Any]
_OUTCOMES = ("done", "refused", "failed")


class AuditNoun:
    def __init__(self, audit: Audit) -> None:
        self.audit = audit

    @route("GET", "/audit")
    async def search(self, call: Call) -> Json:
        """Newest first; `next` is the `marker` of the page after, absent at the end."""
        wanted = asked(call.query, None if call.principal.is_admin else call.principal.user)
        found = await self.audit.search(wanted)
        answer: Json = {"audit": [shown(each) for each in found]}
        if len(found) == wanted.limit:
            answer["next"] = str(found[-1].id)
        return answer


def asked(query: Query, only: str | None) -> Search:
    """What the query wants, of nobody but `only`. Raises Malformed."""
    limit = _number(query, "limit")
    outcome, since = query.one("outcome"), query.one("since")
    if outcome is not None and outcome not in _OUTCOMES:
        raise Malformed(f"outcome is one of {', '.join(_OUTCOMES)}.")
    return Search(
        actor=only or query.one("actor"),
        action=query.one("action"),
        target=query.one("target"),
        outcome=cast("Outcome | None", outcome),
        request=query.one("request"),
        since=None if since is None else parse_iso(since, "since"),
        before=_number(query, "marker"),
        limit=100 if limit is None else limit,
    )


def shown(entry: Entry) -> Json:
    deed = entry.deed
    return {
        "id": entry.id,
        "time": iso_offset(entry.moment),
        "actor": deed.actor,
        "as": deed.acting_for,
        "via": deed.via,
        "peer": deed.peer,
        "action": deed.action,
        "target": deed.target,
        "project": deed.project,
        "request_id": deed.request,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "seq": entry.seq,
        "hash": entry.hash,
    }


def _number(query: Query, name: str) -> int | None:
    text = query.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Malformed(f"{name} is not a number.")
    return int(text)
