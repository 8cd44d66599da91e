"""Adopting instances that others made: they become servers of ours (GNT-164, CMP-285).

Note [Broken off]. The instance is stopped before there is a row, and has its new name before
anything else changes. Killed before that, the reconciliation finds a server without instance and
takes it as removed; killed later, it finds NICs and disks that differ, and the import can be
finished by hand. Nothing is ever removed but NICs that were asked to be replaced.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import evolve, frozen
from twisted.logger import Logger

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import Cluster, Instance, JobStatus
from synnefod.common.clockwork import sleep
from synnefod.common.errors import Conflict, Malformed, NotFound, Unavailable
from synnefod.common.ids import (
    BackendId,
    FlavorId,
    JobId,
    NetworkId,
    Serial,
    ServerId,
    new_uuid,
)
from synnefod.common.principal import Principal
from synnefod.compute.interface import Detail, Flavor, FlavorNotFound, Life, Operstate, Server
from synnefod.compute.reading import details
from synnefod.compute.records import flavors, servers
from synnefod.compute.rooms import Rooms
from synnefod.compute.usage import Sums, difference, usage
from synnefod.network.interface import Port, PortRequest
from synnefod.store.interface import Tx
from synnefod.volumes.interface import VolumeRequest

log = Logger()
_GIB = 1024
_PAUSE = 1.0
_PATIENCE = 600.0
Place = tuple[NetworkId, str | None]
"""A NIC's network and address."""


@frozen
class Adoption:
    """What is asked. `new_nics`: the instance's NICs give way to one on a public network.
    `keep_running`: it has a name of ours, whose number no server has: nothing is stopped."""

    instance: str
    backend: BackendId
    flavor: FlavorId
    image: str = ""
    new_nics: bool = False
    keep_running: bool = False


class ImportService:
    """interface.Importing. `start` asks for a server's start, `submitted` makes the poller look."""

    def __init__(self, rooms: Rooms, start: Callable[[ServerId], Awaitable[None]]) -> None:
        self._rooms = rooms
        self._start = start

    async def adopt(self, owner: Principal, wanted: Adoption) -> Detail:
        rooms = self._rooms
        number = await self._own_number(wanted)
        backend = await rooms.backends.get(wanted.backend)
        cluster = await rooms.backends.cluster(wanted.backend)
        instance = await cluster.instance(wanted.instance)
        places = self._places(instance, wanted)
        flavor, image = await self._chosen(owner, wanted)
        ran = instance.running is not False
        if ran and number is None:
            reason = f"synnefod:{new_uuid()}"
            await self._ended(cluster, await cluster.stop(instance.name, reason=reason))
        given = (owner, backend, instance, flavor, image, places, number)
        server, ports = await self._record(*given)
        if number is None:
            name, reason = rooms.instance(server.id), f"synnefod:{new_uuid()}"
            await self._ended(cluster, await cluster.rename(instance.name, name, reason=reason))
        await self._take_over(cluster, backend, server, instance, ports, wanted)
        if ran and number is None:
            await self._start(server.id)
        return await self._shown(server.id)

    async def _own_number(self, wanted: Adoption) -> int | None:
        """The number that the server is to keep, for one that keeps running; None for a new one.
        Raises Malformed for an instance that is a server's, or has no name of ours to keep."""
        number = self._rooms.number(wanted.instance)
        if number is not None:
            known = await self._rooms.store.read(
                "server of an instance", lambda tx: servers.known(tx, [number])
            )
            if number in known and not known[number][1]:
                raise Malformed(f"{wanted.instance} is server {number}.")
        if not wanted.keep_running:
            return None
        if number is None:
            raise Malformed(f"{wanted.instance} has no name of ours: it is stopped to be renamed.")
        return number

    def _places(self, instance: Instance, wanted: Adoption) -> list[Place]:
        """Ports for the NICs that stay. Raises Malformed for one on a network that is not ours."""
        if wanted.new_nics:
            return []
        prefix = f"{self._rooms.limits.prefix}net-"
        places = []
        for nic in instance.nics:
            digits = (nic.network or "").removeprefix(prefix)
            if not (nic.network or "").startswith(prefix) or not digits.isdigit():
                raise Malformed(
                    f"A NIC of {instance.name} is on '{nic.network or 'no network'}', which is not"
                    " ours: ask for new NICs."
                )
            places.append((NetworkId(int(digits)), nic.ip))
        return places

    async def _chosen(self, owner: Principal, wanted: Adoption) -> tuple[Flavor, str]:
        async def body(tx: Tx) -> Flavor | None:
            return await flavors.get(tx, wanted.flavor)

        flavor = await self._rooms.store.read("flavor of an import", body)
        if flavor is None or flavor.deleted:
            raise FlavorNotFound
        if not wanted.image:
            return flavor, ""
        return flavor, (await self._rooms.images.resolve(owner, wanted.image)).id

    async def _record(
        self,
        owner: Principal,
        backend: Backend,
        instance: Instance,
        flavor: Flavor,
        image: str,
        places: Sequence[Place],
        number: int | None,
    ) -> tuple[Server, list[Port]]:
        """The row, its ports, volumes and charge, all at once. The server counts as stopped,
        unless it keeps its number and runs on."""
        rooms, now = self._rooms, self._rooms.now()
        project = owner.project
        if project is None:
            raise Malformed("The owner has no project.")
        sizes = [
            VolumeRequest(max(1, -(-disk.size // _GIB)), name=disk.name, legacy_name=disk.name)
            for disk in instance.disks
        ]

        async def body(tx: Tx) -> tuple[Server, list[Port]]:
            on = number is not None and instance.running
            state = Operstate.STARTED if on else Operstate.STOPPED
            server = await servers.insert(
                tx,
                number,
                name=instance.name[:255],
                description=None,
                user=owner.user,
                project=project,
                shared=False,
                flavor=flavor.id,
                image=image,
                key_names=(),
                life=Life(state, action="IMPORT"),
                now=now,
            )
            server = evolve(server, backend=backend.id)
            await servers.save(tx, server)
            volumes = await rooms.volumes.plan(
                tx, owner.user, project, server.id, flavor.volume_type, sizes
            )
            ports = await rooms.network.adopt(tx, owner, server.id, places)
            charges = difference(Sums(), usage(server, flavor, volumes))
            serial = await rooms.quota.reserve(tx, charges, name=f"server: {server.id}, IMPORT")
            await rooms.quota.settle(tx, None if serial is None else Serial(serial), accept=True)
            return server, ports

        return await rooms.store.transact("import a server", body)

    async def _take_over(
        self,
        cluster: Cluster,
        backend: Backend,
        server: Server,
        instance: Instance,
        ports: Sequence[Port],
        wanted: Adoption,
    ) -> None:
        """NICs and disks get our names, or the NICs give way to a public one."""
        rooms, prefix = self._rooms, self._rooms.limits.prefix
        nics: list[list[Any]] = [
            ["modify", str(place), {"name": f"{prefix}nic-{port.id}"}]
            for place, port in enumerate(ports)
        ]
        depends: list[list[Any]] = []
        if wanted.new_nics:
            nics = [["remove", str(place), {}] for place in reversed(range(len(instance.nics)))]

            async def claim(tx: Tx) -> None:
                owner = Principal(server.user, "", server.project, frozenset({server.project}))
                await rooms.network.claim_ports(tx, owner, server.id, (PortRequest(),))

            await rooms.store.transact("public port of an import", claim)
            before = await rooms.network.ensure_on(backend, server.id)
            depends = [[job, ["success"]] for job in before]
            bodies = await rooms.store.read(
                "NICs of an import", lambda tx: rooms.network.nic_bodies(tx, [server.id])
            )
            nics += [["add", "-1", body] for body in bodies[server.id]]
        volumes = await rooms.store.read(
            "disks of an import", lambda tx: rooms.volumes.volumes_of(tx, [server.id])
        )
        disks = [
            ["modify", str(place), {"name": f"{prefix}vol-{volume.id}"}]
            for place, volume in enumerate(volumes[server.id])
        ]
        body: dict[str, Any] = {"nics": nics, "disks": disks}
        if depends:
            body["depends"] = depends
        if not (nics or disks):
            return
        name, reason = rooms.instance(server.id), f"synnefod:{new_uuid()}"
        await self._ended(cluster, await cluster.modify(name, body, reason=reason))

    async def _ended(self, cluster: Cluster, number: JobId) -> None:
        """Returns when the job succeeded. Raises Conflict with its own reason when it did not."""
        clock = self._rooms.clock
        until = clock.seconds() + _PATIENCE
        while clock.seconds() < until:
            job = await cluster.job(number)
            if job is None:
                raise NotFound(f"The cluster has lost job {number}.")
            if job.status.final:
                if job.status is JobStatus.SUCCESS:
                    return
                raise Conflict(f"Job {number} of the cluster failed: {job.op_result}")
            await sleep(clock, _PAUSE)
        raise Unavailable(f"Job {number} of the cluster did not end within {_PATIENCE:.0f} s.")

    async def _shown(self, number: ServerId) -> Detail:
        async def body(tx: Tx) -> Detail:
            server = await servers.get(tx, number)
            assert server is not None
            return (await details(tx, self._rooms, [server]))[0]

        return await self._rooms.store.read("imported server", body)
