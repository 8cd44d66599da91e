"""The mounts: every API of this daemon, its place in the URL tree, and its line in the catalogues.

One list makes both, so that nothing is served and unlisted (architecture.md 2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from synnefod import VERSION
from synnefod.assembly import branding
from synnefod.assembly.cards import ServerCards
from synnefod.assembly.readiness import checks
from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.assembly.worker import Worker
from synnefod.common import metrics
from synnefod.config import Config
from synnefod.identity.interface import MountedEndpoint
from synnefod.protocols.vnc import ConsoleRelay
from synnefod.protocols.vncauth import ConsolePorts, OwnConsoles
from synnefod.protocols.vncproxy import ProxiedConsoles, parse_proxy
from synnefod.resources.auditing import Auditing
from synnefod.resources.buckets import Rate
from synnefod.resources.cloud.mounts import cloud_mounts
from synnefod.resources.compute.mounts import mounts as compute_mounts
from synnefod.resources.door import Mount
from synnefod.resources.gate import Gate, RequestLimits
from synnefod.resources.gate import operations as limited
from synnefod.resources.helpdesk import HelpdeskPages
from synnefod.resources.identity.administration import Permitted
from synnefod.resources.identity.browser import BrowserSettings
from synnefod.resources.identity.mounts import identity_mounts
from synnefod.resources.image.mounts import image_mounts
from synnefod.resources.network.mounts import network_mounts
from synnefod.resources.network.oldfloating import ComputeFloatingIps
from synnefod.resources.objects.mounts import Faces
from synnefod.resources.objects.mounts import mounts as object_mounts
from synnefod.resources.openapi.index import Library
from synnefod.resources.openapi.noun import Documents
from synnefod.resources.ops.health import Health
from synnefod.resources.ops.metrics import Metrics
from synnefod.resources.ops.published import admin_mount
from synnefod.resources.volume.mounts import volume_mounts
from synnefod.resources.volume.snapshots import SnapshotRules

SIMULATED = ".simulated.localhost"
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
    MountedEndpoint("cinderv3", "volumev3", "/cyclades/volume/v3/%(project)s", "v3", NEW),
    MountedEndpoint("cinder", "block-storage", "/cyclades/volume/v3/%(project)s", "v3", NEW),
    MountedEndpoint("cyclades_vmapi", "vmapi", "/cyclades/vmapi/v1.0", "v1.0", OLD),
    MountedEndpoint("cyclades_admin", "admin", "/cyclades/admin", "", OLD),
    MountedEndpoint("pithos_object-store", "object-store", "/pithos/object-store/v1", "v1", OLD),
)
SWIFT = "/v1/AUTH_%(user)s"
"""A person's files on Swift's API, below its base path."""


def endpoints(config: Config) -> tuple[MountedEndpoint, ...]:
    """What the catalogues of this deployment name."""
    if not config.storage.swift:
        return ENDPOINTS
    swift = config.storage.swift_path + SWIFT
    return (*ENDPOINTS, MountedEndpoint("swift", "object-store", swift, "v1", NEW))


def faces(config: Config) -> Faces:
    """What the deployment chooses of the doors of its object store."""
    storage = config.storage
    return Faces(
        swift=storage.swift_path,
        etag_md5=storage.etag_md5,
        keep_md5=storage.keep_md5,
        list_limit=storage.list_limit,
        public_host=storage.public_host,
        by_name=storage.translate_uuids,
        swift_versioning=storage.swift_versioning,
        swift_enabled=storage.swift,
    )


def mounts(
    config: Config,
    services: Services,
    clock: Any,
    consoles: Consoles,
    more: Sequence[object] = (),
) -> list[Mount]:
    """Every REST mount, behind one gate. `more`: nouns of the process for its administrators."""
    door = services.identity
    gate = Gate(clock, limits(config), services.notices, services.identity.uses.note)
    found = [
        *identity_mounts(
            door,
            services.identity,
            services.projects,
            services.resources,
            services.commissions,
            services.identity.rights,
            clock,
            life=services.identity.life,
            people=services.identity.administration,
            staff=services.identity.staff,
            permitted=Permitted(
                config.identity.admin_api,
                config.identity.admin_api_groups,
                config.identity.admin_stats_groups,
            ),
            sessions=services.identity.sessions,
            browsers=browser_settings(config),
            oauth=services.identity.oauth,
            components=config.browsers.components,
            cloud_name=config.browsers.cloud_name or config.ui.service_name,
            storage=config.storage.swift_path + SWIFT,
        ),
        *object_mounts(services.objects, door, VERSION, faces(config), services.identity.oauth),
        *image_mounts(services.images, door),
        *network_mounts(
            services.network,
            services.projects,
            services.resources,
            services.backends,
            door,
            clock,
            ServerCards(services.compute.compute.devices, services.network),
        ),
        *volume_mounts(
            services.volumes,
            services.compute.compute,
            services.images,
            services.projects,
            door,
            clock,
            SnapshotRules(
                config.volumes.snapshots,
                tuple(config.volumes.snapshot_roles),
                config.volumes.snapshots_need_force,
            ),
            services.backends,
        ),
        *compute_mounts(
            services.compute.compute,
            clock,
            door,
            services.network,
            services.projects,
            services.backends,
            (ComputeFloatingIps(services.network),),
            images=services.images,
            console_ports=consoles.plain,
            stats_groups=config.identity.admin_stats_groups,
        ),
        Mount(
            "/cyclades/helpdesk",
            "cyclades",
            [
                HelpdeskPages(
                    services.compute.compute,
                    services.network,
                    services.identity.users,
                    services.identity.sessions,
                    config.compute.helpdesk_groups,
                    config.compute.helpdesk,
                    config.compute.helpdesk_deleted,
                )
            ],
            door,
            service="helpdesk",
            json_type=False,
        ),
        *cloud_mounts(services.notices, services.feed, services.audit, door, clock),
    ]
    if config.admin.enabled:
        found.append(admin_mount(services, door, config.admin.rights, more))
    auditing = Auditing(services.recorder)
    for mount in found:
        mount.gate, mount.auditing = gate, auditing
    return found


def told(config: Config) -> dict[str, Any]:
    """`config.json` of the web application (web-ui.md 3): no secrets, and nothing of a person."""
    ui = config.ui
    return {
        "service_name": ui.service_name,
        "footer": ui.footer,
        "server_name": ui.server_name,
        "roles": ui.roles,
        "ssh_excluded": ui.ssh_excluded,
        "system_images": ui.system_images,
        "listing_users": ui.listing_users,
        "image_help": ui.image_help,
        "copied_metadata": ui.copied_metadata,
        "suggested_flavors": ui.suggested_flavors,
        "disk_types": ui.disk_types,
        "connect": ui.connect,
        "report_errors": ui.report_errors,
        "slow_on_blur": ui.slow_on_blur,
        "brand": branding.told(config.brand),
        "staff_order": config.ui.staff_order,
        "hotplug": config.ganeti.use_hotplug,
        "stats": bool(config.compute.stats_url),
        "rescue": config.rescue.enabled,
        "sharing": config.network.sharing,
        "snapshots": config.volumes.snapshots,
        "snapshot_roles": config.volumes.snapshot_roles,
        "volume_max": config.volumes.largest,
        "detachable": config.volumes.detachable,
        "forced_networks": config.network.forced,
        "region": config.identity.region,
        "version": VERSION,
        "poll": {
            "every": ui.poll,
            "step": ui.poll_step,
            "steady": ui.poll_steady,
            "most": ui.poll_most,
            "fast": ui.poll_fast,
        },
    }


def browser_settings(config: Config) -> BrowserSettings:
    """How browsers are signed in."""
    given = config.browsers
    return BrowserSettings(
        landing=given.landing,
        logout_next=given.logout_next,
        token_cookie=given.token_cookie,
        token_cookie_name=given.token_cookie_name,
        cookie_domain=given.cookie_domain,
        ports=given.ports,
        force_profile=config.signin.force_profile,
        messages={
            place: tuple((each.level, each.text) for each in told)
            for place, told in config.signin.messages.items()
        },
        schemes=tuple(each.lower() for each in given.weblogin_schemes),
        hosts=tuple(each.lower() for each in given.weblogin_hosts),
        refusals=branding.error_pages(config.brand),
    )


def limits(config: Config) -> RequestLimits:
    """What one client may ask for (operations.md 15.11)."""
    given = config.limits
    return RequestLimits(
        Rate(given.token_rate, given.token_burst),
        Rate(given.address_rate, given.address_burst),
        limited(_a_minute(given.server_creates), _a_minute(given.server_actions)),
        given.exempt,
        given.uploads,
    )


def _a_minute(times: float) -> Rate:
    return Rate(times / 60, max(1, int(times)))


def health(
    config: Config,
    clock: Any,
    parts: Supports,
    lag: metrics.LagSampler,
    leaving: Callable[[], bool],
) -> Health:
    """How this process is."""
    listed = config.server.listed_addresses
    return Health(clock, checks(config, clock, parts, lag), draining=leaving, listed=listed)


def operations(
    config: Config,
    parts: Supports,
    well: Health,
    *,
    published: Sequence[Mount] = (),
    worker: Worker | None = None,
) -> Mount:
    """`/healthz`, `/readyz`, `/metrics`, and what `published` is, in OpenAPI. A `worker` tells the
    metrics of its siblings too."""

    listed = config.server.listed_addresses
    library = Library(published, VERSION)
    mount = Mount(
        "/",
        "ops",
        [
            well,
            Metrics(
                parts.threads,
                listed=listed,
                token=config.server.metrics_token,
                own="" if worker is None else str(worker.number),
                siblings=None if worker is None else worker.siblings,
            ),
            Documents(library.written, parts.threads),
        ],
        None,
    )
    library.add(mount)
    return mount


@frozen
class Consoles:
    """The two ways to a console: the WebSocket, and a TCP port with a password (legacy clients)."""

    relay: ConsoleRelay
    ports: ConsolePorts
    proxies: ProxiedConsoles | None = None

    @property
    def plain(self) -> ProxiedConsoles | OwnConsoles:
        """Who opens the TCP ports: the proxies of the settings, else this daemon."""
        return self.proxies or OwnConsoles(self.ports)

    def close(self) -> None:
        """Ends every open console; a drain would wait for their viewers."""
        self.relay.close_all()
        self.ports.close_all()


def consoles(config: Config, services: Services, clock: Any) -> Consoles:
    places = config.ganeti.node_addresses

    def resolve(node: str, port: int) -> tuple[str, int]:
        """A simulated or mapped node's address, else its name."""
        if node.endswith(SIMULATED):
            return "127.0.0.1", port
        return places.get(node, node), port

    ports = range(config.server.console_ports[0], config.server.console_ports[1] + 1)
    proxies = [parse_proxy(address) for address in config.server.console_proxies]
    return Consoles(
        ConsoleRelay(clock, services.compute.compute.consoles.take, resolve),
        ConsolePorts(clock, resolve, interface=config.server.listen, ports=ports),
        ProxiedConsoles(clock, proxies) if proxies else None,
    )
