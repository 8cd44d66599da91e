"""The table of application credentials."""

from __future__ import annotations

from attrs import asdict

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.common.principal import AccessRule
from synnefod.identity.interface import ApplicationCredential
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = (
    "id, person, project, name, description, roles, unrestricted, expires, access_rules, "
    "secret, secret_kind"
)


def _credential(row: Row) -> ApplicationCredential:
    return ApplicationCredential(
        id=row[0],
        user=UserId(row[1]),
        project=ProjectId(row[2]),
        name=row[3],
        description=row[4],
        roles=tuple(parse(row[5])),
        unrestricted=bool(row[6]),
        expires=row[7],
        access_rules=rules_of(row[8]),
    )


def rules_of(text: str) -> tuple[AccessRule, ...]:
    """The rules of a credential, as its row keeps them."""
    return tuple(AccessRule(**each) for each in parse(text))


async def insert(
    tx: Tx, credential: ApplicationCredential, secret: str, kind: str, now: int
) -> None:
    """`secret` is a digest or a password hash, as `kind` ("digest", "password") says."""
    await tx.run(
        f"insert into app_credentials ({_COLUMNS}, created) values (:id, :person, :project, :name, "
        ":description, :roles, :unrestricted, :expires, :rules, :secret, :kind, :now)",
        id=credential.id,
        person=credential.user,
        project=credential.project,
        name=credential.name,
        description=credential.description,
        roles=dump_text(list(credential.roles)),
        unrestricted=int(credential.unrestricted),
        expires=credential.expires,
        rules=dump_text([asdict(rule) for rule in credential.access_rules]),
        secret=secret,
        kind=kind,
        now=now,
    )


async def listing(tx: Tx, person: str, name: str | None = None) -> list[ApplicationCredential]:
    condition = "" if name is None else " and name = :name"
    params: dict[str, Value] = {} if name is None else {"name": name}
    rows = await tx.all(
        f"select {_COLUMNS} from app_credentials where person = :person{condition} "
        "order by created, id",
        person=person,
        **params,
    )
    return [_credential(row) for row in rows]


async def all_of(tx: Tx, person: str | None) -> list[ApplicationCredential]:
    """A person's, or everybody's, oldest first."""
    where = "" if person is None else "where person = :person "
    given: dict[str, Value] = {} if person is None else {"person": person}
    rows = await tx.all(
        f"select {_COLUMNS} from app_credentials {where}order by created, id", **given
    )
    return [_credential(row) for row in rows]


async def one(tx: Tx, id_: str) -> tuple[ApplicationCredential, str, str] | None:
    """A credential with its stored secret and the secret's kind."""
    row = await tx.one(f"select {_COLUMNS} from app_credentials where id = :id", id=id_)
    return (_credential(row), row[9], row[10]) if row is not None else None


async def delete(tx: Tx, person: str, id_: str) -> bool:
    return bool(
        await tx.run(
            "delete from app_credentials where id = :id and person = :person", id=id_, person=person
        )
    )
