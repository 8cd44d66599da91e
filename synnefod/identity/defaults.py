"""Default projects that end with a membership (identity.md 3.6, AST-045)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.identity.records import users as records
from synnefod.store.interface import Tx


@frozen
class Defaults:
    """What projects may change of accounts, in their own transactions."""

    async def forget(self, tx: Tx, project: ProjectId, user: UserId | None) -> None:
        """Those (None: all) whose default project this is get their own one. Again: nothing."""
        await records.reset_default(tx, project, user)
