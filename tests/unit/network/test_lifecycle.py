"""How networks end: the tables, and removal from clusters against the simulator."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.backends.interface import Changes
from synnefod.common.errors import Forbidden
from synnefod.network.interface import NetworkConflict, NewNetwork, NewSubnet, PortRequest
from synnefod.network.lifecycle import LIFE, THERE, Deed, Life, Wish
from tests.unit.network.house import V4, ann, root
from tests.unit.network.test_provisioning import ProvisioningCase


class Tables(SynchronousTestCase):
    def test_every_pair_is_decided_once(self) -> None:
        """Both tables are total and sound."""
        for machine in (LIFE, THERE):
            self.assertEqual(list(machine.undecided()), [])
            self.assertEqual(list(machine.contradictions()), [])

    def test_only_the_last_cluster_ends_a_network(self) -> None:
        """It is finished exactly when it becomes DELETED."""
        for state in Life:
            for wish in Wish:
                move = LIFE.step(state, wish)
                ended = state is not Life.DELETED and move.to is Life.DELETED
                self.assertEqual(Deed.FINISH in move.outputs, ended)


class Ending(ProvisioningCase):
    def setUp(self) -> None:
        super().setUp()
        new = NewNetwork("mine", owner=ann.user, subnets=(NewSubnet("10.1.0.0/24"),))
        self.id = self.now(self.network.create_network(new)).id
        self.ensure()
        self.site.wait(20)
        self.tell("OP_NETWORK_CONNECT", when=1)

    def shown(self) -> tuple[str, str | None, bool]:
        row = self.now(self.network.network(root, self.id, deleted=True))
        return row.state, row.action, row.deleted

    def test_a_network_leaves_its_cluster_and_then_is_gone(self) -> None:
        """ACTIVE with the wish DESTROY until the cluster reports; no new ports meanwhile; groups
        are disconnected before it is removed. NET-045, NET-046"""
        self.now(self.network.delete_network(ann, self.id))
        self.assertEqual(self.shown(), ("ACTIVE", "DESTROY", False))
        self.assertEqual(self.opcodes()[2:], ["OP_NETWORK_DISCONNECT", "OP_NETWORK_REMOVE"])
        refused = self.network.create_port(ann, PortRequest(network=self.id))
        self.site.failure(refused, NetworkConflict)
        self.site.failure(
            self.network.provisioning.ensure_network(self.one, self.id), NetworkConflict
        )
        self.now(self.network.delete_network(ann, self.id))
        self.assertEqual(len(self.opcodes()), 4)
        self.site.wait(20)
        self.assertIsNone(self.there())
        self.tell("OP_NETWORK_DISCONNECT", when=2)
        self.assertEqual(self.shown(), ("ACTIVE", "DESTROY", False))
        self.tell("OP_NETWORK_REMOVE", when=3)
        self.assertEqual(self.shown(), ("DELETED", "DESTROY", True))
        self.assertEqual(self.now(self.network.presences(self.id)), {})
        self.tell("OP_NETWORK_REMOVE", when=4)
        self.assertEqual(self.now(self.network.clear_away()), 0)

    def test_two_clusters_both_have_to_report(self) -> None:
        """NET-045: the network stays until the last one."""
        two = self.cluster("two.localhost")
        self.ensure(two)
        self.site.wait(20)
        self.now(self.network.delete_network(ann, self.id))
        self.site.wait(20)
        self.tell("OP_NETWORK_REMOVE", when=9)
        self.assertEqual(self.shown(), ("ACTIVE", "DESTROY", False))
        self.tell("OP_NETWORK_REMOVE", when=9, cluster="two.localhost")
        self.assertEqual(self.shown()[2], True)

    def test_a_lost_report_is_found_out(self) -> None:
        """A new process asks the cluster, which no longer has the network; before, nothing is
        submitted twice."""
        self.now(self.network.delete_network(ann, self.id))
        self.network = self.born()
        self.assertEqual(self.now(self.network.clear_away()), 1)
        self.assertEqual(len(self.opcodes()), 4)
        self.site.wait(20)
        self.now(self.network.clear_away())
        self.assertEqual(self.shown(), ("DELETED", "DESTROY", True))

    def test_an_absent_cluster_is_asked_later(self) -> None:
        """The wish is kept while the cluster does not answer."""
        self.now(self.registry.modify(self.one.id, Changes(offline=True), check=False))
        self.now(self.network.delete_network(ann, self.id))
        self.assertEqual(self.shown(), ("ACTIVE", "DESTROY", False))
        self.assertEqual(len(self.opcodes()), 2)
        self.now(self.registry.modify(self.one.id, Changes(offline=False), check=False))
        self.now(self.network.clear_away())
        self.assertEqual(len(self.opcodes()), 4)

    def test_a_public_network_is_drained_first(self) -> None:
        """NET-048: shown as drained while it goes, as deleted in the end."""
        self.id = self.now(self.network.create_network(NewNetwork("p", public=True))).id
        new = NewNetwork("q", public=True, subnets=(V4,))
        self.id = self.now(self.network.create_network(new)).id
        self.ensure()
        self.site.failure(self.network.delete_network(ann, self.id), Forbidden)
        self.now(self.network.delete_network(root, self.id))
        self.assertTrue(self.now(self.network.network(ann, self.id)).drained)
        self.site.wait(20)
        self.now(self.network.clear_away())
        self.site.wait(20)
        self.now(self.network.clear_away())
        row = self.now(self.network.network(root, self.id, deleted=True))
        self.assertEqual((row.state, row.drained), ("DELETED", False))
