"""Links from one object to another: made, followed, told of (object-storage.md 5.14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from attrs import evolve

from synnefod.common.errors import Conflict, Malformed, PreconditionFailed, Refusal
from synnefod.common.text import encode_path
from synnefod.objects.interface import ConditionFailed, NoSuchObject, Object, Place, Unchanged
from synnefod.resources.call import Reply
from synnefod.resources.faults import fault
from synnefod.resources.objects.headers import one_line
from synnefod.resources.objects.paths import (
    MAX_CONTAINER,
    MAX_OBJECT,
    RESELLER,
    Location,
    source_path,
    swift_account,
)
from synnefod.resources.objects.swift.asking import Ask, refused, reply

TARGET, ACCOUNT, ETAG = "X-Symlink-Target", "X-Symlink-Target-Account", "X-Symlink-Target-Etag"
MAX_HOPS = 2
TYPE = "application/symlink"
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
_FORM = "X-Symlink-Target header must be of the form <container name>/<object name>"


def itself(ask: Ask) -> bool:
    """Whether the link is meant, and not where it leads."""
    return ask.text("symlink") == "get"


async def asked(ask: Ask) -> tuple[dict[str, str], str]:
    """The link that a PUT makes, {} for none, and its type. Raises Malformed, PreconditionFailed
    for what is none, Conflict for a static one to something else than it says."""
    text = ask.headers.get(TARGET)
    if text is None:
        return {}, ""
    if ask.call.stream.length != 0:
        raise Malformed("Symlink requests require a zero byte body")
    found = source_path(unquote(text.partition("?")[0]), slash_required=False)
    if found is None or "?" in text:
        raise PreconditionFailed(_FORM)
    if len(found[0].encode()) > MAX_CONTAINER or len(found[1].encode()) > MAX_OBJECT:
        raise PreconditionFailed("A name is too long.")
    account = unquote((ask.headers.get(ACCOUNT) or "").strip())
    if "/" in account:
        raise PreconditionFailed("Account name cannot contain slashes")
    link = {"target": "/".join(found)}
    if account:
        link["account"] = swift_account(account)
    target = Place(link.get("account", ask.at.account), *found)
    if target == ask.at.place:
        raise Malformed("Symlink cannot target itself")
    etag = (ask.headers.get(ETAG) or "").strip().strip('"').lower()
    if not etag:
        return link, TYPE
    try:
        there = await ask.objects.object(ask.principal, target, md5=True)
    except NoSuchObject:
        raise Conflict(f"{TARGET} does not exist") from None
    known, size = _apparent(there)
    if known != etag:
        raise Conflict(f"Object Etag '{known}' does not match {ETAG} header '{etag}'")
    return {**link, "etag": etag, "bytes": str(size)}, there.content_type


def _apparent(found: Object) -> tuple[str, int]:
    """Etag and size of an object, as a link to it has them."""
    if found.link:
        return found.link.get("etag", EMPTY_MD5), int(found.link.get("bytes", "0"))
    return found.checksum, found.size


def _target(found: Object) -> Place:
    container, _, name = found.link["target"].partition("/")
    return Place(found.link.get("account") or found.account, container, name)


async def followed(ask: Ask, found: Object, handler: Callable[[Ask], Awaitable[Reply]]) -> Reply:
    """The answer from where the link leads, which also says where that is."""
    place = _target(found)
    told = {"Content-Location": _url(ask, place)}
    at = Location(place.account, place.container, place.name)
    try:
        if ask.hops >= MAX_HOPS:
            raise Conflict(f"Too many levels of symbolic links, maximum allowed is {MAX_HOPS}")
        await _still(ask, found, place)
        answer = await handler(evolve(ask, at=at, hops=ask.hops + 1))
    except (Unchanged, ConditionFailed) as error:
        answer = refused(error)
    except Refusal as error:
        if not ask.principal.user:
            raise
        answer = fault(error, "swift")
    return evolve(answer, headers={**told, **answer.headers})


async def _still(ask: Ask, found: Object, place: Place) -> None:
    """Raises Conflict when a static link's target is no longer what it was."""
    if "etag" in found.link:
        known, _ = _apparent(await ask.objects.object(ask.principal, place, md5=True))
        if known != found.link["etag"]:
            raise Conflict(
                f"Object Etag '{known}' does not match {ETAG} header '{found.link['etag']}'"
            )


async def led_to(ask: Ask, place: Place) -> Place:
    """Where the links that begin at `place` lead."""
    for _ in range(MAX_HOPS + 1):
        found = await ask.objects.object(ask.principal, place)
        if not found.link:
            return place
        target = _target(found)
        await _still(ask, found, target)
        place = target
    raise Conflict(f"Too many levels of symbolic links, maximum allowed is {MAX_HOPS}")


def shown(found: Object) -> dict[str, str]:
    """The headers of a link itself."""
    if not found.link:
        return {}
    headers = {TARGET: encode_path(found.link["target"])}
    if "account" in found.link:
        headers[ACCOUNT] = RESELLER + one_line(found.link["account"])
    if "etag" in found.link:
        headers[ETAG] = found.link["etag"]
        headers["X-Symlink-Target-Bytes"] = found.link["bytes"]
    return headers


def posted(ask: Ask, found: Object) -> Reply:
    """A POST has changed the link; the client is told where its target is."""
    answer = reply(307, {**shown(found), "Location": _url(ask, _target(found))})
    told = "The requested POST was applied to a symlink. POST directly to the target to apply "
    return evolve(answer, body=told + "requested metadata.")


def _url(ask: Ask, place: Place) -> str:
    path = encode_path(f"{place.container}/{place.name}")
    return f"{ask.call.mount}/{RESELLER}{one_line(place.account)}/{path}"
