"""What may happen to applications, projects and memberships (identity.md 3.6), as tables.

A pair that is `ignored` by a machine is refused: `move` raises Conflict for it, so every pair of
the tables is decided.
"""

from __future__ import annotations

import enum
from typing import TypeVar

from synnefod.common.errors import Conflict
from synnefod.common.fsm import Machine, Move
from synnefod.projects.interface import AppState, MemberState, ProjectState

S = TypeVar("S", bound=enum.Enum)
E = TypeVar("E", bound=enum.Enum)
O = TypeVar("O", bound=enum.Enum)  # noqa: E741


class AppEvent(enum.Enum):
    """What happens to an application; REPLACE: a newer one of the same project."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"
    DISMISS = "dismiss"
    REPLACE = "replace"


class ProjectEvent(enum.Enum):
    """What happens to a project; ABANDON: its first application is cancelled or dismissed."""

    APPROVE = "approve"
    ABANDON = "abandon"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    TERMINATE = "terminate"
    REINSTATE = "reinstate"


class MemberEvent(enum.Enum):
    """What happens to a membership; ASK_LEAVE: a member leaves where leaving is moderated."""

    JOIN = "join"
    ENROLL = "enroll"
    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    LEAVE = "leave"
    ASK_LEAVE = "ask leave"
    REMOVE = "remove"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"


class Effect(enum.Enum):
    """GIVE_BACK one pending application; FORGET the project where it is somebody's default."""

    GIVE_BACK = "give back"
    FORGET = "forget"


_A, _P, _M = AppState, ProjectState, MemberState
_AE, _PE, _ME = AppEvent, ProjectEvent, MemberEvent
_BACK, _FORGET = (Effect.GIVE_BACK,), (Effect.FORGET,)

_FINAL = (_A.APPROVED, _A.REPLACED, _A.DISMISSED, _A.CANCELLED)
APPLICATIONS: Machine[AppState, AppEvent, Effect] = Machine(
    AppState,
    AppEvent,
    {
        (_A.PENDING, _AE.APPROVE): Move(_A.APPROVED, _BACK),
        (_A.PENDING, _AE.DENY): Move(_A.DENIED, _BACK),
        (_A.PENDING, _AE.CANCEL): Move(_A.CANCELLED, _BACK),
        (_A.PENDING, _AE.REPLACE): Move(_A.REPLACED, _BACK),
        (_A.DENIED, _AE.DISMISS): Move(_A.DISMISSED),
    },
    frozenset(
        [(state, event) for state in _FINAL for event in AppEvent]
        + [(_A.PENDING, _AE.DISMISS)]
        + [(_A.DENIED, event) for event in (_AE.APPROVE, _AE.DENY, _AE.CANCEL, _AE.REPLACE)]
    ),
)

PROJECTS: Machine[ProjectState, ProjectEvent, Effect] = Machine(
    ProjectState,
    ProjectEvent,
    {
        (_P.UNINITIALIZED, _PE.APPROVE): Move(_P.ACTIVE),
        (_P.UNINITIALIZED, _PE.ABANDON): Move(_P.DELETED),
        (_P.ACTIVE, _PE.APPROVE): Move(_P.ACTIVE),
        (_P.SUSPENDED, _PE.APPROVE): Move(_P.ACTIVE),
        (_P.TERMINATED, _PE.APPROVE): Move(_P.ACTIVE),
        (_P.ACTIVE, _PE.SUSPEND): Move(_P.SUSPENDED),
        (_P.SUSPENDED, _PE.UNSUSPEND): Move(_P.ACTIVE),
        (_P.ACTIVE, _PE.TERMINATE): Move(_P.TERMINATED, _FORGET),
        (_P.SUSPENDED, _PE.TERMINATE): Move(_P.TERMINATED, _FORGET),
        (_P.TERMINATED, _PE.REINSTATE): Move(_P.ACTIVE),
    },
    frozenset(
        [
            (_P.UNINITIALIZED, event)
            for event in (_PE.SUSPEND, _PE.UNSUSPEND, _PE.TERMINATE, _PE.REINSTATE)
        ]
        + [(_P.ACTIVE, event) for event in (_PE.ABANDON, _PE.UNSUSPEND, _PE.REINSTATE)]
        + [(_P.SUSPENDED, event) for event in (_PE.ABANDON, _PE.SUSPEND, _PE.REINSTATE)]
        + [
            (_P.TERMINATED, event)
            for event in (_PE.ABANDON, _PE.SUSPEND, _PE.UNSUSPEND, _PE.TERMINATE)
        ]
        + [(_P.DELETED, event) for event in ProjectEvent]
    ),
)

_OUTSIDE = (_M.REJECTED, _M.CANCELLED, _M.REMOVED)
_INSIDE = (_M.ACCEPTED, _M.LEAVE_REQUESTED, _M.SUSPENDED)
_OF_MEMBERS = (_ME.LEAVE, _ME.ASK_LEAVE, _ME.REMOVE)
MEMBERSHIPS: Machine[MemberState, MemberEvent, Effect] = Machine(
    MemberState,
    MemberEvent,
    {
        **{(state, _ME.JOIN): Move(_M.REQUESTED) for state in _OUTSIDE},
        **{(state, _ME.ENROLL): Move(_M.ACCEPTED) for state in (_M.REQUESTED, *_OUTSIDE)},
        (_M.REQUESTED, _ME.ACCEPT): Move(_M.ACCEPTED),
        (_M.REQUESTED, _ME.REJECT): Move(_M.REJECTED),
        (_M.REQUESTED, _ME.CANCEL): Move(_M.CANCELLED),
        **{(state, _ME.LEAVE): Move(_M.REMOVED, _FORGET) for state in _INSIDE},
        **{(state, _ME.REMOVE): Move(_M.REMOVED, _FORGET) for state in _INSIDE},
        (_M.ACCEPTED, _ME.ASK_LEAVE): Move(_M.LEAVE_REQUESTED),
        (_M.LEAVE_REQUESTED, _ME.ASK_LEAVE): Move(_M.LEAVE_REQUESTED),
        # Waiting for leave counts as accepted: a suspended member must not get there.
        (_M.SUSPENDED, _ME.ASK_LEAVE): Move(_M.REMOVED, _FORGET),
        (_M.ACCEPTED, _ME.SUSPEND): Move(_M.SUSPENDED),
        (_M.LEAVE_REQUESTED, _ME.SUSPEND): Move(_M.SUSPENDED),
        (_M.SUSPENDED, _ME.UNSUSPEND): Move(_M.ACCEPTED),
    },
    frozenset(
        [
            (state, event)
            for state in _INSIDE
            for event in (_ME.JOIN, _ME.ENROLL, _ME.ACCEPT, _ME.REJECT, _ME.CANCEL)
        ]
        + [
            (state, event)
            for state in _OUTSIDE
            for event in (_ME.ACCEPT, _ME.REJECT, _ME.CANCEL, *_OF_MEMBERS)
        ]
        + [(_M.REQUESTED, event) for event in (_ME.JOIN, *_OF_MEMBERS)]
        + [(state, _ME.SUSPEND) for state in (_M.REQUESTED, _M.SUSPENDED, *_OUTSIDE)]
        + [
            (state, _ME.UNSUSPEND)
            for state in (_M.REQUESTED, _M.ACCEPTED, _M.LEAVE_REQUESTED, *_OUTSIDE)
        ]
    ),
)


def move(machine: Machine[S, E, O], state: S, event: E, what: str) -> Move[S, O]:
    """The move of a pair. Raises Conflict, naming `what`, for one that the contract refuses."""
    if (state, event) in machine.ignored:
        raise Conflict(f"The {what} is {state.name.lower()}.")
    return machine.step(state, event)
