"""Files of a signed form, uploaded by a browser that has no token (object-storage.md 5.12)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from attrs import frozen

from synnefod.common.errors import Malformed, TooLarge
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS
from synnefod.objects.interface import Place, Write, asker
from synnefod.resources.call import Reply
from synnefod.resources.faults import TokenRefused
from synnefod.resources.objects.formats import guessed
from synnefod.resources.objects.forms import Form
from synnefod.resources.objects.headers import MAX_COUNT, natural, one_line
from synnefod.resources.objects.paths import MAX_OBJECT
from synnefod.resources.objects.swift.asking import Ask, reply
from synnefod.resources.objects.swift.tempurl import (
    keys_of,
    parsed_signature,
    paths_of,
    seconds_of,
)

ENDS = {"x_delete_at": "X-Delete-At", "x_delete_after": "X-Delete-After"}


class BadForm(TokenRefused):
    """Form invalid"""


class TooManyFiles(Malformed):
    """max file count exceeded"""


class FileTooLarge(TooLarge):
    """max_file_size exceeded"""


def is_asked(ask: Ask) -> bool:
    """A form sent to a container or to a prefix in one."""
    kind = (ask.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    return ask.call.method == "POST" and kind == "multipart/form-data" and ask.at.container != ""


@frozen
class _Leave:
    """What the signature allows, once it is checked."""

    principal: Principal
    max_size: int
    max_count: int


async def post(ask: Ask) -> Reply:
    """Every file is an object named prefix and file name. Raises BadForm, Malformed, TooLarge."""
    form = Form(ask.call.stream, ask.headers.get("Content-Type") or "")
    fields: dict[str, str] = {}
    leave: _Leave | None = None
    stored = 0
    while (part := await form.next()) is not None:
        if part.filename is None:
            fields[part.name.lower()] = await form.text()
            continue
        if not part.filename:
            continue
        if leave is None:
            leave = await _leave(ask, fields)
        stored += 1
        if stored > leave.max_count:
            raise TooManyFiles
        try:
            await _store(ask, leave, fields, part.filename, part.content_type, form)
        except FileTooLarge as error:
            if not fields.get("redirect"):
                raise
            return _answer(fields, 413, error.message)
    if leave is None:
        await _leave(ask, fields)
    return _answer(fields)


async def _leave(ask: Ask, fields: Mapping[str, str]) -> _Leave:
    numbers = {}
    for name in ("max_file_size", "max_file_count"):
        found = natural(fields.get(name))
        if found is None:
            raise Malformed(f"{name} not an integer")
        numbers[name] = found
    expires = seconds_of(fields.get("expires", ""))
    if expires is None:
        raise Malformed("expired not an integer")
    known = await ask.objects.outward(ask.at.account, ask.at.container)
    parsed = parsed_signature(fields.get("signature", ""))
    if expires * MICROSECONDS < known.now or parsed is None:
        raise BadForm
    digest, given = parsed
    limits = f"{fields['max_file_size']}\n{fields['max_file_count']}\n{fields['expires']}"
    texts = [f"{path}\n{fields.get('redirect', '')}\n{limits}" for path in paths_of(ask)]
    inside = _signed(keys_of(known.container, "X-Container-Meta-"), texts, digest, given)
    if not _signed(keys_of(known.account, "X-Account-Meta-"), texts, digest, given) and not inside:
        raise BadForm
    owner = Principal(UserId(ask.at.account), "", None)
    who = asker(owner, within=ask.at.container)
    return _Leave(who, numbers["max_file_size"], numbers["max_file_count"])


def _signed(keys: list[str], texts: list[str], digest: str, given: bytes) -> bool:
    good = False
    for key in keys:
        for text in texts:
            raw = text.encode("utf-8", "surrogateescape")
            good |= hmac.compare_digest(hmac.digest(key.encode(), raw, digest), given)
    return good


async def _store(
    ask: Ask, leave: _Leave, fields: Mapping[str, str], filename: str, kind: str, form: Form
) -> None:
    name = ask.at.object + filename
    if len(name.encode("utf-8", "surrogateescape")) > MAX_OBJECT:
        raise Malformed("The name of a file is too long.")
    settings = {header: fields[name] for name, header in ENDS.items() if fields.get(name)}
    encoding = fields.get("content-encoding", "")
    write = Write(
        content_type=fields.get("content-type") or kind or guessed(name),
        metadata={"Content-Encoding": encoding} if encoding else {},
        settings=settings,
        keep_md5=True,
        max_size=leave.max_size,
        max_metadata=MAX_COUNT,
    )
    place = Place(ask.at.account, ask.at.container, name)
    try:
        await ask.objects.write(leave.principal, place, write, form)
    except TooLarge as error:
        raise FileTooLarge from error


def _answer(fields: Mapping[str, str], status: int = 201, message: str = "") -> Reply:
    redirect = fields.get("redirect", "")
    if not redirect:
        return reply(201)
    joint = "&" if urlsplit(redirect).query else "?"
    told = urlencode({"status": status, "message": message}, quote_via=quote)
    return reply(303, {"Location": one_line(f"{redirect}{joint}{told}")})
