"""Network opcodes: add, connect to a node group, disconnect, change, remove."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from synnefod.common.ids import new_uuid
from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator.failures import prerequisite
from synnefod.simulator.plan import Plan
from synnefod.simulator.world import Network, World


def add(world: World, op: dict[str, Any]) -> Plan:
    name = op["network_name"]
    if name in world.networks:
        raise prerequisite(
            f"Desired network name '{name}' already exists as a network"
            f" (UUID: {world.networks[name].uuid})",
            v.ALREADY_EXISTS,
        )
    try:
        ipaddress.IPv4Network(op.get("network") or "")
    except ValueError as error:
        raise prerequisite(f"Invalid network: {error}", v.WRONG_INPUT) from None
    network = Network(
        name=name,
        uuid=new_uuid(),
        network=op["network"],
        gateway=op.get("gateway"),
        network6=op.get("network6"),
        gateway6=op.get("gateway6"),
        mac_prefix=op.get("mac_prefix"),
        tags=sorted(op["tags"]),
        external=list(op.get("add_reserved_ips") or []),
        ctime=world.clock.seconds(),
    )
    return Plan(lambda: world.save(network))


def connect(world: World, op: dict[str, Any]) -> Plan:
    network, group = _network(world, op), _group(world, op)
    if group in network.groups:
        said = f" - WARNING: Network '{network.name}' is already mapped to group '{group}'"
        return Plan(lambda: world.save(network), [said])

    def effect() -> None:
        parts = (op.get("network_mode"), op.get("network_link"), op.get("network_vlan"))
        network.groups[group] = [str(part or "") for part in parts]
        world.touch(network)

    return Plan(effect)


def disconnect(world: World, op: dict[str, Any]) -> Plan:
    network, group = _network(world, op), _group(world, op)
    if group not in network.groups:
        said = f" - WARNING: Network '{network.name}' is not mapped to group '{group}'"
        return Plan(lambda: world.save(network), [said])
    if world.addresses_of(network.name):
        raise prerequisite(
            "Conflicting IP addresses found;  remove/modify the corresponding network interfaces",
            v.WRONG_STATE,
        )

    def effect() -> None:
        network.groups.pop(group, None)
        world.touch(network)

    return Plan(effect)


def set_params(world: World, op: dict[str, Any]) -> Plan:
    network = _network(world, op)

    def effect() -> None:
        for key in ("gateway", "network6", "gateway6", "mac_prefix"):
            if key in op:
                setattr(network, key, op[key])
        external = set(network.external) | set(op.get("add_reserved_ips") or [])
        network.external = sorted(external - set(op.get("remove_reserved_ips") or []))
        world.touch(network)

    return Plan(effect)


def remove(world: World, op: dict[str, Any]) -> Plan:
    network = _network(world, op)
    if network.groups:
        raise prerequisite("Network still connected", v.WRONG_STATE)
    return Plan(lambda: world.drop(network))


def _network(world: World, op: Mapping[str, Any]) -> Network:
    network: Network | None = world.networks.get(op["network_name"])
    if network is None:
        raise prerequisite(f"Network '{op['network_name']}' not found", v.UNKNOWN_ENTITY)
    return network


def _group(world: World, op: Mapping[str, Any]) -> str:
    if op.get("group_name") not in world.cluster.groups:
        raise prerequisite(f"Node group '{op.get('group_name')}' not found", v.UNKNOWN_ENTITY)
    return str(op["group_name"])


NETWORK_PLANS: dict[str, Callable[[World, dict[str, Any]], Plan]] = {
    v.NETWORK_ADD: add,
    v.NETWORK_CONNECT: connect,
    v.NETWORK_DISCONNECT: disconnect,
    v.NETWORK_SET_PARAMS: set_params,
    v.NETWORK_REMOVE: remove,
}
