"""What a test may turn: the pace of time, failures to come, the state of the RAPI.

Time and failure are inputs of the simulator; nothing here happens by chance.
"""

from __future__ import annotations

from typing import Any

from attrs import Factory, define, field


@define
class Failure:
    """The next opcode `opcode` (any, when empty) ends with `status` and `result` instead."""

    opcode: str
    result: Any
    status: str = "error"


@define
class Knobs:
    """`pace` multiplies every duration of a job. `rapi` is "up", "down" (connections break) or
    an HTTP status that every request gets. `delay` holds each answer for so many seconds.
    `lose_answers` counts submissions that are carried out and whose answer never arrives.
    `snapshots`: the cluster knows the snapshot call, as GRNET's Ganeti does and upstream not."""

    pace: float = 1.0
    rapi: str | int = "up"
    delay: float = 0.0
    lose_answers: int = 0
    hold: bool = False
    snapshots: bool = True
    failures: list[Failure] = Factory(list)
    requests: int = field(default=0, init=False)

    def fail_next(self, opcode: str, result: Any, status: str = "error") -> None:
        """One coming opcode fails; calls add up, and are used in order."""
        self.failures.append(Failure(opcode, result, status))

    def failure_for(self, opcode: str) -> Failure | None:
        """The failure that this opcode was promised; it is used up."""
        for index, failure in enumerate(self.failures):
            if failure.opcode in ("", opcode):
                return self.failures.pop(index)
        return None

    def turn(self, settings: dict[str, Any]) -> None:
        """Sets knobs by name, as the HTTP resource takes them. Raises ValueError."""
        for name, value in settings.items():
            if name == "fail_next":
                self.fail_next(value["opcode"], value["result"], value.get("status", "error"))
            elif name in ("pace", "rapi", "delay", "lose_answers", "hold", "snapshots"):
                setattr(self, name, value)
            else:
                raise ValueError(f"no knob is called {name}")
