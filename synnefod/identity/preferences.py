"""What a person likes, kept for whatever program shows them the cloud (web-ui.md 5, UI-318)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import TooLarge
from synnefod.common.ids import UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.common.text import micros
from synnefod.identity.interface import PREFERENCES_LIMIT
from synnefod.identity.records import preferences as records
from synnefod.store.interface import Store


@frozen
class PreferenceDesk:
    """Implements `Preferences`."""

    store: Store
    clock: IClock

    async def show(self, user: UserId) -> dict[str, Any]:
        body = await self.store.read("preferences", lambda tx: records.show(tx, user))
        return {} if body is None else parse(body, dict[str, Any])

    async def replace(self, user: UserId, wanted: Mapping[str, Any]) -> None:
        text = dump_text(wanted)
        if len(text.encode()) > PREFERENCES_LIMIT:
            raise TooLarge(f"Preferences have at most {PREFERENCES_LIMIT} bytes.")
        now = micros(self.clock.seconds())
        await self.store.transact(
            "replace preferences", lambda tx: records.replace(tx, user, text, now)
        )
