"""Microversions: what the client asks, what we offer, what every answer says (CMP-402)."""

from __future__ import annotations

import re

from attrs import evolve

from synnefod.common.errors import Malformed, Refusal
from synnefod.resources import faults
from synnefod.resources.door import Call, Reply

Version = tuple[int, int]
LEAST: Version = (2, 1)
MOST: Version = (2, 60)
_FORM = re.compile(r"([1-9][0-9]{0,3})\.([0-9]{1,4})")
_NOVA = "X-OpenStack-Nova-API-Version"
_GENERAL = "OpenStack-API-Version"


class VersionUnsupported(Refusal):
    """The microversion is not offered."""


faults.register(VersionUnsupported, faults.Row(406, "notAcceptable", "notAcceptable"))


def version(call: Call) -> Version:
    """The microversion of a request; 2.1 when none is named.

    Raises Malformed for what is no version, VersionUnsupported for one that is not offered.
    """
    text = None
    for item in (call.headers.get(_GENERAL) or "").split(","):
        service, _, number = item.strip().partition(" ")
        if service.lower() == "compute" and number:
            text = number.strip()
    text = text or call.headers.get(_NOVA)
    if not text:
        return LEAST
    if text == "latest":
        return MOST
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise Malformed(f"API Version String {text[:32]} is of invalid format.")
    asked = (int(found[1]), int(found[2]))
    if not LEAST <= asked <= MOST:
        raise VersionUnsupported(
            f"Version {text} is not supported by the API. Minimum is {shown(LEAST)}"
            f" and maximum is {shown(MOST)}."
        )
    return asked


def shown(number: Version) -> str:
    return f"{number[0]}.{number[1]}"


def decorate(call: Call, reply: Reply) -> Reply:
    """The mount's `decorate`: says which version the answer is written in."""
    try:
        number = shown(version(call))
    except Refusal:
        return reply
    headers = {
        _GENERAL: f"compute {number}",
        _NOVA: number,
        "Vary": f"{_GENERAL}, {_NOVA}",
    }
    return evolve(reply, headers={**headers, **reply.headers})
