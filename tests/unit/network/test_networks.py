"""Networks and subnets as administrators make them and users see them."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.errors import Conflict, Malformed, TooLarge
from synnefod.common.ids import NetworkId, SubnetId
from synnefod.network import addressing
from synnefod.network.interface import NetworkNotFound, NewNetwork, NewSubnet, SubnetNotFound
from synnefod.network.records import pools as pool_records
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import V4, NetworkCase, ann, bob, root


class NetworkSuite(NetworkCase):
    async def test_some_addresses_are_nobodys(self: Any) -> None:
        """A pool that reaches from end to end of its range, as old deployments have them, never
        gives out the network's, the broadcast or the gateway address (NET-185)."""
        row = await self.public(NewSubnet("192.0.2.0/29", gateway="192.0.2.4"))
        (subnet,) = row.subnets

        async def rebuild(tx: Any) -> list[str | None]:
            whole = addressing.v4_number("192.0.2.0")
            await pool_records.drop_pools(tx, subnet)
            await pool_records.add_pool(tx, subnet, whole, whole + 7)
            await pool_records.reserve(
                tx, subnet, addressing.never_given("192.0.2.0/29", "192.0.2.4")
            )
            return [await pool_records.take(tx, subnet) for _ in range(6)]

        given = await self.do(rebuild)
        hosts = [f"192.0.2.{last}" for last in (1, 2, 3, 5, 6)]
        self.assertEqual(given, [*hosts, None])

    async def test_a_network_is_made_with_its_subnets(self: Any) -> None:
        """A CUSTOM network is bridged with the usual prefix and no tags; ACTIVE at once and on no
        cluster. NET-170, NET-037"""
        row = await self.public(floating_ip_pool=True)
        self.assertEqual(
            (row.mode, row.link, row.mac_prefix, row.tags), ("bridged", "br0", "aa:00:0", ())
        )
        self.assertEqual((row.state, row.public, row.external_router), ("ACTIVE", True, True))
        self.assertEqual(await self.network.presences(row.id), {})
        four, six = await self.network.subnets(ann)
        self.assertEqual(row.subnets, (four.id, six.id))
        self.assertEqual((four.cidr, four.gateway, four.version), ("192.0.2.0/24", "192.0.2.1", 4))
        self.assertEqual(four.pools, (("192.0.2.2", "192.0.2.254"),))
        self.assertEqual((six.cidr, six.gateway), ("2001:db8:1:2::/64", "2001:db8:1:2::1"))
        self.assertEqual((six.pools, six.public), ((), True))

    async def test_who_sees_which_network(self: Any) -> None:
        """One's own and the public ones, by number; everything for administrators.
        NET-093, NET-026"""
        mine, public, theirs = await self.private(), await self.public(), await self.private(bob)
        self.assertEqual(await self.network.networks(ann), [mine, public])
        self.assertEqual(await self.network.networks(root), [mine, public, theirs])
        self.assertEqual(await self.network.network(ann, mine.id), mine)
        for number in (theirs.id, NetworkId(99)):
            await self.refused(NetworkNotFound, self.network.network(ann, number))
        seen = {subnet.network for subnet in await self.network.subnets(ann)}
        self.assertEqual(seen, {mine.id, public.id})
        await self.refused(SubnetNotFound, self.network.subnet(ann, theirs.subnets[0]))
        await self.refused(SubnetNotFound, self.network.subnet(root, SubnetId(99)))

    async def test_a_second_subnet_of_a_version_is_refused(self: Any) -> None:
        """A network has one subnet of each version; nothing is made."""
        new = NewNetwork("n", public=True, subnets=(V4, V4))
        await self.refused(Malformed, self.network.create_network(new))
        self.assertEqual(await self.network.networks(root), [])

    async def test_wrong_wishes_are_refused(self: Any) -> None:
        """Flavor, name, owner, prefix and ranges are checked, and nothing is kept. NET-060"""
        for kind, new in [
            (Malformed, NewNetwork("n", flavor="X", public=True)),
            (Malformed, NewNetwork("n" * 129, public=True)),
            (Malformed, NewNetwork("n\0", public=True)),
            (Malformed, NewNetwork("n")),
            (Malformed, NewNetwork("n", public=True, mac_prefix="aa:00:00")),
            (Malformed, NewNetwork("n", public=True, mac_prefix="ab:00:1")),
            (TooLarge, NewNetwork("n", public=True, subnets=(NewSubnet("10.0.0.0/8"),))),
            (
                Conflict,
                NewNetwork(
                    "n",
                    public=True,
                    subnets=(NewSubnet("10.0.0.0/24", pools=(("10.0.0.1",) * 2,)),),
                ),
            ),
        ]:
            await self.refused(kind, self.network.create_network(new))
        self.assertEqual(await self.network.networks(root), [])


class NetworksOnSqlite(OnSqlite, NetworkSuite, TestCase):
    pass


class NetworksOnPostgres(OnPostgres, NetworkSuite, TestCase):
    pass


class Addresses(SynchronousTestCase):
    def test_the_usual_pools_of_a_class_c(self) -> None:
        """NET-083: pools around a gateway at the ends and in the middle."""
        for gateway, pools in [
            ("10.0.0.1", [("10.0.0.2", "10.0.0.254")]),
            ("10.0.0.254", [("10.0.0.1", "10.0.0.253")]),
            ("10.0.0.150", [("10.0.0.1", "10.0.0.149"), ("10.0.0.151", "10.0.0.254")]),
            (None, [("10.0.0.1", "10.0.0.254")]),
        ]:
            found = addressing.usual_pools("10.0.0.0/24", gateway)
            self.assertEqual(
                [(addressing.v4_text(low), addressing.v4_text(high)) for low, high in found], pools
            )

    def test_the_address_of_a_card(self) -> None:
        """NET-190: the contract's example."""
        self.assertEqual(
            addressing.eui64("2001:db8:1:2::/64", "aa:00:12:34:56:78"),
            "2001:db8:1:2:a800:12ff:fe34:5678",
        )

    def test_wrong_ranges(self) -> None:
        """Unparsable, with host bits, of the other family, too long or short."""
        for text, version in [
            ("x", 4),
            ("10.0.0.1/24", 4),
            ("10.0.0.0/24", 6),
            ("2001:db8::/64", 4),
            ("2001:db8::/63", 6),
            ("2001:db8::/65", 6),
        ]:
            self.assertRaises(Malformed, addressing.parse_cidr, text, version)
        for text in ("10.0.0.0/30", "10.0.0.0/15"):
            self.assertRaises(TooLarge, addressing.parse_cidr, text, 4)

    def test_wrong_gateways(self) -> None:
        """Malformed, outside the range, or the network's or broadcast address."""
        for text in ("x", "10.0.1.1", "10.0.0.0", "10.0.0.255", "::1"):
            self.assertRaises(Malformed, addressing.parse_gateway, text, "10.0.0.0/24")
        self.assertEqual(addressing.parse_gateway(None, "10.0.0.0/24"), None)
        self.assertEqual(
            addressing.parse_gateway("2001:db8::1%eth0", "2001:db8::/64"), "2001:db8::1"
        )

    def test_wrong_pools(self) -> None:
        """NET-085: the ends of the network, start after end, the gateway inside, an overlap;
        and what is no IPv4 address; pools are sorted before they are compared."""
        for pools in [
            [("10.0.0.0", "10.0.0.9")],
            [("10.0.0.9", "10.0.0.255")],
            [("10.0.0.9", "10.0.0.8")],
            [("10.0.0.1", "10.0.0.8")],
            [("10.0.0.20", "10.0.0.30"), ("10.0.0.10", "10.0.0.20")],
            [("10.0.1.1", "10.0.1.2")],
        ]:
            self.assertRaises(Conflict, addressing.checked_pools, "10.0.0.0/24", "10.0.0.1", pools)
        self.assertRaises(
            Malformed, addressing.checked_pools, "10.0.0.0/24", None, [("x", "10.0.0.9")]
        )
        found = addressing.checked_pools(
            "10.0.0.0/24", None, [("10.0.0.20", "10.0.0.30"), ("10.0.0.2", "10.0.0.3")]
        )
        self.assertEqual([high - low + 1 for low, high in found], [2, 11])

    def test_prefixes_of_macs(self) -> None:
        """A cluster's index is the sixth nibble; only locally administered unicast prefixes are
        taken. NET-176"""
        self.assertEqual(addressing.mac_prefix("aa:00:1", 3), "aa:00:13")
        self.assertEqual(addressing.mac_prefix("aa:00:1", 15), "aa:00:1f")
        self.assertEqual(addressing.checked_prefix("aa:00:1"), "aa:00:1")
        for wrong in ("aa:00:11", "ab:00:1", "a8:00:1", "AA:00:1", "", "aa:00:1\n"):
            self.assertRaises(Malformed, addressing.checked_prefix, wrong)
