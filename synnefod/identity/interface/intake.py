"""People and components that come from a Synnefo 0.21 database (AST-208)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.store.foreign import Tables
from synnefod.store.interface import Tx


@frozen
class People:
    """UUIDs by the other database's numbers; `new` are those that were not here before."""

    by_number: Mapping[int, str]
    new: frozenset[str]


class PeopleIntake(Protocol):
    @property
    def tables(self) -> Mapping[str, Sequence[str]]:
        """What is to be read there, in the words of `store/foreign`."""

    async def take_people(
        self, tx: Tx, tables: Tables, bases: Mapping[int, str], now: int
    ) -> People:
        """`bases`: UUIDs of projects by number. Who is here by UUID is left alone. Raises
        Conflict for a name that belongs to somebody else here."""

    async def take_components(self, tx: Tx, tables: Tables, now: int) -> int:
        """Those whose names are new, with their services; how many."""
