"""A short way to write down the shape of a JSON document, and its JSON Schema.

    LINK = Named("Link", {"rel": str, "href": str})
    {"id": str, "links": [LINK], "fault?": FAULT, "metadata": {"*": str}, "image": (IMAGE, str)}

A dict is an object with exactly these members; one whose name ends in "?" may be absent, and "*"
is every other member. A list of one is an array, a tuple is one of several. Everything else is a
type as msgspec knows it: `str | None`, `Literal["a", "b"]`, `Annotated[...]`, a Struct.
"""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import frozen
from msgspec import Struct

Shape = Any
Schema = dict[str, Any]
REF = "#/components/schemas/"


@frozen(eq=False)
class Named:
    """A shape with a name of its own among the components of a document."""

    name: str
    shape: Shape


@frozen(eq=False)
class Raw:
    """A JSON Schema as it is."""

    schema: Schema


class Schemas:
    """Turns shapes into schemas, and keeps those that have a name."""

    def __init__(self) -> None:
        self.named: dict[str, Schema] = {}
        self._of: dict[str, object] = {}

    def of(self, shape: Shape) -> Schema:
        """The schema of a shape. Raises ValueError when one name stands for two shapes."""
        if isinstance(shape, Named):
            return self._reference(shape)
        if isinstance(shape, Raw):
            return shape.schema
        if isinstance(shape, dict):
            return self._object(shape)
        if isinstance(shape, list):
            (inner,) = shape
            return {"type": "array", "items": self.of(inner)}
        if isinstance(shape, tuple):
            return {"anyOf": [self.of(each) for each in shape]}
        return self._typed(shape)

    def _reference(self, shape: Named) -> Schema:
        known = self._of.setdefault(shape.name, shape)
        if known is not shape:
            raise ValueError(f"two shapes are called {shape.name}")
        if shape.name not in self.named:
            self.named[shape.name] = {}
            self.named[shape.name] = self.of(shape.shape)
        return {"$ref": REF + shape.name}

    def _object(self, shape: dict[str, Shape]) -> Schema:
        members = {key: value for key, value in shape.items() if key != "*"}
        required = sorted(key for key in members if not key.endswith("?"))
        made: Schema = {
            "type": "object",
            "properties": {key.removesuffix("?"): self.of(v) for key, v in members.items()},
            "additionalProperties": self.of(shape["*"]) if "*" in shape else False,
        }
        if required:
            made["required"] = required
        return made

    def _typed(self, shape: Any) -> Schema:
        (made,), named = msgspec.json.schema_components([shape], ref_template=REF + "{name}")
        for name, schema in named.items():
            self.named.setdefault(name, schema)
        return _told(made)


def _told(schema: Schema) -> Schema:
    return {} if schema == {"type": "any"} else schema


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def keyed(choices: dict[str, Shape]) -> tuple[Shape, ...]:
    """An object with one member, whose name says what the value is."""
    return tuple({name: shape} for name, shape in choices.items())


def picked(shape: Named) -> Named:
    """The same thing of which the asker chose some members."""
    members = {f"{key.removesuffix('?')}?": value for key, value in shape.shape.items()}
    return Named(f"{shape.name}Picked", members)
