"""The table of access rules."""

from __future__ import annotations

from synnefod.common.ids import UserId
from synnefod.common.principal import AccessRule
from synnefod.store.interface import Row, Tx

_COLUMNS = "id, service, method, path"


def _rule(row: Row) -> AccessRule:
    return AccessRule(*row)


async def put(tx: Tx, person: UserId, rule: AccessRule, now: int) -> AccessRule:
    """The person's rule that says the same; `rule` itself when there was none."""
    await tx.run(
        f"insert into access_rules ({_COLUMNS}, person, created) "
        "values (:id, :service, :method, :path, :person, :now) on conflict do nothing",
        id=rule.id,
        service=rule.service,
        method=rule.method,
        path=rule.path,
        person=person,
        now=now,
    )
    row = await tx.one(
        f"select {_COLUMNS} from access_rules where person = :person and service = :service "
        "and method = :method and path = :path",
        person=person,
        service=rule.service,
        method=rule.method,
        path=rule.path,
    )
    assert row is not None
    return _rule(row)


async def one(tx: Tx, person: UserId, id_: str) -> AccessRule | None:
    row = await tx.one(
        f"select {_COLUMNS} from access_rules where person = :person and id = :id {{for_update}}",
        person=person,
        id=id_,
    )
    return None if row is None else _rule(row)


async def listing(tx: Tx, person: UserId) -> list[AccessRule]:
    rows = await tx.all(
        f"select {_COLUMNS} from access_rules where person = :person order by created, id",
        person=person,
    )
    return [_rule(row) for row in rows]


async def delete(tx: Tx, person: UserId, id_: str) -> None:
    await tx.run(
        "delete from access_rules where person = :person and id = :id", person=person, id=id_
    )
