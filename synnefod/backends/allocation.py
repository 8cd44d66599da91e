"""Which cluster takes a new machine: filters and scores on cached figures (GNT-060..072). Pure.

A filter takes the candidates and what is asked, and gives those that stay; an allocator picks one
of them. Both are named in the settings, and looked up in the tables at the end of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from synnefod.backends.interface import Backend, Need
from synnefod.common.ids import BackendId

VCPUS_PER_INSTANCE = 4
"""The guess at an instance's virtual CPUs, since clusters report only counts of instances."""
MOST_VCPUS_PER_CPU = 3
DOUBLING = frozenset({"drbd"})
"""Templates that keep every disk twice."""


@frozen
class Ask:
    """What an allocation knows: the need, the clusters mapped to the project, and when it is
    (microseconds)."""

    need: Need
    mapped: frozenset[BackendId] = frozenset()


Filter = Callable[[Sequence[Backend], Ask], Sequence[Backend]]
Allocator = Callable[[Sequence[Backend], Ask], Backend]


def disk_need(need: Need) -> int:
    """MiB of disk that the need takes on a cluster (GNT-065)."""
    return need.disk * (2 if need.disk_template in DOUBLING else 1)


def usable(backends: Sequence[Backend]) -> list[Backend]:
    """Those neither drained nor offline (GNT-060)."""
    return [each for each in backends if not each.drained and not each.offline]


def offers_template(backends: Sequence[Backend], ask: Ask) -> list[Backend]:
    """Those that list the template's part before the underscore (GNT-066)."""
    wanted = ask.need.disk_template.partition("_")[0]
    return [each for each in backends if wanted in each.disk_templates]


def project_mapping(backends: Sequence[Backend], ask: Ask) -> list[Backend]:
    """A project with mappings uses those clusters only, another only public ones (GNT-062)."""
    if ask.mapped:
        return [each for each in backends if each.id in ask.mapped]
    return [each for each in backends if each.public]


def fit(backends: Sequence[Backend], ask: Ask) -> Sequence[Backend]:
    """Those that the need fits in by the cached figures; all, when none does (GNT-063)."""
    fitting = [each for each in backends if _fits(each, ask.need)]
    return fitting or backends


def _fits(backend: Backend, need: Need) -> bool:
    ratio = _vcpu_ratio(backend)
    return (
        backend.dfree > disk_need(need)
        and backend.mfree > need.memory
        and ratio is not None
        and ratio < MOST_VCPUS_PER_CPU
    )


def _vcpu_ratio(backend: Backend) -> float | None:
    """Virtual CPUs to a real one with one machine more; None without known CPUs (GNT-064)."""
    if not backend.cpus:
        return None
    return (backend.instances + 1) * VCPUS_PER_INSTANCE / backend.cpus


def score(backend: Backend) -> float:
    """How loaded a cluster is; the lowest wins (GNT-068)."""
    ratio = _vcpu_ratio(backend)
    cpu = 1.0 if ratio is None else ratio / MOST_VCPUS_PER_CPU
    memory = 1 - backend.mfree / backend.mtotal if backend.mtotal else 0.0
    disk = 1 - backend.dfree / backend.dtotal if backend.dtotal else 0.0
    return 0.5 * cpu + 0.5 * (memory + disk)


def least_loaded(backends: Sequence[Backend], _ask: Ask) -> Backend:
    """The lowest score; of equal ones the first registered."""
    return min(backends, key=lambda each: (score(each), each.id))


FILTERS: Mapping[str, Filter] = {"project": project_mapping, "fit": fit}
ALLOCATORS: Mapping[str, Allocator] = {"least-loaded": least_loaded}
DEFAULT_FILTERS = ("project", "fit")
DEFAULT_ALLOCATOR = "least-loaded"


def choose(
    backends: Sequence[Backend], ask: Ask, filters: Sequence[Filter], allocator: Allocator
) -> Backend | None:
    """The cluster for a need, or None when no candidate is left (GNT-070)."""
    left: Sequence[Backend] = offers_template(usable(backends), ask)
    for each in filters:
        left = each(left, ask)
    return allocator(left, ask) if left else None
