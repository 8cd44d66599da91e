"""What users make for themselves: networks, subnets, ports, floating IPs; on both engines."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from synnefod.common.errors import Forbidden, Malformed, OverQuota
from synnefod.common.ids import NetworkId, ProjectId, ServerId
from synnefod.network.interface import (
    NetworkConflict,
    NetworkInUse,
    NetworkNotFound,
    NewFloatingIp,
    NewSubnet,
    NoValue,
    OwnNetwork,
    PoolEmpty,
    PortNotFound,
    PortRequest,
    SubnetChange,
    SubnetsFrozen,
    SubnetSize,
)
from synnefod.network.records import networks as network_records
from synnefod.network.records import values
from synnefod.network.tenancy import Offer
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import (
    FLOATING_IP,
    PRIVATE_NETWORK,
    project_holder,
    user_holder,
)
from synnefod.quota.resources import STANDARD, ResourceRegistry
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import MINUTE, NetworkCase, ann, bob, root, service

WORK = ProjectId("work")
ALL = Offer(enabled=("MAC_FILTERED", "PHYSICAL_VLAN", "CUSTOM", "IP_LESS_ROUTED"), sharing=True)
ann2 = evolve(ann, projects=ann.projects | {WORK})
bob2 = evolve(bob, projects=bob.projects | {WORK})


class TenancyCase(NetworkCase):
    async def setUp(self: Any) -> None:
        await super().setUp()
        self.ledger = Ledger(self.clock)
        self.network = self.offering(Offer())
        registry = ResourceRegistry(self.store)
        limits = {PRIVATE_NETWORK: 3, FLOATING_IP: 2}

        async def prepare(tx: Any) -> None:
            await registry.register(tx, STANDARD)
            for project in ("ann", "bob", "work"):
                holder = project_holder(ProjectId(project))
                await self.ledger.set_limits(tx, holder, None, limits)
                for person in (ann, bob):
                    await self.ledger.set_limits(tx, user_holder(person.user), holder, limits)

        await self.do(prepare)

    def offering(self, offer: Offer) -> Any:
        return service(self.store, self.clock, None, self.ledger, offer)

    async def usage(self: Any, resource: str, project: str = "ann", user: str = "ann") -> int:
        holder = project_holder(ProjectId(project))
        found = await self.do(
            lambda tx: self.ledger.holdings(tx, [user_holder(user)], source=holder)
        )
        return sum(each.usage_max for each in found if each.resource == resource)


class NetworkSuite(TenancyCase):
    async def test_a_network_takes_a_prefix_and_a_unit(self: Any) -> None:
        """MAC_FILTERED by default: prefix from the pool, bridge, tag; charged; ACTIVE and nowhere.
        The lowest free prefix is next. NET-172, NET-178, NET-180, NET-220, NET-037"""
        one = await self.network.create_own(ann, OwnNetwork("one"))
        two = await self.network.create_own(ann, OwnNetwork("two"))
        self.assertEqual(
            (one.flavor, one.mode, one.link, one.mac_prefix, one.tags, one.state),
            ("MAC_FILTERED", "bridged", "prv0", "aa:00:1", ("private-filtered",), "ACTIVE"),
        )
        self.assertEqual(two.mac_prefix, "aa:00:2")
        self.assertEqual(await self.usage(PRIVATE_NETWORK), 2)
        await self.network.delete_network(ann, one.id)
        self.assertEqual(await self.usage(PRIVATE_NETWORK), 1)
        again = await self.network.create_own(ann, OwnNetwork())
        self.assertEqual((again.mac_prefix, again.name), ("aa:00:1", ""))

    async def test_a_full_quota_makes_nothing(self: Any) -> None:
        """The fourth network is refused; neither row nor prefix is taken. NET-038, NET-222"""
        for _ in range(3):
            await self.network.create_own(ann, OwnNetwork())
        await self.refused(OverQuota, self.network.create_own(ann, OwnNetwork()))
        self.assertEqual(await self.usage(PRIVATE_NETWORK), 3)
        self.assertEqual(len(await self.rows("select 1 from networks")), 3)
        made = await self.network.create_own(bob, OwnNetwork())
        self.assertEqual(made.mac_prefix, "aa:00:4")

    async def test_simultaneous_networks_share_no_prefix(self: Any) -> None:
        """Three at once have three prefixes, and the quota lets no fourth in. NET-184, NET-222"""

        async def one() -> str:
            try:
                return (await self.network.create_own(ann, OwnNetwork())).mac_prefix
            except OverQuota:
                return ""

        made = await gatherResults([Deferred.fromCoroutine(one()) for _ in range(5)])
        self.assertEqual(sorted(made), ["", "", "aa:00:1", "aa:00:2", "aa:00:3"])

    async def test_flavors(self: Any) -> None:
        """Each flavor's mode, link and tags; a bridge pool must be there and have room; what is
        not enabled is forbidden, what is unknown is malformed. NET-031, NET-036, NET-170, NET-171,
        NET-173, NET-179"""
        await self.refused(Forbidden, self.network.create_own(ann, OwnNetwork(flavor="CUSTOM")))
        self.network = self.offering(ALL)
        await self.refused(Malformed, self.network.create_own(ann, OwnNetwork(flavor="X")))
        vlan = OwnNetwork(flavor="PHYSICAL_VLAN")
        await self.refused(NoValue, self.network.create_own(ann, vlan))
        await self.do(lambda tx: values.add(tx, values.BRIDGE, "prv", 1))
        made = await self.network.create_own(ann, vlan)
        self.assertEqual(
            (made.mode, made.link, made.mac_prefix, made.tags),
            ("bridged", "prv1", "aa:00:0", ("physical-vlan",)),
        )
        await self.refused(NoValue, self.network.create_own(ann, vlan))
        await self.network.delete_network(ann, made.id)
        made = await self.network.create_own(ann, vlan)
        self.assertEqual(made.link, "prv1")
        routed = await self.network.create_own(ann, OwnNetwork(flavor="IP_LESS_ROUTED"))
        self.assertEqual(
            (routed.mode, routed.link, routed.tags),
            ("routed", f"snf-link-{routed.id}", ("ip-less-routed",)),
        )
        custom = await self.network.create_own(ann, OwnNetwork(flavor="CUSTOM"))
        self.assertEqual((custom.link, custom.mac_prefix, custom.tags), ("br0", "aa:00:0", ()))

    async def test_reserved_values_are_not_given(self: Any) -> None:
        """A value that is kept back is passed over, given or not. NET-181"""
        await self.do(lambda tx: values.reserve(tx, values.MAC_PREFIX, 1, kept=True))
        made = await self.network.create_own(ann, OwnNetwork())
        self.assertEqual(made.mac_prefix, "aa:00:2")
        await self.do(lambda tx: values.reserve(tx, values.MAC_PREFIX, 2, kept=True))
        await self.network.delete_network(ann, made.id)
        self.assertEqual((await self.network.create_own(ann, OwnNetwork())).mac_prefix, "aa:00:3")

    async def test_names(self: Any) -> None:
        """At most 128 characters without NUL; deleted, public and unseen ones keep theirs.
        NET-032, NET-041, NET-042"""
        made = await self.network.create_own(ann, OwnNetwork("n"))
        for name in ("n" * 129, "a\0"):
            await self.refused(Malformed, self.network.create_own(ann, OwnNetwork(name)))
            await self.refused(Malformed, self.network.rename_network(ann, made.id, name))
        self.assertEqual((await self.network.rename_network(ann, made.id, "m")).name, "m")
        await self.refused(NetworkNotFound, self.network.rename_network(bob, made.id, "x"))
        public = await self.public()
        await self.refused(Forbidden, self.network.rename_network(ann, public.id, "x"))
        await self.network.delete_network(ann, made.id)
        await self.refused(Malformed, self.network.rename_network(ann, made.id, "x"))
        await self.refused(Malformed, self.network.delete_network(ann, made.id))

    async def test_a_network_in_use_stays(self: Any) -> None:
        """Ports and floating IPs hold it; public ones are an administrator's, and free no quota.
        NET-043, NET-048, NET-221"""
        mine = await self.network.create_own(ann, OwnNetwork())
        port = await self.network.create_port(ann, PortRequest(network=mine.id))
        await self.refused(NetworkInUse, self.network.delete_network(ann, mine.id))
        await self.network.delete_port(ann, port.id)
        await self.network.delete_network(ann, mine.id)
        public = await self.public(floating_ip_pool=True, owner=ann.user)
        ip = await self.network.create_floating_ip(ann, NewFloatingIp())
        await self.refused(Forbidden, self.network.delete_network(ann, public.id))
        await self.refused(NetworkInUse, self.network.delete_network(root, public.id))
        await self.network.delete_floating_ip(ann, ip.id)
        await self.network.delete_network(root, public.id)
        gone = await self.network.network(root, public.id, deleted=True)
        self.assertEqual((gone.state, gone.deleted, gone.drained), ("DELETED", True, False))
        self.assertEqual(await self.usage(PRIVATE_NETWORK), 0)

    async def test_a_deleted_network_is_remembered(self: Any) -> None:
        """Its subnets and pools are gone; lists leave it out, changes show it. NET-039, NET-044,
        NET-047, NET-019, NET-022"""
        made = await self.network.create_own(ann, OwnNetwork())
        await self.network.create_subnet(ann, made.id, NewSubnet("10.0.0.0/24"))
        start = round(self.clock.seconds() * 1_000_000)
        self.clock.advance(MINUTE)
        await self.network.delete_network(ann, made.id)
        self.assertEqual(await self.network.networks(ann), [])
        self.assertEqual(await self.network.subnets(ann), [])
        await self.refused(NetworkNotFound, self.network.network(ann, made.id))
        (gone,) = await self.network.networks(ann, since=start + 1)
        self.assertEqual((gone.id, gone.deleted, gone.state), (made.id, True, "DELETED"))
        (subnet,) = await self.network.subnets(ann, since=start + 1)
        self.assertTrue(subnet.deleted)
        self.assertEqual(await self.rows("select 1 from ip_pools"), [])
        late = start + round(2 * MINUTE * 1_000_000)
        for moment in (late, start - 3_600_000_000):
            await self.refused(Malformed, self.network.networks(ann, since=moment))
        self.assertEqual(await self.network.networks(bob, since=start), [])

    async def test_a_network_moves_to_another_project(self: Any) -> None:
        """The owner's use moves with it; members then see, name and delete it, when it is shared
        and sharing is offered. NET-034, NET-035, NET-042, NET-050, NET-051, NET-223, NET-225"""
        made = await self.network.create_own(ann, OwnNetwork())
        move = self.network.reassign_network
        await self.refused(Malformed, move(ann, made.id, WORK, shared=False))
        await self.refused(Forbidden, move(ann2, made.id, WORK, shared=True))
        await self.refused(Forbidden, self.network.create_own(ann, OwnNetwork(shared=True)))
        await move(ann2, made.id, WORK, shared=False)
        self.assertEqual(await self.usage(PRIVATE_NETWORK), 0)
        self.assertEqual(await self.usage(PRIVATE_NETWORK, "work"), 1)
        self.assertEqual(await self.network.networks(bob2), [])
        self.network = self.offering(ALL)
        await self.network.reassign_network(ann2, made.id, WORK, shared=True)
        self.assertEqual(await self.usage(PRIVATE_NETWORK, "work"), 1)
        self.assertEqual([row.id for row in await self.network.networks(bob2)], [made.id])
        move = self.network.reassign_network
        await self.refused(Forbidden, move(bob2, made.id, WORK, shared=False))
        subnet = NewSubnet("10.0.0.0/24")
        await self.refused(Forbidden, self.network.create_subnet(bob2, made.id, subnet))
        await self.network.rename_network(bob2, made.id, "ours")
        await self.network.delete_network(bob2, made.id)
        self.assertEqual(await self.usage(PRIVATE_NETWORK, "work"), 0)
        public = await self.public()
        await self.refused(Forbidden, move(ann2, public.id, WORK, shared=False))
        direct = await self.network.create_own(ann2, OwnNetwork(project=WORK))
        self.assertEqual(direct.project, WORK)
        await self.refused(Malformed, self.network.create_own(ann, OwnNetwork(project=WORK)))


class SubnetSuite(TenancyCase):
    async def test_subnets(self: Any) -> None:
        """One of each version by the owner of a live network, within the sizes. NET-070, NET-071,
        NET-073, NET-076, NET-077, NET-086, NET-096"""
        net = (await self.network.create_own(ann, OwnNetwork())).id
        make = self.network.create_subnet
        for kind, new in [
            (SubnetSize, NewSubnet("10.0.0.0/21")),
            (SubnetSize, NewSubnet("10.0.0.0/30")),
            (Malformed, NewSubnet("2001:db8::/48", version=6)),
            (Malformed, NewSubnet("10.0.0.0/24", version=6)),
            (NetworkConflict, NewSubnet("2001:db8::/64", version=6, pools=())),
            (Malformed, NewSubnet("10.0.0.0/24", name="n" * 129)),
        ]:
            await self.refused(kind, make(ann, net, new))
        four = await make(ann, net, NewSubnet("10.0.0.0/22", host_routes=({"a": "b"}, "c")))
        self.assertEqual((four.name, four.owner, four.public), ("", ann.user, False))
        self.assertEqual(four.host_routes, ({"a": "b"}, "c"))
        await self.refused(Malformed, make(ann, net, NewSubnet("10.9.0.0/24")))
        six = await make(ann, net, NewSubnet("2001:db8::/64", version=6))
        self.assertEqual((await self.network.network(ann, net)).subnets, (four.id, six.id))
        await self.refused(Forbidden, make(bob, net, NewSubnet("10.0.0.0/24")))
        await self.refused(NetworkNotFound, make(bob, net, NewSubnet("10.0.0.0/24"), hide=True))
        await self.refused(NetworkNotFound, make(ann, NetworkId(0), NewSubnet("10.0.0.0/24")))
        await self.network.delete_network(ann, net)
        await self.refused(Malformed, make(ann, net, NewSubnet("10.0.0.0/24")))

    async def test_a_subnet_is_frozen_once_a_cluster_knows_it(self: Any) -> None:
        """Only its name changes then. NET-074"""
        net = (await self.network.create_own(ann, OwnNetwork())).id
        four = await self.network.create_subnet(ann, net, NewSubnet("10.0.0.0/24"))
        change = SubnetChange(gateway="", dhcp=False, dns_nameservers=("192.0.2.53",))
        changed = await self.network.change_subnet(ann, four.id, change)
        self.assertEqual((changed.gateway, changed.dhcp), (None, False))
        pools = SubnetChange(pools=(("10.0.0.9", "10.0.0.10"),))
        changed = await self.network.change_subnet(ann, four.id, pools)
        self.assertEqual(changed.pools, (("10.0.0.9", "10.0.0.10"),))
        inside = SubnetChange(gateway="10.0.0.9")
        await self.refused(NetworkConflict, self.network.change_subnet(ann, four.id, inside))
        await self.do(lambda tx: network_records.set_presence(tx, net, 1, 1))
        await self.refused(SubnetsFrozen, self.network.change_subnet(ann, four.id, change))
        six = NewSubnet("2001:db8::/64", version=6)
        await self.refused(SubnetsFrozen, self.network.create_subnet(ann, net, six))
        named = await self.network.change_subnet(ann, four.id, SubnetChange(name="x"))
        self.assertEqual(named.name, "x")
        await self.network.delete_subnet(ann, four.id)
        await self.refused(
            SubnetsFrozen, self.network.create_subnet(ann, net, NewSubnet("10.0.0.0/24"))
        )

    async def test_a_subnet_goes_when_no_port_uses_it(self: Any) -> None:
        """NET-255: then another one of the version may come, unless a cluster knows the network."""
        net = (await self.network.create_own(ann, OwnNetwork())).id
        four = await self.network.create_subnet(ann, net, NewSubnet("10.0.0.0/24"))
        port = await self.network.create_port(ann, PortRequest(network=net))
        await self.refused(NetworkInUse, self.network.delete_subnet(ann, four.id))
        await self.network.delete_port(ann, port.id)
        await self.network.delete_subnet(ann, four.id)
        await self.network.create_subnet(ann, net, NewSubnet("10.1.0.0/24"))


class PortSuite(TenancyCase):
    async def test_a_port_of_no_server_keeps_its_address(self: Any) -> None:
        """DOWN, with the asked address or the lowest; given back at once. NET-103, NET-107,
        NET-108, NET-109, NET-119, NET-128"""
        net = (await self.network.create_own(ann, OwnNetwork())).id
        bare = await self.network.create_port(ann, PortRequest(network=net))
        self.assertEqual((bare.ips, bare.state, bare.server), ((), "DOWN", None))
        wish = PortRequest(network=net, address="10.0.0.3")
        await self.refused(Malformed, self.network.create_port(ann, wish))
        two = NewSubnet("10.0.0.0/24", pools=(("10.0.0.2", "10.0.0.3"),))
        await self.network.create_subnet(ann, net, two)
        make = self.network.create_port
        port = await make(ann, wish, name="eth0")
        self.assertEqual((port.name, port.ips[0].address), ("eth0", "10.0.0.3"))
        await self.refused(NetworkConflict, make(ann, wish))
        outside = PortRequest(network=net, address="10.0.0.9")
        await self.refused(Malformed, make(ann, outside))
        other = await make(ann, PortRequest(network=net))
        self.assertEqual(other.ips[0].address, "10.0.0.2")
        await self.refused(PoolEmpty, make(ann, PortRequest(network=net)))
        await self.network.delete_port(ann, port.id)
        await self.refused(PortNotFound, self.network.port(ann, port.id))
        self.assertEqual((await make(ann, PortRequest(network=net))).ips[0].address, "10.0.0.3")
        await self.refused(Malformed, make(ann, PortRequest(network=net), name="n" * 129))
        await self.refused(NetworkNotFound, make(bob, PortRequest(network=net)))

    async def test_a_port_is_claimed_and_released_in_anothers_transaction(self: Any) -> None:
        """Behind the server's others, in BUILD; eight are the most; a kept port goes along and
        may not go twice. NET-113"""
        net = (await self.network.create_own(ann, OwnNetwork())).id
        await self.network.create_subnet(ann, net, NewSubnet("10.0.0.0/24"))
        kept = await self.network.create_port(ann, PortRequest(network=net))

        async def claim(request: PortRequest, server: int = 7) -> Any:
            return await self.do(
                lambda tx: self.network.claim_port(tx, ann, ServerId(server), request, name="n")
            )

        first = await claim(PortRequest(network=net))
        self.assertEqual((first.state, first.server, first.index), ("BUILD", 7, 0))
        second = await claim(PortRequest(port=kept.id))
        self.assertEqual((second.id, second.state, second.index), (kept.id, "BUILD", 1))
        await self.refused(NetworkConflict, claim(PortRequest(port=kept.id), 8))
        await self.refused(NetworkInUse, self.network.delete_port(ann, kept.id))
        for _ in range(6):
            await claim(PortRequest(network=net))
        await self.refused(Malformed, claim(PortRequest(network=net)))
        for _ in range(2):
            await self.do(lambda tx: self.network.release_port(tx, kept.id))
        self.assertEqual(len(await self.of(7)), 7)

    async def test_ports_of_what_one_sees(self: Any) -> None:
        """One with two addresses is listed once; those on one's network too, others not.
        NET-117"""
        self.network = self.offering(ALL)
        net = await self.network.create_own(ann2, OwnNetwork(project=WORK, shared=True))
        await self.network.create_subnet(ann2, net.id, NewSubnet("10.0.0.0/24"))
        port = await self.network.create_port(bob2, PortRequest(network=net.id))
        self.assertEqual([each.id for each in await self.network.ports(ann2)], [port.id])
        self.assertEqual([each.id for each in await self.network.ports(bob2)], [port.id])
        named = await self.network.rename_port(ann2, port.id, "x")
        self.assertEqual(named.name, "x")
        self.assertEqual((await self.network.rename_port(ann2, port.id, "")).name, "x")
        alone = await self.network.create_own(ann2, OwnNetwork())
        mine = await self.network.create_port(ann2, PortRequest(network=alone.id))
        await self.refused(PortNotFound, self.network.port(bob2, mine.id))


class NetworksOnSqlite(OnSqlite, NetworkSuite, TestCase):
    pass


class NetworksOnPostgres(OnPostgres, NetworkSuite, TestCase):
    pass


class SubnetsOnSqlite(OnSqlite, SubnetSuite, TestCase):
    pass


class SubnetsOnPostgres(OnPostgres, SubnetSuite, TestCase):
    pass


class OwnPortsOnSqlite(OnSqlite, PortSuite, TestCase):
    pass


class OwnPortsOnPostgres(OnPostgres, PortSuite, TestCase):
    pass
