"""Carries out what the outbox says: one submission to a cluster, however often it is tried.

`send` of a submission that a cluster took gives it to `answer`, which records the job (keeper).

Note [In doubt]. A sending whose answer is lost may have reached the cluster. The row is then tried
again later, and any try but the first looks for a job with the row's reason before it submits.
A lease that is not fresh is renewed right before the request leaves, and a request ends well
within it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from synnefod.cluster.interface import (
    Cluster,
    ClusterRefused,
    InstanceUnknown,
    JobEvent,
    JobStatus,
)
from synnefod.common.clockwork import Together
from synnefod.common.errors import NotFound, Unavailable
from synnefod.common.ids import JobId, ServerId
from synnefod.compute.interface import Server
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.changes import DEVICES, device_body, leaving
from synnefod.compute.machine.making import create_body, parts_of
from synnefod.compute.machine.recorder import Recorder
from synnefod.compute.machine.sides import FIREWALL, SIDES, SNAPSHOT, TAGS, NotYet, once
from synnefod.compute.records import outbox, servers
from synnefod.compute.records.outbox import Intent
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

log = Logger()
SECOND = 1_000_000
LEASE = 120 * SECOND
_FRESH = 20 * SECOND
CREATES = "instance-create-reqv1"
"""The feature of a cluster's remote API that a creation needs."""
_PATIENCE = {
    "BUILD": 900 * SECOND,
    "DESTROY": 3600 * SECOND,
    TAGS: 3600 * SECOND,
    FIREWALL: 3600 * SECOND,
    SNAPSHOT: 3600 * SECOND,
}
_USUAL_PATIENCE = 300 * SECOND
_LONGEST_PAUSE = 30
_ANY_END = ["canceled", "error", "success"]


class Superseded(Exception):
    """The server has moved on: nothing is to be sent any more."""


class Outputs:
    """Sends intentions and records what became of them."""

    def __init__(
        self,
        rooms: Rooms,
        recorder: Recorder,
        answer: Callable[[Intent, JobId], Awaitable[None]],
    ) -> None:
        self._rooms = rooms
        self._recorder = recorder
        self._answer = answer
        self._servers = Together(self._read)
        self._parts = Together(partial(parts_of, rooms))
        self._able: set[str] = set()

    async def send(self, intent: Intent) -> bool:
        """Tries once; True when the row has ended and others may wait for that."""
        try:
            if intent.action in SIDES:
                await self._submit_beside(intent)
                return True
            job = await self._submit(intent)
        except CancelledError:
            raise
        except Superseded:
            await self._drop(intent)
        except InstanceUnknown as error:
            if intent.action == "DESTROY":
                await self._removed(intent)
            else:
                await self._give_up(intent, error.message)
        except ClusterRefused as error:
            await self._give_up(intent, error.message)
        except NotYet as error:
            return await self._later(intent, error.message, failed=False)
        except Unavailable as error:
            return await self._later(intent, error.message)
        except Exception as error:
            log.failure("sending {action} of {server}", action=intent.action, server=intent.server)
            return await self._later(intent, f"Unexpected: {type(error).__name__}")
        else:
            await self._answer(intent, job)
            return False
        return True

    async def _read(self, numbers: list[int]) -> dict[int, Server | None]:
        async def body(tx: Tx) -> dict[int, Server]:
            return await servers.get_all(tx, numbers)

        found = await self._rooms.store.read("servers to act on", body)
        return {number: found.get(number) for number in numbers}

    async def _target(self, intent: Intent) -> tuple[Server, Cluster]:
        rooms = self._rooms
        server = await self._servers.get(intent.server)
        beside = intent.action in SIDES
        if server is None or server.deleted or not (beside or server.life.task == intent.action):
            raise Superseded
        if server.backend is None:
            raise ClusterRefused("The server has no cluster.")
        try:
            return server, await rooms.backends.cluster(server.backend)
        except NotFound as error:
            raise ClusterRefused(error.message) from None

    async def _submit_beside(self, intent: Intent) -> None:
        """Tags and firewall profiles: see `machine/sides`."""
        server, cluster = await self._target(intent)
        await self._hold(intent)
        jobs = await self._recorder.sides.submit(cluster, server, intent)

        async def body(tx: Tx) -> None:
            found = await servers.lock(tx, intent.server)
            if found is None or not await outbox.held(tx, intent):
                return
            await outbox.done(tx, intent.id, jobs[-1] if jobs else None)
            await self._recorder.answered_beside(tx, found, intent, jobs)

        await self._rooms.store.transact("record jobs", body)

    async def _submit(self, intent: Intent) -> JobId:
        server, cluster = await self._target(intent)
        if intent.attempts > 1:
            job = await cluster.job_by_reason(intent.reason)
            if job is not None:
                return job
        if intent.action == "BUILD":
            await self._check_features(cluster)
            body = await self._create_body(server, intent)
            await self._hold(intent)
            return await cluster.create(body, reason=intent.reason)
        if intent.action == "GROW_VOLUME":
            await self._hold(intent)
            name, wanted = self._rooms.instance(server.id), intent.body
            size = int(wanted["size"]) * 1024
            return await cluster.grow_disk(name, int(wanted["disk"]), size, reason=intent.reason)
        if intent.action in DEVICES:
            body = await device_body(self._rooms, server, intent.action, intent.body)
            await self._hold(intent)
            name = self._rooms.instance(server.id)
            return await cluster.modify(name, body, reason=intent.reason)
        await self._hold(intent)
        return await self._change(cluster, intent)

    async def _check_features(self, cluster: Cluster) -> None:
        """A cluster that cannot take our creations is told apart before one is sent (GNT-031).
        What it could once it can as long as this process lives."""
        name = cluster.address.cluster
        if name in self._able:
            return
        if CREATES not in await cluster.features():
            raise ClusterRefused(f"Cluster {name} does not offer {CREATES}.")
        self._able.add(name)

    async def _change(self, cluster: Cluster, intent: Intent) -> JobId:
        name, reason = self._rooms.instance(intent.server), intent.reason
        if intent.action == "START":
            return await cluster.start(name, reason=reason)
        if intent.action == "STOP":
            return await cluster.stop(name, reason=reason, timeout=intent.body.get("timeout"))
        if intent.action == "REBOOT":
            hard = bool(intent.body.get("hard"))
            return await cluster.reboot(name, reason=reason, shutdown_timeout=0 if hard else None)
        if intent.action == "DESTROY":
            return await self._remove(cluster, intent, name)
        body = {key: value for key, value in intent.body.items() if key != "confirm"}
        return await cluster.modify(name, body, reason=reason)

    async def _remove(self, cluster: Cluster, intent: Intent, name: str) -> JobId:
        """Volumes that outlive the server are taken off first, from a server at rest; only then
        it goes (8.5). One that is coming or leaving meanwhile has arrived or left before anything
        is decided: taken off twice, it would hold up the removal; unseen, it would be lost."""
        staying = intent.body.get("kept", ())
        if staying:
            staying = await self._settled(cluster, intent)
        prefix, reason = f"{self._rooms.limits.prefix}vol-", intent.reason
        kept = {f"{prefix}{volume}" for volume in staying}
        if not kept:
            return await cluster.remove(name, reason=reason)
        instance = await cluster.instance(name)
        disks = sorted(kept & {disk.name for disk in instance.disks})
        if not disks:
            return await cluster.remove(name, reason=reason)
        stop = await once(cluster, intent, "stop", lambda why: cluster.stop(name, reason=why))
        backend = await self._rooms.backends.get(cluster.address.backend)
        body = {**leaving(backend, disks), "depends": [[stop, _ANY_END]]}
        off = await once(
            cluster, intent, "detach", lambda why: cluster.modify(name, body, reason=why)
        )
        return await cluster.remove(name, reason=reason, after=[off])

    async def _settled(self, cluster: Cluster, intent: Intent) -> Sequence[int]:
        """The volumes that outlive the server once the job before has ended and was heard of."""
        volumes, server = self._rooms.volumes, ServerId(intent.server)

        async def last(tx: Tx) -> int | None:
            return await outbox.last_job(tx, server, ("ATTACH_VOLUME", "DETACH_VOLUME"))

        # It was submitted or given up before this row was claimed: one at a time for each server.
        number = await self._rooms.store.read("last job about a disk", last)
        before = None if number is None else await cluster.job(JobId(number))
        if before is not None and not before.status.final:
            raise NotYet("A disk is coming or leaving.")

        async def body(tx: Tx) -> Sequence[int]:
            found = (await volumes.volumes_of(tx, [server])).get(server, ())
            if any(volume.status == "ATTACHING" for volume in found):
                raise NotYet("A disk has come, and was not heard of.")
            return await volumes.set_aside(tx, server)

        return await self._rooms.store.transact("volumes that outlive a server", body)

    async def _create_body(self, server: Server, intent: Intent) -> dict[str, Any]:
        """The body of ganeti.md 5.1; networks are brought to the cluster first (GNT-032)."""
        rooms = self._rooms
        try:
            found = await self._parts.get(server.id)
        except KeyError:
            raise Superseded from None
        before: list[JobId] = []
        if found.absent:
            before = await rooms.network.ensure_on(found.backend, server.id)
        return create_body(rooms, found, intent.body, before)

    async def _hold(self, intent: Intent) -> None:
        now = self._rooms.now()
        if intent.lease_until - now > LEASE - _FRESH:
            return  # nobody else can have it for longer than a request takes
        until = now + LEASE

        async def body(tx: Tx) -> bool:
            return await outbox.renew(tx, intent, until)

        if not await self._rooms.store.transact("renew a lease", body):
            raise Superseded

    async def _removed(self, intent: Intent) -> None:
        """The cluster has no such instance: the removal is done (6.2)."""
        rooms = self._rooms

        async def body(tx: Tx) -> None:
            server = await servers.lock(tx, intent.server)
            if server is None or not await outbox.held(tx, intent):
                return
            await outbox.done(tx, intent.id, None)
            await self._recorder.hear_one(tx, server, _gone_event(rooms, server.id), gone=True)

        await rooms.store.transact("record a removal", body)

    async def _give_up(self, intent: Intent, why: str) -> None:
        log.warn(
            "{action} of server {server} is given up: {why}",
            action=intent.action,
            server=intent.server,
            why=why,
        )

        async def body(tx: Tx) -> None:
            server = await servers.lock(tx, intent.server)
            if server is None or not await outbox.held(tx, intent):
                return
            await outbox.lost(tx, intent.id, why)
            if intent.action in SIDES:
                await self._recorder.sides.given_up(tx, intent)
                return
            await self._recorder.given_up(tx, server, intent.action, why)

        await self._rooms.store.transact("give up a submission", body)

    async def _drop(self, intent: Intent) -> None:
        async def body(tx: Tx) -> None:
            if await outbox.held(tx, intent):
                await outbox.lost(tx, intent.id, "superseded")
                if intent.action == SNAPSHOT:
                    await self._recorder.sides.given_up(tx, intent)

        await self._rooms.store.transact("drop a submission", body)

    async def _later(self, intent: Intent, why: str, *, failed: bool = True) -> bool:
        now = self._rooms.now()
        if now - intent.created > _PATIENCE.get(intent.action, _USUAL_PATIENCE):
            await self._give_up(intent, why)
            return True
        pause = min(_LONGEST_PAUSE, 2 ** min(intent.attempts, 10)) * SECOND
        if not failed:
            pause = SECOND

        async def body(tx: Tx) -> None:
            await outbox.later(tx, intent, now + pause, why)

        await self._rooms.store.transact("try again later", body)
        return False


def _gone_event(rooms: Rooms, server: ServerId) -> JobEvent:
    return JobEvent(
        cluster="",
        instance=rooms.instance(server),
        job=JobId(0),
        opcode=steps.REMOVE,
        status=JobStatus.SUCCESS,
        when=rooms.now(),
        source="reconcile",
    )
