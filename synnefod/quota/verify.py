"""Usage compared with what really exists (identity.md 2.13).

A service that charges a resource offers a `Counts`: what it holds, by person and project. A
counter that is off is put right by a commission, so the correction stands in the log like any
other change of usage.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from attrs import frozen

from synnefod.quota.holdings import INSIDE, Ledger
from synnefod.quota.interface import (
    Counts,
    Difference,
    Provision,
    project_holder,
    user_holder,
)
from synnefod.store.interface import Store, Tx

_Key = tuple[str, str | None, str]


@frozen
class UsageVerifier:
    """Compares and puts right."""

    store: Store
    ledger: Ledger

    async def verify(
        self,
        counts: Mapping[str, Counts],
        *,
        fix: bool = False,
        force: bool = False,
        holders: Collection[str] = (),
    ) -> list[Difference]:

        async def body(tx: Tx) -> list[Difference]:
            expected: dict[_Key, int] = {}
            for resource, count in counts.items():
                for (user, project), amount in (await count(tx)).items():
                    whole = project_holder(project)
                    for key in ((user_holder(user), whole, resource), (whole, None, resource)):
                        expected[key] = expected.get(key, 0) + amount
            found = await self._differing(tx, counts, expected)
            if holders:
                found = [each for each in found if {each.holder, each.source} & set(holders)]
            return [await self._fixed(tx, each, force) for each in found] if fix else found

        work = self.store.transact if fix else self.store.read
        return await work("verify usage", body)

    async def _differing(
        self, tx: Tx, resources: Iterable[str], expected: Mapping[_Key, int]
    ) -> list[Difference]:
        wanted = set(resources)
        missing = dict(expected)
        result = []
        for each in await self.ledger.every(tx):
            if each.resource in wanted:
                exists = missing.pop((each.holder, each.source, each.resource), 0)
                if not each.usage_min <= exists <= each.usage_max:
                    difference = Difference(each.holder, each.source, each.resource, exists, each)
                    result.append(difference)
        return result + [
            Difference(holder, source, resource, exists, None)
            for (holder, source, resource), exists in missing.items()
            if exists
        ]

    async def _fixed(self, tx: Tx, found: Difference, force: bool) -> Difference:
        holding = found.holding
        if holding is None or holding.pending:
            return found
        change = found.exists - holding.usage_max
        if change > 0 and found.exists > holding.limit and not force:
            return found
        provision = Provision(found.holder, found.source, found.resource, change)
        serial = await self.ledger.issue(tx, INSIDE, [provision], "verify usage", force=force)
        await self.ledger.settle(tx, serial, accept=True)
        return Difference(
            found.holder, found.source, found.resource, found.exists, holding, fixed=True
        )
