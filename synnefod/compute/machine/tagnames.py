"""Names of tags on the clusters: users' tags and firewall profiles (ganeti.md 9, NET-195); pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote_plus, unquote_plus

TAG_PREFIX = "cyclades:user:"
LONGEST = 128
"""Characters that Ganeti takes."""
_FIREWALL = "synnefo:network:"
_PROFILES = {"ENABLED": "protected", "PROTECTED": "limited", "DISABLED": "unprotected"}


def encoded_tag(tag: str) -> str:
    """A user's tag in Ganeti's alphabet (CMP-173)."""
    encoded = quote_plus(TAG_PREFIX + tag, safe=":")
    return encoded.replace("_", "*").replace("%", "/")


def decoded_tag(tag: str) -> str | None:
    """The user's tag behind one of a cluster's; None for any other (CMP-173, CMP-175)."""
    plain = unquote_plus(tag.replace("/", "%").replace("*", "_"), errors="replace")
    if not plain.startswith(TAG_PREFIX):
        return None
    name = plain.removeprefix(TAG_PREFIX)
    return None if not name or "/" in name or "," in name else name


def decoded_tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in map(decoded_tag, tags) if name is not None)


def firewall_tag(nic: str, profile: str) -> str:
    """`profile`: ENABLED, PROTECTED or DISABLED."""
    return f"{_FIREWALL}{nic}:{_PROFILES[profile]}"


def firewall_tags(nic: str) -> frozenset[str]:
    """Every tag that may say what the profile of this NIC is."""
    return frozenset(firewall_tag(nic, profile) for profile in _PROFILES)
