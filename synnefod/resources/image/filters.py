"""Which images a list shows, in which order, from where on: the query languages of both APIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.common.text import parse_iso
from synnefod.images.interface import Image
from synnefod.resources.door import Query
from synnefod.resources.image.views import image_brief, image_v2, visibility

DEFAULT_PAGE = 25
LARGEST_PAGE = 1000
_SORT_KEYS = {
    "id": lambda image: image.id,
    "name": lambda image: image.name,
    "status": lambda image: image.status,
    "size": lambda image: image.size or 0,
    "disk_format": lambda image: image.disk_format or "",
    "container_format": lambda image: image.container_format or "",
    "created_at": lambda image: image.created,
    "updated_at": lambda image: image.updated,
}
_PAGING = {"limit", "marker", "sort", "sort_key", "sort_dir", "sort_key[]", "sort_dir[]"}
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
}


def page_v2(images: Iterable[Image], query: Query, user: UserId) -> tuple[list[Image], bool]:
    """A page of Glance v2 for `user`, and whether more follow. Raises Malformed for a wrong
    parameter."""
    every = query.one("visibility") in ("all", "community")
    wanted = [
        image
        for image in images
        if (every or listed_for(image, user))
        and _shared_with(image, query, user)
        and _matches_v2(image, query)
    ]
    _sort(wanted, _orders(query))
    marker = query.one("marker")
    if marker:
        places = [index for index, image in enumerate(wanted) if image.id == marker]
        if not places:
            raise Malformed(f"No image of the list has the id '{marker[:64]}' (marker).")
        wanted = wanted[places[0] + 1 :]
    limit = min(integer(query.one("limit") or str(DEFAULT_PAGE), "limit"), LARGEST_PAGE)
    return wanted[:limit], len(wanted) > limit


def listed_for(image: Image, user: UserId) -> bool:
    """Others' community images are found by their id only."""
    return image.owner == user or not image.community


def _shared_with(image: Image, query: Query, user: UserId) -> bool:
    """What others share with `user` is listed once it is accepted, or as `member_status` asks."""
    if image.owner == user or image.is_public or user not in image.members:
        return True
    wanted = query.one("member_status", "accepted")
    if wanted not in ("accepted", "pending", "rejected", "all"):
        raise Malformed(f"'{wanted[:64]}' is not the status of a member.")
    return wanted in ("all", image.member_status(user))


def _orders(query: Query) -> list[tuple[str, str]]:
    orders = []
    sort = query.one("sort")
    if sort:
        for term in sort.split(","):
            key, _, direction = term.partition(":")
            orders.append((key, direction or "desc"))
    else:
        directions = query.all("sort_dir")
        for index, key in enumerate(query.all("sort_key")):
            direction = directions[min(index, len(directions) - 1)] if directions else "desc"
            orders.append((key, direction))
    orders = orders or [("created_at", "desc")]
    for key, direction in orders:
        if key not in _SORT_KEYS:
            raise Malformed(f"'{key[:64]}' is not a key to sort by.")
        if direction not in ("asc", "desc"):
            raise Malformed(f"'{direction[:64]}' is not a direction to sort in: asc, desc.")
    return orders


def _sort(images: list[Image], orders: list[tuple[str, str]]) -> None:
    images.sort(key=lambda image: image.id)
    for key, direction in reversed(orders):
        images.sort(key=_SORT_KEYS[key], reverse=direction == "desc")


def _matches_v2(image: Image, query: Query) -> bool:
    shown = image_v2(image)
    hidden = query.one("os_hidden", "false").lower() == "true"
    if image.hidden != hidden:
        return False
    for name, value in query.items():
        if name in _PAGING or name in ("os_hidden", "member_status"):
            continue
        if not _term(image, shown, name, value):
            return False
    return True


def _term(image: Image, shown: dict[str, Any], name: str, value: str) -> bool:
    if name == "visibility":
        return value == "all" or value == visibility(image)
    if name == "owner":
        return value == image.owner
    if name == "tag":
        return value in image.tags
    if name == "size_min":
        return (image.size or 0) >= integer(value, name)
    if name == "size_max":
        return (image.size or 0) <= integer(value, name)
    if name in ("created_at", "updated_at"):
        operator, _, date = value.partition(":")
        if operator not in _COMPARE:
            operator, date = "eq", value
        moment = image.created if name == "created_at" else image.updated
        return _COMPARE[operator](moment // 1_000_000, parse_iso(date) // 1_000_000)
    found = shown.get(name)
    if value.startswith("in:"):
        choices = re.findall(r'"([^"]*)"|([^,]+)', value[3:])
        return found is not None and str(found) in {quoted or plain for quoted, plain in choices}
    if isinstance(found, bool):
        return str(found).lower() == value.lower()
    return found is not None and str(found) == value


def list_v1(images: Iterable[Image], query: Query, user: UserId) -> list[Image]:
    """Synnefo's filters and order (IMG-004 to IMG-006). Queued images are not shown there."""
    wanted = [
        image
        for image in images
        if image.status not in ("queued", "uploading") and listed_for(image, user)
    ]
    for name in ("name", "container_format", "disk_format", "status"):
        value = query.one(name)
        if value is not None:
            wanted = [image for image in wanted if str(image_brief(image)[name]) == value]
    least, most = query.one("size_min"), query.one("size_max")
    if least is not None:
        bound = integer(least, "size_min")
        wanted = [image for image in wanted if (image.size or 0) >= bound]
    if most is not None:
        bound = integer(most, "size_max")
        wanted = [image for image in wanted if (image.size or 0) <= bound]
    key = query.one("sort_key", "created_at")
    direction = query.one("sort_dir", "desc")
    if key not in _SORT_KEYS or direction not in ("asc", "desc"):
        raise Malformed("sort_key or sort_dir is not known.")
    _sort(wanted, [(key, direction)])
    return wanted


def integer(text: str, what: str) -> int:
    if re.fullmatch(r"[0-9]{1,18}", text) is None:
        raise Malformed(f"{what} must be a whole number, not '{text[:64]}'.")
    return int(text)
