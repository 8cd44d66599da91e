"""Entries of listings as mappings, in each dialect's words, and whole listings as bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synnefod.common.text import MICROSECONDS, encode_path, iso_offset, iso_z_micros
from synnefod.objects.interface import (
    Access,
    Container,
    Hashmap,
    Object,
    PastVersion,
    Sharing,
    SharingAccount,
    Subdir,
)
from synnefod.resources.objects.formats import (
    HEAD,
    JSON,
    TEXT,
    json_bytes,
    lines,
    xml_attribute,
    xml_fields,
    xml_text,
)

Fields = dict[str, object]
DELETED_TYPE = "application/x-deleted;swift_versions_deleted=1"


def decimal(when: int) -> str:
    """Decimal seconds as text (PIT-018)."""
    return f"{when // MICROSECONDS}.{when % MICROSECONDS:06d}"


def sharing_text(sharing: Sharing) -> str:
    """`read=a,b; write=c` (PIT-211)."""
    sides = [("read", sharing.read), ("write", sharing.write)]
    return "; ".join(f"{name}={','.join(members)}" for name, members in sides if members)


def pithos_account(entry: SharingAccount) -> Fields:
    return {"name": entry.name, "last_modified": iso_offset(entry.modified)}


def pithos_container(entry: Container, *, until: bool) -> Fields:
    """PIT-046, PIT-048."""
    fields: Fields = {"name": entry.name}
    if entry.full:
        fields |= {"count": entry.count, "bytes": entry.bytes}
    fields["last_modified"] = iso_offset(entry.modified)
    if entry.full and entry.policy is not None:
        fields["x_container_policy"] = {
            "quota": entry.policy.quota,
            "versioning": entry.policy.versioning,
            "project": entry.policy.project,
        }
    if until and entry.until_timestamp is not None:
        fields["x_container_until_timestamp"] = iso_offset(entry.until_timestamp)
    return fields


def pithos_object(entry: Object, *, until: bool, link: Callable[[str], str]) -> Fields:
    """PIT-097, PIT-098; `link` makes a public token's URL."""
    fields: Fields = {
        "name": entry.name,
        "bytes": entry.size,
        "content_type": entry.content_type,
        "hash": entry.checksum,
    }
    if not until:
        fields["last_modified"] = iso_offset(entry.modified)
    fields |= {
        "x_object_hash": entry.hash,
        "x_object_uuid": entry.uuid,
        "x_object_version": entry.serial,
        "x_object_version_timestamp": decimal(entry.changed),
        "x_object_modified_by": entry.modified_by,
        "available": int(entry.available),
        "map_check_timestamp": decimal(entry.map_checked),
    }
    if until:
        return fields
    if entry.sharing:
        fields["x_object_sharing"] = sharing_text(entry.sharing)
        if entry.allowed is not Access.OWNER:
            fields["x_object_allowed_to"] = entry.allowed.value
    if entry.public is not None and entry.allowed is Access.OWNER:
        fields["x_object_public"] = link(entry.public)
    return fields


def swift_container(entry: Container) -> Fields:
    return {
        "name": entry.name,
        "count": entry.count,
        "bytes": entry.bytes,
        "last_modified": swift_date(entry.changed),
        "storage_policy": "default",
    }


def swift_object(entry: Object, mount: str = "/swift/v1") -> Fields:
    """5.1, 5.4; a static large object is as large as all of it, and a link tells where it leads
    (5.14)."""
    fields: Fields = {
        "name": entry.name,
        "hash": entry.checksum,
        "bytes": int(entry.large.get("size", entry.size)),
        "content_type": entry.content_type,
        "last_modified": swift_date(entry.changed),
    }
    if entry.large:
        fields["slo_etag"] = f'"{entry.large["etag"]}"'
    if entry.link:
        account = entry.link.get("account") or entry.account
        fields["symlink_path"] = f"{mount}/AUTH_{account}/{encode_path(entry.link['target'])}"
        if "etag" in entry.link:
            fields["symlink_etag"] = entry.link["etag"]
            fields["symlink_bytes"] = int(entry.link["bytes"])
    return fields


def swift_version(entry: PastVersion) -> Fields:
    """5.8: one version; the mark of a deletion is an entry without bytes."""
    return {
        "name": entry.name,
        "hash": "d41d8cd98f00b204e9800998ecf8427e" if entry.deleted else entry.checksum,
        "bytes": entry.size,
        "content_type": DELETED_TYPE if entry.deleted else entry.content_type,
        "last_modified": swift_date(entry.changed),
        "version_id": str(entry.serial),
        "is_latest": entry.latest,
    }


def swift_date(when: int) -> str:
    """`2026-01-02T03:04:05.678901`, without a zone (object-storage.md 5.1)."""
    return iso_z_micros(when)[:-1]


def rendered(
    kind: str,
    root: str,
    name: str,
    element: str,
    entries: Sequence[Fields | Subdir],
    *,
    nested_subdir: bool = False,
) -> bytes:
    """A listing as bytes: `root` with `name`, one `element` an entry (PIT-085, PIT-100).

    `nested_subdir`: a virtual entry's name is repeated as an element, as Swift does.
    """
    if kind == TEXT:
        return lines(e.name if isinstance(e, Subdir) else str(e["name"]) for e in entries)
    if kind == JSON:
        return json_bytes([{"subdir": e.name} if isinstance(e, Subdir) else e for e in entries])
    out = [HEAD, f"<{root} name={xml_attribute(name)}>" if name else f"<{root}>"]
    for entry in entries:
        if not isinstance(entry, Subdir):
            out.append(f"<{element}>{xml_fields(entry)}</{element}>")
        elif nested_subdir:
            inner = xml_text(entry.name)
            out.append(f"<subdir name={xml_attribute(entry.name)}><name>{inner}</name></subdir>")
        else:
            out.append(f"<subdir name={xml_attribute(entry.name)} />")
    out.append(f"</{root}>")
    return "".join(out).encode()


def hashmap(kind: str, found: Hashmap, block_size: int, block_hash: str) -> bytes:
    """object-storage.md 2.5."""
    if kind == JSON:
        return json_bytes(
            {
                "block_hash": block_hash,
                "block_size": block_size,
                "bytes": found.size,
                "hashes": list(found.hashes),
            }
        )
    head = (
        f"<object name={xml_attribute(found.object.name)} bytes={xml_attribute(found.size)}"
        f" block_size={xml_attribute(block_size)} block_hash={xml_attribute(block_hash)}>"
    )
    hashes = "".join(f"<hash>{digest}</hash>" for digest in found.hashes)
    return f"{HEAD}{head}{hashes}</object>".encode()


def hash_list(kind: str, hashes: Sequence[str]) -> bytes:
    """The answer to a block upload (PIT-185)."""
    if kind == TEXT:
        return lines(hashes)
    if kind == JSON:
        return json_bytes(list(hashes))
    items = "".join(f"<item>{digest}</item>" for digest in hashes)
    return f"{HEAD}<items>{items}</items>".encode()


def version_list(kind: str, name: str, versions: Sequence[tuple[int, int]]) -> bytes:
    """PIT-105."""
    if kind != JSON:
        inner = "".join(
            f"<version timestamp={xml_attribute(decimal(when))}>{serial}</version>"
            for serial, when in versions
        )
        return f"{HEAD}<object name={xml_attribute(name)}>{inner}</object>".encode()
    return json_bytes({"versions": [[serial, decimal(when)] for serial, when in versions]})
