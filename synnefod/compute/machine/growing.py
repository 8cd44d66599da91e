"""What the end of a job makes of volumes' sizes: the rows, the flavor and the quota follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from synnefod.common.ids import ProjectId, UserId, VolumeId
from synnefod.compute.records import flavors, outbox
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Flavor, Server
from synnefod.quota.interface import DISK, Charge
from synnefod.store.interface import Tx
from synnefod.volumes.interface import Volume

GIB = 1 << 30


async def grown(tx: Tx, rooms: Rooms, server: Server) -> Server:
    """The volume has the size that was asked for; with a larger root goes another flavor."""
    given = await outbox.last_body(tx, server.id, "GROW_VOLUME")
    await rooms.volumes.resize(tx, VolumeId(given["volume"]), int(given["size"]))
    if given["disk"] != 0:
        return server
    old = await flavors.get(tx, server.flavor)
    assert old is not None
    new = await flavors.like(tx, old.cpu, old.ram, int(given["size"]), old.volume_type)
    return server if new is None else evolve(server, flavor=new.id)


async def give_back(tx: Tx, rooms: Rooms, given: Mapping[str, Any]) -> None:
    """A volume that was to be made by an attachment never was: what it was charged goes back."""
    if "charged" not in given:
        return
    user, project = UserId(given["user"]), ProjectId(given["project"])
    charge = Charge(user, project, DISK, -int(given["charged"]) * GIB)
    await rooms.quota.charge(tx, [charge], name=f"volume: {given['volume']}, not made")


async def followed_root(tx: Tx, server: Server, old: Flavor, volumes: Sequence[Volume]) -> Server:
    """The flavor follows the size of the root disk, if there is one of that size (GNT-129)."""
    root = next((volume for volume in volumes if volume.index == 0), None)
    if root is None or root.status != "IN_USE" or root.size == old.disk:
        return server
    new = await flavors.like(tx, old.cpu, old.ram, root.size, old.volume_type)
    return server if new is None else evolve(server, flavor=new.id)
