"""What both dialects read alike from the bodies of creations and actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UnsetType

from synnefod.common.errors import Malformed
from synnefod.common.ids import FlavorId, NetworkId, PortId
from synnefod.compute.interface import Disk, PortRequest
from synnefod.images.interface import Image
from synnefod.resources.schemas import compute as schemas

_SOURCES = ("image", "volume", "blank", "snapshot")


def integer(value: int | str, what: str) -> int:
    """A number that may be written as text. Raises Malformed naming `what`."""
    if isinstance(value, int):
        return value
    text = value.strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(f"Invalid {what}: '{value[:64]}'.")
    return int(text)


def flavor_number(value: int | str) -> FlavorId:
    """A flavor's number, which may be the last part of its URL."""
    if isinstance(value, str):
        value = value.rstrip("/").rpartition("/")[2]
    return FlavorId(integer(value, "flavor id"))


def image_name(value: str | None) -> str:
    """An image's id, which may be the last part of its URL; "" for none."""
    return (value or "").rstrip("/").rpartition("/")[2]


def port_requests(networks: Sequence[schemas.Network]) -> tuple[PortRequest, ...]:
    """Raises Malformed for an element that names neither a network nor a port."""
    made = []
    for network in networks:
        if network.port is not None:
            port = PortId(integer(network.port, "port id"))
            made.append(PortRequest(port=port))
        elif network.uuid is not None:
            number = NetworkId(integer(network.uuid, "network id"))
            # A null that was sent is not the same as none (NET-205).
            given = network.fixed_ip
            address = None if isinstance(given, UnsetType) else given or ""
            made.append(PortRequest(network=number, address=address))
        else:
            raise Malformed("A network is named by 'uuid' or by 'port'.")
    return tuple(made)


def disk(mapping: schemas.Mapping) -> Disk:
    """One element of a block device mapping (CMP-095, CMP-096)."""
    source = mapping.source_type
    if source not in _SOURCES:
        raise Malformed(f"Invalid source_type: '{source[:64]}'.")
    if mapping.uuid is None and source != "blank":
        raise Malformed("A block device needs 'uuid' unless it is blank.")
    size = mapping.volume_size
    ends = mapping.delete_on_termination
    return Disk(
        source=source,
        id="" if mapping.uuid is None else str(mapping.uuid),
        size=None if size is None else integer(size, "volume size"),
        keep=ends is not True if source == "volume" else ends is False,
    )


_IMAGE_STATUS = {
    "active": "ACTIVE",
    "queued": "SAVING",
    "saving": "SAVING",
    "uploading": "SAVING",
    "importing": "SAVING",
    "killed": "ERROR",
}


def image_status(image: Image) -> str:
    """CMP-241."""
    return _IMAGE_STATUS.get(image.status, "UNKNOWN")


def one_action(body: object) -> tuple[str, Any]:
    """The name and the arguments of an action (CMP-145). Raises Malformed."""
    if isinstance(body, dict) and set(body) == {"rescue", "rescue_image_ref"}:
        # So says kamaki, which puts the image beside the action (CMP-142).
        inside = body["rescue"] if isinstance(body["rescue"], dict) else {}
        return "rescue", {"rescue_image_ref": body["rescue_image_ref"], **inside}
    if not isinstance(body, dict) or len(body) != 1:
        raise Malformed("Malformed request: one action is expected.")
    ((name, arguments),) = body.items()
    if not isinstance(arguments, dict) and arguments is not None:
        raise Malformed("Malformed request: the action's arguments are not an object.")
    return str(name), arguments


def rescue_image(arguments: dict[str, Any] | None) -> int | None:
    """The number of the image that a rescue names; None for none. Raises Malformed."""
    number = (arguments or {}).get("rescue_image_ref")
    if number is None:
        return None
    if not isinstance(number, int | str) or isinstance(number, bool):
        raise Malformed("A rescue_image_ref is the number of a rescue image.")
    return integer(number, "rescue_image_ref")
