"""Statements that a connection to PostgreSQL has parsed and planned, by how often they are asked.

A small one costs the server more to parse and to plan than to run. One that has been asked a few
times on a connection is prepared there, between two transactions, and only executed from then on.
Parameters are of the types that their values had, for the server would guess narrower ones; a text
that cannot be prepared so is sent as before.
"""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.store.interface import Value

STALE = {"0A000", "26000"}
"""SQLSTATE of a plan that no longer fits the schema, and of one that is not there: the connection
must not be used again."""

_OFTEN = 3
_MOST = 200
_TYPES = {
    int: "bigint",
    bool: "bigint",
    float: "double precision",
    str: "text",
    bytes: "bytea",
    type(None): "unknown",
}

_Key = tuple[str, tuple[str, ...], tuple[type, ...]]


class Prepared:
    """What one connection has prepared, and what it should prepare when it is free."""

    def __init__(self) -> None:
        self.wished: list[_Key] = []
        self._asked: dict[_Key, int] = {}
        self._known: dict[_Key, str] = {}

    def spelled(self, text: str, params: Mapping[str, Value]) -> str:
        """What to send for a query in the driver's spelling: the text itself, or an `execute`."""
        key = (text, tuple(params), tuple(map(type, params.values())))
        known = self._known.get(key)
        if known is not None:
            return known
        asked = self._asked.get(key, 0) + 1
        if len(self._asked) > 10 * _MOST:
            self._asked.clear()
        self._asked[key] = asked
        if asked == _OFTEN and len(self._known) < _MOST and _TYPES.keys() >= set(key[2]):
            self.wished.append(key)
        return text

    def next(self) -> tuple[_Key, str]:
        """A wish and the statement that fulfils it, to be reported by `done` if it does."""
        text, names, types = key = self.wished.pop()
        numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
        declared = f"({', '.join(_TYPES[each] for each in types)})" if types else ""
        return key, f"prepare asked_{len(self._known)}{declared} as {text % numbers}"

    def done(self, key: _Key) -> None:
        """The wish is prepared; a wish that is not is sent as its text for ever."""
        given = f"({', '.join(f'%({each})s' for each in key[1])})" if key[1] else ""
        self._known[key] = f"execute asked_{len(self._known)}{given}"
