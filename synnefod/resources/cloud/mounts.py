"""The cloud's own mount, as assembly puts it into the URL tree."""

from __future__ import annotations

from synnefod.identity.interface import Identity
from synnefod.notices.interface import Notices
from synnefod.resources.cloud.notices import NoticeNoun
from synnefod.resources.door import Mount

ROOT = "/cloud/v1"


def cloud_mounts(notices: Notices, door: Identity) -> list[Mount]:
    """`/cloud/v1`: JSON in the envelope of Synnefo's own services."""
    return [Mount(ROOT, "astakos", [NoticeNoun(notices)], door, service="cloud")]
