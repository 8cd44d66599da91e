"""Quotas kept by a schedule: a letter, days of grace, softly, at any price (OPS-119)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from attrs import frozen
from twisted.logger import Logger

from synnefod.common.text import MICROSECONDS, iso_z
from synnefod.compute.enforcing import Enforcement, Scope
from synnefod.compute.records import excesses
from synnefod.compute.records.excesses import Excess, Key
from synnefod.compute.rooms import Rooms
from synnefod.compute.victims import Means, Violation
from synnefod.quota.interface import DISK
from synnefod.store.interface import Tx

log = Logger()
DAY = 86_400 * MICROSECONDS
EVENT = "quota exceeded"
_SAID = {
    "notice": "Please make room before {soft}; after that, servers may be shut down.",
    "soft": "The days of grace are over: servers may be shut down and addresses taken off them.",
    "hard": "The days of grace are over: servers, volumes and addresses may be removed.",
}


class Letters(Protocol):
    """Where letters to people are put, in the transaction that causes them."""

    async def put(
        self, tx: Tx, event: str, to: str | Sequence[str], *, person: str | None, **details: str
    ) -> None: ...


@frozen
class Policy:
    """Days after the notice until each stage (`hard_days` 0: never), for these resources."""

    resources: frozenset[str]
    soft_days: float
    hard_days: float
    system_volumes: bool = False
    cascade: bool = False
    most: int | None = None


@frozen
class Policing:
    """`addresses` names whom a violation's letter goes to."""

    rooms: Rooms
    enforcement: Enforcement
    policy: Policy
    letters: Letters
    addresses: Callable[[Violation], Awaitable[Sequence[str]]]

    async def round(self) -> None:
        """Notes what is exceeded now, writes to those whom it concerns, and does what is due. Any
        number of daemons may do so at once: a letter is written by the one that made the note."""
        found = await self.enforcement.violations(self.policy.resources, Scope())
        over = {_key(each): each for each in found}
        now = self.rooms.now()
        for key, violation in over.items():
            if not violation.pending:
                await self._note(key, violation, now)

        async def forget(tx: Tx) -> list[Excess]:
            known = await excesses.every(tx)
            for each in known:
                if each.key not in over:
                    await excesses.end(tx, each.key)
            return [each for each in known if each.key in over]

        known = await self.rooms.store.transact("quotas that are kept again", forget)
        for stage in ("soft", "hard"):
            due = [each for each in known if self._stage(each, now) == stage]
            if due:
                await self._act(stage, {each.key: over[each.key] for each in due}, now)

    def _stage(self, excess: Excess, now: int) -> str:
        days = (now - excess.since) / DAY
        if self.policy.hard_days and days >= self.policy.hard_days:
            return "hard"
        return "soft" if days >= self.policy.soft_days else "notice"

    async def _note(self, key: Key, violation: Violation, now: int) -> None:
        people = await self.addresses(violation)

        async def body(tx: Tx) -> None:
            if await excesses.begin(tx, key, now):
                await self._write(tx, "notice", violation, people, now)

        await self.rooms.store.transact("note an exceeded quota", body)

    async def _act(self, stage: str, due: dict[Key, Violation], now: int) -> None:
        for key, violation in due.items():
            people = await self.addresses(violation)

            async def body(
                tx: Tx, key: Key = key, violation: Violation = violation, to: Sequence[str] = people
            ) -> None:
                if await excesses.move(tx, key, stage):
                    await self._write(tx, stage, violation, to, now)

            await self.rooms.store.transact(f"a quota's {stage} stage", body)
        names = frozenset(key[2] for key in due)
        hard = names if stage == "hard" else frozenset()
        means = Means(
            hard=hard,
            soft=names - {DISK} - hard,
            system_volumes=self.policy.system_volumes,
            cascade=self.policy.cascade,
        )
        if not means.hard | means.soft:
            return
        done = await self.enforcement.enforce(
            means, Scope(only=frozenset(due)), fix=True, most=self.policy.most
        )
        for left in done.remains:
            log.warn("a quota stays exceeded by {left}: {why}", left=left.left, why=left.why)

    async def _write(
        self, tx: Tx, stage: str, violation: Violation, people: Sequence[str], now: int
    ) -> None:
        soft = iso_z(now + int(self.policy.soft_days * DAY))
        await self.letters.put(
            tx,
            EVENT,
            list(people),
            person=None,
            resource=violation.resource,
            usage=str(violation.usage),
            limit=str(violation.limit),
            project=violation.project,
            said=_SAID[stage].format(soft=soft),
        )


def _key(violation: Violation) -> Key:
    return violation.holder, violation.source or "", violation.resource
