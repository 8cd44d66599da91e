"""JSON for pages of other hosts that know no better way."""

from __future__ import annotations

import re

from synnefod.common.errors import Malformed
from synnefod.common.jsonio import dump_text
from synnefod.resources.call import Call, Reply

_CALLBACK = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*", re.ASCII)


def json_or_call(call: Call, body: object) -> Reply:
    """`body` as JSON, or with the parameter `callback` as a call of that function. Never with
    anything secret. Raises Malformed for what is no name of a function (AST-158)."""
    callback = call.query.one("callback")
    if callback is None:
        return Reply(body)
    if len(callback) > 64 or not _CALLBACK.fullmatch(callback):
        raise Malformed("The callback is no name of a function.")
    return Reply(
        f"/**/{callback}({dump_text(body)})",
        headers={"X-Content-Type-Options": "nosniff"},
        content_type="application/javascript; charset=UTF-8",
    )
