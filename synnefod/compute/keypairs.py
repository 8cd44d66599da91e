"""SSH keys: checked when imported, made when asked for; only the public half is kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from synnefod.common.errors import AlreadyExists
from synnefod.common.ids import UserId
from synnefod.compute.interface import (
    BadKey,
    BadKeyName,
    Keypair,
    KeypairNotFound,
    NoMoreKeys,
    TooManyItems,
)
from synnefod.compute.records import keypairs
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx, UniqueViolation

_TYPES = (
    "ssh-rsa",
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)
_LONGEST_KEY = 30000
_RSA_BITS = 2048


class KeypairService:
    """interface.Keypairs."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def all(self, user: UserId) -> list[Keypair]:
        async def body(tx: Tx) -> list[Keypair]:
            return await keypairs.of_user(tx, user)

        return await self._rooms.store.read("list keypairs", body)

    async def show(self, user: UserId, name: str) -> Keypair:
        async def body(tx: Tx) -> dict[str, Keypair]:
            return await keypairs.named(tx, user, [name])

        found = (await self._rooms.store.read("show keypair", body)).get(name)
        if found is None:
            raise KeypairNotFound
        return found

    async def create(self, user: UserId, name: str, public_key: str | None) -> Keypair:
        check_name(name)
        private = None
        if public_key is None:
            public_key, private = await self._rooms.threads.cpu(make_rsa)
        content = public_key.strip()
        blob = key_blob(content)
        now, most = self._rooms.now(), self._rooms.limits.max_keypairs

        async def body(tx: Tx) -> Keypair:
            existing = await keypairs.of_user(tx, user)
            if any(keypair.name == name for keypair in existing):
                raise AlreadyExists(f"Key pair '{name}' already exists.")
            if len(existing) >= most:
                raise TooManyItems("Quota exceeded, too many key pairs.")
            return await keypairs.insert(tx, user, name, content, fingerprint(blob), now)

        try:
            made = await self._rooms.store.transact("create keypair", body)
        except UniqueViolation:
            raise AlreadyExists(f"Key pair '{name}' already exists.") from None
        return Keypair(
            made.id,
            made.user,
            made.name,
            made.content,
            made.fingerprint,
            made.created,
            made.updated,
            private,
        )

    async def change(self, user: UserId, number: int, name: str, public_key: str) -> Keypair:
        check_name(name)
        content = public_key.strip()
        told = fingerprint(key_blob(content))
        now = self._rooms.now()

        async def body(tx: Tx) -> Keypair | None:
            existing = await keypairs.of_user(tx, user)
            if any(other.name == name and other.id != number for other in existing):
                raise AlreadyExists(f"Key pair '{name}' already exists.")
            return await keypairs.change(tx, user, number, name, content, told, now)

        try:
            changed = await self._rooms.store.transact("change keypair", body)
        except UniqueViolation:
            raise AlreadyExists(f"Key pair '{name}' already exists.") from None
        if changed is None:
            raise KeypairNotFound
        return changed

    async def numbered(self, user: UserId, number: int) -> Keypair:
        for keypair in await self.all(user):
            if keypair.id == number:
                return keypair
        raise KeypairNotFound

    async def generate(self, user: UserId) -> tuple[str, str]:
        if len(await self.all(user)) >= self._rooms.limits.max_keypairs:
            raise NoMoreKeys
        made: tuple[str, str] = await self._rooms.threads.cpu(make_rsa)
        return made

    async def delete(self, user: UserId, name: str) -> None:
        async def body(tx: Tx) -> None:
            if not await keypairs.delete(tx, user, name):
                raise KeypairNotFound

        await self._rooms.store.transact("delete keypair", body)


def check_name(name: str) -> None:
    """CMP-222: printable, not blank, at most 255 characters, no slash."""
    bad = any(unicodedata.category(c)[0] in "CZ" and c != " " for c in name)
    if not name.strip() or len(name) > 255 or bad or "/" in name:
        raise BadKeyName("A key pair's name has 1 to 255 printable characters and no slash.")


def key_blob(content: str) -> bytes:
    """The bytes that a one-line OpenSSH key encodes (CMP-224). Raises Malformed."""
    words = content.split(None, 2)
    if len(content) > _LONGEST_KEY or "\n" in content or "\r" in content or len(words) < 2:
        raise BadKey("The public key is not one line in OpenSSH's format.")
    if words[0] not in _TYPES:
        raise BadKey(f"Keys of type '{words[0][:64]}' are not taken.")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("The public key is not valid base64.") from None
    length = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + length] != words[0].encode() or len(blob) < 4 + length + 32:
        raise BadKey("The public key does not hold what its type says.")
    return blob


def fingerprint(blob: bytes) -> str:
    """MD5 as 16 colon-separated pairs (CMP-225); a name, not a proof."""
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[place : place + 2] for place in range(0, 32, 2))


def make_rsa() -> tuple[str, str]:
    """(public key as OpenSSH writes it, private key as PKCS#1 PEM); slow, for a thread."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return public.decode("ascii"), private.decode("ascii")
