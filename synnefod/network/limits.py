"""How many things of the network service a project may have (network.md 22.8).

Networks and floating IPs are the ledger's to limit; the rest is counted here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId
from synnefod.network.interface.limits import LimitReached
from synnefod.network.records import limits as records
from synnefod.store.interface import Store, Tx

USUAL = {
    "subnet": -1,
    "port": -1,
    "router": 10,
    "security_group": 10,
    "security_group_rule": 100,
    "subnetpool": -1,
    "rbac_policy": -1,
}
"""What a project may have when nobody said otherwise; -1 is without limit."""


@frozen
class Limits:
    """See `interface.limits`."""

    store: Store

    async def check(self, tx: Tx, project: ProjectId, resource: str, more: int = 1) -> None:
        """Raises LimitReached when the project would have too many with `more`."""
        most = (await records.limits(tx, project)).get(resource, USUAL[resource])
        if most >= 0 and await records.count(tx, project, resource) + more > most:
            raise LimitReached(
                f"Quota exceeded for resources: ['{resource}']. The project may have {most}."
            )

    async def limits(self, project: ProjectId) -> Mapping[str, int]:
        found = await self.store.read("limits", lambda tx: records.limits(tx, project))
        return {**USUAL, **found}

    async def used(self, project: ProjectId) -> Mapping[str, int]:
        async def body(tx: Tx) -> Mapping[str, int]:
            return {name: await records.count(tx, project, name) for name in USUAL}

        return await self.store.read("counts", body)

    async def set(self, project: ProjectId, limits: Mapping[str, int]) -> None:
        for name, most in limits.items():
            if name not in USUAL:
                raise Malformed(f"'{name[:64]}' is no resource with a limit here.")
            if not -1 <= most < 2**31:
                raise Malformed(f"The limit of {name} is -1 or a number that is not negative.")
        await self.store.transact("set limits", lambda tx: records.put(tx, project, limits))

    async def reset(self, project: ProjectId) -> None:
        await self.store.transact("reset limits", lambda tx: records.drop(tx, project))

    async def projects(self) -> Collection[ProjectId]:
        return await self.store.read("projects with limits", records.projects)
