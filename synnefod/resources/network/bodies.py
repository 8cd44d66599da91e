"""What clients send to the network service, checked by hand: both APIs tell apart a key that is
absent, one that is null and one that is empty (network.md 20)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import NetworkId, ProjectId, ServerId, uuid_with_dashes
from synnefod.network.interface import (
    NewFloatingIp,
    NewSubnet,
    OwnNetwork,
    PortRequest,
    SubnetChange,
)

Document = Mapping[str, Any]
_DIGITS = re.compile(r"-?[0-9]{1,200}")


def envelope(body: Document, key: str) -> Document:
    """The object below the one top key. Raises Malformed."""
    inner = body.get(key)
    if not isinstance(inner, dict):
        raise Malformed(f"The body must hold an object '{key}'.")
    return inner


def text(document: Document, key: str, usual: str = "") -> str:
    """A text; absent or null is `usual`. Raises Malformed."""
    value = document.get(key)
    if value is None:
        return usual
    if not isinstance(value, str):
        raise Malformed(f"'{key}' must be text.")
    return value


def boolean(document: Document, key: str, usual: bool) -> bool:
    """True, false, 0 or 1; absent is `usual`; anything else is Malformed (NET-079)."""
    value = document.get(key, usual)
    if value is True or value is False:
        return bool(value)
    if isinstance(value, int) and value in (0, 1):
        return value == 1
    raise Malformed(f"'{key}' must be true or false.")


def number(document: Document, key: str) -> int | None:
    """A row's number as text or integer; None when absent. Numbers that no row can have are 0,
    which is nobody's. Raises Malformed for other things."""
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed(f"'{key}' must be an id.")
    if isinstance(value, str):
        if not _DIGITS.fullmatch(value):
            raise Malformed(f"'{value[:64]}' is not an id ('{key}').")
        value = int(value)
    return value if 0 < value < 2**63 else 0


def project_of(document: Document, key: str = "project") -> ProjectId | None:
    value = text(document, key)
    return ProjectId(uuid_with_dashes(value)) if value else None


def own_network(document: Document, *, typed: bool) -> OwnNetwork:
    """A network to be made; `typed`: the flavor must be named (NET-031)."""
    flavor = document.get("type")
    if not isinstance(flavor, str) and (typed or flavor is not None):
        raise Malformed("'type' must name the flavor of the network.")
    name = document.get("name", "")
    if not isinstance(name, str):
        raise Malformed("'name' must be text.")
    return OwnNetwork(
        name=name,
        flavor=flavor or "",
        project=project_of(document),
        shared=boolean(document, "shared_to_project", False),
    )


def new_subnet(document: Document) -> NewSubnet:
    """A subnet to be made (network.md 7)."""
    cidr = document.get("cidr")
    if not isinstance(cidr, str):
        raise Malformed("'cidr' is missing or no text.")
    version = document.get("ip_version", 4)
    if isinstance(version, bool) or version not in (4, 6):
        raise Malformed("'ip_version' is 4 or 6.")
    dhcp = boolean(document, "enable_dhcp", True)
    if version == 6 and "enable_slaac" in document:
        dhcp = boolean(document, "enable_slaac", True)
    return NewSubnet(
        cidr=cidr,
        gateway=gateway(document),
        dhcp=dhcp,
        name=text(document, "name"),
        pools=pools(document),
        dns_nameservers=tuple(_list(document, "dns_nameservers", str)),
        host_routes=tuple(_list(document, "host_routes", str, dict)),
        version=version,
    )


def gateway(document: Document) -> str | None:
    """ "auto" for an absent or empty one, None for null (NET-078)."""
    if "gateway_ip" in document and document["gateway_ip"] is None:
        return None
    return text(document, "gateway_ip") or "auto"


def pools(document: Document) -> tuple[tuple[str, str], ...] | None:
    """Ranges by first and last address; None when the usual ones are meant."""
    if document.get("allocation_pools") is None:
        return None
    found = []
    for pool in _list(document, "allocation_pools", dict):
        start, end = pool.get("start"), pool.get("end")
        if not isinstance(start, str) or not isinstance(end, str):
            raise Malformed("An allocation pool has a start and an end.")
        found.append((start, end))
    return tuple(found)


def _list(document: Document, key: str, *kinds: type) -> list[Any]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, kinds) for each in value):
        raise Malformed(f"'{key}' must be a list.")
    return value


def text_or_number(document: Document, key: str) -> str:
    """An id as text, whatever it looks like. Raises Malformed when it is absent."""
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed(f"'{key}' is missing or no id.")
    return str(value)


def subnet_change(document: Document) -> SubnetChange:
    """What Neutron's clients change of a subnet (network.md 22.4)."""
    given = gateway(document) if "gateway_ip" in document else None
    return SubnetChange(
        name=text(document, "name") if "name" in document else None,
        gateway=(given or "") if "gateway_ip" in document else None,
        dhcp=boolean(document, "enable_dhcp", True) if "enable_dhcp" in document else None,
        pools=pools(document),
        dns_nameservers=(
            tuple(_list(document, "dns_nameservers", str))
            if "dns_nameservers" in document
            else None
        ),
        host_routes=(
            tuple(_list(document, "host_routes", str, dict)) if "host_routes" in document else None
        ),
    )


def fixed_address(document: Document, *, single: bool) -> str | None:
    """The wished IPv4 address; None when any will do. `single`: at most one entry (NET-102)."""
    entries = _list(document, "fixed_ips", dict)
    if single and len(entries) > 1:
        raise Malformed("A port has at most one fixed address.")
    for entry in entries:
        value = entry.get("ip_address")
        if value is None:
            continue
        if not isinstance(value, str):
            raise Malformed("'ip_address' must be text.")
        try:
            address = ipaddress.ip_address(value)
        except ValueError:
            raise Malformed(f"'{value[:64]}' is not an address.") from None
        if address.version == 6:
            raise Malformed("IPv6 addresses follow from the port's MAC address.")
        return str(address)
    return None


def port_request(document: Document, *, single: bool) -> PortRequest:
    """The network and address of a port to be made. Raises Malformed."""
    network = number(document, "network_id")
    if network is None:
        raise Malformed("'network_id' is missing.")
    return PortRequest(network=NetworkId(network), address=fixed_address(document, single=single))


def no_groups(document: Document) -> None:
    """There are no security groups: to name one is NotFound, or Malformed (NET-125)."""
    for group in _list(document, "security_groups", str, int):
        if isinstance(group, str) and not group.isdigit():
            raise Malformed(f"'{group[:64]}' is not the id of a security group.")
        raise NotFound(f"Security group {group} does not exist.")


def device(document: Document) -> ServerId | None:
    """The server of a port to be made; None for none."""
    if document.get("device_id") in (None, ""):
        return None
    found = number(document, "device_id")
    return None if found is None else ServerId(found)


def new_floating_ip(document: Document) -> NewFloatingIp:
    network = number(document, "floating_network_id")
    return NewFloatingIp(
        network=None if network is None else NetworkId(network),
        address=text(document, "floating_ip_address") or None,
        project=project_of(document),
        shared=boolean(document, "shared_to_project", False),
    )


def reassignment(body: Document) -> tuple[ProjectId, bool]:
    """The argument of the one action there is (NET-049 to NET-053)."""
    if len(body) != 1:
        raise Malformed("An action has one name.")
    (name,) = body
    if name != "reassign":
        raise Malformed(f"'{name[:64]}' is not an action.")
    argument = envelope(body, name)
    project = project_of(argument)
    if project is None:
        raise Malformed("'project' is missing.")
    return project, boolean(argument, "shared_to_project", False)


def v4_address(document: Document, key: str) -> str | None:
    """An IPv4 address; None when absent, null or empty. Raises Malformed."""
    value = text(document, key)
    if not value:
        return None
    try:
        return str(ipaddress.IPv4Address(value))
    except ValueError:
        raise Malformed(f"'{value[:64]}' is not an IPv4 address ('{key}').") from None
