"""What the use cases of the object store are given, and the settings that they follow."""

from __future__ import annotations

import string
from typing import Any, Protocol

from attrs import frozen

from synnefod.blocks.interface import Blocks
from synnefod.common.clockwork import IClock
from synnefod.common.ids import UserId
from synnefod.common.text import micros
from synnefod.identity.interface import User
from synnefod.quota.interface import Quota
from synnefod.store.interface import Store


class KnowsUsers(Protocol):
    """What is needed of identity."""

    async def users_by_id(self, ids: list[UserId], /) -> dict[UserId, User]: ...

    async def users_by_name(self, names: list[str], /) -> dict[str, User]: ...


@frozen
class ObjectSettings:
    """Settings of the object store (object-storage.md 8).

    `free_versioning`: history is not charged. `versioning` and `container_quota` are the default
    policy. `public_security` is the length of public tokens in bytes, `public_alphabet` their
    letters. `map_check_interval`: seconds between looks for the map of an object whose data is
    not there (PIT-204).
    """

    free_versioning: bool = True
    versioning: str = "auto"
    container_quota: int = 0
    public_security: int = 16
    public_alphabet: str = string.digits + string.ascii_lowercase + string.ascii_uppercase
    max_groups: int = 32
    max_group_members: int = 32
    map_check_interval: float = 5.0


@frozen
class Parts:
    """The supports and neighbours; made once by assembly."""

    store: Store
    blocks: Blocks
    quota: Quota
    identity: KnowsUsers
    threads: Any
    clock: IClock
    settings: ObjectSettings = ObjectSettings()

    def now(self) -> int:
        return micros(self.clock.seconds())
