"""What a fresh installation needs before its first request (identity.md 3.4, 3.5)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from synnefod.common.errors import AlreadyExists
from synnefod.identity.interface import Components, NewUser, User, Users
from synnefod.projects.interface import Projects
from synnefod.quota.interface import Registry, Resource
from synnefod.store.interface import Store, Tx

STANDARD_SERVICES: Mapping[str, Mapping[str, str]] = {
    "astakos": {
        "astakos_account": "account",
        "astakos_identity": "identity",
        "astakos_weblogin": "astakos_weblogin",
        "astakos_oauth2": "astakos_auth",
        "astakos_ui": "astakos_ui",
        "astakos_admin": "astakos_admin",
    },
    "cyclades": {
        "cyclades_compute": "compute",
        "cyclades_plankton": "image",
        "cyclades_network": "network",
        "cyclades_volume": "volume",
        "cyclades_vmapi": "vmapi",
        "cyclades_admin": "admin",
        "cyclades_helpdesk": "cyclades_helpdesk",
        "cyclades_userdata": "cyclades_userdata",
        "cyclades_ui": "cyclades_ui",
    },
    "pithos": {
        "pithos_object-store": "object-store",
        "pithos_public": "pithos_public",
        "pithos_ui": "pithos_ui",
    },
}


@frozen
class FirstStart:
    """Makes what is missing; a second run, also of another daemon, changes nothing."""

    store: Store
    users: Users
    components: Components
    registry: Registry
    projects: Projects
    resources: tuple[Resource, ...]

    async def prepare(self) -> None:
        """Registers the standard components, services and resources (AST-121)."""
        for name, services in STANDARD_SERVICES.items():
            await self.components.register(name, services)

        async def body(tx: Tx) -> None:
            new = await self.registry.register(tx, self.resources)
            await self.projects.extend(tx, new)

        await self.store.transact("register resources", body)

    async def person(
        self, email: str, password: str, *, first: str, last: str, admin: bool = False
    ) -> User | None:
        """An active account; None when there is one of this address already."""
        if await self.users.listing(name=email):
            return None
        new = NewUser(email, first, last, password, admin)
        try:
            return await self.users.create(new, accept=True)
        except AlreadyExists:
            return None
