"""The daemon itself: settings read again, its periodic work, and how it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import Every
from synnefod.common.errors import NotFound
from synnefod.common.outside import end_rehearsal
from synnefod.common.text import iso_z, micros
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Row
from synnefod.resources.ops.health import Health


class Named(Body):
    name: str


@frozen
class DaemonVerbs:
    """reload: of the daemon on this host, and so over the socket alone."""

    reloading: Callable[[], dict[str, Any]]

    @route("POST", "/v1/reload", body=Nothing, auth=False, empty_ok=True)
    async def reload(self, call: Call) -> Row:
        """OPS-147: 400 with the reason, and nothing changed, when the settings cannot be used."""
        end_rehearsal("read the settings again; check-config says whether they can be used")
        answer = self.reloading()
        return {
            "row": {
                "taken": ", ".join(answer["taken"]) or "none",
                "need_restart": ", ".join(answer["need_restart"]) or "none",
            }
        }


@frozen
class WellVerbs:
    """task-list, task-run, health-list: how the process that answers is."""

    tasks: Callable[[], Sequence[Every]]
    health: Health

    @route("POST", "/v1/health-list", body=Nothing, auth=False, change=False)
    async def checks(self, call: Call) -> Row:
        """What `/readyz` looks at (OPS-148)."""
        return {"rows": await self.health.told()}

    @route("POST", "/v1/task-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        """OPS-162: the periodic work of this process."""
        return {"rows": [_listed(task) for task in self.tasks()]}

    @route("POST", "/v1/task-run", body=Named, auth=False)
    async def run(self, call: Call) -> Row:
        """Now, or right after the run in progress; returns at once."""
        name: str = call.body.name
        task = next((each for each in self.tasks() if _name(each) == name), None)
        if task is None:
            raise NotFound(f"There is no task {name}.")
        end_rehearsal(f"run the task {name}")
        task.soon()
        return {"row": {"name": name, "started": True}}


def _name(task: Every) -> str:
    return task.what.replace(" ", "-")


def _listed(task: Every) -> Row:
    result = None if task.well is None else "well" if task.well else "failed"
    return {
        "name": _name(task),
        "period": task.seconds,
        "jitter": task.jitter,
        "last run": _moment(task.last),
        "last result": "running" if task.running else result,
        "next run": _moment(task.next),
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else iso_z(micros(seconds))
