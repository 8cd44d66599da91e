"""Container policies: quota, versioning, project (PIT-065 to PIT-072). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId, is_uuid
from synnefod.objects.interface import Policy
from synnefod.objects.parts import ObjectSettings

DIRECTIVES = ("quota", "versioning", "project")


def effective(stored: Mapping[str, str], account: str, settings: ObjectSettings) -> Policy:
    """What holds: the stored directives over the defaults."""
    return Policy(
        int(stored.get("quota", settings.container_quota)),
        stored.get("versioning", settings.versioning),
        ProjectId(stored.get("project", account)),
    )


def changed(
    stored: Mapping[str, str], given: Mapping[str, str], *, replace: bool
) -> dict[str, str]:
    """The directives to store after a request that gives some. Raises Malformed."""
    after = dict(stored)
    if replace and given:
        after = {key: value for key, value in stored.items() if key == "project"}
    for key, value in given.items():
        value = "".join(value.split())
        if key not in DIRECTIVES:
            raise Malformed(f"Unknown policy '{key[:64]}'.")
        if not value:
            after.pop(key, None)
            continue
        after[key] = _checked(key, value)
    return after


def _checked(key: str, value: str) -> str:
    if key == "quota":
        if not (value.isascii() and value.isdigit()) or len(value) > 18:
            raise Malformed("The container quota is not a number of bytes.")
        return str(int(value))
    if key == "versioning" and value not in ("auto", "none"):
        raise Malformed("Versioning is 'auto' or 'none'.")
    if key == "project":
        value = value.lower()
        if not is_uuid(value):
            raise Malformed("The project of a container is given by its UUID.")
    return value
