"""What a list of servers costs the database: the same for one server and for many."""

from __future__ import annotations

from typing import Any

from synnefod.compute.interface import Operstate
from synnefod.store.sqlite_tx import SqliteTx
from tests.unit.resources.compute.site import LEGACY, NOVA
from tests.unit.resources.compute.test_nova_actions import RealSite


class Statements(RealSite):
    async def build(self) -> None:
        await super().build()
        self.sent: list[str] = []
        real = SqliteTx._do

        async def counted(tx: SqliteTx, sql: str, *more: Any) -> Any:
            self.sent.append(sql)
            return await real(tx, sql, *more)

        self.patch(SqliteTx, "_do", counted)

    async def cost(self, path: str) -> tuple[int, int]:
        """How many servers are listed, and by how many statements."""
        self.sent.clear()
        answer = await self.ask("GET", path)
        return len(answer.json()["servers"]), len(self.sent)

    async def test_many_servers_cost_no_more_statements_than_one(self) -> None:
        """Over the real networks and volumes, in both dialects, at the first read and later."""
        paths = [mount + "/servers/detail" for mount in (LEGACY, NOVA)]
        await self.started()
        ones = [await self.cost(path) for path in paths]
        self.assertEqual([count for count, _ in ones], [1, 1])
        for place in range(20):
            await self.settled(int(await self.make(name=f"s{place}")), Operstate.STARTED)
        for _ in range(2):
            many = [await self.cost(path) for path in paths]
            self.assertEqual(many, [(21, statements) for _, statements in ones])
        self.assertLess(max(statements for _, statements in ones), 12, self.sent)
