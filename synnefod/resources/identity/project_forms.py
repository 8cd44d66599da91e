"""Bodies of projects, applications and memberships, in both directions (identity.md 2.6, 2.7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from msgspec import ValidationError, convert

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.common.text import iso_offset, micros
from synnefod.projects.interface import (
    Application,
    Asker,
    Capacity,
    Definition,
    Details,
    Membership,
    Policy,
    Project,
)
from synnefod.resources.call import Call, Reply
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
T = TypeVar("T")
EMPTY = Reply(b"", content_type="application/json; charset=UTF-8")
INFINITE = 2**63 - 1
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGTP])(?:i?B)?)?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5}


def asker(call: Call) -> Asker:
    return Asker(call.principal.user, call.principal.is_admin)


def checked(value: Any, kind: type[T]) -> T:
    """A part of a decoded body. Raises Malformed."""
    try:
        return convert(value, kind)
    except ValidationError as error:
        raise Malformed(f"Invalid request body: {error}.") from None


def wish(body: schemas.ProjectWish, *, new: bool) -> Definition:
    """What an applicant wants. Raises Malformed."""
    if body.resources is None and new:
        raise Malformed("The resources are not an object.")
    return Definition(
        name=body.name,
        owner=None if body.owner is None else UserId(body.owner),
        homepage=body.homepage,
        description=body.description,
        starts=_date(body.start_date),
        ends=_date(body.end_date),
        join_policy=_policy(body.join_policy),
        leave_policy=_policy(body.leave_policy),
        max_members=_members(body.max_members),
        private=body.private,
        comments=body.comments,
        capacities={
            name: Capacity(each.project_capacity, each.member_capacity)
            for name, each in (body.resources or {}).items()
        },
    )


def _policy(name: str | None) -> Policy | None:
    return None if name is None else Policy[name.upper()]


def _date(text: str | None) -> int | None:
    """ISO 8601 with its offset: without one a date may mean any of two days."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not a valid date.") from None
    if when.tzinfo is None:
        raise Malformed(f"'{text[:64]}' has no offset from UTC.")
    try:
        return micros(when.timestamp())
    except (OverflowError, OSError):
        raise Malformed(f"'{text[:64]}' is not a valid date.") from None


def _members(value: int | str | None) -> int | None:
    """A number, or a text of one with a unit of 1024s, or "inf"."""
    if value is None or isinstance(value, int):
        return value
    if value.lower() in ("inf", "infinite"):
        return INFINITE
    match = _SIZE.fullmatch(value) if len(value) <= 32 else None
    if match is None or ("." in match[1] and not match[2]):
        raise Malformed(f"'{value[:32]}' is not a number of members.")
    scale: int = 1024 ** _POWERS[(match[2] or "").upper()]
    whole, _, part = match[1].partition(".")
    return int(whole) * scale + (int(part) * scale // 10 ** len(part) if part else 0)


def project(value: Project, capacities: Mapping[str, Capacity], visible: set[str]) -> Json:
    """A project as everybody sees it who may see it at all."""
    return {
        "id": value.id,
        "state": value.state.name.lower(),
        "name": value.name,
        "owner": value.owner,
        "homepage": value.homepage,
        "description": value.description,
        "creation_date": iso_offset(value.created),
        "end_date": iso_offset(value.ends),
        "join_policy": value.join_policy.name.lower(),
        "leave_policy": value.leave_policy.name.lower(),
        "max_members": value.max_members,
        "private": value.private,
        "system_project": value.is_base,
        "resources": _capacities(capacities, visible),
    }


def extra(details: Details, visible: set[str]) -> Json:
    """What owners and administrators see besides; keys without a value are left out."""
    result: Json = {}
    if details.application is not None:
        result["last_application"] = _application(details.application, visible)
    if details.deactivated is not None:
        result["deactivation_date"] = iso_offset(details.deactivated)
    return result


def _application(value: Application, visible: set[str]) -> Json:
    wanted = value.wanted
    return {
        "id": value.number,
        "state": value.state.name.lower(),
        "name": wanted.name,
        "owner": wanted.owner,
        "applicant": value.applicant,
        "homepage": wanted.homepage,
        "description": wanted.description,
        "start_date": None if wanted.starts is None else iso_offset(wanted.starts),
        "end_date": None if wanted.ends is None else iso_offset(wanted.ends),
        "comments": wanted.comments,
        "join_policy": None if wanted.join_policy is None else wanted.join_policy.name.lower(),
        "leave_policy": None if wanted.leave_policy is None else wanted.leave_policy.name.lower(),
        "max_members": wanted.max_members,
        "private": wanted.private,
        "resources": _capacities(wanted.capacities, visible),
    }


def _capacities(capacities: Mapping[str, Capacity], visible: set[str]) -> Json:
    return {
        name: {"project_capacity": each.project, "member_capacity": each.member}
        for name, each in capacities.items()
        if name in visible
    }


def membership(value: Membership) -> Json:
    return {
        "id": value.number,
        "user": value.user,
        "project": value.project,
        "state": value.state.name.lower(),
        **{state.name.lower(): iso_offset(when) for state, when in value.times.items()},
        "allowed_actions": list(value.actions),
    }
