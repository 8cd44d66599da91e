"""The mark that a database transaction is open here, and the refusal of I/O under it.

Note [No outside inside]. Awaiting a broker, a cluster or a client while a transaction is open
makes everybody else wait for that outside party. The stores set the mark while a transaction's
body runs; `protocols` and `blocks` call `refuse_inside` before they start I/O. The mark is a
context variable, so it follows a coroutine and does not leak into its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_transaction: ContextVar[str | None] = ContextVar("transaction", default=None)


class OutsideInsideTransaction(AssertionError):
    """I/O was started while a transaction was open. A defect of the caller."""


@contextmanager
def transaction_open(name: str) -> Iterator[None]:
    """Marks the current context as inside the transaction `name`."""
    token = _transaction.set(name)
    try:
        yield
    finally:
        _transaction.reset(token)


def refuse_inside(what: str) -> None:
    """Raises OutsideInsideTransaction when a transaction is open in this context."""
    name = _transaction.get()
    if name is not None:
        raise OutsideInsideTransaction(f"{what} started inside the transaction '{name}'")
