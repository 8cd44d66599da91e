"""The table of notices."""

from __future__ import annotations

from synnefod.common.jsonio import dump_text, parse
from synnefod.notices.interface import NewNotice, Notice
from synnefod.store.interface import Row, Tx

_COLUMNS = "id, texts, level, starts, ends, read_only, author, created"


def _of(row: Row) -> Notice:
    texts = parse(row[1], dict[str, str])
    return Notice(row[0], texts, row[2], row[3], row[4], bool(row[5]), row[6], row[7])


async def since(tx: Tx, moment: int) -> list[Notice]:
    """Those that have not ended before `moment`, newest first."""
    rows = await tx.all(
        f"select {_COLUMNS} from notices where ends is null or ends > :moment order by id desc",
        moment=moment,
    )
    return [_of(row) for row in rows]


async def insert(tx: Tx, new: NewNotice, starts: int, author: str, now: int) -> Notice:
    row = await tx.one(
        "insert into notices (texts, level, starts, ends, read_only, author, created) values "
        f"(:texts, :level, :starts, :ends, :read_only, :author, :now) returning {_COLUMNS}",
        texts=dump_text(new.texts),
        level=new.level,
        starts=starts,
        ends=new.ends,
        read_only=int(new.read_only),
        author=author,
        now=now,
    )
    assert row is not None
    return _of(row)


async def delete(tx: Tx, number: int) -> bool:
    return bool(await tx.run("delete from notices where id = :number", number=number))


async def end_read_only(tx: Tx, now: int) -> int:
    """What began ends now; what would begin later goes."""
    going = await tx.run("delete from notices where read_only = 1 and starts >= :now", now=now)
    return going + await tx.run(
        "update notices set ends = :now where read_only = 1 and (ends is null or ends > :now)",
        now=now,
    )
