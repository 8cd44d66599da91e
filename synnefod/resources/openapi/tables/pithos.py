"""`/pithos/object-store/v1`: Pithos, whose noun finds its way by itself (object-storage.md 4)."""

from __future__ import annotations

from synnefod.resources.objects.pithos.bundles import Bundles, Searching
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.objects.pithos.public import PublicLinks
from synnefod.resources.objects.pithos.view import ViewPages
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import (
    ANYTHING,
    TEXT,
    Content,
    Operation,
    Operations,
    Said,
    Table,
    content,
)
from synnefod.resources.openapi.tables import ANY
from synnefod.resources.openapi.tables.files import (
    ACCOUNT,
    CONDITIONS,
    CONTAINER,
    DATA,
    JSON,
    LIST,
    OBJECT,
    PLAIN,
    SINCE,
    SUBDIR,
    XML,
    listing,
)

CONTAINER_ROW = Named(
    "Container",
    {
        "name": str,
        "count": int,
        "bytes": int,
        "last_modified": str,
        "x_container_policy?": {"*": ANY},
        "*": ANY,
    },
)
OBJECT_ROW = Named(
    "Object",
    {
        "name": str,
        "bytes": int,
        "content_type": str,
        "hash": str,
        "last_modified?": str,
        "x_object_hash": str,
        "x_object_uuid": str,
        "x_object_version": int,
        "x_object_version_timestamp": str,
        "x_object_modified_by": str,
        "*": ANY,
    },
)
OWNER = Named("SharingAccount", {"name": str, "last_modified?": str})
HASHMAP = Named(
    "Hashmap", {"bytes": int, "hashes": [str], "block_hash?": str, "block_size?": int, "*": ANY}
)
VERSIONS = {"versions": [[(int, str)]]}
META = (
    *("X-Object-Sharing", "X-Object-Public", "X-Object-Public-Expires"),
    *("X-Object-Public-Downloads", "Content-Encoding", "Content-Disposition"),
)
SOURCE = ("X-Source-Account", "X-Source-Version")
TOP = (
    Operation(
        "GET",
        "/",
        "accounts_list",
        "The accounts that share something with the asker; without a token, the key as a token",
        Said(
            {200: listing(OWNER), 204: None},
            query=LIST,
            headers=("X-Auth-User", "X-Auth-Key"),
            shows=("X-Auth-Token", "X-Storage-Url"),
        ),
    ),
)
BELOW = (
    Operation(
        "HEAD",
        ACCOUNT,
        "account_show",
        "An account in headers",
        Said({204: None, 304: None}, query=("until",), headers=SINCE),
    ),
    Operation(
        "GET",
        ACCOUNT,
        "containers_list",
        "The containers of an account",
        Said(
            {200: listing(CONTAINER_ROW), 204: None, 304: None},
            query=(*LIST, "shared", "public", "until"),
            headers=SINCE,
        ),
    ),
    Operation(
        "POST",
        ACCOUNT,
        "account_update",
        "Metadata (`X-Account-Meta-*`) and groups (`X-Account-Group-*`) of an account",
        Said({202: None}, query=("update",)),
    ),
    Operation(
        "HEAD",
        CONTAINER,
        "container_show",
        "A container in headers",
        Said({204: None, 304: None}, query=("until",), headers=SINCE),
    ),
    Operation(
        "GET",
        CONTAINER,
        "objects_list",
        "The objects of a container",
        Said(
            {200: listing(OBJECT_ROW, SUBDIR), 204: None, 304: None},
            query=(
                *LIST,
                "prefix",
                "delimiter",
                "path",
                "meta",
                "shared",
                "public",
                "until",
                "end_marker",
                "reverse",
            ),
            headers=SINCE,
        ),
    ),
    Operation(
        "PUT",
        CONTAINER,
        "container_create",
        "Makes a container, or changes it (`X-Container-Policy-*`, `X-Container-Meta-*`)",
        Said({201: None, 202: None}),
    ),
    Operation(
        "POST",
        CONTAINER,
        "container_update",
        "Policies and metadata; with a body, blocks, whose hashes are the answer",
        Said(
            {202: Content({JSON: ([str],), PLAIN: TEXT, XML: TEXT})},
            query=("update", "format"),
            sends=("application/octet-stream",),
        ),
    ),
    Operation(
        "DELETE",
        CONTAINER,
        "container_delete",
        "An empty container, its history until a moment, or with `delimiter` what it holds",
        Said({204: None}, query=("until", "delimiter")),
    ),
    Operation(
        "HEAD",
        OBJECT,
        "object_show",
        "An object in headers",
        Said({200: None, 304: None}, query=("version",), headers=CONDITIONS),
    ),
    Operation(
        "GET",
        OBJECT,
        "object_read",
        "Its data, its hashmap (`hashmap`), or its versions (`version=list`)",
        Said(
            {
                200: Content({ANYTHING: TEXT, JSON: (HASHMAP, VERSIONS, ANY), XML: TEXT}),
                206: DATA,
                304: None,
            },
            query=("version", "format", "hashmap", "disposition-type"),
            headers=(*CONDITIONS, "Range", "If-Range"),
        ),
    ),
    Operation(
        "PUT",
        OBJECT,
        "object_write",
        "From data, a hashmap (409 names the blocks that are missing), or another object",
        Said(
            {201: None, 409: Content({JSON: ([str], {"*": ANY}), XML: TEXT})},
            query=("hashmap", "format", "delimiter", "ignore_content_type"),
            headers=(
                "Content-Type",
                "X-Copy-From",
                "X-Move-From",
                "X-Object-Manifest",
                *META,
                *SOURCE,
                *CONDITIONS[:2],
            ),
            sends=(ANYTHING,),
            shows=("ETag", "X-Object-Version"),
        ),
    ),
    Operation(
        "POST",
        OBJECT,
        "object_update",
        "Metadata, sharing and publishing; a part of the data; or a form",
        Said(
            {201: content(PLAIN), 202: None, 204: None},
            query=("update",),
            headers=(*META, *SOURCE, *CONDITIONS[:2], "Content-Range", "X-Source-Object"),
            sends=("application/octet-stream", "multipart/form-data"),
            shows=("ETag", "X-Object-Version"),
        ),
    ),
    Operation(
        "DELETE",
        OBJECT,
        "object_delete",
        "An object; its history until a moment; with `delimiter` what is below it",
        Said({204: None}, query=("until", "delimiter")),
    ),
    *(
        Operation(
            method,
            OBJECT,
            f"object_{method.lower()}",
            f"{what} to `Destination`",
            Said(
                {201: None},
                query=("delimiter", "ignore_content_type", "format"),
                headers=("Destination", "Destination-Account", "X-Source-Version", *META),
            ),
        )
        for method, what in (("COPY", "A copy"), ("MOVE", "Moves it"))
    ),
)
PUBLIC = tuple(
    Operation(
        method,
        "/<token>",
        f"public_{method.lower()}",
        "A published object",
        Said({200: answer, 206: answer, 304: None}, headers=(*CONDITIONS, "Range", "If-Range")),
    )
    for method, answer in (("HEAD", None), ("GET", DATA))
)
OPERATIONS: Operations = {
    PithosStore.top: TOP,
    PithosStore.below: BELOW,
    PublicLinks.serve: PUBLIC,
    ViewPages.view: (),
}
SAID: Table = {
    Bundles.promise: Said({"address": str}),
    Bundles.send: Said(content("application/zip")),
    Searching.search: Said(
        {"files": [{"container": str, "*": ANY}]}, query=("q", "container", "limit")
    ),
}
