"""Security groups and their rules, and the groups of ports (network.md 22.5).

Note [When walls move]. Whatever changes what a port's groups let in asks for the new profile in
the same transaction (`Walls.ask` writes a row that outlives a crash); a port that its cluster has
not shown yet gets its profile when it is first shown.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from attrs import field, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import PortId, ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import walls
from synnefod.network.interface import Port, PortNotFound
from synnefod.network.interface.groups import (
    NewRule,
    Rule,
    SecurityGroup,
    SecurityGroupConflict,
    SecurityGroupInUse,
    SecurityGroupNotFound,
    SecurityGroupRuleExists,
    SecurityGroupRuleNotFound,
    Walls,
)
from synnefod.network.limits import Limits
from synnefod.network.records import groups as records
from synnefod.network.records import ports as port_records
from synnefod.network.tenancy import checked_name
from synnefod.store.interface import Store, Tx

USUAL = "default"
SHARED = {walls.DISABLED: 1, walls.PROTECTED: 2, walls.ENABLED: 3}
"""The shared groups by their profile; the migration makes them first of all."""


@frozen
class Groups:
    """See `SecurityGroups`."""

    store: Store
    clock: IClock
    limits: Limits
    walls: list[Walls] = field(factory=list)
    """Filled by the assembly: compute stands above."""

    def _now(self) -> int:
        return micros(self.clock.seconds())

    async def groups(self, principal: Principal) -> list[SecurityGroup]:
        async def body(tx: Tx) -> list[SecurityGroup]:
            return await records.visible(tx, projects_of(principal))

        if not await self.store.read("default group", lambda tx: self._settled(tx, principal)):
            await self.store.transact(
                "make default group", lambda tx: self._settle(tx, project_of(principal))
            )
        return await self.store.read("list security groups", body)

    async def _settled(self, tx: Tx, principal: Principal) -> bool:
        return await records.has_usual(tx, project_of(principal))

    async def _settle(self, tx: Tx, project: ProjectId) -> None:
        """The project has its default group. Who comes second finds the first one's."""
        if not project or await records.has_usual(tx, project):
            return
        now = self._now()
        number = await records.insert(
            tx, now, project=project, name=USUAL, description="Default security group", usual=1
        )
        if number:
            await self._let_out(tx, number)
            for ethertype in ("IPv4", "IPv6"):
                inside = NewRule(number, "ingress", ethertype, remote_group=number)
                await records.add_rule(tx, inside, now)

    async def _let_out(self, tx: Tx, group: int) -> None:
        for ethertype in ("IPv4", "IPv6"):
            await records.add_rule(tx, NewRule(group, "egress", ethertype), self._now())

    async def group(self, principal: Principal, number: int) -> SecurityGroup:
        return await self.store.read("get security group", lambda tx: one(tx, principal, number))

    async def create(
        self, principal: Principal, project: ProjectId, name: str, description: str
    ) -> SecurityGroup:
        checked_name(name)
        checked_name(description)

        async def body(tx: Tx) -> SecurityGroup:
            await self._settle(tx, project)
            if name == USUAL:
                raise SecurityGroupConflict("Default security group already exists.")
            await self.limits.check(tx, project, "security_group")
            number = await records.insert(
                tx,
                self._now(),
                project=project,
                owner=principal.user,
                name=name,
                description=description,
            )
            await self._let_out(tx, number)
            (made,) = await records.visible(tx, None, number=number)
            return made

        return await self.store.transact("create security group", body)

    async def modify(
        self, principal: Principal, number: int, *, name: str | None, description: str | None
    ) -> SecurityGroup:
        async def body(tx: Tx) -> SecurityGroup:
            found = await own(tx, principal, number)
            if name is not None and name != found.name:
                if found.usual or name == USUAL:
                    raise SecurityGroupConflict("The default security group keeps its name.")
                checked_name(name)
            columns = {"name": name, "description": description}
            given = {key: value for key, value in columns.items() if value is not None}
            await records.change(tx, number, self._now(), **given)
            return await one(tx, principal, number)

        return await self.store.transact("modify security group", body)

    async def delete(self, principal: Principal, number: int) -> None:
        async def body(tx: Tx) -> list[ServerId]:
            found = await own(tx, principal, number)
            if found.usual:
                raise SecurityGroupConflict("The default security group stays.")
            if await records.ports_with(tx, number):
                raise SecurityGroupInUse(f"Ports have security group {number}.")
            referring = await records.referring(tx, number)
            await records.delete(tx, number)
            for group in referring:
                await records.change(tx, group, self._now())
            moved = [await self._moved(tx, group) for group in referring]
            return [server for each in moved for server in each]

        self._wake(await self.store.transact("delete security group", body))

    # -- rules

    async def add_rules(self, principal: Principal, rules: Sequence[NewRule]) -> list[Rule]:
        wished = [walls.checked(rule) for rule in rules]

        async def body(tx: Tx) -> tuple[list[Rule], list[ServerId]]:
            made = []
            for rule in wished:
                group = await own(tx, principal, rule.group)
                if rule.remote_group is not None:
                    await one(tx, principal, rule.remote_group)
                if any(walls.same(rule, each) for each in group.rules):
                    raise SecurityGroupRuleExists(
                        f"Security group {rule.group} has this rule already."
                    )
                await self.limits.check(tx, group.project, "security_group_rule")
                made.append(await records.add_rule(tx, rule, self._now()))
                await records.change(tx, rule.group, self._now())
            moved = [await self._moved(tx, group) for group in {rule.group for rule in wished}]
            return made, [server for each in moved for server in each]

        made, servers = await self.store.transact("add security group rules", body)
        self._wake(servers)
        return made

    async def rule(self, principal: Principal, number: int) -> Rule:
        async def body(tx: Tx) -> Rule:
            found = await records.rule(tx, number)
            if found is None or not await records.visible(
                tx, projects_of(principal), number=found.group
            ):
                raise SecurityGroupRuleNotFound(f"Security group rule {number} does not exist.")
            return found

        return await self.store.read("get security group rule", body)

    async def remove_rule(self, principal: Principal, number: int) -> None:
        found = await self.rule(principal, number)

        async def body(tx: Tx) -> list[ServerId]:
            await own(tx, principal, found.group)
            await records.drop_rule(tx, number)
            await records.change(tx, found.group, self._now())
            return await self._moved(tx, found.group)

        self._wake(await self.store.transact("remove security group rule", body))

    # -- ports

    def of(self, port: Port) -> Sequence[int]:
        if port.groups == (SHARED[walls.ENABLED],):
            return ()
        return port.groups or (SHARED.get(port.firewall, SHARED[walls.DISABLED]),)

    async def give(
        self, principal: Principal, port: PortId, groups: Collection[int], *, tx: Tx | None = None
    ) -> Port:
        async def body(tx: Tx) -> tuple[Port, list[ServerId]]:
            found = await self._give(tx, principal, port, groups)
            return found, await self._ask(tx, [found])

        if tx is not None:
            return (await body(tx))[0]
        given, servers = await self.store.transact("give a port security groups", body)
        self._wake(servers)
        return given

    async def _give(
        self, tx: Tx, principal: Principal, port: PortId, groups: Collection[int]
    ) -> Port:
        user = None if principal.is_admin else principal.user
        if not await port_records.visible(tx, user, sorted(principal.projects), port):
            raise PortNotFound(f"Port {port} does not exist.")
        for group in groups:
            await one(tx, principal, group)
        # No group at all lets nothing in, as the shared one for that does.
        await records.give(tx, port, groups or (SHARED[walls.ENABLED],))
        await port_records.change(tx, port, self._now())
        found = await port_records.get(tx, port)
        assert found is not None
        return found

    async def spread(
        self, principal: Principal, ports: Sequence[PortId], group: int, *, taken: bool = False
    ) -> None:
        async def body(tx: Tx) -> list[ServerId]:
            rows = [await port_records.get(tx, port) for port in ports]
            held = {row.id: self.of(row) for row in rows if row is not None}
            if not held:
                raise Malformed("There are no ports that could have a security group.")
            if taken and not any(group in groups for groups in held.values()):
                raise SecurityGroupNotFound(f"Nothing has security group {group}.")
            given = []
            for port, groups in held.items():
                if (group in groups) is taken:
                    left = [each for each in groups if each != group]
                    wanted = left if taken else [*groups, group]
                    given.append(await self._give(tx, principal, port, wanted))
            return await self._ask(tx, given)

        self._wake(await self.store.transact("spread a security group", body))

    async def approximated(self, ports: Sequence[Port]) -> set[PortId]:
        async def body(tx: Tx) -> set[PortId]:
            wanted = {group for port in ports for group in port.groups}
            rules = await records.rules_of_groups(tx, wanted) if wanted else []
            return {
                port.id
                for port in ports
                if walls.compiled(
                    [rule for rule in rules if rule.group in port.groups],
                    {ip.version for ip in port.ips},
                )[1]
            }

        return await self.store.read("compile groups", body)

    async def shown(self, tx: Tx, port: Port) -> None:
        """The cluster shows the port for the first time: its wall is asked for, if it is not the
        one that stands there."""
        # Nobody is woken: who tells of ports looks for what is to be sent afterwards.
        await self._ask(tx, [port])

    async def profile_chosen(self, tx: Tx, port: PortId, profile: str) -> None:
        """Somebody chose a profile by its name: the port has the shared group for it."""
        await records.give(tx, port, [SHARED[profile]])

    async def _moved(self, tx: Tx, group: int) -> list[ServerId]:
        """The servers whose walls move because the group changed."""
        ports = [await port_records.get(tx, port) for port in await records.ports_with(tx, group)]
        return await self._ask(tx, [port for port in ports if port is not None])

    async def _ask(self, tx: Tx, ports: Sequence[Port]) -> list[ServerId]:
        servers = []
        for port in ports:
            if port.server is None or port.state != "ACTIVE" or not port.groups:
                continue
            profile, _ = await compiled(tx, port)
            if profile == port.firewall:
                continue
            for each in self.walls:
                await each.ask(tx, port.server, port.id, profile)
            servers.append(port.server)
        return servers

    def _wake(self, servers: Collection[ServerId]) -> None:
        for each in self.walls:
            for server in sorted(set(servers)):
                each.wake(server)


async def compiled(tx: Tx, port: Port) -> tuple[str, bool]:
    """The profile of the port's groups, and whether it is stricter than they say."""
    if not port.groups:
        return port.firewall, False
    rules = await records.rules_of_groups(tx, port.groups)
    return walls.compiled(rules, {ip.version for ip in port.ips})


async def one(tx: Tx, principal: Principal, number: int) -> SecurityGroup:
    found = await records.visible(tx, projects_of(principal), number=number)
    if not found:
        raise SecurityGroupNotFound(f"Security group {number} does not exist.")
    return found[0]


async def own(tx: Tx, principal: Principal, number: int) -> SecurityGroup:
    """A group that may be changed, locked. Raises SecurityGroupNotFound, Forbidden."""
    found = await records.visible(tx, projects_of(principal), number=number, lock=True)
    if not found:
        raise SecurityGroupNotFound(f"Security group {number} does not exist.")
    if found[0].shared:
        raise Forbidden(f"The shared security group {found[0].name} does not change.")
    return found[0]


def project_of(principal: Principal) -> ProjectId:
    return principal.project or ProjectId(principal.user)


def projects_of(principal: Principal) -> frozenset[ProjectId] | None:
    """The projects whose things the asker sees; None for all."""
    if principal.is_admin:
        return None
    own = ProjectId(UserId(principal.user))
    return frozenset({*principal.projects, project_of(principal), own})
