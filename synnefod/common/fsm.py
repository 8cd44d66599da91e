"""Pure state machines: a table, one step, the proof that it is total, and a drawing.

TABLE = {(S.BUILD, E.CREATED): Move(S.STARTED, (O.SETTLE,)), ...}
IGNORED = {(S.STARTED, E.CREATED), ...}
machine = Machine(S, E, TABLE, IGNORED)
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Set
from typing import Generic, TypeVar

from attrs import field, frozen

from synnefod.common.errors import BadTransition

S = TypeVar("S", bound=enum.Enum)
E = TypeVar("E", bound=enum.Enum)
O = TypeVar("O", bound=enum.Enum)  # noqa: E741


@frozen
class Move(Generic[S, O]):
    """Where a transition leads, and what is to be done because of it, in order."""

    to: S
    outputs: tuple[O, ...] = ()


@frozen
class Machine(Generic[S, E, O]):
    """A transition table over two enumerations. Every pair is in `table` or in `ignored`."""

    states: type[S]
    events: type[E]
    table: Mapping[tuple[S, E], Move[S, O]]
    ignored: Set[tuple[S, E]] = field(factory=frozenset)

    def step(self, state: S, event: E) -> Move[S, O]:
        """The move for this pair; an ignored pair stays and does nothing.

        Raises BadTransition for a pair that nobody has decided about.
        """
        move = self.table.get((state, event))
        if move is not None:
            return move
        if (state, event) in self.ignored:
            return Move(state)
        raise BadTransition(f"{event.name} in state {state.name}")

    def undecided(self) -> Iterator[tuple[S, E]]:
        """Pairs that are neither moved nor ignored. Empty for a total table."""
        for state in self.states:
            for event in self.events:
                if (state, event) not in self.table and (state, event) not in self.ignored:
                    yield state, event

    def contradictions(self) -> Iterator[tuple[S, E]]:
        """Pairs that are both moved and ignored. Empty for a sound table."""
        return iter(sorted(self.table.keys() & set(self.ignored), key=repr))

    def mermaid(self) -> str:
        """The table as a Mermaid state diagram, in a stable order."""
        lines = ["stateDiagram-v2"]
        for (state, event), move in self.table.items():
            outputs = ", ".join(output.name for output in move.outputs)
            label = event.name + (f" / {outputs}" if outputs else "")
            lines.append(f"    {state.name} --> {move.to.name}: {label}")
        return "\n".join(lines) + "\n"
