"""What a suite is: steps in the order of their writing, and what they made taken away at its end.

    class Flavors(Suite):
        title = "FlavorsTestSuite"

        @step("list")
        def listed(self) -> None: ...

A step that fails leaves the suite's later steps out, unless it is marked `alone`.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from synnefod.burnin import PREFIX
from synnefod.burnin.cloud import Cloud, Failed
from synnefod.burnin.notes import Notes
from synnefod.common.ids import new_uuid

GOOD, BAD, LEFT_OUT = "ok", "failed", "skipped"


@define
class Result:
    """What came of a step."""

    suite: str
    step: str
    outcome: str
    seconds: float = 0.0
    text: str = ""


@define
class Options:
    """What the person chose. `flavors`, `images` and `volume_flavors` are `name:REGEX` or
    `id:ID`; `short` leaves out what needs guests that run.
    `notes` is the folder where things without a name are remembered."""

    flavors: Sequence[str] = ()
    images: Sequence[str] = ()
    volume_flavors: Sequence[str] = ()
    detachable_type: str = ""
    fixed_type: str = ""
    system_user: str = ""
    temporary: str = ""
    uploads: int = 2
    smallest: int = 10 << 20
    largest: int = 20 << 20
    ipv6: bool = True
    rescue: bool = True
    short: bool = False
    notes: str = ""


class Skip(Exception):
    """The step does not apply here; the text says why."""


def step(name: str, *, alone: bool = False) -> Callable[[Any], Any]:
    """Marks a method. `alone`: the steps behind it do not need it."""

    def mark(method: Any) -> Any:
        method.step = (name, alone)
        return method

    return mark


@define
class Suite:
    """Base of all. `undo` takes what was made away, the last thing first."""

    cloud: Cloud
    options: Options
    run_id: str
    _undo: list[tuple[str, Callable[[], Any]]] = field(factory=list, init=False)
    state: dict[str, Any] = field(factory=dict, init=False)
    title = ""

    def name(self, what: str) -> str:
        """A name by which leftovers are known, another one at each call."""
        return f"{PREFIX}{self.run_id}-{what}-{new_uuid()[:6]}"

    def file(self, name: str) -> Path:
        return Path(self.options.temporary) / name

    @property
    def notes(self) -> Notes:
        return Notes(Path(self.options.notes), self.cloud.services["identity"], self.cloud.user)

    def undo(self, what: str, work: Callable[[], Any]) -> None:
        self._undo.append((what, work))

    def done(self, what: str) -> None:
        """It was taken away by a step."""
        self._undo = [(name, work) for name, work in self._undo if name != what]

    def variants(self) -> Sequence[Suite]:
        """The suites that are run for this one: itself, or one for each image."""
        return (self,)

    def run(self, tell: Callable[[Result], object], *, stop: bool) -> list[Result]:
        """The results; with `stop` nothing is tried after a failure."""
        found: list[Result] = []
        broken = ""
        for name, alone, method in steps_of(self):
            if broken:
                result = Result(self.title, name, LEFT_OUT, 0.0, f"after '{broken}' failed")
            else:
                result = self._one(name, method)
                if result.outcome == BAD and (stop or not alone):
                    broken = name
            found.append(result)
            tell(result)
        for what, work in reversed(self._undo):
            result = self._one(f"clean up {what}", work)
            if result.outcome == BAD:
                found.append(result)
                tell(result)
        return found

    def _one(self, name: str, method: Callable[[], Any]) -> Result:
        began = time.monotonic()
        outcome, text = GOOD, ""
        try:
            method()
        except Skip as skip:
            outcome, text = LEFT_OUT, str(skip)
        except Failed as error:
            outcome, text = BAD, str(error)
        except Exception as error:  # an answer in another shape than expected, say
            outcome, text = BAD, f"{error!r} at {_place(error)}"
        return Result(self.title, name, outcome, time.monotonic() - began, text)


def steps_of(suite: Suite) -> list[tuple[str, bool, Callable[[], Any]]]:
    """Name, whether it stands alone, and the bound method, in the order of their writing."""
    found = []
    for kind in reversed(type(suite).__mro__):
        for attribute, method in vars(kind).items():
            marked = getattr(method, "step", None)
            if marked is not None:
                found.append((*marked, getattr(suite, attribute)))
    return found


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
