"""What the services ask of a database, and what a transaction promises.

SQL is written once for both engines, with `:name` parameters. Words in braces are replaced by the
engine's own (`store/dialect.py`): `{for_update}`, `{skip_locked}`, ... Values are only int, float,
str, bytes and None: times are microseconds since the epoch (UTC), booleans 0 and 1, UUIDs and JSON
text. Rows are plain tuples in the order of the columns asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from zope.interface import Interface

from synnefod.common.errors import Unavailable

T = TypeVar("T")
Value = int | float | str | bytes | None
Row = tuple[Any, ...]


class Tx(Protocol):
    """An open transaction. Valid only while the body that received it runs."""

    async def all(self, sql: str, /, **params: Value) -> list[Row]:
        """Every row of a query, or of a statement with RETURNING."""

    async def one(self, sql: str, /, **params: Value) -> Row | None:
        """The first row, or None."""

    async def run(self, sql: str, /, **params: Value) -> int:
        """Runs a statement; the number of rows it touched."""

    async def later(self, sql: str, /, **params: Value) -> None:
        """Runs a statement whose outcome nobody asks for before the next statement, or before the
        transaction ends; what is wrong with it is raised there. Saves a server's caller a trip."""

    async def many(self, sql: str, rows: list[dict[str, Value]], /) -> None:
        """Runs one statement for each of `rows`."""


class StoreUnavailable(Unavailable):
    """The database does not answer. Nothing of the transaction was kept, as far as is known."""


class ConstraintViolation(Exception):
    """A statement broke a constraint; the transaction is rolled back, even if the body goes on.
    `constraint` names the constraint or the columns, as far as the engine tells."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class UniqueViolation(ConstraintViolation):
    """A statement broke a unique constraint or a primary key."""


class ReadOnlyTransaction(AssertionError):
    """A statement in the body of a `read` tried to change something. A defect of the caller."""


class IStore(Interface):
    """A transactional SQL store. Two implementations under one contract."""

    def transact(name: Any, body: Any) -> Any:
        """Awaitable of the result of `await body(tx)`, committed durably.

        `body` is `async def body(tx: Tx)`; it awaits nothing but `tx` (see common/outside). Its
        exception rolls back and propagates. A serialization failure or deadlock runs the body
        again (so it must not change Python state that outlives it), at most a few times.
        Transactions are serializable as far as rows locked with `{for_update}` are concerned:
        read committed on PostgreSQL, one writer at a time on SQLite. Not cancelled with its caller.
        Raises StoreUnavailable when the engine does not answer, UniqueViolation as it says.
        """

    def read(name: Any, body: Any) -> Any:
        """Awaitable of `await body(tx)` on one consistent snapshot; writing in it is refused.

        Does not wait for writers. May be cancelled.
        """


class IReadiness(Interface):
    """A part that knows whether it can serve."""

    def check() -> Any:
        """Awaitable of None when well; raises an exception whose text says what is wrong."""


class Store(Protocol):
    """IStore as a static type."""

    async def transact(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T: ...

    async def read(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T: ...
