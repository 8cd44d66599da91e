"""What this deployment offers to Swift's clients (object-storage.md 5.2, 5.3)."""

from __future__ import annotations

from synnefod.objects.interface import BLOCK_HASH, BLOCK_SIZE
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.objects import headers, paths, static
from synnefod.resources.objects.swift import bulk, extracting, links, tempurl
from synnefod.resources.objects.swift.asking import LISTING_LIMIT, MAX_FILE


def offered(version: str) -> dict[str, object]:
    """Only what is served has a section: clients take an absent one for an absent feature."""
    swift = {
        "version": version,
        "strict_cors_mode": True,
        "policies": [{"name": "default", "default": True, "aliases": "default"}],
        "allow_account_management": False,
        "account_autocreate": True,
        "max_file_size": MAX_FILE,
        "max_meta_name_length": headers.MAX_NAME,
        "max_meta_value_length": headers.MAX_VALUE,
        "max_meta_count": headers.MAX_COUNT,
        "max_meta_overall_size": headers.MAX_OVERALL,
        "max_object_name_length": paths.MAX_OBJECT,
        "max_container_name_length": paths.MAX_CONTAINER,
        "max_account_name_length": paths.MAX_ACCOUNT,
        "container_listing_limit": LISTING_LIMIT,
        "account_listing_limit": LISTING_LIMIT,
    }
    return {
        "swift": swift,
        "tempurl": {
            "methods": list(tempurl.METHODS),
            "allowed_digests": list(tempurl.DIGESTS),
            "deprecated_digests": ["sha1"],
            "incoming_remove_headers": ["x-timestamp", "x-open-expired"],
            "incoming_allow_headers": [],
            "outgoing_remove_headers": ["x-object-meta-*"],
            "outgoing_allow_headers": [f"{tempurl.PUBLIC}*"],
        },
        "formpost": {
            "allowed_digests": list(tempurl.DIGESTS),
            "deprecated_digests": ["sha1"],
        },
        "symlink": {"symloop_max": links.MAX_HOPS, "static_links": True},
        "staticweb": {},
        "object_versioning": {},
        "slo": {
            "max_manifest_segments": static.MAX_SEGMENTS,
            "max_manifest_size": static.MAX_MANIFEST,
            "min_segment_size": 1,
            "allow_async_delete": False,
        },
        "bulk_delete": {
            "max_deletes_per_request": bulk.MAX_NAMES,
            "max_failed_deletes": bulk.MAX_FAILURES,
        },
        "bulk_upload": {
            "max_containers_per_extraction": extracting.MAX_CONTAINERS,
            "max_failed_extractions": extracting.MAX_FAILURES,
        },
        "pithos": {"block_size": BLOCK_SIZE, "block_hash": BLOCK_HASH, "hashmap": True},
    }


class Info:
    """The noun of `/info`, `/swift/info` and `/pithos/object-store/info`."""

    def __init__(self, version: str) -> None:
        self._version = version

    @route("GET", "/", auth=False)
    async def show(self, call: Call) -> Reply:
        return Reply(offered(self._version), content_type="application/json; charset=UTF-8")
