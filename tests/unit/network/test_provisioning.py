"""Networks on clusters: the simulator behind the real RAPI client, on one clock."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.backends.interface import Backend
from synnefod.backends.registry import NewBackend, Registry
from synnefod.backends.secrets import SecretBox
from synnefod.cluster.interface import JobStatus, NetworkEvent
from synnefod.common.ids import JobId, NetworkId, ServerId
from synnefod.network.interface import NetworkNotFound, NewNetwork, NewSubnet
from tests.harness.database import memory_store
from tests.harness.simulated import SimulatedSite
from tests.unit.network.house import V4, V6, ann, service

ADD, CONNECT = "OP_NETWORK_ADD", "OP_NETWORK_CONNECT"


class ProvisioningCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()), tries=1)
        self.store = memory_store(self, self.site.clock)
        self.registry = Registry(self.store, self.site.clusters, SecretBox("k"), self.site.clock)
        self.one = self.cluster("one.localhost")
        self.network = self.born()
        new = NewNetwork("public", public=True, subnets=(V4, V6))
        self.id = self.now(self.network.create_network(new)).id

    def born(self) -> Any:
        """The service as a new process has it: nothing in memory."""
        return service(self.store, self.site.clock, self.registry)

    def now(self, work: Awaitable[Any]) -> Any:
        return self.site.result(work)

    def cluster(self, name: str) -> Backend:
        known = self.site.cluster(name)
        new = NewBackend(name, self.site.url(name), known.username, known.password, drained=False)
        backend: Backend = self.now(self.registry.add(new))
        return backend

    def ensure(self, backend: Backend | None = None, service: Any = None) -> list[JobId]:
        where = (service or self.network).provisioning
        found: list[JobId] = self.now(where.ensure_network(backend or self.one, self.id))
        return found

    def opcodes(self, name: str = "one.localhost") -> list[str]:
        jobs = self.site.cluster(name).queue.all()
        found = [job.ops[0].input["OP_ID"] for job in jobs]
        return [opcode for opcode in found if "NETWORK" in opcode]

    def there(self, name: str = "one.localhost") -> Any:
        return self.site.cluster(name).world.networks.get(f"snf-net-{self.id}")

    def state(self, backend: Backend | None = None) -> str | None:
        found = self.now(self.network.presences(self.id))
        presence = found.get((backend or self.one).id)
        return None if presence is None else presence.operstate

    def tell(self, opcode: str, status: str = "success", **more: Any) -> NetworkEvent:
        event = NetworkEvent(
            cluster=more.pop("cluster", "one.localhost"),
            network=more.pop("network", f"snf-net-{self.id}"),
            job=JobId(more.pop("job", 7)),
            opcode=opcode,
            status=JobStatus(status),
            when=more.pop("when", 1),
        )
        self.now(self.network.apply(event))
        return event


class Ensuring(ProvisioningCase):
    def test_a_network_is_added_and_connected(self) -> None:
        """Ranges, tags and whole MAC prefix go to the cluster, then a connection to its group
        with the network's mode and link. NET-176, NET-037"""
        self.assertEqual(self.state(), None)
        jobs = self.ensure()
        self.assertEqual(self.opcodes(), [ADD, CONNECT])
        self.assertEqual(self.state(), "PENDING")
        self.site.wait(20)
        found = self.there()
        self.assertEqual(
            (found.network, found.gateway, found.network6, found.gateway6, found.mac_prefix),
            ("192.0.2.0/24", "192.0.2.1", "2001:db8:1:2::/64", "2001:db8:1:2::1", "aa:00:00"),
        )
        self.assertEqual(found.tags, ["nfdhcpd", "public"])
        self.assertEqual(list(found.groups.values()), [["bridged", "br0", ""]])
        self.assertEqual(len(jobs), 1)

    def test_a_network_without_ipv4_is_added_with_a_dummy(self) -> None:
        """NET-193: Ganeti knows no network without IPv4."""
        new = NewNetwork("six", owner=ann.user, subnets=(NewSubnet("2001:db8:7::/64", dhcp=False),))
        self.id = self.now(self.network.create_network(new)).id
        self.ensure()
        self.site.wait(20)
        found = self.there()
        self.assertEqual((found.network, found.gateway), ("10.0.0.0/29", None))
        self.assertEqual(found.tags, ["private"])

    def test_asking_twice_makes_one_network(self) -> None:
        """While the jobs run the second asker waits for the same ones; later there is nothing."""
        jobs = self.ensure()
        self.assertEqual(self.ensure(), jobs)
        self.site.wait(20)
        self.tell(CONNECT)
        self.assertEqual((self.ensure(), self.opcodes()), ([], [ADD, CONNECT]))

    def test_simultaneous_askers_share_the_jobs(self) -> None:
        """Callers at the same moment submit once, and depend on the same jobs."""
        both: list[Deferred[Any]] = [
            ensureDeferred(self.network.provisioning.ensure_network(self.one, self.id))
            for _ in range(3)
        ]
        self.site.wait(5)
        found = [self.successResultOf(each) for each in both]
        self.assertEqual(found[1:], found[:-1])
        self.assertEqual(self.opcodes(), [ADD, CONNECT])

    def test_a_network_whose_reports_were_lost_is_found_in_place(self) -> None:
        """Nobody told of the connection: the cluster is looked at, nothing is submitted again."""
        self.ensure()
        self.site.wait(20)
        self.assertEqual(self.ensure(), [])
        self.assertEqual((self.state(), self.opcodes()), ("ACTIVE", [ADD, CONNECT]))

    def test_what_a_killed_process_began_is_taken_up(self) -> None:
        """The network was added, then the process died: the next one connects it only."""
        self.now(self.network.provisioning.ensure_network(self.one, self.id))
        self.site.wait(20)
        self.there().groups.clear()
        self.now(self.store.transact("forget", _forget))
        jobs = self.ensure(service=self.born())
        self.assertEqual((len(jobs), self.opcodes()), (1, [ADD, CONNECT, CONNECT]))
        self.site.wait(20)
        self.assertEqual(self.ensure(service=self.born()), [])
        self.assertEqual(len(self.there().groups), 1)

    def test_a_second_addition_does_not_stop_the_connection(self) -> None:
        """A process that died between submitting and writing it down: the addition that is sent
        again fails, the connection that depends on its end is made."""
        first = self.ensure()
        self.now(self.store.transact("forget", _forget))
        second = self.ensure(service=self.born())
        self.assertNotEqual(first, second)
        self.site.wait(30)
        self.assertEqual(len(self.there().groups), 1)
        self.assertEqual(self.ensure(), [])

    def test_clusters_are_apart(self) -> None:
        """Each cluster gets its own network with its own last nibble. NET-176"""
        two = self.cluster("two.localhost")
        self.ensure()
        self.assertEqual(self.opcodes("two.localhost"), [])
        self.ensure(two)
        self.site.wait(20)
        found = [self.there(name).mac_prefix for name in ("one.localhost", "two.localhost")]
        self.assertEqual(found, ["aa:00:00", "aa:00:01"])
        self.tell(CONNECT, cluster="two.localhost")
        self.assertEqual((self.state(), self.state(two)), ("PENDING", "ACTIVE"))

    def test_an_unknown_network_is_not_found(self) -> None:
        """Nothing is submitted for it."""
        self.id = NetworkId(999)
        work = self.network.provisioning.ensure_network(self.one, self.id)
        self.site.failure(work, NetworkNotFound)
        self.assertEqual(self.opcodes(), [])

    def test_the_networks_of_a_server_are_ensured(self) -> None:
        """Those of its ports, once each."""
        self.now(
            self.store.transact(
                "claim", lambda tx: self.network.claim_ports(tx, ann, ServerId(1), ())
            )
        )
        self.assertEqual(len(self.now(self.network.ensure_on(self.one, ServerId(1)))), 1)
        self.assertEqual(self.now(self.network.ensure_on(self.one, ServerId(2))), [])


class Reports(ProvisioningCase):
    def test_reports_move_the_presence(self) -> None:
        """Each final report leads to its state; others change nothing (6.2)."""
        moves = [
            (ADD, "success", "PENDING"),
            (ADD, "error", "ERROR"),
            (CONNECT, "error", "ERROR"),
            (CONNECT, "running", "ERROR"),
            (CONNECT, "success", "ACTIVE"),
            ("OP_NETWORK_DISCONNECT", "success", "PENDING"),
            (ADD, "canceled", "ERROR"),
            ("OP_NETWORK_REMOVE", "success", "DELETED"),
        ]
        for moment, (opcode, status, state) in enumerate(moves, 1):
            self.tell(opcode, status, when=moment)
            self.assertEqual(self.state(), state, (opcode, status))

    def test_an_old_or_repeated_report_changes_nothing(self) -> None:
        """What is not newer than the last applied report is dropped."""
        self.tell(CONNECT, when=5)
        self.tell(ADD, when=5)
        self.tell(ADD, "error", when=4)
        self.assertEqual(self.state(), "ACTIVE")

    def test_strange_reports_are_left_alone(self) -> None:
        """Other clusters, other names and networks that are not ours change nothing."""
        self.tell(CONNECT, cluster="unknown.localhost")
        for name in ("net-1", f"xsnf-net-{self.id}", "snf-net-999", "snf-net-x"):
            self.tell(CONNECT, network=name)
        self.assertEqual(self.state(), None)

    def test_a_failed_addition_is_tried_again(self) -> None:
        """After an error the next server sends the jobs anew, and they succeed."""
        self.ensure()
        self.site.wait(20)
        world = self.site.cluster().world
        world.drop(self.there())
        self.tell(ADD, "error")
        self.assertEqual(self.state(), "ERROR")
        self.ensure()
        self.site.wait(20)
        self.assertEqual(self.ensure(), [])
        self.assertEqual(self.state(), "ACTIVE")


async def _forget(tx: Any) -> None:
    await tx.run("delete from backend_networks")
