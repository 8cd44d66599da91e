"""Floating IPs: drawn, on ports, shared, given back; on both engines."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.errors import Forbidden, Malformed, OverQuota
from synnefod.common.ids import NetworkId, ServerId
from synnefod.network.interface import (
    FloatingIpNotFound,
    NetworkConflict,
    NetworkInUse,
    NetworkNotFound,
    NewFloatingIp,
    NewSubnet,
    OwnNetwork,
    PoolEmpty,
    PortRequest,
)
from synnefod.network.records import networks as network_records
from synnefod.network.tenancy import Offer
from synnefod.quota.interface import (
    FLOATING_IP,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import ann, bob, service
from tests.unit.network.test_tenancy import ALL, WORK, TenancyCase, ann2, bob2


class FloatingSuite(TenancyCase):
    async def test_an_address_is_drawn_and_given_back(self: Any) -> None:
        """From any pool, or a wished one of a named pool; charged; others do not see it. NET-143,
        NET-144, NET-146, NET-147, NET-148, NET-149"""
        await self.refused(PoolEmpty, self.network.create_floating_ip(ann, NewFloatingIp()))
        two = NewSubnet("192.0.2.0/24", pools=(("192.0.2.2", "192.0.2.3"),))
        public = await self.public(two, floating_ip_pool=True)
        make = self.network.create_floating_ip
        ip = await make(ann, NewFloatingIp(public.id, "192.0.2.3"))
        self.assertEqual((ip.address, ip.port, ip.project), ("192.0.2.3", None, "ann"))
        await self.refused(NetworkConflict, make(ann, NewFloatingIp(public.id, "192.0.2.3")))
        await self.refused(Malformed, make(ann, NewFloatingIp(public.id, "192.0.2.9")))
        other = await make(ann, NewFloatingIp(address="192.0.2.77"))
        self.assertEqual(other.address, "192.0.2.2")
        self.assertEqual(await self.usage(FLOATING_IP), 2)
        await self.refused(PoolEmpty, make(bob, NewFloatingIp(public.id)))
        await self.refused(FloatingIpNotFound, self.network.floating_ip(bob, ip.id))
        await self.network.delete_floating_ip(ann, ip.id)
        self.assertEqual(await self.usage(FLOATING_IP), 1)
        self.assertEqual((await make(ann, NewFloatingIp(public.id))).address, "192.0.2.3")
        await self.refused(FloatingIpNotFound, self.network.floating_ip(ann, ip.id))

    async def test_pools_that_give_nothing(self: Any) -> None:
        """No pool, drained, unknown, over quota. NET-145, NET-147"""
        closed = await self.public()
        make = self.network.create_floating_ip
        await self.refused(NetworkConflict, make(ann, NewFloatingIp(closed.id)))
        await self.refused(NetworkNotFound, make(ann, NewFloatingIp(NetworkId(0))))
        mine = await self.network.create_own(ann, OwnNetwork())
        await self.refused(NetworkConflict, make(ann, NewFloatingIp(mine.id)))
        drained = await self.public(floating_ip_pool=True, drained=True)
        await self.refused(NetworkConflict, make(ann, NewFloatingIp(drained.id)))
        await self.refused(PoolEmpty, make(ann, NewFloatingIp()))
        await self.public(floating_ip_pool=True)
        for _ in range(2):
            await make(ann, NewFloatingIp())
        await self.refused(OverQuota, make(ann, NewFloatingIp()))
        self.assertEqual(len(await self.network.floating_ips(ann)), 2)

    async def test_an_address_goes_on_a_port_and_off(self: Any) -> None:
        """A public network needs one; a server's is found by its address; the address outlives
        its port, and the history tells. NET-104, NET-106, NET-122, NET-153, NET-156, NET-161"""
        public = await self.public(floating_ip_pool=True)
        ip = await self.network.create_floating_ip(ann, NewFloatingIp())
        make = self.network.create_port
        await self.refused(Malformed, make(ann, PortRequest(network=public.id)))
        theirs = PortRequest(network=public.id, address=ip.address)
        await self.refused(FloatingIpNotFound, make(bob, theirs))
        await self.do(lambda tx: network_records.change(tx, public.id, 1, drained=1))
        port = await make(ann, theirs)
        self.assertEqual([(each.address, each.floating) for each in port.ips], [(ip.address, True)])
        await self.refused(NetworkConflict, make(ann, theirs))
        await self.refused(NetworkInUse, self.network.delete_floating_ip(ann, ip.id))
        await self.network.delete_port(ann, port.id)

        def on(server: int, what: str = "claim_floating", address: str = ip.address) -> Any:
            act = getattr(self.network, what)
            return self.do(lambda tx: act(tx, ann, ServerId(server), address))

        await self.refused(FloatingIpNotFound, on(7, address="192.0.2.99"))
        await self.refused(Malformed, on(7, "floating_port"))
        port = await on(7)
        self.assertEqual((port.server, port.state), (7, "BUILD"))
        found = await self.network.floating_ip(ann, ip.id)
        self.assertEqual((found.port, found.server), (port.id, 7))
        await self.refused(NetworkConflict, on(8))
        await self.refused(Malformed, on(8, "floating_port"))
        await self.refused(FloatingIpNotFound, on(7, "floating_port", "192.0.2.99"))
        self.assertEqual((await on(7, "floating_port")).id, port.id)
        await self.release(7)
        self.assertIsNone((await self.network.floating_ip(ann, ip.id)).port)
        history = await self.rows("select server, action from ip_address_history order by id")
        self.assertEqual(history, [(7, "associate"), (7, "disassociate")])

    async def test_a_new_server_takes_a_free_address(self: Any) -> None:
        """Wished public networks use up one's floating IPs. NET-204"""
        self.network = service(
            self.store, self.clock, None, self.ledger, Offer(), give_public=False
        )
        public = await self.public(floating_ip_pool=True)
        wish = PortRequest(network=public.id)
        await self.refused(NetworkConflict, self.claim(7, wish))
        ip = await self.network.create_floating_ip(ann, NewFloatingIp())
        (port,) = await self.claim(7, wish)
        self.assertEqual([each.address for each in port.ips], [ip.address])
        exact = PortRequest(network=public.id, address=ip.address)
        await self.refused(NetworkConflict, self.claim(8, exact))

    async def test_an_address_moves_to_another_project(self: Any) -> None:
        """Also while it is on a port; only by its owner. NET-151, NET-152"""
        self.network = self.offering(ALL)
        await self.public(floating_ip_pool=True)
        ip = await self.network.create_floating_ip(ann2, NewFloatingIp())
        await self.do(lambda tx: self.network.claim_floating(tx, ann2, ServerId(7), ip.address))
        move = self.network.reassign_floating_ip
        await move(ann2, ip.id, WORK, shared=True)
        self.assertEqual(await self.usage(FLOATING_IP), 0)
        self.assertEqual(await self.usage(FLOATING_IP, "work"), 1)
        self.assertEqual([each.id for each in await self.network.floating_ips(bob2)], [ip.id])
        await self.refused(Forbidden, move(bob2, ip.id, WORK, shared=False))
        (seen,) = await self.network.ports(bob2)
        self.assertEqual(seen.server, 7)


class FloatingIpsOnSqlite(OnSqlite, FloatingSuite, TestCase):
    pass


class FloatingIpsOnPostgres(OnPostgres, FloatingSuite, TestCase):
    pass
