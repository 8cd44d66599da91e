"""The routes that a daemon really has: the assembly's own list, built at rest in this process."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.task import Clock

from synnefod.assembly import doors, services, supports
from synnefod.config import load
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.resources.door import Mount
from synnefod.resources.ops.control import control_nouns

_PART = re.compile(r"<(?:(\w+)(?:\(.*?\))?:)?(\w+)>")

_CHOICE = re.compile(r"<any\('([^']*)'.*?\):(\w+)>")


@frozen
class Place:
    """One method of one route; `path` is Werkzeug's pattern below the mount."""

    mount: str
    dialect: str
    method: str
    path: str
    body: Any
    auth: bool | None

    def __str__(self) -> str:
        return f"{self.method} {self.mount}{self.path}"

    @property
    def parts(self) -> list[str]:
        """The names of what stands in the path."""
        return [found.group(2) for found in _PART.finditer(self.path)]

    @property
    def choices(self) -> dict[str, str]:
        """For each part that takes one of a few words, the first of them."""
        return dict(reversed(found) for found in _CHOICE.findall(self.path))

    def target(self, values: Mapping[str, str]) -> str:
        """The path with its parts filled in, as on the wire."""
        below = _PART.sub(lambda found: values[found.group(2)], self.path)
        return (self.mount.rstrip("/") + below) if below != "/" or not self.mount else self.mount


def of_daemon(folder: Path) -> tuple[list[Place], list[Place]]:
    """What the daemon serves over TCP, and what its control socket serves. Starts nothing."""
    clock: Any = Clock()
    config = load(None, {"SYNNEFOD_SERVER_STATE": str(folder)})
    parts = supports.build(config, clock)
    catalogue = MountedCatalogue(doors.endpoints(config), region="", public="")
    house = services.build(config, clock, parts, catalogue)
    control = Mount("/", "ops", control_nouns(house), None)
    served = doors.mounts(config, house, clock, doors.consoles(config, house, clock))
    outside = [place for mount in served for place in _places(mount)]
    return outside, list(_places(control))


def _places(mount: Mount) -> Iterator[Place]:
    for made, _handler in mount.routes:
        for method in made.methods:
            dialect = "page" if mount.shows and mount.dialect != "ops" else mount.dialect
            yield Place(mount.path, dialect, method, made.path, made.body, made.auth)
