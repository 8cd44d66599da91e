"""Verbs for the administrator's command, over the local socket alone.

Every verb is `POST /v1/<command>` with a JSON object. A list answers `{"rows": [...]}`, a thing
`{"row": {...}, "tables": {...}}`; keys are the titles of the command's columns.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from synnefod.common.errors import Refusal, Rehearsed
from synnefod.common.log import overhearing
from synnefod.resources.door import Call, Headers, Mount, Reply
from synnefod.resources.ops.control.adopting import AdoptionVerbs
from synnefod.resources.ops.control.audit import AuditVerbs
from synnefod.resources.ops.control.backends import BackendVerbs
from synnefod.resources.ops.control.components import ComponentVerbs
from synnefod.resources.ops.control.credentials import CredentialVerbs
from synnefod.resources.ops.control.enforcing import EnforcementVerbs
from synnefod.resources.ops.control.figures import FigureVerbs
from synnefod.resources.ops.control.files import FileVerbs
from synnefod.resources.ops.control.flavors import FlavorVerbs
from synnefod.resources.ops.control.groups import GroupVerbs
from synnefod.resources.ops.control.images import ImageVerbs
from synnefod.resources.ops.control.ledger import LedgerVerbs
from synnefod.resources.ops.control.networks import NetworkVerbs
from synnefod.resources.ops.control.notices import NoticeVerbs
from synnefod.resources.ops.control.oauth import OAuthVerbs
from synnefod.resources.ops.control.office import House, Office
from synnefod.resources.ops.control.people import PeopleVerbs
from synnefod.resources.ops.control.policies import PolicyVerbs
from synnefod.resources.ops.control.ports import FloatingIpVerbs, PortVerbs
from synnefod.resources.ops.control.projects import ProjectVerbs
from synnefod.resources.ops.control.queues import QueueVerbs
from synnefod.resources.ops.control.quota import QuotaVerbs
from synnefod.resources.ops.control.reconciling import ReconcileVerbs
from synnefod.resources.ops.control.rescue import RescueVerbs
from synnefod.resources.ops.control.servers import ServerVerbs
from synnefod.resources.ops.control.serverwork import ServerWorkVerbs
from synnefod.resources.ops.control.snapshots import SnapshotVerbs
from synnefod.resources.ops.control.storage import StorageVerbs
from synnefod.resources.ops.control.subnets import PoolVerbs, SubnetVerbs
from synnefod.resources.ops.control.usage import UsageVerbs
from synnefod.resources.ops.control.users import UserVerbs
from synnefod.resources.ops.control.volumes import VolumeTypeVerbs, VolumeVerbs
from synnefod.resources.routes import Handler

LOG_HEADER = "X-Synnefo-Log"


def control_mount(nouns: list[object]) -> Mount:
    """The mount of these nouns: a verb that changes something may be rehearsed (OPS-020)."""
    mount = Mount("/", "ops", nouns, None, json_type=False, shows=_shown)
    mount.rehearses = True
    mount.routes = [(made, _telling(handler)) for made, handler in mount.routes]
    return mount


def _telling(handler: Handler) -> Handler:
    """With the header of LOG_HEADER the answer holds what was logged for it (OPS-007)."""

    @wraps(handler)
    async def told(call: Call, **parts: Any) -> Any:
        level = call.headers.get(LOG_HEADER, "")
        if level not in ("warn", "info", "debug"):
            return await handler(call, **parts)
        with overhearing(level) as heard:
            answer = await handler(call, **parts)
        return {**answer, "log": heard}

    return told


def _shown(_headers: Headers, error: Refusal, reply: Reply) -> Reply:
    if isinstance(error, Rehearsed):
        return Reply({"row": {"dry_run": error.message}, "rehearsed": True})
    return reply


def control_nouns(services: House) -> list[object]:
    """Every noun of the control socket."""
    office = Office(services)
    return [
        UserVerbs(office),
        ProjectVerbs(office),
        QuotaVerbs(office),
        BackendVerbs(office),
        FlavorVerbs(office),
        FigureVerbs(office),
        VolumeTypeVerbs(office),
        VolumeVerbs(office),
        SnapshotVerbs(office),
        NetworkVerbs(office),
        SubnetVerbs(office),
        PortVerbs(office),
        FloatingIpVerbs(office),
        PoolVerbs(office),
        ServerVerbs(office),
        ServerWorkVerbs(office),
        ReconcileVerbs(office),
        ImageVerbs(office),
        AdoptionVerbs(office),
        RescueVerbs(office),
        LedgerVerbs(office),
        UsageVerbs(office),
        EnforcementVerbs(office),
        FileVerbs(office),
        GroupVerbs(office),
        PolicyVerbs(office),
        PeopleVerbs(office),
        CredentialVerbs(office),
        ComponentVerbs(office),
        OAuthVerbs(office),
        NoticeVerbs(services.notices),
        AuditVerbs(office, services.audit),
        QueueVerbs(services.queues),
        StorageVerbs(services.block_move),
    ]
