"""What Cinder v3 tells of the deployment: versions, limits, quotas, and what there is none of."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.common.errors import Forbidden, Malformed, NotFound, Unsupported
from synnefod.common.ids import ProjectId, uuid_with_dashes
from synnefod.common.text import iso_z_micros
from synnefod.projects.interface import Projects, Usage
from synnefod.quota.interface import DISK, INFINITE
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.quotasets import administered, capacities
from synnefod.resources.volume.paging import mine
from synnefod.resources.volume.snapshots import SnapshotDesk
from synnefod.resources.volume.views import attachment_id
from synnefod.volumes.interface import Volume, Volumes

Document = dict[str, Any]
GIB = 1024**3
_CHANGED = {"gigabytes": (DISK, GIB)}
_ORIGIN = "cyclades_compute"
"""Where disk is charged."""


class CinderDocuments:
    """What tells of the deployment: zones, limits, and what there is none of."""

    def __init__(
        self, volumes: Volumes, projects: Projects, desk: SnapshotDesk, largest: int
    ) -> None:
        self.volumes = volumes
        self.projects = projects
        self.desk = desk
        self.largest = largest

    @route("GET", "/", auth=False)
    async def version(self, call: Call) -> Document:
        return {"versions": [version_document(call.url)]}

    @route("GET", "/limits")
    @route("GET", "/<project>/limits")
    async def limits(self, call: Call, project: str | None = None) -> Document:
        mine(call, project)
        asked = ProjectId(call.principal.project or call.principal.user)
        gigabytes, volumes = await self._used(call, asked)
        absolute = {
            "maxTotalVolumes": -1,
            "totalVolumesUsed": volumes,
            "maxTotalVolumeGigabytes": gigabytes["limit"],
            "totalGigabytesUsed": gigabytes["in_use"],
            "maxTotalSnapshots": -1,
            "totalSnapshotsUsed": await self._snapshots(call),
            "maxTotalBackups": 0,
            "totalBackupsUsed": 0,
            "maxTotalBackupGigabytes": 0,
            "totalBackupGigabytesUsed": 0,
        }
        return {"limits": {"rate": [], "absolute": absolute}}

    @route("GET", "/os-quota-sets/<of>")
    @route("GET", "/os-quota-sets/<of>/defaults")
    @route("GET", "/<project>/os-quota-sets/<of>")
    @route("GET", "/<project>/os-quota-sets/<of>/defaults")
    async def quotas(self, call: Call, of: str, project: str | None = None) -> Document:
        mine(call, project)
        asked = ProjectId(uuid_with_dashes(of))
        principal = call.principal
        if asked in principal.projects or asked == principal.project:
            gigabytes, volumes = await self._used(call, asked)
        elif principal.is_admin:
            gigabytes, volumes = await self._of_project(call, asked)
        else:
            raise Forbidden("Only members of a project see its quotas.")
        shown: dict[str, Document] = {
            "volumes": _quota(-1, volumes),
            "gigabytes": gigabytes,
            "snapshots": _quota(-1, await self._snapshots(call)),
            "per_volume_gigabytes": _quota(self.largest, 0),
        }
        shown |= {name: _quota(0, 0) for name in ("backups", "backup_gigabytes", "groups")}
        if call.query.one("usage", "").lower() == "true":
            return {"quota_set": {"id": of, **shown}}
        return {"quota_set": {"id": of} | {name: each["limit"] for name, each in shown.items()}}

    @route("PUT", "/os-quota-sets/<of>", body=dict[str, Any])
    @route("PUT", "/<project>/os-quota-sets/<of>", body=dict[str, Any])
    async def change_quotas(self, call: Call, of: str, project: str | None = None) -> Document:
        """Of the project, and as much for each member; nothing but gigabytes has a limit of a
        project's own."""
        mine(call, project)
        asked = administered(call, of)
        await self.projects.modify(asked, capacities=capacities(call.body, _CHANGED))
        shown: Document = (await self.quotas(call, of, project))["quota_set"]
        del shown["id"]
        return {"quota_set": shown}

    @route("DELETE", "/os-quota-sets/<of>", status=200)
    @route("DELETE", "/<project>/os-quota-sets/<of>", status=200)
    async def reset_quotas(self, call: Call, of: str, project: str | None = None) -> None:
        """The project has what a new one gets."""
        mine(call, project)
        await self.projects.reset(administered(call, of), [DISK])

    async def _used(self, call: Call, project: ProjectId) -> tuple[Document, int]:
        """The asker's gigabytes of disk in a project, and how many volumes."""
        user = call.principal.user
        quotas = await self.projects.quotas(users=[user], projects=[project])
        disk: Usage | None = quotas.get(user, {}).get(project, {}).get(DISK)
        found = await self.volumes.visible(call.principal)
        volumes = sum(1 for volume in found if volume.project == project and volume.user == user)
        return _gigabytes(disk), volumes

    async def _of_project(self, call: Call, project: ProjectId) -> tuple[Document, int]:
        """The same of all its members. Raises NotFound."""
        quotas = await self.projects.project_quotas(projects=[project], origins=[_ORIGIN])
        if project not in quotas:
            raise NotFound(f"Project {project[:64]} could not be found.")
        usage = quotas[project].get(DISK)
        whole = usage and evolve(
            usage,
            limit=usage.project_limit,
            usage=usage.project_usage,
            pending=usage.project_pending,
        )
        found = await self.volumes.visible(call.principal, everybody=True)
        return _gigabytes(whole), sum(1 for volume in found if volume.project == project)

    async def _snapshots(self, call: Call) -> int:
        """How many the asker has."""
        if not self.desk.rules.enabled:
            return 0
        found = await self.desk.images.list(call.principal)
        return sum(1 for image in found if image.is_snapshot and image.owner == call.principal.user)

    @route("GET", "/os-availability-zone")
    @route("GET", "/<project>/os-availability-zone")
    async def zones(self, call: Call, project: str | None = None) -> Document:
        mine(call, project)
        zone = {"zoneName": "nova", "zoneState": {"available": True}}
        return {"availabilityZoneInfo": [zone]}

    @route("GET", "/extensions")
    @route("GET", "/<project>/extensions")
    async def extensions(self, call: Call, project: str | None = None) -> Document:
        mine(call, project)
        return {"extensions": []}

    @route("GET", "/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>")
    @route("GET", "/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>/detail")
    @route("GET", "/<project>/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>")
    @route(
        "GET", "/<project>/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>/detail"
    )
    @route("GET", "/<any('qos-specs', 'group_types', 'groups'):what>")
    @route("GET", "/<project>/<any('qos-specs', 'group_types', 'groups'):what>")
    @route("GET", "/<project>/<any('groups'):what>/detail")
    async def none(self, call: Call, what: str, project: str | None = None) -> Document:
        """There are none of these here."""
        mine(call, project)
        return {_NONE[what]: []}

    @route("POST", "/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>")
    @route("POST", "/<project>/<any('backups', 'volume-transfers', 'os-volume-transfer'):what>")
    @route("POST", "/<any('qos-specs', 'group_types', 'groups'):what>")
    @route("POST", "/<project>/<any('qos-specs', 'group_types', 'groups'):what>")
    async def no_more(self, call: Call, what: str, project: str | None = None) -> Document:
        mine(call, project)
        raise Unsupported(f"There are no {what} here.")

    # -- attachments (3.27)

    @route("GET", "/attachments")
    @route("GET", "/attachments/detail")
    @route("GET", "/<project>/attachments")
    @route("GET", "/<project>/attachments/detail")
    async def attachments(self, call: Call, project: str | None = None) -> Document:
        mine(call, project)
        found = await self.volumes.visible(call.principal)
        wanted = call.query.one("volume_id") or call.query.one("instance_id")
        shown = [_attachment(volume) for volume in found if volume.server is not None]
        return {
            "attachments": [
                each
                for each in shown
                if wanted is None or wanted in (each["volume_id"], each["instance"])
            ]
        }

    @route("GET", "/attachments/<attachment>")
    @route("GET", "/<project>/attachments/<attachment>")
    async def attachment(self, call: Call, attachment: str, project: str | None = None) -> Document:
        mine(call, project)
        for volume in await self.volumes.visible(call.principal):
            if volume.server is not None and attachment_id(volume) == attachment:
                return {"attachment": _attachment(volume)}
        raise NotFound(f"Attachment {attachment[:64]} could not be found.")

    @route("POST", "/attachments")
    @route("DELETE", "/attachments/<attachment>")
    @route("POST", "/<project>/attachments")
    @route("DELETE", "/<project>/attachments/<attachment>")
    async def attach(
        self, call: Call, attachment: str = "", project: str | None = None
    ) -> Document:
        mine(call, project)
        raise Malformed("Volumes are attached and detached by the compute service.")


_NONE = {
    "backups": "backups",
    "volume-transfers": "transfers",
    "os-volume-transfer": "transfers",
    "qos-specs": "qos_specs",
    "group_types": "group_types",
    "groups": "groups",
}


def _attachment(volume: Volume) -> Document:
    return {
        "id": attachment_id(volume),
        "volume_id": str(volume.id),
        "instance": str(volume.server),
        "status": "attached" if volume.status == "IN_USE" else "attaching",
        "attach_mode": "rw",
        "attached_at": iso_z_micros(volume.updated)[:-1],
        "detached_at": None,
        "connection_info": {},
    }


def _gigabytes(disk: Usage | None) -> Document:
    if disk is None:
        return _quota(0, 0)
    pending = max(disk.pending or 0, 0)
    return {
        "limit": -1 if (disk.limit or 0) >= INFINITE else (disk.limit or 0) // GIB,
        "in_use": ((disk.usage or 0) - pending) // GIB,
        "reserved": pending // GIB,
        "allocated": 0,
    }


def _quota(limit: int, used: int) -> Document:
    return {"limit": limit, "in_use": used, "reserved": 0, "allocated": 0}


class VolumeVersions:
    """The version document at the service's root (VOL-200)."""

    @route("GET", "/", auth=False)
    async def versions(self, call: Call) -> Reply:
        found = [version_document(f"{call.url}/v3")]
        for name in ("v2.0", "v2"):
            old = old_document(name, f"{call.url}/{name}")
            # Synnefo's word and Cinder's.
            found.append({**old, "media-types": old["media_types"]})
        return Reply({"versions": found}, status=300)


class OldVolumeVersion:
    """The version document of Synnefo's volume API (CMP-254)."""

    @route("GET", "/", auth=False)
    async def version(self, call: Call) -> Document:
        name = call.mount.rpartition("/")[2]
        return {"version": old_document(name, call.url)}


def old_document(name: str, url: str) -> Document:
    return {
        "id": name,
        "status": "DEPRECATED",
        "version": "2.0",
        "min_version": "2.0",
        "updated": "2011-01-21T11:33:21Z",
        "links": [{"rel": "self", "href": f"{url}/"}],
        "media_types": [
            {"base": "application/json", "type": "application/vnd.openstack.volume+json"}
        ],
    }


def version_document(url: str) -> Document:
    return {
        "id": "v3.0",
        "status": "CURRENT",
        "version": "3.0",
        "min_version": "3.0",
        "updated": "2016-02-08T12:20:21Z",
        "links": [{"rel": "self", "href": f"{url}/"}],
        "media-types": [],
    }
