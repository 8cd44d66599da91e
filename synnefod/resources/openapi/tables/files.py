"""What the tables of both dialects of the object store share (object-storage.md 4 and 5)."""

from __future__ import annotations

from synnefod.resources.openapi.notation import Named, Shape
from synnefod.resources.openapi.said import ANYTHING, TEXT, Content, content

JSON, XML, PLAIN = "application/json", "application/xml", "text/plain"
DATA = content(ANYTHING)
ACCOUNT, CONTAINER = "/<account>", "/<account>/<container>"
OBJECT = "/<account>/<container>/<object>"
CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since")
SINCE = ("If-Modified-Since", "If-Unmodified-Since")


def listing(*shapes: Shape) -> Content:
    """A list as lines, JSON or XML, whatever is asked for by `format` or `Accept`."""
    return Content({JSON: [shapes], PLAIN: TEXT, XML: TEXT, "text/xml": TEXT})


SUBDIR = Named("Subdir", {"subdir": str})
LIST = ("limit", "marker", "format")
