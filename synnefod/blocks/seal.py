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
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from synnefod.blocks import hashing
from synnefod.blocks.interface import BLOCK_SIZE
from synnefod.common.ids import BlockHash

_NONCE = 12
WORTHWHILE = 1 << 14
"""Bytes from which on a block is sealed: the hash of a smaller one costs no more than a seal."""


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


def sealed(seal: Seal | None, name: BlockHash, pieces: Sequence[bytes]) -> bytes:
    """The seal of a block's data without trailing zeros; nothing for one that carries none."""
    if seal is None or sum(map(len, pieces)) < WORTHWHILE:
        return b""
    return seal.of(name, pieces[0] if len(pieces) == 1 else b"".join(pieces))


def is_block(seal: Seal | None, name: BlockHash, data: bytes, carried: bytes) -> bool:
    """Whether `data` are the bytes of the block `name`, which carries this seal, or none."""
    if not 0 < len(data) <= BLOCK_SIZE:
        return False
    if seal is not None and carried and seal.fits(name, data, carried):
        return True
    return hashing.block_hash(data) == name
