"""The house of compute with the real network and volume services on its database."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import NetworkId, ProjectId
from synnefod.network.interface import NewNetwork, NewSubnet
from synnefod.network.service import build, usual_flavors
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import INFINITE, PRIVATE_NETWORK, project_holder, user_holder
from synnefod.store.interface import Tx
from synnefod.volumes.volumes import VolumeService
from tests.unit.compute.house import ALICE


class RealNeighbours:
    """Mixin before HouseCase: one public network, one private one of Alice's, one kind of disk."""

    template = "plain"

    async def neighbours(self, store: Any, clock: Any, backends: Any) -> tuple[Any, Any]:
        ledger = Ledger(clock)
        network = build(store, clock, backends, ledger, prefix="snf-", flavors=usual_flavors("br0"))

        async def grant(tx: Tx) -> None:
            user, project = user_holder(ALICE.user), project_holder(ProjectId(ALICE.user))
            for holder, source in ((user, project), (project, None)):
                await ledger.set_limits(tx, holder, source, {PRIVATE_NETWORK: INFINITE})

        await store.transact("networks for alice", grant)
        volumes = VolumeService(store, clock, "snf-")
        await volumes.add_type(self.template, self.template)
        subnets = (NewSubnet("192.0.2.0/24"), NewSubnet("2001:db8:1:2::/64"))
        await network.create_network(NewNetwork("outside", public=True, subnets=subnets))
        self.private: NetworkId = (
            await network.create_network(
                NewNetwork("inside", owner=ALICE.user, subnets=(NewSubnet("10.1.0.0/24"),))
            )
        ).id
        return network, volumes
