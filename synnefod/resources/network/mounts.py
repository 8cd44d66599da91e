"""Where the network service is served, in both dialects."""

from __future__ import annotations

from synnefod.backends.interface import Backends
from synnefod.common.clockwork import IClock
from synnefod.network.interface.rooms import Rooms
from synnefod.projects.interface import Projects
from synnefod.quota.interface import Registry
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.network.cards import Cards
from synnefod.resources.network.legacy import LegacyFloatingIps, LegacyNetworks, LegacyPorts
from synnefod.resources.network.neutron import NeutronNetworks, NeutronSubnets
from synnefod.resources.network.neutron_documents import (
    NetworkVersions,
    NeutronDocuments,
    NeutronTags,
)
from synnefod.resources.network.neutron_groups import NeutronGroups
from synnefod.resources.network.neutron_pools import NeutronAvailabilities, NeutronSubnetPools
from synnefod.resources.network.neutron_ports import NeutronFloatingIps, NeutronPorts
from synnefod.resources.network.neutron_routers import NeutronRouters, NeutronTopologies
from synnefod.resources.network.quotas import NeutronQuotas
from synnefod.resources.network.refusals import register_refusals

NEUTRON = "/cyclades/networking"
LEGACY = "/cyclades/network"


def network_mounts(
    network: Rooms,
    projects: Projects,
    registry: Registry,
    backends: Backends,
    door: Authenticates,
    clock: IClock,
    cards: Cards | None = None,
) -> list[Mount]:
    """Each dialect with its version document. `cards`: who puts ports on existing servers and
    takes them off; None refuses that."""
    register_refusals()
    routed = [NeutronRouters(network), NeutronTopologies(network)] if network.has_routers else []
    neutron = [
        NeutronNetworks(network),
        NeutronSubnets(network),
        NeutronPorts(network, cards),
        NeutronFloatingIps(network, cards),
        NeutronGroups(network),
        *routed,
        NeutronSubnetPools(network),
        NeutronAvailabilities(network),
        NeutronQuotas(network, projects, registry),
        NeutronTags(network),
        NeutronDocuments(network, backends, clock),
    ]
    legacy = [LegacyNetworks(network), LegacyPorts(network, cards), LegacyFloatingIps(network)]
    return [
        Mount(NEUTRON, "neutron", [NetworkVersions()], door, service="network"),
        Mount(f"{NEUTRON}/v2.0", "neutron", neutron, door, service="network"),
        Mount(LEGACY, "cyclades", [NetworkVersions()], door, service="network"),
        Mount(f"{LEGACY}/v2.0", "cyclades", legacy, door, service="network"),
    ]
