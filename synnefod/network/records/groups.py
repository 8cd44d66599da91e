"""Rows of security groups, their rules, and which ports have which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from synnefod.common.ids import PortId, ProjectId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface.groups import NewRule, Rule, SecurityGroup
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Row, Tx

_GROUP = "id, project, name, description, usual, profile, labels, revision, created, updated"
_RULE = (
    "select r.id, r.grp, g.project, r.direction, r.ethertype, r.protocol, r.port_min, r.port_max,"
    " r.remote_prefix, r.remote_group, r.description, r.revision, r.created, r.updated"
    " from security_group_rules r join security_groups g on g.id = r.grp"
)


def _rule(row: Row) -> Rule:
    number, group, project, *rest = row
    return Rule(number, group, ProjectId(project), *rest)


async def visible(
    tx: Tx,
    projects: Collection[ProjectId] | None,
    *,
    number: int | None = None,
    lock: bool = False,
) -> list[SecurityGroup]:
    """Groups of these projects, and the shared ones; all for None. By id."""
    rows = await tx.all(
        f"select {_GROUP} from security_groups where (:all = 1 or profile <> ''"
        " or project in ({texts projects})) and (:number is null or id = :number) order by id"
        + (" {for_update}" if lock else ""),
        all=int(projects is None),
        projects=dump_text(sorted(projects or ())),
        number=number,
    )
    rules: dict[int, list[Rule]] = {row[0]: [] for row in rows}
    found = await tx.all(
        _RULE + " where r.grp in ({numbers groups}) order by r.id", groups=dump_text(list(rules))
    )
    for row in found:
        rules[row[1]].append(_rule(row))
    return [_group(row, rules[row[0]]) for row in rows]


def _group(row: Row, rules: Sequence[Rule]) -> SecurityGroup:
    number, project, name, description, usual, profile, labels, revision, created, updated = row
    return SecurityGroup(
        id=number,
        project=ProjectId(project),
        name=name,
        description=description,
        usual=bool(usual),
        profile=profile,
        labels=tuple(parse(labels, list[str])),
        revision=revision,
        created=created,
        updated=updated,
        rules=tuple(rules),
    )


async def insert(tx: Tx, now: int, **columns: Any) -> int:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(
        f"insert into security_groups ({names}) values ({values})"
        " on conflict do nothing returning id",
        **columns,
    )
    return 0 if row is None else int(row[0])


async def has_usual(tx: Tx, project: ProjectId) -> bool:
    row = await tx.one(
        "select 1 from security_groups where project = :project and usual = 1", project=project
    )
    return row is not None


async def change(tx: Tx, group: int, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update security_groups set {assignments} where id = :id", id=group, **columns)


async def delete(tx: Tx, group: int) -> None:
    await tx.run("delete from security_group_rules where grp = :id or remote_group = :id", id=group)
    await tx.run("delete from security_groups where id = :id", id=group)


async def referring(tx: Tx, group: int) -> list[int]:
    """The other groups with rules that name it as their remote one."""
    rows = await tx.all(
        "select distinct grp from security_group_rules where remote_group = :id and grp <> :id"
        " order by grp",
        id=group,
    )
    return [row[0] for row in rows]


# -- rules


async def add_rule(tx: Tx, rule: NewRule, now: int) -> Rule:
    row = await tx.one(
        "insert into security_group_rules (grp, direction, ethertype, protocol, port_min,"
        " port_max, remote_prefix, remote_group, description, created, updated) values"
        " (:grp, :direction, :ethertype, :protocol, :port_min, :port_max, :remote_prefix,"
        " :remote_group, :description, :now, :now) returning id",
        grp=rule.group,
        direction=rule.direction,
        ethertype=rule.ethertype,
        protocol=rule.protocol,
        port_min=rule.port_min,
        port_max=rule.port_max,
        remote_prefix=rule.remote_prefix,
        remote_group=rule.remote_group,
        description=rule.description,
        now=now,
    )
    assert row is not None
    found = await tx.one(_RULE + " where r.id = :id", id=row[0])
    assert found is not None
    return _rule(found)


async def rule(tx: Tx, number: int) -> Rule | None:
    row = await tx.one(_RULE + " where r.id = :id", id=number)
    return None if row is None else _rule(row)


async def drop_rule(tx: Tx, number: int) -> None:
    await tx.run("delete from security_group_rules where id = :id", id=number)


# -- ports


async def of_ports(tx: Tx, ports: Sequence[int]) -> dict[int, dict[int, str]]:
    """The numbers and names of the groups that ports were given."""
    rows = await tx.all(
        "select m.port, m.grp, g.name from port_security_groups m"
        " join security_groups g on g.id = m.grp where m.port in ({numbers ports})"
        " order by m.port, m.grp",
        ports=dump_text(list(ports)),
    )
    found: dict[int, dict[int, str]] = {}
    for port, group, name in rows:
        found.setdefault(port, {})[group] = name
    return found


async def give(tx: Tx, port: PortId, groups: Collection[int]) -> None:
    await tx.run("delete from port_security_groups where port = :port", port=port)
    await tx.many(
        "insert into port_security_groups (port, grp) values (:port, :grp)",
        [{"port": port, "grp": group} for group in sorted(set(groups))],
    )


async def ports_with(tx: Tx, group: int) -> list[PortId]:
    rows = await tx.all(
        "select port from port_security_groups where grp = :grp order by port", grp=group
    )
    return [PortId(row[0]) for row in rows]


async def rules_of_groups(tx: Tx, groups: Collection[int]) -> list[Rule]:
    rows = await tx.all(
        _RULE + " where r.grp in ({numbers groups}) order by r.id",
        groups=dump_text(sorted(groups)),
    )
    return [_rule(row) for row in rows]


async def profiles(tx: Tx, groups: Collection[int]) -> list[str]:
    """The profiles of those that are shared ones."""
    rows = await tx.all(
        "select profile from security_groups where profile <> '' and id in ({numbers groups})",
        groups=dump_text(sorted(groups)),
    )
    return [row[0] for row in rows]
