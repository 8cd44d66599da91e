"""What the reconciliation of networks and pools reads, and the little that it rewrites."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import BackendId, NetworkId, SubnetId
from synnefod.network.addressing import v4_number
from synnefod.store.interface import Tx


@frozen
class AddressPool:
    """One range of IPv4 addresses and what its books say. Numbers, not texts."""

    id: int
    subnet: SubnetId
    network: NetworkId
    first: int
    last: int
    next: int
    released: frozenset[int]
    reserved: frozenset[int]
    used: tuple[int, ...]

    @property
    def leaked(self) -> list[int]:
        """Given out by the books, and nobody has them."""
        given = set(range(self.first, min(self.next, self.last + 1)))
        return sorted(given - self.released - self.reserved - set(self.used))

    @property
    def free_in_use(self) -> list[int]:
        """Free by the books, and somebody has them."""
        return sorted(
            number
            for number in set(self.used)
            if number in self.released or (number >= self.next and number not in self.reserved)
        )

    @property
    def twice(self) -> list[int]:
        """Addresses that more than one row has."""
        return sorted({number for number in self.used if self.used.count(number) > 1})


async def live_networks(tx: Tx) -> list[tuple[NetworkId, str, bool]]:
    """Number, last wish ("" for none), and whether it is deleted, of every network."""
    rows = await tx.all("select id, action, deleted from networks order by id")
    return [(NetworkId(number), action or "", bool(deleted)) for number, action, deleted in rows]


async def presences_on(tx: Tx, backend: BackendId) -> dict[NetworkId, tuple[str, int]]:
    """State and last event's time of each network there."""
    rows = await tx.all(
        "select network, operstate, event_time from backend_networks where backend = :backend",
        backend=backend,
    )
    return {NetworkId(network): (state, moment) for network, state, moment in rows}


async def publics(tx: Tx) -> list[NetworkId]:
    rows = await tx.all(
        "select id from networks where public = 1 and deleted = 0"
        " and (action is null or action <> 'DESTROY') order by id"
    )
    return [NetworkId(row[0]) for row in rows]


async def forget_backend(tx: Tx, backend: BackendId) -> list[NetworkId]:
    """The cluster is registered no more: the networks that were there."""
    rows = await tx.all(
        "delete from backend_networks where backend = :backend returning network", backend=backend
    )
    return sorted(NetworkId(row[0]) for row in rows)


async def ending_nowhere(tx: Tx) -> list[NetworkId]:
    """Networks that are to go and that no cluster has any more."""
    rows = await tx.all(
        "select id from networks n where deleted = 0 and action = 'DESTROY' and not exists"
        " (select 1 from backend_networks b where b.network = n.id and b.operstate <> 'DELETED')"
        " order by id"
    )
    return [NetworkId(row[0]) for row in rows]


async def address_pools(tx: Tx) -> list[AddressPool]:
    """Pools of live networks' subnets, locked until the transaction ends if it writes."""
    pools = await tx.all(
        "select p.id, p.subnet, s.network, p.first, p.last, p.next from ip_pools p"
        " join subnets s on s.id = p.subnet where s.deleted = 0 order by p.id {for_update}"
    )
    released: dict[int, set[int]] = {}
    for pool, number in await tx.all("select pool, address from ip_released"):
        released.setdefault(pool, set()).add(number)
    reserved: dict[int, set[int]] = {}
    for pool, number in await tx.all("select pool, address from ip_reserved"):
        reserved.setdefault(pool, set()).add(number)
    used: dict[int, list[int]] = {}
    for subnet, text in await tx.all("select subnet, address from ip_addresses where version = 4"):
        used.setdefault(subnet, []).append(v4_number(text))
    return [
        AddressPool(
            number,
            SubnetId(subnet),
            NetworkId(network),
            first,
            last,
            following,
            frozenset(released.get(number, ())),
            frozenset(reserved.get(number, ())),
            tuple(each for each in used.get(subnet, ()) if first <= each <= last),
        )
        for number, subnet, network, first, last, following in pools
    ]


async def mend_pool(tx: Tx, pool: AddressPool) -> None:
    """The books say what the addresses say; what is reserved stays so."""
    following = max([pool.next, *(number + 1 for number in pool.used)])
    taken = pool.reserved | set(pool.used)
    free = set(range(pool.first, min(following, pool.last + 1))) - taken
    await tx.run("delete from ip_released where pool = :pool", pool=pool.id)
    await tx.many(
        "insert into ip_released (pool, address) values (:pool, :address)",
        [{"pool": pool.id, "address": number} for number in sorted(free)],
    )
    await tx.run("update ip_pools set next = :next where id = :id", next=following, id=pool.id)


async def values_in_use(tx: Tx, flavor: str, column: str) -> list[tuple[str, int]]:
    """Links or MAC prefixes of live networks of a flavor, and how many have each."""
    assert column in ("link", "mac_prefix")
    rows = await tx.all(
        f"select {column}, count(*) from networks where deleted = 0 and flavor = :flavor"
        f" group by {column} order by {column}",
        flavor=flavor,
    )
    return [(str(value), int(count)) for value, count in rows]


async def mend_values(tx: Tx, kind: str, taken: set[int]) -> None:
    """Exactly these positions of a pool are given out."""
    await tx.run(
        "update value_pool_entries set taken = 0 where kind = :kind and taken = 1", kind=kind
    )
    await tx.many(
        "insert into value_pool_entries (kind, position, taken) values (:kind, :position, 1)"
        " on conflict (kind, position) do update set taken = 1",
        [{"kind": kind, "position": position} for position in sorted(taken)],
    )
    if taken:
        await tx.run(
            "update value_pools set next = :next where kind = :kind and next < :next",
            next=max(taken) + 1,
            kind=kind,
        )


async def free_by_backend(tx: Tx) -> dict[BackendId, tuple[int, int]]:
    """Free and all IPv4 addresses of live public networks, by the clusters that have them."""
    rows = await tx.all(
        "select b.backend, b.network from backend_networks b join networks n on n.id = b.network"
        " where n.public = 1 and n.deleted = 0 and b.operstate = 'ACTIVE'"
    )
    books: dict[NetworkId, tuple[int, int]] = {}
    for pool in await address_pools(tx):
        free, size = books.get(pool.network, (0, 0))
        kept = {number for number in pool.reserved if number >= pool.next}
        fresh = pool.last - pool.next + 1 - len(kept)
        books[pool.network] = (
            free + len(pool.released) + max(0, fresh),
            size + pool.last - pool.first + 1,
        )
    found: dict[BackendId, tuple[int, int]] = {}
    for backend, network in rows:
        free, size = found.get(BackendId(backend), (0, 0))
        more_free, more = books.get(NetworkId(network), (0, 0))
        found[BackendId(backend)] = (free + more_free, size + more)
    return found
