"""Reports from the bus that change nothing: foreign ones, late ones, those about deleted things."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import globalLogPublisher

from synnefod.assembly.background import Background
from synnefod.cluster.events import EventReader, queue_names
from synnefod.network.interface import NewNetwork, NewSubnet
from tests.unit.resources.ops.deployment import CLUSTER
from tests.unit.resources.volume.site import CYCLADES, NOVA, VolumeSite

SET_PARAMS = "OP_INSTANCE_SET_PARAMS"


class Reports(VolumeSite):
    def setUp(self) -> None:
        super().setUp()
        supports = self.cloud.supports
        self.bus = supports.bus
        ear = Background(self.cloud.config, self.cloud.site.clock, supports, self.house)
        self.reader = EventReader(self.bus, ear.hear)
        self.now(self.reader.start())
        self.addCleanup(lambda: self.now(self.reader.stop()))

    def send(self, key: str, **said: Any) -> None:
        """A message of the cluster's event daemon, which is acknowledged then."""
        when = said.pop("when", int(self.cloud.site.clock.seconds()))
        message = {
            "cluster": CLUSTER,
            "event_time": [when, 0],
            "logmsg": None,
            "status": "success",
            "jobId": 900,
            "result": [],
            "job_fields": {},
            **said,
        }
        raw = json.dumps(message).encode()
        self.now(self.bus.publish("ganeti", f"ganeti.snf.event.{key}", raw, mandatory=True))
        self.cloud.site.wait(0.2)
        for queue in queue_names():
            self.assertEqual(self.now(self.bus.depth(queue)), 0, queue)
            self.assertEqual(self.now(self.bus.depth(f"{queue}-dl")), 0, queue)

    def instance(self, name: str, **said: Any) -> None:
        base = {"type": "ganeti-op-status", "operation": SET_PARAMS, "tags": []}
        self.send("op", **{**base, "instance": name, **said})

    def network(self, name: str, **said: Any) -> None:
        base = {"type": "ganeti-network-status", "operation": "OP_NETWORK_CONNECT"}
        self.send("network", **{**base, "network": name, **said})

    def logged(self, work: Any) -> list[str]:
        """What is logged of reports while `work` runs."""
        found: list[str] = []

        def see(event: Any) -> None:
            if str(event.get("log_format")).startswith("report of"):
                found.append(str(event.get("instance") or event.get("network")))

        globalLogPublisher.addObserver(see)
        try:
            work()
        finally:
            globalLogPublisher.removeObserver(see)
        return found

    def everything(self) -> Any:
        tables = ("servers", "volumes", "networks", "backend_networks")
        return [self.rows(f"select * from {name}") for name in tables]

    def made_network(self) -> int:
        wanted = NewNetwork("n", owner=self.demo.user, subnets=(NewSubnet("10.9.0.0/24"),))
        return int(self.now(self.house.network.create_network(wanted)).id)

    def test_foreign_names_are_acknowledged_and_logged(self) -> None:
        """Names that are not ours, and numbers without a row (GNT-105)."""
        before = self.everything()
        for name in ("web-1", "snf-", "snf-01", "snf-99", "snf-99999999999999999999"):
            self.assertEqual(self.logged(lambda name=name: self.instance(name)), [name])
        for name in ("net-1", "snf-net-x", "snf-net-99"):
            self.assertEqual(self.logged(lambda name=name: self.network(name)), [name])
        self.assertEqual(self.everything(), before)

    def test_deleted_things_stay_as_they_are(self) -> None:
        """A server and its volumes, and a network (GNT-106)."""
        server = self.server(stopped=True)
        root = self.root_of(server)
        self.ask("DELETE", f"{CYCLADES}/servers/{server}", status=204)
        self.follow()
        network = self.made_network()
        self.write("update networks set deleted = 1 where id = :id", id=network)
        before = self.everything()
        disks = [{"name": f"snf-vol-{root}", "size": 4096, "uuid": "u"}]
        self.cloud.site.clock.advance(100)
        self.instance(f"snf-{server}", instance_disks=disks)
        self.instance(f"snf-{server}", operation="OP_INSTANCE_STARTUP")
        self.network(f"snf-net-{network}")
        self.assertEqual(self.everything(), before)
        self.assertEqual(self.status(root), "deleted")

    def test_late_reports_move_nothing(self) -> None:
        """Neither the state of a server, nor its disks, nor a network's (GNT-107)."""
        server = self.server(stopped=True)
        root = self.root_of(server)
        size = self.shown(root)["size"]
        late = int(self.cloud.site.clock.seconds()) - 500
        disks = [{"name": f"snf-vol-{root}", "size": (size + 9) * 1024, "uuid": "u"}]
        self.instance(f"snf-{server}", when=late, instance_disks=disks, jobId=1)
        self.instance(f"snf-{server}", when=late, operation="OP_INSTANCE_STARTUP", jobId=1)
        shown = self.ask("GET", f"{NOVA}/servers/{server}")["server"]
        self.assertEqual((shown["status"], self.shown(root)["size"]), ("SHUTOFF", size))
        network = self.made_network()
        self.network(f"snf-net-{network}", jobId=5)
        before = self.everything()
        self.network(f"snf-net-{network}", when=late, operation="OP_NETWORK_REMOVE", jobId=4)
        self.network(f"snf-net-{network}", when=late, status="error", jobId=6)
        self.assertEqual(self.everything(), before)
