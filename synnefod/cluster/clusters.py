"""The clusters that this daemon knows, a driver each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define

from synnefod.cluster.ganeti import Breaker, GanetiCluster
from synnefod.cluster.interface import Address, Cluster, ClusterRefused
from synnefod.common.ids import BackendId
from synnefod.common.skew import Clocks
from synnefod.protocols.rapi.client import Credentials, Http, Limits, Rapi, http_client


@define
class _Kept:
    address: Address
    cluster: GanetiCluster


class GanetiClusters:
    """Keeps one GanetiCluster for each backend; see `interface.Clusters`.

    `make_http(address)` is replaced in tests. `dry_run` sends every instance job as a trial.
    """

    def __init__(
        self,
        reactor: Any,
        limits: Limits | None = None,
        *,
        dry_run: bool = False,
        make_http: Callable[[Address], Http] | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self._reactor = reactor
        self._limits = limits or Limits()
        self._dry_run = dry_run
        self._make_http = make_http or self._over_the_network
        self._kept: dict[BackendId, _Kept] = {}
        self._clocks = clocks

    def at(self, address: Address) -> Cluster:
        """The cluster behind `address`. Running requests of an old address still end (GNT-016).

        Raises ClusterRefused when `address.verify` cannot be used.
        """
        return self.ganeti(address)

    def ganeti(self, address: Address) -> GanetiCluster:
        """The same, with what only this driver offers (features, probe, tags)."""
        kept = self._kept.get(address.backend)
        if kept is None or kept.address != address:
            credentials = Credentials(address.username, address.password)
            try:
                http = self._make_http(address)
            except ValueError as error:
                raise ClusterRefused(f"Cluster {address.cluster}: {error}.") from None
            rapi = Rapi(
                self._reactor,
                http,
                address.url,
                credentials,
                self._limits,
                address.cluster,
                self._clocks,
            )
            cluster = GanetiCluster(address, rapi, Breaker(self._reactor), self._dry_run)
            kept = self._kept[address.backend] = _Kept(address, cluster)
        return kept.cluster

    def silent(self) -> list[str]:
        """The names of those that do not answer: their circuits are open."""
        kept = self._kept.values()
        return sorted(each.address.cluster for each in kept if not each.cluster.reachable)

    def forget(self, backend: BackendId) -> None:
        """The backend is gone; its pool is let go. A second call does nothing."""
        kept = self._kept.pop(backend, None)
        if kept is not None and self._clocks is not None:
            self._clocks.forget(f"cluster {kept.address.cluster}")

    def _over_the_network(self, address: Address) -> Http:
        return http_client(self._reactor, address.verify, self._limits.connect)
