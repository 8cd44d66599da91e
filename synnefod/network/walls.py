"""Rules of security groups: checked, compared, and compiled to firewall profiles. Pure.

Note [Three profiles]. A cluster's hosts know three: DISABLED lets everything in, PROTECTED lets
in SSH and remote desktops, ENABLED nothing that was not asked for; ICMP and answers come in with
each (network.md 13). A union of rules becomes the widest profile that lets in nothing which the
rules do not: what they let in beyond it does not come in, and is told (network.md 22.5).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from attrs import evolve

from synnefod.common.errors import Malformed
from synnefod.network.interface.groups import NewRule, Rule

DISABLED, PROTECTED, ENABLED = "DISABLED", "PROTECTED", "ENABLED"
_OPEN_PORTS = (22, 3389)
_NUMBERS = {
    "ah": 51,
    "dccp": 33,
    "egp": 8,
    "esp": 50,
    "gre": 47,
    "icmp": 1,
    "icmpv6": 58,
    "igmp": 2,
    "ipip": 4,
    "ipv6-encap": 41,
    "ipv6-frag": 44,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ipv6-route": 43,
    "ospf": 89,
    "pgm": 113,
    "rsvp": 46,
    "sctp": 132,
    "tcp": 6,
    "udp": 17,
    "udplite": 136,
    "vrrp": 112,
}
_ICMP = (1, 58)
_WITH_PORTS = (6, 17, 33, 132, 136)


def number_of(protocol: str | None) -> int | None:
    """The protocol's number; None for any. Raises Malformed."""
    if protocol is None:
        return None
    if protocol.isascii() and protocol.isdigit() and int(protocol[:4]) <= 255:
        return int(protocol)
    if protocol not in _NUMBERS:
        known = ", ".join(sorted(_NUMBERS))
        raise Malformed(f"'{protocol[:64]}' is no protocol; known are numbers up to 255, {known}.")
    return _NUMBERS[protocol]


def checked(rule: NewRule) -> NewRule:
    """The rule in its usual writing. Raises Malformed."""
    if rule.direction not in ("ingress", "egress"):
        raise Malformed("The direction of a rule is ingress or egress.")
    kinds = {"ipv4": "IPv4", "ipv6": "IPv6"}
    ethertype = kinds.get(rule.ethertype.lower())
    if ethertype is None:
        raise Malformed("The ethertype of a rule is IPv4 or IPv6.")
    protocol = None if rule.protocol is None else rule.protocol.lower()
    protocol = None if protocol in ("any", "", "0") else protocol
    _check_ports(number_of(protocol), rule.port_min, rule.port_max)
    if rule.remote_prefix is not None and rule.remote_group is not None:
        raise Malformed("A rule has a remote prefix or a remote group, not both.")
    prefix = _prefix(rule.remote_prefix, 4 if ethertype == "IPv4" else 6)
    return evolve(rule, ethertype=ethertype, protocol=protocol, remote_prefix=prefix)


def _check_ports(protocol: int | None, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if protocol in _ICMP:
        if low is None or not all(0 <= each <= 255 for each in (low, high) if each is not None):
            raise Malformed("An ICMP type is between 0 and 255, and there is no code without it.")
        return
    if protocol is None or protocol not in _WITH_PORTS:
        raise Malformed("Only TCP, UDP, SCTP and DCCP have ports.")
    if low is None or high is None or not 1 <= low <= high <= 65535:
        raise Malformed("Ports are a range from 1 to 65535, its lower end first.")


def _prefix(text: str | None, version: int) -> str | None:
    if text is None:
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not a network in CIDR notation.") from None
    if network.version != version:
        raise Malformed(f"'{text[:64]}' is not of the rule's ethertype.")
    return str(network)


def same(one: NewRule | Rule, other: NewRule | Rule) -> bool:
    """Whether two rules say the same."""
    return _key(one) == _key(other)


def _key(rule: NewRule | Rule) -> tuple[object, ...]:
    anywhere = rule.remote_prefix in ("0.0.0.0/0", "::/0")
    return (
        rule.direction,
        rule.ethertype,
        number_of(rule.protocol),
        rule.port_min,
        rule.port_max,
        None if anywhere else rule.remote_prefix,
        rule.remote_group,
    )


def compiled(rules: Iterable[Rule], versions: Iterable[int]) -> tuple[str, bool]:
    """The profile of a port with addresses of these IP versions (none: both may come), and
    whether it lets in less than the rules do."""
    families = {f"IPv{version}" for version in versions} or {"IPv4", "IPv6"}
    ingress = [
        rule
        for rule in rules
        if rule.direction == "ingress" and rule.remote_group is None and rule.ethertype in families
    ]
    # What every profile lets in needs no opening.
    wide = [rule for rule in ingress if _anywhere(rule) and number_of(rule.protocol) not in _ICMP]
    narrow = [rule for rule in ingress if not _anywhere(rule)]
    if {rule.ethertype for rule in wide if rule.protocol is None} >= families:
        return DISABLED, False
    opens = [rule for rule in wide if _opens(rule)]
    exact = not narrow and all(_exactly_open(rule) for rule in wide)
    if opens:
        return PROTECTED, not exact
    return ENABLED, bool(wide or narrow)


def _anywhere(rule: Rule) -> bool:
    return rule.remote_prefix in (None, "0.0.0.0/0", "::/0")


def _opens(rule: Rule) -> bool:
    """Whether SSH or remote desktops may come in by this rule."""
    if rule.protocol is None:
        return True
    if number_of(rule.protocol) != 6:
        return False
    low, high = rule.port_min or 1, rule.port_max or 65535
    return any(low <= port <= high for port in _OPEN_PORTS)


def _exactly_open(rule: Rule) -> bool:
    return rule.port_min == rule.port_max and rule.port_min in _OPEN_PORTS and _opens(rule)
