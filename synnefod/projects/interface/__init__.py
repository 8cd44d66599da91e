"""Projects: who shares which part of the cloud, and how much of it."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.quota.interface import Resource
from synnefod.store.interface import Tx


class ProjectState(enum.IntEnum):
    """Stored as these numbers (identity.md 3.1)."""

    UNINITIALIZED = 0
    ACTIVE = 1
    SUSPENDED = 10
    TERMINATED = 100
    DELETED = 1000


class AppState(enum.IntEnum):
    """States of applications, stored as these numbers (identity.md 3.1)."""

    PENDING = 0
    APPROVED = 1
    REPLACED = 2
    DENIED = 3
    DISMISSED = 4
    CANCELLED = 5


class MemberState(enum.IntEnum):
    """Stored as these numbers (identity.md 3.1)."""

    REQUESTED = 0
    ACCEPTED = 1
    LEAVE_REQUESTED = 5
    SUSPENDED = 10
    REJECTED = 100
    CANCELLED = 101
    REMOVED = 200


class Policy(enum.IntEnum):
    """How one joins or leaves."""

    AUTO = 1
    MODERATED = 2
    CLOSED = 3


@frozen
class Capacity:
    """What a project may use of a resource, and what each member may use of it."""

    project: int
    member: int


@frozen
class Project:
    """A project. Times in microseconds since the epoch, UTC; `owner` None for a person's own."""

    number: int
    id: ProjectId
    name: str
    owner: UserId | None
    homepage: str
    description: str
    created: int
    ends: int
    state: ProjectState
    join_policy: Policy
    leave_policy: Policy
    max_members: int
    private: bool
    is_base: bool
    application: int | None = None
    """Number of the last application."""


@frozen
class NewProject:
    """A project that an administrator makes without an application."""

    name: str
    owner: UserId | None = None
    description: str = ""
    homepage: str = ""
    ends: int | None = None
    join_policy: Policy = Policy.MODERATED
    leave_policy: Policy = Policy.AUTO
    max_members: int = 2**63 - 1
    private: bool = False
    capacities: Mapping[str, Capacity] = {}


@frozen
class ProjectChanges:
    """What an administrator changes of an initialised project; None leaves a field as it is.
    `ends` in microseconds since the epoch."""

    name: str | None = None
    description: str | None = None
    homepage: str | None = None
    owner: UserId | None = None
    ends: int | None = None
    join_policy: Policy | None = None
    leave_policy: Policy | None = None
    max_members: int | None = None
    private: bool | None = None


@frozen
class Usage:
    """A resource of a project: the member's part (None in a project's own view) and the whole."""

    limit: int | None
    usage: int | None
    pending: int | None
    project_limit: int
    project_usage: int
    project_pending: int


Usages = dict[ProjectId, dict[str, Usage]]


@frozen
class Asker:
    """Who asks for a change: the user, and whether they administer projects."""

    user: UserId | None
    is_admin: bool


@frozen
class Definition:
    """What an application wants a project to be; None leaves a field as it is."""

    name: str | None = None
    owner: UserId | None = None
    homepage: str | None = None
    description: str | None = None
    starts: int | None = None
    ends: int | None = None
    join_policy: Policy | None = None
    leave_policy: Policy | None = None
    max_members: int | None = None
    private: bool | None = None
    comments: str | None = None
    capacities: Mapping[str, Capacity] = {}


@frozen
class Application:
    """A wish for a project, or for a change of one. `issued` in microseconds since the epoch."""

    number: int
    project: ProjectId
    applicant: UserId
    state: AppState
    issued: int
    wanted: Definition


@frozen
class Membership:
    """A person's association with a project: the time of the last entry into each state that was
    ever reached, and what the asker could do with it now."""

    number: int
    user: UserId
    project: ProjectId
    state: MemberState
    times: Mapping[MemberState, int]
    actions: tuple[str, ...]


@frozen
class Details:
    """What owners and administrators see of a project."""

    application: Application | None
    deactivated: int | None
    """When it last entered suspended or terminated."""


class DefaultProjects(Protocol):
    """What projects ask of identity, in their own transactions."""

    async def forget(self, tx: Tx, project: ProjectId, user: UserId | None) -> None:
        """Those (None: all) whose default project this is get their own one (AST-045)."""


class QuotaPolicy(Protocol):
    """A deployment's own module that watches memberships and projects (identity.md 3.7).

    It is called in the transaction of the change, after the limits have followed, and may not
    wait; what it raises is logged and changes nothing.
    """

    def check_state_membership(self, membership: object, event: str) -> object:
        """JOIN, ACCEPT, ENROLL, LEAVE, REMOVE, SUSPEND or UNSUSPEND has happened."""

    def check_state_projects(self, projects: Sequence[Project], event: str) -> object:
        """MODIFY, TERMINATE, SUSPEND, UNSUSPEND or REINSTATE has happened."""


class Letters(Protocol):
    """Where letters to people are put, in the transaction that causes them."""

    async def put(
        self, tx: Tx, event: str, to: str | Iterable[str], *, person: str | None, **details: str
    ) -> None:
        """A letter about `event` to each address."""


@frozen
class Recipients:
    """Addresses of those who are told besides the people concerned (identity.md 3.8)."""

    creation: tuple[str, ...] = ()
    modification: tuple[str, ...] = ()
    approval: tuple[str, ...] = ()


class Applications(Protocol):
    """Asking for projects and answering (identity.md 2.6)."""

    async def apply(self, by: Asker, wanted: Definition) -> Application:
        """A project that is not initialised, and its application. Raises Malformed, Conflict
        (too many pending applications)."""

    async def modify(self, by: Asker, project: ProjectId, wanted: Definition) -> Application:
        """An application for a change; it replaces one that is pending. Raises NotFound,
        Forbidden, Conflict, Malformed."""

    async def act(
        self, by: Asker, project: ProjectId, number: int, action: str, reason: str = ""
    ) -> None:
        """`approve`, `deny` (administrators), `cancel`, `dismiss` (applicant, administrators) of a
        project's last application. Raises NotFound, Forbidden, Conflict, AlreadyExists (name)."""

    async def details(self, projects: Sequence[ProjectId]) -> dict[ProjectId, Details]:
        """For those that exist."""

    async def find(self, number: int) -> Application:
        """Raises NotFound."""


class Memberships(Protocol):
    """Joining and leaving (identity.md 2.7)."""

    async def join(self, by: Asker, project: ProjectId) -> int:
        """The membership's number. Raises NotFound, Conflict."""

    async def enroll(self, by: Asker, project: ProjectId, email: str) -> int:
        """Raises Conflict (also for an unknown project or person), Forbidden."""

    async def act(self, by: Asker, number: int, action: str, reason: str = "") -> None:
        """`accept`, `reject`, `remove` (owner, administrators), `leave`, `cancel` (the person,
        administrators). Raises NotFound, Forbidden, Conflict, Malformed."""

    async def listing(
        self,
        by: Asker,
        project: ProjectId | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Membership]:
        """The asker's own and those of projects they own; an administrator sees all. In the order
        of their numbers, beyond `after`, at most `limit`."""

    async def show(self, by: Asker, number: int) -> Membership:
        """Raises NotFound, Forbidden."""


class Projects(Protocol):
    """What doors and commands may ask of projects."""

    @property
    def applications(self) -> Applications: ...

    @property
    def memberships(self) -> Memberships: ...

    async def control(
        self, by: Asker, project: ProjectId, action: str, reason: str = ""
    ) -> Project:
        """`suspend`, `unsuspend`, `terminate` or `reinstate`. Raises Forbidden unless an
        administrator asks, NotFound, Conflict, AlreadyExists (name), Malformed (action)."""

    async def expired(self) -> list[Project]:
        """Living projects past their end, people's own left out, in the order of their making."""

    async def terminate_expired(self) -> list[Project]:
        """Terminates them; those that were. A second call finds none (AST-098)."""

    async def create(self, new: NewProject) -> Project:
        """An active project; missing resources get the project default (AST-093). An owner
        becomes a member. Raises AlreadyExists (name), Malformed, NotFound (owner, resource)."""

    async def show(self, project: ProjectId) -> Project:
        """Raises NotFound."""

    async def numbered(self, number: int) -> Project:
        """By its row. Raises NotFound."""

    async def listing(
        self,
        *,
        name: str | None = None,
        owner: UserId | None = None,
        states: Collection[ProjectState] = (),
        member: UserId | None = None,
        base: bool | None = None,
    ) -> list[Project]:
        """In the order of their making; `base` True only people's own, False none of them."""

    async def modify(
        self,
        project: ProjectId,
        changes: ProjectChanges = ProjectChanges(),
        *,
        capacities: Mapping[str, Capacity] | None = None,
    ) -> Project:
        """Changes an initialised project; quotas follow at once. Raises NotFound (project, owner),
        Conflict (not initialised; of a person's own only policies, end, members, privacy and
        limits change), AlreadyExists, Malformed."""

    async def reset(self, project: ProjectId, resources: Collection[str]) -> None:
        """Of these resources the project has what a new one gets. Raises as `modify`."""

    async def suspend(self, project: ProjectId, reason: str = "") -> Project: ...

    async def unsuspend(self, project: ProjectId, reason: str = "") -> Project: ...

    async def terminate(self, project: ProjectId, reason: str = "") -> Project:
        """Frees the name; limits fall to 0, usage stays. Raises NotFound, Conflict."""

    async def reinstate(self, project: ProjectId, reason: str = "") -> Project: ...

    async def enroll(self, project: ProjectId, user: UserId) -> int:
        """Makes the user an accepted member; the membership's number. Again: nothing. Raises
        NotFound, Conflict (not alive, full, closed, the person is not active)."""

    async def remove(self, project: ProjectId, user: UserId) -> None:
        """Ends an accepted membership. Raises NotFound, Conflict (closed)."""

    async def members(self, project: ProjectId) -> list[tuple[UserId, MemberState]]:
        """All who were ever associated, oldest first."""

    async def capacities(self, project: ProjectId) -> dict[str, Capacity]:
        """What the project gives, by resource name. Raises NotFound."""

    async def capacities_of(
        self, projects: Sequence[ProjectId]
    ) -> dict[ProjectId, dict[str, Capacity]]:
        """The same for many at once; unknown ones are absent."""

    async def extend(self, tx: Tx, resources: Sequence[Resource]) -> None:
        """Adds new kinds of resources to every initialised project (AST-118)."""

    async def quotas(
        self,
        *,
        users: Collection[UserId] | None = None,
        projects: Collection[ProjectId] | None = None,
        origins: Collection[str] | None = None,
    ) -> dict[UserId, Usages]:
        """Members' quotas. `origins` restricts to resources of these services, visible or not;
        None means all resources that programs may see (AST-048, AST-050)."""

    async def project_quotas(
        self, *, projects: Collection[ProjectId] | None, origins: Collection[str]
    ) -> Usages:
        """Quotas of initialised projects as a whole (AST-052)."""


class Intake(Protocol):
    """The way here from Synnefo 0.21."""

    async def take(self, url: str) -> dict[str, int]:
        """Takes over the identity database at `url`, all or nothing; what was new, counted.
        Raises Unavailable, Malformed (it is none of Synnefo's), Conflict (names that are in use
        here, commissions that are pending there)."""
