"""Where object storage is served: every mount of both dialects, for assembly."""

from __future__ import annotations

from attrs import frozen

from synnefod.identity.interface import Identity
from synnefod.identity.interface.oauth import OAuth
from synnefod.objects.interface import MAX_LISTING, Objects
from synnefod.resources.door import Mount
from synnefod.resources.objects.pithos import asking as pithos_asking
from synnefod.resources.objects.pithos import view
from synnefod.resources.objects.pithos.bundles import Bundles, Searching
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.objects.pithos.public import PublicLinks
from synnefod.resources.objects.pithos.view import ViewPages
from synnefod.resources.objects.swift import asking as swift_asking
from synnefod.resources.objects.swift.info import Info
from synnefod.resources.objects.swift.mount import SwiftStore

SERVICE = "object-store"
"""The name of all of this in the metrics."""


@frozen
class Faces:
    """What a deployment chooses of the doors of its object store (object-storage.md 8).

    `pithos` and `swift` are base paths. `etag_md5` reports the MD5 as ETag on Pithos (Swift always
    does); `keep_md5` computes it while data streams in on Pithos. `list_limit` is the longest
    listing on Pithos. `public_host` is the one host that serves published objects, "" for any.
    `by_name` calls people by name on Pithos. `swift_versioning` is the policy of containers made
    by Swift's clients.
    """

    pithos: str = "/pithos"
    swift: str = "/swift"
    etag_md5: bool = False
    keep_md5: bool = True
    list_limit: int = MAX_LISTING
    public_host: str = ""
    by_name: bool = False
    swift_versioning: str = "none"
    swift_enabled: bool = True


def mounts(
    objects: Objects,
    identity: Identity,
    version: str,
    faces: Faces = Faces(),
    oauth: OAuth | None = None,
) -> list[Mount]:
    """The mounts; `version` is shown in /info; with `oauth`, browsers may view objects. What lies
    beside them below the Pithos base is answered 400 (object-storage.md 0.1)."""
    settings = pithos_asking.Settings(
        objects,
        public_path=f"{faces.pithos}/public",
        etag_md5=faces.etag_md5,
        keep_md5=faces.keep_md5,
        list_limit=faces.list_limit,
        public_host=faces.public_host,
        by_name=faces.by_name,
    )
    store = f"{faces.pithos}/object-store"
    made = [
        Mount(
            f"{store}/v1",
            "pithos",
            [PithosStore(settings, identity)],
            identity,
            aliases=[f"{store}/v1.0"],
            service=SERVICE,
        ),
        Mount(store, "pithos", [], None, service=SERVICE),
        Mount(settings.public_path, "pithos", [PublicLinks(settings)], None, service=SERVICE),
        *(
            Mount(f"{faces.pithos}/{name}", "pithos", [noun], identity, service=SERVICE)
            for name, noun in (
                ("zip", Bundles(objects)),
                ("search", Searching(objects, settings.public_path)),
            )
        ),
    ]
    if oauth is not None:
        pages = ViewPages(settings, oauth)
        made.append(Mount(view.PATH, "pithos", [pages], None, service=SERVICE, shows=view.refusal))
    if not faces.swift_enabled:
        return made
    swift = swift_asking.Settings(objects, versioning=faces.swift_versioning)
    return [
        *made,
        Mount(f"{faces.swift}/v1", "swift", [SwiftStore(swift)], identity, service=SERVICE),
        Mount(
            "/info",
            "swift",
            [Info(version)],
            None,
            aliases=[*([f"{faces.swift}/info"] if faces.swift else []), f"{store}/info"],
        ),
    ]
