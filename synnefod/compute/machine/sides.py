"""Changes beside a server's one task: tags, firewall profiles, snapshots (ganeti.md 5.5, 8, 9).

Note [Beside]. They are allowed while a task is pending, record none and touch no quota. Of one
server at most one intention of this kind is under way: the next is sent when the jobs of the one
before have ended, so that an addition and a removal of the same tag keep their order. Their jobs
find their rows by number, or, for what succeeded, by the names of the tags alone.
"""

from __future__ import annotations

from typing import Any

from synnefod.cluster.interface import Cluster, ClusterUnavailable, JobEvent, JobStatus
from synnefod.common.ids import JobId
from synnefod.common.jsonio import dump_text
from synnefod.compute.machine.sheaf import Sheaf
from synnefod.compute.machine.states import Operstate
from synnefod.compute.machine.tagnames import (
    decoded_tags,
    encoded_tag,
    firewall_tag,
    firewall_tags,
)
from synnefod.compute.records import outbox, sides, tagged
from synnefod.compute.records.outbox import Intent
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Server
from synnefod.store.interface import Tx

TAGS = "TAGS"
FIREWALL = "FIREWALL"
SNAPSHOT = "SNAPSHOT"
SIDES = (TAGS, FIREWALL, SNAPSHOT)
TAGS_SET = "OP_TAGS_SET"
TAGS_DEL = "OP_TAGS_DEL"
TAKE_SNAPSHOT = "OP_INSTANCE_SNAPSHOT"
_ANY_END = ["canceled", "error", "success"]


class NotYet(ClusterUnavailable):
    """Something before it has not ended."""


class Sides:
    """Submits such intentions and hears of their jobs."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def submit(self, cluster: Cluster, server: Server, intent: Intent) -> list[JobId]:
        """The jobs, in order. Submitting again finds those that were submitted already."""
        if server.life.operstate is Operstate.BUILD:
            raise NotYet("The server is being built.")
        if await self._rooms.store.read("side jobs", lambda tx: sides.open_of(tx, server.id)):
            raise NotYet("An earlier change has not ended.")
        name = self._rooms.instance(server.id)
        if intent.action == SNAPSHOT:
            return [await self._snapshot(cluster, intent, name)]
        present = set((await cluster.instance(name)).tags)
        if intent.action == TAGS:
            remove = {encoded_tag(tag) for tag in intent.body["remove"]} & present
            add = {encoded_tag(tag) for tag in intent.body["add"]}
            return await self._tags(cluster, intent, name, sorted(remove), sorted(add))
        nic, profile = str(intent.body["nic"]), str(intent.body["profile"])
        wanted = set() if profile in ("", "DISABLED") else {firewall_tag(nic, profile)}
        old = (firewall_tags(nic) & present) - wanted
        jobs = await self._tags(cluster, intent, name, sorted(old), sorted(wanted - present))
        if not profile:
            return jobs  # the NIC itself is gone
        # Nothing looks at a mere tag: a job that touches the instance applies and reports it.
        body: dict[str, Any] = {"os_name": self._rooms.limits.os}
        if jobs:
            body["depends"] = [[job, _ANY_END] for job in jobs]

        async def touch(reason: str) -> JobId:
            return await cluster.modify(name, body, reason=reason)

        return [*jobs, await once(cluster, intent, "nic", touch)]

    async def _tags(
        self, cluster: Cluster, intent: Intent, name: str, remove: list[str], add: list[str]
    ) -> list[JobId]:
        jobs = []
        if remove:
            jobs.append(await once(cluster, intent, "del", lambda reason: cluster.remove_tags(
                name, remove, reason=reason)))  # fmt: skip
        if add:
            jobs.append(await once(cluster, intent, "add", lambda reason: cluster.add_tags(
                name, add, reason=reason)))  # fmt: skip
        return jobs

    async def _snapshot(self, cluster: Cluster, intent: Intent, name: str) -> JobId:
        """The snapshot's own id is the reason, and is told with the job's reports (GNT-050)."""
        given = intent.body
        reason = dump_text({"snapshot_id": given["snapshot"]})
        if intent.attempts > 1:
            job = await cluster.job_by_reason(reason)
            if job is not None:
                return job
        disk = f"{self._rooms.limits.prefix}vol-{given['volume']}"
        return await cluster.snapshot(
            name, [(disk, {"snapshot_name": given["map"]})], reason=reason
        )

    async def answered(self, tx: Tx, intent: Intent, jobs: list[JobId]) -> None:
        for job in jobs:
            await sides.add(tx, intent.server, job, intent.action, intent.body, self._rooms.now())

    async def given_up(self, tx: Tx, intent: Intent) -> None:
        """No job came of it: the rows say what the cluster has."""
        if intent.action == TAGS:
            await tagged.drop_tags(tx, intent.server, intent.body["add"], "PENDADD")
            await tagged.add_tags(tx, intent.server, tuple(intent.body["remove"]), "ACTIVE")
        elif intent.action == SNAPSHOT:
            await self._rooms.images.end_snapshot(tx, intent.body["snapshot"], good=False)

    async def hear(self, sheaf: Sheaf, server: Server, event: JobEvent) -> bool | None:
        """True when the report is dealt with; None when it came before its job was recorded."""
        tx = sheaf.tx
        apart = event.opcode in (TAGS_SET, TAGS_DEL, TAKE_SNAPSHOT)
        if not event.status.final:
            return apart
        side = await sheaf.side(server.id, event.job)
        if side is None and apart and await self._awaited(tx, server.id):
            return None
        if side is not None and side.done:
            return apart
        if event.opcode == TAKE_SNAPSHOT:
            if side is not None and side.action == SNAPSHOT:
                good = event.status is JobStatus.SUCCESS
                await self._rooms.images.end_snapshot(tx, side.body["snapshot"], good=good)
        elif apart:
            await self._follow_tags(tx, server.id, event, own=side is not None)
        if side is not None:
            await sheaf.finish_side(server.id, event.job)
            await outbox.hasten(tx, server.id, self._rooms.now())
        return apart

    async def _awaited(self, tx: Tx, server: int) -> bool:
        waiting = await outbox.waiting(tx, server)
        return any(intent.action in SIDES and intent.attempts for intent in waiting)

    async def _follow_tags(self, tx: Tx, server: int, event: JobEvent, *, own: bool) -> None:
        names = decoded_tags(event.tags)
        good = event.status is JobStatus.SUCCESS
        if good and event.opcode == TAGS_SET:
            # Rows of our own requests are there, or were removed by a later request.
            if not own:
                await tagged.add_tags(tx, server, names, "ACTIVE")
            await tagged.activate_tags(tx, server, names)
        elif good and not own:
            await tagged.drop_tags(tx, server, names, "ACTIVE")
        elif good or not own:
            return
        elif event.opcode == TAGS_SET:
            await tagged.drop_tags(tx, server, names, "PENDADD")
        else:
            await tagged.add_tags(tx, server, names, "ACTIVE")


async def once(cluster: Cluster, intent: Intent, part: str, send: Any) -> JobId:
    """One job of several that an intention needs; a later try finds it again."""
    reason = f"{intent.reason}-{part}"
    if intent.attempts > 1:
        job = await cluster.job_by_reason(reason)
        if job is not None:
            return job
    sent: JobId = await send(reason)
    return sent
