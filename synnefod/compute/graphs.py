"""Where a server's graphs are: addresses that say nothing of the server to others (chapter 12)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from synnefod.compute.values import Limits

_BLOCK = 16
KINDS = {
    "cpuBar": "cpu-bar",
    "cpuTimeSeries": "cpu-ts",
    "netBar": "net-bar",
    "netTimeSeries": "net-ts",
}
"""Key of the answer -> the graph's word."""


def graph_key(secret: bytes) -> str:
    """What is shared with whoever draws, when the settings name nothing."""
    return hashlib.sha256(b"synnefod graphs\0" + secret).hexdigest()


def graph_secret(secret: str, instance: str) -> str:
    """The instance's name, encrypted; always the same text, so that graphs can be cached."""
    name = instance.encode()
    name += b"\0" * (_BLOCK - len(name) % _BLOCK)
    key = hashlib.sha256(secret.encode()).digest()
    # ECB is the wire format of the statistics service; a name of one block hides all the same.
    sealing = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    sealed = sealing.update(name) + sealing.finalize()
    return quote(base64.urlsafe_b64encode(sealed).decode("ascii"), safe="")


def graph_instance(secret: str, sealed: str) -> str | None:
    """The name in an address of a graph; None for an address that nobody was told."""
    try:
        data = base64.b64decode(unquote(sealed).encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if not data or len(data) % _BLOCK:
        return None
    key = hashlib.sha256(secret.encode()).digest()
    opening = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    try:
        name = (opening.update(data) + opening.finalize()).rstrip(b"\0").decode("ascii")
    except UnicodeDecodeError:
        return None
    return name if graph_secret(secret, name) == quote(unquote(sealed), safe="") else None


def graphs(limits: Limits, instance: str) -> Mapping[str, str]:
    """By the answer's keys; a path where the settings name no other place."""
    secret = graph_secret(limits.stats_secret, instance)
    base = limits.stats_url.rstrip("/") or "/stats/v1.0"
    return {key: f"{base}/{word}/{secret}" for key, word in KINDS.items()}
