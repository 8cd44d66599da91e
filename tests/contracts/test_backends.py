"""The registry's SQL on both engines: allocation under a crowd, names and indices once."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from synnefod.backends import records
from synnefod.backends.interface import Need, NoBackend
from synnefod.backends.projects import ProjectBackends
from synnefod.backends.registry import Changes, NewBackend, Registry
from synnefod.backends.secrets import SecretBox
from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.interface import Capacity
from synnefod.common.clockwork import gather
from synnefod.common.errors import AlreadyExists
from synnefod.common.ids import ProjectId, UserId
from tests.harness.database import OnPostgres, OnSqlite

USER, PROJECT = UserId("u"), ProjectId("p")
NEED = Need(memory=1024, disk=2048, vcpus=1, disk_template="file")


class BackendsContract:
    """Mixed with an engine's `make_store`."""

    async def setUp(self) -> None:
        self.store = await self.make_store()  # type: ignore[attr-defined]
        self.registry = Registry(self.store, GanetiClusters(reactor), SecretBox("key"), reactor)

    async def made(self, name: str, **more: Any) -> Any:
        new = NewBackend(name, "https://h:5080", "u", "p", drained=False, check=False, **more)
        backend = await self.registry.add(new)

        async def figures(tx: Any) -> None:
            await records.set_figures(
                tx, backend.id, Capacity(50_000, 100_000, 500_000, 1_000_000, 0, 64), 1
            )
            values = {"disk_templates": records.templates_text(["file"])}
            await records.update(tx, backend.id, values)

        await self.store.transact("figures", figures)
        return backend

    async def allocate(self) -> Any:
        return await self.store.transact(
            "allocate", lambda tx: self.registry.allocate(tx, USER, PROJECT, NEED)
        )

    async def test_a_crowd_is_spread_and_counted(self) -> None:
        """Twenty at once: each takes its need off, and no two see the same figures. GNT-069"""
        await self.made("one")
        await self.made("two")
        chosen = await gather([self.allocate() for _ in range(20)])
        one, two = await self.registry.all()
        self.assertEqual((one.instances, two.instances), (10, 10))
        self.assertEqual(one.mfree, 50_000 - 10 * 1024)
        self.assertEqual(two.dfree, 500_000 - 10 * 2048)
        self.assertEqual(len({(each.id, each.mfree) for each in chosen}), 20)

    async def test_names_and_mappings_are_there_once(self) -> None:
        """Of two that add the same at once one is refused; mappings go with their backend."""
        await self.made("one")
        try:
            await self.made("one")
        except AlreadyExists:
            pass
        else:
            raise AssertionError("a second backend of the same cluster")
        two = await self.made("two", public=False)
        await ProjectBackends(self.store).add(PROJECT, two.id)
        self.assertEqual((await self.allocate()).name, "two")
        await self.registry.remove(two.id)
        self.assertEqual(await ProjectBackends(self.store).all(), [])
        self.assertEqual((await self.allocate()).name, "one")
        third = await self.made("three")
        self.assertEqual(third.index, 1)
        self.assertGreater(third.id, two.id)

    async def test_changes_are_kept(self) -> None:
        """What is modified is read back; figures stop at nothing. GNT-070"""
        one = await self.made("one")
        await self.registry.modify(one.id, Changes(name="new", drained=True), check=False)
        found = await self.registry.by_cluster_name("new")
        assert found is not None
        self.assertTrue(found.drained)
        try:
            await self.allocate()
        except NoBackend:
            return
        raise AssertionError("a drained backend was chosen")


class OnEmbedded(OnSqlite, BackendsContract, TestCase):
    """SQLite."""


class OnServer(OnPostgres, BackendsContract, TestCase):
    """PostgreSQL."""
