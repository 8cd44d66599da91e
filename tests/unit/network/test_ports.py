"""Ports: claimed with a server, following its cluster, given back; on both engines."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from synnefod.cluster.interface import Nic
from synnefod.common.errors import Conflict, Malformed
from synnefod.common.ids import NetworkId, PortId, ServerId
from synnefod.network.interface import (
    NetworkNotFound,
    NewSubnet,
    NoNetwork,
    PoolEmpty,
    PortNotFound,
    PortRequest,
)
from synnefod.network.records import ports as records
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import MINUTE, NetworkCase, ann, bob, nic, root

TINY = NewSubnet("192.0.2.0/29", pools=(("192.0.2.2", "192.0.2.3"),))
MAC = "aa:00:12:34:56:78"


class PortSuite(NetworkCase):
    """Each test runs on SQLite and on PostgreSQL."""

    async def test_a_server_gets_the_lowest_address_of_the_public_network(self: Any) -> None:
        """The forced port comes first, in BUILD, with the lowest free address. NET-180"""
        network = await self.public()
        for number, address in ((1, "192.0.2.2"), (2, "192.0.2.3")):
            (port,) = await self.claim(number)
            self.assertEqual([ip.address for ip in port.ips], [address])
            self.assertEqual((port.state, port.index, port.network), ("BUILD", 0, network.id))
        await self.release(1)
        (port,) = await self.claim(3)
        self.assertEqual([ip.address for ip in port.ips], ["192.0.2.2"])

    async def test_a_full_public_network_gives_way_to_the_next(self: Any) -> None:
        """Public networks are tried in order; when none has room it is 503."""
        first = await self.public(TINY)
        second = await self.public(NewSubnet("198.51.100.0/29", pools=(("198.51.100.2",) * 2,)))
        found = [(await self.claim(number))[0].network for number in (1, 2, 3)]
        self.assertEqual(found, [first.id, first.id, second.id])
        await self.refused(NoNetwork, self.claim(4))
        self.assertEqual(await self.of(4), [])

    async def test_a_drained_public_network_takes_no_port(self: Any) -> None:
        """Without an open public network a server simply has no public port."""
        await self.public(drained=True)
        self.assertEqual(await self.claim(1), [])

    async def test_a_wished_address_is_given_once(self: Any) -> None:
        """A free address of the pool is honoured; in use it conflicts; outside the pools it is
        malformed. NET-103"""
        network = await self.private()
        wish = PortRequest(network=network.id, address="10.1.0.9")
        (port,) = await self.claim(1, wish)
        self.assertEqual([ip.address for ip in port.ips], ["10.1.0.9"])
        await self.refused(Conflict, self.claim(2, wish))
        for wrong in ("10.1.0.1", "10.9.9.9", "x"):
            request = PortRequest(network=network.id, address=wrong)
            await self.refused(Malformed, self.claim(2, request))
        (port,) = await self.claim(2, PortRequest(network=network.id))
        self.assertEqual([ip.address for ip in port.ips], ["10.1.0.2"])

    async def test_an_exhausted_private_network_conflicts(self: Any) -> None:
        """No address is left: PoolEmpty, and nothing of the claim is kept. NET-107"""
        network = await self.private(ann, TINY)
        for number in (1, 2):
            await self.claim(number, PortRequest(network=network.id))
        await self.refused(PoolEmpty, self.claim(3, PortRequest(network=network.id)))
        self.assertEqual(await self.of(3), [])

    async def test_the_order_of_ports_is_forced_then_requested(self: Any) -> None:
        """Indices run from 0: the forced port, then the wishes in order. NET-206"""
        public, one, two = await self.public(), await self.private(), await self.private()
        wishes = [PortRequest(network=each.id) for each in (two, one)]
        ports = await self.claim(1, *wishes)
        self.assertEqual([port.network for port in ports], [public.id, two.id, one.id])
        self.assertEqual([port.index for port in ports], [0, 1, 2])

    async def test_nine_ports_are_too_many(self: Any) -> None:
        """More than eight ports are refused, and none is made. NET-207"""
        network = await self.private()
        await self.refused(Malformed, self.claim(1, *[PortRequest(network=network.id)] * 9))
        self.assertEqual(await self.of(1), [])
        self.assertEqual(len(await self.claim(1, *[PortRequest(network=network.id)] * 8)), 8)

    async def test_somebody_elses_network_does_not_exist(self: Any) -> None:
        """A foreign private network, and one that never was, are not found alike."""
        network = await self.private(bob)
        for number in (network.id, NetworkId(999)):
            wish = PortRequest(network=number)
            await self.refused(NetworkNotFound, self.claim(1, wish))
        self.assertEqual(len(await self.claim(1, PortRequest(network=network.id), who=root)), 1)

    async def test_a_network_without_ipv4_gives_no_ipv4(self: Any) -> None:
        """The port has no IPv4 address; asking for one is malformed. NET-108"""
        network = await self.private(ann, NewSubnet("2001:db8:9::/64"))
        (port,) = await self.claim(1, PortRequest(network=network.id))
        self.assertEqual(port.ips, ())
        wish = PortRequest(network=network.id, address="10.0.0.2")
        await self.refused(Malformed, self.claim(2, wish))

    async def test_a_subnet_without_pools_has_no_address(self: Any) -> None:
        """`allocation_pools: []` leaves nothing to give. NET-087"""
        network = await self.private(ann, NewSubnet("10.2.0.0/24", pools=()))
        await self.refused(PoolEmpty, self.claim(1, PortRequest(network=network.id)))

    # -- following the cluster

    async def test_a_reported_card_makes_its_port_active(self: Any) -> None:
        """MAC, index, firewall and the EUI-64 address follow the report. NET-190, NET-191"""
        await self.public()
        (port,) = await self.claim(1)
        await self.see(1, nic(port, MAC, "protected"))
        (port,) = await self.of(1)
        self.assertEqual((port.state, port.mac, port.firewall), ("ACTIVE", MAC, "ENABLED"))
        found = [ip.address for ip in port.ips]
        self.assertEqual(found, ["192.0.2.2", "2001:db8:1:2:a800:12ff:fe34:5678"])

    async def test_the_address_is_recorded_without_slaac_too(self: Any) -> None:
        """A /64 whose addresses are not announced has them recorded all the same. NET-191"""
        network = await self.private(ann, NewSubnet("2001:db8:1:2::/64", dhcp=False))
        (port,) = await self.claim(1, PortRequest(network=network.id))
        await self.see(1, nic(port, MAC))
        (port,) = await self.of(1)
        self.assertEqual([ip.version for ip in port.ips], [6])

    async def test_a_repeated_report_changes_nothing(self: Any) -> None:
        """The same NICs again leave rows and their times as they are."""
        await self.public()
        (port,) = await self.claim(1)
        await self.see(1, nic(port, MAC))
        before = (await self.of(1), await self.rows("select * from ip_addresses order by id"))
        self.clock.advance(MINUTE)
        await self.see(1, nic(port, MAC), Nic("", "aa:00:01:00:00:01", None, None))
        after = (await self.of(1), await self.rows("select * from ip_addresses order by id"))
        self.assertEqual(before, after)

    async def test_a_new_mac_replaces_the_ipv6_address(self: Any) -> None:
        """The IPv6 record follows the MAC; the IPv4 one stays. NET-192"""
        await self.public()
        (port,) = await self.claim(1)
        await self.see(1, nic(port, MAC))
        await self.see(1, nic(port, "aa:00:12:34:56:79"))
        (port,) = await self.of(1)
        found = [ip.address for ip in port.ips]
        self.assertEqual(found, ["192.0.2.2", "2001:db8:1:2:a800:12ff:fe34:5679"])

    async def test_a_new_ipv4_address_on_the_cluster_is_followed(self: Any) -> None:
        """The old address goes back to its pool, the reported one is taken from it; without any
        the port has none. GNT-130"""
        await self.public()
        (port,) = await self.claim(1)
        await self.see(1, nic(port, MAC))
        await self.see(1, evolve(nic(port, MAC), ip="192.0.2.77"))
        (port,) = await self.of(1)
        self.assertEqual([ip.address for ip in port.ips if ip.version == 4], ["192.0.2.77"])
        (other,) = await self.claim(2)
        self.assertEqual(other.ips[0].address, "192.0.2.2")
        await self.see(1, evolve(nic(port, MAC), ip=None))
        (port,) = await self.of(1)
        self.assertEqual([ip.version for ip in port.ips], [6])
        told = await self.rows(
            "select address, action from ip_address_history where server = 1 order by id"
        )
        self.assertEqual(
            told,
            [
                ("192.0.2.2", "associate"),
                ("192.0.2.2", "disassociate"),
                ("192.0.2.77", "associate"),
                ("192.0.2.77", "disassociate"),
            ],
        )

    async def test_an_address_that_is_another_s_is_not_followed(self: Any) -> None:
        """The port keeps its own, and whoever reported is told why. GNT-130"""
        await self.public()
        (one,) = await self.claim(1)
        (two,) = await self.claim(2)
        seen = evolve(nic(one, MAC), ip=two.ips[0].address)
        troubles = await self.do(lambda tx: self.network.see_nics(tx, {ServerId(1): [seen]}))
        self.assertEqual([(server, seen.ip in text) for server, text in troubles], [(1, True)])
        (port,) = await self.of(1)
        self.assertEqual(port.ips[0].address, "192.0.2.2")

    async def test_an_active_port_that_is_not_reported_is_gone(self: Any) -> None:
        """Its addresses are free again, and the history says so. NET-161"""
        await self.public()
        (port,) = await self.claim(1)
        await self.see(1, nic(port, MAC))
        await self.see(1)
        self.assertEqual(await self.of(1), [])
        self.assertEqual(await self.rows("select * from ip_addresses"), [])
        told = await self.rows("select address, server, action from ip_address_history order by id")
        self.assertEqual(told, [("192.0.2.2", 1, "associate"), ("192.0.2.2", 1, "disassociate")])
        (port,) = await self.claim(2)
        self.assertEqual(port.ips[0].address, "192.0.2.2")

    async def test_a_young_port_waits_for_its_report(self: Any) -> None:
        """For a minute a port in BUILD may be missing from reports; then it is removed."""
        await self.public()
        await self.claim(1)
        await self.see(1)
        self.assertEqual(len(await self.of(1)), 1)
        self.clock.advance(MINUTE + 1)
        await self.see(1)
        self.assertEqual(await self.of(1), [])

    async def test_a_failed_server_has_its_ports_in_error(self: Any) -> None:
        """Ports in BUILD are in ERROR, and give back their addresses with the server."""
        await self.public()
        await self.claim(1)
        for _ in range(2):
            await self.do(lambda tx: self.network.fail_ports(tx, ServerId(1)))
            self.assertEqual([port.state for port in await self.of(1)], ["ERROR"])
        for _ in range(2):
            await self.release(1)
            self.assertEqual(await self.rows("select * from ports"), [])
        self.assertEqual((await self.claim(2))[0].ips[0].address, "192.0.2.2")

    async def test_cards_are_described_for_the_cluster(self: Any) -> None:
        """The NICs of a creation name port and network with the prefix, without IPv4 a null IP.
        NET-193"""
        public = await self.public()
        six = await self.private(ann, NewSubnet("2001:db8:9::/64"))
        one, two = await self.claim(1, PortRequest(network=six.id))
        bodies = (await self.do(lambda tx: self.network.nic_bodies(tx, [ServerId(1)])))[1]
        self.assertEqual(
            bodies,
            [
                {
                    "name": f"snf-nic-{one.id}",
                    "network": f"snf-net-{public.id}",
                    "ip": "192.0.2.2",
                },
                {"name": f"snf-nic-{two.id}", "network": f"snf-net-{six.id}", "ip": None},
            ],
        )

    # -- seeing

    async def test_ports_are_their_owners(self: Any) -> None:
        """One's own ports are listed and shown; administrators see all; others see nothing."""
        await self.public()
        (mine,) = await self.claim(1)
        (theirs,) = await self.claim(2, who=bob)
        self.assertEqual(await self.network.ports(ann), [mine])
        self.assertEqual(await self.network.ports(root), [mine, theirs])
        self.assertEqual(await self.network.port(ann, mine.id), mine)
        await self.refused(PortNotFound, self.network.port(ann, theirs.id))
        await self.refused(PortNotFound, self.network.port(root, PortId(999)))

    async def test_an_existing_port_goes_to_one_server(self: Any) -> None:
        """A free port of one's own is attached in BUILD; attached it is in use."""
        network = await self.private()

        async def loose(tx: Any) -> PortId:
            return await records.insert(
                tx, 1, owner="ann", project="ann", network=network.id, state="DOWN"
            )

        port = await self.do(loose)
        await self.refused(PortNotFound, self.claim(1, PortRequest(port=port), who=bob))
        (found,) = await self.claim(1, PortRequest(port=port))
        self.assertEqual((found.id, found.state, found.server), (port, "BUILD", 1))
        await self.refused(Conflict, self.claim(2, PortRequest(port=port)))


class PortsOnSqlite(OnSqlite, PortSuite, TestCase):
    pass


class PortsOnPostgres(OnPostgres, PortSuite, TestCase):
    async def test_simultaneous_claims_share_no_address(self) -> None:
        """Twenty transactions at once get twenty addresses, without a gap. NET-184"""
        await self.public()
        work = [Deferred.fromCoroutine(self.claim(number)) for number in range(1, 21)]
        found = [ports[0].ips[0].address for ports in await gatherResults(work)]
        self.assertEqual(
            sorted(found, key=lambda text: int(text.rpartition(".")[2])),
            [f"192.0.2.{last}" for last in range(2, 22)],
        )

    async def test_fifty_at_once_get_fifty_addresses(self) -> None:
        """While as many ports go as come, no address is two ports', and what was given back is
        given out again before what was never used (NET-180, NET-184)."""
        network = await self.private()
        wish = PortRequest(network=network.id)

        async def one(port: Any) -> Any:
            if port is not None:
                await self.network.delete_port(ann, port.id)
            return await self.network.create_port(ann, wish)

        made: list[Any] = [None] * 50
        for _ in range(2):
            made = await gatherResults([Deferred.fromCoroutine(one(port)) for port in made])
            given = sorted(int(port.ips[0].address.rpartition(".")[2]) for port in made)
            self.assertEqual(len(set(given)), 50)
            self.assertLess(given[-1], 2 + 100)
        left = await self.rows("select count(*), count(distinct address) from ip_addresses")
        self.assertEqual(left, [(50, 50)])

    async def test_simultaneous_wishes_have_one_winner(self) -> None:
        """Of many who wish for one address exactly one gets it. NET-103, NET-184"""
        network = await self.private()
        wish = PortRequest(network=network.id, address="10.1.0.77")

        async def attempt(number: int) -> bool:
            try:
                await self.claim(number, wish)
            except Conflict:
                return False
            return True

        work = [Deferred.fromCoroutine(attempt(number)) for number in range(1, 9)]
        self.assertEqual((await gatherResults(work)).count(True), 1)
