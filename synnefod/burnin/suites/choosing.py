"""Flavors and images by `name:REGEX` or `id:ID`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from synnefod.burnin.cloud import Cloud, Failed


def chosen(things: Sequence[Any], wanted: Sequence[str], what: str) -> list[Any]:
    """Those that any of the words names; without words all. Raises Failed when none is left."""
    if not wanted:
        found = list(things)
    else:
        found = [thing for thing in things if any(_is(thing, word) for word in wanted)]
    if not found:
        raise Failed(f"there is no {what} for {', '.join(wanted) or 'a test'}")
    return found


def _is(thing: Any, word: str) -> bool:
    kind, _, value = word.partition(":")
    if kind == "id":
        return str(thing["id"]) == value
    if kind == "name":
        return re.match(value, thing["name"], re.IGNORECASE) is not None
    raise Failed(f"{word!r} is neither name:REGEX nor id:ID")


def flavors(cloud: Cloud, wanted: Sequence[str]) -> list[Any]:
    """Those of which servers may be made, the smallest first."""
    found = cloud.get("compute", "/flavors/detail")["flavors"]
    usable = [flavor for flavor in found if flavor.get("SNF:allow_create", True)]
    kept = chosen(usable, wanted, "flavor")
    return sorted(kept, key=lambda flavor: (flavor["disk"], flavor["ram"], flavor["vcpus"]))


def images(cloud: Cloud, wanted: Sequence[str]) -> list[Any]:
    """Those that a server can be made of."""
    found = cloud.get("image", "/images/detail")["images"]
    usable = [image for image in found if image["status"].upper() == "AVAILABLE"]
    return chosen(usable, wanted, "image")
