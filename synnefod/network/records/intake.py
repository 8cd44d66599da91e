"""Networks, ports and addresses of a Synnefo 0.21 database (network.md 4 and 8)."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synnefod.common.jsonio import dump_text
from synnefod.common.text import micros
from synnefod.network.records.values import BRIDGE, MAC_PREFIX, Pool
from synnefod.store.foreign import Tables, advance, insert, insert_one
from synnefod.store.interface import Tx

TABLES = {
    "network": [
        *("id", "name", "userid", "project", "shared_to_project", "flavor", "mode", "link"),
        *("mac_prefix", "tags", "public", "drained", "floating_ip_pool", "external_router"),
        *("deleted", "state", "action", "created", "updated"),
    ],
    "subnet": [
        *("id", "network", "name", "userid", "ipversion", "cidr", "gateway", "dhcp"),
        *("dns_nameservers", "host_routes", "deleted", "created", "updated"),
    ],
    "ip_pool": ["id", "subnet", "base", "offset", "size", "reserved_map"],
    "bridge_pool?": ["id", "base", "size", "reserved_map"],
    "mac_prefix_pool?": ["id", "base", "size", "reserved_map"],
    "backend_network": [
        *("network", "backend", "operstate", "backendjobid", "backendopcode"),
        *("backendjobstatus", "backendlogmsg", "backendtime", "deleted"),
    ],
    "port": [
        *("id", "name", "userid", "machine", "network", "index", "mac", "firewall_profile"),
        *("state", "public", "device_owner", "created", "updated"),
    ],
    "ip_address": [
        *("id", "subnet", "network", "nic", "userid", "project", "shared_to_project?", "address"),
        *("floating_ip", "ipversion", "deleted", "created", "updated"),
    ],
    "ip_address_history?": [
        *("id", "address", "server_id", "network_id", "user_id", "action", "action_date"),
        "action_reason",
    ],
}
Rows = Sequence[Mapping[str, Any]]


class NetworksFromSynnefo:
    """A part of the intake."""

    tables = TABLES
    owns = ("networks", "subnets", "ports", "ip_addresses")

    async def take(self, tx: Tx, tables: Tables, now: float) -> dict[str, int]:
        await self._networks(tx, tables["network"])
        await self._subnets(tx, tables["subnet"])
        projects = {each["id"]: each["project"] for each in tables["network"]}
        await self._ports(tx, tables["port"], projects)
        living = [each for each in tables["ip_address"] if not each["deleted"]]
        await self._addresses(tx, living)
        await self._pools(tx, tables["ip_pool"], living)
        alive = [each for each in tables["network"] if not each["deleted"]]
        await _values(tx, BRIDGE, tables["bridge_pool"], (each["link"] for each in alive))
        prefixes = (each["mac_prefix"] for each in alive)
        await _values(tx, MAC_PREFIX, tables["mac_prefix_pool"], prefixes)
        await self._presences(tx, tables["backend_network"], micros(now))
        await insert(tx, "ip_address_history", _history(tables["ip_address_history"]))
        return {
            "networks": len(tables["network"]),
            "subnets": len(tables["subnet"]),
            "ports": len(tables["port"]),
            "addresses": len(living),
        }

    async def _networks(self, tx: Tx, rows: Rows) -> None:
        same = ("id", "name", "project", "shared_to_project", "flavor", "public", "drained")
        more = ("floating_ip_pool", "external_router", "deleted", "state", "created", "updated")
        made = [
            {
                **{name: each[name] for name in (*same, *more)},
                "owner": each["userid"],
                "mode": each["mode"] or "",
                "link": each["link"] or "",
                "mac_prefix": each["mac_prefix"] or "",
                "tags": dump_text(_parts(each["tags"])),
                "action": each["action"] if each["action"] == "DESTROY" else None,
            }
            for each in rows
        ]
        await insert(tx, "networks", made)
        await advance(tx, "networks")

    async def _subnets(self, tx: Tx, rows: Rows) -> None:
        same = ("id", "network", "cidr", "gateway", "dhcp", "deleted", "created", "updated")
        made = [
            {
                **{name: each[name] for name in same},
                "name": each["name"] or "",
                "owner": each["userid"],
                "version": each["ipversion"],
                "dns_nameservers": dump_text(_parts(each["dns_nameservers"])),
                "host_routes": dump_text(_parts(each["host_routes"])),
            }
            for each in rows
        ]
        await insert(tx, "subnets", made)
        await advance(tx, "subnets")

    async def _ports(self, tx: Tx, rows: Rows, projects: Mapping[int, str | None]) -> None:
        made = [
            {
                "id": each["id"],
                "name": each["name"] or "",
                "owner": each["userid"] or "",
                "project": projects.get(each["network"]) or each["userid"] or "",
                "network": each["network"],
                "server": each["machine"],
                "position": each["index"],
                "mac": each["mac"],
                "firewall": each["firewall_profile"] or "DISABLED",
                "state": each["state"] or "DOWN",
                "device_owner": each["device_owner"],
                "public": each["public"],
                "created": each["created"],
                "updated": each["updated"],
            }
            for each in rows
        ]
        await insert(tx, "ports", made)
        await advance(tx, "ports")

    async def _addresses(self, tx: Tx, rows: Rows) -> None:
        same = ("id", "network", "subnet", "project", "address", "created", "updated")
        made = [
            {
                **{name: each[name] for name in same},
                "port": each["nic"],
                "owner": each["userid"] or "",
                "shared_to_project": each["shared_to_project"] or 0,
                "version": each["ipversion"],
                "floating": each["floating_ip"],
            }
            for each in rows
        ]
        await insert(tx, "ip_addresses", made)
        await advance(tx, "ip_addresses")

    async def _pools(self, tx: Tx, rows: Rows, living: Rows) -> None:
        """What an address's row says counts, not the map of what is available."""
        taken: dict[int, set[int]] = {}
        for each in living:
            if each["ipversion"] == 4:
                number = int(ipaddress.IPv4Address(each["address"]))
                taken.setdefault(each["subnet"], set()).add(number)
        for each in rows:
            first = int(ipaddress.IPv4Network(each["base"], strict=False).network_address)
            first += each["offset"] or 0
            last = first + each["size"] - 1
            kept = {first + at for at in _kept(each["reserved_map"], each["size"])}
            used = {n for n in taken.get(each["subnet"], ()) if first <= n <= last}
            following = max(used, default=first - 1) + 1
            pool = await insert_one(
                tx,
                "ip_pools",
                {"subnet": each["subnet"], "first": first, "last": last, "next": following},
            )
            free = set(range(first, following)) - used - kept
            for table, numbers in (("ip_released", free), ("ip_reserved", kept)):
                rows_ = [{"pool": pool, "address": number} for number in sorted(numbers)]
                await insert(tx, table, rows_)

    async def _presences(self, tx: Tx, rows: Rows, now: int) -> None:
        made = [
            {
                "network": each["network"],
                "backend": each["backend"],
                "operstate": each["operstate"],
                "job": each["backendjobid"],
                "opcode": each["backendopcode"],
                "job_status": each["backendjobstatus"],
                "job_log": each["backendlogmsg"],
                "event_time": max(0, each["backendtime"] or 0),
                "updated": now,
            }
            for each in rows
            if not each["deleted"]
        ]
        await insert(tx, "backend_networks", made)


async def _values(tx: Tx, kind: str, rows: Rows, used: Iterable[str | None]) -> None:
    """A pool of bridges or MAC prefixes; what living networks have is taken."""
    if not rows:
        return
    pool = Pool(kind, rows[0]["base"], rows[0]["size"], 0)
    places = {pool.position(value) for value in used if value} - {None}
    taken = {place for place in places if place is not None}
    kept = _kept(rows[0]["reserved_map"], pool.size)
    following = max(taken, default=-1) + 1
    await tx.run("delete from value_pool_entries where kind = :kind", kind=kind)
    await tx.run("delete from value_pools where kind = :kind", kind=kind)
    row: dict[str, Any] = {"kind": kind, "first": pool.first, "size": pool.size, "next": following}
    await insert(tx, "value_pools", [row])
    told = sorted({*range(following), *kept})
    entries = [
        {"kind": kind, "position": at, "taken": int(at in taken), "reserved": int(at in kept)}
        for at in told
        if pool.value(at) is not None
    ]
    await insert(tx, "value_pool_entries", entries)


def _kept(text: str | None, size: int) -> set[int]:
    """Positions of a map (base64 of bits, the first one first, 1 is free) that are not free."""
    if not text:
        return set()
    bits = "".join(f"{byte:08b}" for byte in base64.b64decode(text))
    return {at for at, bit in enumerate(bits[:size]) if bit == "0"}


def _parts(value: Any) -> list[Any]:
    if not value:
        return []
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)


def _history(rows: Rows) -> list[dict[str, Any]]:
    return [
        {
            "address": each["address"],
            "server": each["server_id"],
            "network": each["network_id"],
            "owner": each["user_id"],
            "action": each["action"],
            "moment": each["action_date"],
            "reason": each["action_reason"] or "",
        }
        for each in rows
    ]
