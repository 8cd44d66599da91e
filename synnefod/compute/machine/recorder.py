"""Writes a step down: the row, the quota, the parts, all in the caller's transaction."""

from __future__ import annotations

from attrs import evolve

from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.ids import JobId, PortId, Serial, VolumeId, new_uuid
from synnefod.common.jsonio import dump_text, parse
from synnefod.compute.interface import Diagnostic, Flavor, Operstate, Server
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.changes import DEVICES
from synnefod.compute.machine.growing import followed_root, give_back, grown
from synnefod.compute.machine.rescuing import seen_rescue
from synnefod.compute.machine.sides import FIREWALL, Sides
from synnefod.compute.machine.states import Output
from synnefod.compute.machine.step import Step
from synnefod.compute.machine.tagnames import decoded_tags
from synnefod.compute.records import flavors, history, outbox, secrets, servers
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

    async def hear(self, tx: Tx, server: Server, event: JobEvent, *, gone: bool) -> Server:
        """The row after the report; a report that came too early is kept for later."""
        beside = await self.sides.hear(tx, server, event)
        if beside:
            return server
        if beside is None or steps.too_early(server.life, event):
            kept = dump_text({"event": event, "gone": gone})
            await outbox.park(tx, server.id, event.job, kept, self._rooms.now())
            return server
        step = steps.apply(server.life, event, gone=gone)
        return await self._record(tx, server, step, event)

    async def answered(self, tx: Tx, server: Server, action: str, job: int) -> Server:
        """The cluster took the submission as `job`; reports that were kept are heard now."""
        life = steps.answered(server.life, action, job)
        server = evolve(server, life=life, updated=self._rooms.now())
        await servers.save(tx, server)
        return await self._hear_kept(tx, server)

    async def given_up(self, tx: Tx, server: Server, action: str, why: str) -> Server:
        """The submission will not be tried again."""
        step = steps.given_up(server.life, action)
        server = await self._record(tx, server, step, None, why=why)
        return await self._hear_kept(tx, server)

    async def answered_beside(
        self, tx: Tx, server: Server, intent: Intent, jobs: list[JobId]
    ) -> Server:
        """The cluster took a submission beside the task as `jobs`."""
        await self.sides.answered(tx, intent, jobs)
        return await self._hear_kept(tx, server)

    async def _hear_kept(self, tx: Tx, server: Server) -> Server:
        for raw in await outbox.unpark(tx, server.id):
            kept = parse(raw)
            event = parse(dump_text(kept["event"]), JobEvent)
            server = await self.hear(tx, server, event, gone=bool(kept["gone"]))
        return server

    async def _record(
        self, tx: Tx, before: Server, step: Step, event: JobEvent | None, *, why: str = ""
    ) -> Server:
        if step.life == before.life and not step.outputs:
            return before
        rooms, now = self._rooms, self._rooms.now()
        after = evolve(before, life=step.life, updated=now, deleted=step.life.deleted)
        flavor = None
        if event is not None and Output.FOLLOW_FLAVOR in step.outputs:
            flavor = await self._reported_flavor(tx, before, event)
            after = after if flavor is None else evolve(after, flavor=flavor.id)
        for output in step.outputs:
            if output in (Output.ACCEPT, Output.REJECT) and before.life.serial is not None:
                serial = Serial(before.life.serial)
                await rooms.quota.settle(tx, serial, accept=output is Output.ACCEPT)
            elif output is Output.RECOUNT:
                await self._recount(tx, before, after, flavor)
            elif output in (Output.SEE_NICS, Output.SEE_DISKS) and event is not None:
                await self._see(tx, before, event, output)
                if output is Output.SEE_DISKS and step.settled != "GROW_VOLUME":
                    after = await followed_root(tx, rooms, after)
            elif output is Output.SEE_RESCUE and event is not None:
                after = await seen_rescue(tx, rooms.limits, after, event)
            elif output in (Output.FAIL_PARTS, Output.RELEASE_PARTS):
                after = await self._part_with(tx, after, failed=output is Output.FAIL_PARTS)
            elif output is Output.RETRY_CREATE:
                body = await outbox.last_body(tx, before.id, "BUILD")
                body["opportunistic_locking"] = False
                await outbox.add(tx, new_uuid(), before.id, "BUILD", body, "", now)
        if step.settled == "RESIZE" and step.good:
            given = await outbox.last_body(tx, before.id, "RESIZE")
            old = before.flavor if given.get("confirm") else None
            after = evolve(after, resized_from=old, resized_at=None if old is None else now)
        if step.settled in (*DEVICES, "DESTROY"):
            await self._settle_device(tx, before, step)
        if step.settled == "GROW_VOLUME" and step.good:
            after = await grown(tx, rooms, after)
        needed = after.reboot_required and not _began(after, step, event)
        after = evolve(after, reboot_required=needed)
        await self._built(tx, before, after, event)
        await self._tell(tx, before, step, event, why, now)
        await servers.save(tx, after)
        return after

    async def _part_with(self, tx: Tx, server: Server, *, failed: bool) -> Server:
        """What belongs to a server that could not be built, or that is no more."""
        network, volumes = self._rooms.network, self._rooms.volumes
        if failed:
            await network.fail_ports(tx, server.id)
            await volumes.fail_volumes(tx, server.id)
            await servers.drop_tags(tx, server.id, None, "PENDADD")
            return server
        await network.release_ports(tx, server.id)
        await volumes.release_volumes(tx, server.id)
        await secrets.forget(tx, server.id, "password")
        await outbox.unpark(tx, server.id)  # nobody asks for them any more
        return evolve(server, rescue=False, rescue_image=None)

    async def _see(self, tx: Tx, server: Server, event: JobEvent, output: Output) -> None:
        """While a part is added or removed, only the job that does it says what there is."""
        life = server.life
        if life.task in DEVICES and event.job != life.task_job:
            return
        if output is Output.SEE_NICS and event.nics is not None:
            await self._rooms.network.see_nics(tx, server.id, event.nics)
        if output is Output.SEE_DISKS and event.disks is not None:
            await self._rooms.volumes.see_disks(tx, server.id, event.disks)

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

    async def _recount(self, tx: Tx, before: Server, after: Server, flavor: Flavor | None) -> None:
        old = await flavors.get(tx, before.flavor)
        assert old is not None
        volumes = (await self._rooms.volumes.volumes_of(tx, [before.id])).get(before.id, ())
        if after.deleted:
            charges = difference(usage(before, old, volumes), usage(after, old))
        else:
            charges = difference(usage(before, old), usage(after, flavor or old))
        if charges:
            name = f"server: {before.id}, followed from its cluster"
            await self._rooms.quota.charge(tx, charges, name=name, force=True)

    async def _built(self, tx: Tx, before: Server, after: Server, event: JobEvent | None) -> None:
        was, now = before.life.operstate, after.life.operstate
        if was is Operstate.BUILD and now is not Operstate.BUILD:
            await secrets.forget(tx, before.id, "params")
            await secrets.forget(tx, before.id, "deployment")
            if now in (Operstate.STARTED, Operstate.STOPPED):
                tags = decoded_tags(event.tags) if event is not None and event.tags else None
                await servers.activate_tags(tx, before.id, tags)

    async def _tell(
        self, tx: Tx, before: Server, step: Step, event: JobEvent | None, why: str, now: int
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
            await history.diagnose(tx, before.id, diagnostic)
        if step.settled:
            good = step.good
            message = None if good else why[:255] or None
            names = (action, "revertResize") if action == "resize" else (action,)
            for name in names:
                await history.finish(tx, before.id, name, now, good=good, message=message)


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
