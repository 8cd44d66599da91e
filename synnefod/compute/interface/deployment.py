"""What the deployment of images asks and tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from synnefod.images.interface import Image, Opened


class Deployment(Protocol):
    """The node's side of a building: `uuid` is the secret in its one-time document."""

    async def image(self, uuid: str) -> tuple[Image, Opened]:
        """The image to fill the first disk with. Raises NotFound."""

    async def tell(self, uuid: str, body: Mapping[str, Any]) -> None:
        """A message of ganeti.md 16, without instance and time. Raises NotFound, Malformed."""
