"""The tables of OAuth2: oauth_clients, oauth_redirects, oauth_codes, oauth_tokens."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.identity.interface import User
from synnefod.identity.interface.oauth import Client
from synnefod.identity.records.users import COLUMNS, JOINS, WIDTH, user_of
from synnefod.store.interface import Tx, Value


@frozen
class Code:
    client: str
    person: str
    session: str
    redirect_uri: str
    named: bool
    scope: str
    challenge: str | None
    created: int


@frozen
class Found:
    """A token that exists, with its owner."""

    user: User
    scope: str
    expires: int
    terms_accepted: bool


async def add_client(
    tx: Tx, identifier: str, secret: str | None, kind: str, trusted: bool, now: int
) -> int:
    row = await tx.one(
        "insert into oauth_clients (identifier, secret, kind, trusted, created) "
        "values (:identifier, :secret, :kind, :trusted, :now) returning id",
        identifier=identifier,
        secret=secret,
        kind=kind,
        trusted=int(trusted),
        now=now,
    )
    assert row is not None
    return int(row[0])


async def add_redirects(tx: Tx, client: int, urls: Sequence[str]) -> None:
    rows: list[dict[str, Value]] = [
        {"client": client, "url": url, "position": position} for position, url in enumerate(urls)
    ]
    await tx.many(
        "insert into oauth_redirects (client, url, position) values (:client, :url, :position)",
        rows,
    )


async def clients(tx: Tx, identifier: str | None = None) -> list[tuple[Client, str | None]]:
    """With the hashes of their secrets, in the order of their making."""
    where = "" if identifier is None else "where c.identifier = :identifier "
    params: dict[str, Value] = {} if identifier is None else {"identifier": identifier}
    rows = await tx.all(
        "select c.id, c.identifier, c.kind, c.trusted, c.secret, r.url from oauth_clients c "
        f"left join oauth_redirects r on r.client = c.id {where}order by c.id, r.position",
        **params,
    )
    urls: dict[int, list[str]] = {}
    for row in rows:
        urls.setdefault(row[0], []).extend([row[5]] if row[5] is not None else [])
    firsts = {row[0]: row for row in reversed(rows)}
    return [
        (Client(row[1], row[2], bool(row[3]), tuple(urls[number]), number), row[4])
        for number, row in sorted(firsts.items())
    ]


async def delete_client(tx: Tx, client: Client) -> None:
    for table in ("oauth_codes", "oauth_tokens"):
        await tx.run(f"delete from {table} where client = :name", name=client.identifier)
    await tx.run("delete from oauth_clients where id = :id", id=client.number)


async def add_code(tx: Tx, digest: str, code: Code) -> None:
    await tx.run(
        "insert into oauth_codes (digest, client, person, session, redirect_uri, named, scope, "
        "challenge, created) values (:digest, :client, :person, :session, :redirect_uri, :named, "
        ":scope, :challenge, :created)",
        digest=digest,
        client=code.client,
        person=code.person,
        session=code.session,
        redirect_uri=code.redirect_uri,
        named=int(code.named),
        scope=code.scope,
        challenge=code.challenge,
        created=code.created,
    )


async def code(tx: Tx, digest: str) -> Code | None:
    row = await tx.one(
        "select client, person, session, redirect_uri, named, scope, challenge, created "
        "from oauth_codes where digest = :digest {for_update}",
        digest=digest,
    )
    if row is None:
        return None
    return Code(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6], row[7])


async def delete_code(tx: Tx, digest: str) -> None:
    await tx.run("delete from oauth_codes where digest = :digest", digest=digest)


async def add_token(tx: Tx, digest: str, of: Code, now: int, expires: int) -> None:
    await tx.run(
        "insert into oauth_tokens (digest, client, person, session, scope, issued, expires) "
        "values (:digest, :client, :person, :session, :scope, :now, :expires)",
        digest=digest,
        client=of.client,
        person=of.person,
        session=of.session,
        scope=of.scope,
        now=now,
        expires=expires,
    )


async def token(tx: Tx, digest: str) -> Found | None:
    row = await tx.one(
        f"select {COLUMNS}, t.scope, t.expires, case when u.has_signed_terms = 1 "
        "or not exists (select 1 from approval_terms) then 1 else 0 end "
        f"from oauth_tokens t join users u on u.uuid = t.person {JOINS} "
        "where t.digest = :digest",
        digest=digest,
    )
    if row is None:
        return None
    return Found(user_of(row), row[WIDTH], row[WIDTH + 1], bool(row[WIDTH + 2]))


async def delete_token(tx: Tx, digest: str) -> None:
    await tx.run("delete from oauth_tokens where digest = :digest", digest=digest)


async def delete_of(tx: Tx, person: str) -> None:
    """Ends what all programs hold of a person."""
    await tx.run("delete from oauth_codes where person = :person", person=person)
    await tx.run("delete from oauth_tokens where person = :person", person=person)


async def delete_expired(tx: Tx, now: int, codes_before: int) -> int:
    codes = await tx.run("delete from oauth_codes where created <= :then", then=codes_before)
    return codes + await tx.run("delete from oauth_tokens where expires <= :now", now=now)
