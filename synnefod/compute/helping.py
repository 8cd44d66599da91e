"""Helper servers: stopped machines on each cluster that remove detached volumes (VOL-025)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from attrs import frozen
from twisted.logger import Logger

from synnefod.common.errors import Malformed, Refusal
from synnefod.common.ids import BackendId, FlavorId, ServerId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Flavor, FlavorNotFound, NewServer
from synnefod.compute.records import flavors, helping
from synnefod.compute.rooms import Rooms
from synnefod.images.interface import Image
from synnefod.store.interface import Tx

log = Logger()
GIB = 1 << 30
MOST = 16
"""Copies on one cluster."""


@frozen
class NewHelpers:
    """What is wanted on each cluster; `backend` None: on all that are online, undrained and offer
    the flavor's disks."""

    flavor: FlavorId
    image: str
    password: str | None = None
    copies: int = 1
    backend: BackendId | None = None


Owner = Callable[[], Awaitable[Principal | None]]
"""Who owns helper servers that the deployment makes by itself; None: it makes none."""


async def nobody() -> Principal | None:
    return None


class HelperService:
    """interface.Helpers. `create` makes one server, `stop` asks for its stop."""

    def __init__(
        self,
        rooms: Rooms,
        create: Callable[[Principal, NewServer], Awaitable[ServerId]],
        stop: Callable[[ServerId], Awaitable[None]],
        owner: Owner = nobody,
    ) -> None:
        self._rooms = rooms
        self._create = create
        self._stop = stop
        self._owner = owner

    async def sync(self, owner: Principal, wanted: NewHelpers) -> list[ServerId]:
        """Makes those that are missing; they are stopped by `settle` once they are built."""
        if not 0 < wanted.copies <= MOST:
            raise Malformed(f"There are 1 to {MOST} copies.")
        rooms = self._rooms

        async def read(tx: Tx) -> tuple[str, list[helping.Helper]]:
            flavor = await flavors.get(tx, wanted.flavor)
            if flavor is None or flavor.deleted:
                raise FlavorNotFound
            return flavor.disk_template, await helping.of_template(tx, flavor.disk_template)

        template, there = await rooms.store.read("helper servers", read)
        if wanted.backend is not None:
            await rooms.backends.get(wanted.backend)
        made = []
        for backend in await rooms.backends.all():
            fits = template.partition("_")[0] in backend.disk_templates
            if wanted.backend not in (None, backend.id) or backend.offline or not fits:
                continue
            if backend.drained and wanted.backend is None:
                continue
            for _ in range(sum(each.backend == backend.id for each in there), wanted.copies):
                new = NewServer(
                    name=f"helper-{backend.name}",
                    flavor=wanted.flavor,
                    image=wanted.image,
                    password=wanted.password,
                    ports=(),
                    backend=backend.id,
                    helper=True,
                )
                made.append(await self._create(owner, new))
        return made

    async def appoint(self, template: str) -> bool:
        """Makes the first helper server for disks of a template, small, on one cluster; whether
        there will be one. Two that are made at the same time do no harm."""
        owner = await self._owner()
        flavor = await self._smallest(template)
        if owner is None or flavor is None:
            return False
        images = [
            image
            for image in await self._rooms.images.list(owner)
            if image.status == "active" and not image.is_snapshot and fits(image, flavor)
        ]
        images.sort(key=lambda image: (image.size or 0, image.id))
        for backend in await self._rooms.backends.all():
            offers = template.partition("_")[0] in backend.disk_templates
            if not images or backend.offline or backend.drained or not offers:
                continue
            wanted = NewHelpers(FlavorId(flavor.id), images[0].id, backend=backend.id)
            try:
                made = await self.sync(owner, wanted)
            except Refusal as error:
                log.warn(
                    "no helper server on {cluster}: {why}", cluster=backend.name, why=error.message
                )
                continue
            log.info("servers {made} remove detached volumes from now on", made=made)
            return True
        return False

    async def _smallest(self, template: str) -> Flavor | None:
        found = await self._rooms.store.read("flavors of helpers", flavors.all_of)
        fitting = [each for each in found if each.disk_template == template and each.allow_create]
        return min(fitting, key=lambda each: (each.ram, each.disk, each.cpu), default=None)

    async def settle(self) -> None:
        """Stops the helper servers that run; called from time to time."""
        for server in await self._rooms.store.read("helpers that run", helping.running):
            try:
                await self._stop(server)
            except Refusal as error:
                log.info("helper {server} runs on: {why}", server=server, why=error.message)


def fits(image: Image, flavor: Flavor) -> bool:
    """Whether a server of the flavor can be made from the image."""
    room = flavor.disk >= max(image.min_disk, -(-(image.size or 0) // GIB))
    return room and flavor.ram >= image.min_ram
