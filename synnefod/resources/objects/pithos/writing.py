"""Writing objects on the Pithos mount: data, hashmaps, metadata, deletion (1.8, 1.10, 1.12)."""

from __future__ import annotations

import re
from typing import Any

from attrs import evolve

from synnefod.common import jsonio
from synnefod.common.errors import LengthRequired, Malformed, TooLarge
from synnefod.objects.interface import (
    BLOCK_HASH,
    BLOCK_SIZE,
    MAX_HASHES,
    MAX_UPLOAD,
    ContainerQuotaExceeded,
    HashesMissing,
    ObjectChange,
    Source,
    Write,
    Written,
)
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import JSON, guessed, json_bytes
from synnefod.resources.objects.forms import AnotherFile, FormFile
from synnefod.resources.objects.pithos.accounts import metadata_of
from synnefod.resources.objects.pithos.asking import Ask, public_of, reply, sharing_of

META = "X-Object-Meta-"
SETTABLE = ("Content-Encoding", "Content-Disposition", "X-Object-Manifest")
MAX_HASHMAP_BODY = 64 * 1024 * 1024
TOO_BIG = "Maximum size is reached"
_DIGITS = re.compile(r"[0-9]{1,19}")


async def put(ask: Ask) -> Reply:
    """PUT with data or with a hashmap (1.8)."""
    write = writing(ask)
    if ask.flag("hashmap"):
        return await _put_map(ask, write)
    body = ask.call.stream
    if body.length is not None and body.length > MAX_UPLOAD:
        raise Malformed(TOO_BIG)
    expected = (ask.headers.get("ETag") or "").strip().strip('"').lower()
    write = evolve(
        write,
        length=body.length,
        expected_md5=expected or None,
        keep_md5=ask.settings.keep_md5 or ask.settings.etag_md5,
    )
    return await written_reply(ask, await stored(ask, write, body))


async def stored(ask: Ask, write: Write, body: Source) -> Written:
    """The new version; a body larger than allowed is Malformed here (PIT-125)."""
    try:
        return await ask.objects.write(ask.call.principal, ask.at.place, write, body)
    except ContainerQuotaExceeded:
        raise
    except TooLarge:
        raise Malformed(TOO_BIG) from None


def writing(ask: Ask) -> Write:
    """What the headers say about the new version. Raises LengthRequired, Malformed (PIT-124)."""
    if not ask.call.stream.announced:
        raise LengthRequired("Missing or invalid Content-Length header")
    content_type = (ask.headers.get("Content-Type") or "").strip()
    if (ask.headers.get("X-Detect-Content-Type") or "").strip().lower() == "true":
        content_type = guessed(ask.at.object)
    if not content_type:
        raise LengthRequired("Missing Content-Type header")
    return Write(
        content_type=content_type,
        metadata=object_metadata(ask, merge=False),
        sharing=sharing_of(ask.headers.value("X-Object-Sharing")),
        public=public_of(ask.headers),
        conditions=conditions.all_of(ask.headers.get),
    )


def object_metadata(ask: Ask, *, merge: bool) -> dict[str, str]:
    """The settable headers by full name (PIT-128)."""
    metadata = metadata_of(ask, META, merge=merge)
    for name in SETTABLE:
        value = ask.headers.value(name)
        if value or (merge and value is not None):
            metadata[name] = value
    return metadata


async def written_reply(ask: Ask, written: Written, status: int = 201) -> Reply:
    """PIT-123: ETag and version. A reported MD5 that the write did not give is looked up."""
    etag = written.hash
    if ask.settings.etag_md5:
        etag = written.checksum
        if not etag:
            found = await ask.objects.object(
                ask.call.principal, ask.at.place, version=written.serial, md5=True
            )
            etag = found.checksum
    return reply(status, {"ETag": etag, "X-Object-Version": str(written.serial)})


async def _put_map(ask: Ask, write: Write) -> Reply:
    """PIT-133 to PIT-140: 201, or 409 with the hashes that are missing."""
    principal, place = ask.call.principal, ask.at.place
    await ask.objects.check_write(
        principal, place, conditions=write.conditions, sharing=write.sharing is not None
    )
    size, hashes = parse_hashmap(await ask.call.stream.read_all(MAX_HASHMAP_BODY))
    write = evolve(write, keep_md5=ask.settings.etag_md5)
    try:
        written = await ask.objects.write_hashmap(principal, place, write, size, hashes)
    except HashesMissing as missing:
        return reply(409, None, json_bytes(list(missing.hashes)), JSON)
    return await written_reply(ask, written)


def parse_hashmap(raw: bytes) -> tuple[int, list[str]]:
    """Size and hashes of a hashmap body (object-storage.md 2.5); their match is checked by the
    service. Raises Malformed, TooLarge."""
    value: Any = jsonio.parse_sent(raw)
    if not isinstance(value, dict):
        raise Malformed("Invalid data formatting")
    size, hashes = value.get("bytes"), value.get("hashes")
    if isinstance(size, str) and _DIGITS.fullmatch(size):
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < 2**63:
        raise Malformed("Invalid data formatting")
    if not isinstance(hashes, list) or not all(isinstance(h, str) for h in hashes):
        raise Malformed("Invalid data formatting")
    if value.get("block_size", BLOCK_SIZE) != BLOCK_SIZE:
        raise Malformed(f"The block size is {BLOCK_SIZE}.")
    if value.get("block_hash", BLOCK_HASH) != BLOCK_HASH:
        raise Malformed(f"The block hash is {BLOCK_HASH}.")
    if len(hashes) > MAX_HASHES:
        raise TooLarge(f"A hashmap holds at most {MAX_HASHES} hashes.")
    return size, hashes


async def update(ask: Ask) -> Reply:
    """POST: sharing, publishing, metadata (PIT-167 to PIT-169); a form with a file (PIT-183)."""
    content_type = ask.headers.get("Content-Type") or ""
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return await _put_form(ask, content_type)
    merge = ask.flag("update")
    metadata = object_metadata(ask, merge=merge)
    serial = await ask.objects.update_object(
        ask.call.principal,
        ask.at.place,
        ObjectChange(
            metadata=metadata if metadata or not merge else None,
            replace=not merge,
            sharing=sharing_of(ask.headers.value("X-Object-Sharing")),
            public=public_of(ask.headers),
            conditions=conditions.all_of(ask.headers.get),
        ),
    )
    return reply(202, {} if serial is None else {"X-Object-Version": str(serial)})


async def _put_form(ask: Ask, content_type: str) -> Reply:
    """PIT-183: the field X-Object-Data becomes the object; nothing else of the form counts."""
    principal, place = ask.call.principal, ask.at.place
    conditioned = conditions.all_of(ask.headers.get)
    await ask.objects.check_write(principal, place, conditions=conditioned)
    file = FormFile(ask.call.stream, content_type, "X-Object-Data")
    if not await file.open():
        raise Malformed("Missing X-Object-Data field")
    while True:
        write = Write(
            content_type=file.content_type or "application/octet-stream",
            conditions=conditioned,
            keep_md5=ask.settings.keep_md5 or ask.settings.etag_md5,
        )
        try:
            written = await stored(ask, write, file)
        except AnotherFile:
            continue
        text = written.checksum if ask.settings.etag_md5 else ""
        return evolve(await written_reply(ask, written), body=text.encode())


async def delete(ask: Ask) -> Reply:
    """DELETE: the object, all below it too, or its past (PIT-031, PIT-194 to PIT-198)."""
    principal, place, until = ask.call.principal, ask.at.place, ask.until
    if until is not None:
        await ask.objects.purge_object(principal, place, until)
    else:
        await ask.objects.delete_object(
            principal,
            place,
            conditions=conditions.all_of(ask.headers.get),
            delimiter=ask.text("delimiter"),
        )
    return reply(204)
