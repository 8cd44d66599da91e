"""What all verbs of the administrator share: the services, who asks, and how owners are named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Protocol

import msgspec
from attrs import frozen

from synnefod.audit.interface import Audit
from synnefod.backends.interface import Administration, Checks, Mappings, Queues
from synnefod.common.ids import UserId, is_uuid
from synnefod.common.principal import Principal
from synnefod.common.text import iso_z
from synnefod.compute.interface import Compute
from synnefod.compute.interface.keeping import (
    Enforcing,
    Helpers,
    Importing,
    Reconciling,
    TakesOver,
)
from synnefod.identity.interface import User
from synnefod.identity.interface.administration import Administration as People
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.oauth import OAuth
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.identity.interface.staff import Staff
from synnefod.images.interface import Images
from synnefod.network.interface.rooms import Rooms as NetworkRooms
from synnefod.notices.interface import Notices
from synnefod.objects.interface.keeping import Keeping
from synnefod.objects.interface.moving import MovesBlocks
from synnefod.objects.interface.takeover import TakesAccounts
from synnefod.projects.interface import Intake, Projects
from synnefod.projects.interface.verifying import ApplicationCounting, LimitVerification
from synnefod.quota.interface import Commissions, Registry, UsageChecks
from synnefod.volumes.interface import VolumeTypes

ADMINISTRATOR = Principal(UserId(""), "", None, is_admin=True)
"""Who asks over the socket: may do everything, owns nothing."""
Row = dict[str, Any]
Number = Annotated[int, msgspec.Meta(ge=-(2**63 - 1), le=2**63 - 1)]
"""An id as the administrator types it; what the database cannot hold is refused by the schema."""


class ComputeParts(Protocol):
    """Compute as assembly hands it over."""

    @property
    def compute(self) -> Compute: ...
    @property
    def reconciler(self) -> Reconciling: ...
    @property
    def helpers(self) -> Helpers: ...
    @property
    def importing(self) -> Importing: ...
    @property
    def enforcement(self) -> Enforcing: ...


class IdentityParts(Rooms, Protocol):
    """Identity with its administrator's desk."""

    @property
    def staff(self) -> Staff: ...
    @property
    def administration(self) -> People: ...
    @property
    def life(self) -> Life | None: ...
    @property
    def oauth(self) -> OAuth: ...
    @property
    def rights(self) -> Rights: ...


class House(Protocol):
    """The services that the verbs call."""

    @property
    def identity(self) -> IdentityParts: ...
    @property
    def projects(self) -> Projects: ...
    @property
    def resources(self) -> Registry: ...
    @property
    def commissions(self) -> Commissions: ...
    @property
    def limits(self) -> LimitVerification: ...
    @property
    def usage(self) -> ApplicationCounting: ...
    @property
    def backends(self) -> Administration: ...
    @property
    def images(self) -> Images: ...
    @property
    def network(self) -> NetworkRooms: ...
    @property
    def volumes(self) -> VolumeTypes: ...
    @property
    def compute(self) -> ComputeParts: ...
    @property
    def compute_usage(self) -> UsageChecks: ...
    @property
    def storage(self) -> Keeping: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def queues(self) -> Queues: ...
    @property
    def block_move(self) -> MovesBlocks: ...
    @property
    def checks(self) -> Checks: ...
    @property
    def mappings(self) -> Mappings: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def machine_intake(self) -> TakesOver: ...
    @property
    def account_intake(self) -> TakesAccounts: ...


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of all bodies."""


class Nothing(Body):
    """The body of a verb without options."""


class Mails(Body):
    """A list whose owners may be shown by e-mail."""

    mails: bool = False


@frozen
class Office:
    """The services, and questions that many verbs have."""

    house: House

    async def person(self, text: str) -> User:
        """A user by number, e-mail or UUID. Raises NotFound."""
        return await self.house.identity.users.find(text)

    async def owner(self, text: str) -> UserId:
        """A UUID as it is, an e-mail looked up. Raises NotFound."""
        lower = text.lower()
        return UserId(lower) if is_uuid(lower) else (await self.person(text)).id

    async def acting(self, text: str) -> Principal:
        """That person, as somebody who asks for nothing but own things."""
        user = await self.person(text)
        standings = await self.house.identity.tokens.standings(user.id)
        projects = frozenset(each.id for each in standings)
        return Principal(user.id, user.name, user.default_project, projects)

    async def emails(self, users: Iterable[str | None]) -> dict[str, str]:
        """Addresses by UUID, of those that exist."""
        wanted = sorted({UserId(user) for user in users if user})
        found = await self.house.identity.users_by_id(wanted) if wanted else {}
        return {str(id_): user.email for id_, user in found.items()}

    async def with_emails(
        self, rows: list[Row], mails: bool, column: str = "user.uuid"
    ) -> list[Row]:
        """The rows with `user.email` beside the owner's UUID; empty unless asked for."""
        found = await self.emails(row[column] for row in rows) if mails else {}
        for row in rows:
            row["user.email"] = found.get(row[column] or "", "")
        return rows


def when(micros: int | None) -> str | None:
    """A moment as text; None for never."""
    return iso_z(micros) if micros else None
