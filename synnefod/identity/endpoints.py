"""The service catalogues, made of what assembly mounts (identity.md 3.4, 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from synnefod.common.ids import ProjectId, UserId, stable_id
from synnefod.identity.interface import MountedEndpoint

INTERFACES = ("public", "internal", "admin")


@frozen
class MountedCatalogue:
    """Implements `Catalogue`. `public` overrides the address by which a client reached us;
    `ui_urls` maps a component (the service name up to its first `_`) to its web pages."""

    mounted: tuple[MountedEndpoint, ...]
    region: str = "RegionOne"
    legacy_region: str = "default"
    public: str = ""
    ui_urls: Mapping[str, str] = field(factory=dict)

    def root(self, base: str) -> str:
        return (self.public or base).rstrip("/")

    def v2(self, base: str) -> list[dict[str, Any]]:
        root = self.root(base)
        result = []
        for each in self._in("v2.0"):
            url = root + each.path
            ui = self.ui_urls.get(each.service.partition("_")[0])
            endpoint = {
                "versionId": each.version,
                "region": self.legacy_region,
                "publicURL": url,
                "internalURL": url,
                "adminURL": url,
                "SNF:uiURL": root + ui if ui and ui.startswith("/") else ui,
                "SNF:exposeVersion": str(each.expose_version),
            }
            if each.type == "astakos_weblogin":
                endpoint["SNF:webloginURL"] = url
            result.append(
                {
                    "name": each.service,
                    "type": each.type,
                    "endpoints_links": [],
                    "endpoints": [endpoint],
                }
            )
        return result

    def v3(self, base: str, user: UserId, project: ProjectId | None) -> list[dict[str, Any]]:
        names = {"user": user, "project": project or ""}
        root = self.root(base)
        return [
            {
                "id": stable_id(each.service, each.type),
                "type": each.type,
                "name": each.service,
                "endpoints": [
                    {
                        "id": stable_id(each.service, each.type, interface),
                        "interface": interface,
                        "region": self.region,
                        "region_id": self.region,
                        "url": root + each.path % names,
                    }
                    for interface in INTERFACES
                ],
            }
            for each in self._in("v3")
            if project is not None or "%(project)s" not in each.path
        ]

    def services(self) -> list[dict[str, Any]]:
        return [
            {
                "id": stable_id(each.service, each.type),
                "type": each.type,
                "name": each.service,
                "description": "",
                "enabled": True,
            }
            for each in self._in("v3")
        ]

    def endpoints(self, base: str) -> list[dict[str, Any]]:
        root = self.root(base)
        names = {"user": "$(user_id)s", "project": "$(project_id)s"}
        return [
            {
                "id": stable_id(each.service, each.type, interface),
                "service_id": stable_id(each.service, each.type),
                "interface": interface,
                "region": self.region,
                "region_id": self.region,
                "url": root + each.path % names,
                "enabled": True,
            }
            for each in self._in("v3")
            for interface in INTERFACES
        ]

    def _in(self, catalogue: str) -> Iterable[MountedEndpoint]:
        return (each for each in self.mounted if catalogue in each.catalogues)
