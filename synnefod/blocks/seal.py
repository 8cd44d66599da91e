"""A keyed checksum beside a stored block, a tenth as dear as its SHA-256.

Note [What a seal says]. Whoever holds the deployment's secret has once seen that these bytes are
what the block's name says. It is AES-GMAC under a key made of the secret, with a nonce from the
name: one message a nonce, for a name has one content. Who can write to the block store but does not
know the secret cannot seal other bytes. A seal that is absent or does not fit proves nothing: then
the name itself decides, so another secret, or a copy of the files without their attributes, costs
time and nothing else. The scrub goes by the names alone.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from synnefod.common.ids import BlockHash

_NONCE = 12


class Seal:
    """Seals of the deployment whose `secret` this is."""

    def __init__(self, secret: bytes) -> None:
        self._mac = AESGCM(hmac.digest(secret, b"block seal", hashlib.sha256))

    def of(self, name: BlockHash, data: bytes) -> bytes:
        """16 bytes for `data`, which must be known to be the block `name`'s."""
        return self._mac.encrypt(name[:_NONCE], b"", data)

    def fits(self, name: BlockHash, data: bytes, seal: bytes) -> bool:
        """Whether `data` is what was sealed as `name`."""
        return hmac.compare_digest(self.of(name, data), seal)
