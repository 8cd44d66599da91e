"""Seals short-lived secrets before they are stored (architecture.md 4: secrets at rest)."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from synnefod.common.errors import CorruptData


class Vault:
    """Authenticated encryption (Fernet) under a key derived from the deployment's secret."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: at least 16 bytes, the same on all daemons of a deployment."""
        if len(secret) < 16:
            raise ValueError("the secret is shorter than 16 bytes")
        digest = hashlib.sha256(b"synnefod server secrets\0" + secret).digest()
        self._box = Fernet(base64.urlsafe_b64encode(digest))

    def seal(self, text: str) -> str:
        return self._box.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """Raises CorruptData for text that this key did not seal."""
        try:
            return self._box.decrypt(sealed.encode("ascii")).decode()
        except (InvalidToken, UnicodeError):
            raise CorruptData("A stored secret cannot be opened.") from None
