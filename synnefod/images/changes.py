"""What a change of an image makes of the object's metadata and sharing; pure."""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.principal import Principal
from synnefod.images.attributes import MOST_ENTRIES, written
from synnefod.images.interface import Image, ImageChange
from synnefod.objects.interface import Sharing


def owned(principal: Principal, image: Image) -> Image:
    if image.owner != principal.user:
        raise Forbidden("Only its owner may change an image.")
    return image


def check_room(before: Mapping[str, str], said: Mapping[str, str]) -> None:
    """The metadata after the change has at most 32 entries, or no more than before (IMG-050)."""
    after = sum(1 for value in {**before, **said}.values() if value)
    if after > MOST_ENTRIES and after > len(before):
        raise Malformed(f"An image has at most {MOST_ENTRIES} attributes and properties.")


def sharing_after(change: ImageChange, now: Sharing | None) -> Sharing | None:
    """The sharing after a change: `*` is added or removed, all others stay (IMG-016, IMG-031)."""
    if change.public is None and change.members is None:
        return now
    before = now or Sharing()
    public = "*" in before.read if change.public is None else change.public
    members = before.read if change.members is None else change.members
    read = tuple(name for name in members if name != "*") + (("*",) if public else ())
    if change.members is None:
        return Sharing(read, before.write)
    # Who is no member any more may not write either: writing implies reading (PIT-214).
    return Sharing(read, tuple(name for name in before.write if name in members))


def said_of(change: ImageChange) -> dict[str, str]:
    return written(
        name=change.name,
        disk_format=change.disk_format,
        container_format=change.container_format,
        description=change.description,
        min_disk=change.min_disk,
        min_ram=change.min_ram,
        protected=change.protected,
        hidden=change.hidden,
        tags=change.tags,
        community=change.community,
        undecided=change.undecided,
        properties=change.properties,
    )
