"""Values as the legacy API writes them (3.1 to 3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.text import iso_offset
from synnefod.compute.interface import (
    TASK_WORDS,
    Detail,
    Diagnostic,
    Flavor,
    Keypair,
    Limits,
    Operstate,
    Server,
)
from synnefod.network.interface import Port

_STATUS = {
    Operstate.BUILD: "BUILD",
    Operstate.STARTED: "ACTIVE",
    Operstate.STOPPED: "STOPPED",
    Operstate.ERROR: "ERROR",
    Operstate.DESTROYED: "DELETED",
}
_UNFINISHED = ("queued", "waiting", "running")


def links(url: str, noun: str, identifier: object) -> list[dict[str, str]]:
    href = f"{url}/{noun}/{identifier}"
    return [{"rel": "self", "href": href}, {"rel": "bookmark", "href": href}]


def status(server: Server, *, resizes: bool = False) -> str:
    """6.1, in its order. `resizes`: a resize is told too, in a word that old clients do not know
    (GNT-139)."""
    life = server.life
    if server.deleted:
        return "DELETED"
    rebooting = life.opcode == "OP_INSTANCE_REBOOT" and life.status in _UNFINISHED
    if life.operstate is Operstate.STARTED and rebooting:
        return "REBOOT"
    resizing = life.task == "RESIZE" and life.status in _UNFINISHED
    if resizes and resizing and life.operstate is Operstate.STOPPED:
        return "RESIZE"
    return _STATUS[life.operstate]


def brief(server: Server, url: str) -> dict[str, Any]:
    return {"id": server.id, "name": server.name, "links": links(url, "servers", server.id)}


def image(identifier: str, url: str) -> dict[str, Any] | str:
    if not identifier:
        return ""
    elsewhere = url.rpartition("/compute/")[0] + "/image/v1.0/images/" + identifier
    made = links(url, "images", identifier)
    return {"id": identifier, "links": [*made, {"rel": "alternate", "href": elsewhere}]}


def attachment(port: Port) -> dict[str, Any]:
    """CMP-037."""
    fours = [ip for ip in port.ips if ip.version == 4]
    sixes = [ip for ip in port.ips if ip.version == 6]
    made: dict[str, Any] = {
        "id": port.id,
        "network_id": str(port.network),
        "mac_address": port.mac,
        "ipv4": fours[0].address if fours else "",
        "ipv6": sixes[0].address if sixes else "",
    }
    if port.firewall:
        made["firewallProfile"] = port.firewall
    if port.ips:
        made["OS-EXT-IPS:type"] = "floating" if any(ip.floating for ip in port.ips) else "fixed"
    return made


def attachments(ports: Sequence[Port]) -> list[dict[str, Any]]:
    active = (port for port in ports if port.state == "ACTIVE")
    return [attachment(port) for port in sorted(active, key=lambda port: port.id)]


def addresses(ports: Sequence[Port]) -> dict[str, list[dict[str, Any]]]:
    """By network; several NICs on one network are joined (CMP-038, CMP-039)."""
    found: dict[str, list[dict[str, Any]]] = {}
    for port in sorted(ports, key=lambda port: port.id):
        if port.state != "ACTIVE":
            continue
        found.setdefault(str(port.network), []).extend(
            {
                "version": ip.version,
                "addr": ip.address,
                "OS-EXT-IPS:type": "floating" if ip.floating else "fixed",
            }
            for ip in port.ips
        )
    return found


def diagnostic(entry: Diagnostic) -> dict[str, Any]:
    made: dict[str, Any] = {
        "level": entry.level,
        "source": entry.source,
        "message": entry.message,
        "created": iso_offset(entry.created),
        "details": entry.details,
    }
    if entry.source_date is not None:
        made["source_date"] = iso_offset(entry.source_date)
    return made


def _forwarding(detail: Detail, limits: Limits) -> dict[str, dict[str, str]]:
    """CMP-045, NET-210."""
    if _public_address(detail) is None:
        return {}
    return {
        port: {"host": _filled(host, detail), "port": _filled(number, detail)}
        for port, (host, number) in limits.port_forwarding.items()
    }


def _public_address(detail: Detail) -> str | None:
    """The first public IPv4 address."""
    for port in detail.ports:
        for ip in port.ips:
            if port.public and ip.version == 4:
                return ip.address
    return None


def _filled(pattern: str, detail: Detail) -> str:
    """The pattern with the server's number and address."""
    filled = pattern.replace("%(id)s", str(detail.server.id))
    return filled.replace("%(ip)s", _public_address(detail) or "")


def _fqdn(detail: Detail, limits: Limits) -> str | None:
    """None as well for a server without the address that its name is made of."""
    pattern = limits.fqdn
    if pattern is None or ("%(ip)s" in pattern and _public_address(detail) is None):
        return None
    return _filled(pattern, detail)


def server(detail: Detail, url: str, limits: Limits, *, admin: bool = False) -> dict[str, Any]:
    """3.1; what administrators see beside is CMP-049."""
    row, life = detail.server, detail.server.life
    beside = {
        "SNF:backend": detail.cluster or None,
        "SNF:job_id": life.job or None,
        "SNF:suspend_reason": row.suspend_reason,
    }
    word = status(row, resizes=limits.legacy_resize_status)
    return {
        "id": row.id,
        "name": row.name,
        "status": word,
        "SNF:task_state": TASK_WORDS.get(life.task, "UNKNOWN"),
        "progress": 100 if word == "ACTIVE" else life.progress,
        "hostId": "",
        "user_id": row.user,
        "tenant_id": row.project,
        "shared_to_project": row.shared,
        "created": iso_offset(row.created),
        "updated": iso_offset(row.updated),
        "flavor": {"id": row.flavor, "links": links(url, "flavors", row.flavor)},
        "image": image(row.image, url),
        "links": links(url, "servers", row.id),
        "metadata": dict(detail.metadata),
        "tags": [tag.name for tag in detail.tags if tag.active],
        "attachments": attachments(detail.ports),
        "addresses": addresses(detail.ports),
        "volumes": sorted(volume.id for volume in detail.volumes),
        "suspended": row.suspended,
        "deleted": row.deleted,
        "SNF:rescue": row.rescue,
        "SNF:reboot_required": row.reboot_required,
        "diagnostics": [] if detail.diagnostic is None else [diagnostic(detail.diagnostic)],
        "security_groups": [{"name": "default"}],
        "key_name": row.key_names[0] if row.key_names else None,
        "SNF:key_names": list(row.key_names),
        "config_drive": "",
        "accessIPv4": "",
        "accessIPv6": "",
        "SNF:fqdn": _fqdn(detail, limits),
        "SNF:port_forwarding": _forwarding(detail, limits),
        **(beside if admin else {}),
    }


def flavor_brief(flavor: Flavor, url: str) -> dict[str, Any]:
    return {
        "id": flavor.id,
        "name": flavor.computed_name,
        "links": links(url, "flavors", flavor.id),
    }


def flavor(flavor: Flavor, url: str, projects: frozenset[Any]) -> dict[str, Any]:
    """3.4; of the projects it is granted to only the asker's (CMP-214)."""
    return {
        **flavor_brief(flavor, url),
        "ram": flavor.ram,
        "disk": flavor.disk,
        "vcpus": flavor.cpu,
        "os-flavor-access:is_public": flavor.public,
        "SNF:disk_template": flavor.disk_template,
        "SNF:volume_type": flavor.volume_type,
        "SNF:allow_create": flavor.allow_create,
        "SNF:flavor-access": [project for project in flavor.projects if project in projects],
    }


def keypair_brief(keypair: Keypair) -> dict[str, Any]:
    return {
        "name": keypair.name,
        "fingerprint": keypair.fingerprint,
        "public_key": keypair.content,
    }


def keypair(keypair: Keypair) -> dict[str, Any]:
    """3.7; dates without a zone."""
    return {
        **keypair_brief(keypair),
        "id": keypair.id,
        "created_at": iso_offset(keypair.created)[:-6],
        "updated_at": iso_offset(keypair.updated)[:-6],
        "deleted": False,
        "deleted_at": None,
    }
