"""The rules of one NIC of an instance on its node: firewall profile, MAC filter, DHCP binding.

    synnefod_nic.py up       by the up-script of a NIC, which exports what Ganeti knows of it
    synnefod_nic.py follow   by a hook after an instance changed: its tags may be new, its NICs gone

One table `bridge synnefod` of nftables: what goes out to a tap jumps to that tap's chain, which
keeps the MAC filter and jumps to the profile's chain. A profile is stateless as the contract says
it: TCP without SYN, UDP from port 53, ICMP; `limited` takes TCP to 22 and 3389 too. DHCP answers,
ARP and ICMPv6 pass as well: without them there is no address to protect.

What is known of each tap is kept in /run/synnefod-nics, so that rules can be made again without
the up-script.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

STATE = Path(os.environ.get("SYNNEFOD_NICS", "/run/synnefod-nics"))
BINDINGS = Path(os.environ.get("SYNNEFOD_BINDINGS", "/var/lib/nfdhcpd"))
PROFILES = ("protected", "limited", "unprotected")
KEPT = (
    *("INTERFACE", "MAC", "IP", "MODE", "LINK", "INSTANCE", "TAGS", "INTERFACE_NAME"),
    *("INTERFACE_UUID", "INTERFACE_INDEX", "NETWORK_TAGS", "NETWORK_SUBNET", "NETWORK_GATEWAY"),
    *("NETWORK_SUBNET6", "NETWORK_GATEWAY6"),
)
SAME_NETWORK = "ff:ff:f0:00:00:00"
"""These bits of a MAC name the private network, on all clusters."""
BASE = """
table bridge synnefod {
  map to_guest { type ifname : verdict; }
  map from_guest { type ifname : verdict; }
  chain protected {
  }
  chain limited {
  }
  chain unprotected {
  }
  chain forward {
    type filter hook forward priority 0; policy accept;
  }
  chain output {
    type filter hook output priority 0; policy accept;
  }
  chain input {
    type filter hook input priority 0; policy accept;
  }
}
flush chain bridge synnefod protected
flush chain bridge synnefod limited
flush chain bridge synnefod forward
flush chain bridge synnefod output
flush chain bridge synnefod input
table bridge synnefod {
  chain protected {
    ether type arp accept
    tcp flags & (syn | ack) != syn accept
    udp sport { 53, 67, 547 } accept
    meta l4proto { icmp, ipv6-icmp } accept
    ether type { ip, ip6 } drop
  }
  chain limited {
    tcp dport { 22, 3389 } accept
    jump protected
  }
  chain forward {
    iifname vmap @from_guest
    oifname vmap @to_guest
  }
  chain output {
    oifname vmap @to_guest
  }
  chain input {
    iifname vmap @from_guest
  }
}
"""


def profile_of(nic: Mapping[str, str]) -> str | None:
    """The profile that the instance's tags give this NIC; the last one counts. Tags of another
    form are left alone."""
    names = {nic.get("INTERFACE_NAME"), nic.get("INTERFACE_UUID"), nic.get("INTERFACE_INDEX")}
    found = None
    for tag in nic.get("TAGS", "").split():
        parts = tag.split(":")
        if len(parts) != 4 or parts[:2] != ["synnefo", "network"]:
            continue
        if parts[2] in names - {None, ""} and parts[3] in PROFILES:
            found = parts[3]
    return found


def rules(nic: Mapping[str, str]) -> str:
    """The script for nft that replaces the rules of this NIC's tap. Pure."""
    tap, mac = nic["INTERFACE"], nic["MAC"].lower()
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,15}", tap) or not re.fullmatch(
        r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", mac
    ):
        raise ValueError(f"{tap} with {mac} is no NIC")
    to, out = f"to-{tap}", f"from-{tap}"
    lines = [BASE, f"add chain bridge synnefod {to}", f"add chain bridge synnefod {out}"]
    lines += [f"flush chain bridge synnefod {name}" for name in (to, out)]
    tags = nic.get("NETWORK_TAGS", "").split()
    if "private-filtered" in tags:
        own = masked(mac)
        lines.append(f"add rule bridge synnefod {out} ether saddr != {mac} drop")
        lines.append(f"add rule bridge synnefod {to} ether saddr & {SAME_NETWORK} != {own} drop")
    profile = profile_of(nic)
    guarded = nic["MODE"] == "bridged" or "ip-less-routed" in tags
    if profile is not None and guarded:
        lines.append(f"add rule bridge synnefod {to} jump {profile}")
    for name, chain in (("to_guest", to), ("from_guest", out)):
        lines.append(f'add element bridge synnefod {name} {{ "{tap}" : jump {chain} }}')
    return "\n".join(lines) + "\n"


def masked(mac: str) -> str:
    parts = zip(mac.split(":"), SAME_NETWORK.split(":"), strict=True)
    return ":".join(f"{int(one, 16) & int(mask, 16):02x}" for one, mask in parts)


def away(tap: str) -> str:
    """The script for nft that removes them."""
    lines = []
    for name, chain in (("to_guest", f"to-{tap}"), ("from_guest", f"from-{tap}")):
        lines.append(f'delete element bridge synnefod {name} {{ "{tap}" }}')
        lines.append(f"flush chain bridge synnefod {chain}")
        lines.append(f"delete chain bridge synnefod {chain}")
    return "\n".join(lines) + "\n"


def binding(nic: Mapping[str, str]) -> str | None:
    """What the DHCP server is told of this NIC; None when its network has none."""
    if "nfdhcpd" not in nic.get("NETWORK_TAGS", "").split():
        return None
    routed = nic["MODE"] == "routed"
    said = {
        "INDEV": nic["INTERFACE"] if routed else nic["LINK"],
        "IP": nic.get("IP", ""),
        "MAC": nic["MAC"],
        "HOSTNAME": nic.get("INSTANCE", ""),
        "TAGS": f'"{nic.get("TAGS", "")}"',
        "GATEWAY": nic.get("NETWORK_GATEWAY", ""),
        "SUBNET": nic.get("NETWORK_SUBNET", ""),
        "GATEWAY6": nic.get("NETWORK_GATEWAY6", ""),
        "SUBNET6": nic.get("NETWORK_SUBNET6", ""),
        "EUI64": eui64(nic.get("NETWORK_SUBNET6", ""), nic["MAC"]),
    }
    return "".join(f"{name}={value}\n" for name, value in said.items())


def eui64(subnet: str, mac: str) -> str:
    """The address that the guest gives itself; "" without an IPv6 subnet."""
    if not subnet:
        return ""
    parts = [int(part, 16) for part in mac.split(":")]
    parts[0] ^= 2
    low = int.from_bytes(bytes([*parts[:3], 0xFF, 0xFE, *parts[3:]]), "big")
    return str(ipaddress.IPv6Network(subnet).network_address + low)


def nft(script: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=script, text=True, check=True)


def up(environment: Mapping[str, str]) -> None:
    nic = {name: environment.get(name, "") for name in KEPT}
    nft(rules(nic))
    STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(STATE / nic["INTERFACE"], json.dumps(nic))
    text = binding(nic)
    if text is not None and BINDINGS.is_dir():
        write(BINDINGS / nic["INTERFACE"], text)


def follow(environment: Mapping[str, str]) -> None:
    """Taps that are gone lose their rules; those of the instance get those of its present tags."""
    instance, tags = (
        environment.get("GANETI_INSTANCE_NAME"),
        environment.get("GANETI_INSTANCE_TAGS"),
    )
    there = {name for _, name in socket.if_nameindex()}
    for path in sorted(STATE.glob("*")) if STATE.is_dir() else []:
        if path.suffix == ".new":
            continue
        nic = json.loads(path.read_text("utf-8"))
        if path.name not in there:
            subprocess.run(["nft", "-f", "-"], input=away(path.name), text=True, check=False)
            (BINDINGS / path.name).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        elif nic["INSTANCE"] == instance and tags is not None and nic["TAGS"] != tags:
            up({**nic, "TAGS": tags})


def write(path: Path, text: str) -> None:
    """All of it or nothing."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


if __name__ == "__main__":
    {"up": up, "follow": follow}[sys.argv[1]](os.environ)
