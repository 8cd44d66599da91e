"""Several reports in one transaction: what they need is read together, what they change is written
together at the end.

Note [Sheaf]. However many reports there are, reading takes some six statements and writing as
many. Rows are locked in the order of their numbers. What is rare (parts that go away, devices that
were changed) is done at once, statement by statement, after what was reported before of the same
server is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import define, evolve, field

from synnefod.cluster.interface import Disk, JobEvent, Nic
from synnefod.common.ids import BackendId, Serial
from synnefod.compute.interface import Diagnostic, Flavor, Server
from synnefod.compute.machine.growing import followed_root
from synnefod.compute.records import flavors, history, outbox, secrets, servers, sides
from synnefod.compute.records.history import Ended
from synnefod.compute.records.sides import Side
from synnefod.compute.rooms import Rooms
from synnefod.quota.interface import Charge
from synnefod.store.interface import Tx


@define
class Sheaf:
    """`rows` are locked rows as they are becoming; `write` is to be called once, at the end."""

    tx: Tx
    rooms: Rooms
    rows: dict[int, Server]
    clusters: Mapping[str, BackendId] = field(factory=dict)
    dirty: set[int] = field(factory=set)
    outcomes: dict[Serial, bool] = field(factory=dict)
    charges: list[tuple[str, Sequence[Charge]]] = field(factory=list)
    ended: list[Ended] = field(factory=list)
    built: set[int] = field(factory=set)
    _nics: dict[int, Sequence[Nic]] = field(factory=dict)
    _disks: dict[int, Sequence[Disk]] = field(factory=dict)
    _rooted: set[int] = field(factory=set)
    _sides: dict[tuple[int, int], Side] = field(factory=dict)
    _looked: set[tuple[int, int]] = field(factory=set)
    _flavors: dict[int, Flavor] = field(factory=dict)

    # -- reading

    async def look(self, jobs: Collection[tuple[int, int]]) -> None:
        """Finds in one statement what these (server, job) do beside the servers' tasks."""
        if jobs:
            named, numbers = zip(*jobs, strict=True)
            self._sides.update(await sides.find_all(self.tx, set(named), set(numbers)))
            self._looked.update(jobs)

    async def side(self, server: int, job: int) -> Side | None:
        if (server, job) not in self._looked:
            await self.look([(server, job)])
        return self._sides.get((server, job))

    async def finish_side(self, server: int, job: int) -> None:
        await sides.finish(self.tx, server, job)
        self._sides[server, job] = evolve(self._sides[server, job], done=True)

    async def flavor(self, number: int) -> Flavor:
        """Those of all rows are read with the first."""
        if number not in self._flavors:
            wanted = {number, *(row.flavor for row in self.rows.values())}
            self._flavors.update(await flavors.by_ids(self.tx, sorted(wanted)))
        return self._flavors[number]

    # -- writing

    def put(self, server: Server) -> None:
        """The row is to be like this."""
        self.rows[server.id] = server
        self.dirty.add(server.id)

    def see(
        self,
        server: int,
        nics: Sequence[Nic] | None,
        disks: Sequence[Disk] | None,
        *,
        root: bool = True,
    ) -> None:
        """What the newest report shows. `root`: the flavor follows the root disk's size."""
        if nics is not None:
            self._nics[server] = nics
        if disks is not None:
            self._disks[server] = disks
            if root:
                self._rooted.add(server)

    async def settle(self, server: int) -> None:
        """Writes what was shown of this server now, before something else touches its parts."""
        await self._show(lambda each: each == server)

    async def _show(self, wanted: Callable[[int], bool]) -> None:
        rooms = self.rooms
        nics = {each: self._nics.pop(each) for each in list(self._nics) if wanted(each)}
        disks = {each: self._disks.pop(each) for each in list(self._disks) if wanted(each)}
        if nics:
            for server, trouble in await rooms.network.see_nics(self.tx, _by_id(self.rows, nics)):
                problem = Diagnostic(rooms.now(), "ERROR", "network", trouble)
                await history.diagnose(self.tx, server, problem)
        if not disks:
            return
        await rooms.volumes.see_disks(self.tx, _by_id(self.rows, disks))
        rooted = sorted(self._rooted & disks.keys())
        self._rooted -= disks.keys()
        volumes = await rooms.volumes.volumes_of(self.tx, [self.rows[each].id for each in rooted])
        for each in rooted:
            row = self.rows[each]
            old = await self.flavor(row.flavor)
            after = await followed_root(self.tx, row, old, volumes.get(row.id, ()))
            if after != row:
                self.put(after)

    async def write(self) -> None:
        tx, rooms = self.tx, self.rooms
        await self._show(lambda _: True)
        await rooms.quota.settle_all(tx, self.outcomes)
        await rooms.quota.charge_all(tx, self.charges, force=True)
        if self.ended:
            await history.finish(tx, self.ended, rooms.now())
        if self.built:
            await secrets.forget_all(tx, self.built, ("params", "deployment"))
        await servers.save_all(tx, [self.rows[each] for each in sorted(self.dirty)])


async def sheaf_of(tx: Tx, rooms: Rooms, reports: Sequence[tuple[int, JobEvent | None]]) -> Sheaf:
    """The rows of these servers, locked, and what is known of the jobs in one look."""
    rows = await servers.lock_all(tx, {number for number, _ in reports})
    sheaf = Sheaf(tx, rooms, rows, await rooms.backends.numbers(tx))
    await sheaf.look(
        {
            (number, event.job)
            for number, event in reports
            if number in rows and event is not None and event.status.final
        }
    )
    return sheaf


async def to_send(sheaf: Sheaf, ended: Collection[int]) -> set[int]:
    """Servers of which something is to be sent now; `ended`: those a job of which has ended."""
    due = {
        number
        for number, row in sheaf.rows.items()
        if row.life.task and row.life.task_job is None and not row.deleted
    }
    return due | (await outbox.waiting_of(sheaf.tx, ended) if ended else set())


def _by_id(rows: Mapping[int, Server], shown: Mapping[int, Sequence[object]]) -> dict:  # type: ignore[type-arg]
    return {rows[number].id: value for number, value in shown.items()}
