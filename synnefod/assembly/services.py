"""The services, built upon the supports: each is given its neighbours and nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from synnefod.assembly import settings
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
from synnefod.compute.intake import MachineIntake
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
from synnefod.identity.letters import LetterBox
from synnefod.identity.recent import Recent
from synnefod.identity.sessions import SessionLimits
from synnefod.identity.tokens import Lifetimes
from synnefod.images.registry import ImageService
from synnefod.network.records import changes as network_changes
from synnefod.network.records import counting as network_counting
from synnefod.network.records.intake import NetworksFromSynnefo
from synnefod.network.service import NetworkService, usual_flavors
from synnefod.network.service import build as build_network
from synnefod.notices.board import Board
from synnefod.objects.chores import Chores
from synnefod.objects.desk import StorageDesk
from synnefod.objects.moving import BlockMove
from synnefod.objects.parts import Parts as ObjectParts
from synnefod.objects.service import ObjectStore
from synnefod.objects.takeover import AccountIntake
from synnefod.projects.desk import ProjectDesk
from synnefod.projects.intake import IntakeDesk
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
    plain = supports.store
    store = RecordedStore(plain, reactor)
    recorder = Recorder(plain, reactor)
    quota = Ledger(reactor)
    resources = ResourceRegistry(store)
    recent = Recent(reactor)
    projects = _projects(config, reactor, store, quota, resources, recent)
    identity = _identity(config, reactor, supports, store, projects, recent, catalogue, recorder)
    objects = _objects(config, reactor, supports, store, quota, identity)
    backends = Registry(store, supports.clusters, SecretBox(supports.secret.hex()), reactor)
    network = _network(config, reactor, store, backends, quota)
    volumes = _volumes(config, reactor, store)
    images = ImageService(objects, reactor, supports.threads)
    rooms = ComputeRooms(
        store=store,
        clock=reactor,
        threads=supports.threads,
        quota=quota,
        network=network,
        volumes=volumes,
        images=images,
        backends=backends,
        vault=Vault(supports.secret),
        limits=settings.limits(config, supports.secret),
    )
    compute = _compute(config, supports, rooms, identity)
    backends.in_use.append(compute_assembly.servers_on)
    network.groups.walls.append(compute.compute.tags)
    backends.leaving.append(network.upkeep.leave)
    backends.left.append(network.upkeep.left)
    limits = LimitVerifier(projects)
    outward = OutwardCommissions(store, quota, reactor)
    usage = UsageVerifier(store, quota)
    return Services(
        quota=quota,
        resources=resources,
        commissions=outward,
        limits=limits,
        usage=ApplicationUsage(usage),
        projects=projects,
        identity=identity,
        objects=objects,
        backends=backends,
        images=images,
        network=network,
        volumes=volumes,
        compute=compute,
        compute_usage=ComputeUsage(
            usage,
            quota,
            outward,
            store,
            volume_records.sizes,
            network_counting.private_networks,
            network_counting.floating_ips,
        ),
        storage=StorageDesk(
            objects.parts, Chores(objects.parts, settings.holder_name(config)), usage, outward
        ),
        notices=Board(store, reactor),
        feed=Following(
            plain,
            reactor,
            [compute_changes.since, network_changes.since, volume_records.changes_since],
        ),
        audit=AuditDesk(plain, reactor, config.audit.keep_days),
        recorder=recorder,
        queues=QueueDesk(supports.bus, config.ganeti.prefix.partition("-")[0]),
        intake=IntakeDesk(
            store, supports.threads, reactor, limits, PeopleFromSynnefo(), QuotaFromSynnefo()
        ),
        block_move=BlockMove(supports.blocks),
        checks=_checks(config, reactor, supports, backends, compute),
        mappings=ProjectBackends(store),
        machine_intake=_machine_intake(reactor, supports, store),
        account_intake=AccountIntake(objects.parts, legacy_maps(config, supports.threads, reactor)),
    )


def _projects(
    config: Config,
    reactor: Any,
    store: RecordedStore,
    quota: Ledger,
    resources: ResourceRegistry,
    recent: Recent,
) -> ProjectDesk:
    return ProjectDesk(
        store,
        quota,
        resources,
        reactor,
        recent.clear,
        Defaults(),
        LetterBox(reactor),
        settings.recipients(config),
    )


def _identity(
    config: Config,
    reactor: Any,
    supports: Supports,
    store: RecordedStore,
    projects: ProjectDesk,
    recent: Recent,
    catalogue: MountedCatalogue,
    recorder: Recorder,
) -> identity_rooms.IdentityRooms:
    return identity_rooms.build(
        store,
        reactor,
        supports.threads,
        projects,
        recent,
        catalogue,
        lifetimes=Lifetimes(
            api=config.identity.token_lifetime, v3=config.identity.v3_token_lifetime
        ),
        life=settings.life(config),
        mailer=supports.mailer,
        sessions=SessionLimits(config.browsers.idle, config.browsers.lifetime),
        ways=ways(config, reactor, supports.secret),
        known=recorder.known,
        own_clients=OWN_CLIENTS,
        oauth_seconds=config.identity.oauth2_token_lifetime,
        password_ends_tokens=config.identity.password_ends_tokens,
        templates=settings.letter_texts(config),
    )


def _objects(
    config: Config,
    reactor: Any,
    supports: Supports,
    store: RecordedStore,
    quota: Ledger,
    identity: identity_rooms.IdentityRooms,
) -> ObjectStore:
    return ObjectStore(
        ObjectParts(
            store,
            supports.blocks,
            quota,
            identity,
            supports.threads,
            reactor,
            settings.objects(config),
        )
    )


def _network(
    config: Config, reactor: Any, store: RecordedStore, backends: Registry, quota: Ledger
) -> NetworkService:
    ganeti = config.ganeti
    return build_network(
        store,
        reactor,
        backends,
        quota,
        flavors=usual_flavors(ganeti.bridge, filtered_bridge=ganeti.filtered_bridge),
        prefix=ganeti.prefix,
        offer=settings.offer(config),
        given=settings.given(config),
    )


def _volumes(config: Config, reactor: Any, store: RecordedStore) -> VolumeService:
    return VolumeService(
        store,
        reactor,
        config.ganeti.prefix,
        clone_providers=frozenset(config.volumes.clone_providers),
        detachable=frozenset(config.volumes.detachable),
        usual=config.volumes.default_type,
    )


def _compute(
    config: Config,
    supports: Supports,
    rooms: ComputeRooms,
    identity: identity_rooms.IdentityRooms,
) -> compute_assembly.Parts:
    return compute_assembly.build(
        rooms,
        settings.holder_name(config),
        reconcile=config.dispatcher.reconcile or 600.0,
        orphan_grace=config.dispatcher.orphan_grace,
        fix=config.dispatcher.reconcile_mode == "fix",
        answers=supports.answers,
        helper_owner=partial(account, identity, config.volumes.helper_owner),
    )


def _checks(
    config: Config,
    reactor: Any,
    supports: Supports,
    backends: Registry,
    compute: compute_assembly.Parts,
) -> CheckDesk:
    return CheckDesk(
        backends,
        supports.bus,
        reactor,
        compute.reconciler.strangers,
        config.ganeti.prefix,
        config.ganeti.os,
        config.bus.exchange,
        config.ganeti.use_hotplug,
    )


def _machine_intake(reactor: Any, supports: Supports, store: RecordedStore) -> MachineIntake:
    return MachineIntake(
        store,
        supports.threads,
        reactor,
        [
            BackendsFromSynnefo(SecretBox(supports.secret.hex())),
            VolumesFromSynnefo(),
            NetworksFromSynnefo(),
            ComputeFromSynnefo(),
        ],
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
