"""The registry over SQLite in memory and the simulator behind the real RAPI client."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from twisted.trial.unittest import SynchronousTestCase

from synnefod.backends.interface import Need, NoBackend
from synnefod.backends.projects import ProjectBackends
from synnefod.backends.registry import Changes, NewBackend, Registry
from synnefod.backends.secrets import SecretBox, WrongKey
from synnefod.cluster.interface import Capacity, ClusterRefused
from synnefod.common.errors import AlreadyExists, Conflict, Malformed, NotFound, Unavailable
from synnefod.common.ids import BackendId, ProjectId, UserId
from tests.harness.database import memory_store
from tests.harness.simulated import SimulatedSite

T = TypeVar("T")
USER, PROJECT = UserId("u1"), ProjectId("p1")
NEED = Need(memory=1024, disk=10240, vcpus=1, disk_template="file")


class RegistryCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.site = SimulatedSite(self, Path(self.mktemp()))
        self.store = memory_store(self, self.site.clock)
        self.registry = self.made_registry()

    def made_registry(self, key: str = "the key", **options: Any) -> Registry:
        return Registry(self.store, self.site.clusters, SecretBox(key), self.site.clock, **options)

    def run_now(self, work: Awaitable[T]) -> T:
        return self.site.result(work)

    def new(self, name: str = "one.localhost", **more: Any) -> NewBackend:
        cluster = self.site.cluster(name)
        given = {
            "name": name,
            "url": self.site.url(name),
            "username": cluster.username,
            "password": cluster.password,
            **more,
        }
        return NewBackend(**given)

    def allocate(self, registry: Registry | None = None, user: UserId = USER) -> Any:
        where = registry or self.registry
        return self.run_now(
            self.store.transact("try", lambda tx: where.allocate(tx, user, PROJECT, NEED))
        )


class Administering(RegistryCase):
    def test_a_backend_is_added_drained_with_its_figures(self) -> None:
        """Credentials are proved by a write, the name is compared, figures are loaded. GNT-158"""
        backend = self.run_now(self.registry.add(self.new()))
        self.assertEqual((backend.drained, backend.index, backend.hypervisor), (True, 0, "kvm"))
        self.assertEqual(backend.mtotal, 65536)
        self.assertIn("file", backend.disk_templates)
        jobs = [job.ops[0].input["OP_ID"] for job in self.site.cluster().queue.all()]
        self.assertEqual(jobs, ["OP_CLUSTER_SET_PARAMS"])

    def test_a_wrong_password_or_name_is_not_registered(self) -> None:
        """Nothing is kept of a cluster that refuses us, or that is another one. GNT-158"""
        wrong = self.new(password="guess")
        failure = self.site.failure(self.registry.add(wrong), ClusterRefused)
        self.assertNotIn("guess", str(failure) + failure.details + repr(wrong))
        other = NewBackend(
            "two.localhost", self.site.url("one.localhost"), "synnefo", self.new().password
        )
        self.site.failure(self.registry.add(other), Conflict)
        self.site.failure(self.registry.add(self.new(url="gopher://x")), Malformed)
        self.assertEqual(self.run_now(self.registry.all()), [])

    def test_the_same_cluster_is_added_once(self) -> None:
        self.run_now(self.registry.add(self.new()))
        self.site.failure(self.registry.add(self.new()), AlreadyExists)

    def test_indices_are_the_first_free_ones_up_to_sixteen(self) -> None:
        """One hex digit of every MAC prefix: a seventeenth cluster is refused (NET-177)."""
        for number in range(16):
            new = NewBackend(f"c{number}", "https://h:5080", "u", "p", check=False)
            self.assertEqual(self.run_now(self.registry.add(new)).index, number)
        full = NewBackend("c16", "https://h:5080", "u", "p", check=False)
        self.site.failure(self.registry.add(full), Conflict)
        self.run_now(self.registry.remove(BackendId(4)))
        self.assertEqual(self.run_now(self.registry.add(full)).index, 3)

    def test_passwords_are_stored_encrypted(self) -> None:
        """The row holds no password, the way in does, and a wrong key says so. GNT-018"""
        self.run_now(self.registry.add(self.new()))

        async def stored(tx: Any) -> str:
            return str(await tx.one("select password from backends"))

        password = self.site.cluster().password
        self.assertNotIn(password, self.run_now(self.store.read("look", stored)))
        (address,) = self.run_now(self.registry.addresses())
        self.assertEqual(address.password, password)
        other = self.made_registry(key="another")
        failure = self.site.failure(other.cluster(BackendId(1)), WrongKey)
        self.assertIn("encryption key", failure.message)
        self.assertEqual(self.run_now(other.addresses()), [])

    def test_a_modified_way_in_is_proved_and_used_at_once(self) -> None:
        """A wrong new password is refused and nothing changes; a right one is used. GNT-159,
        GNT-016"""
        backend = self.run_now(self.registry.add(self.new()))
        wrong = self.registry.modify(backend.id, Changes(password="guess"))
        self.site.failure(wrong, ClusterRefused)
        cluster = self.run_now(self.registry.cluster(backend.id))
        self.site.cluster().world.cluster.password = "fresh"
        self.site.failure(cluster.info(), ClusterRefused)
        self.run_now(self.registry.modify(backend.id, Changes(password="fresh")))
        cluster = self.run_now(self.registry.cluster(backend.id))
        self.assertEqual(self.run_now(cluster.info()).name, "one.localhost")

    def test_an_offline_backend_is_not_asked(self) -> None:
        """No request is made to a backend marked offline. GNT-017"""
        backend = self.run_now(self.registry.add(self.new()))
        self.run_now(self.registry.modify(backend.id, Changes(offline=True)))
        self.site.failure(self.registry.cluster(backend.id), Unavailable)
        self.assertEqual(self.run_now(self.registry.addresses()), [])

    def test_a_registered_cluster_may_move(self) -> None:
        """Registering again keeps the row and takes the new address."""
        first = self.run_now(self.registry.register(self.new(drained=False)))
        moved = self.new(url="http://elsewhere.localhost:7")
        second = self.run_now(self.registry.register(moved))
        self.assertEqual(
            (second.id, second.drained, second.url),
            (first.id, False, "http://elsewhere.localhost:7"),
        )

    def test_a_renamed_backend_keeps_its_password(self) -> None:
        new = NewBackend("old", "https://h:5080", "u", "secret", check=False)
        backend = self.run_now(self.registry.add(new))
        self.run_now(self.registry.modify(backend.id, Changes(name="new"), check=False))
        (address,) = self.run_now(self.registry.addresses())
        self.assertEqual((address.cluster, address.password), ("new", "secret"))

    def test_a_backend_in_use_is_not_removed(self) -> None:
        """Whoever uses it is asked first. GNT-160"""
        backend = self.run_now(self.registry.add(self.new()))
        users = ["2 servers"]

        async def in_use(_tx: Any, _backend: BackendId) -> str:
            return users[0]

        self.registry.in_use.append(in_use)
        failure = self.site.failure(self.registry.remove(backend.id), Conflict)
        self.assertIn("2 servers", failure.message)
        users[0] = ""
        self.run_now(self.registry.remove(backend.id))
        self.site.failure(self.registry.get(backend.id), NotFound)

    def test_stale_figures_are_refreshed_and_fresh_ones_are_not(self) -> None:
        """Figures older than the limit are read again; a silent cluster stops nobody. GNT-067,
        GNT-162"""
        one = self.run_now(self.registry.add(self.new()))
        two = self.run_now(self.registry.add(self.new("two.localhost")))
        self.site.cluster("one.localhost").world.cluster.nodes[0].memory = 1000
        self.site.cluster("two.localhost").world.cluster.nodes[0].memory = 2000
        self.run_now(self.registry.refresh_stale())
        self.assertEqual(self.run_now(self.registry.get(one.id)).mtotal, 65536)
        self.site.clock.advance(901)
        self.site.cluster("one.localhost").knobs.rapi = 503
        self.run_now(self.registry.refresh_stale())
        self.assertEqual(self.run_now(self.registry.get(one.id)).mtotal, 65536)
        self.assertEqual(self.run_now(self.registry.get(two.id)).mtotal, 2000)


class Allocating(RegistryCase):
    def test_what_is_allocated_is_taken_off(self) -> None:
        """Free memory and disk fall by the need at once, not below nothing. GNT-069"""
        before = self.run_now(self.registry.add(self.new(drained=False)))
        chosen = self.allocate()
        self.assertEqual(chosen.mfree, before.mfree - 1024)
        self.assertEqual(chosen.dfree, before.dfree - 10240)
        self.assertEqual(chosen.instances, 1)
        self.assertEqual(self.run_now(self.registry.get(before.id)), chosen)

        async def empty(tx: Any) -> None:
            from synnefod.backends.records import set_figures

            await set_figures(tx, before.id, Capacity(5, 10, 5, 10, 0, 1), 0)

        self.run_now(self.store.transact("empty", empty))
        chosen = self.allocate()
        self.assertEqual((chosen.mfree, chosen.dfree), (0, 0))

    def test_without_a_candidate_there_is_no_backend(self) -> None:
        """Only a drained one: refused. GNT-070"""
        self.run_now(self.registry.add(self.new()))
        failure = self.site.failure(
            self.store.transact("try", lambda tx: self.registry.allocate(tx, USER, PROJECT, NEED)),
            NoBackend,
        )
        self.assertEqual(failure.message, "No available backends")

    def test_a_user_may_have_a_backend_of_their_own(self) -> None:
        """Even a drained one, by id or name; an unknown one is passed over. GNT-061"""
        self.run_now(self.registry.add(self.new(drained=False)))
        two = self.run_now(self.registry.add(self.new("two.localhost")))
        for named in (two.id, "two.localhost"):
            registry = self.made_registry(per_user={"u1": named})
            self.assertEqual(self.allocate(registry).id, two.id)
            self.assertEqual(self.allocate(registry, UserId("u2")).id, 1)
        self.assertEqual(self.allocate(self.made_registry(per_user={"u1": "none"})).id, 1)

    def test_project_mappings_steer(self) -> None:
        """A mapping is used, listed once, and removed. GNT-062, GNT-162"""
        self.run_now(self.registry.add(self.new(drained=False)))
        two = self.run_now(
            self.registry.add(self.new("two.localhost", drained=False, public=False))
        )
        mappings = ProjectBackends(self.store)
        self.run_now(mappings.add(PROJECT, two.id))
        self.assertEqual(self.allocate().id, two.id)
        self.site.failure(mappings.add(PROJECT, two.id), AlreadyExists)
        self.site.failure(mappings.add(PROJECT, BackendId(99)), NotFound)
        self.assertEqual([m.backend for m in self.run_now(mappings.all())], [two.id])
        self.assertEqual(self.run_now(mappings.remove(project=PROJECT)), 1)
        self.assertEqual(self.allocate().id, 1)
        self.site.failure(mappings.remove(project=PROJECT), NotFound)

    def test_filters_and_allocator_are_named_in_settings(self) -> None:
        """With other filters another cluster may be chosen. GNT-071"""
        self.run_now(self.registry.add(self.new(drained=False, public=False)))
        registry = self.made_registry(filters=["fit"])
        self.assertEqual(self.allocate(registry).id, 1)
