"""Objects whose data the storage of volumes makes: snapshots (object-storage.md 1.13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from synnefod.common.ids import UserId
from synnefod.objects.values import Available, Place
from synnefod.store.interface import Tx


class Mapped(Protocol):
    """For the image service."""

    async def register_map(
        self,
        owner: UserId,
        place: Place,
        *,
        size: int,
        content_type: str,
        map_name: str,
        domain: str,
        properties: Mapping[str, str],
        tx: Tx | None = None,
    ) -> str:
        """A snapshot's object (PIT-201): container made if needed, not available; its UUID.
        With `tx` it joins the caller's transaction."""

    async def set_available(self, uuid: str, available: Available, *, tx: Tx | None = None) -> None:
        """PIT-203. With `tx` joins the caller's transaction. Raises NoSuchObject."""

    async def taken(self, tx: Tx, place: Place) -> bool:
        """Whether there is an object at this place now."""
