"""What the administrator's command asks about servers and flavors (chapter 11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

from attrs import asdict, frozen

from synnefod.cluster.interface import Instance, InstanceUnknown, Job
from synnefod.common.errors import Malformed, Refusal
from synnefod.common.ids import BackendId, UserId
from synnefod.common.principal import Principal
from synnefod.compute.comparing import KINDS, Finding
from synnefod.compute.flavors import FlavorService
from synnefod.compute.interface import Detail, Flavor, Wanted
from synnefod.compute.reading import ServerService
from synnefod.compute.reconcile import Reconciler
from synnefod.compute.records import outbox
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

ADMINISTRATOR = Principal(user=UserId(""), name="administrator", project=None, is_admin=True)


@frozen
class Inspection:
    """A server as the database and as its cluster see it. `trouble`: why the latter is absent."""

    detail: Detail
    waiting: tuple[Mapping[str, Any], ...]
    instance: Instance | None
    jobs: tuple[Job, ...]
    trouble: str = ""


class Administration:
    """The verbs of `synnefo-manage` that are about servers and flavors."""

    def __init__(
        self,
        rooms: Rooms,
        flavors: FlavorService,
        servers: ServerService,
        reconciler: Reconciler,
    ) -> None:
        self._rooms = rooms
        self._flavors = flavors
        self._servers = servers
        self._reconciler = reconciler

    async def flavor_create(
        self,
        cpus: Sequence[int],
        rams: Sequence[int],
        disks: Sequence[int],
        volume_types: Sequence[int],
        *,
        public: bool = True,
        specs: Mapping[str, str] | None = None,
    ) -> list[Flavor]:
        """Every combination; those that exist are returned, brought back if deleted.

        Raises Malformed, NotFound (volume type).
        """
        return [
            await self._flavors.create(*shape, public=public, specs=specs)
            for shape in product(cpus, rams, disks, volume_types)
        ]

    async def flavor_list(self, *, deleted: bool = False) -> list[Flavor]:
        return await self._flavors.all(deleted=deleted)

    async def server_list(self, *, deleted: bool = False, name: str | None = None) -> list[Detail]:
        """Everybody's, by id."""
        wanted = Wanted(everybody=True, name=name, since=0 if deleted else None)
        return await self._servers.list(ADMINISTRATOR, wanted)

    async def server_inspect(self, server: int) -> Inspection:
        """Raises ServerNotFound; a cluster that does not answer is told in `trouble`."""
        detail = await self._servers.show(ADMINISTRATOR, server)

        async def body(tx: Tx) -> tuple[Mapping[str, Any], ...]:
            return tuple(asdict(intent) for intent in await outbox.waiting(tx, server))

        waiting = await self._rooms.store.read("what waits for a server", body)
        if detail.server.backend is None:
            return Inspection(detail, waiting, None, (), "The server has no cluster.")
        name = self._rooms.instance(server)
        try:
            cluster = await self._rooms.backends.cluster(detail.server.backend)
            jobs = tuple(
                job
                for job in await cluster.jobs()
                if any(op.get("instance_name") == name for op in job.ops)
            )
            instance = await cluster.instance(name)
        except InstanceUnknown:
            return Inspection(detail, waiting, None, jobs, "The cluster has no such instance.")
        except Refusal as error:
            return Inspection(detail, waiting, None, (), error.message)
        return Inspection(detail, waiting, instance, jobs)

    async def reconcile_servers(
        self, *, fix: Collection[str] = (), backend: BackendId | None = None
    ) -> list[Finding]:
        """Reports differences; fixes the kinds in `fix` at once (`reconcile.KINDS`).

        Raises Malformed for a kind that is none.
        """
        for kind in fix:
            if kind not in KINDS:
                raise Malformed(f"'{kind}' is not one of {', '.join(KINDS)}.")
        return await self._reconciler.reconcile(fix=fix, backend=backend)
