"""Rows of rescue images, and of what is known of servers' systems."""

from __future__ import annotations

from typing import Any

from synnefod.compute.interface.rescue import RescueImage
from synnefod.store.interface import Row, Tx

_COLUMNS = (
    "r.id, r.name, r.location, r.location_type, r.os_family, r.os, r.target_os_family,"
    " r.target_os, r.is_default, r.deleted"
)
_USED = "(select count(*) from servers s where s.rescue_image = r.id and s.deleted = 0)"


def _image(row: Row) -> RescueImage:
    return RescueImage(
        id=row[0],
        name=row[1],
        location=row[2],
        location_type=row[3],
        os_family=row[4],
        os=row[5],
        target_os_family=row[6],
        target_os=row[7],
        default=bool(row[8]),
        deleted=bool(row[9]),
        used=int(row[10]),
    )


async def all_of(tx: Tx, *, deleted: bool = False) -> list[RescueImage]:
    """By id; with `deleted` those too."""
    rows = await tx.all(
        f"select {_COLUMNS}, {_USED} from rescue_images r where r.deleted <= :deleted"
        " order by r.id",
        deleted=int(deleted),
    )
    return [_image(row) for row in rows]


async def get(tx: Tx, image: int) -> RescueImage | None:
    row = await tx.one(
        f"select {_COLUMNS}, {_USED} from rescue_images r where r.id = :id", id=image
    )
    return None if row is None else _image(row)


def _values(image: RescueImage) -> dict[str, Any]:
    return {
        "name": image.name,
        "location": image.location,
        "location_type": image.location_type,
        "os_family": image.os_family,
        "os": image.os,
        "target_os_family": image.target_os_family,
        "target_os": image.target_os,
        "is_default": int(image.default),
        "deleted": int(image.deleted),
    }


async def insert(tx: Tx, image: RescueImage) -> int:
    values = _values(image)
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    row = await tx.one(
        f"insert into rescue_images ({names}) values ({marks}) returning id", **values
    )
    assert row is not None
    return int(row[0])


async def save(tx: Tx, image: RescueImage) -> None:
    values = _values(image)
    marks = ", ".join(f"{name} = :{name}" for name in values)
    await tx.run(f"update rescue_images set {marks} where id = :id", id=image.id, **values)


async def no_default(tx: Tx) -> None:
    """No image is the default any more."""
    await tx.run("update rescue_images set is_default = 0 where is_default = 1")


async def keep_system(tx: Tx, server: int, os: str, family: str) -> None:
    """What the image of a new server says of its system."""
    await tx.later(
        "insert into rescue_properties (server, os, os_family) values (:server, :os, :family)",
        server=server,
        os=os,
        family=family,
    )


async def system_of(tx: Tx, server: int) -> tuple[str, str]:
    """Its os and os family, "" for what is not known."""
    row = await tx.one(
        "select os, os_family from rescue_properties where server = :server", server=server
    )
    return ("", "") if row is None else (str(row[0]), str(row[1]))
