"""The registry of clusters: adding, changing, removing, refreshing, and finding one to use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import evolve
from twisted.logger import Logger

from synnefod.backends import allocation, records
from synnefod.backends.figures import show
from synnefod.backends.interface import Backend, Changes, Need, NewBackend, NoBackend
from synnefod.backends.secrets import SecretBox, WrongKey
from synnefod.backends.wishes import check_hypervisor, check_url
from synnefod.cluster.interface import Address, Cluster, ClusterInfo, Clusters
from synnefod.common import metrics
from synnefod.common.clockwork import IClock, Together, gather
from synnefod.common.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    Refusal,
    Unavailable,
)
from synnefod.common.ids import BackendId, ProjectId, UserId, new_uuid
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx, UniqueViolation, Value

__all__ = ["Changes", "NewBackend", "Registry"]

log = Logger()
MOST = 16
"""Clusters at most: each has one hexadecimal digit of the MAC prefixes (ganeti.md 10)."""
_TRIED = BackendId(0)
"""Stands for a cluster that is not registered yet."""

Leaving = Callable[[BackendId], Awaitable[None]]
"""Takes what is ours off a cluster that is about to be forgotten."""
Left = Callable[[Tx, BackendId], Awaitable[None]]
"""Forgets in the transaction that forgets the cluster."""
InUse = Callable[[Tx, BackendId], Awaitable[str]]
"""Says what still uses a backend ("3 servers"), or "" when nothing does."""


class Registry:
    """See `interface.Backends`. `per_user` maps users to a backend's id or cluster name (GNT-061);
    `stale` is after how many seconds figures count as old (GNT-067); `in_use` are asked before a
    removal (GNT-160)."""

    def __init__(
        self,
        store: Store,
        clusters: Clusters,
        box: SecretBox,
        clock: IClock,
        *,
        per_user: Mapping[str, str | int] | None = None,
        filters: Sequence[str] = allocation.DEFAULT_FILTERS,
        allocator: str = allocation.DEFAULT_ALLOCATOR,
        stale: float = 15 * 60,
        in_use: Sequence[InUse] = (),
    ) -> None:
        self._store = store
        self._clusters = clusters
        self._box = box
        self._clock = clock
        self._per_user = dict(per_user or {})
        self._filters = [allocation.FILTERS[name] for name in filters]
        self._allocator = allocation.ALLOCATORS[allocator]
        self._stale = stale
        self._asked: Together[BackendId, records.Account] = Together(self._accounts)
        self.in_use = list(in_use)
        self.leaving: list[Leaving] = []
        self.left: list[Left] = []

    # --- choosing ---

    async def allocate(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        need: Need,
        only: BackendId | None = None,
    ) -> Backend:
        backends = await records.locked(tx)
        if only is None:
            chosen = self._users_own(user, backends)
        else:
            named = (each for each in backends if each.id == only and not each.offline)
            chosen = next(named, None)
        if chosen is None and only is None:
            ask = allocation.Ask(need, await records.mapped_to(tx, project))
            chosen = allocation.choose(backends, ask, self._filters, self._allocator)
        if chosen is None:
            raise NoBackend("No available backends")
        disk = allocation.disk_need(need)
        await records.take(tx, chosen.id, need.memory, disk)
        return evolve(
            chosen,
            mfree=max(0, chosen.mfree - need.memory),
            dfree=max(0, chosen.dfree - disk),
            instances=chosen.instances + 1,
        )

    def _users_own(self, user: UserId, backends: Sequence[Backend]) -> Backend | None:
        named = self._per_user.get(user)
        if named is None:
            return None
        for backend in backends:
            if named in (backend.id, backend.name) and not backend.offline:
                return backend
        log.warn("the backend {named} set for a user is not to be had", named=named, user=user)
        return None

    # --- finding ---

    async def all(self) -> list[Backend]:
        return await self._store.read("list backends", self.every)

    async def get(self, backend: BackendId) -> Backend:
        found = await self._store.read("show backend", lambda tx: records.get(tx, backend))
        if found is None:
            raise NotFound(f"There is no backend {backend}.")
        return found

    async def by_cluster_name(self, name: str) -> Backend | None:
        return await self._store.read("find backend", lambda tx: records.by_name(tx, name))

    async def every(self, tx: Tx) -> list[Backend]:
        return await records.all_backends(tx)

    async def numbers(self, tx: Tx) -> dict[str, BackendId]:
        return await records.numbers(tx)

    async def cluster(self, backend: BackendId) -> Cluster:
        account = await self._account(backend)
        if account.offline:
            raise Unavailable(f"Backend {account.name} is offline.")
        return self._clusters.at(self._address(account))

    async def may_hold(self, tx: Tx, project: ProjectId, backend: BackendId) -> bool:
        found = await records.get(tx, backend)
        if found is None:
            return False
        return found.public or backend in await records.mapped_to(tx, project)

    async def addresses(self) -> list[Address]:
        found = []
        for account in await self._store.read("list accounts", records.accounts):
            if account.offline:
                continue
            try:
                found.append(self._address(account))
            except WrongKey as problem:
                log.error("{problem}", problem=problem.message)
        return found

    # --- administering ---

    async def add(self, new: NewBackend) -> Backend:
        """Registers a cluster, drained unless asked otherwise, its figures loaded.

        Raises Malformed, AlreadyExists, Conflict (wrong name, too many), and what the cluster
        raises (ClusterRefused for wrong credentials, ClusterUnavailable).
        """
        check_url(new.url)
        check_hypervisor(new.hypervisor)
        if await self.by_cluster_name(new.name) is not None:
            raise AlreadyExists(f"A backend of the cluster {new.name} is registered.")
        info = None
        if new.check:
            address = Address(_TRIED, new.name, new.url, new.username, new.password, new.verify)
            info = await self._prove(address)
        values: dict[str, Value] = {
            "name": new.name,
            "url": new.url,
            "username": new.username,
            "password": self._box.close(new.password, new.name),
            "verify": new.verify,
            "drained": int(new.drained),
            "public": int(new.public),
            "hypervisor": new.hypervisor or (info.hypervisor if info else "kvm"),
            "disk_templates": records.templates_text(info.disk_templates if info else ()),
            "version": info.version if info else "",
        }
        backend = await self._insert(values)
        log.info("backend {name} is registered", name=new.name, backend=backend.id)
        return await self.refresh(backend.id) if new.check else backend

    async def register(self, new: NewBackend) -> Backend:
        """`add`, or, when the cluster is registered, the new way to it. For a simulated cluster
        whose port and password are its own; drained, public and offline stay as they are."""
        known = await self.by_cluster_name(new.name)
        if known is None:
            return await self.add(new)
        changes = Changes(
            url=new.url, username=new.username, password=new.password, verify=new.verify
        )
        return await self.modify(known.id, changes, check=False)

    async def modify(self, backend: BackendId, changes: Changes, *, check: bool = True) -> Backend:
        """Changes a backend; new ways in are proved first, unless `check` is off (GNT-159).

        New requests use the new address at once, on every daemon. Raises as `add`.
        """
        account = await self._account(backend)
        name = changes.name or account.name
        if changes.url is not None:
            check_url(changes.url)
        check_hypervisor(changes.hypervisor or "")
        given = {key: getattr(changes, key) for key in ("name", "url", "username", "verify")}
        entry: dict[str, Any] = {key: text for key, text in given.items() if text is not None}
        if changes.password is not None:
            entry["password"] = self._box.close(changes.password, name)
        elif name != account.name:
            kept = self._box.open(account.password, account.name)
            entry["password"] = self._box.close(kept, name)
        if entry and check:
            await self._prove(self._address(evolve(account, **entry), _TRIED))
        values: dict[str, Value] = dict(entry)
        for key in ("drained", "offline", "public"):
            if getattr(changes, key) is not None:
                values[key] = int(getattr(changes, key))
        if changes.hypervisor:
            values["hypervisor"] = changes.hypervisor
        if values:
            await self._update(backend, values)
        return await self.get(backend)

    async def remove(self, backend: BackendId) -> None:
        """Takes what is ours off a cluster, then forgets it and its project mappings; one that does
        not answer is forgotten as it is. Raises NotFound; Conflict while it is in use (GNT-160)."""

        async def drain(tx: Tx) -> bool:
            found = await self._unused(tx, backend)
            await records.update(tx, backend, {"drained": 1})
            return found.offline

        async def body(tx: Tx) -> None:
            await self._unused(tx, backend)
            for forget in self.left:
                await forget(tx, backend)
            await records.delete(tx, backend)

        offline = await self._store.transact("drain backend", drain)
        try:
            for take_off in [] if offline else self.leaving:
                await take_off(backend)
        except Refusal as error:
            log.warn(
                "backend {backend} keeps its networks: {why}", backend=backend, why=error.message
            )
        await self._store.transact("remove backend", body)
        self._clusters.forget(backend)

    async def _unused(self, tx: Tx, backend: BackendId) -> Backend:
        found = await records.get(tx, backend)
        if found is None:
            raise NotFound(f"There is no backend {backend}.")
        for ask in self.in_use:
            users = await ask(tx, backend)
            if users:
                raise Conflict(f"Backend {found.name} is in use: {users}.")
        return found

    # --- refreshing ---

    async def refresh(self, backend: BackendId) -> Backend:
        """Reads a cluster's figures, templates and version, and keeps them (GNT-135, GNT-162)."""
        cluster = await self.cluster(backend)
        info, capacity = await cluster.info(), await cluster.capacity()
        show(info.name, capacity)
        now = micros(self._clock.seconds())

        async def body(tx: Tx) -> Backend | None:
            await records.set_figures(tx, backend, capacity, now)
            values: dict[str, Value] = {
                "disk_templates": records.templates_text(info.disk_templates),
                "version": info.version,
            }
            await records.update(tx, backend, values)
            return await records.get(tx, backend)

        found = await self._store.transact("refresh backend", body)
        if found is None:
            raise NotFound(f"There is no backend {backend}.")
        return found

    async def refresh_stale(self) -> None:
        """Refreshes what is older than the limit; a cluster's trouble is logged and stays its
        own. Daemons that share a database share the work this way."""
        oldest = micros(self._clock.seconds() - self._stale)
        due = [each for each in await self.all() if not each.offline and each.updated <= oldest]
        await gather([self._try_refresh(each) for each in due])

    async def refresh_all(self) -> list[Backend]:
        """Refreshes every backend that is not offline; those that answered."""
        online = [each for each in await self.all() if not each.offline]
        found = await gather([self._try_refresh(each) for each in online])
        return [each for each in found if each is not None]

    async def _try_refresh(self, backend: Backend) -> Backend | None:
        try:
            return await self.refresh(backend.id)
        except Refusal as refusal:
            metrics.cluster_up.labels(backend.name).set(0)
            log.warn(
                "backend {name} cannot be refreshed: {problem}",
                name=backend.name,
                problem=refusal.message,
            )
            return None

    # --- inside ---

    async def _prove(self, address: Address) -> ClusterInfo:
        try:
            cluster = self._clusters.at(address)
            info = await cluster.info()
            if info.name != address.cluster:
                raise Conflict(
                    f"The cluster at {address.url} calls itself {info.name}, not {address.cluster}."
                )
            await cluster.probe(reason=f"synnefod:{new_uuid()}")
        finally:
            self._clusters.forget(address.backend)
        return info

    async def _account(self, backend: BackendId) -> records.Account:
        try:
            return await self._asked.get(backend)
        except KeyError:
            raise NotFound(f"There is no backend {backend}.") from None

    async def _accounts(self, _asked: list[BackendId]) -> dict[BackendId, records.Account]:
        found = await self._store.read("open backends", records.accounts)
        return {account.backend: account for account in found}

    def _address(self, account: records.Account, backend: BackendId | None = None) -> Address:
        return Address(
            account.backend if backend is None else backend,
            account.name,
            account.url,
            account.username,
            self._box.open(account.password, account.name),
            account.verify,
        )

    async def _insert(self, values: dict[str, Value]) -> Backend:
        async def body(tx: Tx) -> Backend:
            taken = {each.index for each in await records.locked(tx)}
            free = next((index for index in range(MOST) if index not in taken), None)
            if free is None:
                raise Conflict(f"{MOST} backends are registered, which is the most.")
            return await records.insert(tx, {**values, "mac_index": free})

        try:
            return await self._store.transact("add backend", body)
        except UniqueViolation:
            raise AlreadyExists(
                f"A backend of the cluster {values['name']!s} is registered, or another one was"
                " at this moment."
            ) from None

    async def _update(self, backend: BackendId, values: dict[str, Value]) -> None:
        try:
            await self._store.transact(
                "modify backend", lambda tx: records.update(tx, backend, values)
            )
        except UniqueViolation:
            raise AlreadyExists(
                f"A backend of the cluster {values['name']!s} is registered."
            ) from None
