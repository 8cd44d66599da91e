"""Which cluster is chosen from which figures."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from synnefod.backends import allocation
from synnefod.backends.interface import Backend, Need
from synnefod.common.ids import BackendId

NEED = Need(memory=1024, disk=10240, vcpus=1, disk_template="ext_archipelago")
BACKEND = Backend(
    id=BackendId(1),
    name="one",
    url="https://one:5080",
    username="u",
    index=0,
    drained=False,
    offline=False,
    public=True,
    hypervisor="kvm",
    disk_templates=("ext", "drbd"),
    version="3.0.2",
    mfree=8192,
    mtotal=16384,
    dfree=100000,
    dtotal=200000,
    instances=0,
    cpus=16,
    updated=0,
)
TWO = evolve(BACKEND, id=BackendId(2), name="two")
FILTERS = [allocation.project_mapping, allocation.fit]


def choose(*backends: Backend, need: Need = NEED, mapped: frozenset[BackendId] = frozenset()):
    ask = allocation.Ask(need, mapped)
    found = allocation.choose(backends, ask, FILTERS, allocation.least_loaded)
    return found.id if found else None


class Choosing(SynchronousTestCase):
    def test_drained_and_offline_ones_are_left_out(self) -> None:
        """Only clusters in service are candidates; without one nothing is chosen. GNT-060"""
        self.assertEqual(choose(evolve(BACKEND, drained=True), TWO), 2)
        self.assertEqual(choose(evolve(BACKEND, offline=True), TWO), 2)
        self.assertIsNone(choose(evolve(BACKEND, drained=True)))

    def test_mapped_projects_use_their_own(self) -> None:
        """A mapped project uses its clusters only, another public ones only. GNT-062"""
        private = evolve(TWO, public=False)
        self.assertEqual(choose(BACKEND, private, mapped=frozenset({BackendId(2)})), 2)
        self.assertEqual(choose(BACKEND, private), 1)
        self.assertIsNone(choose(private))

    def test_a_full_cluster_is_passed_over_unless_all_are(self) -> None:
        """What the need does not fit in is left out; if none fits, all remain. GNT-063"""
        tight = evolve(BACKEND, mfree=1024)
        loaded = evolve(TWO, instances=10)
        self.assertEqual(choose(tight, loaded), 2)
        self.assertEqual(choose(tight), 1)
        crowded = evolve(BACKEND, instances=12)
        self.assertEqual(choose(crowded, evolve(TWO, mfree=2000, dfree=11000)), 2)

    def test_unknown_cpus_never_divide(self) -> None:
        """A cluster without known CPUs counts as fully loaded. GNT-064"""
        self.assertEqual(choose(evolve(BACKEND, cpus=0)), 1)
        self.assertEqual(choose(evolve(BACKEND, cpus=0), TWO), 2)
        self.assertAlmostEqual(allocation.score(evolve(BACKEND, cpus=0, mtotal=0, dtotal=0)), 0.5)

    def test_drbd_takes_the_disk_twice(self) -> None:
        """The disk of a mirrored template is counted twice. GNT-065"""
        drbd = evolve(NEED, disk_template="drbd")
        self.assertEqual(allocation.disk_need(drbd), 20480)
        self.assertEqual(choose(evolve(BACKEND, dfree=15000), TWO, need=drbd), 2)

    def test_the_template_must_be_offered(self) -> None:
        """The template before its underscore is listed by the cluster. GNT-066"""
        self.assertEqual(choose(evolve(BACKEND, disk_templates=("file",)), TWO), 2)
        self.assertIsNone(choose(evolve(BACKEND, disk_templates=("file",))))

    def test_the_lowest_score_wins(self) -> None:
        """Half the CPU load, half the sum of memory and disk in use. GNT-068"""
        self.assertAlmostEqual(allocation.score(BACKEND), 0.5 * 4 / 48 + 0.5 * (0.5 + 0.5))
        self.assertEqual(choose(BACKEND, evolve(TWO, mfree=9000)), 2)
        self.assertEqual(choose(BACKEND, evolve(TWO, instances=1)), 1)
        self.assertEqual(choose(TWO, BACKEND), 1)
