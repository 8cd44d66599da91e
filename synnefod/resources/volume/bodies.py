"""What clients write of volumes and snapshots, read with both dialects' patience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import ProjectId, VolumeId, uuid_with_dashes
from synnefod.volumes.interface import NewVolume

Document = dict[str, Any]


def envelope(body: object, key: str) -> Document:
    """The object below `key`. Raises Malformed."""
    if not isinstance(body, dict) or not isinstance(body.get(key), dict):
        raise Malformed(f"The body is an object with the member '{key}'.")
    found: Document = body[key]
    return found


def text(document: Document, key: str) -> str | None:
    """None when it is absent or null."""
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"'{key}' is a string.")
    return value


def first_text(document: Document, *keys: str) -> str | None:
    """The first that is there."""
    return next((found for key in keys if (found := text(document, key)) is not None), None)


def boolean(document: Document, key: str) -> bool | None:
    value = document.get(key)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"'{key}' is true or false.")
    return value


def lenient(document: Document, key: str) -> bool:
    """True, or a word for it."""
    return str(document.get(key)).lower() in ("true", "1", "yes", "on", "t", "y")


def whole(document: Document, key: str) -> int | None:
    """A number that may be written as text (VOL-011); None when it is absent or null."""
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise Malformed(f"'{key}' is a whole number.")
    return value


def pairs(value: object, key: str = "metadata") -> Mapping[str, str]:
    """An object of strings; null is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise Malformed(f"'{key}' is an object of strings.")
    return value


def number_or_name(document: Document, key: str) -> int | str | None:
    value = document.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed(f"'{key}' is a number or a name.")
    return value


def project_id(value: str) -> ProjectId:
    return ProjectId(uuid_with_dashes(value))


def volume_number(value: str) -> VolumeId:
    """A volume's number from a URL, in the OpenStack dialect. Raises NotFound."""
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise NotFound(f"Volume {value[:64]} could not be found.")
    return VolumeId(int(value))


def new_legacy(body: object) -> NewVolume:
    """VOL-010 to VOL-017."""
    said = envelope(body, "volume")
    size, name = whole(said, "size"), text(said, "display_name")
    if size is None or name is None:
        raise Malformed("'size' and 'display_name' are required.")
    image, snapshot, other = _source(said)
    if other:
        raise Malformed("Cloning a volume is not supported")
    project = text(said, "project")
    kind = whole(said, "volume_type")
    return NewVolume(
        name=_named(name),
        size=size,
        description=_named(text(said, "display_description") or ""),
        volume_type=kind,
        server=whole(said, "server_id"),
        metadata=pairs(said.get("metadata")),
        project=None if project is None else project_id(project),
        shared=boolean(said, "shared_to_project") or False,
        image=image,
        snapshot=snapshot,
    )


def new_cinder(body: object) -> NewVolume:
    """VOL-202: every optional key may be null."""
    said = envelope(body, "volume")
    image, snapshot, other = _source(said)
    size = whole(said, "size")
    if size is None and not (image or snapshot or other):
        raise Malformed("'size' is required unless a source tells it.")
    return NewVolume(
        name=_named(text(said, "name") or text(said, "display_name") or ""),
        size=size,
        description=_named(text(said, "description") or text(said, "display_description") or ""),
        volume_type=number_or_name(said, "volume_type"),
        metadata=pairs(said.get("metadata")),
        image=image,
        snapshot=snapshot,
        volume=None if other is None else volume_number(str(other)),
    )


def _source(said: Document) -> tuple[str | None, str | None, int | str | None]:
    """The image, the snapshot and the other volume: at most one of them (VOL-014)."""
    image, snapshot = text(said, "imageRef"), text(said, "snapshot_id")
    other = number_or_name(said, "source_volid")
    if sum(1 for each in (image, snapshot, other) if each) > 1:
        raise Malformed("A volume is made from one source at most.")
    name = (image or "").rstrip("/").rpartition("/")[2]
    return name or None, snapshot or None, other


def _named(name: str) -> str:
    if len(name) > 255 or any("\ud800" <= c <= "\udfff" for c in name):
        raise Malformed("Names and descriptions have at most 255 characters.")
    return name


def metadata_of(body: object) -> Mapping[str, str]:
    """The `metadata` of a body. Raises Malformed."""
    return pairs(envelope(body, "metadata"))


def one_action(body: object) -> tuple[str, Document]:
    """The name and the arguments of an action; null arguments are none. Raises Malformed."""
    if not isinstance(body, dict) or len(body) != 1:
        raise Malformed("One action is expected.")
    ((name, said),) = body.items()
    if said is not None and not isinstance(said, dict):
        raise Malformed("The action's arguments are not an object.")
    return str(name), said or {}
