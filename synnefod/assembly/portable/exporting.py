"""Writing an account's file. Nothing of the account is changed; it may be used meanwhile."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import asdict, frozen
from twisted.logger import Logger

from synnefod import VERSION
from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.common.clockwork import Every
from synnefod.common.errors import Conflict, CorruptData, NotFound, Refusal
from synnefod.common.ids import BlockHash
from synnefod.common.principal import Principal
from synnefod.common.text import iso_z, micros
from synnefod.objects.chores import COLLECT
from synnefod.objects.interface import (
    PLANKTON,
    Container,
    ContainerQuery,
    ObjectQuery,
    PastVersion,
    Place,
    VersionQuery,
)
from synnefod.objects.records import expiring

log = Logger()
FORMAT = 1
LEASE = 900 * 1_000_000
RENEW = 300.0
PAGE = 1000


@frozen
class Export:
    """One export; `make` may be called once."""

    house: Services
    parts: Supports
    clock: Any
    who: Principal
    target: Path

    async def make(self) -> dict[str, Any]:
        """What was written, counted. The file appears whole or not at all. Raises Conflict while
        blocks are being collected, or when the target exists."""
        if self.target.exists():
            raise Conflict(f"{self.target} exists already.")
        holder = f"export:{socket.gethostname()}:{os.getpid()}"

        async def hold() -> None:
            now = micros(self.clock.seconds())
            held = await self.parts.store.transact(
                "hold blocks", lambda tx: expiring.take(tx, COLLECT, holder, now, now + LEASE)
            )
            if not held:
                raise Conflict("Blocks are being collected, or a backup runs. Try again later.")

        await hold()
        holding = Every(self.clock, RENEW, hold, "holding the collection")
        holding.begin()
        part = self.target.with_name(f".{self.target.name}.part")
        try:
            with _opened(part) as tar:
                counted = await self._write(tar)
            await self.parts.threads.disk(_finish, part, self.target)
            return counted
        finally:
            part.unlink(missing_ok=True)
            await holding.stop()
            await self.parts.store.transact(
                "release blocks", lambda tx: expiring.leave(tx, COLLECT, holder)
            )

    async def _write(self, tar: tarfile.TarFile) -> dict[str, Any]:
        disk = self.parts.threads.disk
        about = await self._account()
        await disk(_add, tar, "account.json", msgspec.json.encode(about))
        lines = io.BytesIO()
        blocks: dict[str, None] = {}
        versions = lost = 0
        async for version in self._versions():
            versions += 1
            lost += version["hashes"] is None
            blocks.update(dict.fromkeys(version["hashes"] or ()))
            lines.write(msgspec.json.encode(version) + b"\n")
        await disk(_add, tar, "versions.jsonl", lines.getvalue())
        missing = 0
        for name in blocks:
            try:
                data = await self.parts.blocks.get(BlockHash(bytes.fromhex(name)))
            except (NotFound, CorruptData) as error:
                log.error("block {name} cannot be taken along: {why}", name=name, why=str(error))
                missing += 1
            else:
                await disk(_add, tar, f"blocks/{name}", data)
        counted = {
            "user": about["user"]["email"],
            "containers": len(about["containers"]),
            "versions": versions,
            "blocks": len(blocks) - missing,
            "missing": missing + lost,
        }
        await disk(_add, tar, "complete", msgspec.json.encode(counted))
        return counted

    async def _account(self) -> dict[str, Any]:
        house, who = self.house, self.who
        user = await house.identity.users.find(str(who.user))
        try:
            account = await house.objects.account(who, str(who.user))
            groups, metadata = account.groups, account.metadata
        except Refusal:
            groups, metadata = {}, {}
        projects = []
        for project in await house.projects.listing(member=who.user):
            capacities = await house.projects.capacities(project.id)
            projects.append(
                {
                    "id": project.id,
                    "name": project.name,
                    "own": project.is_base,
                    "owner": project.owner == who.user,
                    "description": project.description,
                    "homepage": project.homepage,
                    "ends": project.ends,
                    "capacities": {name: asdict(each) for name, each in capacities.items()},
                }
            )
        quotas = await house.projects.quotas(users=[who.user])
        usage = {
            project: {name: asdict(figures) for name, figures in resources.items()}
            for project, resources in quotas.get(who.user, {}).items()
        }
        return {
            "format": FORMAT,
            "release": VERSION,
            "exported": iso_z(micros(self.clock.seconds())),
            "user": {
                "uuid": user.id,
                "email": user.email,
                "first_name": user.first_name,
                "last_name": user.last_name,
            },
            "groups": groups,
            "metadata": metadata,
            "projects": projects,
            "usage": usage,
            "containers": [
                {
                    "name": each.name,
                    "policy": asdict(each.policy) if each.policy else None,
                    "metadata": each.metadata,
                    "lists": each.lists,
                }
                for each in await self._containers()
            ],
        }

    async def _containers(self) -> list[Container]:
        account, found, marker = str(self.who.user), [], ""
        while True:
            query = ContainerQuery(marker=marker, limit=PAGE)
            page = await self.house.objects.containers(self.who, account, query)
            names = [each.name for each in page]
            for name in names:
                found.append(await self.house.objects.container(self.who, account, name))
            if len(page) < PAGE:
                return found
            marker = names[-1]

    async def _versions(self) -> AsyncIterator[dict[str, Any]]:
        """Of each name in order, the oldest first; marks of deletion among them."""
        account = str(self.who.user)
        for container in await self._containers():
            sharing = await self._sharing(container.name)
            mine: list[PastVersion] = []
            query = VersionQuery(limit=PAGE)
            while True:
                page = await self.house.objects.object_versions(
                    self.who, account, container.name, query
                )
                for each in page:
                    if mine and mine[0].name != each.name:
                        async for told in self._told(container.name, mine, sharing):
                            yield told
                        mine = []
                    mine.append(each)
                if len(page) < PAGE:
                    break
                query = VersionQuery(
                    marker=page[-1].name, version_marker=page[-1].serial, limit=PAGE
                )
            async for told in self._told(container.name, mine, sharing):
                yield told

    async def _sharing(self, container: str) -> dict[str, Any]:
        """The objects' own sharing, and what is published."""
        found: dict[str, Any] = {}
        marker = ""
        while True:
            query = ObjectQuery(marker=marker, limit=PAGE, shared=True, public=True)
            page = await self.house.objects.objects(self.who, str(self.who.user), container, query)
            for each in page.entries:
                marker = each.name
                sharing = getattr(each, "sharing", None)
                found[each.name] = {
                    "sharing": asdict(sharing) if sharing else None,
                    "public": getattr(each, "public", None) is not None,
                }
            if not page.truncated or not page.entries:
                return found

    async def _told(
        self, container: str, versions: list[PastVersion], sharing: dict[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        for each in reversed(versions):
            place = Place(str(self.who.user), container, each.name)
            row: dict[str, Any] = {
                "container": container,
                "name": each.name,
                "time": each.changed,
                "deleted": each.deleted,
                "size": each.size,
                "content_type": each.content_type,
                "hashes": [],
            }
            if not each.deleted:
                found = await self.house.objects.object(self.who, place, version=each.serial)
                row["metadata"], row["settings"] = found.metadata, found.settings
                row["large"] = {**found.large, **found.link}
                try:
                    told = await self.house.objects.hashmap(self.who, place, version=each.serial)
                    row["hashes"], row["size"] = list(told.hashes) if told.size else [], told.size
                except Refusal:
                    row["hashes"] = None
            if each.latest and not each.deleted:
                row |= sharing.get(each.name, {})
                shown = await self.house.storage.show(place, domain=PLANKTON)
                row["image"] = shown.metadata
            yield row


def _opened(path: Path) -> tarfile.TarFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return tarfile.open(fileobj=os.fdopen(handle, "wb"), mode="w")


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


def _finish(part: Path, target: Path) -> None:
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(target)
