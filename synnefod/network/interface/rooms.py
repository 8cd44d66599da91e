"""The whole service: networks themselves, and what OpenStack's clients need around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import SubnetId
from synnefod.network.interface import Network
from synnefod.network.interface.administration import NetworkAdministration
from synnefod.network.interface.describing import Describing
from synnefod.network.interface.groups import SecurityGroups
from synnefod.network.interface.limits import Limits
from synnefod.network.interface.routers import Routers
from synnefod.network.interface.subnetpools import SubnetPools, Topologies


@frozen
class Availability:
    """How many addresses of a subnet there are to give out, and how many are in use."""

    total: int
    used: int


class Rooms(Network, Protocol):
    """The service with all its desks. `has_routers`: whether routers are kept."""

    @property
    def desk(self) -> NetworkAdministration: ...
    @property
    def groups(self) -> SecurityGroups: ...
    @property
    def routers(self) -> Routers: ...
    @property
    def subnet_pools(self) -> SubnetPools: ...
    @property
    def topologies(self) -> Topologies: ...
    @property
    def describing(self) -> Describing: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def has_routers(self) -> bool: ...

    async def availabilities(self) -> Mapping[SubnetId, Availability]:
        """Of all live subnets; of IPv6 ones the total is what the range holds."""
