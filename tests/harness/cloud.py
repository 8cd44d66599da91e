"""Identity, quota and projects over SQLite in memory: the least that other tests stand on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from argon2 import PasswordHasher
from attrs import define
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock

from synnefod.common.threads import InlineThreads
from synnefod.identity.defaults import Defaults
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.identity.interface import MountedEndpoint, NewUser, User
from synnefod.identity.letters import LetterBox
from synnefod.identity.recent import Recent
from synnefod.identity.rooms import IdentityRooms, build
from synnefod.projects.bootstrap import FirstStart
from synnefod.projects.desk import ProjectDesk
from synnefod.projects.interface import Recipients
from synnefod.quota.commissions import OutwardCommissions
from synnefod.quota.holdings import Ledger
from synnefod.quota.resources import STANDARD, ResourceRegistry
from synnefod.resources.identity.administration import Permitted
from synnefod.resources.identity.browser import BrowserSettings
from synnefod.resources.identity.mounts import identity_mounts
from synnefod.resources.root import tree
from synnefod.store.sqlite import SqliteStore
from tests.harness.database import at_once
from tests.harness.web import WebClient

T = TypeVar("T")
NOW = 1_800_000_000.0
RECIPIENTS = Recipients(("new@example.org",), ("changed@example.org",), ("told@example.org",))
PASSWORD = "correct horse battery"
BOTH = frozenset({"v2.0", "v3"})
V2 = frozenset({"v2.0"})
V3 = frozenset({"v3"})
MOUNTED = (
    MountedEndpoint("astakos_account", "account", "/astakos/account/v1.0", "v1.0", BOTH),
    MountedEndpoint("astakos_identity", "identity", "/astakos/identity/v2.0", "v2.0", V2),
    MountedEndpoint("keystone", "identity", "/astakos/identity/v3", "v3", V3),
    MountedEndpoint("astakos_weblogin", "astakos_weblogin", "/astakos/weblogin", "", BOTH),
    MountedEndpoint("astakos_oauth2", "astakos_auth", "/astakos/oauth2", "", BOTH),
    MountedEndpoint("cyclades_compute", "compute", "/cyclades/compute/v2.0", "v2.0", V2),
    MountedEndpoint("nova", "compute", "/cyclades/compute/v2.1", "v2.1", V3),
    MountedEndpoint("cyclades_plankton", "image", "/cyclades/image", "v1.0", V2, False),
    MountedEndpoint("cyclades_network", "network", "/cyclades/network", "v2.0", V2, False),
    MountedEndpoint("cyclades_volume", "volume", "/cyclades/volume", "v2.0", V2, False),
    MountedEndpoint("cinder", "volumev3", "/cyclades/volume/v3/%(project)s", "v3", V3),
    MountedEndpoint("cyclades_vmapi", "vmapi", "/cyclades/vmapi/v1.0", "v1.0", BOTH),
    MountedEndpoint("cyclades_admin", "admin", "/cyclades/admin", "", BOTH),
    MountedEndpoint("pithos_object-store", "object-store", "/pithos/object-store/v1", "v1", V2),
    MountedEndpoint("swift", "object-store", "/swift/v1/AUTH_%(user)s", "v1", V3),
)


def done(work: Any) -> Any:
    """The result of a coroutine that needs nothing from outside; raises what it raises."""
    deferred: Deferred[Any] = ensureDeferred(work)
    results: list[Any] = []
    deferred.addBoth(results.append)
    if not results:
        raise AssertionError("the coroutine waits for something")
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


@define
class Cloud:
    """The services and their clock; `person` makes accounts."""

    clock: Any
    store: Any
    recent: Recent
    ledger: Ledger
    registry: ResourceRegistry
    commissions: OutwardCommissions
    projects: ProjectDesk
    identity: IdentityRooms
    first_start: FirstStart

    async def person(self, email: str = "ada@example.org", *, admin: bool = False) -> User:
        new = NewUser(email, "Ada", "Byron", PASSWORD, admin)
        return await self.identity.users.create(new, accept=True)


def assemble(
    store: Any,
    clock: Any,
    threads: Any,
    mounted: Sequence[MountedEndpoint] = MOUNTED,
    **options: Any,
) -> Cloud:
    """The services over a store that has been started."""
    recent = Recent(clock)
    ledger = Ledger(clock)
    registry = ResourceRegistry(store)
    projects = ProjectDesk(
        store, ledger, registry, clock, recent.clear, Defaults(), LetterBox(clock), RECIPIENTS
    )
    catalogue = MountedCatalogue(mounted, ui_urls={"astakos": "/ui", "pithos": "/pithos/ui"})
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    identity = build(store, clock, threads, projects, recent, catalogue, hasher=hasher, **options)
    first = FirstStart(store, identity.users, identity.components, registry, projects, STANDARD)
    commissions = OutwardCommissions(store, ledger, clock)
    return Cloud(clock, store, recent, ledger, registry, commissions, projects, identity, first)


def in_memory(path: Path | None = None, **options: Any) -> Cloud:
    """A prepared cloud in memory (or on a file), at `NOW`; everything happens at once."""
    clock = Clock()
    clock.advance(NOW)
    threads = InlineThreads()
    store = at_once(clock) if path is None else SqliteStore(path, clock, threads)
    done(store.start())
    cloud = assemble(store, clock, threads, **options)
    done(cloud.first_start.prepare())
    return cloud


def web(
    cloud: Cloud,
    *,
    permitted: Permitted | None = None,
    browsers: BrowserSettings | None = None,
    components: dict[str, Any] | None = None,
    **options: Any,
) -> WebClient:
    """Identity's doors in memory."""
    mounts = identity_mounts(
        cloud.identity,
        cloud.identity,
        cloud.projects,
        cloud.registry,
        cloud.commissions,
        cloud.identity.rights,
        cloud.clock,
        life=cloud.identity.life,
        people=cloud.identity.administration,
        staff=cloud.identity.staff,
        permitted=permitted or Permitted(),
        sessions=cloud.identity.sessions,
        browsers=browsers,
        oauth=cloud.identity.oauth,
        components=components,
    )
    return WebClient(tree(mounts), clock=cloud.clock, **options)


def v3_token(client: WebClient, name: str = "ada@example.org", scope: Any = None) -> str:
    """Signs in by password through the door; the token."""
    auth: dict[str, Any] = {
        "identity": {
            "methods": ["password"],
            "password": {"user": {"name": name, "password": PASSWORD}},
        }
    }
    if scope is not None:
        auth["scope"] = scope
    answer = client.post("/v3/auth/tokens", json={"auth": auth})
    if answer.status != 201:
        raise AssertionError(answer.text)
    return answer.headers["x-subject-token"]
