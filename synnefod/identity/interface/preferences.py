"""What people like; only their programs understand it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from synnefod.common.ids import UserId


class Preferences(Protocol):
    """What people like; a JSON object that only their programs understand."""

    async def show(self, user: UserId) -> dict[str, Any]:
        """Empty before the first `replace`."""

    async def replace(self, user: UserId, wanted: Mapping[str, Any]) -> None:
        """Raises TooLarge beyond 64 KiB of JSON."""
