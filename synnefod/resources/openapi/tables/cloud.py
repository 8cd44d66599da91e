"""`/cloud/v1`, `/admin/v1`, and what tells how the daemon is."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.cloud.audit import AuditNoun
from synnefod.resources.cloud.events import EventNoun
from synnefod.resources.cloud.notices import NoticeNoun
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.noun import Documents
from synnefod.resources.openapi.said import Said, Table, content
from synnefod.resources.openapi.tables import ANY, STRINGS
from synnefod.resources.ops.health import Health
from synnefod.resources.ops.metrics import Metrics
from synnefod.resources.ops.published import Desk

NOTICE = Named(
    "Notice",
    {
        "id": int,
        "level": Literal["info", "warning", "critical"],
        "texts": STRINGS,
        "starts": str,
        "ends": str | None,
        "read_only": bool,
    },
)
AUDIT = Named(
    "AuditRow",
    {
        "id": int,
        "time": str,
        "actor": str | None,
        "as": str | None,
        "via": str | None,
        "peer": str | None,
        "action": str,
        "target": str | None,
        "project": str | None,
        "request_id": str | None,
        "outcome": str,
        "reason": str | None,
        "seq": int | None,
        "hash": str | None,
        "*": ANY,
    },
)
AUDIT_FILTERS = (
    "action",
    "actor",
    "limit",
    "marker",
    "outcome",
    "request",
    "since",
    "target",
)
CHECK = Named("Check", {"name": str, "ok": bool, "required": bool, "since": str, "reason?": str})
READINESS = {"ready": bool, "checks?": [CHECK], "draining?": bool, "*": ANY}
DOCUMENT = Named(
    "OpenApi",
    {
        "openapi": str,
        "info": {"*": ANY},
        "paths": {"*": {"*": ANY}},
        "*": ANY,
    },
)
ROW = {"*": ANY}
VERB = Said(
    Named(
        "VerbAnswer",
        {"rows?": [ROW], "row?": (ROW, None), "tables?": {"*": [ROW]}, "*": ANY},
    ),
    query=("filter", "limit", "offset", "sort", "text"),
)
"""What every verb of the administrator answers: rows, or one row with tables."""
SAID: Table = {
    NoticeNoun.current: Said({"notices": [NOTICE], "read_only": bool}),
    NoticeNoun.add: Said({"notice": NOTICE}),
    NoticeNoun.remove: Said(None),
    EventNoun.stream: Said(
        content("text/event-stream"), query=("after",), headers=("Last-Event-ID",)
    ),
    AuditNoun.search: Said({"audit": [AUDIT], "next?": str | None}, query=AUDIT_FILTERS),
    Desk.index: Said({"verbs": [str], "rights": [str]}),
    Health.alive: Said({"alive": bool}),
    Health.ready: Said({200: READINESS, 503: READINESS}),
    Documents.everything: Said(DOCUMENT),
    Documents.one: Said(DOCUMENT),
    Metrics.show: Said(content("text/plain", "application/openmetrics-text")),
}
