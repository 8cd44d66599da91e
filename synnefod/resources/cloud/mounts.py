"""The cloud's own mount, as assembly puts it into the URL tree."""

from __future__ import annotations

from synnefod.audit.interface import Audit
from synnefod.common.clockwork import IClock
from synnefod.feed.interface import Feed
from synnefod.identity.interface import Identity
from synnefod.notices.interface import Notices
from synnefod.resources.cloud.audit import AuditNoun
from synnefod.resources.cloud.events import EventNoun
from synnefod.resources.cloud.notices import NoticeNoun
from synnefod.resources.door import Mount

ROOT = "/cloud/v1"


def cloud_mounts(
    notices: Notices, feed: Feed, audit: Audit, door: Identity, clock: IClock
) -> list[Mount]:
    """`/cloud/v1`: JSON in the envelope of Synnefo's own services."""
    nouns = [NoticeNoun(notices), EventNoun(feed, door, clock), AuditNoun(audit)]
    return [Mount(ROOT, "astakos", nouns, door, service="cloud")]
