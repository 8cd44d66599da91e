"""Cinder v3's face of the volumes (compute-image-volume.md 14.7): what clients look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, VolumeId, uuid_with_dashes
from synnefod.projects.interface import Projects, Usage
from synnefod.quota.interface import DISK
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.volume.views import type_cinder, volume_cinder, volume_short
from synnefod.volumes.interface import Volume, Volumes, VolumeType

Document = dict[str, Any]
GIB = 1024**3
_FILTERS = ("name", "status", "bootable", "availability_zone", "volume_type", "id")
_SORT_KEYS = ("id", "name", "status", "size", "created_at", "updated_at", "bootable")


def _mine(call: Call, project: str | None) -> str:
    """The mount as it was addressed. Raises Malformed for a project that is not the token's."""
    if project is None:
        return call.url
    if uuid_with_dashes(project) != (call.principal.project or call.principal.user):
        raise Malformed("Malformed request url: the project is not the token's.")
    return f"{call.url}/{project}"


class CinderVolumes:
    """`/volumes` and `/types`, with and without the project before them (VOL-201)."""

    def __init__(self, volumes: Volumes) -> None:
        self.volumes = volumes

    @route("GET", "/volumes")
    @route("GET", "/<project>/volumes")
    async def index(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, detail=False)

    @route("GET", "/volumes/detail")
    @route("GET", "/<project>/volumes/detail")
    async def detail(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, detail=True)

    async def _listed(self, call: Call, project: str | None, *, detail: bool) -> Document:
        url = _mine(call, project)
        everybody = call.query.one("all_tenants", "0").lower() in ("1", "true")
        found = await self.volumes.visible(
            call.principal, everybody=everybody and call.principal.is_admin
        )
        types = await self._types()
        rows = [(volume, volume_cinder(volume, url, types)) for volume in found]
        rows = [row for row in rows if _matches(call, row[1])]
        for key, direction in reversed(_orders(call)):
            rows.sort(key=lambda row: _rank(row, key), reverse=direction == "desc")
        rows, more = _page(call, rows)
        shown = [one if detail else volume_short(volume, url) for volume, one in rows]
        answer: Document = {"volumes": shown}
        if more and rows:
            left_out = ("marker", "offset")
            kept = [(key, value) for key, value in call.query.items() if key not in left_out]
            query = urlencode([*kept, ("marker", str(rows[-1][0].id))])
            path = "/volumes/detail" if detail else "/volumes"
            answer["volumes_links"] = [{"rel": "next", "href": f"{url}{path}?{query}"}]
        return answer

    @route("GET", "/volumes/<volume>")
    @route("GET", "/<project>/volumes/<volume>")
    async def show(self, call: Call, volume: str, project: str | None = None) -> Document:
        url = _mine(call, project)
        found = await self._one(call, volume)
        return {"volume": volume_cinder(found, url, await self._types())}

    @route("GET", "/volumes/<volume>/metadata")
    @route("GET", "/<project>/volumes/<volume>/metadata")
    async def metadata(self, call: Call, volume: str, project: str | None = None) -> Document:
        _mine(call, project)
        await self._one(call, volume)
        return {"metadata": {}}

    @route("GET", "/types")
    @route("GET", "/<project>/types")
    async def types(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        return {"volume_types": [type_cinder(kind) for kind in await self.volumes.types()]}

    @route("GET", "/types/<kind>")
    @route("GET", "/<project>/types/<kind>")
    async def show_type(self, call: Call, kind: str, project: str | None = None) -> Document:
        _mine(call, project)
        return {"volume_type": type_cinder(await self._type(kind))}

    @route("GET", "/types/<kind>/extra_specs")
    @route("GET", "/<project>/types/<kind>/extra_specs")
    async def specs(self, call: Call, kind: str, project: str | None = None) -> Document:
        _mine(call, project)
        return {"extra_specs": type_cinder(await self._type(kind))["extra_specs"]}

    async def _one(self, call: Call, volume: str) -> Volume:
        if not (volume.isascii() and volume.isdigit()) or len(volume) > 18:
            raise NotFound(f"Volume {volume[:64]} could not be found.")
        return await self.volumes.get(call.principal, VolumeId(int(volume)))

    async def _type(self, kind: str) -> VolumeType:
        for found in await self.volumes.types():
            if str(found.id) == kind:
                return found
        raise NotFound(f"Volume type {kind[:64]} could not be found.")

    async def _types(self) -> dict[int, VolumeType]:
        return {kind.id: kind for kind in await self.volumes.types()}


def _matches(call: Call, shown: Document) -> bool:
    for key in _FILTERS:
        wanted = call.query.all(key)
        if wanted and str(shown[key]).lower() not in [value.lower() for value in wanted]:
            return False
    return True


def _orders(call: Call) -> list[tuple[str, str]]:
    text = call.query.one("sort")
    if text is None:
        key = call.query.one("sort_key")
        text = "created_at:desc,id:desc" if key is None else key
        text += f":{call.query.one('sort_dir', 'desc')}" if key is not None else ""
    orders = []
    for term in text.split(","):
        key, _, direction = term.strip().partition(":")
        if key not in _SORT_KEYS or direction not in ("", "asc", "desc"):
            raise Malformed(f"'{term[:64]}' is not a wish for an order.")
        orders.append((key, direction or "desc"))
    return orders


def _rank(row: tuple[Volume, Document], key: str) -> tuple[int, str]:
    volume, shown = row
    numbers = {"id": volume.id, "size": volume.size}
    return (numbers[key], "") if key in numbers else (0, str(shown[key] or ""))


def _page(
    call: Call, rows: Sequence[tuple[Volume, Document]]
) -> tuple[list[tuple[Volume, Document]], bool]:
    found = list(rows)
    marker = call.query.one("marker")
    if marker:
        places = [place for place, row in enumerate(found) if row[1]["id"] == marker]
        if not places:
            raise NotFound(f"Volume {marker[:64]} could not be found.")
        found = found[places[0] + 1 :]
    found = found[_count(call, "offset", 0) :]
    limit = _count(call, "limit", len(found))
    return found[:limit], len(found) > limit


def _count(call: Call, name: str, usual: int) -> int:
    text = call.query.one(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(f"{name} must be a whole number, not '{text[:64]}'.")
    return int(text)


class CinderDocuments:
    """What tells of the deployment: zones, limits, and what there is none of."""

    def __init__(self, volumes: Volumes, projects: Projects) -> None:
        self.volumes = volumes
        self.projects = projects

    @route("GET", "/", auth=False)
    async def version(self, call: Call) -> Document:
        return {"versions": [version_document(call.url)]}

    @route("GET", "/limits")
    @route("GET", "/<project>/limits")
    async def limits(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        asked = ProjectId(call.principal.project or call.principal.user)
        gigabytes, volumes = await self._used(call, asked)
        absolute = {
            "maxTotalVolumes": -1,
            "totalVolumesUsed": volumes,
            "maxTotalVolumeGigabytes": gigabytes["limit"],
            "totalGigabytesUsed": gigabytes["in_use"],
            "maxTotalSnapshots": 0,
            "totalSnapshotsUsed": 0,
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
        _mine(call, project)
        asked = ProjectId(uuid_with_dashes(of))
        principal = call.principal
        if asked not in principal.projects and asked != principal.project:
            raise Forbidden("Only members of a project see its quotas.")
        gigabytes, volumes = await self._used(call, asked)
        shown: dict[str, Document] = {
            "volumes": _quota(-1, volumes),
            "gigabytes": gigabytes,
            "per_volume_gigabytes": _quota(gigabytes["limit"], 0),
        }
        shown |= {
            name: _quota(0, 0) for name in ("snapshots", "backups", "backup_gigabytes", "groups")
        }
        if call.query.one("usage", "").lower() == "true":
            return {"quota_set": {"id": of, **shown}}
        return {"quota_set": {"id": of} | {name: each["limit"] for name, each in shown.items()}}

    async def _used(self, call: Call, project: ProjectId) -> tuple[Document, int]:
        """The asker's gigabytes of disk in a project, and how many volumes."""
        user = call.principal.user
        quotas = await self.projects.quotas(users=[user], projects=[project])
        disk: Usage | None = quotas.get(user, {}).get(project, {}).get(DISK)
        found = await self.volumes.visible(call.principal)
        volumes = sum(1 for volume in found if volume.project == project and volume.user == user)
        if disk is None:
            return _quota(0, 0), volumes
        pending = max(disk.pending or 0, 0)
        return {
            "limit": (disk.limit or 0) // GIB,
            "in_use": ((disk.usage or 0) - pending) // GIB,
            "reserved": pending // GIB,
            "allocated": 0,
        }, volumes

    @route("GET", "/os-availability-zone")
    @route("GET", "/<project>/os-availability-zone")
    async def zones(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        zone = {"zoneName": "nova", "zoneState": {"available": True}}
        return {"availabilityZoneInfo": [zone]}

    @route("GET", "/extensions")
    @route("GET", "/<project>/extensions")
    async def extensions(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        return {"extensions": []}

    @route("GET", "/snapshots")
    @route("GET", "/snapshots/detail")
    @route("GET", "/<project>/snapshots")
    @route("GET", "/<project>/snapshots/detail")
    async def snapshots(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        return {"snapshots": []}

    @route("GET", "/backups")
    @route("GET", "/backups/detail")
    @route("GET", "/<project>/backups")
    @route("GET", "/<project>/backups/detail")
    async def backups(self, call: Call, project: str | None = None) -> Document:
        _mine(call, project)
        return {"backups": []}


def _quota(limit: int, used: int) -> Document:
    return {"limit": limit, "in_use": used, "reserved": 0, "allocated": 0}


class VolumeVersions:
    """The version document at the service's root (VOL-200)."""

    @route("GET", "/", auth=False)
    async def versions(self, call: Call) -> Reply:
        return Reply({"versions": [version_document(f"{call.url}/v3")]}, status=300)


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
