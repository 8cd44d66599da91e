"""Where the network service is served, in both dialects."""

from __future__ import annotations

from synnefod.network.interface import Network
from synnefod.projects.interface import Projects
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.network.legacy import LegacyNetworks
from synnefod.resources.network.neutron import (
    NetworkVersions,
    NeutronDocuments,
    NeutronNetworks,
)
from synnefod.resources.network.quotas import NeutronQuotas

NEUTRON = "/cyclades/networking"
LEGACY = "/cyclades/network"


def network_mounts(network: Network, projects: Projects, door: Authenticates) -> list[Mount]:
    """Each dialect with its version document."""
    neutron = [NeutronNetworks(network), NeutronQuotas(network, projects), NeutronDocuments()]
    return [
        Mount(NEUTRON, "neutron", [NetworkVersions()], door, service="network"),
        Mount(f"{NEUTRON}/v2.0", "neutron", neutron, door, service="network"),
        Mount(LEGACY, "cyclades", [NetworkVersions()], door, service="network"),
        Mount(f"{LEGACY}/v2.0", "cyclades", [LegacyNetworks(network)], door, service="network"),
    ]
