"""The least of the neighbours that a server needs, kept in memory for one test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import define, evolve, field

from synnefod.backends.interface import Backend, Need, NoBackend
from synnefod.cluster.interface import Address, Cluster, Disk, NetworkEvent, Nic
from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import (
    BackendId,
    JobId,
    NetworkId,
    PortId,
    ProjectId,
    ServerId,
    UserId,
    VolumeId,
)
from synnefod.common.principal import Principal
from synnefod.images.interface import Image
from synnefod.network.interface import FixedIp, Port, PortRequest
from synnefod.store.interface import Tx
from synnefod.volumes.interface import Volume, VolumeRequest, VolumeType

GIB = 1 << 30


def an_image(identifier: str = "0f9e0000-0000-4000-8000-000000000001", **more: Any) -> Image:
    made = Image(
        id=identifier,
        name="debian",
        owner=UserId("owner"),
        status="active",
        size=2 * GIB,
        checksum=None,
        merkle="",
        sha512=None,
        members=(),
        hidden=False,
        tags=(),
        description="",
        disk_format="raw",
        container_format="bare",
        is_public=True,
        protected=False,
        min_disk=0,
        min_ram=0,
        created=0,
        updated=0,
        location="pithos://owner/images/debian",
        map_name="feedbeef",
        version=1,
        properties={"os": "debian", "osfamily": "linux"},
    )
    return evolve(made, **more)


@define
class PaperImages:
    images: dict[str, Image] = field(factory=lambda: {an_image().id: an_image()})

    async def resolve(self, principal: Principal, image: str) -> Image:
        if image not in self.images:
            raise NotFound(f"Image '{image}' not found.")
        return self.images[image]

    async def list(self, principal: Principal) -> list[Image]:
        return [*self.images.values()]

    async def get(self, principal: Principal, image: str) -> Image:
        return await self.resolve(principal, image)


@define
class PaperNetwork:
    """One network; every server gets a port of its own there."""

    ports: dict[int, list[Port]] = field(factory=lambda: defaultdict(list))
    seen: list[tuple[int, tuple[Nic, ...]]] = field(factory=list)
    reads: int = 0
    fail: Exception | None = None

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        if self.fail is not None:
            raise self.fail
        for place, request in enumerate(requests):
            number = server * 10 + place
            self.ports[server].append(
                Port(
                    id=PortId(number),
                    name="",
                    network=request.network or NetworkId(5),
                    network_name="net5",
                    public=True,
                    server=server,
                    user=principal.user,
                    project=ProjectId("p"),
                    mac=f"aa:00:00:00:00:{number % 256:02x}",
                    state="BUILD",
                    index=place,
                    firewall="DISABLED",
                    ips=(
                        FixedIp(f"10.0.0.{number % 256}", 1, 4),
                        FixedIp(f"fd00::{number:x}", 2, 6),
                    ),
                    created=0,
                    updated=0,
                )
            )
        return self.ports[server]

    async def release_ports(self, tx: Tx, server: ServerId) -> None:
        self.ports.pop(server, None)

    async def fail_ports(self, tx: Tx, server: ServerId) -> None:
        self._state(server, "ERROR")

    def _state(self, server: int, state: str) -> None:
        self.ports[server] = [evolve(port, state=state) for port in self.ports[server]]

    async def ports_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Port]]:
        self.reads += 1
        return {server: self.ports[server] for server in servers if server in self.ports}

    async def see_nics(
        self, tx: Tx, reports: Mapping[ServerId, Sequence[Nic]]
    ) -> list[tuple[ServerId, str]]:
        for server, nics in reports.items():
            self.seen.append((server, tuple(nics)))
            self._state(server, "ACTIVE")
        return []

    async def nic_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        return {
            server: [
                {"name": f"snf-nic-{port.id}", "ip": None, "network": None}
                for port in self.ports.get(server, ())
            ]
            for server in servers
        }

    async def absent(self, tx: Tx, places: Mapping[ServerId, BackendId]) -> Collection[ServerId]:
        return ()

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        return []

    async def apply(self, event: NetworkEvent) -> None:
        """Nothing here follows a network."""


@define
class PaperVolumes:
    template: str = "plain"
    volumes: dict[int, list[Volume]] = field(factory=lambda: defaultdict(list))

    async def volume_type(self, tx: Tx, volume_type: int) -> VolumeType:
        if volume_type != 1:
            raise NotFound("Volume type not found.")
        return VolumeType(1, self.template, self.template)

    async def plan(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        server: ServerId,
        volume_type: int,
        requests: Sequence[VolumeRequest],
        *,
        shared: bool = False,
        principal: Principal | None = None,
    ) -> list[Volume]:
        made = [
            Volume(
                id=VolumeId(server * 10 + place),
                name=request.name,
                description="",
                user=user,
                project=project,
                size=request.size,
                volume_type=volume_type,
                status="CREATING",
                server=server,
                index=place,
                source=request.source,
                origin=request.origin,
                origin_size=request.origin_size,
                delete_on_termination=True,
                created=0,
                updated=0,
            )
            for place, request in enumerate(requests)
        ]
        self.volumes[server] = made
        return made

    async def set_aside(self, tx: Tx, server: ServerId) -> list[VolumeId]:
        return []

    async def stay(self, tx: Tx, server: ServerId) -> None:
        """Nothing here outlives a server."""

    async def check_keeping(self, tx: Tx, volume_type: int) -> None:
        raise Malformed("Volumes of this type are removed with their server.")

    async def volumes_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Volume]]:
        return {server: self.volumes[server] for server in servers if server in self.volumes}

    async def see_disks(self, tx: Tx, reports: Mapping[ServerId, Sequence[Disk]]) -> None:
        for server in reports:
            self._status(server, "IN_USE")

    async def fail_volumes(self, tx: Tx, server: ServerId) -> None:
        self._status(server, "ERROR")

    async def release_volumes(self, tx: Tx, server: ServerId) -> None:
        self.volumes.pop(server, None)

    def _status(self, server: int, status: str) -> None:
        self.volumes[server] = [evolve(v, status=status) for v in self.volumes[server]]

    async def disk_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        return {
            server: [
                {"name": f"snf-vol-{volume.id}", "size": volume.size * 1024}
                for volume in self.volumes.get(server, ())
            ]
            for server in servers
        }


@define
class OneBackend:
    """One registered cluster with endless room."""

    the_cluster: Cluster
    full: bool = False
    number: int = 1
    hypervisor: str = "fake"
    version: str = "3.0"
    public: bool = True

    def _backend(self) -> Backend:
        address = self.the_cluster.address
        return Backend(
            id=BackendId(self.number),
            name=address.cluster,
            url=address.url,
            username=address.username,
            index=0,
            drained=False,
            offline=False,
            public=self.public,
            hypervisor=self.hypervisor,
            disk_templates=("plain",),
            version=self.version,
            mfree=1,
            mtotal=1,
            dfree=1,
            dtotal=1,
            instances=0,
            cpus=1,
            updated=0,
        )

    async def allocate(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        need: Need,
        only: BackendId | None = None,
    ) -> Backend:
        if self.full:
            raise NoBackend
        return self._backend()

    async def all(self) -> list[Backend]:
        return [self._backend()]

    async def get(self, backend: BackendId) -> Backend:
        return self._backend()

    async def by_cluster_name(self, name: str) -> Backend | None:
        return self._backend() if name == self.the_cluster.address.cluster else None

    async def every(self, tx: Tx) -> list[Backend]:
        return [self._backend()]

    async def numbers(self, tx: Tx) -> dict[str, BackendId]:
        return {self.the_cluster.address.cluster: BackendId(self.number)}

    async def cluster(self, backend: BackendId) -> Cluster:
        return self.the_cluster

    async def may_hold(self, tx: Tx, project: ProjectId, backend: BackendId) -> bool:
        return self.public

    async def addresses(self) -> list[Address]:
        return [self.the_cluster.address]
