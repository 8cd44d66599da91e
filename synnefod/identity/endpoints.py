"""The service catalogues, made of what assembly mounts (identity.md 3.4, 4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from synnefod.common.ids import ProjectId, UserId, stable_id
from synnefod.identity.interface import MountedEndpoint
from synnefod.identity.interface.administration import ComponentRow, ServiceRow

INTERFACES = ("public", "internal", "admin")
BOTH = frozenset({"v2.0", "v3"})


@define
class Outside:
    """Services elsewhere, with whole addresses for paths, and pages of their components."""

    endpoints: Sequence[MountedEndpoint] = ()
    ui_urls: Mapping[str, str] = field(factory=dict)
    looked: float = -1e9
    """When the database was asked, on the daemon's clock."""

    def replace(self, services: Iterable[ServiceRow], components: Iterable[ComponentRow]) -> None:
        """Takes over what is registered."""
        pages = {each.name: each.ui_url for each in components if each.ui_url}
        found, self.ui_urls = [], {}
        for each in services:
            url = each.endpoints[0].get("publicURL") if each.endpoints else None
            if url and "://" in url:
                version = each.endpoints[0].get("versionId", "")
                exposed = each.endpoints[0].get("SNF:exposeVersion", "True") != "False"
                found.append(MountedEndpoint(each.name, each.type, url, version, BOTH, exposed))
                self.ui_urls = {**self.ui_urls, each.name: pages.get(each.component, "")}
        if tuple(found) != tuple(self.endpoints):
            self.endpoints = tuple(found)


@frozen
class MountedCatalogue:
    """Implements `Catalogue`. `public` overrides the address by which a client reached us;
    `ui_urls` maps a component (the service name up to its first `_`) to its web pages."""

    mounted: tuple[MountedEndpoint, ...]
    region: str = "RegionOne"
    legacy_region: str = "default"
    public: str = ""
    ui_urls: Mapping[str, str] = field(factory=dict)
    outside: Outside = field(factory=Outside)
    """What components outside this daemon registered, as of a few seconds ago."""

    @property
    def edition(self) -> object:
        return self.outside.endpoints

    def root(self, base: str) -> str:
        return (self.public or base).rstrip("/")

    def v2(self, base: str) -> list[dict[str, Any]]:
        root = self.root(base)
        result = []
        for each in self._in("v2.0"):
            url = _at(root, each, {})
            ui = self.outside.ui_urls.get(each.service) or self.ui_urls.get(
                each.service.partition("_")[0]
            )
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
                        "url": _at(root, each, names),
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
                "url": _at(root, each, names),
                "enabled": True,
            }
            for each in self._in("v3")
            for interface in INTERFACES
        ]

    def _in(self, catalogue: str) -> Iterable[MountedEndpoint]:
        own = {each.service for each in self.mounted}
        others = [each for each in self.outside.endpoints if each.service not in own]
        return (each for each in [*self.mounted, *others] if catalogue in each.catalogues)


def _at(root: str, each: MountedEndpoint, names: Mapping[str, str]) -> str:
    if "://" in each.path:
        return each.path
    return root + (each.path % names if names else each.path)
