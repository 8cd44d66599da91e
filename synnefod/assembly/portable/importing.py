"""Making an account of its file. May be run again: what is there already is left alone."""

from __future__ import annotations

import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import field, frozen

from synnefod.assembly.portable.exporting import FORMAT
from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.common.errors import Malformed, NotFound, Refusal
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.identity.interface import NewUser, User
from synnefod.objects.interface import (
    PLANKTON,
    AccountChange,
    ContainerChange,
    NoSuchObject,
    Place,
    Sharing,
    Write,
)
from synnefod.projects.interface import Capacity, NewProject

MOST = 10**9


class NotAnAccount(Malformed):
    """The file is not an account's, or is not complete."""


@frozen
class Import:
    """One import. `email`: whose account it becomes, "" for the one that the file names; made if
    there is none. `told` collects what could not be carried over."""

    house: Services
    parts: Supports
    source: Path
    email: str = ""
    told: list[str] = field(factory=list)

    async def make(self) -> dict[str, Any]:
        """What is new, counted. Raises NotAnAccount, OverQuota."""
        disk = self.parts.threads.disk
        about, versions = await disk(_read, self.source)
        user = await self._user(about["user"])
        projects = await self._projects(user, about)
        who = Principal(user.id, user.name, user.default_project, frozenset(projects.values()))
        blocks = await self._blocks()
        containers = await self._containers(who, about, projects)
        written = await self._versions(who, versions)
        groups = {name: await self._known(members) for name, members in about["groups"].items()}
        change = AccountChange(about["metadata"], groups, replace=False)
        if about["metadata"] or groups:
            await self.house.objects.update_account(who, str(user.id), change)
        return {
            "user": user.email,
            "uuid": user.id,
            "projects": len(projects),
            "containers": containers,
            "versions": written,
            "blocks": blocks,
            "told": self.told,
        }

    async def _user(self, about: dict[str, Any]) -> User:
        email = self.email or about["email"]
        users = self.house.identity.users
        try:
            return await users.find(email)
        except NotFound:
            password = secrets.token_urlsafe(16)
            new = NewUser(email, about["first_name"], about["last_name"], password)
            self.told.append(f"{email} is new: `user-modify --renew-password` makes a password")
            return await users.create(new, accept=True)

    async def _projects(self, user: User, about: dict[str, Any]) -> dict[str, ProjectId]:
        """Old ids and the projects here; one's own grows to what it was, a lost one is told."""
        desk = self.house.projects
        found: dict[str, ProjectId] = {}
        for project in about["projects"]:
            capacities = {name: Capacity(**each) for name, each in project["capacities"].items()}
            if project["own"]:
                own = ProjectId(str(user.id))
                found[project["id"]] = own
                await self._grow(own, capacities)
                continue
            known = [each for each in await desk.listing(name=project["name"]) if not each.is_base]
            if known:
                await self._join(known[0].id, user)
                found[project["id"]] = known[0].id
            elif project["owner"]:
                new = NewProject(
                    project["name"],
                    user.id,
                    project["description"],
                    project["homepage"],
                    project["ends"],
                    capacities=await self._countable(capacities),
                )
                found[project["id"]] = (await desk.create(new)).id
            else:
                self.told.append(f"there is no project {project['name']} here")
        return found

    async def _countable(self, capacities: dict[str, Capacity]) -> dict[str, Capacity]:
        known = {each.name for each in await self.house.resources.visible()}
        return {name: each for name, each in capacities.items() if name in known}

    async def _grow(self, project: ProjectId, capacities: dict[str, Capacity]) -> None:
        now = await self.house.projects.capacities(project)
        larger = {
            name: Capacity(max(each.project, now[name].project), max(each.member, now[name].member))
            for name, each in capacities.items()
            if name in now and (each.project, each.member) > (now[name].project, now[name].member)
        }
        if larger:
            await self.house.projects.modify(project, capacities=larger)

    async def _join(self, project: ProjectId, user: User) -> None:
        try:
            await self.house.projects.enroll(project, user.id)
        except Refusal as error:
            self.told.append(f"no member of {project}: {error.message}")

    async def _blocks(self) -> int:
        """Each under the name that its content has, whatever the file says."""
        stored = 0
        disk = self.parts.threads.disk
        with await disk(tarfile.open, self.source) as tar:
            members = _blocks_of(tar)
            while (data := await disk(_next, tar, members)) is not None:
                await self.parts.blocks.store([data])
                stored += 1
        return stored

    async def _containers(
        self, who: Principal, about: dict[str, Any], projects: dict[str, ProjectId]
    ) -> int:
        made = 0
        await self.house.objects.account(who, str(who.user))
        for each in about["containers"]:
            policy = each["policy"] or {}
            wanted = {
                "versioning": str(policy.get("versioning", "")),
                "quota": str(policy.get("quota", "")),
                "project": str(projects.get(policy.get("project", ""), "")),
            }
            change = ContainerChange(
                each["metadata"],
                {name: value for name, value in wanted.items() if value},
                each["lists"],
                max_metadata=MOST,
            )
            made += await self.house.objects.put_container(who, str(who.user), each["name"], change)
        return made

    async def _versions(self, who: Principal, versions: list[dict[str, Any]]) -> int:
        """Replayed in their order; of a name that is here already nothing is."""
        written = 0
        there: dict[tuple[str, str], bool] = {}
        for row in versions:
            key = row["container"], row["name"]
            place = Place(str(who.user), *key)
            if key not in there:
                there[key] = bool(await self._past(who, place))
            if there[key]:
                continue
            if row["deleted"]:
                try:
                    await self.house.objects.delete_object(who, place)
                except NoSuchObject:
                    continue
            elif row["hashes"] is None:
                self.told.append(f"a version of {'/'.join(key)} had lost its data")
                continue
            else:
                try:
                    await self._write(who, place, row)
                except Refusal as error:
                    self.told.append(f"{'/'.join(key)}: {error.message}")
                    continue
            written += 1
        return written

    async def _past(self, who: Principal, place: Place) -> list[tuple[int, int]]:
        try:
            return await self.house.objects.versions(who, place)
        except NotFound:
            return []

    async def _write(self, who: Principal, place: Place, row: dict[str, Any]) -> None:
        image, sharing = row.get("image") or {}, row.get("sharing")
        write = Write(
            row["content_type"],
            row["metadata"],
            row["settings"],
            row["large"],
            sharing=None
            if sharing is None
            else Sharing(
                tuple(await self._known(sharing["read"])),
                tuple(await self._known(sharing["write"])),
            ),
            public=True if row.get("public") else None,
            max_metadata=MOST,
            domains=(lambda: {PLANKTON: image}) if image else None,
        )
        await self.house.objects.write_hashmap(who, place, write, row["size"], row["hashes"])

    async def _known(self, grantees: list[str]) -> list[str]:
        """Those of them who are people here; the others are told of."""
        kept = []
        for each in grantees:
            name = each.partition(":")[0]
            found = await self.house.identity.users_by_id([UserId(name)]) if name != "*" else name
            if found:
                kept.append(each)
            else:
                self.told.append(f"nobody here is {each}, with whom something was shared")
        return kept


def _read(source: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    try:
        with tarfile.open(source) as tar:
            names = tar.getnames()
            if "complete" not in names:
                raise NotAnAccount(f"{source} is not complete.")
            about = msgspec.json.decode(_content(tar, "account.json"))
            lines = _content(tar, "versions.jsonl").splitlines()
            versions = [msgspec.json.decode(line) for line in lines]
    except (tarfile.TarError, KeyError, msgspec.DecodeError, EOFError) as error:
        raise NotAnAccount(f"{source}: {error}") from None
    if about.get("format") != FORMAT:
        raise NotAnAccount(f"{source} has the format {about.get('format')}, known is {FORMAT}.")
    return about, versions


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found.read()


def _blocks_of(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    return (member for member in tar if member.isfile() and member.name.startswith("blocks/"))


def _next(tar: tarfile.TarFile, members: Iterator[tarfile.TarInfo]) -> bytes | None:
    member = next(members, None)
    found = None if member is None else tar.extractfile(member)
    return None if found is None else found.read()
