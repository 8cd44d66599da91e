"""Helper servers: stopped machines that take detached volumes to remove them (VOL-025)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import BackendId, ServerId
from synnefod.store.interface import Tx


@frozen
class Helper:
    """`free`: stopped, and nothing is pending there."""

    server: ServerId
    backend: BackendId
    free: bool


async def of_template(tx: Tx, disk_template: str) -> list[Helper]:
    """Helper servers whose disks are of that template, with its provider."""
    rows = await tx.all(
        "select s.id, s.backend, s.operstate, s.task from servers s"
        " join flavors f on f.id = s.flavor where s.helper = 1 and s.deleted = 0"
        " and s.backend is not null and f.disk_template = :template order by s.id",
        template=disk_template,
    )
    return [
        Helper(ServerId(server), BackendId(backend), state == "STOPPED" and not task)
        for server, backend, state, task in rows
    ]


async def running(tx: Tx) -> list[ServerId]:
    """Helper servers that run and have nothing pending."""
    rows = await tx.all(
        "select id from servers where helper = 1 and deleted = 0 and operstate = 'STARTED'"
        " and task = '' order by id"
    )
    return [ServerId(row[0]) for row in rows]


async def appoint(tx: Tx, server: ServerId) -> None:
    """The server is a helper from now on."""
    await tx.run("update servers set helper = 1 where id = :id", id=server)
