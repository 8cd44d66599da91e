"""`changes-since`, as Synnefo's own lists of servers, images and volumes take it (CMP-017)."""

from __future__ import annotations

import re

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed
from synnefod.common.text import micros, parse_iso
from synnefod.resources.door import Call

_MICRO = 1_000_000
_ZONED = re.compile(r"T.*(Z|[+-][0-9:]{2,6})\Z")


def changes_since(call: Call, clock: IClock, poll_limit: int) -> int | None:
    """Microseconds since the epoch; None without one. Raises Malformed (CMP-018, CMP-019)."""
    text = call.query.one("changes-since")
    if text is None:
        return None
    text = text.replace(" ", "+")
    since = parse_iso(text, "changes-since date")
    now = micros(clock.seconds())
    if not _ZONED.search(text):
        raise Malformed("The changes-since date has no time zone.")
    if since > now:
        raise Malformed("The changes-since date lies in the future.")
    if now - since > poll_limit * _MICRO:
        raise Malformed("Too old changes-since value.")
    return since
