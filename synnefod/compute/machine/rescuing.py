"""Where a rescue image lies for the cluster, and what a report says of a server's boot medium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from synnefod.cluster.interface import JobEvent
from synnefod.compute.interface.rescue import RescueImage
from synnefod.compute.records import rescue as records
from synnefod.compute.values import Limits, Server
from synnefod.store.interface import Tx


def place_of(image: RescueImage, limits: Limits) -> str:
    """What the cluster is told: an address, or a path on its nodes."""
    if image.location_type == "http":
        return image.location
    return f"{limits.rescue_path.rstrip('/')}/{image.location}"


async def seen_rescue(tx: Tx, limits: Limits, server: Server, event: JobEvent) -> Server:
    """The row as the reported hypervisor parameters say: in rescue or not, and with which image
    (6.5). What is absent there counts as empty."""
    said: Mapping[str, Any] = event.hvparams or {}
    path = str(said.get("cdrom_image_path") or "")
    inside = bool(path) and str(said.get("boot_order") or "").startswith("cdrom")
    image = None
    if inside:
        for each in await records.all_of(tx):
            if place_of(each, limits) == path:
                image = each.id
                break
    return evolve(server, rescue=inside, rescue_image=image)
