"""Networks and pools are compared with what there is, and mended on request."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.cluster.interface import JobStatus, NetworkEvent
from synnefod.common.errors import Conflict
from synnefod.common.ids import BackendId, JobId, ServerId
from synnefod.network.interface import NewNetwork, NewSubnet, PortRequest
from tests.unit.network.house import ann
from tests.unit.network.test_provisioning import ProvisioningCase


class ReconcileCase(ProvisioningCase):
    def setUp(self) -> None:
        super().setUp()
        self.name = f"snf-net-{self.id}"

    def compare(self, *, fix: bool = False) -> list[tuple[str, int, str]]:
        found = self.now(self.network.upkeep.networks(fix=fix))
        return [(each.kind, each.network, each.result) for each in found]

    def settle(self) -> None:
        """The cluster's jobs end; nobody hears of it."""
        self.site.wait(20, step=0.5)

    def hear(self, opcode: str, name: str = "one.localhost") -> None:
        when = int(self.site.clock.seconds() * 1_000_000)
        event = NetworkEvent(name, self.name, JobId(9), opcode, JobStatus.SUCCESS, when)
        self.now(self.network.apply(event))
        self.site.clock.advance(1)

    def up(self) -> None:
        self.ensure()
        self.settle()
        self.hear("OP_NETWORK_CONNECT")

    def do(self, sql: str, **params: Any) -> None:
        self.now(self.store.transact("by hand", lambda tx: tx.run(sql, **params)))

    def presence(self) -> str | None:
        found = self.now(self.network.presences(self.id))
        return found[self.one.id].operstate if self.one.id in found else None


class Networks(ReconcileCase):
    def test_what_agrees_gives_no_finding(self) -> None:
        """On every online cluster; one that is offline is left out (NET-234, OPS-111)."""
        self.up()
        other = self.cluster("two.localhost")
        self.now(self.registry.modify(other.id, _offline(), check=False))
        self.assertEqual(self.compare(), [])

    def test_a_lost_connection_report_is_caught_up(self) -> None:
        """Unsynced: connected, and the row is not ACTIVE (GNT-154, NET-234)."""
        self.ensure()
        self.settle()
        self.assertEqual(self.compare(), [("unsynced", self.id, "reported")])
        self.assertEqual(self.presence(), "PENDING")
        self.assertEqual(self.compare(fix=True), [("unsynced", self.id, "fixed")])
        self.assertEqual((self.presence(), self.compare()), ("ACTIVE", []))

    def test_a_network_without_its_row_there_is_adopted(self) -> None:
        """Parted (NET-234)."""
        self.up()
        self.do("delete from backend_networks")
        self.assertEqual(self.compare(), [("parted", self.id, "reported")])
        self.assertEqual(self.compare(fix=True), [("parted", self.id, "fixed")])
        self.assertEqual((self.presence(), self.compare()), ("ACTIVE", []))

    def test_a_missing_network_is_made_again(self) -> None:
        """Missing: the row says it is there; while its jobs run nothing is said (NET-234)."""
        self.up()
        del self.site.cluster("one.localhost").world.networks[self.name]
        self.assertEqual(self.compare(), [("missing", self.id, "reported")])
        self.assertEqual(self.compare(fix=True), [("missing", self.id, "fixed")])
        self.settle()
        self.assertIsNotNone(self.there())
        self.hear("OP_NETWORK_CONNECT")
        self.assertEqual(self.compare(), [])

    def test_missing_groups_are_connected(self) -> None:
        """Hanging groups (NET-234)."""
        self.up()
        self.there().groups.clear()
        self.assertEqual(self.compare(fix=True), [("hanging", self.id, "fixed")])
        self.settle()
        self.assertEqual(list(self.there().groups), ["default"])

    def test_a_removal_that_nobody_told_of_ends_the_network(self) -> None:
        """Stale, and the end of a network on no cluster (NET-234)."""
        self.up()
        self.do("update networks set action = 'DESTROY' where id = :id", id=self.id)
        del self.site.cluster("one.localhost").world.networks[self.name]
        self.assertEqual(self.compare(), [("stale", self.id, "reported")])
        self.assertEqual(self.compare(fix=True), [("stale", self.id, "fixed")])
        self.assertEqual(self.compare(), [])
        rows = self.now(self.store.read("x", lambda tx: tx.all("select deleted from networks")))
        self.assertEqual(rows, [(1,)])

    def test_a_deletion_that_waits_for_no_cluster_is_finished(self) -> None:
        """The wish is DESTROY and no cluster has it (NET-234)."""
        self.do("update networks set action = 'DESTROY' where id = :id", id=self.id)
        self.assertEqual(self.compare(), [("ending", self.id, "reported")])
        self.assertEqual(self.compare(fix=True), [("ending", self.id, "fixed")])
        self.assertEqual(self.compare(), [])

    def test_orphans_go_only_when_a_row_says_that_they_are_deleted(self) -> None:
        """What no row knows is told of and left alone (NET-234, OPS-111)."""
        self.up()
        world = self.site.cluster("one.localhost").world
        world.networks["snf-net-777"] = evolve_network(self.there(), "snf-net-777")
        self.do("update networks set deleted = 1 where id = :id", id=self.id)
        self.do("delete from backend_networks")
        found = [("orphan", self.id), ("orphan", 777)]
        self.assertEqual(
            self.compare(fix=True),
            [(*found[0], "fixed"), (*found[1], "reported")],
        )
        self.settle()
        self.assertEqual(list(world.networks), ["snf-net-777"])

    def test_addresses_that_the_cluster_keeps_back_are_reserved(self) -> None:
        """External reservations; then no port gets them (NET-234)."""
        self.up()
        self.there().external = ["192.0.2.2", "192.0.2.3"]
        self.assertEqual(self.compare(fix=True), [("reserved", self.id, "fixed")])
        self.assertEqual(self.compare(), [])
        ports = self.now(
            self.store.transact(
                "ports",
                lambda tx: self.network.claim_ports(
                    tx, ann, ServerId(1), [PortRequest(network=self.id)]
                ),
            )
        )
        self.assertEqual([ip.address for ip in ports[0].ips if ip.version == 4], ["192.0.2.4"])

    def test_a_cluster_that_does_not_answer_is_left_out(self) -> None:
        """And says nothing of its networks (NET-234)."""
        self.up()
        self.site.cluster("one.localhost").world.networks.clear()
        self.site.unplug("one.localhost")
        self.assertEqual(self.compare(), [])


class Pools(ReconcileCase):
    def check(self, *, fix: bool = False) -> list[tuple[str, int, str]]:
        found = self.now(self.network.upkeep.pools(fix=fix))
        return [(each.kind, each.network, each.result) for each in found]

    def port(self, server: int) -> str:
        ports = self.now(
            self.store.transact(
                "ports",
                lambda tx: self.network.claim_ports(
                    tx, ann, ServerId(server), [PortRequest(network=self.id)]
                ),
            )
        )
        return next(ip.address for ip in ports[0].ips if ip.version == 4)

    def test_leaked_and_doubly_free_addresses_are_put_right(self) -> None:
        """Given out to nobody, free and in use; reservations stay (NET-234, OPS-112)."""
        first, second, third = self.port(1), self.port(2), self.port(3)
        self.assertEqual(self.check(), [])
        self.do("delete from ip_addresses where address = :one", one=first)
        self.do("insert into ip_released (pool, address) select id, next - 1 from ip_pools limit 1")
        self.do("update ip_pools set next = next - 1")
        self.do("delete from ip_released")
        kinds = [("leaked", self.id, "reported"), ("free in use", self.id, "reported")]
        self.assertEqual(self.check(), kinds)
        fixed = [(kind, number, "fixed") for kind, number, _ in kinds]
        self.assertEqual(self.check(fix=True), fixed)
        self.assertEqual(self.check(), [])
        self.assertEqual(self.port(4), first)
        self.assertNotIn(self.port(5), (first, second, third))

    def test_prefixes_follow_the_networks_that_have_them(self) -> None:
        """MAC prefixes: leaked, free in use; two networks with one prefix are only told of
        (NET-234, OPS-112)."""
        mine = self.now(
            self.network.create_network(
                NewNetwork(
                    "inner",
                    owner=ann.user,
                    flavor="MAC_FILTERED",
                    subnets=(NewSubnet("10.1.0.0/24"),),
                )
            )
        )
        self.assertEqual(self.check(), [])
        self.do("update value_pool_entries set taken = 0")
        self.do(
            "insert into value_pool_entries (kind, position, taken) values ('mac-prefix', 40, 1)"
        )
        self.assertEqual([each[0] for each in self.check(fix=True)], ["leaked", "free in use"])
        self.assertEqual(self.check(), [])
        self.do(
            "insert into networks (name, flavor, mode, link, mac_prefix, created, updated)"
            " values ('twin', 'MAC_FILTERED', 'bridged', 'prv0', :prefix, 0, 0)",
            prefix=mine.mac_prefix,
        )
        self.assertEqual(self.check(fix=True), [("twice", 0, "reported")])
        self.assertEqual(self.check(fix=True), [("twice", 0, "reported")])


class Leaving(ReconcileCase):
    def test_public_networks_come_with_a_new_cluster(self) -> None:
        """Made and connected there, private ones not (OPS-064, GNT-158)."""
        new = NewNetwork("inside", owner=ann.user, subnets=(NewSubnet("10.1.0.0/24"),))
        self.now(self.network.create_network(new))
        self.assertEqual(self.now(self.network.upkeep.bring_publics(self.one.id)), [self.id])
        self.settle()
        self.assertEqual(list(self.there().groups), ["default"])
        self.assertEqual(list(self.site.cluster("one.localhost").world.networks), [self.name])

    def test_a_cluster_that_goes_loses_our_networks_and_ends_those_that_waited_for_it(
        self,
    ) -> None:
        """Networks in DESTROY are not left so for ever (GNT-160, GNT-161, OPS-068)."""
        self.registry.leaving.append(self.network.upkeep.leave)
        self.registry.left.append(self.network.upkeep.left)
        self.up()
        self.do("update networks set action = 'DESTROY' where id = :id", id=self.id)
        self.now(self.registry.remove(self.one.id))
        self.settle()
        self.assertEqual(self.site.cluster("one.localhost").world.networks, {})
        rows = self.now(self.store.read("x", lambda tx: tx.all("select deleted from networks")))
        self.assertEqual(rows, [(1,)])
        self.assertEqual(self.now(self.registry.all()), [])

    def test_a_dead_cluster_can_be_forgotten_and_one_in_use_cannot(self) -> None:
        """GNT-160"""
        self.registry.leaving.append(self.network.upkeep.leave)
        self.registry.left.append(self.network.upkeep.left)

        async def used(_tx: Any, _backend: BackendId) -> str:
            return "3 servers"

        self.registry.in_use.append(used)
        self.up()
        self.site.failure(self.registry.remove(self.one.id), Conflict)
        self.assertIsNotNone(self.there())
        self.registry.in_use.clear()
        self.site.unplug("one.localhost")
        self.now(self.registry.remove(self.one.id))
        self.assertEqual(self.now(self.registry.all()), [])


def evolve_network(network: Any, name: str) -> Any:
    import copy

    made = copy.deepcopy(network)
    made.name = name
    return made


def _offline() -> Any:
    from synnefod.backends.interface import Changes

    return evolve(Changes(), offline=True)
