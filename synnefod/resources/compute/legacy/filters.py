"""The filters of legacy lists, where the deployment heeds them (CMP-022)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from synnefod.common.errors import Malformed
from synnefod.compute.interface import Operstate, Wanted
from synnefod.resources.compute.reading import image_name, integer
from synnefod.resources.door import Call

T = TypeVar("T")
_STATES = {
    "BUILD": Operstate.BUILD,
    "ACTIVE": Operstate.STARTED,
    "REBOOT": Operstate.STARTED,
    "STOPPED": Operstate.STOPPED,
    "ERROR": Operstate.ERROR,
    "DELETED": Operstate.DESTROYED,
}


def _number(call: Call, name: str) -> int | None:
    text = call.query.one(name)
    return None if text is None else integer(text, name)


def read_filters(call: Call, since: int | None) -> Wanted:
    """Of servers. Raises Malformed."""
    name, image, status = (call.query.one(each) for each in ("name", "image", "status"))
    server = _number(call, "server")
    state = None
    if status is not None:
        state = _STATES.get(status.upper())
        if state is None:
            raise Malformed(f"There is no status '{status[:64]}'.")
    return Wanted(
        name=None if name is None else re.escape(name),
        states=None if state is None else frozenset((state,)),
        flavor=_number(call, "flavor"),
        image=None if image is None else image_name(image),
        ids=None if server is None else (server,),
        since=since,
        after=_number(call, "marker"),
        limit=_number(call, "limit"),
    )


def chosen(call: Call, found: Sequence[T], fits: Callable[[T, str, str], bool]) -> list[T]:
    """Of anything else that has a number, in order: what `fits` each of the filters named."""
    kept = list(found)
    for name in ("name", "status", "server"):
        value = call.query.one(name)
        if value is not None:
            kept = [each for each in kept if fits(each, name, value)]
    marker, limit = _number(call, "marker"), _number(call, "limit")
    if marker is not None:
        kept = [each for each in kept if fits(each, "marker", str(marker))]
    return kept if limit is None else kept[:limit]
