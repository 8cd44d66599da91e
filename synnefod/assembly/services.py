"""The services, built upon the supports: each is given its neighbours and nothing else."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import frozen

from synnefod.assembly.supports import Supports, legacy_maps
from synnefod.assembly.ways import ways
from synnefod.audit.chain import AuditDesk
from synnefod.audit.recording import RecordedStore, Recorder
from synnefod.backends.checking import CheckDesk
from synnefod.backends.intake_records import BackendsFromSynnefo
from synnefod.backends.projects import ProjectBackends
from synnefod.backends.queues import QueueDesk
from synnefod.backends.registry import Registry
from synnefod.backends.secrets import SecretBox
from synnefod.common.errors import NotFound
from synnefod.common.principal import Principal
from synnefod.compute import assembly as compute_assembly
from synnefod.compute.graphs import graph_key
from synnefod.compute.intake import MachineIntake
from synnefod.compute.interface import Limits
from synnefod.compute.records import changes as compute_changes
from synnefod.compute.records.intake import ComputeFromSynnefo
from synnefod.compute.rooms import Rooms as ComputeRooms
from synnefod.compute.vault import Vault
from synnefod.compute.verifying import ComputeUsage
from synnefod.config import Config
from synnefod.feed.follow import Following
from synnefod.identity import rooms as identity_rooms
from synnefod.identity.defaults import Defaults
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.identity.intake import PeopleFromSynnefo
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.letters import LetterBox
from synnefod.identity.recent import Recent
from synnefod.identity.sessions import SessionLimits
from synnefod.identity.templates import Templates
from synnefod.identity.templates import load as load_templates
from synnefod.identity.tokens import Lifetimes
from synnefod.images.registry import ImageService
from synnefod.network.connectivity import Given
from synnefod.network.records import changes as network_changes
from synnefod.network.records import counting as network_counting
from synnefod.network.records.intake import NetworksFromSynnefo
from synnefod.network.service import NetworkService, usual_flavors
from synnefod.network.service import build as build_network
from synnefod.network.tenancy import Offer
from synnefod.notices.board import Board
from synnefod.objects.chores import Chores
from synnefod.objects.desk import StorageDesk
from synnefod.objects.moving import BlockMove
from synnefod.objects.parts import ObjectSettings
from synnefod.objects.parts import Parts as ObjectParts
from synnefod.objects.service import ObjectStore
from synnefod.objects.takeover import AccountIntake
from synnefod.projects.desk import ProjectDesk
from synnefod.projects.intake import IntakeDesk
from synnefod.projects.interface import Recipients
from synnefod.projects.verifying import ApplicationUsage, LimitVerifier
from synnefod.quota.commissions import OutwardCommissions
from synnefod.quota.holdings import Ledger
from synnefod.quota.intake import QuotaFromSynnefo
from synnefod.quota.resources import ResourceRegistry
from synnefod.quota.verify import UsageVerifier
from synnefod.volumes import records as volume_records
from synnefod.volumes.intake_records import VolumesFromSynnefo
from synnefod.volumes.volumes import VolumeService

OWN_CLIENTS = {"pithos-view": "/pithos/ui/view"}
"""Pages of this daemon that take people through OAuth2, and where they are."""


@frozen
class Services:
    """All services, at rest."""

    quota: Ledger
    resources: ResourceRegistry
    commissions: OutwardCommissions
    limits: LimitVerifier
    usage: ApplicationUsage
    projects: ProjectDesk
    identity: identity_rooms.IdentityRooms
    objects: ObjectStore
    backends: Registry
    images: ImageService
    network: NetworkService
    volumes: VolumeService
    compute: compute_assembly.Parts
    compute_usage: ComputeUsage
    storage: StorageDesk
    notices: Board
    feed: Following
    audit: AuditDesk
    recorder: Recorder
    queues: QueueDesk
    intake: IntakeDesk
    block_move: BlockMove
    checks: CheckDesk
    mappings: ProjectBackends
    machine_intake: MachineIntake
    account_intake: AccountIntake


def build(
    config: Config, reactor: Any, supports: Supports, catalogue: MountedCatalogue
) -> Services:
    """From the bottom of the house to its top (docs/design/house.md)."""
    plain, threads = supports.store, supports.threads
    store = RecordedStore(plain, reactor)
    recorder = Recorder(plain, reactor)
    quota = Ledger(reactor)
    resources = ResourceRegistry(store)
    recent = Recent(reactor)
    people = config.people
    projects = ProjectDesk(
        store,
        quota,
        resources,
        reactor,
        recent.clear,
        Defaults(),
        LetterBox(reactor),
        Recipients(
            tuple(people.project_creation),
            tuple(people.project_modification),
            tuple(people.project_approval),
        ),
    )
    identity = identity_rooms.build(
        store,
        reactor,
        threads,
        projects,
        recent,
        catalogue,
        lifetimes=Lifetimes(
            api=config.identity.token_lifetime, v3=config.identity.v3_token_lifetime
        ),
        life=LifeSettings(
            ui=pages_url(config),
            moderation=people.moderation,
            patterns=tuple(people.email_patterns),
            sign_up=people.sign_up,
            email_change=people.email_change,
            change_days=people.email_change_days,
            moderators=tuple(people.moderators),
            activated=tuple(people.activated),
            helpdesk=tuple(people.helpdesk),
            invitations=config.signin.invitations,
            level=config.signin.level,
            per_level={
                int(level): number for level, number in config.signin.invitations_per_level.items()
            },
        ),
        mailer=supports.mailer,
        sessions=SessionLimits(config.browsers.idle, config.browsers.lifetime),
        ways=ways(config, reactor, supports.secret),
        known=recorder.known,
        own_clients=OWN_CLIENTS,
        oauth_seconds=config.identity.oauth2_token_lifetime,
        password_ends_tokens=config.identity.password_ends_tokens,
        templates=letter_texts(config),
    )
    objects = ObjectStore(
        ObjectParts(
            store,
            supports.blocks,
            quota,
            identity,
            threads,
            reactor,
            ObjectSettings(
                free_versioning=config.storage.free_versioning,
                versioning=config.storage.versioning,
                container_quota=config.storage.container_quota,
                public_security=config.storage.public_security,
                max_outstanding=config.storage.max_outstanding,
                map_check_interval=config.storage.map_check_interval,
            ),
        )
    )
    backends = Registry(store, supports.clusters, SecretBox(supports.secret.hex()), reactor)
    prefix = config.ganeti.prefix
    network = build_network(
        store,
        reactor,
        backends,
        quota,
        flavors=usual_flavors(config.ganeti.bridge, filtered_bridge=config.ganeti.filtered_bridge),
        prefix=prefix,
        offer=Offer(
            enabled=tuple(config.network.flavors),
            usual=config.network.default_flavor,
            sharing=config.network.sharing,
            largest=config.network.largest,
            routers=config.network.routers == "record",
        ),
        given=Given(
            config.network.give_public,
            alternatives(config.network.forced),
            alternatives(config.network.usual),
        ),
    )
    volumes = VolumeService(
        store,
        reactor,
        prefix,
        clone_providers=frozenset(config.volumes.clone_providers),
        detachable=frozenset(config.volumes.detachable),
        usual=config.volumes.default_type,
    )
    images = ImageService(objects, reactor, threads)
    compute = compute_assembly.build(
        ComputeRooms(
            store=store,
            clock=reactor,
            threads=threads,
            quota=quota,
            network=network,
            volumes=volumes,
            images=images,
            backends=backends,
            vault=Vault(supports.secret),
            limits=Limits(
                prefix=prefix,
                os=config.ganeti.os,
                hvparams=config.ganeti.hvparams,
                use_hotplug=config.ganeti.use_hotplug,
                shared_resources=config.network.sharing,
                max_volume_size=config.volumes.largest,
                clone_providers=tuple(config.volumes.clone_providers),
                vmapi_url=config.own_url,
                fqdn=config.network.servers_fqdn or None,
                port_forwarding=config.network.port_forwarding,
                rescue=config.rescue.enabled,
                rescue_path=config.rescue.path,
                snapshots=config.volumes.snapshots,
                legacy_filters=config.compute.legacy_filters,
                legacy_resize_status=config.compute.legacy_resize_status,
                stats_url=config.compute.stats_url,
                stats_secret=config.compute.stats_secret or graph_key(supports.secret),
                stats_refresh=config.compute.stats_refresh,
                system_images_owner=config.compute.system_images_owner,
                allow_create_override=config.compute.flavor_override,
                deployment_networks=tuple(config.compute.deployment_networks),
                snapshot_roles=tuple(config.volumes.snapshot_roles),
            ),
        ),
        holder_name(config),
        reconcile=config.dispatcher.reconcile or 600.0,
        orphan_grace=config.dispatcher.orphan_grace,
        fix=config.dispatcher.reconcile_mode == "fix",
        answers=supports.answers,
        helper_owner=partial(account, identity, config.volumes.helper_owner),
    )
    limits = LimitVerifier(projects)
    outward = OutwardCommissions(store, quota, reactor)
    backends.in_use.append(compute_assembly.servers_on)
    network.groups.walls.append(compute.compute.tags)
    backends.leaving.append(network.upkeep.leave)
    backends.left.append(network.upkeep.left)
    return Services(
        quota,
        resources,
        outward,
        limits,
        ApplicationUsage(UsageVerifier(store, quota)),
        projects,
        identity,
        objects,
        backends,
        images,
        network,
        volumes,
        compute,
        ComputeUsage(
            UsageVerifier(store, quota),
            quota,
            outward,
            store,
            volume_records.sizes,
            network_counting.private_networks,
            network_counting.floating_ips,
        ),
        StorageDesk(
            objects.parts,
            Chores(objects.parts, holder_name(config)),
            UsageVerifier(store, quota),
            outward,
        ),
        Board(store, reactor),
        Following(
            plain,
            reactor,
            [compute_changes.since, network_changes.since, volume_records.changes_since],
        ),
        AuditDesk(plain, reactor, config.audit.keep_days),
        recorder,
        QueueDesk(supports.bus, prefix.partition("-")[0]),
        IntakeDesk(store, threads, reactor, limits, PeopleFromSynnefo(), QuotaFromSynnefo()),
        BlockMove(supports.blocks),
        CheckDesk(
            backends,
            supports.bus,
            reactor,
            compute.reconciler.strangers,
            prefix,
            config.ganeti.os,
            config.bus.exchange,
            config.ganeti.use_hotplug,
        ),
        ProjectBackends(store),
        MachineIntake(
            store,
            threads,
            reactor,
            [
                BackendsFromSynnefo(SecretBox(supports.secret.hex())),
                VolumesFromSynnefo(),
                NetworksFromSynnefo(),
                ComputeFromSynnefo(),
            ],
        ),
        AccountIntake(objects.parts, legacy_maps(config, threads, reactor)),
    )


async def account(identity: identity_rooms.IdentityRooms, email: str) -> Principal | None:
    """The person with that address, as who asks for nothing but own things; None for nobody."""
    try:
        user = await identity.users.find(email)
    except NotFound:
        return None
    standings = await identity.tokens.standings(user.id)
    projects = frozenset(each.id for each in standings)
    return Principal(user.id, user.name, user.default_project, projects)


def letter_texts(config: Config) -> Templates:
    """The deployment's own words in letters."""
    return load_templates(config.mail.templates, config.ui.service_name)


def pages_url(config: Config) -> str:
    """Where the links of letters begin."""
    return f"{config.own_url}/astakos/ui"


def alternatives(entries: Sequence[str | Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Each entry as the tuple of its alternatives."""
    return tuple((each,) if isinstance(each, str) else tuple(each) for each in entries)


def holder_name(config: Config) -> str:
    """Names this daemon among all of the deployment, the same after a restart."""
    return f"{socket.gethostname()}:{config.state}:{os.environ.get('SYNNEFOD_WORKER', '0')}"
