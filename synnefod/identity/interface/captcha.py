"""Showing that one is no program, before a sign-in is tried once more (identity.md 6.4)."""

from __future__ import annotations

from typing import Protocol


class Captcha(Protocol):
    """Digits in a picture, or spoken."""

    @property
    def enabled(self) -> bool: ...

    def challenge(self) -> str:
        """The name of a new one; nothing is stored."""

    async def picture(self, challenge: str, address: str) -> bytes:
        """A PNG for somebody at `address`. Raises NotFound for a name that we did not make or that
        is too old, TooManyRequests."""

    async def sound(self, challenge: str, address: str) -> bytes:
        """A WAV, for those who cannot see the picture. Raises as `picture` does."""

    async def solved(self, challenge: str, answer: str) -> bool:
        """Whether the answer is right; every challenge is good for one answer."""
