"""The v3 catalogue as JSON that is made once, not for every token."""

from __future__ import annotations

from msgspec import Raw

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump
from synnefod.identity.interface import Catalogue

MOST = 64
"""Addresses by which clients reached us; whoever asks chooses the Host header."""
_USER, _PROJECT = "\x00user", "\x00project"
"""No URL holds a NUL. These stand in the kept text for what differs from token to token."""
_IN_JSON = dump(_USER)[1:-1], dump(_PROJECT)[1:-1]


class Printed:
    """Catalogues by the base URL, and by whether there is a project; none outlives a change."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._edition = catalogue.edition
        self._kept: dict[tuple[str, bool], bytes] = {}

    def v3(self, base: str, user: UserId, project: ProjectId | None) -> Raw:
        """`Catalogue.v3` as JSON."""
        if self._edition is not self._catalogue.edition or len(self._kept) >= MOST:
            self._edition = self._catalogue.edition
            self._kept.clear()
        key = (base, project is not None)
        text = self._kept.get(key)
        if text is None:
            holder = ProjectId(_PROJECT) if project is not None else None
            text = self._kept[key] = dump(self._catalogue.v3(base, UserId(_USER), holder))
        text = text.replace(_IN_JSON[0], user.encode())
        return Raw(text if project is None else text.replace(_IN_JSON[1], project.encode()))
