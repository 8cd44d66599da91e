"""What the settings file means to each service, in the service's own words."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from synnefod.compute.graphs import graph_key
from synnefod.compute.interface import Limits
from synnefod.config import Config
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.templates import Templates
from synnefod.identity.templates import load as load_templates
from synnefod.network.connectivity import Given
from synnefod.network.tenancy import Offer
from synnefod.objects.parts import ObjectSettings
from synnefod.projects.interface import Recipients


def life(config: Config) -> LifeSettings:
    """How people come, are checked and are told."""
    people, signin = config.people, config.signin
    return LifeSettings(
        ui=pages_url(config),
        moderation=people.moderation,
        patterns=tuple(people.email_patterns),
        sign_up=people.sign_up,
        email_change=people.email_change,
        change_days=people.email_change_days,
        moderators=tuple(people.moderators),
        activated=tuple(people.activated),
        helpdesk=tuple(people.helpdesk),
        invitations=signin.invitations,
        level=signin.level,
        per_level={int(level): number for level, number in signin.invitations_per_level.items()},
    )


def recipients(config: Config) -> Recipients:
    """Who is told of projects."""
    return Recipients(
        tuple(config.people.project_creation),
        tuple(config.people.project_modification),
        tuple(config.people.project_approval),
    )


def objects(config: Config) -> ObjectSettings:
    """How objects are versioned, counted and published."""
    return ObjectSettings(
        free_versioning=config.storage.free_versioning,
        versioning=config.storage.versioning,
        container_quota=config.storage.container_quota,
        public_security=config.storage.public_security,
        max_outstanding=config.storage.max_outstanding,
        map_check_interval=config.storage.map_check_interval,
    )


def offer(config: Config) -> Offer:
    """The networks that people may make."""
    network = config.network
    return Offer(
        enabled=tuple(network.flavors),
        usual=network.default_flavor,
        sharing=network.sharing,
        largest=network.largest,
        routers=network.routers == "record",
    )


def given(config: Config) -> Given:
    """The networks that servers get without asking."""
    network = config.network
    return Given(network.give_public, alternatives(network.forced), alternatives(network.usual))


def limits(config: Config, secret: bytes) -> Limits:
    """What servers may be and do."""
    ganeti, network, volumes, compute = (
        config.ganeti,
        config.network,
        config.volumes,
        config.compute,
    )
    return Limits(
        prefix=ganeti.prefix,
        os=ganeti.os,
        hvparams=ganeti.hvparams,
        use_hotplug=ganeti.use_hotplug,
        shared_resources=network.sharing,
        max_volume_size=volumes.largest,
        clone_providers=tuple(volumes.clone_providers),
        vmapi_url=config.own_url,
        fqdn=network.servers_fqdn or None,
        port_forwarding=network.port_forwarding,
        rescue=config.rescue.enabled,
        rescue_path=config.rescue.path,
        snapshots=volumes.snapshots,
        legacy_filters=compute.legacy_filters,
        legacy_resize_status=compute.legacy_resize_status,
        stats_url=compute.stats_url,
        stats_secret=compute.stats_secret or graph_key(secret),
        stats_refresh=compute.stats_refresh,
        system_images_owner=compute.system_images_owner,
        allow_create_override=compute.flavor_override,
        deployment_networks=tuple(compute.deployment_networks),
        snapshot_roles=tuple(volumes.snapshot_roles),
    )


def alternatives(entries: Sequence[str | Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Each entry as the tuple of its alternatives."""
    return tuple((each,) if isinstance(each, str) else tuple(each) for each in entries)


def letter_texts(config: Config) -> Templates:
    """The deployment's own words in letters."""
    return load_templates(config.mail.templates, config.ui.service_name)


def pages_url(config: Config) -> str:
    """Where the links of letters begin."""
    return f"{config.own_url}/astakos/ui"


def holder_name(config: Config) -> str:
    """Names this daemon among all of the deployment, the same after a restart."""
    return f"{socket.gethostname()}:{config.state}:{os.environ.get('SYNNEFOD_WORKER', '0')}"
