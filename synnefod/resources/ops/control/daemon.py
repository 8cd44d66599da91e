"""The daemon itself: settings read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Row


class Nothing(Body):
    """No options."""


@frozen
class DaemonVerbs:
    """reload."""

    reloading: Callable[[], dict[str, Any]]

    @route("POST", "/v1/reload", body=Nothing, auth=False, empty_ok=True)
    async def reload(self, call: Call) -> Row:
        """OPS-147: 400 with the reason, and nothing changed, when the settings cannot be used."""
        answer = self.reloading()
        return {
            "row": {
                "taken": ", ".join(answer["taken"]) or "none",
                "need_restart": ", ".join(answer["need_restart"]) or "none",
            }
        }
