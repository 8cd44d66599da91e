"""Security groups: sets of rules that ports are given; each comes down to a firewall profile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.errors import Conflict, NotFound
from synnefod.common.ids import PortId, ProjectId, ServerId
from synnefod.common.principal import Principal
from synnefod.network.values import Port
from synnefod.store.interface import Tx

SHARED_GROUPS = {
    "DISABLED": "snf-open",
    "PROTECTED": "snf-limited",
    "ENABLED": "snf-protected",
}
"""Everybody's groups by the firewall profile that they stand for: a port that was given none has
that of its profile."""


class SecurityGroupNotFound(NotFound):
    """Security group does not exist."""


class SecurityGroupRuleNotFound(NotFound):
    """Security group rule does not exist."""


class SecurityGroupInUse(Conflict):
    """Ports have the security group."""


class SecurityGroupConflict(Conflict):
    """The security group is not changed so."""


class SecurityGroupRuleExists(Conflict):
    """There is such a rule."""


@frozen
class Rule:
    """A rule; None is any. `group` is whose it is, `project` the group's."""

    id: int
    group: int
    project: ProjectId
    direction: str
    ethertype: str
    protocol: str | None
    port_min: int | None
    port_max: int | None
    remote_prefix: str | None
    remote_group: int | None
    description: str
    revision: int
    created: int
    updated: int

    @property
    def labels(self) -> tuple[str, ...]:
        """Rules have no tags."""
        return ()


@frozen
class NewRule:
    group: int
    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    port_min: int | None = None
    port_max: int | None = None
    remote_prefix: str | None = None
    remote_group: int | None = None
    description: str = ""


@frozen
class SecurityGroup:
    """`shared` ones are everybody's and stand for a firewall profile; `usual`: the project's
    `default`."""

    id: int
    project: ProjectId
    name: str
    description: str
    usual: bool
    profile: str
    labels: tuple[str, ...]
    revision: int
    created: int
    updated: int
    rules: tuple[Rule, ...]

    @property
    def shared(self) -> bool:
        return self.profile != ""


class Walls(Protocol):
    """Who brings a port's firewall profile to its cluster."""

    async def ask(self, tx: Tx, server: ServerId, port: PortId, profile: str) -> None:
        """In the transaction that decides it."""

    def wake(self, server: ServerId) -> None:
        """After the commit."""


class SecurityGroups(Protocol):
    """The nouns group and rule, and the groups of ports. What a project's member sees is the
    project's; administrators see all. Each project has a group `default` from its first use."""

    async def groups(self, principal: Principal) -> list[SecurityGroup]: ...

    async def group(self, principal: Principal, number: int) -> SecurityGroup:
        """Raises SecurityGroupNotFound."""

    async def create(
        self, principal: Principal, project: ProjectId, name: str, description: str
    ) -> SecurityGroup:
        """With rules that let everything out. Raises SecurityGroupConflict (a second `default`),
        Malformed, LimitReached."""

    async def modify(
        self, principal: Principal, number: int, *, name: str | None, description: str | None
    ) -> SecurityGroup:
        """Raises SecurityGroupNotFound, SecurityGroupConflict, Forbidden (a shared one)."""

    async def delete(self, principal: Principal, number: int) -> None:
        """With its rules, and those of others that name it. Raises SecurityGroupNotFound,
        SecurityGroupInUse, SecurityGroupConflict (`default`), Forbidden."""

    async def add_rules(self, principal: Principal, rules: Sequence[NewRule]) -> list[Rule]:
        """All or none. Raises SecurityGroupNotFound, SecurityGroupRuleExists, Malformed,
        Forbidden, LimitReached."""

    async def rule(self, principal: Principal, number: int) -> Rule:
        """Raises SecurityGroupRuleNotFound."""

    async def remove_rule(self, principal: Principal, number: int) -> None:
        """Raises SecurityGroupRuleNotFound, Forbidden."""

    async def give(
        self, principal: Principal, port: PortId, groups: Collection[int], *, tx: Tx | None = None
    ) -> Port:
        """The port's groups from now on; none lets nothing in. Raises PortNotFound,
        SecurityGroupNotFound."""

    async def spread(
        self, principal: Principal, ports: Sequence[PortId], group: int, *, taken: bool = False
    ) -> None:
        """All these ports have the group beside their others, or with `taken` no longer; all or
        none. Raises PortNotFound, SecurityGroupNotFound (also when it is to be taken from ports
        that do not have it), Malformed when there are no ports."""

    async def approximated(self, ports: Sequence[Port]) -> Collection[PortId]:
        """Those whose firewall profile is stricter than their groups say."""

    def of(self, port: Port) -> Sequence[int]:
        """The groups that the port shows: those given, else that of its profile; none when nothing
        is to come in."""
