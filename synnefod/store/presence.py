"""Which daemons work on a database: each writes a row again every few seconds.

A row that was not written for STALE seconds is a dead daemon's, and so is one of this host whose
process is gone.
"""

from __future__ import annotations

import os
import socket

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx

BEAT = 10
STALE = 35


@frozen
class Present:
    """A daemon that works on the database. `seen` in microseconds."""

    holder: str
    release: str
    host: str
    pid: int
    roles: str
    seen: int


@frozen
class Presence:
    """One daemon's own row, and those of the others."""

    store: Store
    clock: IClock
    holder: str
    release: str
    roles: str

    async def beat(self) -> None:
        """Says that this daemon lives."""
        now = micros(self.clock.seconds())

        async def write(tx: Tx) -> None:
            await tx.run(
                "insert into daemons (holder, release, host, pid, roles, started, seen)"
                " values (:holder, :release, :host, :pid, :roles, :now, :now)"
                " on conflict (holder) do update set release = :release, host = :host, pid = :pid,"
                " roles = :roles, seen = :now",
                holder=self.holder,
                release=self.release,
                host=socket.gethostname(),
                pid=os.getpid(),
                roles=self.roles,
                now=now,
            )
            await tx.run("delete from daemons where seen < :then", then=now - 24 * 3600 * 1_000_000)

        await self.store.transact("a daemon lives", write)

    async def leave(self) -> None:
        """Says that it does not any more."""

        async def write(tx: Tx) -> None:
            await tx.run("delete from daemons where holder = :holder", holder=self.holder)

        await self.store.transact("a daemon leaves", write)

    async def others(self) -> list[Present]:
        """The living ones but this one, by name."""
        since = micros(self.clock.seconds()) - STALE * 1_000_000

        async def read(tx: Tx) -> list[Present]:
            rows = await tx.all(
                "select holder, release, host, pid, roles, seen from daemons"
                " where seen >= :since and holder <> :holder order by holder",
                since=since,
                holder=self.holder,
            )
            return [Present(*row) for row in rows]

        found = await self.store.read("living daemons", read)
        return [each for each in found if not gone(each)]


def gone(daemon: Present) -> bool:
    """Whether its process ended, as far as can be seen from here."""
    if daemon.host != socket.gethostname():
        return False
    try:
        os.kill(daemon.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
