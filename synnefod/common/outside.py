"""The mark that a database transaction is open here, and the refusal of I/O under it.

Note [No outside inside]. Awaiting a broker, a cluster or a client while a transaction is open
makes everybody else wait for that outside party. The stores set the mark while a transaction's
body runs; `protocols` and `blocks` call `refuse_inside` before they start I/O. The mark is a
context variable, so it follows a coroutine and does not leak into its neighbours.

Note [Rehearsals]. An administrator's command may be tried out (OPS-020): its verb runs until it
would change something for the first time, in the store or outside. Whoever is about to change
something asks here (`end_rehearsal`); the store asks when a transaction's body has run, and then
rolls back. So whatever refuses the change does so in a rehearsal too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from synnefod.common.errors import Rehearsed

_rehearsal: ContextVar[bool] = ContextVar("rehearsal", default=False)
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


@contextmanager
def rehearsal(wanted: bool) -> Iterator[None]:
    """What is begun in it changes nothing, if `wanted`."""
    token = _rehearsal.set(wanted)
    try:
        yield
    finally:
        _rehearsal.reset(token)


def rehearsing() -> bool:
    return _rehearsal.get()


def end_rehearsal(what: str) -> None:
    """Raises Rehearsed in a rehearsal; to be called before something is changed."""
    if _rehearsal.get():
        raise Rehearsed(f"It would {what}.")
