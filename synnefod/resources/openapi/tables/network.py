"""`/cyclades/network/v2.0`: networks as Synnefo's clients know them (network.md 3)."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.network.legacy import LegacyFloatingIps, LegacyNetworks, LegacyPorts
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, LINKS

NUMBER = int | str
FLAG = bool | Literal[0, 1]
OWNED = {"user_id": str | None, "tenant_id": str | None}
NETWORK = Named(
    "Network",
    {
        "id": str,
        "name": str,
        **OWNED,
        "shared_to_project": bool,
        "type": str,
        "status": str,
        "public": bool,
        "shared": bool,
        "router:external": bool,
        "admin_state_up": bool,
        "subnets": [str],
        "SNF:floating_ip_pool": bool,
        "deleted": bool,
        "created": str,
        "updated": str,
        "links": LINKS,
    },
)
SUBNET = Named(
    "Subnet",
    {
        "id": str,
        "network_id": str,
        "name": str,
        **OWNED,
        "public": bool,
        "gateway_ip": str | None,
        "ip_version": Literal[4, 6],
        "cidr": str,
        "enable_dhcp": bool,
        "dns_nameservers": [str],
        "host_routes": [ANY],
        "allocation_pools": [{"start": str, "end": str}],
        "deleted": bool,
        "links": LINKS,
        "enable_slaac?": bool,
    },
)
PORT = Named(
    "Port",
    {
        "id": str,
        "name": str,
        "user_id": str,
        "tenant_id": str,
        "device_id": str | None,
        "device_owner": str | None,
        "admin_state_up": bool,
        "mac_address": str | None,
        "status": str,
        "network_id": str,
        "fixed_ips": [{"ip_address": str, "subnet": str}],
        "security_groups": [ANY],
        "created": str,
        "updated": str,
        "links": LINKS,
    },
)
FLOATING_IP = Named(
    "FloatingIp",
    {
        "id": str,
        "floating_ip_address": str,
        "floating_network_id": str,
        "fixed_ip_address": None,
        "port_id": str | None,
        "instance_id": str | None,
        "user_id": str,
        "tenant_id": str,
        "shared_to_project": bool,
        "deleted": bool,
    },
)
REASSIGN = {"reassign": {"project": str, "shared_to_project?": FLAG, "*": ANY}}
SINCE = ("changes-since",)
SAID: Table = {
    LegacyNetworks.resources: Said(
        {"resources": [{"name": str, "collection": str, "links": LINKS}]}
    ),
    LegacyNetworks.networks: Said({200: {"networks": [NETWORK]}, 304: None}, query=SINCE),
    LegacyNetworks.show_network: Said({"network": NETWORK}),
    LegacyNetworks.create_network: Said(
        {"network": NETWORK},
        body={
            "network": {
                "type": str,
                "name?": str,
                "project?": str | None,
                "shared_to_project?": FLAG,
                "*": ANY,
            }
        },
    ),
    LegacyNetworks.rename_network: Said(
        {"network": NETWORK}, body={"network": {"name": str, "*": ANY}}
    ),
    LegacyNetworks.delete_network: Said(None),
    LegacyNetworks.act_on_network: Said(None, body=REASSIGN),
    LegacyNetworks.subnets: Said({200: {"subnets": [SUBNET]}, 304: None}, query=SINCE),
    LegacyNetworks.show_subnet: Said({"subnet": SUBNET}),
    LegacyNetworks.create_subnet: Said(
        {"subnet": SUBNET},
        body={
            "subnet": {
                "network_id": NUMBER,
                "cidr": str,
                "name?": str | None,
                "ip_version?": Literal[4, 6],
                "gateway_ip?": str | None,
                "enable_dhcp?": FLAG,
                "enable_slaac?": FLAG,
                "allocation_pools?": ([{"start": str, "end": str, "*": ANY}], None),
                "dns_nameservers?": ([str], None),
                "host_routes?": ([(str, {"*": ANY})], None),
                "*": ANY,
            }
        },
    ),
    LegacyNetworks.rename_subnet: Said(
        {"subnet": SUBNET}, body={"subnet": {"name": str, "*": ANY}}
    ),
    LegacyNetworks.delete_subnet: Said(None),
    LegacyPorts.ports: Said({200: {"ports": [PORT]}, 304: None}, query=SINCE),
    LegacyPorts.show_port: Said({"port": PORT}),
    LegacyPorts.create_port: Said(
        {"port": PORT},
        body={
            "port": {
                "network_id": NUMBER,
                "device_id?": int | str | None,
                "name?": str | None,
                "fixed_ips?": ([{"ip_address?": str | None, "*": ANY}], None),
                "security_groups?": ([NUMBER], None),
                "*": ANY,
            }
        },
    ),
    LegacyPorts.rename_port: Said({"port": PORT}, body={"port": {"name": str, "*": ANY}}),
    LegacyPorts.delete_port: Said(None),
    LegacyFloatingIps.floating_ips: Said(
        {200: {"floatingips": [FLOATING_IP]}, 304: None}, query=SINCE
    ),
    LegacyFloatingIps.history: Said(
        {"history": [{"address": str, "action": str, "server_id": str, "date": str}]}
    ),
    LegacyFloatingIps.show: Said({"floatingip": FLOATING_IP}),
    LegacyFloatingIps.create: Said(
        {"floatingip": FLOATING_IP},
        body={
            "floatingip": {
                "floating_network_id?": int | str | None,
                "floating_ip_address?": str | None,
                "project?": str | None,
                "shared_to_project?": FLAG,
                "*": ANY,
            }
        },
    ),
    LegacyFloatingIps.change: Said(None),
    LegacyFloatingIps.delete: Said(None),
    LegacyFloatingIps.act: Said(None, body=REASSIGN),
}
