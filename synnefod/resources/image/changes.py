"""What clients of both APIs may say of an image, turned into an ImageChange."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from attrs import evolve

from synnefod.common.errors import Conflict, Forbidden, Malformed
from synnefod.images.interface import Image, ImageChange
from synnefod.resources.door import Headers
from synnefod.resources.image.views import SHADOWED, image_v2

READ_ONLY = frozenset(
    {
        "status",
        "owner",
        "size",
        "virtual_size",
        "checksum",
        "os_hash_algo",
        "os_hash_value",
        "created_at",
        "updated_at",
        "self",
        "file",
        "schema",
        "locations",
        "direct_url",
        "deleted",
        "deleted_at",
    }
)
_TYPES: dict[str, tuple[type, ...]] = {
    "name": (str, type(None)),
    "disk_format": (str, type(None)),
    "container_format": (str, type(None)),
    "min_disk": (int,),
    "min_ram": (int,),
    "protected": (bool,),
    "os_hidden": (bool,),
    "visibility": (str,),
    "tags": (list,),
}
_VISIBILITIES: dict[str, dict[str, Any]] = {
    "public": {"public": True, "community": False},
    "community": {"public": True, "community": True},
    "shared": {"public": False, "community": False},
    "private": {"public": False, "community": False, "members": ()},
}
MOST_TAGS = 128


def change_v2(said: Mapping[str, Any]) -> ImageChange:
    """The attributes of a Glance v2 document. Raises Malformed, Forbidden for read-only ones."""
    for key in said:
        if key in READ_ONLY:
            raise Forbidden(f"Attribute '{key}' is read-only.")
    change = ImageChange()
    properties: dict[str, str | None] = {}
    for key, value in said.items():
        expected = _TYPES.get(key)
        if expected is None:
            if not isinstance(value, str):
                raise Malformed(f"Property '{key[:64]}' must be a string.")
            if key != SHADOWED:
                properties[key] = value
            continue
        if not isinstance(value, expected) or (expected == (int,) and isinstance(value, bool)):
            raise Malformed(f"Attribute '{key}' has the wrong type.")
        change = _set(change, key, value)
    if said.get(SHADOWED) in ("extdump", "ntfsdump"):
        change = evolve(change, disk_format=said[SHADOWED])
    return evolve(change, properties=properties)


def _set(change: ImageChange, key: str, value: Any) -> ImageChange:
    if key == "visibility":
        if value not in _VISIBILITIES:
            raise Malformed(f"'{value[:64]}' is not a visibility: {', '.join(_VISIBILITIES)}.")
        return evolve(change, **_VISIBILITIES[value])
    if key == "tags":
        return evolve(change, tags=_tags(value))
    if key == "disk_format" and value is not None:
        if value != "raw":
            raise Malformed(f"disk_format '{value[:64]}' is not supported: convert it to raw.")
        value = "diskdump"
    if key == "os_hidden":
        return evolve(change, hidden=value)
    if key in ("name", "disk_format", "container_format") and value is None:
        value = ""
    return evolve(change, **{key: value})


def _tags(value: list[Any]) -> tuple[str, ...]:
    if len(value) > MOST_TAGS or not all(
        isinstance(tag, str) and 0 < len(tag) <= 255 for tag in value
    ):
        raise Malformed(f"tags are at most {MOST_TAGS} strings of 1 to 255 characters.")
    return tuple(value)


def patched_v2(image: Image, patch: Any) -> ImageChange:
    """The change that a JSON patch makes of an image. Raises Malformed, Forbidden, Conflict."""
    if not isinstance(patch, list):
        raise Malformed("A patch is a list of operations.")
    before = image_v2(image)
    after = dict(before)
    touched: dict[str, bool] = {}
    for operation in patch:
        operation = _operation(operation)
        name = _pointer(operation)
        verb = operation.get("op")
        if name in READ_ONLY or name == "id":
            raise Forbidden(f"Attribute '{name}' is read-only.")
        if verb in ("replace", "remove") and name not in after:
            raise Conflict(f"Property {name} does not exist.")
        if verb == "remove":
            if name in _TYPES:
                raise Forbidden(f"Attribute '{name}' may not be removed.")
            after.pop(name)
        elif verb in ("add", "replace"):
            if "value" not in operation:
                raise Malformed("The operation has no value.")
            after[name] = operation["value"]
        else:
            raise Malformed("An operation is one of add, replace, remove.")
        touched[name] = True
    change = change_v2({name: after[name] for name in touched if name in after})
    removed = {name: None for name in touched if name not in after}
    return evolve(change, properties={**change.properties, **removed})


def _operation(said: Any) -> Any:
    """One of the older media type (`{"replace": "/name", ...}`) in the words of the newer."""
    if isinstance(said, dict) and "op" not in said and "path" not in said:
        for verb in ("add", "replace", "remove"):
            if verb in said:
                return {**said, "op": verb, "path": said[verb]}
    return said


def _pointer(operation: Any) -> str:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise Malformed("An operation has an op, a path and a value.")
    path: str = operation["path"]
    if not path.startswith("/") or path.count("/") != 1 or len(path) < 2:
        raise Malformed(f"'{path[:64]}' is not the path of an attribute.")
    return path[1:].replace("~1", "/").replace("~0", "~")


_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
_UNSETTABLE = ("id", "status", "created-at", "updated-at", "deleted-at", "uri")


def change_v1(headers: Headers, *, registering: bool) -> ImageChange:
    """The attributes in `X-Image-Meta-*` headers (IMG-010 to IMG-014, IMG-022, IMG-030)."""
    change = ImageChange()
    properties: dict[str, str | None] = {}
    for name, value in headers.prefixed("x-image-meta-"):
        text = _decoded(value)
        if name.startswith("property-"):
            properties[_PUNCTUATION.sub("_", name.removeprefix("property-").lower())] = text
        elif name in ("name", "disk-format", "container-format", "description"):
            attribute: dict[str, Any] = {name.replace("-", "_"): text}
            change = evolve(change, **attribute)
        elif name == "is-public":
            if text.lower() not in ("true", "false"):
                raise Malformed("X-Image-Meta-Is-Public is True or False.")
            change = evolve(change, public=text.lower() == "true")
        elif name == "store":
            if text != "pithos":
                raise Malformed("X-Image-Meta-Store is 'pithos'.")
        elif registering and name in _UNSETTABLE:
            raise Malformed(f"X-Image-Meta-{name.title()} may not be set.")
        elif not registering and name not in ("owner", "status"):
            raise Malformed(f"X-Image-Meta-{name.title()[:64]} may not be changed.")
    purge = headers.get("X-Glance-Registry-Purge-Props", "").lower() == "true"
    return evolve(change, properties=properties, replace_properties=purge)


def _decoded(value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("A header is not percent-encoded UTF-8.") from None
