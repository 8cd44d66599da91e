"""Glance v2: images, their data, their tags (compute-image-volume.md 14.8, IMG-201)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from synnefod.common.errors import Malformed, NotFound, UnsupportedMedia
from synnefod.common.ids import is_uuid
from synnefod.common.jsonio import parse_sent
from synnefod.common.principal import Principal
from synnefod.images.interface import Image, ImageChange, Images
from synnefod.protocols.http.ranges import parse_range
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.image.changes import MOST_TAGS, change_v2, patched_v2
from synnefod.resources.image.filters import page_v2
from synnefod.resources.image.views import image_v2

PATCHES = frozenset(
    {
        "application/openstack-images-v2.1-json-patch",
        "application/openstack-images-v2.0-json-patch",
    }
)
IMPORT_METHODS = ("glance-direct",)
Document = dict[str, Any]


class GlanceImages:
    """`/images` of Glance v2."""

    def __init__(self, images: Images) -> None:
        self.images = images

    @route("GET", "/images")
    async def list(self, call: Call) -> Document:
        page, more = page_v2(
            await self.images.list(call.principal), call.query, call.principal.user
        )
        kept = [(key, value) for key, value in call.query.items() if key != "marker"]
        first = "/v2/images" + (f"?{urlencode(kept)}" if kept else "")
        shown: Document = {
            "images": [image_v2(image) for image in page],
            "schema": "/v2/schemas/images",
            "first": first,
        }
        if more and page:
            shown["next"] = "/v2/images?" + urlencode([("marker", page[-1].id), *kept])
        return shown

    @route("POST", "/images", body=dict[str, Any])
    async def create(self, call: Call) -> Reply:
        said = dict(call.body)
        wished = said.pop("id", None)
        if wished is not None and not (isinstance(wished, str) and is_uuid(wished)):
            raise Malformed("id is not a UUID.")
        image = await self.images.create(call.principal, change_v2(said), image=wished)
        return Reply(
            image_v2(image),
            status=201,
            headers={
                "Location": f"{call.url}/images/{image.id}",
                "OpenStack-image-import-methods": ",".join(IMPORT_METHODS),
            },
        )

    @route("GET", "/images/<image>")
    async def show(self, call: Call, image: str) -> Document:
        return image_v2(await self.images.get(call.principal, image))

    @route("PATCH", "/images/<image>")
    async def patch(self, call: Call, image: str) -> Document:
        kind = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in PATCHES:
            raise UnsupportedMedia(f"A patch is one of {', '.join(sorted(PATCHES))}.")
        patch = parse_sent(await call.stream.read_all(1 << 20))
        found = await self.images.get(call.principal, image)
        change = patched_v2(found, patch)
        return image_v2(await self.images.update(call.principal, image, change))

    @route("DELETE", "/images/<image>", status=204)
    async def delete(self, call: Call, image: str) -> None:
        await self.images.delete(call.principal, image)

    # -- data

    @route("PUT", "/images/<image>/file", status=204)
    async def upload(self, call: Call, image: str) -> None:
        _check_data(call)
        await self.images.upload(call.principal, image, call.stream, length=call.stream.length)

    @route("PUT", "/images/<image>/stage", status=204)
    async def stage(self, call: Call, image: str) -> None:
        _check_data(call)
        await self.images.stage(call.principal, image, call.stream, length=call.stream.length)

    @route("POST", "/images/<image>/import", status=202, body=dict[str, Any])
    async def import_data(self, call: Call, image: str) -> None:
        """`glance-direct` alone: the daemon fetches nothing from addresses that it is told."""
        method = call.body.get("method")
        name = method.get("name") if isinstance(method, dict) else None
        if name not in IMPORT_METHODS:
            raise Malformed(f"An import's method is one of {', '.join(IMPORT_METHODS)}.")
        await self.images.import_staged(call.principal, image)

    @route("POST", "/images/<image>/actions/<any('deactivate', 'reactivate'):verb>", status=204)
    async def act(self, call: Call, image: str, verb: str) -> None:
        await self.images.enable(call.principal, image, enabled=verb == "reactivate")

    @route("GET", "/images/<image>/tasks")
    async def tasks(self, call: Call, image: str) -> Document:
        await self.images.get(call.principal, image)
        return {"tasks": []}

    @route("GET", "/images/<image>/file")
    async def download(self, call: Call, image: str) -> Reply:
        found = await self.images.get(call.principal, image)
        if found.size is None:
            return Reply(status=204)
        found, opened = await self.images.open(call.principal, image)
        size = found.size or 0
        headers = {"Content-MD5": found.checksum} if found.checksum else {}
        wanted = parse_range(call.headers.get("Range"), size)
        if wanted is None or len(wanted) != 1:
            return self._data(await opened.data(), size, 200, headers)
        span = wanted[0]
        headers["Content-Range"] = span.content_range(size)
        return self._data(await opened.data(span.start, span.stop), span.length, 206, headers)

    def _data(self, body: object, length: int, status: int, headers: dict[str, str]) -> Reply:
        return Reply(
            body,
            status=status,
            headers=headers,
            content_type="application/octet-stream",
            length=length,
        )

    # -- tags

    @route("PUT", "/images/<image>/tags/<tag>", status=204)
    async def add_tag(self, call: Call, image: str, tag: str) -> None:
        found = await self.images.get(call.principal, image)
        if len(found.tags) >= MOST_TAGS and tag not in found.tags:
            raise Malformed(f"An image has at most {MOST_TAGS} tags.")
        await self._tags(call.principal, found, {*found.tags, tag})

    @route("DELETE", "/images/<image>/tags/<tag>", status=204)
    async def remove_tag(self, call: Call, image: str, tag: str) -> None:
        found = await self.images.get(call.principal, image)
        if tag not in found.tags:
            raise NotFound(f"Image {image} has no tag '{tag[:64]}'.")
        await self._tags(call.principal, found, {*found.tags} - {tag})

    async def _tags(self, principal: Principal, image: Image, tags: set[str]) -> None:
        await self.images.update(principal, image.id, ImageChange(tags=tuple(sorted(tags))))


def _check_data(call: Call) -> None:
    kind = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/octet-stream":
        raise UnsupportedMedia("The data of an image is application/octet-stream.")


class GlanceDocuments:
    """What Glance v2 says of itself: schemas, import methods, empty task lists."""

    @route("GET", "/schemas/image")
    async def image_schema(self, call: Call) -> Document:
        return IMAGE_SCHEMA

    @route("GET", "/schemas/images")
    async def images_schema(self, call: Call) -> Document:
        return {
            "name": "images",
            "properties": {
                "images": {"type": "array", "items": IMAGE_SCHEMA},
                "first": {"type": "string"},
                "next": {"type": "string"},
                "schema": {"type": "string"},
            },
        }

    @route("GET", "/info/import")
    async def import_methods(self, call: Call) -> Document:
        return {
            "import-methods": {
                "description": "Import methods available.",
                "type": "array",
                "value": list(IMPORT_METHODS),
            }
        }

    @route("GET", "/tasks")
    async def tasks(self, call: Call) -> Document:
        return {"tasks": []}


def _nullable(kind: str, **more: Any) -> Document:
    return {"type": ["null", kind], **more}


_STRING: Document = {"type": "string"}
IMAGE_SCHEMA: Document = {
    "name": "image",
    "properties": {
        "id": {"type": "string"},
        "name": _nullable("string", maxLength=255),
        "status": {**_STRING, "readOnly": True},
        "visibility": {"type": "string", "enum": ["community", "public", "private", "shared"]},
        "protected": {"type": "boolean"},
        "os_hidden": {"type": "boolean"},
        "owner": _nullable("string"),
        "container_format": _nullable("string"),
        "disk_format": _nullable("string"),
        "size": _nullable("integer", readOnly=True),
        "virtual_size": _nullable("integer", readOnly=True),
        "checksum": _nullable("string", readOnly=True),
        "os_hash_algo": _nullable("string", readOnly=True),
        "os_hash_value": _nullable("string", readOnly=True),
        "min_disk": {"type": "integer"},
        "min_ram": {"type": "integer"},
        "tags": {"type": "array", "items": _STRING},
        "created_at": {**_STRING, "readOnly": True},
        "updated_at": {**_STRING, "readOnly": True},
        "self": {**_STRING, "readOnly": True},
        "file": {**_STRING, "readOnly": True},
        "schema": {**_STRING, "readOnly": True},
    },
    "additionalProperties": {"type": "string"},
    "links": [
        {"rel": "self", "href": "{self}"},
        {"rel": "enclosure", "href": "{file}"},
        {"rel": "describedby", "href": "{schema}"},
    ],
}


class ImageVersions:
    """Version documents, tokenless (IMG-054, IMG-200)."""

    @route("GET", "/", auth=False)
    async def choices(self, call: Call) -> Reply:
        return Reply({"versions": self._versions(call)}, status=300)

    @route("GET", "/versions", auth=False)
    async def versions(self, call: Call) -> Document:
        return {"versions": self._versions(call)}

    def _versions(self, call: Call) -> list[Document]:
        def version(name: str, path: str, status: str) -> Document:
            link = {"rel": "self", "href": f"{call.url}/{path}/"}
            return {"id": name, "status": status, "links": [link]}

        return [
            version("v2.9", "v2", "CURRENT"),
            version("v2.0", "v2", "SUPPORTED"),
            version("v1.0", "v1.0", "DEPRECATED"),
            version("v1", "v1", "DEPRECATED"),
        ]
