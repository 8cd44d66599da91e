"""The audit log on both engines: rows, their chain, and what breaks it."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.audit.chain import AuditDesk
from synnefod.audit.interface import Deed, Search
from synnefod.audit.recording import RecordedStore, Recorder
from synnefod.common.clockwork import gather
from synnefod.common.errors import Conflict, Malformed
from synnefod.common.ids import new_uuid
from tests.harness.cloud import NOW
from tests.harness.database import OnPostgres, OnSqlite

DEED = Deed("ada", "token", "compute.Servers.create", "/servers", "198.51.100.7", "p", "req-1")


class AuditSuite:
    """What the log promises, whatever the engine."""

    async def setUp(self) -> None:
        self.plain = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.store = RecordedStore(self.plain, self.clock)
        self.recorder = Recorder(self.plain, self.clock)
        self.desk = AuditDesk(self.plain, self.clock, days=400)

    async def do(self, deed: Deed = DEED, times: int = 1, *, fails: bool = False) -> None:
        """A request's transactions, which write into a table of anybody's."""

        async def body(tx: Any) -> None:
            await tx.run("insert into user_groups (name) values ('g' || :n)", n=new_uuid())
            if fails:
                raise Conflict("no")

        with self.recorder.deed(deed):
            for _ in range(times):
                await self.store.transact("x", body)

    async def rows(self, **wanted: Any) -> list[Any]:
        return [each.deed.action for each in await self.desk.search(Search(**wanted))]

    async def test_a_deed_s_row_is_committed_with_it_and_once(self) -> None:
        """OPS-153: written in the same transaction as the change; what is rolled back left none."""
        await self.do(times=2)
        (entry,) = await self.desk.search(Search())
        self.assertEqual((entry.deed, entry.outcome), (DEED, "done"))
        await self.assertFailure(ensureDeferred(self.do(fails=True)), Conflict)
        self.assertEqual(len(await self.rows()), 1)

    async def test_what_nobody_asked_for_leaves_no_row(self) -> None:
        """OPS-153: the daemon's own work is no deed."""

        async def body(tx: Any) -> None:
            await tx.run("insert into user_groups (name) values ('g')")

        await self.store.transact("x", body)
        self.assertEqual(await self.rows(), [])

    async def test_rows_are_found_by_who_what_and_when(self) -> None:
        """OPS-153: audit-list"""
        await self.do()
        other = evolve(DEED, actor="bob", action="identity.Tokens.issue", request="req-2")
        await self.recorder.refused(other, "Forbidden")
        self.assertEqual(await self.rows(actor="bob"), [other.action])
        self.assertEqual(await self.rows(action="compute."), [DEED.action])
        self.assertEqual(await self.rows(action="compute"), [])
        self.assertEqual(await self.rows(outcome="refused"), [other.action])
        self.assertEqual(await self.rows(request="req-1"), [DEED.action])
        newest = (await self.desk.search(Search(limit=1)))[0]
        self.assertEqual(await self.rows(before=newest.id), [DEED.action])
        self.assertEqual(await self.rows(since=newest.moment + 1), [])
        await self.assertFailure(ensureDeferred(self.rows(limit=0)), Malformed)

    async def test_a_sealed_chain_is_whole_until_somebody_touches_it(self) -> None:
        """OPS-153: hash-chained; a changed, a removed and a forged row are each found."""
        for number in range(5):
            await self.do(evolve(DEED, request=f"req-{number}"))
        self.assertEqual((await self.desk.verify()).waiting, 5)
        self.assertEqual(await self.desk.seal(), 5)
        self.assertEqual(await self.desk.seal(), 0)
        whole = await self.desk.verify()
        self.assertEqual((whole.rows, whole.waiting, whole.broken), (5, 0, None))
        for sql, broken in (
            ("update audit_log set actor = 'eve' where seq = 3", 3),
            ("update audit_log set actor = 'ada' where seq = 3", None),
            ("delete from audit_log where seq = 5", 5),
            ("delete from audit_log where seq = 2", 2),
        ):
            await self.plain.transact("tamper", lambda tx, sql=sql: tx.run(sql))
            self.assertEqual((await self.desk.verify()).broken, broken, sql)

    async def test_two_sealers_give_each_row_one_place(self) -> None:
        """OPS-153: daemons of one deployment seal the same log."""
        for number in range(8):
            await self.do(evolve(DEED, request=f"req-{number}"))
        other = AuditDesk(self.plain, self.clock)
        sealed = await gather([self.desk.seal(), other.seal(), self.desk.seal()])
        self.assertEqual(sum(sealed), 8)
        self.assertEqual((await self.desk.verify()).rows, 8)

    async def test_what_is_too_old_is_forgotten_and_the_rest_still_verifies(self) -> None:
        """OPS-153: kept 400 days."""
        await self.do()
        await self.desk.seal()
        self.clock.advance(401 * 86400)
        await self.do(evolve(DEED, request="req-2"))
        await self.desk.seal()
        self.assertEqual(await self.desk.forget(), 1)
        self.assertEqual(await self.desk.forget(), 0)
        verdict = await self.desk.verify()
        self.assertEqual((verdict.rows, verdict.broken), (1, None))


class AuditOnSqlite(OnSqlite, AuditSuite, TestCase):
    pass


class AuditOnPostgres(OnPostgres, AuditSuite, TestCase):
    pass
