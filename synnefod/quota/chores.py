"""Periodic work on quotas."""

from __future__ import annotations

from twisted.logger import Logger

from synnefod.common import metrics
from synnefod.common.clockwork import Every, IClock
from synnefod.common.text import MICROSECONDS
from synnefod.quota.interface import Commissions

log = Logger()


def watching(commissions: Commissions, clock: IClock, *, every: float, overdue: int) -> Every:
    """Counts pending commissions every `every` seconds, and warns of those that have waited
    longer than `overdue` seconds (AST-076); `begin` starts it."""

    async def look() -> None:
        waiting = await commissions.overdue(0)
        now = clock.seconds()
        metrics.commissions_pending.set(len(waiting))
        ages = [now - each.issued / MICROSECONDS for each in waiting]
        metrics.commission_oldest.labels("all").set(max(ages, default=0))
        for each, age in zip(waiting, ages, strict=True):
            if age > overdue:
                log.warn(
                    "commission {serial} '{name}' has been pending for {age} s",
                    serial=each.serial,
                    name=each.name,
                    age=int(age),
                )

    return Every(clock, every, look, "watching commissions")
