"""Tags and firewall profiles of servers: the rows first, then the cluster (6.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import evolve

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import PortId, ServerId, new_uuid
from synnefod.common.log import request_id
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.machine.sides import FIREWALL, TAGS
from synnefod.compute.machine.states import Action
from synnefod.compute.machine.tagnames import LONGEST, SYSTEM, encoded_tag
from synnefod.compute.records import outbox, servers, tagged
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Limits, Server
from synnefod.store.interface import Tx

PROFILES = ("ENABLED", "DISABLED", "PROTECTED")


def check_tags(tags: Sequence[str], limits: Limits, *, system: bool = False) -> None:
    """CMP-078, CMP-079; one whose name in the cluster is too long is refused here. `system`: they
    are the administrators', and begin with their mark."""
    if len(tags) > limits.max_tags:
        raise Malformed(f"A server has at most {limits.max_tags} tags.")
    for tag in tags:
        tag = tag.removeprefix(SYSTEM) if system else tag
        if not 0 < len(tag) <= 60 or "/" in tag or "," in tag:
            raise Malformed("A tag has 1 to 60 characters without '/' and ','.")
        if any("\ud800" <= c <= "\udfff" for c in tag) or "\0" in tag:
            raise Malformed("The tag holds characters that are not allowed.")
        if len(encoded_tag(SYSTEM + tag if system else tag)) > LONGEST:
            raise Malformed("The tag is too long when it is written for the cluster.")


class TagService:
    """interface.Tags. `wake` is told each server after its commit."""

    def __init__(self, rooms: Rooms, wake: Callable[[int], object]) -> None:
        self._rooms = rooms
        self._wake = wake

    async def replace(
        self,
        principal: Principal,
        server: int,
        tags: Sequence[str],
        *,
        pending: bool = False,
        system: bool = False,
    ) -> None:
        wanted = _named(tags, system)
        check_tags(wanted, self._rooms.limits, system=system)

        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.TAG)
            only = await self._own(tx, found, system)
            old = await tagged.drop_tags(tx, server, only, "ACTIVE")
            if pending:
                old += await tagged.drop_tags(tx, server, only, "PENDADD")
            await tagged.add_tags(tx, server, tuple(wanted), "PENDADD")
            await self._count(tx, found)
            await self._ask(tx, found, wanted, [tag for tag in old if tag not in wanted])

        await self._rooms.store.transact("replace tags", body)
        self._wake(server)

    async def add(
        self, principal: Principal, server: int, tag: str, *, system: bool = False
    ) -> bool:
        (tag,) = _named([tag], system)
        check_tags([tag], self._rooms.limits, system=system)

        async def body(tx: Tx) -> bool:
            found = await access.locked(tx, principal, server, Action.TAG)
            known = (await tagged.tags_of(tx, [found.id])).get(found.id, [])
            if any(name == tag for name, _ in known):
                return False
            await tagged.add_tags(tx, server, (tag,), "PENDADD")
            await self._count(tx, found)
            await self._ask(tx, found, [tag], [])
            return True

        new = await self._rooms.store.transact("add a tag", body)
        self._wake(server)
        return new

    async def remove(
        self,
        principal: Principal,
        server: int,
        tag: str | None = None,
        *,
        pending: bool = False,
        system: bool = False,
    ) -> None:
        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.TAG)
            only = await self._own(tx, found, system)
            if tag is not None:
                (named,) = _named([tag], system)
                only = [each for each in only if each == named]
            gone = await tagged.drop_tags(tx, server, only, "ACTIVE")
            if pending:
                gone += await tagged.drop_tags(tx, server, only, "PENDADD")
            if not gone:
                raise NotFound("The server has no such tag.")
            await self._ask(tx, found, [], gone)

        await self._rooms.store.transact("remove tags", body)
        self._wake(server)

    async def set_firewall(
        self, principal: Principal, server: int, port: int, profile: str
    ) -> None:
        if profile not in PROFILES:
            raise Malformed("Unsupported firewall profile: ENABLED, DISABLED or PROTECTED.")

        async def body(tx: Tx) -> None:
            found = await access.locked(tx, principal, server, Action.FIREWALL)
            ports = (await self._rooms.network.ports_of(tx, [found.id])).get(found.id, ())
            if all(each.id != port for each in ports):
                raise NotFound("The server has no such NIC.")
            await self.ask(tx, ServerId(server), PortId(port), profile)
            await self._rooms.network.profile_chosen(tx, PortId(port), profile)

        await self._rooms.store.transact("set a firewall profile", body)
        self._wake(server)

    async def ask(self, tx: Tx, server: ServerId, port: PortId, profile: str) -> None:
        """See `network.interface.groups.Walls`: the service of ports decided the profile."""
        change = {"nic": f"{self._rooms.limits.prefix}nic-{port}", "profile": profile}
        now = self._rooms.now()
        await outbox.add(tx, new_uuid(), server, FIREWALL, change, request_id.get(), now)
        await servers.require_reboot(tx, server, now)

    def wake(self, server: ServerId) -> None:
        self._wake(server)

    async def _own(self, tx: Tx, server: Server, system: bool) -> list[str]:
        """The server's tags of one namespace."""
        known = (await tagged.tags_of(tx, [server.id])).get(server.id, [])
        return [name for name, _ in known if name.startswith(SYSTEM) == system]

    async def _count(self, tx: Tx, server: Server) -> None:
        known = await self._own(tx, server, system=False)
        most = self._rooms.limits.max_tags
        if len(known) > most:
            raise Malformed(f"A server has at most {most} tags.")

    async def _ask(self, tx: Tx, server: Server, add: list[str], remove: list[str]) -> None:
        now = self._rooms.now()
        await servers.save(tx, evolve(server, updated=now))
        if add or remove:
            change = {"add": add, "remove": remove}
            await outbox.add(tx, new_uuid(), server.id, TAGS, change, request_id.get(), now)


def _named(tags: Sequence[str], system: bool) -> list[str]:
    """As they are stored, each once."""
    return [SYSTEM + tag if system else tag for tag in dict.fromkeys(tags)]
