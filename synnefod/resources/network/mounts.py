"""Where the network service is served, in both dialects."""

from __future__ import annotations

from synnefod.network.interface import Network
from synnefod.projects.interface import Projects
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.network.cards import Cards
from synnefod.resources.network.legacy import LegacyFloatingIps, LegacyNetworks, LegacyPorts
from synnefod.resources.network.neutron import (
    NetworkVersions,
    NeutronDocuments,
    NeutronNetworks,
    NeutronPorts,
)
from synnefod.resources.network.quotas import NeutronQuotas
from synnefod.resources.network.refusals import register_refusals

NEUTRON = "/cyclades/networking"
LEGACY = "/cyclades/network"


def network_mounts(
    network: Network, projects: Projects, door: Authenticates, cards: Cards | None = None
) -> list[Mount]:
    """Each dialect with its version document. `cards`: who puts ports on existing servers and
    takes them off; None refuses that."""
    register_refusals()
    neutron = [
        NeutronNetworks(network),
        NeutronPorts(network, cards),
        NeutronQuotas(network, projects),
        NeutronDocuments(),
    ]
    legacy = [LegacyNetworks(network), LegacyPorts(network, cards), LegacyFloatingIps(network)]
    return [
        Mount(NEUTRON, "neutron", [NetworkVersions()], door, service="network"),
        Mount(f"{NEUTRON}/v2.0", "neutron", neutron, door, service="network"),
        Mount(LEGACY, "cyclades", [NetworkVersions()], door, service="network"),
        Mount(f"{LEGACY}/v2.0", "cyclades", legacy, door, service="network"),
    ]
