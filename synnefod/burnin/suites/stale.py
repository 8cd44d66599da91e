"""What earlier runs left: listed, or removed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from synnefod.burnin import PREFIX
from synnefod.burnin.cloud import Failed
from synnefod.burnin.suite import step
from synnefod.burnin.suites.machine import WithServers


class _Stale(WithServers, ABC):
    """`kind` and `path`: where they are listed, under `key`; `label` is the name of each."""

    deletes = False
    kind, path, key, label = "", "", "", "name"

    def stale(self) -> list[Any]:
        found = self.cloud.get(self.kind, self.path)[self.key]
        things = [each.get("keypair", each) for each in found]
        return [each for each in things if str(each.get(self.label) or "").startswith(PREFIX)]

    @step("stale ones")
    def look(self) -> None:
        found = [each[self.label] for each in self.stale()]
        if found and not self.deletes:
            raise Failed(f"left: {', '.join(found)}")
        for each in self.stale():
            self.remove_one(each)

    @abstractmethod
    def remove_one(self, thing: Any) -> None:
        """Removes what is listed, and waits until it is gone where that takes time."""


class _Servers(_Stale):
    title, kind, path, key = "StaleServersTestSuite", "compute", "/servers", "servers"

    def remove_one(self, thing: Any) -> None:
        self.remove(thing["id"])


class _FloatingIps(_Stale):
    """They have no names: those that an earlier run noted, or that one of its servers has."""

    title, kind, path, key = "StaleFloatingIPsTestSuite", "network", "/floatingips", "floatingips"
    label = "floating_ip_address"

    def stale(self) -> list[Any]:
        found = self.cloud.get(self.kind, self.path)[self.key]
        servers = self.cloud.get("compute", "/servers")["servers"]
        ours = {str(each["id"]) for each in servers if each["name"].startswith(PREFIX)}
        noted = self.notes.among(found)
        return [each for each in found if each in noted or str(each["instance_id"]) in ours]

    def remove_one(self, thing: Any) -> None:
        if thing["instance_id"] is not None:
            address = {"address": thing["floating_ip_address"]}
            self.act(int(thing["instance_id"]), "removeFloatingIp", address)
        self.release(thing["id"])


class _Networks(_Stale):
    title, kind, path, key = "StaleNetworksTestSuite", "network", "/networks", "networks"

    def remove_one(self, thing: Any) -> None:
        path = f"{self.cloud.services['network']}/networks/{thing['id']}"
        self.cloud.until("it is gone", lambda: self.cloud.send("DELETE", path).status in (204, 404))


class _Volumes(_Stale):
    title, kind, path, key = "StaleVolumesTestSuite", "volume", "/volumes/detail", "volumes"
    label = "display_name"

    def remove_one(self, thing: Any) -> None:
        self.cloud.ask("volume", "DELETE", f"/volumes/{thing['id']}", status=202)


class _Keypairs(_Stale):
    title, kind, path, key = "StaleKeypairsTestSuite", "compute", "/os-keypairs", "keypairs"

    def remove_one(self, thing: Any) -> None:
        self.cloud.ask("compute", "DELETE", f"/os-keypairs/{thing['name']}", status=204)


class _Files(_Stale):
    title, kind = "StaleFilesTestSuite", "object-store"

    def stale(self) -> list[Any]:
        found = self.cloud.get(self.kind, f"/{self.cloud.user}?format=json")
        return [each for each in found if each["name"].startswith(PREFIX)]

    def remove_one(self, thing: Any) -> None:
        path = f"/{self.cloud.user}/{thing['name']}"
        self.cloud.ask(self.kind, "DELETE", f"{path}?delimiter=/", status=204)
        self.cloud.ask(self.kind, "DELETE", path, status=204)


def _deleting(kind: type[_Stale]) -> type[_Stale]:
    return type(f"{kind.__name__}Away", (kind,), {"deletes": True})


_KINDS: tuple[type[_Stale], ...] = (
    _FloatingIps,
    _Servers,
    _Networks,
    _Volumes,
    _Keypairs,
    _Files,
)
STALE: tuple[Any, ...] = (*_KINDS, *map(_deleting, _KINDS))
