"""Which projects use which clusters: mappings kept by the administrator (GNT-062, GNT-162)."""

from __future__ import annotations

from synnefod.backends import records
from synnefod.backends.interface import Mapping
from synnefod.common.errors import AlreadyExists, NotFound
from synnefod.common.ids import BackendId, ProjectId
from synnefod.store.interface import Store, Tx, UniqueViolation


class ProjectBackends:
    """The mappings. A project with any uses those clusters alone."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[Mapping]:
        rows = await self._store.read("list project backends", records.mappings)
        return [Mapping(*row) for row in rows]

    async def add(self, project: ProjectId, backend: BackendId) -> Mapping:
        """Raises NotFound for an unknown backend, AlreadyExists for a second mapping."""

        async def body(tx: Tx) -> int:
            if await records.get(tx, backend) is None:
                raise NotFound(f"There is no backend {backend}.")
            return await records.map_project(tx, project, backend)

        try:
            number = await self._store.transact("map project", body)
        except UniqueViolation:
            raise AlreadyExists(f"Project {project} is mapped to backend {backend}.") from None
        return Mapping(number, project, backend)

    async def remove(
        self,
        mapping: int | None = None,
        project: ProjectId | None = None,
        backend: BackendId | None = None,
    ) -> int:
        """Removes the mappings that fit all that is given; their count. Raises NotFound for
        none, and when nothing is given."""

        async def body(tx: Tx) -> int:
            return await records.unmap_project(tx, mapping, project, backend)

        if mapping is None and project is None and backend is None:
            raise NotFound("No mapping is named.")
        count = await self._store.transact("unmap project", body)
        if not count:
            raise NotFound("There is no such mapping.")
        return count

    async def may_use(self, tx: Tx, project: ProjectId, backend: BackendId, public: bool) -> bool:
        """Whether a server of `project` may stand on `backend` (reassigning, ganeti.md 10)."""
        mapped = await records.mapped_to(tx, project)
        return public or backend in mapped
