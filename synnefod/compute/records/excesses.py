"""Quotas that are exceeded: since when, and how far the policy has gone."""

from __future__ import annotations

from attrs import frozen

from synnefod.store.interface import Tx

Key = tuple[str, str, str]
"""Holder, source ("" for a project's own counter), resource."""


@frozen
class Excess:
    """`since` in microseconds; `stage`: notice, soft or hard."""

    key: Key
    since: int
    stage: str


async def every(tx: Tx) -> list[Excess]:
    rows = await tx.all("select holder, source, resource, since, stage from quota_excesses")
    return [
        Excess((holder, source, name), since, stage) for holder, source, name, since, stage in rows
    ]


async def begin(tx: Tx, key: Key, now: int) -> bool:
    """Whether it was not known before."""
    done = await tx.run(
        "insert into quota_excesses (holder, source, resource, since, stage)"
        " values (:holder, :source, :name, :now, 'notice') on conflict do nothing",
        holder=key[0],
        source=key[1],
        name=key[2],
        now=now,
    )
    return done == 1


async def move(tx: Tx, key: Key, stage: str) -> bool:
    """Whether it was not in that stage yet."""
    done = await tx.run(
        "update quota_excesses set stage = :stage where holder = :holder and source = :source"
        " and resource = :name and stage <> :stage",
        holder=key[0],
        source=key[1],
        name=key[2],
        stage=stage,
    )
    return done == 1


async def end(tx: Tx, key: Key) -> None:
    await tx.run(
        "delete from quota_excesses where holder = :holder and source = :source"
        " and resource = :name",
        holder=key[0],
        source=key[1],
        name=key[2],
    )
