"""What each opcode checks and does. `plan` checks and promises; its effect is run at the end.

A check that fails raises OpFailed before the opcode runs (OpPrereqError) or while it does
(OpExecError), with the texts and codes that Ganeti 3.0.2 was seen to give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from synnefod.common.ids import new_uuid
from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator.devices import change_disks, change_nics, find, new_disk, new_nic
from synnefod.simulator.failures import execution, prerequisite
from synnefod.simulator.networks import NETWORK_PLANS
from synnefod.simulator.plan import Plan, world_instance
from synnefod.simulator.world import (
    BEPARAMS,
    DISK_TEMPLATES,
    HVPARAMS,
    HYPERVISOR,
    Instance,
    Node,
    World,
)

FAILING = "fail"
"""An instance name or an `img_id` that begins so makes the installation fail."""


def plan(world: World, op: dict[str, Any]) -> Plan:
    """Checks `op` against the cluster as it is now; may complete `op` (MACs, addresses, node)."""
    planned = _PLANS[op["OP_ID"]](world, op)
    if op.get("dry_run"):
        note = " - INFO: dry-run mode requested, not actually executing the operation"
        return Plan(lambda: None, [note])
    return planned


def create(world: World, op: dict[str, Any]) -> Plan:
    name = op["instance_name"]
    if name in world.instances:
        raise prerequisite(f"Instance '{name}' is already in the cluster", v.ALREADY_EXISTS)
    template = op.get("disk_template", "diskless")
    if template not in DISK_TEMPLATES:
        enabled = ",".join(DISK_TEMPLATES)
        raise prerequisite(
            f"Disk template '{template}' is not enabled in cluster."
            f" Enabled disk templates are: {enabled}"
        )
    _check_hvparams(op["hvparams"])
    beparams = {**BEPARAMS, **_beparams(op["beparams"])}
    op["beparams"] = _beparams(op["beparams"])
    op["hypervisor"] = HYPERVISOR
    disks = [new_disk(template, each) for each in op.get("disks") or []]
    node = _place(world, name, beparams, sum(disk.size for disk in disks), op.get("pnode"))
    chosen = "pnode" not in op
    op["pnode"], op["pnode_uuid"] = node.name, node.uuid
    planned = Plan(lambda: None)
    nics = [new_nic(world, planned, each) for each in op.get("nics") or []]
    instance = Instance(
        name=name,
        uuid=new_uuid(),
        node=node.name,
        os=op.get("os_type") or "",
        disk_template=template,
        beparams=beparams,
        hvparams={**HVPARAMS, **op["hvparams"]},
        nics=nics,
        disks=disks,
        tags=sorted(set(op["tags"])),
        ctime=world.clock.seconds(),
    )

    def effect() -> list[str]:
        if template != "diskless" and _told_to_fail(name, op):
            world.save(instance)
            instance.applied = None
            raise execution(
                f"Could not add os for instance {name} on node {node.name}: OS create script"
                " failed (exited with exit code 1), last lines in the log file:\ntold to fail"
            )
        instance.admin_up = instance.running = bool(op["start"])
        world.save(instance, [node.name])
        return [node.name]

    planned.effect = effect
    if chosen:
        planned.log.append(
            f" - INFO: Selected nodes for instance {name} via iallocator hail: {node.name}"
        )
    planned.log += [f"* disk {i}, size {disk.size}M" for i, disk in enumerate(disks)]
    planned.log += ["* creating instance disks...", f"adding instance {name} to cluster config"]
    if template != "diskless":
        planned.log.append("* running the instance OS create scripts...")
    if op["start"]:
        planned.log.append("* starting instance...")
    return planned


def startup(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    return Plan(lambda: _switch(world, instance, True))


def shutdown(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    return Plan(lambda: _switch(world, instance, False))


def reboot(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    return Plan(lambda: _switch(world, instance, True))


def _switch(world: World, instance: Instance, on: bool) -> None:
    instance.admin_up = instance.running = on
    world.touch(instance)


def remove(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    return Plan(lambda: world.drop(instance))


def rename(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    new = op["new_name"]
    if new in world.instances:
        raise prerequisite(f"Instance '{new}' is already in the cluster", v.ALREADY_EXISTS)
    if instance.running:
        raise prerequisite(
            f"Instance '{instance.name}' is marked to be up, cannot rename", v.WRONG_STATE
        )

    def effect() -> str:
        world.drop(instance)
        instance.name = new
        world.touch(instance, new)
        return str(new)

    return Plan(effect)


def set_params(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    keys = ("nics", "disks", "beparams", "hvparams", "osparams", "os_name", "offline")
    if not any(op.get(key) for key in keys):
        raise prerequisite("No changes submitted", v.WRONG_INPUT)
    _check_hvparams(op["hvparams"])
    op["beparams"] = _beparams(op["beparams"])
    planned = Plan(lambda: None)
    nics, nic_changes = change_nics(world, planned, instance, op)
    changed = change_disks(world, instance, op)
    changes = [
        *[[f"be/{key}", value] for key, value in op["beparams"].items()],
        *[[f"hv/{key}", value] for key, value in op["hvparams"].items()],
        *nic_changes,
        *changed.said,
    ]

    def effect() -> list[list[Any]]:
        world.part_with(changed.leaving)
        instance.nics, instance.disks = nics, changed.disks
        instance.beparams.update(op["beparams"])
        instance.hvparams.update(op["hvparams"])
        if op.get("os_name"):
            instance.os = op["os_name"]
        world.touch(instance, changes)
        world.join(changed.coming)
        return changes

    planned.effect = effect
    return planned


def grow_disk(world: World, op: dict[str, Any]) -> Plan:
    instance = world_instance(world, op)
    if not 0 <= int(op["disk"]) < len(instance.disks):
        raise prerequisite(f"Invalid disk index: {op['disk']}", v.WRONG_INPUT)
    disk = instance.disks[int(op["disk"])]
    target = int(op["amount"]) + (0 if op["absolute"] else disk.size)
    if target < disk.size:
        raise prerequisite("Requested size is smaller than current disk size", v.WRONG_STATE)

    def effect() -> None:
        disk.size = target
        world.touch(instance)

    return Plan(effect)


def snapshot(world: World, op: dict[str, Any]) -> Plan:
    """Copies disks under new names (ganeti.md 24.4); only external storage can."""
    instance = world_instance(world, op)
    if instance.disk_template != "ext":
        raise prerequisite("Only disks of template 'ext' can be snapshotted", v.WRONG_INPUT)
    disks = op.get("disks")
    if not isinstance(disks, list) or not disks:
        raise prerequisite("No disks to snapshot", v.WRONG_INPUT)
    made = []
    for which, given in disks:
        find(instance.disks, which, "disk")
        name = given.get("snapshot_name")
        if not isinstance(name, str) or not name:
            raise prerequisite("Missing snapshot_name", v.WRONG_INPUT)
        made.append([which, name])
    return Plan(lambda: made)


def change_tags(world: World, op: dict[str, Any]) -> Plan:
    tagged: Any
    if op["kind"] == "instance":
        tagged = world_instance(world, {**op, "instance_name": op["name"]})
    elif op["kind"] == "network":
        tagged = world.networks.get(op["name"])
        if tagged is None:
            raise prerequisite(f"Network '{op['name']}' not found", v.UNKNOWN_ENTITY)
    else:
        tagged = world.cluster
    given = set(op["tags"])
    if op["OP_ID"] == v.TAGS_DEL and not given <= set(tagged.tags):
        names = ", ".join(f"'{tag}'" for tag in sorted(given - set(tagged.tags)))
        raise prerequisite(f"Tag(s) {names} not found", v.UNKNOWN_ENTITY)

    def effect() -> None:
        old = set(tagged.tags)
        tagged.tags = sorted(old | given if op["OP_ID"] == v.TAGS_SET else old - given)
        world.save(tagged)

    return Plan(effect)


def cluster_params(world: World, _op: dict[str, Any]) -> Plan:
    return Plan(lambda: world.save(world.cluster))


def _beparams(given: Mapping[str, Any]) -> dict[str, Any]:
    params = dict(given)
    if "memory" in params:
        params["maxmem"] = params["minmem"] = params.pop("memory")
    for key, value in params.items():
        if key not in BEPARAMS:
            raise prerequisite(f"Unknown parameter '{key}'", v.WRONG_INPUT)
        if key in ("minmem", "maxmem", "vcpus") and (not isinstance(value, int) or value <= 0):
            raise prerequisite(f"Invalid value '{value}' for parameter '{key}'", v.WRONG_INPUT)
    return params


def _check_hvparams(given: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - set(HVPARAMS))
    if unknown:
        raise prerequisite(f"Parameter '{unknown[0]}' is not supported", v.WRONG_INPUT)


def _place(
    world: World, name: str, beparams: Mapping[str, Any], disk: int, wanted: str | None
) -> Node:
    """The emptiest node that has room, as the allocator would say."""
    fitting = []
    for node in world.cluster.nodes:
        used_memory, used_disk, _names = world.usage(node)
        free = node.memory - used_memory
        if node.drained or node.offline or (wanted and node.name != wanted):
            continue
        if free >= beparams["maxmem"] and node.disk - used_disk >= disk:
            fitting.append((free, node.name, node))
    if fitting:
        return max(fitting, key=lambda each: each[:2])[2]
    if wanted and all(node.name != wanted for node in world.cluster.nodes):
        raise prerequisite(f"Node '{wanted}' not known", v.UNKNOWN_ENTITY)
    raise prerequisite(
        f"Can't compute nodes using iallocator 'hail': No valid allocation solutions,"
        f" failure reasons: FailMem ({name})",
        v.NO_RESOURCES,
    )


def _told_to_fail(name: str, op: Mapping[str, Any]) -> bool:
    return name.startswith(FAILING) or str(op["osparams"].get("img_id", "")).startswith(FAILING)


_PLANS: dict[str, Callable[[World, dict[str, Any]], Plan]] = {
    v.CREATE: create,
    v.STARTUP: startup,
    v.SHUTDOWN: shutdown,
    v.REBOOT: reboot,
    v.REMOVE: remove,
    v.RENAME: rename,
    v.SET_PARAMS: set_params,
    v.GROW_DISK: grow_disk,
    v.SNAPSHOT: snapshot,
    v.TAGS_SET: change_tags,
    v.TAGS_DEL: change_tags,
    v.CLUSTER_SET_PARAMS: cluster_params,
    **NETWORK_PLANS,
}


def lock_of(op: Mapping[str, Any]) -> str:
    """What an opcode works on: opcodes of one name run one after another."""
    if "instance_name" in op:
        return f"instance {op['instance_name']}"
    if "network_name" in op:
        return f"network {op['network_name']}"
    if op.get("kind") in ("instance", "network"):
        return f"{op['kind']} {op['name']}"
    return "cluster"
