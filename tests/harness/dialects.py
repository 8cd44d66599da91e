"""What a fault must look like in each dialect (docs/contract), judged from the answer alone."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from tests.harness.wire import Answer

_NAMES = {
    400: {"badRequest"},
    401: {"unauthorized", "fault"},
    403: {"forbidden"},
    404: {"itemNotFound", "featureNotEnabled"},
    405: {"notAllowed", "badMethod"},
    409: {"conflict", "buildInProgress", "conflictingRequest"},
    413: {"overLimit", "requestEntityTooLarge"},
}


def complaint(answer: Answer, dialect: str) -> str:
    """Why this is no fault in `dialect`; "" when it is one."""
    try:
        return _SHAPES[dialect](answer)
    except (ValueError, KeyError, TypeError, ElementTree.ParseError) as error:
        return f"{type(error).__name__}: {error}"


def _keystone(answer: Answer) -> str:
    fault = answer.json()["error"]
    fits = fault["code"] == answer.status and _texts(fault, "title", "message")
    return "" if fits else f"not Keystone's: {fault}"


def _named(answer: Answer, details: bool) -> str:
    body = answer.json()
    [(name, fault)] = body.items()
    if fault["code"] != answer.status or not _texts(fault, "message"):
        return f"code or message is wrong: {body}"
    if details and "details" not in fault:
        return f"no details: {body}"
    wanted = _NAMES.get(answer.status)
    return "" if wanted is None or name in wanted else f"{name} for {answer.status}"


def _legacy(answer: Answer) -> str:
    if answer.headers.get("content-type", "").startswith("application/xml"):
        root = ElementTree.fromstring(answer.body)
        return "" if root.get("code") == str(answer.status) else f"XML: {answer.body!r}"
    return _named(answer, True)


def _page(answer: Answer) -> str:
    """Where people or their browsers ask: a whole page, a line of text, OAuth 2's error or a
    form's; for programs that ask so, the mount's own fault."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        page = answer.body.decode("utf-8")
        whole = all(mark in page for mark in ("<title>", "<h1>", "</html>"))
        return "" if whole else f"half a page: {page[:200]!r}"
    if kind.startswith("text/plain"):
        return "" if answer.body.decode("utf-8").strip() else "nothing is said"
    body = answer.json()
    if isinstance(body.get("errors"), dict):
        return "" if body["errors"] else "no field is named"
    if isinstance(body.get("error"), str):
        return "" if _texts(body, "error", "exception") else f"not OAuth's: {body}"
    return _legacy(answer)


def _nova(answer: Answer) -> str:
    return _keystone(answer) if answer.status == 401 else _named(answer, False)


def _neutron(answer: Answer) -> str:
    if answer.status == 401:
        return _keystone(answer)
    fault = answer.json()["NeutronError"]
    return "" if _texts(fault, "type", "message") and "detail" in fault else f"{fault}"


def _glance(answer: Answer) -> str:
    if answer.status == 401:
        return _keystone(answer)
    fault = answer.json()
    fits = fault["code"].startswith(str(answer.status)) and _texts(fault, "message", "title")
    return "" if fits else f"not Glance's: {fault}"


def _swift(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "")
    return "" if not answer.body or kind.startswith(("text/", "application/json")) else kind


def _ops(answer: Answer) -> str:
    fault = answer.json()["error"]
    fits = fault["code"] == answer.status and _texts(fault, "message")
    return "" if fits else f"{fault}"


def _texts(fault: Any, *names: str) -> bool:
    return all(isinstance(fault[name], str) and fault[name] for name in names)


_SHAPES: dict[str, Callable[[Answer], str]] = {
    "keystone": _keystone,
    "page": _page,
    "astakos": _legacy,
    "pithos": _legacy,
    "cyclades": _legacy,
    "swift": _swift,
    "nova": _nova,
    "cinder": _nova,
    "neutron": _neutron,
    "glance": _glance,
    "ops": _ops,
}
