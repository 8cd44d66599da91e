"""The states of a virtual machine, what may happen to it, and what follows; pure data.

Note [Two kinds of rules]. `MACHINE` says what facts reported by a cluster do, `refusal` which
requests are taken in which state (compute-image-volume.md 6.2, 6.3). Requests never move a state.
"""

from __future__ import annotations

import enum

from synnefod.common.fsm import Machine, Move


class Operstate(enum.Enum):
    """The operational state of a server, as stored."""

    BUILD = "BUILD"
    STARTED = "STARTED"
    STOPPED = "STOPPED"
    ERROR = "ERROR"
    DESTROYED = "DESTROYED"

    @property
    def counted(self) -> bool:
        """Whether vCPUs and RAM of a server in this state are in use (0.1: cyclades.cpu, .ram)."""
        return self in (Operstate.BUILD, Operstate.STARTED, Operstate.ERROR)


class Event(enum.Enum):
    """What a cluster's report means for a server."""

    PROGRESSED = "a job is queued, waiting or running"
    CREATED = "the creation succeeded"
    CREATE_FAILED = "the creation failed or was cancelled"
    CREATE_DEFERRED = "the creation found locks held and is to be sent again"
    STARTED = "a start or reboot succeeded"
    STOPPED = "a shutdown succeeded"
    REMOVED = "the instance is gone"
    CHANGED = "another job succeeded"
    FAILED = "another job failed or was cancelled"


class Output(enum.Enum):
    """What is to be done in the transaction that records a step."""

    ACCEPT = "accept the stored commission"
    REJECT = "reject the stored commission"
    RECOUNT = "charge the difference between the old row and the new one"
    FAIL_PARTS = "ports and volumes are in error"
    RELEASE_PARTS = "ports, addresses and volumes are let go"
    SEE_NICS = "ports follow the reported NICs"
    SEE_DISKS = "volumes follow the reported disks"
    SEE_RESCUE = "rescue follows the reported boot medium"
    FOLLOW_FLAVOR = "the flavor follows the reported CPUs and memory"
    RETRY_CREATE = "the creation is sent again without opportunistic locking"


class Action(enum.Enum):
    """What can be asked of a server. The values are the task words that are stored."""

    BUILD = "BUILD"
    START = "START"
    STOP = "STOP"
    REBOOT = "REBOOT"
    RESIZE = "RESIZE"
    DESTROY = "DESTROY"
    REASSIGN = "REASSIGN"
    CONSOLE = "CONSOLE"
    CONNECT = "CONNECT"
    DISCONNECT = "DISCONNECT"
    ATTACH_VOLUME = "ATTACH_VOLUME"
    DETACH_VOLUME = "DETACH_VOLUME"
    DELETE_VOLUME = "DELETE_VOLUME"
    GROW_VOLUME = "GROW_VOLUME"
    EDIT = "EDIT"
    TAG = "TAG"
    SUSPEND = "SUSPEND"
    FIREWALL = "FIREWALL"
    RESCUE = "RESCUE"
    UNRESCUE = "UNRESCUE"


TASK_WORDS = {
    "": "",
    "BUILD": "BUILDING",
    "START": "STARTING",
    "STOP": "STOPPING",
    "REBOOT": "REBOOTING",
    "DESTROY": "DESTROYING",
    "RESIZE": "RESIZING",
    "CONNECT": "CONNECTING",
    "DISCONNECT": "DISCONNECTING",
    "ATTACH_VOLUME": "ATTACHING_VOLUME",
    "DETACH_VOLUME": "DETACHING_VOLUME",
    "DELETE_VOLUME": "DELETING_VOLUME",
    "GROW_VOLUME": "EXTENDING_VOLUME",
    "RESCUE": "RESCUING",
    "UNRESCUE": "UNRESCUING",
}
"""Stored task -> word of SNF:task_state (CMP-035)."""

_GONE = Move(Operstate.DESTROYED, (Output.RECOUNT, Output.RELEASE_PARTS))
_S, _E = Operstate, Event

TABLE: dict[tuple[Operstate, Event], Move[Operstate, Output]] = {
    (_S.BUILD, _E.CREATED): Move(_S.STARTED),
    (_S.BUILD, _E.CREATE_FAILED): Move(_S.ERROR, (Output.FAIL_PARTS,)),
    (_S.BUILD, _E.CREATE_DEFERRED): Move(_S.BUILD, (Output.RETRY_CREATE,)),
    (_S.BUILD, _E.STARTED): Move(_S.STARTED),
    (_S.BUILD, _E.STOPPED): Move(_S.STOPPED, (Output.RECOUNT,)),
    (_S.BUILD, _E.REMOVED): _GONE,
    (_S.STARTED, _E.STOPPED): Move(_S.STOPPED, (Output.RECOUNT,)),
    (_S.STARTED, _E.REMOVED): _GONE,
    (_S.STOPPED, _E.STARTED): Move(_S.STARTED, (Output.RECOUNT,)),
    (_S.STOPPED, _E.REMOVED): _GONE,
    (_S.ERROR, _E.CREATED): Move(_S.STARTED),
    (_S.ERROR, _E.STARTED): Move(_S.STARTED),
    (_S.ERROR, _E.STOPPED): Move(_S.STOPPED, (Output.RECOUNT,)),
    (_S.ERROR, _E.REMOVED): _GONE,
}

# A creation given up here may have reached the cluster after all: (ERROR, CREATED) moves.
# The outcome of a creation says nothing about a server that was seen running or stopped since.
IGNORED = frozenset(
    {(state, event) for state in _S for event in (_E.PROGRESSED, _E.CHANGED, _E.FAILED)}
    | {(_S.DESTROYED, event) for event in _E}
    | {(state, event) for state in (_S.STARTED, _S.STOPPED)
       for event in (_E.CREATED, _E.CREATE_FAILED, _E.CREATE_DEFERRED)}
    | {(_S.ERROR, _E.CREATE_FAILED), (_S.ERROR, _E.CREATE_DEFERRED)}
    | {(_S.STARTED, _E.STARTED), (_S.STOPPED, _E.STOPPED)}
)  # fmt: skip

MACHINE: Machine[Operstate, Event, Output] = Machine(Operstate, Event, TABLE, IGNORED)

STATEFUL = frozenset(
    {_E.CREATED, _E.CREATE_FAILED, _E.CREATE_DEFERRED, _E.STARTED, _E.STOPPED, _E.REMOVED}
)
"""Events that say what the operational state is; only these advance its watermark."""


class Refused(enum.Enum):
    """Why a request is not taken."""

    SUSPENDED = "Administratively Suspended VM"
    DELETED = "Server has been deleted."
    BUILDING = "Server is being built."
    PENDING = "Cannot perform this action while another one is pending."
    STATE = "Cannot perform this action in the server's present state."
    NOT_ACTIVE = "Server not in ACTIVE state."
    LOCKED = "Server is locked."


_ANY_STATE = (Action.DESTROY, Action.EDIT, Action.TAG, Action.SUSPEND)
_NEEDS: dict[Action, tuple[Operstate, ...]] = {
    Action.START: (_S.STOPPED,),
    Action.STOP: (_S.STARTED,),
    Action.REBOOT: (_S.STARTED, _S.STOPPED),
    Action.RESIZE: (_S.STOPPED,),
    Action.RESCUE: (_S.STOPPED,),
    Action.UNRESCUE: (_S.STOPPED,),
    Action.CONNECT: (_S.STARTED, _S.STOPPED),
    Action.DISCONNECT: (_S.STARTED, _S.STOPPED),
    Action.ATTACH_VOLUME: (_S.STARTED, _S.STOPPED),
    Action.DETACH_VOLUME: (_S.STARTED, _S.STOPPED),
    Action.DELETE_VOLUME: (_S.STARTED, _S.STOPPED),
    Action.GROW_VOLUME: (_S.STARTED, _S.STOPPED),
    Action.FIREWALL: (_S.STARTED, _S.STOPPED),
    Action.REASSIGN: (_S.BUILD, _S.STARTED, _S.STOPPED, _S.ERROR),
}
_HOT = (
    Action.CONNECT,
    Action.DISCONNECT,
    Action.ATTACH_VOLUME,
    Action.DETACH_VOLUME,
    Action.DELETE_VOLUME,
    Action.GROW_VOLUME,
)


def refusal(
    action: Action,
    state: Operstate,
    task: str,
    *,
    suspended: bool = False,
    hotplug: bool = True,
) -> Refused | None:
    """Why `action` is not taken now, or None (6.3). `suspended` is False for administrators."""
    if state is Operstate.DESTROYED:
        return Refused.DELETED
    if suspended and action is not Action.SUSPEND:
        return Refused.SUSPENDED
    if action in _ANY_STATE:
        return None
    if action is Action.CONSOLE:
        return None if state is Operstate.STARTED else Refused.NOT_ACTIVE
    if task:
        return Refused.BUILDING if task == Action.BUILD.value else Refused.PENDING
    if state in _NEEDS.get(action, ()):
        if action in _HOT and state is Operstate.STARTED and not hotplug:
            return Refused.STATE
        return None
    return Refused.BUILDING if state is Operstate.BUILD else Refused.STATE
