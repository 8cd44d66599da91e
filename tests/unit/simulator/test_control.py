"""The knobs over HTTP, and what an event daemon learns of the simulated cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from treq.testing import StubTreq
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import ClusterUnavailable
from synnefod.common.errors import NotFound
from synnefod.protocols.eventd import WireDisk, decode, encode
from synnefod.simulator.control import KnobResource
from synnefod.simulator.eventd import SimulatedQuery
from tests.harness.simulated import SimulatedSite, create_body


class Turning(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()), tries=1)
        self.cluster = self.site.cluster()
        self.one = self.site.clusters.at(self.site.address())
        self.treq = StubTreq(KnobResource(self.cluster))

    def turn(self, method: str, path: str, body: dict[str, Any]) -> Any:
        answer = self.successResultOf(
            self.treq.request(method, f"http://knobs/{path}", data=json.dumps(body).encode())
        )
        return answer.code, self.successResultOf(answer.json())

    def test_knobs_are_turned_and_shown(self) -> None:
        """A broken RAPI, and a mended one; nonsense is refused with its reason."""
        self.assertEqual(self.turn("PUT", "", {"rapi": 502})[1]["rapi"], 502)
        self.site.failure(self.one.info(), ClusterUnavailable)
        self.assertEqual(self.turn("PUT", "", {"rapi": "up"})[0], 200)
        self.assertEqual(self.site.result(self.one.info()).name, "one.localhost")
        code, answer = self.turn("PUT", "", {"colour": 1})
        self.assertEqual((code, "colour" in answer["error"]), (400, True))
        self.assertEqual(self.turn("POST", "vanish", {"instance": "none"})[0], 400)

    def test_an_instance_vanishes(self) -> None:
        """Its process gone, the cluster shows it as it would: down by error."""
        self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        self.assertEqual(self.turn("POST", "vanish", {"instance": "snf-1"})[0], 200)
        self.assertEqual(self.site.result(self.one.instance("snf-1")).status, "ERROR_down")

    def test_an_event_daemon_learns_what_an_instance_has(self) -> None:
        """Disks, NICs and the two parameters; an unknown instance is NotFound. GNT-085"""
        self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        query = SimulatedQuery(self.cluster)
        data = self.successResultOf(ensureDeferred(query.instance("snf-1")))
        disk = self.cluster.world.instances["snf-1"].disks[0]
        self.assertEqual(data.disks, (WireDisk("snf-1-vol", 16, disk.uuid),))
        self.assertEqual(data.hvparams, {"boot_order": "disk", "cdrom_image_path": ""})
        self.failureResultOf(ensureDeferred(query.instance("snf-2")), NotFound)

    def test_the_copying_of_an_image_is_reported(self) -> None:
        """Shares rise to a hundred, in the message of the nodes' progress monitor."""
        told: list[Any] = []
        self.cluster.progress.append(told.append)
        self.site.result(self.one.create(create_body("snf-1"), reason="r"))
        self.site.wait(3)
        shares = [message.body["progress"] for message in told]
        self.assertEqual((shares, shares[-1]), (sorted(shares), 100.0))
        self.assertEqual(decode(encode(told[-1])).body["position"], 1 << 30)
