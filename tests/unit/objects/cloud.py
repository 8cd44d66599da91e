"""An object store on a real database, memory blocks and the real ledger, for tests."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from twisted.internet.task import Clock

from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface import User
from synnefod.objects.interface import ContainerChange, Place, Write
from synnefod.objects.parts import ObjectSettings, Parts
from synnefod.objects.service import ObjectStore
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import DISKSPACE, Quota, project_holder, user_holder
from synnefod.store.interface import Tx

ANN = "0a000000-0000-4000-8000-000000000001"
BOB = "0b000000-0000-4000-8000-000000000002"
EVE = "0e000000-0000-4000-8000-000000000003"
LAB = "1a000000-0000-4000-8000-0000000000aa"
START = 1_700_000_000
PLENTY = 10**15


def person(user: str) -> Principal:
    return Principal(UserId(user), f"{user}@example.org", ProjectId(user))


NOBODY = Principal(UserId(""), "", None)
ann, bob, eve = person(ANN), person(BOB), person(EVE)


class Body:
    """A body in memory, read in pieces of `step` bytes."""

    def __init__(self, data: bytes, step: int = 65536) -> None:
        self.data, self.step, self.reads = data, step, 0

    async def read_some(self) -> bytes:
        self.reads += 1
        piece, self.data = self.data[: self.step], self.data[self.step :]
        return piece


class People:
    """Who exists: as much of identity as the object store asks."""

    async def users_by_id(self, ids: list[UserId]) -> dict[UserId, User]:
        known = [user for user in ids if user in (ANN, BOB, EVE)]
        return {user: User(user, user, "", "", "", True, False, None, 0) for user in known}

    async def users_by_name(self, names: list[str]) -> dict[str, User]:
        known = {f"{user}@example.org": UserId(user) for user in (ANN, BOB, EVE)}
        found = {name: known[name] for name in names if name in known}
        return {n: User(u, n, n, "", "", True, False, None, 0) for n, u in found.items()}


class StoreCase:
    """Mixin over OnSqlite or OnPostgres: `self.objects`, `self.clock`, and short ways."""

    settings = ObjectSettings()

    async def setUp(self: Any) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.store = await self.make_store()
        self.blocks = MemoryBlocks()
        self.quota: Quota = Ledger(self.clock)
        self.objects = ObjectStore(
            Parts(
                store=self.store,
                blocks=self.blocks,
                quota=self.quota,
                identity=People(),
                threads=InlineThreads(),
                clock=self.clock,
                settings=self.settings,
            )
        )
        await self.objects.prepare()
        for user in (ANN, BOB, EVE):
            await self.limit(user, user, PLENTY)
        await self.limit(ANN, LAB, PLENTY)

    async def limit(self: Any, user: str, project: str, limit: int) -> None:
        async def body(tx: Tx) -> None:
            source = project_holder(ProjectId(project))
            await self.quota.set_limits(tx, source, None, {DISKSPACE: PLENTY})
            await self.quota.set_limits(tx, user_holder(UserId(user)), source, {DISKSPACE: limit})

        await self.store.transact("limit", body)

    async def usage(self: Any, user: str, project: str | None = None) -> int:
        async def body(tx: Tx) -> int:
            source = project_holder(ProjectId(project or user))
            holder = user_holder(UserId(user))
            held = await self.quota.holdings(tx, [holder], source=source)
            return sum(h.usage_max for h in held if h.resource == DISKSPACE)

        used: int = await self.store.read("usage", body)
        return used

    async def box(self: Any, name: str = "box", who: Principal = ann, **policy: str) -> None:
        await self.objects.put_container(who, who.user, name, ContainerChange(policy=policy))

    def at(self, name: str, container: str = "box", account: str = ANN) -> Place:
        return Place(account, container, name)

    async def put(
        self: Any,
        name: str,
        data: bytes = b"data",
        who: Principal = ann,
        container: str = "box",
        account: str = ANN,
        **how: Any,
    ) -> Any:
        how.setdefault("content_type", "text/plain")
        self.clock.advance(1)
        return await self.objects.write(
            who, Place(account, container, name), Write(**how), Body(data)
        )

    async def get(
        self: Any,
        name: str,
        who: Principal = ann,
        start: int = 0,
        stop: int | None = None,
        **how: Any,
    ) -> bytes:
        reading = await self.objects.open(who, self.at(name), **how)
        return b"".join([piece async for piece in await reading.data(start, stop)])

    async def names(
        self: Any, who: Principal = ann, container: str = "box", **how: Any
    ) -> list[str]:
        from synnefod.objects.interface import pithos_query

        page = await self.objects.objects(who, ANN, container, pithos_query(**how))
        return [entry.name for entry in page.entries]

    async def refused(self: Any, kind: type[Exception], work: Awaitable[object]) -> Any:
        try:
            await work
        except kind as error:
            return error
        raise self.failureException(f"{kind.__name__} was not raised")

    async def sql(self: Any, text: str, **params: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = await self.store.read(
            "look", lambda tx: tx.all(text, **params)
        )
        return rows
