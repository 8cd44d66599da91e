"""What Nova's documents look like (compute-image-volume.md 14.4)."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.openapi.notation import Named, keyed
from synnefod.resources.openapi.tables import ANY, LINKS, STRINGS

FLAVOR_EMBEDDED = (
    Named("FlavorReference", {"id": str, "links": LINKS}),
    Named(
        "FlavorEmbedded",
        {
            "vcpus": int,
            "ram": int,
            "disk": int,
            "ephemeral": int,
            "swap": int,
            "original_name": str,
            "extra_specs": STRINGS,
        },
    ),
)
ADDRESS = Named(
    "Address",
    {
        "version": Literal[4, 6],
        "addr": str,
        "OS-EXT-IPS:type?": Literal["fixed", "floating"],
        "OS-EXT-IPS-MAC:mac_addr?": str,
    },
)
FAULT = Named("Fault", {"code": int, "created": str, "message": str, "details?": str})
GROUP = Named(
    "SecurityGroup",
    {"id": str, "name": str, "description": str, "tenant_id": str, "rules": [ANY]},
)
SERVER = Named(
    "Server",
    {
        "id": str,
        "name": str,
        "status": str,
        "tenant_id": str,
        "user_id": str,
        "metadata": STRINGS,
        "hostId": str,
        "image": ({"id": str, "links": LINKS}, Literal[""]),
        "flavor": FLAVOR_EMBEDDED,
        "created": str,
        "updated": str,
        "addresses": {"*": [ADDRESS]},
        "accessIPv4": str,
        "accessIPv6": str,
        "links": LINKS,
        "OS-DCF:diskConfig": str,
        "progress?": int,
        "fault?": FAULT,
        "locked?": bool,
        "description?": str | None,
        "tags?": [str],
        "key_name?": str | None,
        "config_drive?": str,
        "security_groups?": [{"name": str}],
        "OS-EXT-AZ:availability_zone?": str,
        "OS-EXT-STS:vm_state?": str,
        "OS-EXT-STS:power_state?": int,
        "OS-EXT-STS:task_state?": str | None,
        "OS-SRV-USG:launched_at?": str | None,
        "OS-SRV-USG:terminated_at?": str | None,
        "os-extended-volumes:volumes_attached?": [{"id": str, "delete_on_termination?": bool}],
        "OS-EXT-SRV-ATTR:host?": str | None,
        "OS-EXT-SRV-ATTR:hypervisor_hostname?": str | None,
        "OS-EXT-SRV-ATTR:instance_name?": str,
    },
)
SERVER_BRIEF = Named("ServerBrief", {"id": str, "name": str, "links": LINKS})
SERVER_NEW = Named(
    "ServerNew",
    {
        "id": str,
        "links": LINKS,
        "adminPass": str,
        "security_groups": [{"name": str}],
        "OS-DCF:diskConfig": str,
    },
)
SERVER_FILTERS = (
    "all_tenants",
    "availability_zone",
    "changes-since",
    "flavor",
    "image",
    "ip",
    "ip6",
    "key_name",
    "limit",
    "locked",
    "marker",
    "name",
    "not-tags",
    "not-tags-any",
    "power_state",
    "project_id",
    "reservation_id",
    "sort_dir",
    "sort_key",
    "status",
    "tags",
    "tags-any",
    "task_state",
    "tenant_id",
    "user_id",
    "uuid",
    "vm_state",
)
ACTION = Named(
    "InstanceAction",
    {
        "action": str,
        "instance_uuid": str,
        "request_id": str,
        "user_id": str,
        "project_id": str,
        "start_time": str | None,
        "message": str | None,
        "updated_at?": str | None,
        "events?": [
            {
                "event": str,
                "start_time": str | None,
                "finish_time": str | None,
                "result": str | None,
            }
        ],
    },
)
ATTACHMENT = Named(
    "VolumeAttachment", {"id": str, "volumeId": str, "serverId": str, "device": str | None}
)
INTERFACE = Named(
    "InterfaceAttachment",
    {
        "port_id": str,
        "net_id": str,
        "mac_addr": str,
        "port_state": str,
        "fixed_ips": [{"ip_address": str, "subnet_id": str}],
    },
)
QUOTAS = (
    "instances",
    "cores",
    "ram",
    "key_pairs",
    "metadata_items",
    "server_groups",
    "server_group_members",
)
QUOTAS_OLD = (
    "injected_files",
    "injected_file_content_bytes",
    "injected_file_path_bytes",
    "floating_ips",
    "fixed_ips",
    "security_groups",
    "security_group_rules",
)
QUOTA = Named("QuotaDetail", {"limit": int, "in_use": int, "reserved": int})
QUOTA_SET = Named(
    "QuotaSet",
    {"id": str} | dict.fromkeys(QUOTAS, int) | {f"{name}?": int for name in QUOTAS_OLD},
)
QUOTA_SET_DETAIL = Named(
    "QuotaSetDetail",
    {"id": str} | dict.fromkeys(QUOTAS, QUOTA) | {f"{name}?": QUOTA for name in QUOTAS_OLD},
)
USAGE = Named(
    "TenantUsage",
    {
        "tenant_id": str,
        "start": str,
        "stop": str,
        "total_hours": float,
        "total_vcpus_usage": float,
        "total_memory_mb_usage": float,
        "total_local_gb_usage": float,
        "server_usages": [
            Named(
                "ServerUsage",
                {
                    "instance_id": str,
                    "name": str,
                    "flavor": str,
                    "vcpus": int,
                    "memory_mb": int,
                    "local_gb": int,
                    "hours": float,
                    "started_at": str,
                    "ended_at": str | None,
                    "state": str,
                    "uptime": int,
                    "tenant_id": str,
                },
            )
        ],
    },
)
ZONES = {
    "availabilityZoneInfo": [{"zoneName": str, "zoneState": {"available": bool}, "hosts": None}]
}
IMAGE_BRIEF = Named("ImageBrief", {"id": str, "name": str, "links": LINKS})
IMAGE = Named(
    "Image",
    {
        "id": str,
        "name": str,
        "links": LINKS,
        "status": str,
        "minDisk": int,
        "minRam": int,
        "progress": int,
        "metadata": STRINGS,
        "created": str,
        "updated": str,
        "OS-EXT-IMG-SIZE:size": int,
    },
)
FLAVOR_BRIEF = Named(
    "FlavorBrief", {"id": str, "name": str, "links": LINKS, "description?": str | None}
)
FLAVOR = Named(
    "Flavor",
    {
        "id": str,
        "name": str,
        "links": LINKS,
        "description?": str | None,
        "ram": int,
        "disk": int,
        "vcpus": int,
        "swap": int | str,
        "OS-FLV-EXT-DATA:ephemeral": int,
        "OS-FLV-DISABLED:disabled": bool,
        "os-flavor-access:is_public": bool,
        "rxtx_factor": float,
        "extra_specs?": STRINGS,
    },
)
FLAVOR_FILTERS = ("is_public", "limit", "marker", "minDisk", "minRam")
KEYPAIR_BRIEF = Named(
    "KeypairBrief", {"name": str, "public_key": str, "fingerprint": str, "type?": str}
)
KEYPAIR = Named(
    "Keypair",
    {
        "name": str,
        "public_key": str,
        "fingerprint": str,
        "type?": str,
        "user_id": str,
        "id": int,
        "created_at": str | None,
        "updated_at": str | None,
        "deleted": bool,
        "deleted_at": str | None,
    },
)
KEYPAIR_NEW = {
    "keypair": Named(
        "KeypairNew",
        {
            "name": str,
            "public_key": str,
            "fingerprint": str,
            "type?": str,
            "user_id": str,
            "private_key?": str,
        },
    )
}
ABSOLUTE = Named(
    "AbsoluteLimits",
    {
        "maxTotalInstances": int,
        "totalInstancesUsed": int,
        "maxTotalCores": int,
        "totalCoresUsed": int,
        "maxTotalRAMSize": int,
        "totalRAMUsed": int,
        "maxServerMeta": int,
        "maxTotalKeypairs": int,
        "maxServerGroups": int,
        "maxServerGroupMembers": int,
        "totalServerGroupsUsed": int,
        "maxSecurityGroups?": int,
        "maxSecurityGroupRules?": int,
        "totalSecurityGroupsUsed?": int,
        "maxTotalFloatingIps?": int,
        "totalFloatingIpsUsed?": int,
        "maxImageMeta?": int,
        "maxPersonality?": int,
        "maxPersonalitySize?": int,
    },
)
NOTHING = (None, {"*": ANY})
NAMED = {"name": str}
ADDRESSED = {"address": str}
ACTIONS = {
    "os-start": NOTHING,
    "os-stop": NOTHING,
    "forceDelete": ANY,
    "reboot": {"type": Literal["SOFT", "HARD"]},
    "resize": {"flavorRef": str | int, "*": ANY},
    "confirmResize": NOTHING,
    "revertResize": NOTHING,
    "restore": ANY,
    "lock": (None, {"locked_reason?": str}),
    "unlock": NOTHING,
    "os-getVNCConsole": {"type": Literal["novnc", "xvpvnc"]},
    "os-getConsoleOutput": (None, {"length?": int | str | None}),
    "changePassword": {"adminPass": str},
    "addFixedIp": {"networkId": str | int},
    "removeFixedIp": ADDRESSED,
    "addFloatingIp": {"address": str, "*": ANY},
    "removeFloatingIp": ADDRESSED,
    "createImage": {"name": str, "metadata?": (STRINGS, None)},
    "addSecurityGroup": NAMED,
    "removeSecurityGroup": NAMED,
}
"""The arguments of each action of a server."""
DIAGNOSTICS = (
    {"memory": int},
    {
        "state": str,
        "driver": str,
        "hypervisor": str,
        "hypervisor_os": None,
        "uptime": None,
        "config_drive": bool,
        "num_cpus": int,
        "num_nics": int,
        "num_disks": int,
        "memory_details": {"maximum": int, "used": int | None},
        "cpu_details": [ANY],
        "nic_details": [ANY],
        "disk_details": [ANY],
    },
)
ACTION_BODY = keyed(ACTIONS)
