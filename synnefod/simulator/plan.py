"""A checked opcode, ready to take effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import Factory, define

from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator.failures import prerequisite
from synnefod.simulator.world import Instance, World


@define
class Plan:
    """`effect` changes the world and gives the opcode's result; it may raise OpFailed.

    `log` is what the opcode says while it runs; `promised` are (network, address) pairs in
    `World.taken` that are given back when the opcode has ended.
    """

    effect: Callable[[], Any]
    log: list[str] = Factory(list)
    promised: set[tuple[str, str]] = Factory(set)


def world_instance(world: World, op: Mapping[str, Any]) -> Instance:
    """The instance that an opcode names. Raises OpFailed."""
    instance: Instance | None = world.instances.get(op["instance_name"])
    if instance is None:
        raise prerequisite(f"Instance '{op['instance_name']}' not known", v.UNKNOWN_ENTITY)
    return instance
