"""What an event daemon on the simulated master would ask Ganeti's query socket."""

from __future__ import annotations

from synnefod.common.errors import NotFound
from synnefod.protocols.eventd import HVPARAMS, InstanceData, WireDisk, WireNic
from synnefod.protocols.luxi import firewall_modes
from synnefod.simulator.service import SimulatedCluster


class SimulatedQuery:
    """Answers as `protocols.luxi.Luxi` does, from the simulated cluster itself.

    The queue folder to watch is `cluster.queue_folder`; the master is always here.
    """

    def __init__(self, cluster: SimulatedCluster) -> None:
        self._cluster = cluster

    async def instance(self, name: str) -> InstanceData:
        """What the instance has now (GNT-085). Raises NotFound."""
        found = self._cluster.world.instances.get(name)
        if found is None:
            raise NotFound(f"The cluster has no instance '{name}'.")
        modes = firewall_modes(found.tags)
        return InstanceData(
            nics=tuple(
                WireNic(
                    nic.name or "",
                    nic.mac,
                    nic.ip,
                    nic.network,
                    nic.mode,
                    nic.link,
                    nic.uuid,
                    modes.get(nic.name or ""),
                )
                for nic in found.nics
            ),
            disks=tuple(WireDisk(disk.name or "", disk.size, disk.uuid) for disk in found.disks),
            hvparams={key: found.hvparams.get(key) for key in HVPARAMS},
        )
