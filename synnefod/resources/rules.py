"""Whether the access rules of an application credential allow a request (identity.md 4.4)."""

from __future__ import annotations

import re

from synnefod.common.errors import Forbidden
from synnefod.common.principal import Principal

_VERSION = re.compile(r"v\d+(\.\d+)?")
_NAMES = {
    "astakos": "identity",
    "volumev2": "volume",
    "volumev3": "volume",
    "block-storage": "volume",
    "block-store": "volume",
    "object-storage": "object-store",
}
"""Services by one name each: a mount's, a catalogue's, and those of OpenStack's service types."""


def obey(principal: Principal, service: str, method: str, mount: str, path: str) -> None:
    """Raises Forbidden for what no rule of the asker's credential allows. A rule's path is the
    whole one, or what begins with the version of the API, as in OpenStack's own manuals."""
    if principal.rules is None:
        return
    whole = mount + path
    shown = {whole, _versioned(mount, path)}
    asked = _NAMES.get(service, service)
    for rule in principal.rules:
        if (
            rule.method == method
            and _NAMES.get(rule.service, rule.service) == asked
            and any(rule.covers(each) for each in shown)
        ):
            return
    raise Forbidden("The application credential's access rules do not allow this request.")


def _versioned(mount: str, path: str) -> str:
    """The path from the first version in the mount on, or else in the first part below it."""
    parts = (mount + path).split("/")
    for number in range(1, min(len(parts), mount.count("/") + 2)):
        if _VERSION.fullmatch(parts[number]):
            return "/" + "/".join(parts[number:])
    return mount + path
