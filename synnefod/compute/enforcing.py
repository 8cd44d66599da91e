"""Keeping quotas by taking away what is too much (OPS-114 to OPS-118)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from attrs import frozen
from twisted.logger import Logger

from synnefod.common.errors import Malformed, Refusal
from synnefod.compute.administration import ADMINISTRATOR
from synnefod.compute.interface import Actions, Compute, Detail, Wanted
from synnefod.compute.rooms import Rooms
from synnefod.compute.usage import GIB, MIB
from synnefod.compute.victims import (
    RESOURCES,
    STOPPED,
    Deed,
    Means,
    Plan,
    Remainder,
    Thing,
    Violation,
    told,
)
from synnefod.quota.interface import (
    CPU,
    DISK,
    FLOATING_IP,
    RAM,
    TOTAL_CPU,
    TOTAL_RAM,
    VM,
    Holding,
)
from synnefod.store.interface import Tx

log = Logger()


@frozen
class Scope:
    """Whose quotas: UUIDs; an empty collection of those that are meant means everybody."""

    users: Collection[str] = ()
    exclude_users: Collection[str] = ()
    projects: Collection[str] = ()
    exclude_projects: Collection[str] = ()
    only: Collection[tuple[str, str, str]] = ()
    """Only these counters: holder, source or "", resource."""


@frozen
class Enforced:
    """What was found and done. `pending`: counters that are left alone because a commission of
    theirs is not settled."""

    violations: Sequence[Violation]
    deeds: Sequence[Deed]
    remains: Sequence[Remainder]
    pending: Sequence[Violation]


@frozen
class Enforcement:
    """Implements `Enforcing`."""

    rooms: Rooms
    compute: Compute

    async def violations(self, resources: Collection[str], scope: Scope) -> list[Violation]:
        """Projects' before users' ones; without projects when users are named (OPS-117)."""

        async def body(tx: Tx) -> list[Holding]:
            return await self.rooms.quota.every(tx)

        found = await self.rooms.store.read("quotas", body)
        over = [
            each for each in found if each.resource in resources and each.usage_max > each.limit
        ]
        over.sort(key=lambda each: each.source is not None)
        return [
            Violation(
                number,
                "user" if each.source else "project",
                each.holder,
                each.source,
                each.resource,
                each.limit,
                each.usage_max,
                pending=bool(each.pending),
            )
            for number, each in enumerate((one for one in over if _meant(one, scope)), 1)
        ]

    async def enforce(
        self,
        means: Means,
        scope: Scope,
        *,
        fix: bool = False,
        most: int | None = None,
        timeout: int | None = None,
    ) -> Enforced:
        """Decides what has to go, and with `fix` does it: at most `most` operations on each
        cluster. `timeout`: seconds that a guest may take to shut down. Raises Malformed."""
        check(means)
        found = await self.violations(means.hard | means.soft, scope)
        plan = Plan(await self._things(), means)
        for violation in found:
            if not violation.pending:
                plan.take(violation)
        deeds: list[Deed] = list(plan.deeds.values())
        if fix:
            deeds = await self._carry_out(deeds, most, timeout)
        pending = [each for each in found if each.pending]
        return Enforced(found, deeds, plan.remains, pending)

    async def _things(self) -> list[Thing]:
        details = await self.compute.servers.list(ADMINISTRATOR, Wanted(everybody=True))
        volumes = await self.rooms.volumes.visible(ADMINISTRATOR, everybody=True)
        addresses = await self.rooms.network.floating_ips(ADMINISTRATOR)
        homes = {int(d.server.id): d.server.backend for d in details}
        found = [_server(detail) for detail in details]
        found += [
            Thing(
                "volume",
                int(each.id),
                each.user,
                each.project,
                "DELETING" if each.doomed else each.status,
                homes.get(int(each.server or 0)),
                {DISK: each.size * GIB},
                on=each.server,
                system=each.index == 0,
                outlives=not each.delete_on_termination,
            )
            for each in volumes
        ]
        for each in addresses:
            on = each.server
            state = "FREE" if on is None else "ACTIVE"
            uses = {FLOATING_IP: 1}
            owner, backend = each.owner, homes.get(on or 0)
            found.append(
                Thing("floating_ip", int(each.id), owner, each.project, state, backend, uses, on=on)
            )
        return found

    async def _carry_out(
        self, deeds: Sequence[Deed], most: int | None, timeout: int | None
    ) -> list[Deed]:
        """One that is refused does not keep the others."""
        done: list[Deed] = []
        asked: Counter[int] = Counter()
        for deed in deeds:
            backend = deed.thing.backend
            if backend is not None and most is not None and asked[backend] >= most:
                done.append(told(deed, "postponed: enough operations on its cluster"))
                continue
            if backend is not None:
                asked[backend] += 1
            try:
                await self._work(deed, timeout)()
            except Refusal as error:
                done.append(told(deed, f"refused: {error.message}"))
            else:
                log.warn(
                    "quota: {action} {kind} {number}",
                    action=deed.action,
                    kind=deed.thing.kind,
                    number=deed.thing.id,
                )
                done.append(told(deed, "asked for"))
        return done

    def _work(self, deed: Deed, timeout: int | None) -> Callable[[], Awaitable[object]]:
        thing, compute = deed.thing, self.compute
        actions: Actions = compute.actions

        async def detach() -> None:
            found = await self.rooms.network.floating_ip(ADMINISTRATOR, thing.id)  # type: ignore[arg-type]
            assert thing.on is not None
            await compute.devices.remove_floating(ADMINISTRATOR, thing.on, found.address)

        work: Mapping[tuple[str, str], Callable[[], Awaitable[object]]] = {
            ("server", "stop"): lambda: actions.stop(ADMINISTRATOR, thing.id, timeout=timeout),
            ("server", "remove"): lambda: actions.delete(ADMINISTRATOR, thing.id),
            ("volume", "delete"): lambda: compute.disks.delete(ADMINISTRATOR, thing.id),  # type: ignore[arg-type]
            ("floating_ip", "delete"): lambda: self.rooms.network.delete_floating_ip(
                ADMINISTRATOR,
                thing.id,  # type: ignore[arg-type]
            ),
            ("floating_ip", "detach"): detach,
        }
        return work[thing.kind, deed.action]


def check(means: Means) -> None:
    """Raises Malformed for what cannot be kept so."""
    for name in sorted(means.hard | means.soft):
        if name not in RESOURCES:
            raise Malformed(f"'{name[:64]}' is not one of {', '.join(RESOURCES)}.")
    if DISK in means.soft:
        raise Malformed(f"{DISK} is kept by removing volumes alone: name it in --resources.")


def _meant(each: Holding, scope: Scope) -> bool:
    if scope.only and (each.holder, each.source or "", each.resource) not in scope.only:
        return False
    project = (each.source or each.holder).partition(":")[2]
    if (scope.projects and project not in scope.projects) or project in scope.exclude_projects:
        return False
    if each.source is None:
        return not scope.users
    user = each.holder.partition(":")[2]
    return user not in scope.exclude_users and (not scope.users or user in scope.users)


def _server(detail: Detail) -> Thing:
    server, flavor = detail.server, detail.flavor
    uses = {VM: 1, TOTAL_CPU: flavor.cpu, TOTAL_RAM: flavor.ram * MIB}
    running = {CPU: flavor.cpu, RAM: flavor.ram * MIB}
    state = server.life.operstate
    counted = running if state.counted else {}
    return Thing(
        "server",
        int(server.id),
        server.user,
        server.project,
        state.value,
        server.backend,
        {**uses, **counted},
        counted,
        extra=any(volume.index != 0 for volume in detail.volumes),
    )


DEFAULT = Means(soft=STOPPED)
"""What is looked at when no resource is named: what a shutdown keeps, and nothing that removes."""
