"""What is remembered of creations: the keys of their askers, and the images that were used."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.images.interface import Image
from synnefod.store.interface import Tx


@frozen
class Made:
    """A server that was made by a creation with a key; its sealed password."""

    server: int
    sealed: str


async def made_before(tx: Tx, user: UserId, key: str, now: int) -> Made | None:
    row = await tx.one(
        "select server, sealed from server_creations"
        " where user_id = :user and key = :key and expires > :now",
        user=user,
        key=key,
        now=now,
    )
    return None if row is None else Made(row[0], row[1])


async def remember(tx: Tx, user: UserId, key: str, made: Made, now: int, expires: int) -> None:
    """Raises UniqueViolation when the key is in use."""
    await tx.run(
        "delete from server_creations where user_id = :user and key = :key and expires <= :now",
        user=user,
        key=key,
        now=now,
    )
    await tx.run(
        "insert into server_creations (user_id, key, server, sealed, expires)"
        " values (:user, :key, :server, :sealed, :expires)",
        user=user,
        key=key,
        server=made.server,
        sealed=made.sealed,
        expires=expires,
    )


async def expire(tx: Tx, now: int) -> None:
    await tx.run("delete from server_creations where expires <= :now", now=now)


async def note_image(tx: Tx, image: Image, *, system: bool) -> None:
    """A second time it does nothing."""
    said = {name.lower(): value for name, value in image.properties.items()}
    await tx.run(
        "insert into used_images (uuid, version, owner, name, location, mapfile, is_public,"
        " is_snapshot, is_system, os, osfamily) values (:uuid, :version, :owner, :name, :location,"
        " :mapfile, :public, :snapshot, :system, :os, :family)"
        " on conflict (uuid, version) do nothing",
        uuid=image.id,
        version=image.version,
        owner=image.owner,
        name=image.name[:256],
        location=image.location,
        mapfile=image.map_name or "",
        public=int(image.is_public),
        snapshot=int(image.is_snapshot),
        system=int(system),
        os=said.get("os", "unknown")[:256],
        family=said.get("osfamily", "unknown")[:256],
    )
