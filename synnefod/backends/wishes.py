"""What may be said of a cluster that is added or changed."""

from __future__ import annotations

from urllib.parse import urlsplit

from synnefod.common.errors import Malformed

HYPERVISORS = ("kvm", "xen-pvm", "xen-hvm", "fake")


def check_url(url: str) -> None:
    """Raises Malformed for what is no address of a RAPI."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Malformed(f"'{url[:100]}' is not the address of a RAPI (https://HOST:5080).")


def check_hypervisor(name: str) -> None:
    """Raises Malformed for an unknown one; empty: the cluster's own."""
    if name and name not in HYPERVISORS:
        raise Malformed(f"'{name[:40]}' is not a hypervisor; known are {', '.join(HYPERVISORS)}.")
