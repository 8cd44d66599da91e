"""Puts this service together from its neighbours; called by the composition root."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import BackendId, ServerId
from synnefod.common.principal import Principal
from synnefod.compute.actions import ActionService
from synnefod.compute.administration import ADMINISTRATOR, Administration
from synnefod.compute.belonging import BelongingService
from synnefod.compute.console import ConsoleService
from synnefod.compute.copying import CopyService
from synnefod.compute.create import CreationService
from synnefod.compute.deployment import DeploymentService
from synnefod.compute.devices import DeviceService
from synnefod.compute.disks import DiskService
from synnefod.compute.enforcing import Enforcement
from synnefod.compute.flavors import FlavorService
from synnefod.compute.helping import HelperService, Owner, nobody
from synnefod.compute.importing import ImportService
from synnefod.compute.interface import Compute, NewServer
from synnefod.compute.keypairs import KeypairService
from synnefod.compute.machine.keeper import Keeper
from synnefod.compute.reading import ServerService
from synnefod.compute.reconcile import Reconciler
from synnefod.compute.records import servers as server_records
from synnefod.compute.rescue import Answers, RescueDesk, RescueService
from synnefod.compute.rooms import Rooms
from synnefod.compute.snapshots import SnapshotService
from synnefod.compute.statistics import StatisticsService
from synnefod.compute.tags import TagService
from synnefod.store.interface import Tx


@frozen
class Parts:
    """What the front rooms get, and the two that run in the background."""

    compute: Compute
    keeper: Keeper
    reconciler: Reconciler
    administration: Administration
    helpers: HelperService
    importing: ImportService
    enforcement: Enforcement


def build(
    rooms: Rooms,
    holder: str,
    *,
    reconcile: float = 600.0,
    orphan_grace: float = 1800.0,
    fix: bool = True,
    answers: Answers | None = None,
    helper_owner: Owner = nobody,
) -> Parts:
    """Everything, at rest: `await keeper.begin()` and `reconciler.begin()` set it going.

    `holder` names this process among all daemons of the deployment, the same after a restart
    (host and worker number): submissions that it held when it was killed are its own again.
    `reconcile` is the seconds between two rounds of comparing, `orphan_grace` how long an instance
    without server is left alone after it was first seen. `fix`: the
    rounds also put right what they may. `answers` asks addresses of rescue images. `helper_owner`
    is who owns helper servers that nobody asked for.
    """
    keeper = Keeper(rooms, holder)
    consoles = ConsoleService(rooms, keeper.feed)
    flavors, servers = FlavorService(rooms), ServerService(rooms)
    reconciler = Reconciler(
        rooms, keeper.feed, interval=reconcile, orphan_grace=orphan_grace, mend=fix
    )
    actions = ActionService(rooms, keeper.wake, consoles)
    creation = CreationService(rooms, keeper.wake)
    snapshots = SnapshotService(rooms, keeper.wake)

    async def create(owner: Principal, new: NewServer) -> ServerId:
        return (await creation.create(owner, new))[0].server.id

    helpers = HelperService(
        rooms, create, lambda number: actions.stop(ADMINISTRATOR, number), helper_owner
    )
    compute = Compute(
        flavors=flavors,
        keypairs=KeypairService(rooms),
        servers=servers,
        creation=creation,
        actions=actions,
        belonging=BelongingService(rooms),
        devices=DeviceService(rooms, actions),
        disks=DiskService(
            rooms, actions, CopyService(rooms, snapshots.record, keeper.wake), helpers.appoint
        ),
        snapshots=snapshots,
        tags=TagService(rooms, keeper.wake),
        consoles=consoles,
        statistics=StatisticsService(rooms),
        deployment=DeploymentService(rooms, keeper.feed),
        rescue=RescueService(rooms, actions),
        rescue_images=RescueDesk(rooms, answers or _nothing_answers),
        limits=rooms.limits,
    )
    administration = Administration(rooms, flavors, servers, reconciler)
    importing = ImportService(rooms, lambda number: actions.start(ADMINISTRATOR, number))
    enforcement = Enforcement(rooms, compute)
    return Parts(compute, keeper, reconciler, administration, helpers, importing, enforcement)


async def servers_on(tx: Tx, backend: BackendId) -> str:
    """What of compute uses a cluster ("3 servers"), or ""; keeps it registered (GNT-160)."""
    number = len(await server_records.alive_on(tx, backend))
    return f"{number} server{'s' if number > 1 else ''}" if number else ""


async def _nothing_answers(_address: str) -> bool:
    return False
