"""The mounts: every API of this daemon, its place in the URL tree, and its line in the catalogues.

One list makes both, so that nothing is served and unlisted (architecture.md 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from synnefod import VERSION
from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.common import metrics
from synnefod.common.errors import Unavailable
from synnefod.config import Config
from synnefod.identity.interface import MountedEndpoint
from synnefod.protocols.vnc import ConsoleRelay
from synnefod.resources.compute.console import CONSOLE_PATH
from synnefod.resources.compute.mounts import mounts as compute_mounts
from synnefod.resources.door import Mount
from synnefod.resources.identity.mounts import identity_mounts
from synnefod.resources.image.images import GlanceDocuments, GlanceImages, ImageVersions
from synnefod.resources.image.legacy import LegacyImages
from synnefod.resources.network.legacy import LegacyNetworks
from synnefod.resources.network.neutron import (
    NetworkVersions,
    NeutronDocuments,
    NeutronNetworks,
)
from synnefod.resources.objects.pithos.asking import Settings as PithosSettings
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.objects.pithos.public import PublicLinks
from synnefod.resources.objects.swift.asking import Settings as SwiftSettings
from synnefod.resources.objects.swift.info import Info
from synnefod.resources.objects.swift.mount import SwiftStore
from synnefod.resources.ops.health import Check, Health
from synnefod.resources.ops.metrics import Metrics

SIMULATED = ".simulated.localhost"
STUCK = 5.0
"""Seconds without a tick after which the reactor counts as stuck."""
BOTH = frozenset({"v2.0", "v3"})
OLD = frozenset({"v2.0"})
NEW = frozenset({"v3"})

ENDPOINTS: tuple[MountedEndpoint, ...] = (
    MountedEndpoint("astakos_account", "account", "/astakos/account/v1.0", "v1.0", OLD),
    MountedEndpoint("astakos_identity", "identity", "/astakos/identity/v2.0", "v2.0", OLD),
    MountedEndpoint("keystone", "identity", "/astakos/identity/v3", "v3", NEW),
    MountedEndpoint("astakos_weblogin", "astakos_weblogin", "/astakos/weblogin", "", OLD),
    MountedEndpoint("astakos_oauth2", "astakos_auth", "/astakos/oauth2", "", OLD),
    MountedEndpoint("cyclades_compute", "compute", "/cyclades/compute/v2.0", "v2.0", OLD),
    MountedEndpoint("nova", "compute", "/cyclades/compute/v2.1", "v2.1", NEW),
    MountedEndpoint("cyclades_plankton", "image", "/cyclades/image", "v1.0", OLD, False),
    MountedEndpoint("glance", "image", "/cyclades/image", "v2", NEW),
    MountedEndpoint("cyclades_network", "network", "/cyclades/network", "v2.0", OLD, False),
    MountedEndpoint("neutron", "network", "/cyclades/networking", "v2.0", NEW),
    MountedEndpoint("cyclades_volume", "volume", "/cyclades/volume", "v2.0", OLD, False),
    MountedEndpoint("cyclades_vmapi", "vmapi", "/cyclades/vmapi/v1.0", "v1.0", OLD),
    MountedEndpoint("cyclades_admin", "admin", "/cyclades/admin", "", OLD),
    MountedEndpoint("pithos_object-store", "object-store", "/pithos/object-store/v1", "v1", OLD),
    MountedEndpoint("swift", "object-store", "/swift/v1/AUTH_%(user)s", "v1", NEW),
)


def mounts(config: Config, services: Services, clock: Any) -> list[Mount]:
    """Every REST mount."""
    door = services.identity
    return [
        *identity_mounts(
            door,
            services.identity,
            services.projects,
            services.resources,
            services.commissions,
            clock,
        ),
        *_objects(services, config),
        *_image(services),
        *_network(services),
        *compute_mounts(services.compute.compute, clock, door, images=services.images),
    ]


def _objects(services: Services, config: Config) -> list[Mount]:
    door = services.identity
    pithos = PithosSettings(services.objects, keep_md5=config.storage.keep_md5)
    swift = SwiftSettings(services.objects)
    return [
        Mount(
            "/pithos/object-store/v1",
            "pithos",
            [PithosStore(pithos, door)],
            door,
            aliases=("/pithos/object-store/v1.0",),
            service="object-store",
        ),
        Mount("/pithos/public", "pithos", [PublicLinks(pithos)], None, service="object-store"),
        Mount("/swift/v1", "swift", [SwiftStore(swift)], door, service="object-store"),
        Mount("/info", "swift", [Info(VERSION)], None, aliases=("/swift/info",)),
    ]


def _image(services: Services) -> list[Mount]:
    door = services.identity
    return [
        Mount("/cyclades/image", "glance", [ImageVersions()], door, service="image"),
        Mount(
            "/cyclades/image/v2",
            "glance",
            [GlanceImages(services.images), GlanceDocuments()],
            door,
            service="image",
        ),
        Mount(
            "/cyclades/image/v1.0",
            "cyclades",
            [LegacyImages(services.images)],
            door,
            aliases=("/cyclades/image/v1",),
            empty_405=True,
            service="image",
        ),
    ]


def _network(services: Services) -> list[Mount]:
    door = services.identity
    return [
        Mount("/cyclades/networking", "neutron", [NetworkVersions()], door, service="network"),
        Mount(
            "/cyclades/networking/v2.0",
            "neutron",
            [NeutronNetworks(services.network), NeutronDocuments()],
            door,
            service="network",
        ),
        Mount("/cyclades/network", "cyclades", [NetworkVersions()], door, service="network"),
        Mount(
            "/cyclades/network/v2.0",
            "cyclades",
            [LegacyNetworks(services.network)],
            door,
            service="network",
        ),
    ]


def operations(
    clock: Any,
    parts: Supports,
    lag: metrics.LagSampler,
    *,
    leaving: Callable[[], bool],
) -> Mount:
    """`/healthz`, `/readyz` and `/metrics`."""

    async def turning() -> None:
        late = clock.seconds() - lag.last_tick
        if late > STUCK:
            raise Unavailable(f"the reactor was busy for {late:.0f} s")

    checks = [
        Check("reactor", turning),
        Check("store", parts.store.check),
        Check("blocks", parts.blocks.check),
        # Without the broker, polling goes on.
        Check("queue", parts.bus.ready, required=False),
    ]
    return Mount(
        "/",
        "ops",
        [Health(clock, checks, draining=leaving), Metrics(parts.threads)],
        None,
    )


def plain(config: Config, services: Services, clock: Any) -> dict[str, Any]:
    """Resources that are no REST mounts: the consoles' WebSocket."""
    if not config.roles.console:
        return {}
    places = config.ganeti.node_addresses

    def resolve(node: str, port: int) -> tuple[str, int]:
        """A simulated or mapped node's address, else its name."""
        if node.endswith(SIMULATED):
            return "127.0.0.1", port
        return places.get(node, node), port

    consoles = services.compute.compute.consoles
    return {CONSOLE_PATH: ConsoleRelay(clock, consoles.take, resolve)}
