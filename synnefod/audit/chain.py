"""Sealing rows, verifying the chain, and forgetting what is too old."""

from __future__ import annotations

from attrs import frozen
from twisted.logger import Logger

from synnefod.audit import records
from synnefod.audit.interface import Entry, Search, Verdict
from synnefod.common.clockwork import Every, IClock
from synnefod.common.errors import Malformed
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx

log = Logger()
AT_ONCE = 1_000
MOST_SHOWN = 1_000
DAY = 86400 * 1_000_000


@frozen
class AuditDesk:
    """Implements `Audit`, and its upkeep. `days`: how long rows are kept."""

    store: Store
    clock: IClock
    days: int = 400

    async def search(self, search: Search) -> list[Entry]:
        if not 1 <= search.limit <= MOST_SHOWN:
            raise Malformed(f"A page has 1 to {MOST_SHOWN} rows.")
        return await self.store.read("search audit", lambda tx: records.search(tx, search))

    async def seal(self) -> int:
        """Gives all waiting rows their places; how many. Another daemon may do the same."""
        total = 0
        while True:
            number, _ = await self.store.transact(
                "seal audit", lambda tx: records.seal(tx, AT_ONCE)
            )
            total += number
            if number < AT_ONCE:
                return total

    async def forget(self) -> int:
        """Deletes what is older than `days`; how many rows."""
        before = micros(self.clock.seconds()) - self.days * DAY
        total = 0
        while True:
            number = await self.store.transact(
                "forget audit", lambda tx: records.forget(tx, before, AT_ONCE)
            )
            total += number
            if number < AT_ONCE:
                return total

    async def verify(self) -> Verdict:
        async def ends(tx: Tx) -> tuple[int, str, int, str, int]:
            return await records.head(tx)

        last, head, oldest, before, waiting = await self.store.read("audit head", ends)
        rows, at = 0, oldest - 1
        while at < last:
            page = await self._page(at)
            for entry in page:
                assert entry.seq is not None
                if entry.seq > last:
                    break
                right = records.digest(entry, entry.seq, before)
                if entry.seq != at + 1 or entry.hash != right:
                    return Verdict(rows, waiting, at + 1, head)
                rows, at, before = rows + 1, entry.seq, right
            if not page:
                return Verdict(rows, waiting, at + 1, head)
        return Verdict(rows, waiting, None if before == head else last, head)

    async def _page(self, after: int) -> list[Entry]:
        return await self.store.read("verify audit", lambda tx: records.sealed(tx, after, AT_ONCE))

    async def tell_head(self) -> None:
        """Writes the head into the log, so that a chain made anew would not fit (15.8)."""
        last, head, *_ = await self.store.read("audit head", records.head)
        log.info("audit log: {seq} rows, head {head}", seq=last, head=head, event="audit_head")


def timers(desk: AuditDesk) -> list[Every]:
    """Sealing every 5 s, forgetting every day, the head in the log every hour."""
    return [
        Every(desk.clock, 5.0, desk.seal, "sealing audit rows"),
        Every(desk.clock, 86400.0, desk.forget, "forgetting audit rows"),
        Every(desk.clock, 3600.0, desk.tell_head, "telling the audit head"),
    ]
