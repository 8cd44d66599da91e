"""Jobs that change a server beside its task: tags and firewall profiles."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from synnefod.common.ids import JobId
from synnefod.common.jsonio import dump_text, parse
from synnefod.compute.values import OpenJob
from synnefod.store.interface import Tx


@frozen
class Side:
    """One such job. `body` is that of the intention it was submitted for."""

    action: str
    body: dict[str, Any]
    done: bool


async def add(tx: Tx, server: int, job: int, action: str, body: dict[str, Any], now: int) -> None:
    """A second call for the same job changes nothing."""
    await tx.run(
        "insert into side_jobs (server, job, action, body, created)"
        " values (:server, :job, :action, :body, :now) on conflict do nothing",
        server=server,
        job=job,
        action=action,
        body=dump_text(body),
        now=now,
    )


async def find_all(
    tx: Tx, servers: Collection[int], jobs: Collection[int]
) -> dict[tuple[int, int], Side]:
    """Those of these servers and jobs."""
    rows = await tx.all(
        "select server, job, action, body, done from side_jobs"
        " where server in ({numbers servers}) and job in ({numbers jobs})",
        servers=dump_text(sorted(servers)),
        jobs=dump_text(sorted(jobs)),
    )
    return {(row[0], row[1]): Side(row[2], parse(row[3], dict), bool(row[4])) for row in rows}


async def finish(tx: Tx, server: int, job: int) -> None:
    await tx.run(
        "update side_jobs set done = 1 where server = :server and job = :job",
        server=server,
        job=job,
    )


async def open_of(tx: Tx, server: int) -> bool:
    """Whether the outcome of one of the server's side jobs is still awaited."""
    row = await tx.one(
        "select 1 from side_jobs where server = :server and done = 0 limit 1", server=server
    )
    return row is not None


async def open_jobs(tx: Tx, before: int = 2**63 - 1) -> list[OpenJob]:
    """Those submitted before that moment whose outcome is awaited."""
    rows = await tx.all(
        "select j.server, s.backend, j.job from side_jobs j join servers s on s.id = j.server"
        " where j.done = 0 and s.deleted = 0 and s.backend is not null and j.created < :before"
        " order by j.job",
        before=before,
    )
    return [OpenJob(*row) for row in rows]


async def open_actions(tx: Tx, before: int) -> list[tuple[int, JobId, str]]:
    """Server, job and action of those submitted before that moment whose outcome is awaited."""
    rows = await tx.all(
        "select server, job, action from side_jobs where done = 0 and created < :before"
        " order by job",
        before=before,
    )
    return [(server, JobId(job), action) for server, job, action in rows]


async def prune(tx: Tx, before: int) -> None:
    """Forgets those that are older."""
    await tx.run("delete from side_jobs where created < :before", before=before)
