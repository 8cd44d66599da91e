"""`POST /volumes/<volume>/action` of Cinder v3 (VOL-205, table 14.7)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound, TooLarge, Unsupported
from synnefod.common.text import iso_z_micros
from synnefod.compute.interface import Snapshot
from synnefod.images.interface import ImageChange
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.volume import bodies
from synnefod.resources.volume.cinder import CinderVolumes
from synnefod.resources.volume.snapshots import SnapshotDesk
from synnefod.resources.volume.views import source_of
from synnefod.volumes.interface import NoHelper, Volume, VolumeTooLarge

Document = dict[str, Any]
Act = Callable[[Call, Volume, Document], Awaitable[Reply]]
_SERVICE = (
    "os-reserve",
    "os-unreserve",
    "os-begin_detaching",
    "os-roll_detaching",
    "os-attach",
    "os-detach",
    "os-initialize_connection",
    "os-terminate_connection",
)
_GROWS_ATTACHED = (3, 42)
_VERSION = re.compile(r"volume\s+(\d{1,4})\.(\d{1,4})")


class CinderActions:
    """One method an action, found by its name."""

    def __init__(self, volumes: CinderVolumes, desk: SnapshotDesk) -> None:
        self.volumes = volumes
        self.desk = desk
        self._acts: dict[str, Act] = {
            "os-extend": self.extend,
            "os-reset_status": self.reset_status,
            "os-set_bootable": self.set_bootable,
            "os-update_readonly_flag": self.set_readonly,
            "os-retype": self.retype,
            "os-force_delete": self.force_delete,
            "os-volume_upload_image": self.upload_image,
            "os-show_image_metadata": self.image_metadata,
            "os-set_image_metadata": self.no_image_metadata,
            "os-unset_image_metadata": self.no_image_metadata,
            "os-migrate_volume": self.migrate,
        }

    @route("POST", "/volumes/<volume>/action", body=Any)
    @route("POST", "/<project>/volumes/<volume>/action", body=Any)
    async def act(self, call: Call, volume: str, project: str | None = None) -> Reply:
        name, said = bodies.one_action(call.body)
        found = await self.volumes.one(call, volume, project)
        if name in _SERVICE:
            raise Forbidden("Only the compute service does this: attach by a server.")
        act = self._acts.get(name)
        if act is None:
            raise Malformed(f"There is no action '{name[:64]}'.")
        return await act(call, found, said)

    async def extend(self, call: Call, volume: Volume, said: Document) -> Reply:
        size = bodies.whole(said, "new_size")
        if size is None:
            raise Malformed("'new_size' is required.")
        if volume.server is not None and _version(call) < _GROWS_ATTACHED:
            raise Malformed("An attached volume is extended from microversion 3.42 on.")
        try:
            await self.volumes.disks.extend(call.principal, volume.id, size)
        except VolumeTooLarge as error:
            raise TooLarge(error.message) from None
        return Reply(status=202)

    async def reset_status(self, call: Call, volume: Volume, said: Document) -> Reply:
        _administrator(call)
        status = (bodies.text(said, "status") or "").upper().replace("-", "_")
        await self.volumes.volumes.mark(call.principal, volume.id, status=status)
        return Reply(status=202)

    async def set_bootable(self, call: Call, volume: Volume, said: Document) -> Reply:
        if said.get("bootable") is None:
            raise Malformed("'bootable' is required.")
        wanted = bodies.lenient(said, "bootable")
        await self.volumes.volumes.mark(call.principal, volume.id, bootable=wanted)
        return Reply(status=200)

    async def set_readonly(self, call: Call, volume: Volume, said: Document) -> Reply:
        """Kept as metadata, as Cinder shows it; nothing enforces it."""
        values = {"readonly": str(bodies.lenient(said, "readonly"))}
        await self.volumes.volumes.set_metadata(call.principal, volume.id, values)
        return Reply(status=202)

    async def retype(self, call: Call, volume: Volume, said: Document) -> Reply:
        """Data cannot be moved (VOL-043)."""
        wanted = bodies.number_or_name(said, "new_type")
        kinds = [kind for kind in (await self.volumes.kinds()).values() if not kind.deleted]
        named = [kind for kind in kinds if str(wanted) in (kind.name, str(kind.id))]
        if not named:
            raise NotFound(f"Volume type {str(wanted)[:64]} could not be found.")
        if any(kind.id == volume.volume_type for kind in named):
            raise Malformed("The volume is of this type already.")
        before = (await self.volumes.kinds())[volume.volume_type]
        if named[0].disk_template != before.disk_template:
            raise Malformed("A volume keeps its disk template and provider.")
        raise Unsupported("Volumes keep their type.")

    async def force_delete(self, call: Call, volume: Volume, said: Document) -> Reply:
        _administrator(call)
        try:
            await self.volumes.disks.delete(call.principal, volume.id)
        except NoHelper as error:
            raise Malformed(error.message) from None
        return Reply(status=202)

    async def upload_image(self, call: Call, volume: Volume, said: Document) -> Reply:
        """A snapshot of the volume, which is an image (VOL-067)."""
        name = bodies.text(said, "image_name")
        if not name:
            raise Malformed("'image_name' is required.")
        kind = bodies.text(said, "disk_format") or "raw"
        if kind != "raw" or (bodies.text(said, "container_format") or "bare") != "bare":
            raise Malformed("An image of a volume is raw, in no container.")
        public = bodies.text(said, "visibility") == "public"
        made = await self.desk.take(call.principal, Snapshot(volume.id, name), force=True)
        if public or said.get("protected") is True:
            change = ImageChange(public=public, protected=said.get("protected") is True)
            await self.desk.images.update(call.principal, made.id, change)
        shown = (await self.volumes.kinds()).get(volume.volume_type)
        answer = {
            "id": str(volume.id),
            "image_id": made.id,
            "image_name": name,
            "status": "uploading",
            "size": volume.size,
            "container_format": "bare",
            "disk_format": "raw",
            "display_description": volume.description or None,
            "updated_at": iso_z_micros(volume.updated)[:-1],
            "volume_type": None if shown is None else {"id": str(shown.id), "name": shown.name},
        }
        return Reply({"os-volume_upload_image": answer}, status=202)

    async def image_metadata(self, call: Call, volume: Volume, said: Document) -> Reply:
        image = source_of(volume, "image")
        return Reply({"metadata": {} if image is None else {"image_id": image}})

    async def no_image_metadata(self, call: Call, volume: Volume, said: Document) -> Reply:
        raise Unsupported("The metadata of a volume's image is the image's own.")

    async def migrate(self, call: Call, volume: Volume, said: Document) -> Reply:
        _administrator(call)
        raise Unsupported("Volumes are not migrated.")


def _administrator(call: Call) -> None:
    if not call.principal.is_admin:
        raise Forbidden("This is for administrators.")


def _version(call: Call) -> tuple[int, int]:
    """The microversion that the client asks for."""
    found = _VERSION.search(call.headers.get("OpenStack-API-Version") or "")
    return (int(found[1]), int(found[2])) if found else (3, 0)
