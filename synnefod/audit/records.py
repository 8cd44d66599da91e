"""The tables of the audit log."""

from __future__ import annotations

import hashlib

from synnefod.audit.interface import Deed, Entry, Outcome, Search
from synnefod.common.jsonio import dump
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = (
    "id, moment, actor, acting_for, via, peer, action, target, project, request, outcome, reason,"
    " seq, hash"
)


def _entry(row: Row) -> Entry:
    number, moment, actor, acting_for, via, peer, action, target, project, request, *rest = row
    outcome, reason, seq, hash_ = rest
    deed = Deed(actor, via, action, target, peer, project, request, acting_for)
    return Entry(number, moment, deed, outcome, reason, seq, hash_)


def digest(entry: Entry, seq: int, before: str) -> str:
    """The hash of a row in its place: over the hash before it and all that it says."""
    deed = entry.deed
    said = [
        before,
        seq,
        entry.moment,
        deed.actor,
        deed.acting_for,
        deed.via,
        deed.peer,
        deed.action,
        deed.target,
        deed.project,
        deed.request,
        entry.outcome,
        entry.reason,
    ]
    return hashlib.sha256(dump(said)).hexdigest()


async def insert(tx: Tx, deed: Deed, outcome: Outcome, reason: str, now: int) -> None:
    await tx.later(
        "insert into audit_log (moment, actor, acting_for, via, peer, action, target, project,"
        " request, outcome, reason) values (:now, :actor, :acting_for, :via, :peer, :action,"
        " :target, :project, :request, :outcome, :reason)",
        now=now,
        actor=deed.actor,
        acting_for=deed.acting_for,
        via=deed.via,
        peer=deed.peer,
        action=deed.action,
        target=deed.target,
        project=deed.project,
        request=deed.request,
        outcome=outcome,
        reason=reason,
    )


async def seal(tx: Tx, most: int) -> tuple[int, str]:
    """Gives at most `most` waiting rows their places; how many, and the head's hash. One sealer
    at a time: the head's row is locked."""
    head = await tx.one("select seq, hash from audit_head where id = 1 {for_update}")
    assert head is not None
    seq, before = head
    waiting = await tx.all(
        f"select {_COLUMNS} from audit_log where seq is null order by id limit :most", most=most
    )
    sealed: list[dict[str, Value]] = []
    for row in waiting:
        entry = _entry(row)
        seq += 1
        before = digest(entry, seq, before)
        sealed.append({"id": entry.id, "seq": seq, "hash": before})
    if sealed:
        await tx.many("update audit_log set seq = :seq, hash = :hash where id = :id", sealed)
        await tx.run(
            "update audit_head set seq = :seq, hash = :hash where id = 1", seq=seq, hash=before
        )
    return len(sealed), before


async def forget(tx: Tx, before: int, most: int) -> int:
    """Deletes the oldest sealed rows from before a moment; how many. The head keeps the hash of
    the last of them, so that what is left can still be verified."""
    await tx.one("select seq from audit_head where id = 1 {for_update}")
    rows = await tx.all(
        "select seq, hash, moment from audit_log where seq is not null order by seq limit :most",
        most=most,
    )
    old = []
    for row in rows:
        if row[2] >= before:
            break
        old.append(row)
    if old:
        last, hash_, _ = old[-1]
        await tx.run("delete from audit_log where seq <= :last", last=last)
        await tx.run(
            "update audit_head set oldest = :oldest, before = :hash where id = 1",
            oldest=last + 1,
            hash=hash_,
        )
    return len(old)


async def head(tx: Tx) -> tuple[int, str, int, str, int]:
    """Last seq and its hash, oldest seq and the hash before it, and how many rows wait."""
    row = await tx.one("select seq, hash, oldest, before from audit_head where id = 1")
    waiting = await tx.one("select count(*) from audit_log where seq is null")
    assert row is not None and waiting is not None
    return row[0], row[1], row[2], row[3], waiting[0]


async def sealed(tx: Tx, after: int, most: int) -> list[Entry]:
    rows = await tx.all(
        f"select {_COLUMNS} from audit_log where seq > :after order by seq limit :most",
        after=after,
        most=most,
    )
    return [_entry(row) for row in rows]


async def search(tx: Tx, wanted: Search) -> list[Entry]:
    conditions = ["1 = 1"]
    params: dict[str, Value] = {"limit": wanted.limit}
    for column in ("actor", "target", "outcome", "request"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{column} = :{column}")
            params[column] = value
    if wanted.action is not None and wanted.action.endswith("."):
        conditions.append("substr(action, 1, :width) = :action")
        params |= {"action": wanted.action, "width": len(wanted.action)}
    elif wanted.action is not None:
        conditions.append("action = :action")
        params["action"] = wanted.action
    if wanted.since is not None:
        conditions.append("moment >= :since")
        params["since"] = wanted.since
    if wanted.before is not None:
        conditions.append("id < :before")
        params["before"] = wanted.before
    rows = await tx.all(
        f"select {_COLUMNS} from audit_log where {' and '.join(conditions)} "
        "order by id desc limit :limit",
        **params,
    )
    return [_entry(row) for row in rows]
