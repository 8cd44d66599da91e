"""What Neutron's clients send, and how they name things."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import NetworkId, PortId, ProjectId, SubnetId, uuid_with_dashes
from synnefod.common.principal import Principal
from synnefod.network.interface import (
    FloatingIpId,
    FloatingIpNotFound,
    NetworkNotFound,
    PortNotFound,
    SubnetNotFound,
)
from synnefod.network.interface.groups import SecurityGroupNotFound, SecurityGroupRuleNotFound
from synnefod.network.interface.routers import RouterNotFound
from synnefod.network.interface.subnetpools import SubnetPoolNotFound
from synnefod.resources.network import bodies
from synnefod.resources.network.bodies import Document

T = TypeVar("T")
_NUMBER = re.compile(r"[0-9]{1,18}")
MOST_AT_ONCE = 100


def number(text: str, what: str, missing: type[NotFound]) -> int:
    """NET-253: what is no number is nobody's."""
    if not _NUMBER.fullmatch(text):
        raise missing(f"{what} {text[:64]} could not be found.")
    return int(text)


def network_id(text: str) -> NetworkId:
    return NetworkId(number(text, "Network", NetworkNotFound))


def subnet_id(text: str) -> SubnetId:
    return SubnetId(number(text, "Subnet", SubnetNotFound))


def port_id(text: str) -> PortId:
    return PortId(number(text, "Port", PortNotFound))


def floating_id(text: str) -> FloatingIpId:
    return FloatingIpId(number(text, "Floating IP", FloatingIpNotFound))


def router_id(text: str) -> int:
    return number(text, "Router", RouterNotFound)


def group_id(text: str) -> int:
    return number(text, "Security group", SecurityGroupNotFound)


def rule_id(text: str) -> int:
    return number(text, "Security group rule", SecurityGroupRuleNotFound)


def pool_id(text: str) -> int:
    return number(text, "Subnet pool", SubnetPoolNotFound)


def one_or_many(body: Document, key: str) -> tuple[list[Document], bool]:
    """The objects to be made, and whether they came as a list (NET-254). Raises Malformed."""
    many = body.get(f"{key}s")
    if many is None or key in body:
        return [bodies.envelope(body, key)], False
    good = isinstance(many, list) and all(isinstance(each, dict) for each in many)
    if not good or not 0 < len(many) <= MOST_AT_ONCE:
        raise Malformed(f"'{key}s' must be a list of 1 to {MOST_AT_ONCE} objects.")
    return many, True


def project(document: Document) -> str | None:
    """Neutron's two names of the project to be charged."""
    found = document.get("project_id") or document.get("tenant_id")
    if found is not None and not isinstance(found, str):
        raise Malformed("'project_id' must be text.")
    return found


def chosen_project(principal: Principal, document: Document) -> ProjectId:
    """The project that a thing without a charge will be of. Raises Malformed for one that the
    asker is not in."""
    usual = principal.project or ProjectId(principal.user)
    wished = project(document)
    if not wished:
        return usual
    found = ProjectId(uuid_with_dashes(wished))
    if found != usual and not principal.is_admin and not principal.may_use(found):
        raise Malformed(f"You are not a member of project {found[:64]}.")
    return found


def optional(document: Document, key: str, read: Callable[[Document, str], T]) -> T | None:
    """What `read` makes of a key that is there; None without."""
    return read(document, key) if key in document else None


def whole(document: Document, key: str) -> int | None:
    """A whole number, as such or as text; None when absent or null. Raises Malformed."""
    value = document.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed(f"'{key}' must be a whole number.")
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise Malformed(f"'{key}' must be a whole number.")
    found = int(value)
    if not -(2**62) < found < 2**62:
        raise Malformed(f"'{key}' is out of range.")
    return found


def nullable_text(document: Document, key: str) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"'{key}' must be text.")
    return value


def objects(document: Document, key: str) -> list[Mapping[str, Any]]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed(f"'{key}' must be a list of objects.")
    return value


def texts(document: Document, key: str) -> list[str]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Malformed(f"'{key}' must be a list of text.")
    return value


def given_groups(document: Document) -> tuple[int, ...] | None:
    """The security groups of a port; None when nothing is said of them."""
    if document.get("security_groups") is None:
        return None
    return tuple(group_id(text) for text in texts(document, "security_groups"))


def switched_on(document: Document) -> bool | None:
    """`admin_state_up`, if it is said."""
    if document.get("admin_state_up") is None:
        return None
    return bodies.boolean(document, "admin_state_up", True)


def wished_address(document: Document) -> str | None:
    """The IPv4 address among `fixed_ips`; entries without one are for any. Raises Malformed."""
    for entry in objects(document, "fixed_ips"):
        address = entry.get("ip_address")
        if isinstance(address, str) and ":" in address:
            raise Malformed("IPv6 addresses follow from the port's MAC address.")
    return bodies.fixed_address(document, single=False)
