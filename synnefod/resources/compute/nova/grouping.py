"""Which security groups a server's ports have, in the words of Nova's clients (network.md 22.5)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId
from synnefod.compute.interface import Detail
from synnefod.network.interface.groups import (
    SecurityGroup,
    SecurityGroupNotFound,
    SecurityGroups,
)
from synnefod.resources.door import Call


@frozen
class Grouping:
    """Groups named by clients, and given to servers."""

    groups: SecurityGroups

    async def numbers(self, call: Call, names: Sequence[str]) -> tuple[int, ...]:
        """Of groups by name or number, the project's before others'. Raises
        SecurityGroupNotFound, Malformed for a name that several have."""
        found = await self.groups.groups(call.principal)
        return tuple(_named(call, name, found) for name in names)

    async def give(self, call: Call, detail: Detail, name: str, *, taken: bool = False) -> None:
        """All ports of the server have the group more, or with `taken` no longer."""
        (number,) = await self.numbers(call, [name])
        ports = [port.id for port in detail.ports]
        await self.groups.spread(call.principal, ports, number, taken=taken)


def project_of(call: Call) -> ProjectId:
    return call.principal.project or ProjectId(call.principal.user)


def own(call: Call, group: SecurityGroup) -> bool:
    return group.project == project_of(call)


def _named(call: Call, name: str, among: Sequence[SecurityGroup]) -> int:
    fitting = [each for each in among if each.name == name]
    fitting = [each for each in fitting if own(call, each)] or fitting
    fitting = fitting or [each for each in among if str(each.id) == name]
    if not fitting:
        raise SecurityGroupNotFound(f"Security group {name[:64]} not found.")
    if len(fitting) > 1:
        raise Malformed(f"Several security groups are called {name[:64]}: name one by its id.")
    return fitting[0].id
