"""Which servers, volumes and addresses have to go for a quota to be kept again; pure.

The order is that of OPS-116: what is worth least goes first, and of equals the newest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import define, evolve, field, frozen

from synnefod.quota.interface import CPU, DISK, FLOATING_IP, RAM, TOTAL_CPU, TOTAL_RAM, VM

STOPPED = frozenset({CPU, RAM})
"""Kept by shutting servers down."""
REMOVED = frozenset({VM, TOTAL_CPU, TOTAL_RAM})
"""Kept by removing servers; softly, by shutting them down."""
RESOURCES = (VM, CPU, RAM, TOTAL_CPU, TOTAL_RAM, DISK, FLOATING_IP)
_SERVERS = {"ERROR": 0, "BUILD": 1, "STOPPED": 2, "STARTED": 3, "RESIZE": 3}
_VOLUMES = {"DELETING": 0, "ERROR": 1, "CREATING": 2, "AVAILABLE": 3, "IN_USE": 5}

SYSTEM, CASCADE = "--remove-system-volumes", "--cascade-remove"


@frozen
class Violation:
    """A counter above its limit. `kind` is project or user."""

    number: int
    kind: str
    holder: str
    source: str | None
    resource: str
    limit: int
    usage: int
    pending: bool = False

    @property
    def project(self) -> str:
        return (self.source or self.holder).partition(":")[2]

    @property
    def user(self) -> str | None:
        return self.holder.partition(":")[2] if self.source else None


@frozen
class Thing:
    """A server, volume or floating IP. `uses`: what its removal gives back; `running`: the part
    of it that a shutdown would. `on`: the server of a volume or an address. `extra`: a server
    with more volumes than its system volume; `system`: a volume that is one; `outlives`: one that
    stays when its server is removed."""

    kind: str
    id: int
    user: str
    project: str
    state: str
    backend: int | None
    uses: Mapping[str, int]
    running: Mapping[str, int] = field(factory=dict)
    on: int | None = None
    extra: bool = False
    system: bool = False
    outlives: bool = False


@frozen
class Deed:
    """What is to be done to a thing because of a violation, and what came of it. `action`: stop,
    remove, delete or detach."""

    thing: Thing
    action: str
    violation: int
    result: str = ""


@frozen
class Remainder:
    """What of a violation stays, and what would allow more."""

    violation: int
    left: int
    why: str


@frozen
class Means:
    """What may be done: resources kept at any price, those kept softly, and the two switches."""

    hard: frozenset[str] = frozenset()
    soft: frozenset[str] = frozenset()
    system_volumes: bool = False
    cascade: bool = False


@define
class Plan:
    """Decides for one violation after the other; what one deed gives back counts for all."""

    things: Sequence[Thing]
    means: Means
    deeds: dict[tuple[str, int], Deed] = field(factory=dict)
    remains: list[Remainder] = field(factory=list)

    def take(self, violation: Violation) -> None:
        """Adds deeds until the violation would be over, or there is nothing more to take."""
        name = violation.resource
        mine = [thing for thing in self.things if _concerns(violation, thing)]
        servers = sorted((t for t in mine if t.kind == "server"), key=_worth)
        soft = name not in self.means.hard
        left = violation.usage - violation.limit - self._given_back(name, mine)
        held: set[str] = set()
        if name in STOPPED:
            left = self._stop(violation, left, servers, held)
        elif name in REMOVED and soft:
            left = self._rest(violation, left, servers)
        elif name in REMOVED:
            left = self._remove(violation, left, servers, held)
        elif name == DISK:
            left = self._volumes(violation, left, mine, held)
        elif name == FLOATING_IP:
            left = self._addresses(violation, left, mine, soft=soft)
        if left > 0:
            why = f"allowed by {' and '.join(sorted(held))}" if held else "nothing more to take"
            self.remains.append(Remainder(violation.number, left, why))
        elif soft and name in (*REMOVED, FLOATING_IP):
            over = violation.usage - violation.limit - self._given_back(name, mine)
            if over > 0:
                why = f"stays counted; removed with --resources {name}"
                self.remains.append(Remainder(violation.number, over, why))

    def _given_back(self, resource: str, mine: Sequence[Thing]) -> int:
        return sum(self._back(resource, thing) for thing in mine)

    def _back(self, resource: str, thing: Thing) -> int:
        """What is decided gives back of the thing."""
        deed = self.deeds.get((thing.kind, thing.id))
        if deed is not None and deed.action == "stop":
            return thing.running.get(resource, 0)
        if deed is not None and deed.action == "detach" and resource not in self.means.hard:
            return 0
        if deed is not None or self._goes_along(thing):
            return thing.uses.get(resource, 0)
        return 0

    def _goes_along(self, thing: Thing) -> bool:
        """A volume whose server is to be removed, unless it outlives it."""
        server = self.deeds.get(("server", thing.on or 0))
        removed = server is not None and server.action == "remove"
        return removed and thing.kind == "volume" and not thing.outlives

    def _decide(self, thing: Thing, action: str, violation: Violation) -> None:
        self.deeds[thing.kind, thing.id] = Deed(thing, action, violation.number)

    def _free(self, things: Iterable[Thing]) -> list[Thing]:
        return [thing for thing in things if (thing.kind, thing.id) not in self.deeds]

    def _stop(self, why: Violation, left: int, servers: Sequence[Thing], held: set[str]) -> int:
        for server in self._free(servers):
            if left <= 0:
                break
            amount = server.running.get(why.resource, 0)
            if not amount:
                continue
            if server.state == "ERROR":
                if server.extra and not self.means.cascade:
                    held.add(CASCADE)
                    continue
                self._decide(server, "remove", why)
            else:
                self._decide(server, "stop", why)
            left -= amount
        return left

    def _rest(self, why: Violation, left: int, servers: Sequence[Thing]) -> int:
        """As many are at rest as are too many; those that are already count."""
        for server in servers:
            if left <= 0:
                break
            left -= server.uses.get(why.resource, 0)
            if server.running and (server.kind, server.id) not in self.deeds:
                self._decide(server, "stop", why)
        return left

    def _remove(self, why: Violation, left: int, servers: Sequence[Thing], held: set[str]) -> int:
        for server in servers:
            if left <= 0:
                break
            done = self.deeds.get((server.kind, server.id))
            if done is not None and done.action == "remove":
                continue
            if server.extra and not self.means.cascade:
                held.add(CASCADE)
                continue
            self._decide(server, "remove", why)
            left -= server.uses.get(why.resource, 0)
        return left

    def _volumes(self, why: Violation, left: int, mine: Sequence[Thing], held: set[str]) -> int:
        servers = {thing.id: thing for thing in self.things if thing.kind == "server"}
        for volume in sorted((t for t in mine if t.kind == "volume"), key=_worth):
            if left <= 0:
                break
            if (volume.kind, volume.id) in self.deeds or self._goes_along(volume):
                continue
            if not volume.system or volume.on is None:
                self._decide(volume, "delete", why)
                left -= volume.uses[DISK]
                continue
            server = servers.get(volume.on)
            needed = {SYSTEM} - ({SYSTEM} if self.means.system_volumes else set())
            if server is None or (server.extra and not self.means.cascade):
                needed.add(CASCADE)
            if needed or server is None:
                held |= needed
                continue
            before = self._given_back(DISK, mine)
            self._decide(server, "remove", why)
            left -= self._given_back(DISK, mine) - before
        return left

    def _addresses(self, why: Violation, left: int, mine: Sequence[Thing], *, soft: bool) -> int:
        servers = {thing.id: thing for thing in self.things if thing.kind == "server"}

        def worth(address: Thing) -> tuple[int, ...]:
            server = servers.get(address.on or 0)
            return (1, *_worth(server), -address.id) if server else (0, 0, 0, -address.id)

        for address in sorted((t for t in mine if t.kind == "floating_ip"), key=worth):
            if left <= 0:
                break
            if (address.kind, address.id) in self.deeds:
                continue
            left -= 1
            if address.on is not None:
                self._decide(address, "detach", why)
            elif not soft:
                self._decide(address, "delete", why)
        return left


def _concerns(violation: Violation, thing: Thing) -> bool:
    return thing.project == violation.project and violation.user in (None, thing.user)


def _worth(thing: Thing) -> tuple[int, int]:
    ranks = _SERVERS if thing.kind == "server" else _VOLUMES
    return ranks.get(thing.state, 4), -thing.id


def told(deed: Deed, result: str) -> Deed:
    """The deed with what came of it."""
    return evolve(deed, result=result)
