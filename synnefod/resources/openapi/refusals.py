"""How each dialect refuses, as the answers of a document (`resources/faults` makes them)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.resources.faults import LEGACY
from synnefod.resources.openapi.notation import Named, Shape
from synnefod.resources.openapi.said import TEXT

ANY = Any
KEYSTONE = Named("KeystoneFault", {"error": {"code": int, "title": str, "message": str}})
LEGACY_FAULT = Named(
    "SynnefoFault", {"*": {"code": int, "message": str, "details": (str, {"*": ANY})}}
)
"""The one member is the name of the fault, like `itemNotFound`."""
NOVA = Named("NovaFault", {"*": {"code": int, "message": str, "retryAfter?": str}})
NEUTRON = Named("NeutronFault", {"NeutronError": {"type": str, "message": str, "detail": str}})
GLANCE = Named("GlanceFault", {"message": str, "code": str, "title": str})
OPS = Named("Fault", {"error": {"code": int, "message": str}})
_SHAPES: Mapping[str, Shape] = {
    "keystone": KEYSTONE,
    "astakos": LEGACY_FAULT,
    "pithos": LEGACY_FAULT,
    "cyclades": LEGACY_FAULT,
    "nova": NOVA,
    "cinder": NOVA,
    "neutron": NEUTRON,
    "glance": GLANCE,
    "ops": OPS,
}
STATUSES = ("4XX", "501", "503")
"""What any call may be refused with. 500 is a defect and in no document."""
_TEXTS = {
    "4XX": "What was sent, or who sent it, is refused.",
    "401": "A token is missing, unknown or over.",
    "404": "There is nothing here, or nothing that the asker may see.",
    "501": "Not offered here.",
    "503": "For the moment it cannot be done; `Retry-After` says when to ask again.",
    "507": "There is no room.",
}


def content_of(dialect: str, status: str) -> Mapping[str, Shape]:
    """The media types of a refusal and their shapes."""
    if dialect == "swift":
        return {"text/html": TEXT, "text/plain": TEXT}
    shape = _SHAPES[dialect]
    if status == "401" and dialect not in LEGACY and dialect != "ops":
        shape = KEYSTONE
    if dialect in ("astakos", "pithos"):
        return {"application/json": shape, "application/xml": TEXT}
    return {"application/json": shape}


def statuses(dialect: str) -> tuple[str, ...]:
    extra = ("401",) if dialect not in LEGACY and dialect not in ("ops", "swift") else ()
    return (*extra, *STATUSES, *(("507",) if dialect == "swift" else ()))


def text_of(status: str) -> str:
    return _TEXTS[status]
