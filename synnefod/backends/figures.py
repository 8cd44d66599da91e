"""What clusters said of themselves, for the metrics."""

from __future__ import annotations

from synnefod.cluster.interface import Capacity
from synnefod.common import metrics


def show(cluster: str, capacity: Capacity) -> None:
    """Shows what a cluster just answered."""
    mib = 1 << 20
    metrics.cluster_up.labels(cluster).set(1)
    for free, total, gauge in (
        (capacity.mfree, capacity.mtotal, metrics.cluster_memory_bytes),
        (capacity.dfree, capacity.dtotal, metrics.cluster_disk_bytes),
    ):
        gauge.labels(cluster, "free").set(free * mib)
        gauge.labels(cluster, "total").set(total * mib)
