"""How a network ends, and how it stands on one cluster: two pure tables (network.md 6.1, 6.2)."""

from __future__ import annotations

import enum

from synnefod.cluster.interface import JobStatus
from synnefod.common.fsm import Machine, Move


class Life(enum.Enum):
    """A network's state and last wish together: ENDING is ACTIVE with the wish DESTROY."""

    ACTIVE = "ACTIVE"
    ENDING = "ENDING"
    DELETED = "DELETED"


class Wish(enum.Enum):
    """What happens to a network as a whole."""

    DELETE_NOWHERE = enum.auto()
    """Its deletion is asked for; no cluster knows of it."""
    DELETE_SOMEWHERE = enum.auto()
    """Its deletion is asked for; clusters know of it."""
    LEFT_ONE = enum.auto()
    """A cluster reports its removal; others still have it."""
    LEFT_LAST = enum.auto()
    """The last cluster reports its removal."""


class Deed(enum.Enum):
    """What is to be done."""

    TAKE_OFF = enum.auto()
    """Ask the clusters to disconnect and remove it."""
    FINISH = enum.auto()
    """Values and subnets given back, quota freed, the row marked deleted."""


LIFE: Machine[Life, Wish, Deed] = Machine(
    Life,
    Wish,
    {
        (Life.ACTIVE, Wish.DELETE_NOWHERE): Move(Life.DELETED, (Deed.FINISH,)),
        (Life.ACTIVE, Wish.DELETE_SOMEWHERE): Move(Life.ENDING, (Deed.TAKE_OFF,)),
        (Life.ENDING, Wish.DELETE_NOWHERE): Move(Life.DELETED, (Deed.FINISH,)),
        (Life.ENDING, Wish.DELETE_SOMEWHERE): Move(Life.ENDING, (Deed.TAKE_OFF,)),
        (Life.ENDING, Wish.LEFT_LAST): Move(Life.DELETED, (Deed.FINISH,)),
    },
    frozenset(
        {
            (Life.ACTIVE, Wish.LEFT_ONE),
            (Life.ACTIVE, Wish.LEFT_LAST),
            (Life.ENDING, Wish.LEFT_ONE),
            *((Life.DELETED, wish) for wish in Wish),
        }
    ),
)


class There(enum.Enum):
    """A network on one cluster (`backend_networks.operstate`)."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    ERROR = "ERROR"
    DELETED = "DELETED"


class Report(enum.Enum):
    """What a cluster's job says of a network."""

    ADDED = enum.auto()
    NOT_ADDED = enum.auto()
    CONNECTED = enum.auto()
    DISCONNECTED = enum.auto()
    REMOVED = enum.auto()


def _everywhere(report: Report, to: There) -> dict[tuple[There, Report], Move[There, Deed]]:
    return {(state, report): Move(to) for state in There}


THERE: Machine[There, Report, Deed] = Machine(
    There,
    Report,
    {
        **_everywhere(Report.ADDED, There.PENDING),
        **_everywhere(Report.NOT_ADDED, There.ERROR),
        **_everywhere(Report.CONNECTED, There.ACTIVE),
        **_everywhere(Report.DISCONNECTED, There.PENDING),
        **_everywhere(Report.REMOVED, There.DELETED),
    },
)

_REPORTS = {
    ("OP_NETWORK_ADD", JobStatus.SUCCESS): Report.ADDED,
    ("OP_NETWORK_ADD", JobStatus.ERROR): Report.NOT_ADDED,
    ("OP_NETWORK_ADD", JobStatus.CANCELED): Report.NOT_ADDED,
    ("OP_NETWORK_CONNECT", JobStatus.SUCCESS): Report.CONNECTED,
    ("OP_NETWORK_DISCONNECT", JobStatus.SUCCESS): Report.DISCONNECTED,
    ("OP_NETWORK_REMOVE", JobStatus.SUCCESS): Report.REMOVED,
}


def report_of(opcode: str, status: JobStatus) -> Report | None:
    """What an opcode's end means; None for what leaves the network as it is."""
    return _REPORTS.get((opcode, status))
