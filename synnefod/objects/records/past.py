"""All versions of the objects of a container, newest first under each name (5.8)."""

from __future__ import annotations

from synnefod.objects.records.pages import Listed
from synnefod.objects.records.versions import COLUMNS, version_of
from synnefod.store.interface import Tx, Value


async def page(
    tx: Tx, container: int, prefix: str, high: str | None, after: tuple[str, int | None], limit: int
) -> list[Listed]:
    """At most `limit` versions, tombstones included, of names from `prefix` up to `high`
    (excluded; None: no bound), beyond `after`: a name, and the serial of one of its versions (None:
    beyond all of them). `Listed.modified` is the serial of the name's newest version."""
    name, serial = after
    given: dict[str, Value] = {"c": container, "prefix": prefix, "after": name, "limit": limit}
    beyond = "n.name > :after"
    if serial is not None:
        beyond = "(n.name > :after or (n.name = :after and v.serial < :serial))"
        given["serial"] = serial
    bound = ""
    if high is not None:
        bound = "and n.name < :high "
        given["high"] = high
    rows = await tx.all(
        f"select n.id, n.name, n.latest, {COLUMNS} from storage_nodes n "
        "join storage_versions v on v.node = n.id left join storage_maps m on m.id = v.map "
        f"where n.parent = :c and n.name >= :prefix {bound}and {beyond} "
        "order by n.name, v.serial desc limit :limit",
        **given,
    )
    return [Listed(row[0], row[1], row[2], version_of(row[3:])) for row in rows]
