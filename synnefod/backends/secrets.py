"""Passwords of clusters at rest: AES-256-GCM under one key of the deployment (GNT-018).

    "v1:" base64( nonce 12 | ciphertext and tag )       associated data: the cluster's name

The key is any text; its SHA-256 is used. The name is bound in, so that a row's password cannot
be moved to another row.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from synnefod.common.errors import Conflict

_FORM = "v1:"
_NONCE = 12


class WrongKey(Conflict):
    """A stored cluster password cannot be decrypted: the encryption key is not the one it was
    stored with."""


class SecretBox:
    """Encrypts and decrypts with the key made of `secret`. Raises ValueError for an empty one."""

    def __init__(self, secret: str) -> None:
        if not secret:
            raise ValueError("the key that encrypts cluster passwords is empty")
        self._cipher = AESGCM(hashlib.sha256(secret.encode()).digest())

    def close(self, password: str, owner: str) -> str:
        """The stored form; different at every call."""
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, password.encode(), owner.encode())
        return _FORM + base64.b64encode(sealed).decode()

    def open(self, stored: str, owner: str) -> str:
        """The password. Raises WrongKey."""
        try:
            if not stored.startswith(_FORM):
                raise ValueError("another form")
            sealed = base64.b64decode(stored[len(_FORM) :], validate=True)
            plain = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], owner.encode())
            return plain.decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise WrongKey(
                f"The password of cluster {owner} cannot be decrypted: the encryption key is not"
                " the one that it was stored with."
            ) from None
