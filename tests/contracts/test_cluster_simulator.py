"""The cluster contract on the simulator, over a real loopback socket."""

from __future__ import annotations

from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from synnefod.cluster.interface import Address
from synnefod.common.ids import BackendId
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.service import SimulatorService
from tests.contracts.cluster import ClusterContract


class SimulatedClusters(ClusterContract, TestCase):
    """The simulator, at a hundredth of its pace."""

    async def connect(self) -> Address:
        return await self._start("one.localhost", 1)

    async def second(self) -> Address:
        return await self._start("two.localhost", 2)

    async def _start(self, name: str, number: int) -> Address:
        service = SimulatorService(
            reactor, Path(self.mktemp()), name, knobs=Knobs(pace=0.02), screens=False
        )
        service.startService()
        self.addCleanup(service.stopService)
        cluster = service.cluster
        return Address(BackendId(number), name, service.url, cluster.username, cluster.password)
