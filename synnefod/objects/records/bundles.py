"""Tickets for a ZIP of files, and files by what is in their names."""

from __future__ import annotations

import json
from collections.abc import Sequence

from synnefod.common.jsonio import dump_text
from synnefod.objects.records.pages import LOCATED, Located, located
from synnefod.store.interface import Tx, Value

Ticket = tuple[str, str, str, tuple[str, ...], int]
"""Asker, account, container, names, end."""


async def keep(tx: Tx, digest: str, ticket: Ticket, now: int) -> None:
    """Kept until it is taken or over; what is over goes."""
    asker, account, container, names, ends = ticket
    await tx.run("delete from storage_bundles where ends < :now", now=now)
    await tx.run(
        "insert into storage_bundles (digest, asker, account, container, names, ends) "
        "values (:digest, :asker, :account, :container, :names, :ends)",
        digest=digest,
        asker=asker,
        account=account,
        container=container,
        names=dump_text(list(names)),
        ends=ends,
    )


async def take(tx: Tx, digest: str) -> Ticket | None:
    """The ticket, which is gone then."""
    row = await tx.one(
        "select asker, account, container, names, ends from storage_bundles where digest = :digest",
        digest=digest,
    )
    if row is None:
        return None
    await tx.run("delete from storage_bundles where digest = :digest", digest=digest)
    return (row[0], row[1], row[2], tuple(json.loads(row[3])), int(row[4]))


async def with_words(
    tx: Tx, account: str, words: Sequence[str], container: str | None, limit: int
) -> list[Located]:
    """Current objects of an account whose names hold every word, in whichever case the database
    knows; by container and name."""
    given: dict[str, Value] = {"account": account, "limit": limit}
    where = ["a.name = :account", "a.parent = 0", "v.cluster = 0"]
    for at, word in enumerate(words):
        given[f"w{at}"] = f"%{_literal(word)}%"
        given[f"l{at}"] = f"%{_literal(word.lower())}%"
        where.append(f"(n.name like :w{at} escape '!' or lower(n.name) like :l{at} escape '!')")
    if container is not None:
        where.append("c.name = :container")
        given["container"] = container
    rows = await tx.all(
        f"{LOCATED}{' and '.join(where)} order by c.name, n.name limit :limit", **given
    )
    return [located(row) for row in rows]


def _literal(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
