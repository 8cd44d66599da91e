"""The cluster contract on real Ganeti clusters named by SYNNEFOD_TEST_GANETI."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SkipTest, TestCase

from synnefod.cluster.interface import Address
from tests.contracts.cluster import ClusterContract
from tests.harness.ganeti import address

VARIABLE = "SYNNEFOD_TEST_GANETI"


def folders() -> list[Path]:
    return [Path(part) for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part]


class RealClusters(ClusterContract, TestCase):
    """Ganeti 3.0 with its fake hypervisor."""

    skip = None if folders() else f"{VARIABLE} is not set"
    timeout = 300

    async def connect(self) -> Address:
        return address(folders()[0], 1)

    async def second(self) -> Address:
        if len(folders()) < 2:
            raise SkipTest(f"{VARIABLE} names one cluster only")
        return address(folders()[1], 2)
