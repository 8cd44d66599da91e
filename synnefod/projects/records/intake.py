"""Projects and memberships of a Synnefo 0.21 database, put into our tables (AST-208).

Numbers of states and policies are the same on both sides (identity.md 3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.quota.interface import Resource
from synnefod.store import foreign
from synnefod.store.foreign import Tables
from synnefod.store.interface import Tx

_LOG = ("from_state?", "to_state", "date", "actor_id?", "reason?", "comments?")
TABLES: Mapping[str, tuple[str, ...]] = {
    "im_project": (
        "id",
        "uuid",
        "name",
        "realname",
        "owner_id",
        "homepage?",
        "description?",
        "creation_date",
        "end_date",
        "state",
        "member_join_policy",
        "member_leave_policy",
        "limit_on_members_number",
        "private",
        "is_base",
        "last_application_id?",
    ),
    "im_projectresourcequota": (
        "project_id",
        "resource_id",
        "project_capacity",
        "member_capacity",
    ),
    "im_projectapplication": (
        "id",
        "chain_id",
        "applicant_id",
        "owner_id",
        "name",
        "homepage?",
        "description?",
        "start_date?",
        "end_date",
        "member_join_policy",
        "member_leave_policy",
        "limit_on_members_number",
        "private?",
        "comments?",
        "state",
        "issue_date",
        "response?",
        "response_date?",
        "response_actor_id?",
        "waive_reason?",
        "waive_date?",
        "waive_actor_id?",
    ),
    "im_projectresourcegrant": (
        "project_application_id",
        "resource_id",
        "project_capacity",
        "member_capacity",
    ),
    "im_projectmembership": ("id", "person_id", "project_id", "state", "initialized"),
    "im_projectlog?": ("project_id", *_LOG),
    "im_projectmembershiplog?": ("membership_id", *_LOG),
}
"""What is read of the other database, in the words of `store/foreign`."""
_INFINITE = 2**63 - 1
_ALIVE = (1, 10)
_INITIALISED = (1, 10, 100)
Row = Mapping[str, Any]


async def known(tx: Tx) -> set[str]:
    return {row[0] for row in await tx.all("select uuid from projects")}


async def names(tx: Tx) -> set[str]:
    """Those that living projects hold."""
    return {row[0] for row in await tx.all("select name from projects where name is not null")}


async def add_projects(tx: Tx, projects: list[Row], people: Mapping[int, str]) -> None:
    await foreign.insert(
        tx,
        "projects",
        [
            {
                "uuid": each["uuid"],
                "name": (each["name"] or each["realname"]) if each["state"] in _ALIVE else None,
                "realname": each["realname"],
                "owner": people.get(each["owner_id"]),
                "homepage": each["homepage"] or "",
                "description": each["description"] or "",
                "creation_date": each["creation_date"],
                "end_date": each["end_date"],
                "state": each["state"],
                "join_policy": each["member_join_policy"],
                "leave_policy": each["member_leave_policy"],
                "max_members": _most(each["limit_on_members_number"]),
                "private": each["private"],
                "is_base": each["is_base"],
            }
            for each in projects
        ],
    )


async def add_capacities(
    tx: Tx, tables: Tables, projects: Mapping[int, str], resources: Mapping[int, str]
) -> None:
    await foreign.insert(
        tx,
        "project_quotas",
        [
            {
                "project": projects[each["project_id"]],
                "resource": resources[each["resource_id"]],
                "project_capacity": each["project_capacity"],
                "member_capacity": each["member_capacity"],
            }
            for each in tables["im_projectresourcequota"]
            if each["project_id"] in projects and each["resource_id"] in resources
        ],
    )


async def complete_capacities(tx: Tx, projects: list[Row], resources: list[Resource]) -> None:
    """Initialised projects get the defaults of what was not counted there."""
    for project in projects:
        if project["state"] not in _INITIALISED:
            continue
        there = await tx.all(
            "select resource from project_quotas where project = :uuid", uuid=project["uuid"]
        )
        known = {row[0] for row in there}
        rows: list[dict[str, Any]] = []
        for each in resources:
            limit = each.system_default if project["is_base"] else each.project_default
            if each.name not in known:
                rows.append(
                    {
                        "project": project["uuid"],
                        "resource": each.name,
                        "project_capacity": limit,
                        "member_capacity": limit,
                    }
                )
        await foreign.insert(tx, "project_quotas", rows)


async def add_applications(
    tx: Tx,
    tables: Tables,
    projects: Mapping[int, str],
    people: Mapping[int, str],
    resources: Mapping[int, str],
) -> dict[int, int]:
    """Our numbers by the other database's."""
    numbers: dict[int, int] = {}
    for each in tables["im_projectapplication"]:
        if each["chain_id"] not in projects:
            continue
        row = {
            "project": projects[each["chain_id"]],
            "applicant": people.get(each["applicant_id"], ""),
            "owner": people.get(each["owner_id"]),
            "name": each["name"],
            "homepage": each["homepage"],
            "description": each["description"],
            "start_date": each["start_date"],
            "end_date": each["end_date"],
            "join_policy": each["member_join_policy"],
            "leave_policy": each["member_leave_policy"],
            "max_members": each["limit_on_members_number"],
            "private": each["private"],
            "comments": each["comments"],
            "state": each["state"],
            "issued": each["issue_date"],
            "response": each["response"],
            "response_date": each["response_date"],
            "response_actor": people.get(each["response_actor_id"]),
            "waive_reason": each["waive_reason"],
            "waive_date": each["waive_date"],
            "waive_actor": people.get(each["waive_actor_id"]),
        }
        numbers[each["id"]] = await foreign.insert_one(tx, "project_applications", row)
    await foreign.insert(
        tx,
        "project_grants",
        [
            {
                "application": numbers[each["project_application_id"]],
                "resource": resources[each["resource_id"]],
                "project_capacity": _most(each["project_capacity"]),
                "member_capacity": _most(each["member_capacity"]),
            }
            for each in tables["im_projectresourcegrant"]
            if each["project_application_id"] in numbers and each["resource_id"] in resources
        ],
    )
    return numbers


async def set_last(tx: Tx, project: str, application: int) -> None:
    await tx.run(
        "update projects set last_application = :number where uuid = :uuid",
        number=application,
        uuid=project,
    )


async def add_memberships(
    tx: Tx, tables: Tables, projects: Mapping[int, str], people: Mapping[int, str]
) -> dict[int, int]:
    """Our numbers by the other database's."""
    numbers: dict[int, int] = {}
    for each in tables["im_projectmembership"]:
        if each["project_id"] in projects and each["person_id"] in people:
            row = {
                "person": people[each["person_id"]],
                "project": projects[each["project_id"]],
                "state": each["state"],
                "initialized": each["initialized"],
            }
            numbers[each["id"]] = await foreign.insert_one(tx, "memberships", row)
    return numbers


async def add_logs(
    tx: Tx,
    tables: Tables,
    projects: Mapping[int, str],
    memberships: Mapping[int, int],
    people: Mapping[int, str],
) -> None:
    """What became of them, and when."""

    def entry(each: Row) -> dict[str, Any]:
        return {
            "from_state": each["from_state"],
            "to_state": each["to_state"],
            "date": each["date"],
            "actor": people.get(each["actor_id"]),
            "reason": each["reason"],
            "comments": each["comments"],
        }

    of_projects = [
        {"project": projects[each["project_id"]], **entry(each)}
        for each in tables["im_projectlog"]
        if each["project_id"] in projects
    ]
    of_members = [
        {"membership": memberships[each["membership_id"]], **entry(each)}
        for each in tables["im_projectmembershiplog"]
        if each["membership_id"] in memberships
    ]
    await foreign.insert(tx, "project_log", of_projects)
    await foreign.insert(tx, "membership_log", of_members)


def _most(limit: int | None) -> int:
    return _INFINITE if limit is None else limit
