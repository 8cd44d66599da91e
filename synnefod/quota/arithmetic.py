"""The arithmetic of a commission on one counter (identity.md 3.3). Pure.

issue    q >= 0: usage_max += q, if it stays within the limit    q < 0: usage_min += q, if >= 0
accept   q >= 0: usage_min += q                                  q < 0: usage_max += q
reject   q >= 0: usage_max -= q                                  q < 0: usage_min -= q
"""

from __future__ import annotations

from collections.abc import Iterable

from synnefod.common.errors import Malformed
from synnefod.quota.interface import (
    INFINITE,
    Charge,
    Holding,
    NoCapacity,
    NoQuantity,
    Provision,
    project_holder,
    user_holder,
)

Key = tuple[str, str, str]
"""Holder, source ("" for none), resource."""


def key_of(provision: Provision) -> Key:
    return provision.holder, provision.source or "", provision.resource


def provisions_of(charges: Iterable[Charge]) -> list[Provision]:
    """Each charge as its two counters: the member's part of the project, and the project's own."""
    result = []
    for charge in charges:
        project = project_holder(charge.project)
        user = user_holder(charge.user)
        result.append(Provision(user, project, charge.resource, charge.quantity))
        result.append(Provision(project, None, charge.resource, charge.quantity))
    return result


def merged(provisions: Iterable[Provision]) -> dict[Key, Provision]:
    """Provisions of the same counter summed (AST-055). Raises Malformed beyond 64 bits."""
    result: dict[Key, Provision] = {}
    for provision in provisions:
        key = key_of(provision)
        before = result.get(key)
        quantity = provision.quantity + (before.quantity if before else 0)
        if abs(quantity) > INFINITE:
            raise Malformed("The quantities of one resource add up to more than 64 bits.")
        result[key] = Provision(provision.holder, provision.source, provision.resource, quantity)
    return result


def issue(holding: Holding, quantity: int, *, force: bool) -> tuple[int, int]:
    """What issuing adds to (usage_min, usage_max). Raises NoCapacity, NoQuantity, Malformed."""
    if quantity < 0:
        if holding.usage_min + quantity < 0:
            raise NoQuantity(
                f"Less than {-quantity} of {holding.resource} is in use.",
                resource=holding.resource,
                holder=holding.holder,
                source=holding.source,
                requested=quantity,
                limit=0,
                usage=holding.usage_min,
            )
        return quantity, 0
    if not force and holding.usage_max + quantity > holding.limit:
        raise NoCapacity(
            f"The quota of {holding.resource} is exceeded: {quantity} more are asked for, "
            f"{holding.usage_max} of {holding.limit} are in use.",
            resource=holding.resource,
            holder=holding.holder,
            source=holding.source,
            requested=quantity,
            limit=holding.limit,
            usage=holding.usage_max,
        )
    if holding.usage_max + quantity > INFINITE:
        raise Malformed(f"The usage of {holding.resource} would not fit in 64 bits.")
    return 0, quantity


def resolve(quantity: int, *, accept: bool) -> tuple[int, int]:
    """What accepting or rejecting adds to (usage_min, usage_max). Never refused (AST-072)."""
    if accept:
        return (quantity, 0) if quantity >= 0 else (0, quantity)
    return (0, -quantity) if quantity >= 0 else (-quantity, 0)
