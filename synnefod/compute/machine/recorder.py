"""Writes a step down: the row, the quota, the parts, all in the transaction of a sheaf."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.ids import JobId, PortId, Serial, VolumeId, new_uuid
from synnefod.common.jsonio import dump_text, parse
from synnefod.compute.interface import Diagnostic, Flavor, Operstate, Server
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.changes import DEVICES
from synnefod.compute.machine.growing import give_back, grown
from synnefod.compute.machine.rescuing import seen_rescue
from synnefod.compute.machine.sheaf import Sheaf
from synnefod.compute.machine.sides import FIREWALL, Sides
from synnefod.compute.machine.states import Output
from synnefod.compute.machine.step import Step
from synnefod.compute.machine.tagnames import decoded_tags
from synnefod.compute.records import flavors, history, outbox, secrets, tagged
from synnefod.compute.records.history import Ended
from synnefod.compute.records.outbox import Intent
from synnefod.compute.rooms import Rooms
from synnefod.compute.usage import difference, usage
from synnefod.store.interface import Tx

ACTION_NAMES = {
    "BUILD": "create",
    "START": "start",
    "STOP": "stop",
    "REBOOT": "reboot",
    "RESIZE": "resize",
    "DESTROY": "delete",
    "CONNECT": "attach_interface",
    "DISCONNECT": "detach_interface",
    "ATTACH_VOLUME": "attach_volume",
    "DETACH_VOLUME": "detach_volume",
    "DELETE_VOLUME": "delete_volume",
    "GROW_VOLUME": "extend_volume",
    "RESCUE": "rescue",
    "UNRESCUE": "unrescue",
}
"""Stored task -> word of os-instance-actions."""


class Recorder:
    """Applies reports and outcomes to locked rows."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self.sides = Sides(rooms)

    async def hear(self, sheaf: Sheaf, number: int, event: JobEvent, *, gone: bool) -> None:
        """The row after the report; a report that came too early is kept for later."""
        server = sheaf.rows[number]
        beside = await self.sides.hear(sheaf, server, event)
        if beside:
            return
        if beside is None or steps.too_early(server.life, event):
            kept = dump_text({"event": event, "gone": gone})
            await outbox.park(sheaf.tx, server.id, event.job, kept, self._rooms.now())
            return
        step = steps.apply(server.life, event, gone=gone)
        await self._record(sheaf, server, step, event)

    async def hear_one(self, tx: Tx, server: Server, event: JobEvent, *, gone: bool) -> None:
        """A report about a locked row, by itself."""
        sheaf = Sheaf(tx, self._rooms, {server.id: server})
        await self.hear(sheaf, server.id, event, gone=gone)
        await sheaf.write()

    async def answered(
        self, sheaf: Sheaf, number: int, action: str, job: int, kept: Sequence[str]
    ) -> None:
        """The cluster took the submission as `job`; reports that were `kept` are heard now."""
        server = sheaf.rows[number]
        life = steps.answered(server.life, action, job)
        sheaf.put(evolve(server, life=life, updated=self._rooms.now()))
        await self._hear_kept(sheaf, number, kept)

    async def given_up(self, tx: Tx, server: Server, action: str, why: str) -> None:
        """The submission will not be tried again."""
        sheaf = Sheaf(tx, self._rooms, {server.id: server})
        step = steps.given_up(server.life, action)
        await self._record(sheaf, server, step, None, why=why)
        await self._hear_all(sheaf, server.id)

    async def answered_beside(
        self, tx: Tx, server: Server, intent: Intent, jobs: list[JobId]
    ) -> None:
        """The cluster took a submission beside the task as `jobs`."""
        await self.sides.answered(tx, intent, jobs)
        await self._hear_all(Sheaf(tx, self._rooms, {server.id: server}), server.id)

    async def _hear_all(self, sheaf: Sheaf, number: int) -> None:
        kept = await outbox.unpark(sheaf.tx, [number])
        await self._hear_kept(sheaf, number, kept.get(number, ()))
        await sheaf.write()

    async def _hear_kept(self, sheaf: Sheaf, number: int, kept: Sequence[str]) -> None:
        for raw in kept:
            early = parse(raw)
            event = parse(dump_text(early["event"]), JobEvent)
            await self.hear(sheaf, number, event, gone=bool(early["gone"]))

    async def _record(
        self, sheaf: Sheaf, before: Server, step: Step, event: JobEvent | None, *, why: str = ""
    ) -> None:
        if step.life == before.life and not step.outputs:
            return
        tx, rooms, now = sheaf.tx, self._rooms, self._rooms.now()
        after = evolve(before, life=step.life, updated=now, deleted=step.life.deleted)
        flavor = None
        if event is not None and Output.FOLLOW_FLAVOR in step.outputs:
            flavor = await self._reported_flavor(tx, before, event)
            after = after if flavor is None else evolve(after, flavor=flavor.id)
        for output in step.outputs:
            if output in (Output.ACCEPT, Output.REJECT) and before.life.serial is not None:
                sheaf.outcomes[Serial(before.life.serial)] = output is Output.ACCEPT
            elif output is Output.RECOUNT:
                await self._recount(sheaf, before, after, flavor)
            elif output in (Output.SEE_NICS, Output.SEE_DISKS) and event is not None:
                self._see(sheaf, before, event, output, step)
            elif output is Output.SEE_RESCUE and event is not None:
                after = await seen_rescue(tx, rooms.limits, after, event)
            elif output in (Output.FAIL_PARTS, Output.RELEASE_PARTS):
                sheaf.put(after)
                await sheaf.settle(before.id)
                failed = output is Output.FAIL_PARTS
                after = await self._part_with(tx, sheaf.rows[before.id], failed=failed)
            elif output is Output.RETRY_CREATE:
                body = await outbox.last_body(tx, before.id, "BUILD")
                body["opportunistic_locking"] = False
                await outbox.add(tx, new_uuid(), before.id, "BUILD", body, "", now)
        if after.reboot_required and _began(after, step, event):
            after = evolve(after, reboot_required=False)
        sheaf.put(after)
        await self._settle(sheaf, before, step)
        await self._built(sheaf, before, event)
        await self._tell(sheaf, before, step, event, why, now)

    async def _settle(self, sheaf: Sheaf, before: Server, step: Step) -> None:
        """What the end of the server's own job means for what the job was about."""
        tx, now = sheaf.tx, self._rooms.now()
        if step.settled == "RESIZE" and step.good:
            given = await outbox.last_body(tx, before.id, "RESIZE")
            old = before.flavor if given.get("confirm") else None
            when = None if old is None else now
            sheaf.put(evolve(sheaf.rows[before.id], resized_from=old, resized_at=when))
        if step.settled in (*DEVICES, "DESTROY"):
            await sheaf.settle(before.id)
            await self._settle_device(tx, before, step)
        if step.settled == "GROW_VOLUME" and step.good:
            sheaf.put(await grown(tx, self._rooms, sheaf.rows[before.id]))

    async def _part_with(self, tx: Tx, server: Server, *, failed: bool) -> Server:
        """What belongs to a server that could not be built, or that is no more."""
        network, volumes = self._rooms.network, self._rooms.volumes
        if failed:
            await network.fail_ports(tx, server.id)
            await volumes.fail_volumes(tx, server.id)
            await tagged.drop_tags(tx, server.id, None, "PENDADD")
            return server
        await network.release_ports(tx, server.id)
        await volumes.release_volumes(tx, server.id)
        await secrets.forget(tx, server.id, "password")
        await outbox.unpark(tx, [server.id])  # nobody asks for them any more
        return evolve(server, rescue=False, rescue_image=None)

    def _see(
        self, sheaf: Sheaf, server: Server, event: JobEvent, output: Output, step: Step
    ) -> None:
        """While a part is added or removed, only the job that does it says what there is."""
        life = server.life
        if life.task in DEVICES and event.job != life.task_job:
            return
        if output is Output.SEE_NICS:
            sheaf.see(server.id, event.nics, None)
        else:
            sheaf.see(server.id, None, event.disks, root=step.settled != "GROW_VOLUME")

    async def _settle_device(self, tx: Tx, server: Server, step: Step) -> None:
        """What came to nothing is as it was; a NIC that is gone leaves no profile (NET-199)."""
        if step.settled == "DESTROY":
            if not step.good:
                await self._rooms.volumes.stay(tx, server.id)
            return
        given = await outbox.last_body(tx, server.id, step.settled)
        if step.good:
            if step.settled == "DISCONNECT" and given.get("walled"):
                nic = f"{self._rooms.limits.prefix}nic-{given['port']}"
                body, now = {"nic": nic, "profile": ""}, self._rooms.now()
                await outbox.add(tx, new_uuid(), server.id, FIREWALL, body, "", now)
        elif step.settled == "CONNECT":
            keep = bool(given.get("keep"))
            await self._rooms.network.take_back(tx, PortId(given["port"]), keep=keep)
        elif step.settled in ("ATTACH_VOLUME", "DETACH_VOLUME", "DELETE_VOLUME"):
            await give_back(tx, self._rooms, given)
            await self._rooms.volumes.take_back(tx, VolumeId(given["volume"]))

    async def _reported_flavor(self, tx: Tx, server: Server, event: JobEvent) -> Flavor | None:
        """The flavor that the server has after the job; None when nothing is known to match."""
        old = await flavors.get(tx, server.flavor)
        assert old is not None
        cpus, memory = steps.shape(event)
        wanted = (cpus or old.cpu, memory or old.ram)
        if wanted == (old.cpu, old.ram):
            return None
        new = await flavors.like(tx, *wanted, old.disk, old.volume_type)
        if new is None:
            text = f"No flavor has {wanted[0]} CPUs, {wanted[1]} MiB of memory and this disk."
            await history.diagnose(
                tx,
                server.id,
                Diagnostic(self._rooms.now(), "ERROR", "flavor", text, source_date=event.when),
            )
        return new

    async def _recount(
        self, sheaf: Sheaf, before: Server, after: Server, flavor: Flavor | None
    ) -> None:
        old = await sheaf.flavor(before.flavor)
        if after.deleted:
            await sheaf.settle(before.id)
            found = await self._rooms.volumes.volumes_of(sheaf.tx, [before.id])
            charges = difference(usage(before, old, found.get(before.id, ())), usage(after, old))
        else:
            charges = difference(usage(before, old), usage(after, flavor or old))
        if charges:
            sheaf.charges.append((f"server: {before.id}, followed from its cluster", charges))

    async def _built(self, sheaf: Sheaf, before: Server, event: JobEvent | None) -> None:
        was, now = before.life.operstate, sheaf.rows[before.id].life.operstate
        if was is Operstate.BUILD and now is not Operstate.BUILD:
            sheaf.built.add(before.id)
            if now in (Operstate.STARTED, Operstate.STOPPED):
                tags = decoded_tags(event.tags) if event is not None and event.tags else None
                await tagged.activate_tags(sheaf.tx, before.id, tags)

    async def _tell(
        self,
        sheaf: Sheaf,
        before: Server,
        step: Step,
        event: JobEvent | None,
        why: str,
        now: int,
    ) -> None:
        """A diagnostic for what failed, and the end of the request that asked for it."""
        failed = bool(step.settled) and not step.good
        if event is not None and event.status in (JobStatus.ERROR, JobStatus.CANCELED):
            failed = failed or step.life.operstate is not before.life.operstate
            why = why or reason_of(event)
        action = ACTION_NAMES.get(step.settled, step.settled.lower())
        if failed and not step.life.deleted:
            source = action or (event.opcode if event is not None else "cluster")
            when = event.when if event is not None else now
            diagnostic = Diagnostic(now, "ERROR", source, why or "failed", source_date=when)
            await history.diagnose(sheaf.tx, before.id, diagnostic)
        if step.settled:
            message = None if step.good else why[:255] or None
            names = (action, "revertResize") if action == "resize" else (action,)
            sheaf.ended += [Ended(before.id, name, step.good, message) for name in names]


def _began(server: Server, step: Step, event: JobEvent | None) -> bool:
    """Whether what was changed of the server holds from now on: it does not run, or began again."""
    if server.life.operstate is not Operstate.STARTED or (step.settled == "REBOOT" and step.good):
        return True
    if event is None or event.status is not JobStatus.SUCCESS:
        return False
    return event.opcode in ("OP_INSTANCE_REBOOT", "OP_INSTANCE_STARTUP")


def reason_of(event: JobEvent) -> str:
    """Why a job failed, for the person whose server it was; from `["OpPrereqError",[text, ..]]`."""
    result = event.result
    if isinstance(result, list | tuple) and len(result) > 1:
        detail = result[1]
        if isinstance(detail, list | tuple) and detail and isinstance(detail[0], str):
            return detail[0]
        if isinstance(detail, str):
            return detail
    if isinstance(result, str) and result:
        return result
    return event.log or f"The job was {event.status.value}."
