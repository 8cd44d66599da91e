"""Neutron's security groups and their rules (network.md 22.5)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.network.interface.groups import NewRule, Rule, SecurityGroup
from synnefod.network.interface.rooms import Rooms
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.bodies import Document as Sent
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import common

Document = dict[str, Any]


class NeutronGroups:
    """`/security-groups` and `/security-group-rules`."""

    def __init__(self, network: Rooms) -> None:
        self.groups = network.groups

    @route("GET", "/security-groups")
    async def listing(self, call: Call) -> Document:
        rows = await self.groups.groups(call.principal)
        return listed(call, "security_groups", [_group(row) for row in rows])

    @route("POST", "/security-groups", status=201, body=dict[str, Any])
    async def create(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "security_group")
        if not isinstance(document.get("name"), str):
            raise Malformed("'name' is missing or no text.")
        row = await self.groups.create(
            call.principal,
            read.chosen_project(call.principal, document),
            document["name"],
            bodies.text(document, "description"),
        )
        return {"security_group": _group(row)}

    @route("GET", "/security-groups/<number>")
    async def show(self, call: Call, number: str) -> Document:
        row = await self.groups.group(call.principal, read.group_id(number))
        return {"security_group": chosen(call, _group(row))}

    @route("PUT", "/security-groups/<number>", body=dict[str, Any])
    async def change(self, call: Call, number: str) -> Document:
        document = bodies.envelope(call.body, "security_group")
        row = await self.groups.modify(
            call.principal,
            read.group_id(number),
            name=read.optional(document, "name", bodies.text),
            description=read.optional(document, "description", bodies.text),
        )
        return {"security_group": _group(row)}

    @route("DELETE", "/security-groups/<number>", status=204)
    async def delete(self, call: Call, number: str) -> None:
        await self.groups.delete(call.principal, read.group_id(number))

    @route("GET", "/security-group-rules")
    async def rules(self, call: Call) -> Document:
        groups = await self.groups.groups(call.principal)
        shown = [_rule(rule) for group in groups for rule in group.rules]
        return listed(call, "security_group_rules", shown)

    @route("POST", "/security-group-rules", status=201, body=dict[str, Any])
    async def add_rule(self, call: Call) -> Document:
        documents, many = read.one_or_many(call.body, "security_group_rule")
        wishes = [_new_rule(each) for each in documents]
        shown = [_rule(rule) for rule in await self.groups.add_rules(call.principal, wishes)]
        return {"security_group_rules": shown} if many else {"security_group_rule": shown[0]}

    @route("GET", "/security-group-rules/<number>")
    async def show_rule(self, call: Call, number: str) -> Document:
        rule = await self.groups.rule(call.principal, read.rule_id(number))
        return {"security_group_rule": chosen(call, _rule(rule))}

    @route("DELETE", "/security-group-rules/<number>", status=204)
    async def remove_rule(self, call: Call, number: str) -> None:
        await self.groups.remove_rule(call.principal, read.rule_id(number))


def _new_rule(document: Sent) -> NewRule:
    protocol = document.get("protocol")
    if isinstance(protocol, int) and not isinstance(protocol, bool):
        protocol = str(protocol)
    if protocol is not None and not isinstance(protocol, str):
        raise Malformed("'protocol' must be text.")
    remote = read.nullable_text(document, "remote_group_id")
    return NewRule(
        group=read.group_id(bodies.text_or_number(document, "security_group_id")),
        direction=bodies.text(document, "direction"),
        ethertype=bodies.text(document, "ethertype", "IPv4"),
        protocol=protocol,
        port_min=read.whole(document, "port_range_min"),
        port_max=read.whole(document, "port_range_max"),
        remote_prefix=read.nullable_text(document, "remote_ip_prefix") or None,
        remote_group=read.group_id(remote) if remote else None,
        description=bodies.text(document, "description"),
    )


def _group(group: SecurityGroup) -> Document:
    return common(group, group.project) | {
        "name": group.name,
        "stateful": True,
        "shared": group.shared,
        "security_group_rules": [_rule(rule) for rule in group.rules],
    }


def _rule(rule: Rule) -> Document:
    shown = common(rule, rule.project)
    del shown["tags"]
    return shown | {
        "security_group_id": str(rule.group),
        "direction": rule.direction,
        "ethertype": rule.ethertype,
        "protocol": rule.protocol,
        "port_range_min": rule.port_min,
        "port_range_max": rule.port_max,
        "remote_ip_prefix": rule.remote_prefix,
        "remote_group_id": None if rule.remote_group is None else str(rule.remote_group),
        "remote_address_group_id": None,
        "normalized_cidr": rule.remote_prefix,
    }
