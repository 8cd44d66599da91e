"""Containers as web sites: index and error pages, listings for people (object-storage.md 5.14).

Note [The same origin]. What people upload is shown under the cloud's own name. The sandbox gives
each page an origin of its own, so that its scripts cannot act for whoever looks at it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from html import escape
from urllib.parse import quote

from attrs import evolve

from synnefod.common.errors import Forbidden, NotFound, Refusal
from synnefod.objects.interface import Listing, Object, ObjectQuery, Rolling, Subdir
from synnefod.resources.call import Reply
from synnefod.resources.faults import NoToken, fault
from synnefod.resources.objects.headers import TRUE_WORDS
from synnefod.resources.objects.listings import swift_date
from synnefod.resources.objects.swift.asking import Ask, reply

META = "X-Container-Meta-Web-"
SANDBOX = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"
Handler = Callable[[Ask], Awaitable[Reply]]
_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8" /><title>Listing of {title}</title>
{style}</head><body><h1 id="title">Listing of {title}</h1>
<table id="listing"><tr id="heading"><th class="colname">Name</th><th class="colsize">Size</th>
<th class="coldate">Date</th></tr>
{rows}</table></body></html>
"""


async def site(ask: Ask) -> Mapping[str, str] | None:
    """The container's rules when it is to be shown as a site, else None."""
    if ask.call.method not in ("GET", "HEAD") or not ask.at.container:
        return None
    if ask.principal.user and not ask.headers.true("X-Web-Mode"):
        return None
    metadata = (await ask.objects.outward(ask.at.account, ask.at.container)).container
    rules = {k.removeprefix(META): v for k, v in metadata.items() if k.startswith(META)}
    return rules if {"Index", "Error", "Listings"} & rules.keys() else None


async def show(ask: Ask, rules: Mapping[str, str], handler: Handler, read: Handler) -> Reply:
    """The answer of `handler` to the request itself, or what the site has in its place; `read`
    gets objects."""
    try:
        answer = await _shown(ask, rules, handler, read)
    except Refusal as error:
        answer = await _error_page(ask, rules, read, error)
    return evolve(answer, headers={**answer.headers, "Content-Security-Policy": SANDBOX})


async def _shown(ask: Ask, rules: Mapping[str, str], handler: Handler, read: Handler) -> Reply:
    if ask.at.object:
        try:
            if not await _is_directory(ask, rules):
                return await handler(ask)
        except NotFound:
            pass
    folder = ask.at.object and ask.at.object.rstrip("/") + "/"
    lists = rules.get("Listings", "").strip().lower() in TRUE_WORDS
    if not ask.call.raw_path.endswith(b"/"):
        if folder and not await _below(ask, folder, 1):
            raise NotFound("Not Found")
        if folder or lists or rules.get("Index"):
            return reply(301, {"Location": _slashed(ask)})
    if rules.get("Index"):
        index = evolve(ask, at=evolve(ask.at, object=folder + rules["Index"]))
        try:
            return await read(index)
        except NotFound:
            if not lists:
                raise
    if not lists:
        raise NotFound("Not Found")
    return await _listing(ask, rules, folder)


async def _is_directory(ask: Ask, rules: Mapping[str, str]) -> bool:
    found = await ask.objects.object(ask.principal, ask.at.place)
    kind = rules.get("Directory-Type") or "application/directory"
    return found.content_type.partition(";")[0].strip() == kind and found.size <= 1


async def _below(ask: Ask, folder: str, limit: int) -> Listing | None:
    """What is in a folder, None for nothing. A stranger is asked to say who he is."""
    query = ObjectQuery(prefix=folder, delimiter="/", limit=limit, rolling=Rolling.SWIFT)
    place = ask.at.account, ask.at.container
    try:
        found = await ask.objects.objects(ask.principal, *place, query)
    except Forbidden:
        if ask.principal.user:
            raise
        raise NoToken() from None
    return found if found.entries or not folder else None


def _slashed(ask: Ask) -> str:
    call = ask.call
    query = b"?" + call.raw_query if call.raw_query else b""
    path = (call.raw_path + b"/" + query).decode("ascii", "replace")
    return f"{call.base}{call.mount}{path}"


async def _listing(ask: Ask, rules: Mapping[str, str], folder: str) -> Reply:
    found = await _below(ask, folder, 10_000)
    if found is None:
        raise NotFound("Not Found")
    path = f"{ask.call.mount}/AUTH_{ask.at.account}/{ask.at.container}/{folder}"
    title = escape(rules.get("Listings-Label") or path)
    if rules.get("Listings-Label"):
        title += escape(f"/{folder}")
    rows = (
        ['<tr class="item"><td class="colname"><a href="../">../</a></td></tr>'] if folder else []
    )
    rows += [
        _row(entry.name.removeprefix(folder), entry)
        for entry in found.entries
        if entry.name != folder
    ]
    style = ""
    if rules.get("Listings-Css"):
        href = escape("../" * folder.count("/") + quote(rules["Listings-Css"]))
        style = f'<link rel="stylesheet" type="text/css" href="{href}" />'
    text = _PAGE.format(title=title, style=style, rows="\n".join(rows))
    return Reply(text.encode("utf-8", "replace"), content_type="text/html; charset=UTF-8")


def _row(name: str, entry: Object | Subdir) -> str:
    link = f'<a href="./{escape(quote(name))}">{escape(name)}</a>'
    cells = f'<td class="colname">{link}</td>'
    if isinstance(entry, Object):
        when = swift_date(entry.changed).partition(".")[0].replace("T", " ")
        cells += f'<td class="colsize">{entry.size}</td><td class="coldate">{when}</td>'
    return f'<tr class="item">{cells}</tr>'


async def _error_page(ask: Ask, rules: Mapping[str, str], read: Handler, error: Refusal) -> Reply:
    """The site's own page for the status, if it has one that may be read."""
    if isinstance(error, Forbidden) and not ask.principal.user:
        error = NoToken()
    plain = fault(error, "swift")
    if not rules.get("Error") or plain.status not in (401, 403, 404):
        raise error
    page = evolve(ask, at=evolve(ask.at, object=f"{plain.status}{rules['Error']}"))
    try:
        answer = await read(page)
    except Refusal:
        raise error from None
    return evolve(answer, status=plain.status)
