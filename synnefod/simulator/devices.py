"""NICs and disks of instances: making them, and `SET_PARAMS`' lists of changes."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import frozen

from synnefod.common.ids import new_uuid
from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator.failures import prerequisite
from synnefod.simulator.plan import Plan
from synnefod.simulator.world import GROUP, Disk, Instance, Nic, World

D = TypeVar("D", Nic, Disk)
MAC_PREFIX = "aa:00:00"
_DISK_KEYS = {"size", "name", "mode", "vg", "metavg", "spindles", "access", "adopt"}
_NIC_KEYS = {"name", "ip", "mac", "network", "mode", "link", "vlan", "bridge"}


def new_disk(template: str, given: Mapping[str, Any]) -> Disk:
    """A disk; its size in MiB, which file-backed templates round up to 4 MiB."""
    size = given.get("size")
    if not isinstance(size, int) or size < 0:
        raise prerequisite(f"Invalid disk size '{size}'", v.WRONG_INPUT)
    params = {key: value for key, value in given.items() if key not in _DISK_KEYS}
    if params and template != "ext":
        raise prerequisite(f"Unknown disk parameter '{min(params)}'", v.WRONG_INPUT)
    if template == "ext" and "provider" not in params:
        raise prerequisite("Missing provider for template 'ext'", v.WRONG_INPUT)
    if template in ("file", "sharedfile"):
        size = -(-size // 4) * 4
    return Disk(uuid=new_uuid(), size=size, name=given.get("name"), params=params)


def new_nic(world: World, planned: Plan, given: dict[str, Any]) -> Nic:
    """A NIC, its address taken from its network when it has one. Writes MAC and address back
    into `given`, as a finished job shows them."""
    unknown = sorted(set(given) - _NIC_KEYS)
    if unknown:
        raise prerequisite(f"Unknown NIC parameter '{unknown[0]}'", v.WRONG_INPUT)
    nic = Nic(uuid=new_uuid(), mac="", name=given.get("name"))
    name = given.get("network")
    prefix = None
    if name is None:
        nic.mode = given.get("mode", nic.mode)
        nic.link = given.get("link", nic.link)
        nic.ip = given.get("ip")
    else:
        network = world.networks.get(name)
        if network is None:
            raise prerequisite(f"Network '{name}' not found", v.UNKNOWN_ENTITY)
        if GROUP not in network.groups:
            raise prerequisite(
                f"No netparams found for the network {name}, probably not connected",
                v.WRONG_INPUT,
            )
        nic.network = name
        nic.mode, nic.link, nic.vlan = network.groups[GROUP]
        nic.ip = _address(world, planned, name, given.get("ip"))
        prefix = network.mac_prefix
    if given.get("mac") in (None, "auto", "generate"):
        given["mac"] = _mac(world, prefix or MAC_PREFIX)
    nic.mac = given["mac"]
    if nic.ip:
        given["ip"] = nic.ip
    return nic


def change_nics(
    world: World, planned: Plan, instance: Instance, op: Mapping[str, Any]
) -> tuple[list[Nic], list[list[Any]]]:
    """The NICs after `op`'s changes, and what the job's result says of them."""
    nics = list(instance.nics)
    said: list[list[Any]] = []
    for action, which, given in op["nics"]:
        if action == "add":
            nic = new_nic(world, planned, given)
            said.append(
                [
                    f"nic.{len(nics)}",
                    f"add:mac={nic.mac},ip={nic.ip},mode={nic.mode},link={nic.link}"
                    + (f",network={nic.network}" if nic.network else ""),
                ]
            )
            nics.append(nic)
            continue
        index = find(nics, which, "NIC")
        if action == "remove":
            del nics[index]
            said.append([f"NIC/{index}", "remove"])
        else:
            nic = nics[index] = copy.copy(nics[index])
            for key in ("name", "ip", "mode", "link"):
                if key in given:
                    setattr(nic, key, given[key])
                    said.append([f"nic.{key}/{index}", given[key]])
    return nics, said


@frozen
class DiskChanges:
    """The disks after an opcode's changes, what the job's result `said` of them, and those that
    leave the instance and come to it with their data."""

    disks: list[Disk]
    said: list[list[Any]]
    leaving: list[Disk]
    coming: list[Disk]


def change_disks(world: World, instance: Instance, op: Mapping[str, Any]) -> DiskChanges:
    """What `op` makes of the disks."""
    disks = list(instance.disks)
    said: list[list[Any]] = []
    leaving: list[Disk] = []
    coming: list[Disk] = []
    hot = op.get("hotplug") or op.get("hotplug_if_possible")
    for action, which, given in op["disks"]:
        if action == "add":
            disk = new_disk(instance.disk_template, given)
            said.append([f"disk/{len(disks)}", f"add:size={disk.size},mode=rw"])
            disks.append(disk)
            continue
        if action == "attach":
            disk = _of_no_instance(world, given)
            said.append([f"disk/{len(disks)}", f"attach:size={disk.size},mode=rw"])
            disks.append(disk)
            coming.append(disk)
            continue
        index = find(disks, which, "disk")
        if action in ("remove", "detach"):
            if instance.admin_up and not hot:
                raise prerequisite(
                    f"Instance '{instance.name}' is marked to be up, can't remove volume from"
                    " a running instance without using hotplug",
                    v.WRONG_STATE,
                )
            disk = disks.pop(index)
            if action == "detach":
                leaving.append(disk)
            said.append([f"disk/{index}", action])
        else:
            disk = disks[index] = copy.copy(disks[index])
            disk.name = given.get("name", disk.name)
            said.append([f"disk.name/{index}", disk.name])
    return DiskChanges(disks, said, leaving, coming)


def _of_no_instance(world: World, given: Mapping[str, Any]) -> Disk:
    """The detached disk that is named by `uuid` or `name`, and by that alone."""
    if len(given) != 1 or not given.keys() & {"uuid", "name"}:
        raise prerequisite(
            "Only one argument is permitted in attach op, either name or uuid", v.WRONG_INPUT
        )
    ((key, value),) = given.items()
    found = [disk for disk in world.detached.values() if getattr(disk, key) == value]
    if len(found) != 1:
        raise prerequisite(f"No disk was found with this {key}: {value}", v.WRONG_INPUT)
    return found[0]


def find(devices: list[D], which: Any, what: str) -> int:
    """A device's index, from an index (-1: the last), a name or a UUID."""
    text = str(which)
    if text == "-1" and devices:
        return len(devices) - 1
    if text.isdigit() and int(text) < len(devices):
        return int(text)
    for index, device in enumerate(devices):
        if text in (device.name, device.uuid):
            return index
    raise prerequisite(f"Cannot find {what} with identifier {text}", v.UNKNOWN_ENTITY)


def _address(world: World, planned: Plan, name: str, wanted: str | None) -> str | None:
    """`wanted`, checked to be free, or the first free address for "pool"; promised to the plan."""
    if not wanted:
        return None
    network = world.networks[name]
    held = world.addresses_of(name)
    if wanted == "pool":
        kept = network.kept_back()
        free = (str(each) for each in network.addresses().hosts())
        wanted = next((each for each in free if each not in held and each not in kept), None)
        if wanted is None:
            raise prerequisite(f"Network '{name}' is full", v.WRONG_STATE)
    elif wanted in held or wanted in (network.kept_back() - set(network.external)):
        raise prerequisite(f"IP {wanted} not available in network {name}", v.NOT_UNIQUE)
    world.taken.add((name, wanted))
    planned.promised.add((name, wanted))
    return wanted


def _mac(world: World, prefix: str) -> str:
    held = {nic.mac for instance in world.instances.values() for nic in instance.nics}
    while True:
        mac = prefix + "".join(f":{byte:02x}" for byte in secrets.token_bytes(3))
        if mac not in held:
            return mac
