"""A mount's document: made of the routes that serve, and of what the tables say of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen

from synnefod.resources.door import Mount
from synnefod.resources.openapi import refusals
from synnefod.resources.openapi.notation import Schema, Schemas, Shape
from synnefod.resources.openapi.paths import parameters, template
from synnefod.resources.openapi.said import Content, Operation, Said
from synnefod.resources.openapi.tables.every import OPERATIONS, TABLE, VERBS
from synnefod.resources.routes import Handler, Route

OPENAPI = "3.1.0"
JSON = "application/json"
METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"})
"""What a path of a document may hold; others (COPY, MOVE) stand under `x-methods`."""
_ROWS = re.compile(r"\s*\(?\b[A-Z]{2,3}-\d+[^)]*\)?:?")
_NOT_NAMED = re.compile(r"[^0-9A-Za-z_]+")


class Undescribed(LookupError):
    """A route of a published mount that no table says anything of."""


@frozen
class Call:
    """One method at one path of a mount."""

    method: str
    pattern: str
    name: str
    summary: str
    said: Said
    status: int
    body: Any
    empty_ok: bool
    auth: bool | None


def calls(mount: Mount) -> Iterator[Call]:
    """Every call that a mount serves. Raises Undescribed."""
    for made, handler in mount.routes:
        yield from _calls(mount, made, handler)


def said_of(handler: Handler) -> Said | None:
    """What the tables say of a handler; None for nothing."""
    noun, name = getattr(handler, "__self__", None), handler.__name__
    function = getattr(type(noun), name, None)
    if type(noun).__module__.startswith(VERBS.package):
        return VERBS.said
    return None if function is None else TABLE.get(function)


def _calls(mount: Mount, made: Route, handler: Handler) -> Iterator[Call]:
    noun = type(getattr(handler, "__self__", None))
    function = getattr(noun, handler.__name__, None)
    own: Iterable[Operation] | None = OPERATIONS.get(function) if function is not None else None
    if own is not None:
        for each in own:
            yield Call(
                each.method,
                each.path,
                each.name,
                each.summary,
                each.said,
                each.status,
                None,
                True,
                made.auth,
            )
        return
    said = said_of(handler)
    if said is None:
        raise Undescribed(f"{mount.path}{made.path}: {noun.__qualname__}.{handler.__name__}")
    verb = made.path.rpartition("/")[2] if noun.__module__.startswith(VERBS.package) else ""
    named = _NOT_NAMED.sub("_", verb) or f"{noun.__name__}_{handler.__name__}"
    summary = _summary(getattr(function, "__doc__", None), verb or handler.__name__)
    for method in made.methods:
        yield Call(
            method,
            made.path,
            named,
            summary,
            said,
            made.status,
            made.body,
            made.empty_ok,
            made.auth,
        )


def _summary(doc: str | None, usual: str) -> str:
    """The first sentence of a handler's docstring, without the rows that it names."""
    first = _ROWS.sub("", " ".join((doc or "").split())).strip().partition(". ")[0].strip()
    return first.rstrip(".") or usual.replace("_", " ").replace("-", " ").capitalize()


def document(mount: Mount, title: str, version: str) -> Mapping[str, Any]:
    """The whole of it."""
    return _Writer(mount).document(title, version)


class _Writer:
    def __init__(self, mount: Mount) -> None:
        self.mount = mount
        self.schemas = Schemas()
        self.used: dict[str, int] = {}

    def document(self, title: str, version: str) -> Mapping[str, Any]:
        paths: dict[str, dict[str, Any]] = {}
        for call in calls(self.mount):
            self._place(paths.setdefault(template(call.pattern), {}), call)
        return {
            "openapi": OPENAPI,
            "info": {"title": title, "version": version, "license": LICENSE},
            "servers": [{"url": self.mount.path}],
            "paths": paths,
            "components": {
                "schemas": self.schemas.named,
                "responses": self._refusals(),
                "securitySchemes": {
                    "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}
                },
            },
        }

    def _place(self, path: dict[str, Any], call: Call) -> None:
        made = self._operation(call)
        if call.method in METHODS:
            path[call.method.lower()] = made
        else:
            path.setdefault("x-methods", {})[call.method] = made

    def _operation(self, call: Call) -> dict[str, Any]:
        said = call.said
        answers: dict[str, Any] = {
            str(status): self._answer(status, shape, said, call.method)
            for status, shape in said.answers(call.status).items()
        }
        for status in self._refused():
            answers.setdefault(status, {"$ref": f"#/components/responses/{_component(status)}"})
        made: dict[str, Any] = {
            "operationId": self._named(call.name),
            "summary": call.summary,
            "security": _security(call.auth),
            "responses": answers,
        }
        given = [
            *parameters(call.pattern),
            *(_parameter(name, "query") for name in said.query),
            *(_parameter(name, "header") for name in said.headers),
        ]
        if given:
            made["parameters"] = given
        body = self._body(call)
        if body is not None:
            made["requestBody"] = body
        return made

    def _named(self, name: str) -> str:
        """An id of its own for each operation; the second of one name is numbered."""
        count = self.used[name] = self.used.get(name, 0) + 1
        return name if count == 1 else f"{name}_{count}"

    def _body(self, call: Call) -> dict[str, Any] | None:
        said = call.said
        if said.body is None and not said.sends and call.body is None:
            return None
        free = call.body is None or call.body is Any or call.body == dict[str, Any]
        shape = said.body if said.body is not None else None if free else call.body
        schema: Schema = {} if shape is None else self.schemas.of(shape)
        kinds = said.sends or (JSON,)
        return {
            "required": not call.empty_ok,
            "content": {kind: {"schema": schema} for kind in kinds},
        }

    def _answer(
        self, status: int, shape: Shape | Content | None, said: Said, method: str
    ) -> dict[str, Any]:
        made: dict[str, Any] = {"description": _TEXTS.get(status, "Done.")}
        headers = {"X-Openstack-Request-Id": _TEXT, **{name: _TEXT for name in said.shows}}
        made["headers"] = {name: {"schema": schema} for name, schema in headers.items()}
        if shape is None or method == "HEAD" or status in (204, 304):
            return made
        kinds = shape.kinds if isinstance(shape, Content) else {JSON: shape}
        made["content"] = {kind: {"schema": self.schemas.of(each)} for kind, each in kinds.items()}
        return made

    def _refused(self) -> tuple[str, ...]:
        return refusals.statuses(self.mount.dialect)

    def _refusals(self) -> dict[str, Any]:
        return {
            _component(status): {
                "description": refusals.text_of(status),
                "content": {
                    kind: {"schema": self.schemas.of(shape)}
                    for kind, shape in refusals.content_of(self.mount.dialect, status).items()
                },
            }
            for status in self._refused()
        }


LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_TEXT = {"type": "string"}
_TEXTS = {
    200: "Done.",
    201: "Made.",
    202: "Accepted; it happens afterwards.",
    204: "Done; there is nothing to say.",
    206: "A part, as it was asked for.",
    300: "There are several versions.",
    304: "Nothing has changed since.",
    404: "It is not there.",
    503: "Not ready.",
}


def _component(status: str) -> str:
    return f"Refused{status}"


def _parameter(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": _TEXT}


def _security(auth: bool | None) -> list[dict[str, list[str]]]:
    token: dict[str, list[str]] = {"token": []}
    return [token] if auth else [{}] if auth is False else [{}, token]
