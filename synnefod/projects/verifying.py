"""Limits in the ledger compared with what projects give (identity.md 2.13, 3.2)."""

from __future__ import annotations

from collections.abc import Collection

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.projects import grants
from synnefod.projects.ground import INITIALISED, Ground
from synnefod.projects.interface import ProjectState
from synnefod.projects.interface.verifying import WrongLimit
from synnefod.projects.records import applications
from synnefod.projects.records import projects as records
from synnefod.quota.interface import (
    PENDING_APP,
    Difference,
    UsageVerification,
    project_holder,
    user_holder,
)
from synnefod.store.interface import Tx

_Key = tuple[str, str | None, str]


@frozen
class LimitVerifier:
    """Compares and puts right."""

    ground: Ground

    async def verify(self, *, fix: bool = False, unexpected: bool = False) -> list[WrongLimit]:
        """All wrong limits; with `unexpected` also counters that nobody should have.

        With `fix` they are put right; unexpected ones are deleted where nothing is pending and
        nothing used. A second call finds only what stayed.
        """

        async def body(tx: Tx) -> list[WrongLimit]:
            expected = await self._expected(tx)
            found: list[WrongLimit] = []
            for each in await self.ground.quota.every(tx):
                key = (each.holder, each.source, each.resource)
                limit = expected.pop(key, None)
                if limit != each.limit and (limit is not None or unexpected):
                    found.append(WrongLimit(*key, limit, each))
            found += [WrongLimit(*key, limit, None) for key, limit in expected.items()]
            if fix:
                for wrong in found:
                    await self._fix(tx, wrong)
            return found

        work = self.ground.store.transact if fix else self.ground.store.read
        return await work("verify limits", body)

    async def _fix(self, tx: Tx, wrong: WrongLimit) -> None:
        if wrong.expected is not None:
            limits = {wrong.resource: wrong.expected}
            await self.ground.quota.set_limits(tx, wrong.holder, wrong.source, limits)
        elif wrong.holding is not None and wrong.holding.usage_max == 0:
            await self.ground.quota.drop(tx, wrong.holding)

    async def _expected(self, tx: Tx) -> dict[_Key, int]:
        projects = await records.listing(
            tx, name=None, owner=None, states=INITIALISED, member=None, base=None
        )
        ids = [each.id for each in projects]
        capacities = await records.capacities_of(tx, ids)
        result: dict[_Key, int] = {}
        active = {each.id for each in projects if each.state is ProjectState.ACTIVE}
        for id_ in ids:
            for name, each in capacities.get(id_, {}).items():
                result[project_holder(id_), None, name] = each.project if id_ in active else 0
        for member in await records.members(tx, projects=ids):
            if not member.initialized:
                continue
            works = member.project in active and member.state in grants.ACTIVE_MEMBER
            for name, each in capacities.get(member.project, {}).items():
                source = project_holder(member.project)
                result[user_holder(member.person), source, name] = each.member if works else 0
        return result


async def pending_applications(tx: Tx) -> dict[tuple[UserId, ProjectId], int]:
    """How much of `astakos.pending_app` exists: a `Counts` for verifying usage."""
    found = await applications.pending(tx)
    return {(user, ProjectId(user)): count for user, count in found.items()}


@frozen
class ApplicationUsage:
    """The counters of pending applications (AST-198)."""

    verifier: UsageVerification

    async def pending_applications(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> list[Difference]:
        """As `UsageVerification.verify`."""
        counts = {PENDING_APP: pending_applications}
        return await self.verifier.verify(counts, fix=fix, force=force, holders=holders)
