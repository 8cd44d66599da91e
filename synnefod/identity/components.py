"""Services outside this daemon, and the tokens that they present."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Conflict, NotFound, Unauthenticated
from synnefod.common.ids import new_token
from synnefod.common.text import micros
from synnefod.identity.interface import Component
from synnefod.identity.records import components as records
from synnefod.identity.tokens import REFUSAL, digest, well_formed
from synnefod.store.interface import Store, Tx


@frozen
class ComponentDesk:
    """Implements `Components`."""

    store: Store
    clock: IClock

    async def register(
        self, name: str, services: Mapping[str, str], *, trusted: bool = False
    ) -> None:
        async def body(tx: Tx) -> None:
            number = await records.add(tx, name, trusted=trusted)
            for service, type_ in services.items():
                if not await records.add_service(tx, number, service, type_):
                    raise Conflict(f"The service {service} belongs to another component.")

        await self.store.transact("register component", body)

    async def renew_token(self, name: str) -> str:
        token = new_token()
        known = await self.store.transact(
            "renew component token",
            lambda tx: records.set_token(tx, name, digest(token), self._now()),
        )
        if not known:
            raise NotFound(f"There is no component {name}.")
        return token

    async def authenticate(self, token: str) -> Component:
        found = None
        if well_formed(token):
            key = digest(token)
            found = await self.store.read(
                "authenticate component", lambda tx: records.by_token(tx, key, self._now())
            )
        if found is None:
            raise Unauthenticated(REFUSAL)
        return found

    def _now(self) -> int:
        return micros(self.clock.seconds())
