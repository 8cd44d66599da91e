"""What a cluster is asked to make: the body of a creation (ganeti.md 5.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.backends.interface import Backend
from synnefod.common.ids import JobId
from synnefod.compute.interface import Flavor, Server
from synnefod.compute.machine.tagnames import encoded_tag
from synnefod.compute.records import flavors, servers, tagged
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

_ANY_END = ["canceled", "error", "success"]


@frozen
class Parts:
    """What a server is made of. `absent`: a network of it is not ready on its cluster."""

    server: Server
    backend: Backend
    flavor: Flavor
    disks: list[dict[str, Any]]
    nics: list[dict[str, Any]]
    tags: Sequence[str]
    absent: bool


async def parts_of(rooms: Rooms, numbers: Sequence[int]) -> Mapping[int, Parts]:
    """Of many servers at once, in a dozen statements. Those that are gone are left out."""

    async def body(tx: Tx) -> dict[int, Parts]:
        rows = (await servers.get_all(tx, numbers)).values()
        backends = {each.id: each for each in await rooms.backends.every(tx)}
        found = [row for row in rows if row.backend in backends]
        ids = [row.id for row in found]
        sizes = await flavors.by_ids(tx, sorted({row.flavor for row in found}))
        tags = await tagged.tags_of(tx, ids)
        disks = await rooms.volumes.disk_bodies(tx, ids)
        nics = await rooms.network.nic_bodies(tx, ids)
        places = {row.id: row.backend for row in found if row.backend is not None}
        absent = await rooms.network.absent(tx, places)
        return {
            row.id: Parts(
                row,
                backends[places[row.id]],
                sizes[row.flavor],
                disks.get(row.id, []),
                nics.get(row.id, []),
                [tag for tag, _ in tags.get(row.id, ())],
                row.id in absent,
            )
            for row in found
        }

    return await rooms.store.read("parts of servers", body)


def create_body(
    rooms: Rooms, parts: Parts, given: Mapping[str, Any], before: Sequence[JobId]
) -> dict[str, Any]:
    """`given`: the intention's. The job waits for the end of those `before`."""
    limits, flavor = rooms.limits, parts.flavor
    body: dict[str, Any] = {
        "__version__": 1,
        "mode": "create",
        "name": rooms.instance(parts.server.id),
        "os": limits.os,
        "disk_template": flavor.disk_template.split("_", 1)[0],
        "disks": parts.disks,
        "nics": parts.nics,
        "beparams": {"auto_balance": True, "vcpus": flavor.cpu, "memory": flavor.ram},
        "osparams": given.get("osparams", {}),
        "wait_for_sync": limits.wait_for_sync,
        "ip_check": False,
        "name_check": False,
        "opportunistic_locking": given.get("opportunistic_locking", limits.opportunistic_locking),
    }
    hvparams = limits.hvparams.get(parts.backend.hypervisor)
    if hvparams:
        body["hvparams"] = dict(hvparams)
    if before:
        body["depends"] = [[job, _ANY_END] for job in before]
    if parts.tags:
        body["tags"] = [encoded_tag(tag) for tag in parts.tags]
    return body
