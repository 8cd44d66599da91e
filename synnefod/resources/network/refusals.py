"""Statuses of the network service's own refusals (network.md 22.1)."""

from __future__ import annotations

from synnefod.network import interface as network
from synnefod.resources.faults import Row, register


def register_refusals() -> None:
    """Once for the process; again changes nothing."""
    conflict = Row(409, "conflict", "conflictingRequest")
    register(network.NetworkConflict, conflict)
    register(
        network.SubnetsFrozen,
        Row(400, "badRequest", "badRequest", {"neutron": (409, "")}),
    )
    register(
        network.SubnetSize,
        Row(413, "overLimit", "overLimit", {"neutron": (400, "")}),
    )
