"""`/cyclades/compute/v2.0`, and what stands beside it (compute-image-volume.md 1 to 3)."""

from __future__ import annotations

from synnefod.resources.compute.admin import ComputeStatistics
from synnefod.resources.compute.legacy.images import LegacyImages
from synnefod.resources.compute.legacy.others import (
    LegacyExtensions,
    LegacyFlavors,
    LegacyKeypairs,
    LegacyVersion,
)
from synnefod.resources.compute.legacy.servers import LegacyServers
from synnefod.resources.compute.userdata import UserKeys
from synnefod.resources.compute.vmapi import ServerParams
from synnefod.resources.network.oldfloating import ComputeFloatingIps
from synnefod.resources.openapi.notation import keyed
from synnefod.resources.openapi.said import Said, Table, content, jsonp
from synnefod.resources.openapi.tables import ANY, STRINGS, VERSION
from synnefod.resources.openapi.tables import cyclades_shapes as shapes
from synnefod.resources.openapi.tables.cyclades_shapes import SERVER_FILTERS

METADATA = Said({"metadata": STRINGS})
ONE_META = Said({"meta": STRINGS})
TAGS = Said({"tags": [str], "statuses": [str]})
FLAVOR_FILTERS = ("SNF:flavor-access", "SNF:is_public")
SAID: Table = {
    LegacyVersion.show: Said({"version": VERSION}),
    LegacyExtensions.index: Said({"extensions": [ANY]}),
    LegacyExtensions.show: Said(None),
    LegacyServers.index: Said(
        {200: {"servers": [shapes.SERVER_BRIEF]}, 304: None}, query=SERVER_FILTERS
    ),
    LegacyServers.details: Said(
        {200: {"servers": [shapes.SERVER]}, 304: None}, query=SERVER_FILTERS
    ),
    LegacyServers.create: Said({"server": shapes.SERVER}, headers=("Idempotency-Key",)),
    LegacyServers.show: Said({"server": shapes.SERVER}),
    LegacyServers.rename: Said(None),
    LegacyServers.delete: Said(None),
    LegacyServers.act: Said({200: shapes.CONSOLE, 202: None}, body=keyed(shapes.ACTIONS)),
    LegacyServers.diagnostics: Said([shapes.DIAGNOSTIC]),
    LegacyServers.stats: Said({"stats": shapes.STATS}),
    LegacyServers.password: Said({"password": str}),
    LegacyServers.forget_password: Said(None),
    LegacyServers.ips: Said(
        {"addresses": {"*": [shapes.ADDRESS]}, "attachments": [shapes.ATTACHMENT]}
    ),
    LegacyServers.ips_of: Said({"network": {"*": [shapes.ADDRESS]}}),
    LegacyServers.metadata: METADATA,
    LegacyServers.merge_metadata: METADATA,
    LegacyServers.meta: ONE_META,
    LegacyServers.set_meta: ONE_META,
    LegacyServers.delete_meta: Said(None),
    LegacyServers.tags: TAGS,
    LegacyServers.replace_tags: TAGS,
    LegacyServers.tag: Said(None),
    LegacyServers.add_tag: Said({201: None, 204: None}),
    LegacyServers.delete_tag: Said(None),
    LegacyServers.delete_tags: Said(None),
    LegacyServers.volumes: Said({"volumeAttachments": [shapes.VOLUME_ATTACHMENT]}),
    LegacyServers.volume: Said({"volumeAttachment": shapes.VOLUME_ATTACHMENT}),
    LegacyServers.attach: Said({"volumeAttachment": shapes.VOLUME_ATTACHMENT}),
    LegacyServers.detach: Said(None),
    LegacyFlavors.index: Said({"flavors": [shapes.FLAVOR_BRIEF]}, query=FLAVOR_FILTERS),
    LegacyFlavors.details: Said({"flavors": [shapes.FLAVOR]}, query=FLAVOR_FILTERS),
    LegacyFlavors.show: Said({"flavor": shapes.FLAVOR}),
    LegacyFlavors.specs: Said({"extra_specs": STRINGS}),
    LegacyKeypairs.index: Said({"keypairs": [{"keypair": shapes.KEYPAIR_BRIEF}]}),
    LegacyKeypairs.show: Said({"keypair": shapes.KEYPAIR}),
    LegacyKeypairs.create: Said({"keypair": shapes.KEYPAIR_BRIEF}),
    LegacyKeypairs.delete: Said(None),
    LegacyImages.index: Said(
        {200: {"images": [shapes.IMAGE_BRIEF]}, 304: None}, query=("changes-since",)
    ),
    LegacyImages.details: Said(
        {200: {"images": [shapes.IMAGE]}, 304: None}, query=("changes-since",)
    ),
    LegacyImages.show: Said({"image": shapes.IMAGE}),
    LegacyImages.create: Said(None, body={"image": {"*": ANY}}),
    LegacyImages.delete: Said(None),
    LegacyImages.metadata: METADATA,
    LegacyImages.merge: METADATA,
    LegacyImages.meta: ONE_META,
    LegacyImages.set_meta: ONE_META,
    LegacyImages.delete_meta: Said(None),
    ComputeFloatingIps.listing: Said({"floating_ips": [shapes.FLOATING_IP]}),
    ComputeFloatingIps.show: Said({"floating_ip": shapes.FLOATING_IP}),
    ComputeFloatingIps.create: Said({"floating_ip": shapes.FLOATING_IP}),
    ComputeFloatingIps.delete: Said(None),
    ComputeFloatingIps.pools: Said({"floating_ip_pools": [{"name": str}]}),
    ComputeStatistics.nothing: Said(None),
    ComputeStatistics.public: Said(jsonp(shapes.FIGURES), query=("callback",)),
    ComputeStatistics.simple: Said(jsonp(shapes.SIMPLE), query=("callback",)),
    ComputeStatistics.detail: Said(shapes.DETAILED, query=("backend",)),
    UserKeys.index: Said([shapes.KEY]),
    UserKeys.show: Said(shapes.KEY),
    UserKeys.create: Said({200: shapes.KEY, 422: shapes.KEY_FAULT}),
    UserKeys.change: Said({200: shapes.KEY, 422: shapes.KEY_FAULT}),
    UserKeys.delete: Said(str),
    UserKeys.generate: Said({"private": str, "public": str}),
    UserKeys.download: Said(
        content("application/x-pem-key"), sends=("application/x-www-form-urlencoded",)
    ),
    ServerParams.show: Said({"*": str}),
    ServerParams.image: Said(content("application/octet-stream")),
    ServerParams.progress: Said(
        None,
        body={
            "type": str,
            "total?": int,
            "position?": int,
            "progress?": float,
            "messages?": [str],
            "instance?": str,
            "*": ANY,
        },
    ),
}
