"""Names of tags on the clusters: users' tags and firewall profiles (ganeti.md 9, NET-195); pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote_plus, unquote_plus

TAG_PREFIX = "cyclades:user:"
SYSTEM_PREFIX = "cyclades:system:"
SYSTEM = "/"
"""Before the name of a tag that is the administrators'; no user's tag holds it (CMP-175)."""
LONGEST = 128
"""Characters that Ganeti takes."""
_FIREWALL = "synnefo:network:"
_PROFILES = {"ENABLED": "protected", "PROTECTED": "limited", "DISABLED": "unprotected"}


def encoded_tag(tag: str) -> str:
    """A tag in Ganeti's alphabet (CMP-173)."""
    prefix = SYSTEM_PREFIX if tag.startswith(SYSTEM) else TAG_PREFIX
    encoded = quote_plus(prefix + tag.removeprefix(SYSTEM), safe=":")
    return encoded.replace("_", "*").replace("%", "/")


def decoded_tag(tag: str) -> str | None:
    """The tag behind one of a cluster's; None for what is none of ours (CMP-173, CMP-175)."""
    plain = unquote_plus(tag.replace("/", "%").replace("*", "_"), errors="replace")
    for prefix, mark in ((TAG_PREFIX, ""), (SYSTEM_PREFIX, SYSTEM)):
        name = plain.removeprefix(prefix)
        if name != plain and name and "/" not in name and "," not in name:
            return mark + name
    return None


def decoded_tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(decoded_tag, tags) if name is not None)


def firewall_tag(nic: str, profile: str) -> str:
    """`profile`: ENABLED, PROTECTED or DISABLED."""
    return f"{_FIREWALL}{nic}:{_PROFILES[profile]}"


def firewall_tags(nic: str) -> frozenset[str]:
    """Every tag that may say what the profile of this NIC is."""
    return frozenset(firewall_tag(nic, profile) for profile in _PROFILES)
