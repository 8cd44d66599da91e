"""Volumes as people and administrators see and describe them: rows alone, no cluster, no quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound, Unsupported
from synnefod.common.ids import VolumeId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx
from synnefod.volumes import records
from synnefod.volumes.interface import (
    LONGEST_KEY,
    LONGEST_VALUE,
    MOST_METADATA,
    NoSuchKey,
    Volume,
    VolumeType,
)

LONGEST_NAME = 255
LONGEST_TEMPLATE = 32


@frozen
class Shelf:
    """The part of the Volumes protocol that reads and describes.

    `prefix` begins the disks' names on the clusters (GNT-002). Volumes of the templates
    `detachable` can leave a server and keep their data. `clone_providers` are storage providers
    that copy an image by themselves: they are given its origin, and the deployment script is not
    (GNT-172). `usual` names the type of a volume that says none, "" for the first detachable one.
    """

    store: Store
    clock: IClock
    prefix: str
    clone_providers: frozenset[str] = frozenset({"vlmc", "archipelago"})
    detachable: frozenset[str] = frozenset({"ext_archipelago", "ext_vlmc"})
    usual: str = ""

    def now(self) -> int:
        """Microseconds since the epoch."""
        return micros(self.clock.seconds())

    # -- types

    async def add_type(
        self, name: str, disk_template: str, specs: Mapping[str, str] | None = None
    ) -> int:
        if not (0 < len(name) <= LONGEST_NAME and 0 < len(disk_template) <= LONGEST_TEMPLATE):
            raise Malformed("A volume type needs a name and a disk template.")
        wanted = _checked_specs(specs or {})

        async def body(tx: Tx) -> int:
            number = await records.add_type(tx, name, disk_template)
            await records.set_specs(tx, number, wanted)
            return number

        return await self.store.transact("add volume type", body)

    async def modify_type(
        self,
        volume_type: int,
        *,
        deleted: bool | None = None,
        add: Mapping[str, str] | None = None,
        remove: Sequence[str] = (),
    ) -> VolumeType:
        wanted = _checked_specs(add or {})

        async def body(tx: Tx) -> VolumeType:
            await records.get_type(tx, volume_type)
            if deleted is not None:
                await records.delete_type(tx, volume_type, deleted=deleted)
            for key in remove:
                if not await records.delete_spec(tx, volume_type, key):
                    raise NotFound(f"The volume type has no specification '{key[:64]}'.")
            await records.set_specs(tx, volume_type, wanted)
            return self._told(await records.get_type(tx, volume_type))

        return await self.store.transact("modify volume type", body)

    async def types(self, *, deleted: bool = False) -> list[VolumeType]:
        async def body(tx: Tx) -> list[VolumeType]:
            return [self._told(kind) for kind in await records.types(tx, deleted=deleted)]

        return await self.store.read("list volume types", body)

    async def default_type(self) -> VolumeType:
        try:
            return await self.store.read(
                "default volume type", lambda tx: self.usual_type(tx, None)
            )
        except Malformed as error:
            raise NotFound(error.message) from None

    async def volume_type(self, tx: Tx, volume_type: int) -> VolumeType:
        return self._told(await records.get_type(tx, volume_type))

    async def usual_type(self, tx: Tx, wanted: int | str | None) -> VolumeType:
        if isinstance(wanted, int) or (isinstance(wanted, str) and wanted.isdecimal()):
            number = int(wanted)
            found = await records.get_type(tx, number) if 0 <= number < 2**63 else None
            if found is None or found.deleted:
                raise NotFound(f"Volume type {number} does not exist.")
            return self._told(found)
        if wanted or self.usual:
            named = await records.find_type(tx, wanted or self.usual)
            if named is None:
                raise NotFound(f"Volume type '{(wanted or self.usual)[:64]}' does not exist.")
            return self._told(named)
        for kind in await records.types(tx):
            if kind.disk_template in self.detachable:
                return self._told(kind)
        raise Malformed("A volume type is required: there is no usual one.")

    def _told(self, kind: VolumeType) -> VolumeType:
        """VOL-041: the disk template decides."""
        return evolve(kind, detachable=kind.disk_template in self.detachable)

    # -- what users see

    async def visible(
        self, principal: Principal, *, everybody: bool = False, since: int | None = None
    ) -> list[Volume]:
        if everybody and not principal.is_admin:
            raise Forbidden("Only administrators see everybody's volumes.")
        projects = sorted(principal.projects)

        async def body(tx: Tx) -> list[Volume]:
            return await records.visible(
                tx, principal.user, projects, everybody=everybody, since=since
            )

        return await self.store.read("list volumes", body)

    async def get(self, principal: Principal, volume: VolumeId, *, deleted: bool = False) -> Volume:
        async def body(tx: Tx) -> Volume:
            return await self._seen(tx, principal, volume, deleted=deleted)

        return await self.store.read("get volume", body)

    async def _seen(
        self, tx: Tx, principal: Principal, volume: VolumeId, *, deleted: bool = False
    ) -> Volume:
        """Raises NotFound."""
        found = await records.visible(
            tx,
            principal.user,
            sorted(principal.projects),
            everybody=principal.is_admin,
            one=volume,
            deleted=deleted,
        )
        if not found:
            raise NotFound(f"Volume {volume} does not exist.")
        return found[0]

    async def hold(self, tx: Tx, principal: Principal, volume: VolumeId) -> Volume:
        await records.find(tx, volume, lock=True)
        return await self._seen(tx, principal, volume)

    async def describe(
        self,
        principal: Principal,
        volume: VolumeId,
        *,
        name: str | None = None,
        description: str | None = None,
        delete_on_termination: bool | None = None,
    ) -> Volume:
        for text in (name, description):
            check_text(text or "")

        async def body(tx: Tx) -> Volume:
            found = await self.hold(tx, principal, volume)
            if delete_on_termination is False:
                await self.check_keeping(tx, found.volume_type)
            ends = delete_on_termination
            changes = {
                "name": name,
                "description": description,
                "delete_on_termination": None if ends is None else int(ends),
            }
            said = {key: value for key, value in changes.items() if value is not None}
            await records.change(tx, volume, self.now(), **said)
            return await self._seen(tx, principal, volume)

        return await self.store.transact("describe a volume", body)

    async def check_keeping(self, tx: Tx, volume_type: int) -> None:
        template = (await records.get_type(tx, volume_type)).disk_template
        if template.partition("_")[0] != "ext":
            raise Malformed("Volumes of this type are removed with their server.")
        if template not in self.detachable:
            raise Unsupported("Volumes of this type are removed with their server.")

    async def mark(
        self,
        principal: Principal,
        volume: VolumeId,
        *,
        bootable: bool | None = None,
        status: str | None = None,
    ) -> Volume:
        if status is not None and not principal.is_admin:
            raise Forbidden("Only administrators correct the state of a volume.")

        async def body(tx: Tx) -> Volume:
            found = await self.hold(tx, principal, volume)
            changes: dict[str, int | str] = {}
            if bootable is not None:
                changes["bootable"] = int(bootable)
            if status is not None:
                fitting = ("AVAILABLE" if found.server is None else "IN_USE", "ERROR")
                if status not in fitting or found.doomed:
                    raise Malformed(f"A volume in state {found.status} cannot be {status} now.")
                changes["status"] = status
            await records.change(tx, volume, self.now(), **changes)
            return await self._seen(tx, principal, volume)

        return await self.store.transact("mark a volume", body)

    async def set_metadata(
        self,
        principal: Principal,
        volume: VolumeId,
        values: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> Mapping[str, str]:
        check_metadata(values)

        async def body(tx: Tx) -> Mapping[str, str]:
            found = await self.hold(tx, principal, volume)
            wanted = dict(values) if replace else {**found.metadata, **values}
            check_metadata(wanted)
            await records.set_metadata(tx, volume, wanted)
            await records.change(tx, volume, self.now())
            return wanted

        return await self.store.transact("set a volume's metadata", body)

    async def delete_metadata(self, principal: Principal, volume: VolumeId, key: str) -> None:
        async def body(tx: Tx) -> None:
            found = await self.hold(tx, principal, volume)
            if key not in found.metadata:
                raise NoSuchKey(f"The volume's metadata has no key '{key[:64]}'.")
            left = {name: value for name, value in found.metadata.items() if name != key}
            await records.set_metadata(tx, volume, left)
            await records.change(tx, volume, self.now())

        await self.store.transact("delete a volume's metadata", body)


def check_text(text: str) -> None:
    """A name or a description. Raises Malformed."""
    if len(text) > LONGEST_NAME:
        raise Malformed(f"Names and descriptions have at most {LONGEST_NAME} characters.")
    _check_unicode(text)


def check_metadata(values: Mapping[str, str]) -> None:
    """VOL-016. Raises Malformed."""
    if len(values) > MOST_METADATA:
        raise Malformed(f"A volume has at most {MOST_METADATA} metadata items.")
    for key, value in values.items():
        if not 0 < len(key) <= LONGEST_KEY:
            raise Malformed(f"A metadata key has 1 to {LONGEST_KEY} characters.")
        if len(value) > LONGEST_VALUE:
            raise Malformed(f"A metadata value has at most {LONGEST_VALUE} characters.")
        _check_unicode(key + value)


def _checked_specs(values: Mapping[str, str]) -> Mapping[str, str]:
    for key, value in values.items():
        if not 0 < len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise Malformed(
                f"A specification has a key of 1 to {LONGEST_KEY} characters and a value of at"
                f" most {LONGEST_VALUE}."
            )
    return values


def _check_unicode(text: str) -> None:
    if any("\ud800" <= c <= "\udfff" for c in text) or "\0" in text:
        raise Malformed("The text holds characters that are not allowed.")
