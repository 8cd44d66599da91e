"""Rescue: which medium a broken server starts from, and the deployment's list of such media."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import asdict, evolve

from synnefod.common.errors import Conflict, Malformed
from synnefod.common.principal import Principal
from synnefod.compute.actions import ActionService
from synnefod.compute.interface.rescue import (
    RescueDisabled,
    RescueImage,
    RescueImageChange,
    RescueImageNotFound,
)
from synnefod.compute.machine.rescuing import place_of
from synnefod.compute.machine.states import Action
from synnefod.compute.records import rescue as records
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Limits, Server, WrongState
from synnefod.store.interface import Tx

Answers = Callable[[str], Awaitable[bool]]
"""Whether an address answers a HEAD with 200."""
_KINDS = ("file", "http")


class RescueService:
    """interface.rescue.Rescue."""

    def __init__(self, rooms: Rooms, actions: ActionService) -> None:
        self._rooms = rooms
        self._actions = actions

    async def rescue(self, principal: Principal, server: int, image: int | None = None) -> None:
        limits = self._limits()

        async def prepare(tx: Tx, row: Server) -> dict[str, Any]:
            if row.rescue:
                raise WrongState("The server is in rescue already.")
            chosen = await self._chosen(tx, row, image)
            place = place_of(chosen, limits)
            return {"hvparams": {"boot_order": "cdrom", "cdrom_image_path": place}}

        await self._actions.ask(principal, server, Action.RESCUE, prepare=prepare)

    async def unrescue(self, principal: Principal, server: int) -> None:
        self._limits()

        async def prepare(tx: Tx, row: Server) -> dict[str, Any]:
            if not row.rescue:
                raise WrongState("The server is not in rescue.")
            return {"hvparams": {"boot_order": "disk", "cdrom_image_path": ""}}

        await self._actions.ask(principal, server, Action.UNRESCUE, prepare=prepare)

    def _limits(self) -> Limits:
        if not self._rooms.limits.rescue:
            raise RescueDisabled
        return self._rooms.limits

    async def _chosen(self, tx: Tx, server: Server, image: int | None) -> RescueImage:
        found = await records.all_of(tx)
        if image is None:
            os, family = await records.system_of(tx, server.id)
            chosen = fitting(found, os, family)
        else:
            chosen = next((each for each in found if each.id == image), None)
        if chosen is None:
            raise RescueImageNotFound
        return chosen


def fitting(images: Sequence[RescueImage], os: str, family: str) -> RescueImage | None:
    """The image for a system: made for it, else for its family, else the default (6.8). Pure."""

    def same(said: str, wanted: str) -> bool:
        return bool(said) and said.lower() == wanted.lower()

    kin = [each for each in images if same(each.target_os_family, family)]
    exact = [each for each in kin if same(each.target_os, os)]
    usual = [each for each in images if each.default]
    return next(iter([*exact, *kin, *usual]), None)


class RescueDesk:
    """interface.rescue.RescueImages. `answers` asks an address."""

    def __init__(self, rooms: Rooms, answers: Answers) -> None:
        self._rooms = rooms
        self._answers = answers

    async def all(self, *, deleted: bool = False) -> list[RescueImage]:
        async def body(tx: Tx) -> list[RescueImage]:
            return await records.all_of(tx, deleted=deleted)

        return await self._rooms.store.read("rescue images", body)

    async def create(self, new: RescueImage, *, dry_run: bool = False) -> RescueImage:
        await self._check(new)

        async def body(tx: Tx) -> RescueImage:
            if new.default:
                await records.no_default(tx)
            return evolve(new, id=await records.insert(tx, new))

        if dry_run:
            return new
        return await self._rooms.store.transact("create rescue image", body)

    async def modify(
        self, image: int, change: RescueImageChange, *, dry_run: bool = False
    ) -> RescueImage:
        given = {name: value for name, value in asdict(change).items() if value is not None}
        if "location" in given or "location_type" in given:
            await self._check(evolve(await self._get(image), **given))

        async def body(tx: Tx) -> RescueImage:
            old = await records.get(tx, image)
            if old is None:
                raise RescueImageNotFound
            new = evolve(old, **given)
            if old.used and place_of(new, self._rooms.limits) != place_of(old, self._rooms.limits):
                raise Conflict(f"Rescue image {image} is in use: its location stays.")
            if old.default and not old.deleted and (not new.default or new.deleted):
                raise Conflict("The default is replaced by making another image the default.")
            if new.deleted and old.used:
                raise Conflict(f"Rescue image {image} is in use by {old.used} servers.")
            if not new.name:
                raise Malformed("A rescue image has a name.")
            if dry_run:
                return new
            if new.default and not old.default:
                await records.no_default(tx)
            await records.save(tx, new)
            return new

        return await self._rooms.store.transact("modify rescue image", body)

    async def remove(self, image: int, *, force: bool = False, dry_run: bool = False) -> None:
        async def body(tx: Tx) -> None:
            old = await records.get(tx, image)
            if old is None or old.deleted:
                raise RescueImageNotFound
            if old.default:
                raise Conflict("The default rescue image is not removed.")
            if old.used and not force:
                raise Conflict(f"Rescue image {image} is in use by {old.used} servers.")
            if not dry_run:
                await records.save(tx, evolve(old, deleted=True))

        await self._rooms.store.transact("remove rescue image", body)

    async def _get(self, image: int) -> RescueImage:
        async def body(tx: Tx) -> RescueImage | None:
            return await records.get(tx, image)

        found = await self._rooms.store.read("rescue image", body)
        if found is None:
            raise RescueImageNotFound
        return found

    async def _check(self, image: RescueImage) -> None:
        if image.location_type not in _KINDS:
            raise Malformed("The kind of a location is file or http.")
        if not image.name or not image.location:
            raise Malformed("A rescue image has a name and a location.")
        if image.location_type == "http":
            if not image.location.startswith(("http://", "https://")):
                raise Malformed(f"'{image.location[:200]}' is not an address.")
            if not await self._answers(image.location):
                raise Conflict(f"{image.location} does not answer 200.")
        elif image.location.startswith("/") or ".." in image.location.split("/"):
            raise Malformed("The path of a rescue image lies below the folder of rescue images.")
