"""Pools and networks on no cluster are compared and mended; on both engines."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.ids import BackendId
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import NetworkCase, service


class NoBackends:
    async def all(self) -> list[Any]:
        return []


class MendedSuite(NetworkCase):
    async def setUp(self: Any) -> None:
        await super().setUp()  # type: ignore[safe-super]
        self.network = service(self.store, self.clock, NoBackends())

    async def check(self: Any, *, fix: bool = False) -> list[tuple[str, str]]:
        found = await self.network.upkeep.pools(fix=fix)
        return [(each.kind, each.result) for each in found]

    async def test_pools_are_put_right(self: Any) -> None:
        """OPS-112, NET-234"""
        network = await self.public()
        for number in (1, 2, 3):
            await self.claim(number)
        self.assertEqual(await self.check(), [])
        await self.do(lambda tx: tx.run("delete from ip_addresses where address = '192.0.2.2'"))
        await self.do(lambda tx: tx.run("update ip_pools set next = next - 1"))
        kinds = ("leaked", "free in use")
        self.assertEqual(await self.check(), [(kind, "reported") for kind in kinds])
        self.assertEqual(await self.check(fix=True), [(kind, "fixed") for kind in kinds])
        self.assertEqual(await self.check(), [])
        free = await self.network.upkeep.free_addresses()
        self.assertEqual(free, {})
        await self.do(
            lambda tx: tx.run(
                "insert into backend_networks (network, backend, operstate, updated)"
                " values (:network, 3, 'ACTIVE', 0)",
                network=network.id,
            )
        )
        free = await self.network.upkeep.free_addresses()
        self.assertEqual(free, {BackendId(3): (251, 253)})

    async def test_a_forgotten_cluster_ends_what_waited_for_it(self: Any) -> None:
        """GNT-161, NET-234"""
        network = await self.public()
        await self.do(
            lambda tx: tx.run(
                "insert into backend_networks (network, backend, operstate, updated)"
                " values (:network, 3, 'ACTIVE', 0)",
                network=network.id,
            )
        )
        await self.do(lambda tx: tx.run("update networks set action = 'DESTROY'"))
        self.assertEqual(await self.network.upkeep.networks(fix=True), [])
        await self.do(lambda tx: self.network.upkeep.left(tx, BackendId(3)))
        self.assertEqual(await self.rows("select deleted from networks"), [(1,)])


class MendedOnSqlite(MendedSuite, OnSqlite, TestCase):
    pass


class MendedOnPostgres(MendedSuite, OnPostgres, TestCase):
    pass
