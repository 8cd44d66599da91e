"""Security groups as Nova's clients use them: of servers, and below 2.36 themselves (14.4.2).

They are the network service's; what a server "has" is what its ports have (network.md 22.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import is_uuid
from synnefod.network.interface.groups import (
    NewRule,
    Rule,
    SecurityGroup,
    SecurityGroupConflict,
    SecurityGroupInUse,
    SecurityGroupNotFound,
    SecurityGroupRuleExists,
    SecurityGroupRuleNotFound,
    SecurityGroups,
)
from synnefod.resources.compute.nova.grouping import own, project_of
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.compute.reading import integer
from synnefod.resources.door import Call, route

Document = dict[str, Any]


class NovaGroups:
    """`/os-security-groups`, `/os-security-group-rules`, `/servers/<server>/os-security-groups`."""

    def __init__(self, groups: SecurityGroups, servers: NovaServers) -> None:
        self._groups = groups
        self._servers = servers

    # -- of servers

    @route("GET", "/servers/<server>/os-security-groups")
    async def of_server(self, call: Call, server: str) -> Document:
        detail = await self._servers.one(call, server)
        held = {number for port in detail.ports for number in self._groups.of(port)}
        found = await self._groups.groups(call.principal)
        return {"security_groups": [_shown(each, found) for each in found if each.id in held]}

    # -- themselves

    @route("GET", "/os-security-groups")
    async def index(self, call: Call) -> Document:
        _below_2_36(call)
        found = await self._groups.groups(call.principal)
        mine = [each for each in found if each.shared or own(call, each)]
        everybody = call.query.one("all_tenants") is not None and call.principal.is_admin
        return {"security_groups": [_shown(each, found) for each in (found if everybody else mine)]}

    @route("POST", "/os-security-groups", body=dict[str, Any])
    async def create(self, call: Call) -> Document:
        _below_2_36(call)
        name, description = _words(call.body)
        if name is None:
            raise Malformed("Invalid input for field/attribute name.")
        project = project_of(call)
        try:
            made = await self._groups.create(call.principal, project, name, description or "")
        except SecurityGroupConflict as error:
            raise Malformed(error.message) from None
        return {"security_group": _shown(made, [made])}

    @route("GET", "/os-security-groups/<number>")
    async def show(self, call: Call, number: str) -> Document:
        _below_2_36(call)
        found = await self._groups.group(call.principal, _group_id(number))
        others = await self._groups.groups(call.principal)
        return {"security_group": _shown(found, others)}

    @route("PUT", "/os-security-groups/<number>", body=dict[str, Any])
    async def update(self, call: Call, number: str) -> Document:
        _below_2_36(call)
        name, description = _words(call.body)
        group = _group_id(number)
        try:
            made = await self._groups.modify(
                call.principal, group, name=name, description=description
            )
        except SecurityGroupConflict as error:
            raise Malformed(error.message) from None
        return {"security_group": _shown(made, [made])}

    @route("DELETE", "/os-security-groups/<number>", status=202)
    async def delete(self, call: Call, number: str) -> None:
        _below_2_36(call)
        try:
            await self._groups.delete(call.principal, _group_id(number))
        except (SecurityGroupConflict, SecurityGroupInUse) as error:
            raise Malformed(error.message) from None

    @route("POST", "/os-security-group-rules", body=dict[str, Any])
    async def add_rule(self, call: Call) -> Document:
        _below_2_36(call)
        said = call.body.get("security_group_rule")
        if not isinstance(said, dict):
            raise Malformed("Invalid input for field/attribute security_group_rule.")
        try:
            (made,) = await self._groups.add_rules(call.principal, [_new_rule(said)])
        except SecurityGroupRuleExists as error:
            raise Malformed(error.message) from None
        return {"security_group_rule": _rule(made, await self._groups.groups(call.principal))}

    @route("DELETE", "/os-security-group-rules/<number>", status=202)
    async def remove_rule(self, call: Call, number: str) -> None:
        _below_2_36(call)
        if not (number.isascii() and number.isdigit()) or len(number) > 18:
            raise SecurityGroupRuleNotFound(f"Security group rule {number[:64]} is not found.")
        await self._groups.remove_rule(call.principal, int(number))


def _below_2_36(call: Call) -> None:
    if version(call) >= (2, 36):
        raise NotFound("The resource could not be found.")


def _group_id(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise SecurityGroupNotFound(f"Security group {text[:64]} not found.")
    return int(text)


def _words(body: Document) -> tuple[str | None, str | None]:
    """Name and description of a body. Raises Malformed."""
    said = body.get("security_group")
    if not isinstance(said, dict):
        raise Malformed("Invalid input for field/attribute security_group.")
    found = []
    for key in ("name", "description"):
        value = said.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise Malformed(f"Invalid input for field/attribute {key}.")
        found.append(value)
    return found[0], found[1]


def _new_rule(said: Document) -> NewRule:
    """An ingress rule; ports of -1 are any. Raises Malformed, SecurityGroupNotFound."""
    group = said.get("parent_group_id")
    if isinstance(group, str) and not (group.isascii() and group.isdigit()) and not is_uuid(group):
        raise Malformed("Invalid input for field/attribute parent_group_id.")
    remote, protocol, prefix = (said.get(key) for key in ("group_id", "ip_protocol", "cidr"))
    if prefix is not None and not isinstance(prefix, str):
        raise Malformed("Invalid input for field/attribute cidr.")
    if not isinstance(protocol, str):
        raise Malformed("Invalid input for field/attribute ip_protocol.")
    return NewRule(
        _group_id(str(group)),
        "ingress",
        "IPv6" if prefix is not None and ":" in prefix else "IPv4",
        protocol,
        _port(said, "from_port"),
        _port(said, "to_port"),
        prefix,
        None if remote is None else _group_id(str(remote)),
    )


def _port(said: Document, key: str) -> int | None:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str | None):
        raise Malformed(f"Invalid input for field/attribute {key}.")
    return None if value in (None, -1, "-1") else integer(value or 0, key)


def _shown(group: SecurityGroup, among: Sequence[SecurityGroup]) -> Document:
    """In Nova's words, which know rules of what comes in alone."""
    return {
        "id": str(group.id),
        "name": group.name,
        "description": group.description,
        "tenant_id": group.project,
        "rules": [_rule(rule, among) for rule in group.rules if rule.direction == "ingress"],
    }


def _rule(rule: Rule, among: Sequence[SecurityGroup]) -> Document:
    remote: Document = {}
    for group in among:
        if group.id == rule.remote_group:
            remote = {"name": group.name, "tenant_id": group.project}
    anywhere = "::/0" if rule.ethertype == "IPv6" else "0.0.0.0/0"
    source = {} if remote else {"cidr": rule.remote_prefix or anywhere}
    return {
        "id": str(rule.id),
        "parent_group_id": str(rule.group),
        "ip_protocol": rule.protocol,
        "from_port": -1 if rule.port_min is None else rule.port_min,
        "to_port": -1 if rule.port_max is None else rule.port_max,
        "group": remote,
        "ip_range": source,
    }
