"""Volumes: made with a server and without, attached, detached; snapshots, and a server of one."""

from __future__ import annotations

from typing import Any

from synnefod.burnin.cloud import expect, require
from synnefod.burnin.suite import Skip, step
from synnefod.burnin.suites.choosing import chosen
from synnefod.burnin.suites.machine import WithServers


class _WithVolumes(WithServers):
    def volume(self, number: int) -> Any:
        return self.cloud.get("volume", f"/volumes/{number}")["volume"]

    def reaches(self, number: int, status: str) -> None:
        self.cloud.until(
            f"volume {number} is {status}", lambda: self.volume(number)["status"] == status
        )

    def new_volume(self, **more: Any) -> int:
        body = {"volume": {"size": 1, "display_name": self.name("volume"), "metadata": {}, **more}}
        made = self.cloud.ask("volume", "POST", "/volumes", body, status=202).json()["volume"]
        return int(made["id"])

    def remove_volume(self, number: int) -> None:
        self.cloud.ask("volume", "DELETE", f"/volumes/{number}", status=202)
        self.reaches(number, "deleted")

    def type_for(self, *, detachable: bool, named: str) -> Any:
        types = self.cloud.get("volume", "/types")["volume_types"]
        kept = [each for each in types if bool(each["SNF:detachable"]) is detachable]
        if named:
            kept = chosen(types, [f"id:{named}"], "volume type")
        if not kept:
            raise Skip(f"no type of volume is {'' if detachable else 'not '}detachable")
        return kept[0]

    def server_of_type(self, kind: Any) -> int:
        """A running server whose disks are of this type of volume."""
        flavors = self.cloud.get("compute", "/flavors/detail")["flavors"]
        mine = [
            flavor
            for flavor in flavors
            if flavor["SNF:volume_type"] == kind["id"] and flavor.get("SNF:allow_create", True)
        ]
        if not mine:
            raise Skip(f"no flavor has volumes of the type {kind['name']}")
        flavor = chosen(mine, self.options.volume_flavors, "flavor")[0]
        made = self.make("disks", networks=[], flavorRef=flavor["id"])
        self.become(made["id"], "ACTIVE")
        return int(made["id"])


class Volumes(_WithVolumes):
    title = "VolumeTestSuite"

    @step("a volume with a server, of a type that stays", alone=True)
    def fixed(self) -> None:
        kind = self.type_for(detachable=False, named=self.options.fixed_type)
        server = self.server_of_type(kind)
        number = self.new_volume(server_id=server)
        self.reaches(number, "in_use")
        self.become(server, "ACTIVE")
        require(number in self.server(server)["volumes"], "the server does not name it")
        self.remove_volume(number)
        self.gone(server)

    @step("a volume that moves", alone=True)
    def moving(self) -> None:
        kind = self.type_for(detachable=True, named=self.options.detachable_type)
        server = self.server_of_type(kind)
        number = self.new_volume(volume_type=kind["id"])
        expect(self.volume(number)["status"], "available", "a volume without a server")
        attach = {"volumeAttachment": {"volumeId": number}}
        path = f"/servers/{server}/os-volume_attachments"
        self.cloud.ask("compute", "POST", path, attach, status=202)
        self.reaches(number, "in_use")
        self.become(server, "ACTIVE")
        self.cloud.ask("compute", "DELETE", f"{path}/{number}", status=202)
        self.reaches(number, "available")
        self.become(server, "ACTIVE")
        url = f"{self.cloud.services['volume']}/volumes/{number}"
        if self.cloud.send("DELETE", url).status == 202:
            # A helper server takes it and removes its data.
            self.reaches(number, "deleted")
        else:
            # There is none; with its server it goes along.
            self.cloud.ask("compute", "POST", path, attach, status=202)
            self.reaches(number, "in_use")
            self.become(server, "ACTIVE")
            self.remove_volume(number)
        self.gone(server)


class Snapshots(_WithVolumes):
    title = "SnapshotsTestSuite"

    @step("take one")
    def take(self) -> None:
        kind = self.type_for(detachable=True, named=self.options.detachable_type)
        if not str(kind["SNF:disk_template"]).startswith("ext_"):
            raise Skip("no type of volume has snapshots")
        server = self.server_of_type(kind)
        volume = self.server(server)["volumes"][0]
        body = {"snapshot": {"volume_id": volume, "display_name": self.name("snapshot")}}
        url = f"{self.cloud.services['volume']}/snapshots"
        answer = self.cloud.send("POST", url, body)
        if answer.status in (400, 501):
            raise Skip("this cloud has no snapshots")
        expect(answer.status, 202, "the answer")
        found = answer.json()["snapshot"]
        path = f"/snapshots/{found['id']}"
        self.undo("snapshot", lambda: self.cloud.ask("volume", "DELETE", path, status=202))
        self.cloud.until(
            "the snapshot is there",
            lambda: self.cloud.get("volume", path)["snapshot"]["status"] == "AVAILABLE",
        )
        self.state.update(id=found["id"], server=server)

    @step("a server of it")
    def boot(self) -> None:
        if "id" not in self.state:
            raise Skip("there is no snapshot")
        old = self.server(self.state["server"])
        made = self.make(
            "booted", networks=[], image={"id": self.state["id"]}, flavorRef=old["flavor"]["id"]
        )
        self.become(made["id"], "ACTIVE")
        self.gone(made["id"])
        self.gone(self.state["server"])
