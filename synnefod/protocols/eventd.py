"""The messages of the Ganeti event daemon: JSON on the wire, frozen values here (ganeti.md 11, 16).

The shapes are the original daemon's, so either end may be the old one. Times on the wire are pairs
`[seconds, microseconds]`, here microseconds since the epoch; sizes are MiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import Factory, frozen

from synnefod.common.errors import Malformed
from synnefod.common.jsonio import dump, dump_text

STATUSES = frozenset(("queued", "waiting", "canceling", "running", "canceled", "success", "error"))
OP_STATUS = "ganeti-op-status"
NETWORK_STATUS = "ganeti-network-status"
CLUSTER_STATUS = "ganeti-cluster-status"
HEARTBEAT = "eventd-heartbeat"
COPY_PROGRESS = "image-copy-progress"
PROGRESS_KINDS = frozenset(
    (COPY_PROGRESS, "image-info", "image-warning", "image-error", "image-helper")
)
CLUSTER_KEY = "ganeti.event.cluster"
HEARTBEAT_KEY = "eventd.heartbeat"
HVPARAMS = ("boot_order", "cdrom_image_path")
"""The hypervisor parameters that an instance's message carries (GNT-085)."""


class UnknownStatus(Malformed):
    """The message holds a status that no job has."""


class UnknownKind(Malformed):
    """The message is of a kind that nobody handles."""


@frozen
class WireNic:
    """`network` is None for a NIC outside networks; `firewall` is a mode of GNT-087 or None."""

    name: str = ""
    mac: str = ""
    ip: str | None = None
    network: str | None = None
    mode: str | None = None
    link: str | None = None
    uuid: str | None = None
    firewall: str | None = None


@frozen
class WireDisk:
    name: str = ""
    size: int = 0
    uuid: str = ""


@frozen
class InstanceData:
    """What an instance has at the moment of asking: parts of its messages (GNT-085)."""

    nics: tuple[WireNic, ...]
    disks: tuple[WireDisk, ...]
    hvparams: Mapping[str, Any]


@frozen
class OpStatus:
    """`ganeti-op-status`. `data` is None when the message carries no NICs, disks, parameters."""

    cluster: str
    instance: str
    job: int
    operation: str
    status: str
    when: int
    logmsg: str | None = None
    result: Any = None
    job_fields: Mapping[str, Any] = Factory(dict)
    tags: tuple[str, ...] = ()
    nics: tuple[WireNic, ...] | None = None
    disks: tuple[WireDisk, ...] | None = None
    hvparams: Mapping[str, Any] | None = None


@frozen
class NetworkStatus:
    cluster: str
    network: str
    job: int
    operation: str
    status: str
    when: int
    logmsg: str | None = None
    result: Any = None
    job_fields: Mapping[str, Any] = Factory(dict)


@frozen
class ClusterStatus:
    cluster: str
    job: int
    operation: str
    status: str
    when: int
    logmsg: str | None = None
    result: Any = None


@frozen
class Heartbeat:
    """The daemon's answer to the status check's tag job (GNT-110)."""

    cluster: str
    job: int = 0
    status: str = ""
    when: int = 0


@frozen
class Progress:
    """A message of the image deployment; `body` is all of it. `when` is the node's clock."""

    kind: str
    instance: str
    when: int
    body: Mapping[str, Any]
    cluster: str = ""


Message = OpStatus | NetworkStatus | ClusterStatus | Heartbeat | Progress


class _Job(msgspec.Struct):
    operation: str
    status: str
    cluster: str
    jobId: int | str  # noqa: N815
    event_time: tuple[int, int]
    logmsg: Any = None
    result: Any = None
    job_fields: dict[str, Any] | None = None


class _Nic(msgspec.Struct):
    name: str | None = None
    mac: str | None = None
    ip: str | None = None
    network: str | None = None
    mode: str | None = None
    link: str | None = None
    uuid: str | None = None
    firewall: str | None = None


class _Disk(msgspec.Struct):
    size: int
    name: str | None = None
    uuid: str | None = None


class _Op(_Job, kw_only=True):
    instance: str
    tags: list[str] | None = None
    instance_nics: list[_Nic] | None = None
    instance_disks: list[_Disk] | None = None
    instance_hvparams: dict[str, Any] | None = None


class _Network(_Job, kw_only=True):
    network: str


class _Progress(msgspec.Struct):
    instance: str
    event_time: tuple[int, int]
    cluster: str = ""


class _Copy(_Progress, kw_only=True):
    progress: int | float


class _Heart(msgspec.Struct):
    cluster: str


def routing_key(message: Message) -> str:
    """Where a message belongs on the exchange `ganeti` (ganeti.md 11.4, GNT-004)."""
    if isinstance(message, ClusterStatus):
        return CLUSTER_KEY
    if isinstance(message, Heartbeat):
        return HEARTBEAT_KEY
    if isinstance(message, NetworkStatus):
        return f"ganeti.{_prefix(message.network)}.event.network"
    kind = "op" if isinstance(message, OpStatus) else "progress"
    return f"ganeti.{_prefix(message.instance)}.event.{kind}"


def _prefix(name: str) -> str:
    """The text before the first dash; dots would make it several words of the key."""
    return name.partition("-")[0].partition(".")[0]


def decode(raw: bytes) -> Message:
    """The value of a message.

    Raises UnknownStatus for a status word that no job has (GNT-108), UnknownKind for another
    `type`, else Malformed with the place (GNT-102).
    """
    try:
        tree = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"The message is not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise Malformed("The message is not a JSON object.")
    kind = tree.get("type")
    if not isinstance(kind, str):
        raise Malformed("The message has no type.")
    if kind == OP_STATUS:
        return _decode_op(tree)
    if kind == NETWORK_STATUS:
        job = _shape(tree, _Network)
        return NetworkStatus(network=job.network, job_fields=job.job_fields or {}, **_common(job))
    if kind == CLUSTER_STATUS:
        return ClusterStatus(**_common(_shape(tree, _Job)))
    if kind == HEARTBEAT:
        return Heartbeat(_shape(tree, _Heart).cluster)
    if kind in PROGRESS_KINDS:
        return _decode_progress(kind, tree)
    raise UnknownKind(f"Messages of the type '{kind[:64]}' are not handled.")


def _decode_op(tree: dict[str, Any]) -> OpStatus:
    op = _shape(tree, _Op)
    nics, disks = op.instance_nics, op.instance_disks
    return OpStatus(
        instance=op.instance,
        job_fields=op.job_fields or {},
        tags=tuple(op.tags or ()),
        nics=None if nics is None else tuple(_nic(nic) for nic in nics),
        disks=None
        if disks is None
        else tuple(WireDisk(disk.name or "", disk.size, disk.uuid or "") for disk in disks),
        hvparams=op.instance_hvparams,
        **_common(op),
    )


def _nic(nic: _Nic) -> WireNic:
    return WireNic(
        name=nic.name or "",
        mac=nic.mac or "",
        ip=nic.ip or None,
        network=nic.network or None,
        mode=nic.mode,
        link=nic.link,
        uuid=nic.uuid,
        firewall=nic.firewall,
    )


def _decode_progress(kind: str, tree: dict[str, Any]) -> Progress:
    if kind == COPY_PROGRESS:
        progress: _Progress = _shape(tree, _Copy)
        if tree["progress"] < 0:
            raise Malformed("The message reports a negative progress.")
    else:
        progress = _shape(tree, _Progress)
    body = {name: value for name, value in tree.items() if name not in ("type", "event_time")}
    return Progress(kind, progress.instance, _when(progress.event_time), body, progress.cluster)


def _shape(tree: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"The message of the type '{tree['type']}' is wrong: {error}") from None


def _common(job: Any) -> dict[str, Any]:
    if job.status not in STATUSES:
        raise UnknownStatus(f"No job has the status '{job.status[:64]}'.")
    number = job.jobId
    if isinstance(number, str):
        if not (number.isascii() and number.isdecimal()):
            raise Malformed("The message's jobId is not a number.")
        number = int(number)
    logmsg = job.logmsg
    return {
        "cluster": job.cluster,
        "job": number,
        "operation": job.operation,
        "status": job.status,
        "when": _when(job.event_time),
        "logmsg": logmsg if logmsg is None or isinstance(logmsg, str) else dump_text(logmsg),
        "result": job.result,
    }


def _when(pair: tuple[int, int]) -> int:
    seconds, micros = pair
    if seconds < 0 or not 0 <= micros <= 999_999:
        raise Malformed("The message's event_time is not a pair of seconds and microseconds.")
    return seconds * 1_000_000 + micros


def encode(message: Message) -> bytes:
    """The message's JSON; `decode` gives the same value back."""
    return dump(_tree(message))


def _tree(message: Message) -> dict[str, Any]:
    if isinstance(message, Heartbeat):
        tree: dict[str, Any] = {"type": HEARTBEAT, "cluster": message.cluster}
        if message.when:
            tree["event_time"] = list(divmod(message.when, 1_000_000))
        return tree
    pair = list(divmod(message.when, 1_000_000))
    if isinstance(message, Progress):
        return {**message.body, "type": message.kind, "event_time": pair,
                "instance": message.instance}  # fmt: skip
    tree = {
        "operation": message.operation,
        "status": message.status,
        "jobId": message.job,
        "event_time": pair,
        "cluster": message.cluster,
        "logmsg": message.logmsg,
        "result": message.result,
    }
    if isinstance(message, ClusterStatus):
        return {"type": CLUSTER_STATUS, **tree}
    tree["job_fields"] = dict(message.job_fields)
    if isinstance(message, NetworkStatus):
        return {"type": NETWORK_STATUS, **tree, "network": message.network}
    tree |= {"instance": message.instance, "tags": list(message.tags)}
    if message.nics is not None:
        tree["instance_nics"] = [_nic_tree(nic) for nic in message.nics]
    if message.disks is not None:
        tree["instance_disks"] = [
            {"name": disk.name or None, "size": disk.size, "uuid": disk.uuid}
            for disk in message.disks
        ]
    if message.hvparams is not None:
        tree["instance_hvparams"] = dict(message.hvparams)
    return {"type": OP_STATUS, **tree}


def _nic_tree(nic: WireNic) -> dict[str, Any]:
    tree = {
        "name": nic.name or None,
        "network": nic.network,
        "ip": nic.ip,
        "mac": nic.mac,
        "mode": nic.mode,
        "link": nic.link,
        "uuid": nic.uuid,
    }
    if nic.firewall is not None:
        tree["firewall"] = nic.firewall
    return tree
