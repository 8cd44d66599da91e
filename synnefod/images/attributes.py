"""How an image is written into an object's metadata, and read back (object-storage.md, `plankton`).

    plankton:name  plankton:disk_format  plankton:container_format  plankton:status
    plankton:created_at  plankton:description  plankton:property:<key>      as Synnefo writes them
    plankton:min_disk  plankton:min_ram  plankton:protected  plankton:hidden  plankton:tags
    plankton:sha512  plankton:own_data                                       what Glance v2 adds
    plankton:volume_id                                         of which volume it is a snapshot
    plankton:members            what members said who have not accepted; all others have (legacy)

An object is an image if it has `plankton:name`, or, nameless, `plankton:created_at` (an empty value
is never kept). The property `snf_community` marks a public image that others' lists leave out.
`own_data` marks a file that was made for the
image: it goes when the image goes.
"""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.images.interface import Image
from synnefod.objects.interface import Available, DomainObject

PREFIX = "plankton:"
PROPERTY = "plankton:property:"
COMMUNITY = "snf_community"
QUEUED = "queued"
ACTIVE = "active"
DEACTIVATED = "deactivated"
UPLOADING = "uploading"
ACCEPTED = "accepted"
MOST_ENTRIES = 32
_LISTS = ("plankton:tags", "plankton:members")
LONGEST_KEY = 93
LONGEST_VALUE = 256
DISK_FORMATS = ("diskdump", "extdump", "ntfsdump")
CONTAINER_FORMATS = ("bare", "aki", "ari", "ami", "ovf")


def is_image(said: Mapping[str, str]) -> bool:
    """Whether metadata of the domain registers an image."""
    return "plankton:name" in said or "plankton:created_at" in said


def image_of(found: DomainObject) -> Image:
    """The image that the object's metadata says."""
    thing, said = found.object, found.properties
    status = said.get("plankton:status", ACTIVE)
    if thing.available is not Available.YES and status == ACTIVE:
        status = "saving" if thing.available is Available.NO else "killed"
    empty = status in (QUEUED, UPLOADING)
    sharing = thing.sharing.read if thing.sharing else ()
    return Image(
        id=thing.uuid,
        name=said.get("plankton:name", ""),
        owner=UserId(thing.account),
        status=status,
        size=None if empty else thing.size,
        checksum=None if empty else thing.checksum or None,
        merkle=thing.hash,
        sha512=None if empty else said.get("plankton:sha512") or None,
        disk_format=said.get("plankton:disk_format") or None,
        container_format=said.get("plankton:container_format") or None,
        is_public="*" in sharing,
        members=tuple(name for name in sharing if name != "*"),
        protected=said.get("plankton:protected") == "1",
        hidden=said.get("plankton:hidden") == "1",
        min_disk=int(said.get("plankton:min_disk") or 0),
        min_ram=int(said.get("plankton:min_ram") or 0),
        tags=tuple(parse(said["plankton:tags"], list[str])) if "plankton:tags" in said else (),
        created=int(said.get("plankton:created_at") or thing.changed),
        updated=thing.changed,
        description=said.get("plankton:description", ""),
        location=f"pithos://{thing.path}",
        map_name=None if empty else thing.map_name,
        version=thing.serial,
        properties={
            key.removeprefix(PROPERTY): value
            for key, value in said.items()
            if key.startswith(PROPERTY) and key != PROPERTY + COMMUNITY
        },
        community="*" in sharing and PROPERTY + COMMUNITY in said,
        is_snapshot=thing.is_snapshot,
        own_data=said.get("plankton:own_data") == "1",
        volume=said.get("plankton:volume_id", ""),
        undecided=parse(said.get("plankton:members") or "{}", dict[str, str]),
    )


def written(
    *,
    name: str | None = None,
    status: str | None = None,
    disk_format: str | None = None,
    container_format: str | None = None,
    description: str | None = None,
    created: int | None = None,
    min_disk: int | None = None,
    min_ram: int | None = None,
    protected: bool | None = None,
    hidden: bool | None = None,
    tags: tuple[str, ...] | None = None,
    sha512: str | None = None,
    own_data: bool | None = None,
    community: bool | None = None,
    volume: str | None = None,
    undecided: Mapping[str, str] | None = None,
    properties: Mapping[str, str | None] | None = None,
) -> dict[str, str]:
    """Metadata that says these attributes; None is left out, a property of None becomes "".

    An empty value deletes its key when the metadata is merged. Raises Malformed for a value that
    does not fit (IMG-050).
    """
    pairs: dict[str, str | None] = {
        "name": name,
        "status": status,
        "disk_format": _one_of(disk_format, DISK_FORMATS, "disk format"),
        "container_format": _one_of(container_format, CONTAINER_FORMATS, "container format"),
        "description": description,
        "created_at": None if created is None else str(created),
        "min_disk": _count(min_disk, "min_disk"),
        "min_ram": _count(min_ram, "min_ram"),
        "protected": _flag(protected),
        "hidden": _flag(hidden),
        "tags": None if tags is None else dump_text(sorted(set(tags))),
        "sha512": sha512,
        "own_data": _flag(own_data),
        "volume_id": volume,
        "members": None if undecided is None else dump_text(undecided) if undecided else "",
    }
    said = {PREFIX + key: value for key, value in pairs.items() if value is not None}
    for key, value in (properties or {}).items():
        said[PROPERTY + _checked_key(key)] = value or ""
    if community is not None:
        said[PROPERTY + COMMUNITY] = "1" if community else ""
    for key, value in said.items():
        if len(value) > LONGEST_VALUE and key not in _LISTS:
            raise Malformed(f"The value of '{key}' is longer than {LONGEST_VALUE} characters.")
        if "\0" in key or "\0" in value:
            raise Malformed("An attribute of an image holds a NUL character.")
    return said


def _checked_key(key: str) -> str:
    if not key or len(key) > LONGEST_KEY:
        raise Malformed(f"The name of a property has 1 to {LONGEST_KEY} characters.")
    if key == COMMUNITY:
        raise Malformed(f"The property {COMMUNITY} is set by the visibility.")
    return key


def _one_of(value: str | None, known: tuple[str, ...], what: str) -> str | None:
    if value and value not in known:
        raise Malformed(f"'{value[:64]}' is not a {what}; known are {', '.join(known)}.")
    return value


def _count(value: int | None, what: str) -> str | None:
    if value is not None and not 0 <= value < 2**31:
        raise Malformed(f"{what} is not between 0 and 2147483647.")
    return None if value is None else str(value)


def _flag(value: bool | None) -> str | None:
    return None if value is None else "1" if value else "0"
