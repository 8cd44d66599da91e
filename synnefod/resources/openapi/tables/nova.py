"""`/cyclades/compute/v2.1`: Nova (compute-image-volume.md 14)."""

from __future__ import annotations

from synnefod.resources.compute.nova.actions import NovaActions
from synnefod.resources.compute.nova.deployment import NovaDeployment
from synnefod.resources.compute.nova.devices import NovaDevices
from synnefod.resources.compute.nova.others import (
    ComputeVersions,
    NovaKeypairs,
    NovaVersion,
)
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.compute.nova.tags import NovaTags
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, LINKS, STRINGS, VERSION
from synnefod.resources.openapi.tables import nova_shapes as shapes
from synnefod.resources.openapi.tables.nova_shapes import SERVER_FILTERS

METADATA = Said({"metadata": STRINGS})
ONE_META = Said({"meta": STRINGS})
ATTACHMENT = {"volumeAttachment": shapes.ATTACHMENT}
INTERFACE = {"interfaceAttachment": shapes.INTERFACE}
MICROVERSION = ("OpenStack-API-Version", "X-OpenStack-Nova-API-Version")
"""Request headers that every call of the mount may have."""
SAID: Table = {
    ComputeVersions.index: Said({"versions": [VERSION]}),
    NovaVersion.show: Said({"version": VERSION}),
    NovaServers.index: Said(
        {"servers": [shapes.SERVER_BRIEF], "servers_links?": LINKS}, query=SERVER_FILTERS
    ),
    NovaServers.details: Said(
        {"servers": [shapes.SERVER], "servers_links?": LINKS}, query=SERVER_FILTERS
    ),
    NovaServers.create: Said(
        ({"server": shapes.SERVER_NEW}, {"reservation_id": str}), headers=("Idempotency-Key",)
    ),
    NovaServers.show: Said({"server": shapes.SERVER}),
    NovaServers.update: Said({"server": shapes.SERVER}),
    NovaServers.delete: Said(None),
    NovaServers.metadata: METADATA,
    NovaServers.set_metadata: METADATA,
    NovaServers.meta: ONE_META,
    NovaServers.set_meta: ONE_META,
    NovaServers.delete_meta: Said(None),
    NovaTags.index: Said({"tags": [str]}),
    NovaTags.replace: Said({"tags": [str]}),
    NovaTags.show: Said(None),
    NovaTags.add: Said({201: None, 204: None}),
    NovaTags.delete: Said(None),
    NovaTags.clear: Said(None),
    NovaActions.act: Said(
        {
            200: ({"console": {"type": str, "url": str}}, {"output": str}),
            202: ({"image_id": str}, None),
            204: None,
        },
        body=shapes.ACTION_BODY,
    ),
    NovaActions.actions: Said({"instanceActions": [shapes.ACTION]}),
    NovaActions.action: Said({"instanceAction": shapes.ACTION}),
    NovaActions.diagnostics: Said(shapes.DIAGNOSTICS),
    NovaActions.password: Said({"password": str}),
    NovaActions.forget_password: Said(None),
    NovaActions.ips: Said({"addresses": {"*": [shapes.ADDRESS]}}),
    NovaActions.ips_of: Said({"*": [shapes.ADDRESS]}),
    NovaActions.remote_console: Said(
        {"remote_console": {"protocol": str, "type": str, "url": str}}
    ),
    NovaDeployment.create_group: Said(None, body={"server_group": {"*": ANY}}),
    NovaDeployment.groups: Said({"server_groups": [ANY]}),
    NovaDeployment.extensions: Said({"extensions": [ANY]}),
    NovaDeployment.extension: Said(None),
    NovaDeployment.limits: Said({"limits": {"rate": [ANY], "absolute": shapes.ABSOLUTE}}),
    NovaDeployment.usage: Said({"tenant_usage": shapes.USAGE}, query=("end", "start")),
    NovaDeployment.usages: Said({"tenant_usages": [shapes.USAGE]}, query=("end", "start")),
    NovaDeployment.zones: Said(shapes.ZONES),
    NovaDeployment.zone_details: Said(shapes.ZONES),
    NovaDevices.attach: Said(ATTACHMENT),
    NovaDevices.volume: Said(ATTACHMENT),
    NovaDevices.volumes: Said({"volumeAttachments": [shapes.ATTACHMENT]}),
    NovaDevices.detach: Said(None),
    NovaDevices.connect: Said(INTERFACE),
    NovaDevices.interface: Said(INTERFACE),
    NovaDevices.interfaces: Said({"interfaceAttachments": [shapes.INTERFACE]}),
    NovaDevices.disconnect: Said(None),
    NovaKeypairs.index: Said(
        {"keypairs": [{"keypair": shapes.KEYPAIR_BRIEF}]}, query=("limit", "marker", "user_id")
    ),
    NovaKeypairs.show: Said({"keypair": shapes.KEYPAIR}, query=("user_id",)),
    NovaKeypairs.create: Said({200: shapes.KEYPAIR_NEW, 201: shapes.KEYPAIR_NEW}),
    NovaKeypairs.delete: Said({202: None, 204: None}, query=("user_id",)),
}
