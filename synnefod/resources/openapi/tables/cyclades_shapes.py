"""What the documents of Synnefo's compute API look like (compute-image-volume.md 3)."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.tables import ANY, LINKS, STRINGS

REFERENCE = Named("FlavorReference", {"id": int, "links": LINKS})
ADDRESS = Named(
    "Address",
    {"version": Literal[4, 6], "addr": str, "OS-EXT-IPS:type": Literal["fixed", "floating"]},
)
ATTACHMENT = Named(
    "Attachment",
    {
        "id": int,
        "network_id": str,
        "mac_address": str,
        "ipv4": str,
        "ipv6": str,
        "firewallProfile": str,
        "OS-EXT-IPS:type": str,
    },
)
DIAGNOSTIC = Named(
    "Diagnostic",
    {
        "level": str,
        "source": str,
        "message": str,
        "created": str,
        "details": str | None,
        "source_date": str | None,
    },
)
SERVER_BRIEF = Named("ServerBrief", {"id": int, "name": str, "links": LINKS})
SERVER = Named(
    "Server",
    {
        "id": int,
        "name": str,
        "status": str,
        "SNF:task_state": str,
        "progress": int,
        "hostId": str,
        "user_id": str,
        "tenant_id": str,
        "shared_to_project": bool,
        "created": str,
        "updated": str,
        "flavor": REFERENCE,
        "image": ({"id": str, "links": LINKS}, Literal[""]),
        "links": LINKS,
        "metadata": STRINGS,
        "tags": [str],
        "attachments": [ATTACHMENT],
        "addresses": {"*": [ADDRESS]},
        "volumes": [int],
        "suspended": bool,
        "deleted": bool,
        "SNF:rescue": bool,
        "SNF:reboot_required": bool,
        "diagnostics": [DIAGNOSTIC],
        "security_groups": [{"name": str}],
        "key_name": str | None,
        "SNF:key_names": [str],
        "config_drive": str,
        "accessIPv4": str,
        "accessIPv6": str,
        "SNF:fqdn": str | None,
        "SNF:port_forwarding": {"*": {"host": str, "port": str}},
        "adminPass?": str,
        "SNF:backend?": str | None,
        "SNF:job_id?": int | None,
        "SNF:suspend_reason?": str,
    },
)
VOLUME_ATTACHMENT = Named(
    "VolumeAttachment", {"id": int, "volumeId": int, "serverId": int, "device": str | None}
)
SERVER_FILTERS = (
    "changes-since",
    "flavor",
    "image",
    "limit",
    "marker",
    "name",
    "server",
    "status",
)
NOTHING = (None, {"*": ANY})
ACTIONS = {
    "start": NOTHING,
    "shutdown": NOTHING,
    "os-start": NOTHING,
    "os-stop": NOTHING,
    "reboot": {"type": Literal["SOFT", "HARD"], "*": ANY},
    "console": {"type": str, "*": ANY},
    "resize": {"flavorRef": int | str},
    "firewallProfile": {"profile": Literal["ENABLED", "DISABLED", "PROTECTED"], "nic?": ANY},
    "addFloatingIp": {"address": str, "*": ANY},
    "removeFloatingIp": {"address": str},
    "reassign": {"project": str, "shared_to_project?": bool},
    "rescue": (None, {"rescue_image_ref?": int | str}),
    "unrescue": NOTHING,
    "suspend": NOTHING,
    "unsuspend": NOTHING,
}
"""The arguments of the actions that are done; others are refused."""
CONSOLE = {
    "console": Named(
        "Console", {"type": str, "host?": str, "port?": int, "password?": str, "url?": str}
    )
}
STATS = Named(
    "ServerStatistics",
    {
        "serverRef": int,
        "refresh": int,
        "cpuBar": str,
        "cpuTimeSeries": str,
        "netBar": str,
        "netTimeSeries": str,
    },
)
FLAVOR_BRIEF = Named("FlavorBrief", {"id": int, "name": str, "links": LINKS})
FLAVOR = Named(
    "Flavor",
    {
        "id": int,
        "name": str,
        "links": LINKS,
        "ram": int,
        "disk": int,
        "vcpus": int,
        "os-flavor-access:is_public": bool,
        "SNF:disk_template": str,
        "SNF:volume_type": int,
        "SNF:allow_create": bool,
        "SNF:flavor-access": [str],
    },
)
IMAGE_BRIEF = Named("ImageBrief", {"id": str, "name": str, "links?": LINKS})
IMAGE = Named(
    "Image",
    {
        "id": str,
        "name": str,
        "links": LINKS,
        "updated": str,
        "created": str,
        "status": str,
        "progress": int,
        "user_id": str,
        "tenant_id": str,
        "public": bool,
        "metadata": STRINGS,
        "is_snapshot": bool,
    },
)
KEYPAIR_BRIEF = Named(
    "KeypairBrief", {"name": str, "fingerprint": str, "public_key": str, "private_key?": str}
)
KEYPAIR = Named(
    "Keypair",
    {
        "name": str,
        "fingerprint": str,
        "public_key": str,
        "id": int,
        "created_at": str,
        "updated_at": str,
        "deleted": bool,
        "deleted_at": str | None,
    },
)
FLOATING_IP = Named(
    "FloatingIp",
    {
        "fixed_ip": str | None,
        "id": int | str,
        "instance_id": int | str | None,
        "ip": str,
        "pool": str | None,
    },
)
KEY = Named("UserKey", {"uri": str, "id": int, "name": str, "content": str, "fingerprint": str})
KEY_FAULT = Named("UserKeyFault", {"errors": {"*": [str]}, "non_field_key": str})
COUNTED = Named("Counted", {"count": int, "cpu?": int, "ram?": int, "disk?": int})
FIGURES = {"servers": {"*": COUNTED}, "networks": {"*": COUNTED}}
SIMPLE = {
    **FIGURES,
    "spawned_servers": int,
    "active_servers": int,
    "spawned_networks": int,
}
CLUSTER = Named(
    "ClusterFigures",
    {
        "drained": bool,
        "offline": bool,
        "hypervisor": str,
        "disk_templates": [str],
        "virtual_servers": int,
        "virtual_cpu": int,
        "virtual_ram": int,
        "virtual_disk": int,
        "nodes": {
            "*": {
                "drained": bool,
                "offline": bool,
                "vm_capable": bool,
                "instances": int,
                "cpu": int | None,
                "ram": {"total": int | None, "free": int | None},
                "disk": {"total": int | None, "free": int | None},
            }
        },
        "nodes_age": int | None,
    },
)
DETAILED = Named(
    "DetailedFigures",
    {
        "datetime": str,
        "clusters": {"*": CLUSTER},
        "servers": {
            "*": {
                "count": int,
                "cpu": {"*": int},
                "ram": {"*": int},
                "disk": {"*": {"*": int}},
            }
        },
        "images": {"*": int},
        "networks?": {"*": {"active": int, "error": int}},
        "ip_pools?": {"*": {"count": int, "total": int, "free": int}},
    },
)
