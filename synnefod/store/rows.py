"""Many rows in one statement, and in one parameter: a JSON array of arrays.

However many rows there are, the text is the same, so that it is translated and planned once.
"""

from __future__ import annotations

from collections.abc import Mapping

_CASTS = {int: "cast(value ->> {} as {{bigint}}) as {}", str: "value ->> {} as {}"}


def rows_of(parameter: str, columns: Mapping[str, type]) -> str:
    """A subselect of the rows in the parameter, with these columns of texts and integers."""
    fields = (
        _CASTS[kind].format(place, name) for place, (name, kind) in enumerate(columns.items())
    )
    return f"(select {', '.join(fields)} from {{elements {parameter}}})"
