"""Newtypes for the identifiers that travel between rooms, and their makers."""

from __future__ import annotations

import re
import secrets
import uuid
from functools import lru_cache
from typing import NewType

from synnefod.common.errors import Malformed

UserId = NewType("UserId", str)
"""A user's UUID, lower case with dashes; also the name of the user's storage account."""
ProjectId = NewType("ProjectId", str)
"""A project's UUID, lower case with dashes; a user's own base project has the user's UUID."""
BlockHash = NewType("BlockHash", bytes)
"""The 32 raw bytes of a block's SHA-256 (object-storage.md 2.2)."""
ServerId = NewType("ServerId", int)
NetworkId = NewType("NetworkId", int)
SubnetId = NewType("SubnetId", int)
PortId = NewType("PortId", int)
VolumeId = NewType("VolumeId", int)
FlavorId = NewType("FlavorId", int)
BackendId = NewType("BackendId", int)
"""The row number of a registered Ganeti cluster."""
JobId = NewType("JobId", int)
"""A Ganeti job's number within its cluster (GNT-021: 64-bit)."""
Serial = NewType("Serial", int)
"""A quota commission's serial number; 64-bit, never used twice (identity.md 3.1)."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PLACE = uuid.UUID("6f9d7f6a-6b43-5d0e-9a52-3d6d3f2c8b11")  # any fixed one
_INTEGER = re.compile(r"[0-9]{1,18}")


def new_uuid() -> str:
    """A fresh random UUID, lower case with dashes."""
    return str(uuid.uuid4())


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def uuid_with_dashes(text: str) -> str:
    """The dashed form of a UUID written with or without dashes; other text comes back as it is.

    Keystone writes user and project ids as 32 hex digits, Synnefo with dashes (identity.md 4.2).
    """
    if len(text) == 32:
        try:
            return str(uuid.UUID(hex=text))
        except ValueError:
            return text
    return text.lower() if _UUID.fullmatch(text.lower()) else text


def parse_integer(text: str, what: str) -> int:
    """A row number from a URL. Raises Malformed naming `what`."""
    if _INTEGER.fullmatch(text) is None:
        raise Malformed(f"'{text[:64]}' is not the id of a {what}.")
    return int(text)


@lru_cache(4096)
def stable_id(*names: str) -> str:
    """32 hex digits, the same for the same names in every daemon."""
    return uuid.uuid5(_PLACE, "/".join(names)).hex


def new_token() -> str:
    """A bearer token with 256 bits of randomness, URL-safe, 43 characters."""
    return secrets.token_urlsafe(32)
