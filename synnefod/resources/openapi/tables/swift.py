"""`/swift/v1`: Swift, whose noun finds its way by itself (object-storage.md 5)."""

from __future__ import annotations

from synnefod.resources.objects.swift.info import Info
from synnefod.resources.objects.swift.mount import SwiftStore
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import (
    ANYTHING,
    TEXT,
    Content,
    Operation,
    Operations,
    Said,
    Table,
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
        "storage_policy?": str,
        "*": ANY,
    },
)
OBJECT_ROW = Named(
    "Object",
    {
        "name": str,
        "hash": str,
        "bytes": int,
        "content_type": str,
        "last_modified": str,
        "version_id?": str,
        "is_latest?": bool,
        "*": ANY,
    },
)
SIGNED = ("temp_url_sig", "temp_url_expires", "temp_url_prefix", "temp_url_ip_range")
SLICE = (*LIST, "end_marker", "prefix", "delimiter", "reverse")
BULK = Content(
    {
        JSON: {
            "Response Status": str,
            "Response Body": str,
            "Number Deleted?": int,
            "Number Not Found?": int,
            "Number Files Created?": int,
            "Errors": [[str]],
        },
        PLAIN: TEXT,
        XML: TEXT,
        "text/xml": TEXT,
    }
)
SWIFT_META = ("X-Delete-At", "X-Delete-After", "Content-Encoding", "Content-Disposition")
BELOW = (
    Operation(
        "HEAD",
        ACCOUNT,
        "account_show",
        "An account in headers",
        Said({204: None, 304: None}),
    ),
    Operation(
        "GET",
        ACCOUNT,
        "containers_list",
        "The containers of an account",
        Said({200: listing(CONTAINER_ROW, SUBDIR), 204: None, 304: None}, query=SLICE),
    ),
    Operation(
        "POST",
        ACCOUNT,
        "account_update",
        "Metadata and keys (`X-Account-Meta-*`); with `bulk-delete` removes what is named",
        Said({200: BULK, 204: None}, query=("bulk-delete",), sends=(PLAIN,)),
    ),
    Operation(
        "HEAD",
        CONTAINER,
        "container_show",
        "A container in headers",
        Said({204: None, 304: None}),
    ),
    Operation(
        "GET",
        CONTAINER,
        "objects_list",
        "The objects of a container, its versions, or the page of its web site",
        Said(
            {
                200: Content({**listing(OBJECT_ROW, SUBDIR).kinds, ANYTHING: TEXT}),
                204: None,
                301: None,
                304: None,
            },
            query=(*SLICE, "path", "versions", "version_marker", *SIGNED),
        ),
    ),
    Operation(
        "PUT",
        CONTAINER,
        "container_create",
        "Makes a container, or changes it; with `extract-archive` fills it",
        Said({200: BULK, 201: None, 202: None}, query=("extract-archive",), sends=(ANYTHING,)),
    ),
    Operation(
        "POST",
        CONTAINER,
        "container_update",
        "Metadata, access lists, versioning, web site (`X-Container-*`)",
        Said({200: BULK, 204: None}, query=("bulk-delete",), sends=(PLAIN,)),
    ),
    Operation(
        "DELETE",
        CONTAINER,
        "container_delete",
        "An empty container",
        Said({200: BULK, 204: None}),
    ),
    Operation(
        "HEAD",
        OBJECT,
        "object_show",
        "An object in headers",
        Said(
            {200: None, 206: None, 304: None},
            query=("part-number", "multipart-manifest", "symlink", "version-id", *SIGNED),
            headers=CONDITIONS,
        ),
    ),
    Operation(
        "GET",
        OBJECT,
        "object_read",
        "Its data",
        Said(
            {200: DATA, 206: DATA, 301: None, 304: None},
            query=("part-number", "multipart-manifest", "symlink", "version-id", *SIGNED),
            headers=(*CONDITIONS, "Range", "If-Range"),
        ),
    ),
    Operation(
        "PUT",
        OBJECT,
        "object_write",
        "From data, a list of segments, or another object",
        Said(
            {200: BULK, 201: None},
            query=("multipart-manifest", "extract-archive", *SIGNED),
            headers=("ETag", "X-Copy-From", "X-Object-Manifest", "X-Symlink-Target", *SWIFT_META),
            sends=(ANYTHING,),
            shows=("ETag",),
        ),
    ),
    Operation(
        "POST",
        OBJECT,
        "object_update",
        "Metadata (`X-Object-Meta-*`), which is replaced; or a form's files",
        Said(
            {200: BULK, 201: None, 202: None, 303: None},
            query=("bulk-delete", *SIGNED),
            headers=SWIFT_META,
            sends=("application/octet-stream", "multipart/form-data"),
        ),
    ),
    Operation(
        "DELETE",
        OBJECT,
        "object_delete",
        "An object, with `multipart-manifest=delete` its segments too",
        Said({200: BULK, 204: None}, query=("multipart-manifest", "version-id", *SIGNED)),
    ),
    Operation(
        "COPY",
        OBJECT,
        "object_copy",
        "A copy to `Destination`",
        Said(
            {201: None},
            query=("multipart-manifest", "symlink", "version-id"),
            headers=("Destination", "Destination-Account", "X-Fresh-Metadata"),
        ),
    ),
)
OPERATIONS: Operations = {SwiftStore.top: (), SwiftStore.below: BELOW}
SAID: Table = {Info.show: Said({"*": ANY})}
