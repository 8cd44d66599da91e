"""What a report of a server's disks makes of a volume: a table (compute-image-volume.md 6.6)."""

from __future__ import annotations

import enum

from synnefod.common.fsm import Machine, Move


class Status(enum.Enum):
    """Where a volume is in its life; the values are the words of the legacy API."""

    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    ATTACHING = "ATTACHING"
    IN_USE = "IN_USE"
    DETACHING = "DETACHING"
    DELETING = "DELETING"
    DELETED = "DELETED"
    ERROR = "ERROR"


class Seen(enum.Enum):
    """What happened to a volume, as its server's reports tell."""

    PRESENT = "the cluster shows the disk"
    ABSENT = "a job is over and the cluster does not show the disk"
    BUILD_FAILED = "the server could not be built"
    SERVER_GONE = "the server was removed"


class Output(enum.Enum):
    """What is to be done because of a move."""

    DETACH = "the row no longer belongs to a server"


_S, _E = Status, Seen
_T = dict[tuple[Status, Seen], Move[Status, Output]]

TABLE: _T = {
    (_S.CREATING, _E.PRESENT): Move(_S.IN_USE),
    (_S.ATTACHING, _E.PRESENT): Move(_S.IN_USE),
    (_S.DETACHING, _E.PRESENT): Move(_S.IN_USE),
    (_S.DELETING, _E.PRESENT): Move(_S.IN_USE),
    (_S.ERROR, _E.PRESENT): Move(_S.IN_USE),
    (_S.DELETING, _E.ABSENT): Move(_S.DELETED),
    (_S.DETACHING, _E.ABSENT): Move(_S.AVAILABLE, (Output.DETACH,)),
    # A failed attachment loses no data: the volume is as it was before.
    (_S.ATTACHING, _E.ABSENT): Move(_S.AVAILABLE, (Output.DETACH,)),
    (_S.CREATING, _E.BUILD_FAILED): Move(_S.ERROR),
    (_S.CREATING, _E.SERVER_GONE): Move(_S.DELETED),
    (_S.ATTACHING, _E.SERVER_GONE): Move(_S.AVAILABLE, (Output.DETACH,)),
    (_S.IN_USE, _E.SERVER_GONE): Move(_S.DELETED),
    (_S.DETACHING, _E.SERVER_GONE): Move(_S.DELETED),
    (_S.DELETING, _E.SERVER_GONE): Move(_S.DELETED),
    (_S.ERROR, _E.SERVER_GONE): Move(_S.DELETED),
}

IGNORED = {
    (_S.IN_USE, _E.PRESENT),
    # A disk that nobody asked to remove is missing: reconciliation tells, nothing is dropped here.
    (_S.CREATING, _E.ABSENT),
    (_S.IN_USE, _E.ABSENT),
    (_S.AVAILABLE, _E.PRESENT),
    (_S.AVAILABLE, _E.ABSENT),
    (_S.ERROR, _E.ABSENT),
    (_S.AVAILABLE, _E.SERVER_GONE),
    *((state, _E.BUILD_FAILED) for state in Status if state is not _S.CREATING),
    *((_S.DELETED, event) for event in Seen),
}

MACHINE: Machine[Status, Seen, Output] = Machine(Status, Seen, TABLE, IGNORED)
