"""Arithmetic of addresses: ranges, EUI-64, checks of what an administrator or user asks. Pure."""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterable

from synnefod.common.errors import Malformed
from synnefod.network.interface import NetworkConflict, SubnetSize

SMALLEST_V4 = 29
LARGEST_V4 = 16


def parse_cidr(text: str, version: int, *, largest: int = LARGEST_V4) -> str:
    """The network in its usual writing. Raises Malformed, SubnetSize (network.md 20).

    An IPv4 range is between /29 and `largest` (a prefix length), an IPv6 one is a /64.
    """
    try:
        network = ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not a network in CIDR notation.") from None
    if network.version != version:
        raise Malformed(f"'{text[:64]}' is not an IPv{version} network.")
    if version == 6 and network.prefixlen != 64:
        raise Malformed("An IPv6 subnet is a /64.")
    if version == 4 and not largest <= network.prefixlen <= SMALLEST_V4:
        raise SubnetSize(f"An IPv4 subnet is between /{largest} and /{SMALLEST_V4}.")
    return str(network)


def parse_gateway(text: str | None, cidr: str) -> str | None:
    """A gateway inside `cidr`; for IPv4 neither the network's nor the broadcast address."""
    if text is None:
        return None
    network = ipaddress.ip_network(cidr)
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not an address.") from None
    if address not in network:
        raise Malformed(f"The gateway {address} is not in {cidr}.")
    if network.version == 4 and address in (network[0], network[-1]):
        raise Malformed(f"The gateway {address} cannot be an address of a host.")
    return str(address)


def first_host(cidr: str) -> str:
    return str(ipaddress.ip_network(cidr)[1])


def usual_pools(cidr: str, gateway: str | None) -> list[tuple[int, int]]:
    """All hosts of an IPv4 network but the gateway, as inclusive ranges of integers."""
    network = ipaddress.ip_network(cidr)
    first, last = int(network[0]) + 1, int(network[-1]) - 1
    if gateway is None:
        return [(first, last)]
    hole = int(ipaddress.ip_address(gateway))
    return [(low, high) for low, high in ((first, hole - 1), (hole + 1, last)) if low <= high]


def never_given(cidr: str, gateway: str | None) -> list[int]:
    """The addresses of an IPv4 range that no port may get, whatever its pools are (NET-185)."""
    network = ipaddress.ip_network(cidr)
    found = [int(network[0]), int(network[-1])]
    return found if gateway is None else [*found, int(ipaddress.ip_address(gateway))]


def checked_pools(
    cidr: str, gateway: str | None, pools: Iterable[tuple[str, str]]
) -> list[tuple[int, int]]:
    """Ranges given by their first and last address (network.md 7). Raises Malformed,
    NetworkConflict."""
    network = ipaddress.ip_network(cidr)
    ranges = []
    for start, end in pools:
        try:
            low, high = int(ipaddress.IPv4Address(start)), int(ipaddress.IPv4Address(end))
        except ValueError:
            raise Malformed("An allocation pool has an IPv4 start and end.") from None
        if low <= int(network[0]) or high >= int(network[-1]) or low > high:
            raise NetworkConflict(f"The pool {start}-{end} is not a range of hosts of {cidr}.")
        if gateway is not None and low <= int(ipaddress.IPv4Address(gateway)) <= high:
            raise NetworkConflict(f"The gateway {gateway} lies in the pool {start}-{end}.")
        ranges.append((low, high))
    ranges.sort()
    for (_, high), (low, _) in itertools.pairwise(ranges):
        if low <= high:
            raise NetworkConflict("The allocation pools overlap.")
    return ranges


def eui64(cidr: str, mac: str) -> str:
    """The address that a card gives itself in a /64 (NET-190, RFC 4291 appendix A)."""
    octets = [int(part, 16) for part in mac.split(":")]
    octets[0] ^= 2
    interface = bytes([*octets[:3], 0xFF, 0xFE, *octets[3:]])
    base = int(ipaddress.IPv6Network(cidr).network_address)
    return str(ipaddress.IPv6Address(base | int.from_bytes(interface, "big")))


def checked_prefix(text: str) -> str:
    """Five nibbles of a locally administered unicast MAC, `aa:00:1` (NET-178). Raises Malformed."""
    if re.fullmatch(r"[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]", text) is None:
        raise Malformed(f"'{text[:64]}' is not a MAC prefix of five nibbles, such as aa:00:1.")
    if int(text[:2], 16) & 3 != 2:
        raise Malformed(f"'{text}' begins no locally administered unicast MAC address.")
    return text


def mac_prefix(prefix: str, index: int) -> str:
    """The prefix on the cluster of this index, 0 to 15: three whole octets (NET-176)."""
    return f"{prefix}{index:x}"


def v4_number(text: str) -> int:
    try:
        return int(ipaddress.IPv4Address(text))
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not an IPv4 address.") from None


def v4_text(number: int) -> str:
    return str(ipaddress.IPv4Address(number))


def pooled_prefix(first: str, position: int) -> str | None:
    """The prefix at `position` of a pool that begins with `first`; None for one that is never
    given out: the pool's own first, and those of no locally administered unicast MAC (NET-178).
    """
    number = int(first.replace(":", ""), 16) + position
    text = f"{number:05x}"
    if position == 0 or len(text) > 5 or int(text[:2], 16) & 3 != 2:
        return None
    return f"{text[:2]}:{text[2:4]}:{text[4]}"


def prefix_position(first: str, prefix: str) -> int:
    """The inverse of `pooled_prefix`."""
    return int(prefix.replace(":", ""), 16) - int(first.replace(":", ""), 16)
