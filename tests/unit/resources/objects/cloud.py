"""An object store behind its doors, all in memory: SQLite, blocks, three people, every mount."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.clockwork import IClock
from synnefod.common.errors import OverQuota, Unauthenticated
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface import User
from synnefod.objects.interface import BLOCK_SIZE
from synnefod.objects.parts import Parts
from synnefod.objects.service import ObjectStore
from synnefod.quota.interface import Charge, Holding, project_holder, user_holder
from synnefod.resources.objects.mounts import Faces, mounts
from synnefod.resources.root import tree
from synnefod.store.interface import Tx
from tests.harness.database import at_once
from tests.harness.web import Answer, WebClient

ALICE = "a11ce000-0000-4000-8000-00000000000a"
BOB = "b0b00000-0000-4000-8000-00000000000b"
CAROL = "ca201000-0000-4000-8000-00000000000c"
PITHOS = "/pithos/object-store/v1"
SWIFT = f"/swift/v1/AUTH_{ALICE}"
BLOCK = BLOCK_SIZE
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
LIMIT = 100 * 1024**3


class People:
    """An identity with fixed tokens: a person's name is the token."""

    def __init__(self) -> None:
        self._ids = {"alice": UserId(ALICE), "bob": UserId(BOB), "carol": UserId(CAROL)}

    async def authenticate(self, token: str) -> Principal:
        user = self._ids.get(token)
        if user is None:
            raise Unauthenticated("Invalid token")
        project = ProjectId(user)
        return Principal(user, token, project, frozenset([project]), token_expires=2**60)

    async def users_by_id(self, ids: Sequence[UserId]) -> dict[UserId, User]:
        known = {user: name for name, user in self._ids.items()}
        return {user: _user(user, known[user]) for user in ids if user in known}

    async def users_by_name(self, names: Sequence[str]) -> dict[str, User]:
        return {name: _user(self._ids[name], name) for name in names if name in self._ids}


def _user(user: UserId, name: str) -> User:
    return User(user, name, f"{name}@example.org", name, "", True, False, ProjectId(user), 0)


class Ledger:
    """Usage up to one limit for everybody, in a dictionary."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.usage: dict[tuple[str, str | None, str], int] = {}

    async def charge(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> None:
        for charge in charges:
            key = (user_holder(charge.user), project_holder(charge.project), charge.resource)
            after = self.usage.get(key, 0) + charge.quantity
            if charge.quantity > 0 and after > self.limit and not force:
                raise OverQuota("over limit", resource=charge.resource, limit=self.limit)
            self.usage[key] = after

    async def reserve(
        self, tx: Tx, charges: Sequence[Charge], *, name: str = "", force: bool = False
    ) -> Serial | None:
        await self.charge(tx, charges, name=name, force=force)
        return None

    async def settle(self, tx: Tx, serial: Serial | None, *, accept: bool) -> None:
        return None

    async def set_limits(
        self, tx: Tx, holder: str, source: str | None, limits: Mapping[str, int]
    ) -> None:
        raise NotImplementedError

    async def holdings(
        self, tx: Tx, holders: Sequence[str], *, source: str | None = None
    ) -> list[Holding]:
        return [
            Holding(holder, source_of, resource, self.limit, used, used)
            for (holder, source_of, resource), used in self.usage.items()
            if holder in holders and source in (None, source_of)
        ]


def parts(store: Any, blocks: Any, quota: Ledger, clock: IClock, threads: Any) -> Parts:
    return Parts(store, blocks, quota, People(), threads, clock)


class TickingClock(Clock):
    """A clock in November 2023 that moves by a millisecond whenever it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.rightNow = 1_700_000_000.123456

    def seconds(self) -> float:
        self.rightNow += 0.001
        return float(self.rightNow)


class Cloud(SynchronousTestCase):
    """A test with `self.web`, asking as Alice unless told otherwise."""

    faces = Faces()

    def setUp(self) -> None:
        clock = TickingClock()
        self.clock = clock
        self.database = at_once(clock)
        self.now(self.database.start())
        self.blocks = MemoryBlocks()
        self.ledger = Ledger()
        given = parts(self.database, self.blocks, self.ledger, clock, InlineThreads())
        self.objects = ObjectStore(given)
        self.now(self.objects.prepare())
        root = tree(mounts(self.objects, People(), "1", self.faces))
        self.web = WebClient(root, clock=clock, token="alice")

    def tearDown(self) -> None:
        self.now(self.database.stop())

    def now(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.successResultOf(ensureDeferred(work))

    def container(self, name: str) -> None:
        """Makes a container of Alice's."""
        self.assertEqual(self.web.put(f"{PITHOS}/{ALICE}/{name}").status, 201)

    def upload(self, path: str, data: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Writes an object of Alice's, of type text/plain unless the headers say otherwise."""
        answer = self.web.put(
            f"{PITHOS}/{ALICE}/{path}",
            body=data,
            headers={"Content-Type": "text/plain", **(headers or {})},
        )
        self.assertEqual(answer.status, 201, answer.body)
        return answer
