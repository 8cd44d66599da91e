"""Bodies of the compute APIs. Unknown keys are ignored (compute-image-volume.md 15)."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

Number = int | str


class Network(Struct):
    """An element of `networks`: a network, perhaps with an address, or a port."""

    uuid: Number | None = None
    fixed_ip: str | UnsetType | None = UNSET
    port: Number | None = None


class File(Struct, forbid_unknown_fields=True):
    """A file of `personality`."""

    path: str
    contents: str
    owner: str = "root"
    group: str = "root"
    mode: int = 288


class NovaFile(Struct):
    """The same as Nova knows it."""

    path: str
    contents: str


class Mapping(Struct):
    """An element of `block_device_mapping_v2` (1.3.1)."""

    source_type: str = ""
    uuid: Number | None = None
    volume_size: Number | None = None
    delete_on_termination: bool | None = None
    boot_index: Number | None = None
    destination_type: str | None = None


class LegacyServer(Struct):
    """What a legacy client sends to make a server (3.2)."""

    name: str
    flavorRef: Number  # noqa: N815
    imageRef: str | None  # noqa: N815
    metadata: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    key_name: str | None = None
    key_names: list[str] = field(default_factory=list, name="SNF:key_names")
    adminPass: str | None = None  # noqa: N815
    user_data: str | None = None
    personality: list[File] = field(default_factory=list)
    networks: list[Network] | None = None
    project: str | None = None
    shared_to_project: bool = False
    block_device_mapping_v2: list[Mapping] = field(default_factory=list)


class CreateLegacyServer(Struct):
    server: LegacyServer


class GroupName(Struct):
    """A security group by its name, or its id."""

    name: Number


class NovaServer(Struct):
    """What an OpenStack client sends (14.6)."""

    name: str
    flavorRef: Number  # noqa: N815
    imageRef: str | None = None  # noqa: N815
    min_count: Number = 1
    max_count: Number | None = None
    networks: list[Network] | str | None = None
    block_device_mapping_v2: list[Mapping] = field(default_factory=list)
    key_name: str | None = None
    user_data: str | None = None
    metadata: dict[str, str] | None = None
    adminPass: str | None = None  # noqa: N815
    description: str | None = None
    tags: list[str] = field(default_factory=list)
    personality: list[NovaFile] = field(default_factory=list)
    availability_zone: str | None = None
    security_groups: list[GroupName] = field(default_factory=list)
    return_reservation_id: bool | str = False


class CreateNovaServer(Struct):
    server: NovaServer


class NewName(Struct):
    name: str


class RenameServer(Struct):
    server: NewName


class ServerChange(Struct):
    name: str | None = None
    description: str | msgspec.UnsetType | None = msgspec.UNSET


class UpdateServer(Struct):
    server: ServerChange


class Metadata(Struct):
    metadata: dict[str, str]


class Meta(Struct):
    meta: dict[str, str]


class FixedAddress(Struct):
    ip_address: str


class NewInterface(Struct):
    port_id: Number | None = None
    net_id: Number | None = None
    fixed_ips: list[FixedAddress] = field(default_factory=list)


class CreateInterface(Struct):
    interfaceAttachment: NewInterface  # noqa: N815


class NewAttachment(Struct):
    volumeId: Number  # noqa: N815


class CreateAttachment(Struct):
    volumeAttachment: NewAttachment  # noqa: N815


class Tags(Struct):
    tags: list[str]


class NewKeypair(Struct):
    name: str
    public_key: str | None = None
    type: str = "ssh"
    user_id: str | None = None


class CreateKeypair(Struct):
    keypair: NewKeypair


class RemoteConsole(Struct):
    protocol: str
    type: str


class CreateRemoteConsole(Struct):
    remote_console: RemoteConsole


class NewFlavor(Struct):
    """An administrator's flavor in Nova's words."""

    name: str
    ram: Number
    vcpus: Number
    disk: Number
    id: str | int | None = None
    public: bool | str = field(default=True, name="os-flavor-access:is_public")
    description: str | None = None
    """From 2.55 on; at most 65 535 characters."""


class CreateFlavor(Struct):
    flavor: NewFlavor


class FlavorChange(Struct):
    """All that changes of a flavor (2.55)."""

    description: str | None


class ChangeFlavor(Struct):
    flavor: FlavorChange


class ExtraSpecs(Struct):
    extra_specs: dict[str, str]


Action = dict[str, Any]
