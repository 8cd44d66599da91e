"""Takes over the accounts of a Synnefo 0.21 object store (PIT-236, object-storage.md 2.7, 3.2).

Blocks stay where they are; maps, which were files, become rows. Serials are given anew, in their
order; UUIDs, times, authors, public addresses stay. Usage comes with the identity database
(`import-astakos`): nothing is charged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import define, field, frozen

from synnefod.blocks.legacy import LegacyMaps, Wanted
from synnefod.common.errors import Conflict, Malformed
from synnefod.common.text import MICROSECONDS
from synnefod.objects import policies
from synnefod.objects.interface import BLOCK_HASH, BLOCK_SIZE, PITHOS, Sharing
from synnefod.objects.interface.takeover import Taken
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, permissions, takeover, versions
from synnefod.objects.records.nodes import HISTORY, NORMAL
from synnefod.store.foreign import Tables, read_tables
from synnefod.store.interface import Tx

OldRow = Mapping[str, Any]
_CONSTANTS = {
    "block_size": str(BLOCK_SIZE),
    "hash_algorithm": BLOCK_HASH,
    "block_hash": BLOCK_HASH,
}


@define
class Old:
    """A node there, with what is below it."""

    path: str
    name: str
    versions: list[OldRow] = field(factory=list)
    policies: dict[str, str] = field(factory=dict)
    children: list[Old] = field(factory=list)

    @property
    def current(self) -> int | None:
        """The serial of the newest version, unless that is a tombstone."""
        normal = [each["serial"] for each in self.versions if each["cluster"] == NORMAL]
        return max(normal, default=None)

    @property
    def created(self) -> int:
        return min(micros_of(each["mtime"]) for each in self.versions)


@define
class Beside:
    """What is kept beside the nodes, by serial, path or owner."""

    attributes: dict[int, list[tuple[str, str, str]]] = field(factory=dict)
    sharing: dict[str, tuple[list[str], list[str]]] = field(factory=dict)
    public: dict[str, str] = field(factory=dict)
    groups: dict[str, list[tuple[str, str]]] = field(factory=dict)


def micros_of(when: Decimal | float | None) -> int:
    return int(Decimal(when or 0) * MICROSECONDS)


def planted(tables: Tables) -> list[Old]:
    """The accounts there, from the rows of all nodes."""
    of_node: dict[int, list[OldRow]] = {}
    for row in tables["versions"]:
        of_node.setdefault(row["node"], []).append(row)
    directives: dict[int, dict[str, str]] = {}
    for row in tables["policy"]:
        if row["value"] is not None:
            directives.setdefault(row["node"], {})[row["key"]] = str(row["value"])
    rows = {row["node"]: row for row in tables["nodes"]}
    made: dict[int, Old] = {}
    for number, row in rows.items():
        parent = rows.get(row["parent"])
        start = f"{parent['path']}/" if parent is not None and parent["path"] else ""
        if row["path"].startswith(start):
            name = row["path"][len(start) :]
            old = Old(row["path"], name, of_node.get(number, []), directives.get(number, {}))
            made[number] = old
    accounts: list[Old] = []
    for number, old in made.items():
        parent_number = rows[number]["parent"]
        if number == parent_number or not old.path:
            continue
        if rows[parent_number]["path"] == "":
            accounts.append(old)
        elif parent_number in made and old.versions:
            made[parent_number].children.append(old)
    return sorted(accounts, key=lambda old: old.path)


def beside(tables: Tables) -> Beside:
    found = Beside()
    for row in tables["attributes"]:
        triple = (row["domain"], row["key"], row["value"] or "")
        found.attributes.setdefault(row["serial"], []).append(triple)
    paths = {row["feature_id"]: row["path"] for row in tables["xfeatures"]}
    for row in tables["xfeaturevals"]:
        if row["feature_id"] in paths:
            pair = found.sharing.setdefault(paths[row["feature_id"]], ([], []))
            pair[1 if row["key"] else 0].append(row["value"])
    for row in tables["public"]:
        if row["active"] and row["url"]:
            found.public[row["path"]] = row["url"]
    for row in tables["groups"]:
        found.groups.setdefault(row["owner"], []).append((row["name"], row["member"]))
    return found


@frozen
class AccountIntake:
    """Implements `TakesAccounts`."""

    parts: Parts
    maps: LegacyMaps

    async def take(self, url: str, *, damaged: bool = False) -> Taken:
        tables = await self.parts.threads.disk(read_tables, url, takeover.TABLES)
        for row in tables["config"]:
            wanted = _CONSTANTS.get(row["key"])
            if wanted is not None and str(row["value"]) != wanted:
                raise Malformed(f"{row['key']} is {row['value']} there, and {wanted} here.")
        more = beside(tables)
        taken = Taken()
        known = await self.parts.store.read("accounts taken over", takeover.taken)
        for account in planted(tables):
            if account.name in known:
                taken.known += 1
                continue
            maps = await self._read(account)
            broken = [key for key, digests in maps.items() if digests is None]
            if broken and not damaged:
                why = f"{len(broken)} maps cannot be read, as {broken[0][0]}"
                taken.left.append((account.name, why))
                continue
            await self._one(account, more, maps, taken)
        return taken

    async def _read(self, account: Old) -> dict[tuple[str, int], bytes | None]:
        """The digests of all maps of an account."""
        wanted: dict[tuple[str, int], Wanted] = {}
        for box in account.children:
            for old in box.children:
                for row in old.versions:
                    key = _key(row)
                    if key is not None:
                        map = Wanted(row["mapfile"] or None, row["hash"] or "", row["size"])
                        wanted.setdefault(key, map)
        found = await self.maps.digests(list(wanted.values()))
        return dict(zip(wanted, found, strict=True))

    async def _one(
        self,
        account: Old,
        more: Beside,
        maps: Mapping[tuple[str, int], bytes | None],
        taken: Taken,
    ) -> None:
        async def body(tx: Tx) -> Taken | None:
            now = self.parts.now()
            created = account.created if account.versions else now
            node = await takeover.settle(tx, account.name, created)
            if node is None:
                return None
            counted = Taken(accounts=1, damaged=sum(each is None for each in maps.values()))
            await _Taking(self.parts, tx, account, node, more, maps, counted).run(now)
            return counted

        try:
            counted = await self.parts.store.transact("take over an account", body)
        except (Conflict, Malformed) as error:
            taken.left.append((account.name, error.message))
            return
        if counted is None:
            taken.known += 1
            return
        for name in ("accounts", "containers", "objects", "versions", "damaged"):
            setattr(taken, name, getattr(taken, name) + getattr(counted, name))


def _key(row: OldRow) -> tuple[str, int] | None:
    """What tells a version's map from others; None for a version that has none here."""
    if not row["size"] or row["is_snapshot"]:
        return None
    return (row["mapfile"] or row["hash"] or "", row["size"])


@define
class _Taking:
    """One account, inside its transaction."""

    parts: Parts
    tx: Tx
    account: Old
    node: int
    more: Beside
    digests: Mapping[tuple[str, int], bytes | None]
    counted: Taken
    maps: dict[tuple[str, int], int] = field(factory=dict)
    serials: dict[int, int] = field(factory=dict)
    totals: dict[tuple[int, int], tuple[int, int, int]] = field(factory=dict)

    async def run(self, now: int) -> None:
        name = self.account.name
        if not await self._versions(self.node, self.account, ()):
            serial = await versions.insert(
                self.tx, self.node, cluster=NORMAL, mtime=now, author=name
            )
            await nodes.point(self.tx, self.node, latest=serial, current=serial)
        for box in self.account.children:
            if box.current is not None:
                await self._container(box)
        await takeover.add_members(self.tx, name, self.more.groups.get(name, ()))
        for (node, cluster), (population, size, mtime) in self.totals.items():
            await nodes.add_totals(
                self.tx, node, cluster, population=population, size=size, mtime=mtime
            )
        await nodes.count_child(self.tx, self.node, self.counted.containers)

    async def _container(self, box: Old) -> None:
        node = await self._sown(self.node, box)
        await self._versions(node, box, ())
        await nodes.set_policies(self.tx, node, policies.changed({}, box.policies, replace=True))
        self.counted.containers += 1
        for old in box.children:
            await self._object(node, old)

    async def _object(self, box: int, old: Old) -> None:
        node = await self._sown(box, old)
        await self._versions(node, old, (box, self.node))
        self.counted.objects += 1
        if old.current is None:
            return
        attributes = self.more.attributes.get(old.current, ())
        keys = {key: value for domain, key, value in attributes if domain == PITHOS}
        await versions.count_keys(self.tx, box, {}, keys)
        read, write = self.more.sharing.get(old.path, ((), ()))
        if read or write:
            sharing = Sharing(tuple(read), tuple(write))
            await permissions.share(self.tx, node, box, self.account.name, sharing)
        token = self.more.public.get(old.path)
        if token is not None:
            if await permissions.token_known(self.tx, token):
                raise Conflict(f"The public address of {old.path} is another's here.")
            await permissions.publish(self.tx, node, box, token, old.created)

    async def _sown(self, parent: int, old: Old) -> int:
        made = await nodes.insert(self.tx, parent, old.name, old.created)
        if made is None:
            raise Conflict(f"There is {old.path} here.")
        return made.id

    async def _versions(self, node: int, old: Old, counters: Iterable[int]) -> bool:
        """All versions of a node, oldest first; whether there are any."""
        current = old.current
        serial = 0
        for row in old.versions:
            cluster = row["cluster"]
            if cluster == NORMAL and row["serial"] != current:
                cluster = HISTORY
            serial = await self._version(node, row, cluster)
            self.serials[row["serial"]] = serial
            attributes = self.more.attributes.get(row["serial"], ())
            latest = row["serial"] == current
            await takeover.add_attributes(self.tx, serial, node, attributes, latest=latest)
            for counter in counters:
                self._count(counter, cluster, row["size"], micros_of(row["mtime"]))
            self.counted.versions += 1
        if serial:
            now = None if current is None else self.serials[current]
            await nodes.point(self.tx, node, latest=serial, current=now)
        return serial > 0

    async def _version(self, node: int, row: OldRow, cluster: int) -> int:
        mtime = micros_of(row["mtime"])
        checked = row["map_check_timestamp"]
        return await versions.insert(
            self.tx,
            node,
            cluster=cluster,
            source=self.serials.get(row["source"]),
            mtime=mtime,
            author=row["muser"] or "",
            uuid=row["uuid"],
            size=row["size"],
            content_type=row["type"] or "",
            hash=row["hash"],
            checksum=row["checksum"] or "",
            map=await self._map(row),
            available=1 if row["available"] is None else row["available"],
            map_checked=mtime if checked is None else micros_of(checked),
            is_snapshot=int(row["is_snapshot"] or 0),
        )

    async def _map(self, row: OldRow) -> int | None:
        if row["is_snapshot"]:
            return await versions.add_map(self.tx, None, row["mapfile"]) if row["mapfile"] else None
        key = _key(row)
        if key is None:
            return None
        if key not in self.maps:
            # No digests: whoever reads it is told that it is damaged.
            self.maps[key] = await versions.add_map(self.tx, self.digests[key] or b"")
        return self.maps[key]

    def _count(self, node: int, cluster: int, size: int, mtime: int) -> None:
        population, total, latest = self.totals.get((node, cluster), (0, 0, 0))
        self.totals[node, cluster] = (population + 1, total + size, max(latest, mtime))
