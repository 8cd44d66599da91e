"""All mounts of compute, for the catalogue."""

from __future__ import annotations

from collections.abc import Collection

from synnefod.backends.interface import Backends
from synnefod.common.clockwork import IClock
from synnefod.compute.interface import PARAMS_PATH, Compute
from synnefod.images.interface import Images
from synnefod.network.interface.rooms import Rooms
from synnefod.projects.interface import Projects
from synnefod.resources.compute.admin import ComputeStatistics
from synnefod.resources.compute.graphs import NoGraphs
from synnefod.resources.compute.legacy.images import LegacyImages
from synnefod.resources.compute.legacy.others import (
    LegacyExtensions,
    LegacyFlavors,
    LegacyKeypairs,
    LegacyVersion,
)
from synnefod.resources.compute.legacy.servers import LegacyServers, OpensConsoles
from synnefod.resources.compute.nova.actions import NovaActions
from synnefod.resources.compute.nova.administration import NovaAdministration
from synnefod.resources.compute.nova.deployment import NovaDeployment
from synnefod.resources.compute.nova.devices import NovaDevices
from synnefod.resources.compute.nova.flavors import NovaFlavors
from synnefod.resources.compute.nova.grouping import Grouping
from synnefod.resources.compute.nova.images import NovaImages
from synnefod.resources.compute.nova.microversion import decorate
from synnefod.resources.compute.nova.networks import NovaNetworks
from synnefod.resources.compute.nova.others import (
    ComputeVersions,
    NovaKeypairs,
    NovaVersion,
)
from synnefod.resources.compute.nova.quotas import NovaQuotas
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.compute.nova.tags import NovaTags
from synnefod.resources.compute.nova.walls import NovaGroups
from synnefod.resources.compute.userdata import UserKeys, said
from synnefod.resources.compute.vmapi import ServerParams
from synnefod.resources.door import Authenticates, Mount

ROOT = "/cyclades/compute"
LEGACY = ROOT + "/v2.0"
NOVA = ROOT + "/v2.1"
ADMIN = "/cyclades/admin"
STATS = "/stats/v1.0"
USERDATA = "/cyclades/userdata"
VMAPI = PARAMS_PATH.partition("/server-params/")[0]


def mounts(
    compute: Compute,
    clock: IClock,
    identity: Authenticates,
    network: Rooms,
    projects: Projects,
    backends: Backends,
    more_legacy: tuple[object, ...] = (),
    images: Images | None = None,
    console_ports: OpensConsoles | None = None,
    stats_groups: Collection[str] = ("admin-stats",),
) -> list[Mount]:
    """The two dialects, the list of versions, the boot documents.

    `more_legacy`: nouns of neighbours that the legacy mount shows too (floating IPs). With
    `images`, compute shows them as well; with `console_ports`, legacy clients get consoles over
    plain TCP.
    """
    servers = NovaServers(compute, Grouping(network.groups))
    legacy: list[object] = [
        LegacyVersion(),
        LegacyServers(compute, clock, console_ports),
        LegacyFlavors(compute),
        LegacyKeypairs(compute),
        LegacyExtensions(),
        *([] if images is None else [LegacyImages(images, clock, compute.limits.poll_limit)]),
        *more_legacy,
    ]
    nova: list[object] = [
        NovaVersion(),
        servers,
        NovaActions(compute, servers),
        NovaDevices(compute, servers),
        NovaTags(compute, servers),
        NovaFlavors(compute),
        NovaKeypairs(compute),
        NovaDeployment(compute, clock),
        NovaGroups(network.groups, servers),
        NovaNetworks(network),
        NovaQuotas(compute, projects),
        NovaAdministration(backends),
        *([] if images is None else [NovaImages(images)]),
    ]
    graphs = Mount(STATS, "cyclades", [NoGraphs(compute)], None, service="stats")
    return [
        Mount(ROOT, "nova", [ComputeVersions(LEGACY, NOVA)], None, service="compute"),
        Mount(LEGACY, "cyclades", legacy, identity, service="compute"),
        Mount(NOVA, "nova", nova, identity, service="compute", decorate=decorate),
        Mount(
            ADMIN,
            "cyclades",
            [ComputeStatistics(compute.statistics, stats_groups)],
            identity,
            service="admin",
        ),
        Mount(
            USERDATA,
            "cyclades",
            [UserKeys(compute)],
            identity,
            service="userdata",
            json_type=False,
            shows=said,
        ),
        Mount(VMAPI, "ops", [ServerParams(compute)], None, service="vmapi"),
        *([] if compute.limits.stats_url else [graphs]),
    ]
