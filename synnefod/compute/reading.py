"""Listing, showing and describing servers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.graphs import graph_instance, graphs
from synnefod.compute.interface import (
    ActionRecord,
    Detail,
    Diagnostic,
    Operstate,
    Server,
    ServerNotFound,
    Tag,
    TooManyItems,
    Wanted,
)
from synnefod.compute.machine.states import Action
from synnefod.compute.machine.tagnames import SYSTEM
from synnefod.compute.patterns import compiled, literal
from synnefod.compute.records import flavors, history, secrets, servers, tagged
from synnefod.compute.rooms import Rooms
from synnefod.quota.interface import Holding, project_holder, user_holder
from synnefod.store.interface import Tx


async def details(tx: Tx, rooms: Rooms, found: Sequence[Server]) -> list[Detail]:
    """All that is shown of these servers, in the same number of statements for one and many."""
    if not found:
        return []
    ids = [server.id for server in found]
    broken = [s.id for s in found if s.life.operstate is Operstate.ERROR]
    sizes = await flavors.by_ids(tx, sorted({server.flavor for server in found}))
    metadata = await servers.metadata_of(tx, ids)
    tags = await tagged.tags_of(tx, ids)
    newest = await history.newest(tx, ids)
    faults = await history.newest(tx, broken, level="ERROR") if broken else {}
    ports = await rooms.network.ports_of(tx, ids)
    volumes = await rooms.volumes.volumes_of(tx, ids)
    return [
        Detail(
            settled(server, rooms),
            sizes[server.flavor],
            metadata.get(server.id, {}),
            _tags(tags.get(server.id, ()), system=False),
            tuple(ports.get(server.id, ())),
            tuple(volumes.get(server.id, ())),
            newest.get(server.id),
            faults.get(server.id),
            _tags(tags.get(server.id, ()), system=True),
        )
        for server in found
    ]


def _tags(rows: Sequence[tuple[str, str]], *, system: bool) -> tuple[Tag, ...]:
    """Those of one namespace, under the names that people know (CMP-175)."""
    return tuple(
        Tag(name.removeprefix(SYSTEM), status == "ACTIVE")
        for name, status in rows
        if name.startswith(SYSTEM) == system
    )


async def fitting(
    tx: Tx, rooms: Rooms, names: Mapping[ServerId, str], wanted: Wanted
) -> tuple[int, ...]:
    """Those whose name and one of whose addresses fit the regular expressions that are wanted."""
    chosen = list(names)
    if wanted.name:
        fits = compiled(wanted.name)
        chosen = [number for number in chosen if fits(names[number])]
    if wanted.address is not None:
        fits = compiled(wanted.address)
        ports = await rooms.network.ports_of(tx, chosen)
        chosen = [
            number
            for number in chosen
            if any(fits(ip.address) for port in ports.get(number, ()) for ip in port.ips)
        ]
    return tuple(chosen)


def settled(server: Server, rooms: Rooms) -> Server:
    """The server; a resize that has waited long enough for its confirmation has it (14.4.3)."""
    if server.resized_at is None or server.resized_at >= rooms.fresh():
        return server
    return evolve(server, resized_from=None, resized_at=None)


class ServerService:
    """interface.Servers."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def list(self, principal: Principal, wanted: Wanted) -> list[Detail]:
        everybody = wanted.everybody and principal.is_admin
        user = None if everybody else principal.user

        async def body(tx: Tx) -> Sequence[Detail]:
            projects, fresh = sorted(principal.projects), self._rooms.fresh()
            chosen = wanted
            if wanted.address is not None or (wanted.name and literal(wanted.name) is None):
                named = evolve(wanted, limit=None)
                names = await servers.names(tx, user, projects, named, fresh=fresh)
                ids = await fitting(tx, self._rooms, names, wanted)
                chosen = evolve(wanted, name=None, ids=ids)
            found = await servers.listed(tx, user, projects, chosen, fresh=fresh)
            return await details(tx, self._rooms, found)

        found = await self._rooms.store.read("list servers", body)
        return [*(await self._with_clusters(found) if principal.is_admin else found)]

    async def show(self, principal: Principal, server: int, *, deleted: bool = True) -> Detail:
        async def body(tx: Tx) -> Detail:
            found = await access.seen(tx, principal, server)
            if found.deleted and not deleted:
                raise ServerNotFound
            return (await details(tx, self._rooms, [found]))[0]

        detail = await self._rooms.store.read("show server", body)
        return (await self._with_clusters([detail]))[0] if principal.is_admin else detail

    async def _with_clusters(self, found: Sequence[Detail]) -> Sequence[Detail]:
        """What administrators see beside: the clusters' names (CMP-049)."""
        names = {backend.id: backend.name for backend in await self._rooms.backends.all()}
        return tuple(
            detail
            if detail.server.backend is None
            else evolve(detail, cluster=names.get(detail.server.backend, ""))
            for detail in found
        )

    async def rename(
        self,
        principal: Principal,
        server: int,
        name: str | None = None,
        description: str | None = None,
    ) -> Detail:
        if name is not None:
            check_name(name)
        if description is not None and len(description) > 255:
            raise Malformed("The description has at most 255 characters.")

        async def body(tx: Tx) -> Detail:
            found = await access.locked(tx, principal, server, Action.EDIT)
            found = evolve(found, updated=self._rooms.now())
            if name is not None:
                found = evolve(found, name=name)
            if description is not None:
                found = evolve(found, description=description)
            await servers.save(tx, found)
            return (await details(tx, self._rooms, [found]))[0]

        return await self._rooms.store.transact("rename server", body)

    async def set_metadata(
        self,
        principal: Principal,
        server: int,
        values: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> Mapping[str, str]:
        check_metadata(values)
        most = self._rooms.limits.max_metadata

        async def body(tx: Tx) -> Mapping[str, str]:
            found = await access.locked(tx, principal, server, Action.EDIT)
            old = (await servers.metadata_of(tx, [found.id])).get(found.id, {})
            new = dict(values) if replace else {**old, **values}
            if len(new) > most:
                raise TooManyItems(f"A server has at most {most} metadata items.")
            await servers.set_metadata(tx, server, new, replace=True)
            await servers.save(tx, evolve(found, updated=self._rooms.now()))
            return new

        return await self._rooms.store.transact("set server metadata", body)

    async def delete_metadata(self, principal: Principal, server: int, key: str) -> None:
        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.EDIT)
            if not await servers.delete_metadata(tx, server, key):
                raise NotFound("Metadata item not found.")
            await servers.save(tx, evolve(found, updated=self._rooms.now()))

        await self._rooms.store.transact("delete server metadata", body)

    async def diagnostics(self, principal: Principal, server: int) -> Sequence[Diagnostic]:
        async def body(tx: Tx) -> Sequence[Diagnostic]:
            await access.seen(tx, principal, server)
            return await history.diagnostics(tx, server)

        return await self._rooms.store.read("server diagnostics", body)

    async def actions(self, principal: Principal, server: int) -> Sequence[ActionRecord]:
        async def body(tx: Tx) -> Sequence[ActionRecord]:
            await access.seen(tx, principal, server)
            return await history.actions(tx, server)

        return await self._rooms.store.read("server actions", body)

    async def password(self, principal: Principal, server: int) -> str:
        now = self._rooms.now()

        async def body(tx: Tx) -> tuple[str, str] | None:
            await access.seen(tx, principal, server)
            return await secrets.of_server(tx, server, "password", now)

        kept = await self._rooms.store.read("server password", body)
        if kept is None:
            raise NotFound("No password is kept for this server.")
        return self._rooms.vault.open(kept[1])

    async def forget_password(self, principal: Principal, server: int) -> None:
        async def body(tx: Tx) -> None:
            await access.seen(tx, principal, server)
            await secrets.forget(tx, server, "password")

        await self._rooms.store.transact("forget password", body)

    async def graphs(self, principal: Principal, server: int) -> Mapping[str, str]:
        async def body(tx: Tx) -> Server:
            return await access.seen(tx, principal, server)

        found = await self._rooms.store.read("server to measure", body)
        return graphs(self._rooms.limits, self._rooms.instance(found.id))

    def graphed(self, sealed: str) -> int | None:
        name = graph_instance(self._rooms.limits.stats_secret, sealed)
        return None if name is None else self._rooms.number(name)

    async def holdings(self, project: ProjectId, user: UserId | None = None) -> Sequence[Holding]:
        source = None if user is None else project_holder(project)
        holder = project_holder(project) if user is None else user_holder(user)

        async def body(tx: Tx) -> Sequence[Holding]:
            return await self._rooms.quota.holdings(tx, [holder], source=source)

        return await self._rooms.store.read("quota of a project", body)

    async def take_params(self, uuid: str) -> str | None:
        now = self._rooms.now()

        async def body(tx: Tx) -> str | None:
            return await secrets.take(tx, uuid, "params", now)

        sealed = await self._rooms.store.transact("take boot parameters", body)
        return None if sealed is None else self._rooms.vault.open(sealed)


def check_name(name: str) -> None:
    """CMP-063, chapter 15: 1 to 255 characters without NUL."""
    if not name or len(name) > 255 or "\0" in name:
        raise Malformed("A server's name has 1 to 255 characters.")
    _check_unicode(name)


def check_metadata(values: Mapping[str, str]) -> None:
    """CMP-076, CMP-161: keys of 1 to 50 characters, values of up to 500."""
    for key, value in values.items():
        if not 0 < len(key) <= 50:
            raise Malformed("A metadata key has 1 to 50 characters.")
        if len(value) > 500:
            raise Malformed("A metadata value has at most 500 characters.")
        _check_unicode(key + value)


def _check_unicode(text: str) -> None:
    if any("\ud800" <= c <= "\udfff" for c in text) or "\0" in text:
        raise Malformed("The text holds characters that are not allowed.")
