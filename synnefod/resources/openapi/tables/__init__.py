"""What the handlers of each mount take and answer, and shapes that several of them share."""

from __future__ import annotations

from typing import Any

from synnefod.resources.openapi.notation import Named

LINK = Named("Link", {"rel": str, "href": str})
LINKS = [LINK]
STRINGS = {"*": str}
"""An object of texts, such as metadata."""
VERSION = Named(
    "Version",
    {
        "id": str,
        "status": str,
        "updated?": str,
        "version?": str,
        "min_version?": str,
        "links": [{"rel": str, "href": str, "type?": str}],
        "media-types?": [{"base": str, "type": str}],
        "media_types?": [{"base": str, "type": str}],
    },
)
ANY = Any
