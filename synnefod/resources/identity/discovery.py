"""Which versions of the identity API there are (identity.md 4.1)."""

from __future__ import annotations

from typing import Any

from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route


def version_3(url: str) -> dict[str, Any]:
    """`url` is the address of v3 without a trailing slash."""
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": url + "/"}],
        "media-types": [
            {"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}
        ],
    }


def version_2(url: str) -> dict[str, Any]:
    """Synnefo's own v2.0; not in the list of versions, where it would catch v3 clients."""
    kinds = [{"base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"}]
    return {
        "id": "v2.0",
        "status": "deprecated",
        "updated": "2014-04-17T00:00:00Z",
        "links": [
            {"rel": "self", "href": url + "/"},
            {"rel": "describedby", "type": "text/html", "href": "https://www.synnefo.org/docs/"},
        ],
        "media_types": kinds,
        "media-types": kinds,
    }


class Versions:
    """The list, at the root of identity; it names v3 alone unless `list_v2`."""

    def __init__(self, *, list_v2: bool = False) -> None:
        self.list_v2 = list_v2

    @route("GET", "/", auth=False)
    async def versions(self, call: Call) -> Reply:
        found = [version_3(call.url + "/v3")]
        if self.list_v2:
            found.append(version_2(call.url + "/v2.0"))
        return Reply({"versions": {"values": found}}, status=300)


class Version3:
    @route("GET", "/", auth=False)
    async def version(self, call: Call) -> dict[str, Any]:
        return {"version": version_3(call.url)}


class Version2:
    @route("GET", "/", auth=False)
    async def version(self, call: Call) -> dict[str, Any]:
        return {"version": version_2(call.url)}
