"""Ganeti's words: opcodes, statuses, failure classes. No behaviour."""

from __future__ import annotations

from typing import Final

CREATE: Final = "OP_INSTANCE_CREATE"
STARTUP: Final = "OP_INSTANCE_STARTUP"
SHUTDOWN: Final = "OP_INSTANCE_SHUTDOWN"
REBOOT: Final = "OP_INSTANCE_REBOOT"
REMOVE: Final = "OP_INSTANCE_REMOVE"
RENAME: Final = "OP_INSTANCE_RENAME"
SET_PARAMS: Final = "OP_INSTANCE_SET_PARAMS"
GROW_DISK: Final = "OP_INSTANCE_GROW_DISK"
SNAPSHOT: Final = "OP_INSTANCE_SNAPSHOT"
"""An addition of GRNET's Ganeti; upstream has no such call (ganeti.md 24)."""
NETWORK_ADD: Final = "OP_NETWORK_ADD"
NETWORK_REMOVE: Final = "OP_NETWORK_REMOVE"
NETWORK_CONNECT: Final = "OP_NETWORK_CONNECT"
NETWORK_DISCONNECT: Final = "OP_NETWORK_DISCONNECT"
NETWORK_SET_PARAMS: Final = "OP_NETWORK_SET_PARAMS"
CLUSTER_SET_PARAMS: Final = "OP_CLUSTER_SET_PARAMS"
TAGS_SET: Final = "OP_TAGS_SET"
TAGS_DEL: Final = "OP_TAGS_DEL"

FINAL: Final = frozenset({"success", "error", "canceled"})
ANY_OUTCOME: Final = ("canceled", "error", "success")
"""The states with which a dependant runs whatever became of its prerequisite (GNT-033)."""

UNKNOWN_ENTITY: Final = "unknown_entity"
ALREADY_EXISTS: Final = "already_exists"
WRONG_STATE: Final = "wrong_state"
WRONG_INPUT: Final = "wrong_input"
NOT_UNIQUE: Final = "resource_not_unique"
NO_RESOURCES: Final = "insufficient_resources"

CREATE_FEATURE: Final = "instance-create-reqv1"
"""What `GET /2/features` must list before a creation is sent (GNT-031)."""
USER_REASON: Final = "gnt:user"
"""Who is named in a job's reason trail for the `reason` of a request (GNT-024)."""
