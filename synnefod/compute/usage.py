"""What a server uses of each counted resource, as a function of its row; pure.

Every change of quota is a difference of two such sums (compute-image-volume.md 7.1), so that what
is charged and what the rows say cannot part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from synnefod.common.ids import ProjectId, UserId
from synnefod.compute.interface import Flavor, Operstate, Server
from synnefod.quota.interface import CPU, DISK, RAM, TOTAL_CPU, TOTAL_RAM, VM, Charge
from synnefod.volumes.interface import Volume

MIB = 1 << 20
GIB = 1 << 30
Sums = Counter[tuple[UserId, ProjectId, str]]


def usage(server: Server, flavor: Flavor, volumes: Sequence[Volume] = ()) -> Sums:
    """The sums by (user, project, resource); nothing for a deleted server."""
    sums: Sums = Counter()
    state = server.life.operstate
    if state is Operstate.DESTROYED:
        return sums
    holder = (server.user, server.project)
    sums[*holder, VM] += 1
    sums[*holder, TOTAL_CPU] += flavor.cpu
    sums[*holder, TOTAL_RAM] += flavor.ram * MIB
    if state.counted:
        sums[*holder, CPU] += flavor.cpu
        sums[*holder, RAM] += flavor.ram * MIB
    for volume in volumes:
        # One that is on its way here or off is counted as it was: the server does not decide.
        # One still being made with its server counts from the request on, whatever was reported.
        if not volume.outlives:
            sums[volume.user, volume.project, DISK] += volume.size * GIB
    return sums


def difference(before: Sums, after: Sums) -> list[Charge]:
    """The charges that lead from one sum to the other."""
    keys = sorted(before.keys() | after.keys())
    changes = ((key, after[key] - before[key]) for key in keys)
    return [Charge(*key, quantity) for key, quantity in changes if quantity]
