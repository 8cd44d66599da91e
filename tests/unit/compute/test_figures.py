"""Figures, and servers given away, by the services alone: what their SQL says on each engine."""

from __future__ import annotations

from typing import Any

from synnefod.compute.interface import Operstate
from synnefod.quota.interface import DISK, VM
from tests.unit.compute.house import ALICE, MALLORY, HouseCase
from tests.unit.compute.real import RealNeighbours


class Figures(RealNeighbours, HouseCase):
    async def test_figures(self) -> None:
        """Live and removed servers, networks and what servers were made from (CMP-286,
        CMP-288)."""
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        other = await self.house.create("db2")
        await self.house.settle(other, Operstate.STARTED)
        await self.house.parts.compute.actions.delete(ALICE, other)
        await self.house.settle(other, Operstate.DESTROYED)
        public = await self.house.parts.compute.statistics.public()
        one = {"count": 1, "cpu": 2, "ram": 2048, "disk": 10}
        self.assertEqual(public["servers"]["ACTIVE"], one)
        self.assertEqual(public["servers"]["DELETED"], one)
        self.assertEqual(sum(each["count"] for each in public["networks"].values()), 2)
        detail: Any = await self.house.parts.compute.statistics.detail()
        self.assertEqual(detail["servers"]["started"]["count"], 1)
        self.assertEqual(detail["images"], {"user:linux:debian": 1})
        self.assertEqual(detail["ip_pools"]["active"]["count"], 0)

    async def test_a_server_is_given_away(self) -> None:
        """Rows and charges move (CMP-281, CMP-282)."""
        await self.grant(MALLORY)
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        before = await self.house.usage()
        await self.house.parts.compute.belonging.give(number, MALLORY.user)
        after, theirs = await self.house.usage(), await self.house.usage(MALLORY.user)
        for resource in (VM, DISK):
            self.assertEqual(after[resource][1], 0)
            self.assertEqual(theirs[resource], before[resource])
        detail = await self.house.parts.compute.servers.show(MALLORY, number)
        self.assertEqual(detail.server.user, MALLORY.user)
        self.assertEqual({port.user for port in detail.ports}, {MALLORY.user})
        self.assertEqual({volume.user for volume in detail.volumes}, {MALLORY.user})
        rows = await self.house.store.read(
            "history", lambda tx: tx.all("select owner, action from ip_address_history order by id")
        )
        told = [tuple(row) for row in rows][-1]
        self.assertEqual(told, (MALLORY.user, "associate"))
