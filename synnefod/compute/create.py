"""Making a server: check and plan, then one transaction that holds everything (8.1)."""

from __future__ import annotations

import hashlib
import re
import secrets as randomness
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import CancelledError
from twisted.logger import Logger

from synnefod.backends.interface import Need
from synnefod.common.clockwork import Together
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import BackendId, ProjectId, UserId, new_uuid
from synnefod.common.jsonio import dump_text
from synnefod.common.log import request_id
from synnefod.common.principal import Principal
from synnefod.compute.deployment import DEPLOYMENT
from synnefod.compute.flavors import may_use
from synnefod.compute.interface import (
    PARAMS_PATH,
    VMAPI_PATH,
    Detail,
    Flavor,
    FlavorNotFound,
    KeypairNotFound,
    Life,
    Limits,
    NewServer,
    Operstate,
    PortRequest,
    Server,
    Tag,
    TooManyItems,
)
from synnefod.compute.mapping import Disks, is_filled, new_room, plan_disks
from synnefod.compute.personality import (
    check_personality,
    check_user_data,
    personality_document,
)
from synnefod.compute.reading import check_metadata, check_name, details
from synnefod.compute.records import (
    creations,
    flavors,
    helping,
    history,
    keypairs,
    outbox,
    rescue,
    secrets,
    servers,
    tagged,
)
from synnefod.compute.rooms import Rooms
from synnefod.compute.tags import check_tags
from synnefod.compute.usage import Sums, difference, usage
from synnefod.images.interface import Image
from synnefod.network.interface import Port
from synnefod.store.interface import Tx, UniqueViolation
from synnefod.volumes.interface import Volume

log = Logger()
_SECOND = 1_000_000
_REPEATABLE = 86400 * _SECOND
_ALPHABET = string.ascii_letters + string.digits


@frozen
class Plan:
    """What was found out before the transaction."""

    wanted: NewServer
    project: ProjectId
    flavor: Flavor
    disks: Disks
    ports: tuple[PortRequest, ...]
    password: str


class CreationService:
    """interface.Creation. `wake` is told each new server after its commit."""

    def __init__(self, rooms: Rooms, wake: Callable[[int], object]) -> None:
        self._rooms = rooms
        self._wake = wake
        self._noted: set[tuple[str, int]] = set()
        self._flavors = Together(self._read_flavors)

    async def create(self, principal: Principal, wanted: NewServer) -> tuple[Detail, str]:
        key = _digest(wanted.once)
        if key:
            before = await self._made_before(principal, key)
            if before is not None:
                return before
        plan = await self._plan(principal, wanted)

        async def body(tx: Tx) -> Detail:
            detail = await self._record(tx, principal, plan)
            if key:
                now = self._rooms.now()
                made = creations.Made(detail.server.id, self._rooms.vault.seal(plan.password))
                until = now + _REPEATABLE
                await creations.remember(tx, principal.user, key, made, now, until)
            return detail

        try:
            detail = await self._rooms.store.transact("create server", body)
        except UniqueViolation:
            before = await self._made_before(principal, key)
            if before is None:
                raise
            return before
        self._wake(detail.server.id)
        await self._note_image(plan.disks.image)
        return detail, plan.password

    async def _made_before(self, principal: Principal, key: str) -> tuple[Detail, str] | None:
        """What the first creation under the key was answered."""
        rooms = self._rooms

        async def body(tx: Tx) -> tuple[Detail, str] | None:
            made = await creations.made_before(tx, principal.user, key, rooms.now())
            server = None if made is None else await servers.get(tx, made.server)
            if made is None or server is None:
                return None
            return (await details(tx, rooms, [server]))[0], made.sealed

        found = await rooms.store.read("server made before", body)
        return None if found is None else (found[0], rooms.vault.open(found[1]))

    async def _note_image(self, image: Image | None) -> None:
        """CMP-086: a failure is no reason to refuse the server that was made."""
        if image is None or (image.id, image.version) in self._noted:
            return
        system = image.owner == self._rooms.limits.system_images_owner
        try:
            await self._rooms.store.transact(
                "note an image", lambda tx: creations.note_image(tx, image, system=system)
            )
        except CancelledError:
            raise
        except Exception:
            log.failure("noting image {image}", image=image.id)
        else:
            self._noted.add((image.id, image.version))

    async def _plan(self, principal: Principal, wanted: NewServer) -> Plan:
        limits = self._rooms.limits
        check_personality(wanted, limits)
        check_user_data(wanted.user_data)
        project = wanted.project or principal.project or ProjectId(principal.user)
        if not principal.may_use(project):
            raise Malformed("You are not a member of the project.")
        flavor = await self._flavor(principal, wanted, project)
        password = _password(wanted)
        check_name(wanted.name)
        check_metadata(wanted.metadata)
        if len(wanted.metadata) > limits.max_metadata:
            raise TooManyItems(f"A server has at most {limits.max_metadata} metadata items.")
        check_tags(wanted.tags, limits)
        if wanted.shared and not limits.shared_resources:
            raise Forbidden("Sharing of resources is disabled.")
        disks = await plan_disks(self._rooms, principal, wanted, flavor)
        ports = (PortRequest(),) if wanted.ports is None else wanted.ports
        if len(ports) > limits.max_nics:
            raise TooManyItems(f"A server has at most {limits.max_nics} NICs.")
        return Plan(wanted, project, flavor, disks, ports, password)

    async def _read_flavors(self, numbers: list[int]) -> dict[int, Flavor | None]:
        async def body(tx: Tx) -> dict[int, Flavor]:
            known = [number for number in numbers if 0 < number < 2**63]
            return await flavors.by_ids(tx, known)

        found = await self._rooms.store.read("flavors of new servers", body)
        return {number: found.get(number) for number in numbers}

    async def _flavor(self, principal: Principal, wanted: NewServer, project: ProjectId) -> Flavor:
        flavor = await self._flavors.get(wanted.flavor)
        if flavor is None or flavor.deleted or not may_use(flavor, principal):
            raise FlavorNotFound
        if not (flavor.public or project in flavor.projects or principal.is_admin):
            raise Forbidden("The project has no access to this flavor.")
        if not flavor.allow_create and not _may_override(principal, flavor, self._rooms.limits):
            raise Forbidden("It is not allowed to create a server from this flavor.")
        return flavor

    async def _record(self, tx: Tx, principal: Principal, plan: Plan) -> Detail:
        """Everything at once: row, disks, boot document, intention, ports, quota, cluster; last
        those whose rows are locked against all other creations."""
        rooms, wanted, flavor, now = self._rooms, plan.wanted, plan.flavor, self._rooms.now()
        user = principal.user
        keys = await keypairs.named(tx, user, wanted.key_names) if wanted.key_names else {}
        for name in wanted.key_names:
            if name not in keys:
                raise KeypairNotFound(f"Key pair '{name}' not found.")
        server = await servers.insert(
            tx,
            name=wanted.name,
            description=wanted.description,
            user=user,
            project=plan.project,
            shared=wanted.shared,
            flavor=flavor.id,
            image=plan.disks.image.id if plan.disks.image is not None else "",
            key_names=tuple(dict.fromkeys(wanted.key_names)),
            life=Life(Operstate.BUILD, action="BUILD", task="BUILD"),
            now=now,
        )
        volumes = await rooms.volumes.plan(
            tx,
            user,
            plan.project,
            server.id,
            flavor.volume_type,
            plan.disks.requests,
            shared=wanted.shared,
            principal=principal,
        )
        await servers.set_metadata(tx, server.id, dict(wanted.metadata), replace=False)
        known = plan.disks.image or plan.disks.origin
        if known is not None:
            said = {name.upper(): value for name, value in known.properties.items()}
            system = (said.get("OS", ""), said.get("OSFAMILY", ""))
            await rescue.keep_system(tx, server.id, *system)
        await tagged.add_tags(tx, server.id, wanted.tags, "PENDADD")
        contents = [keys[name].content for name in dict.fromkeys(wanted.key_names)]
        osparams = await self._keep_params(tx, server, plan, contents, volumes)
        request = request_id.get()
        await outbox.add(tx, new_uuid(), server.id, "BUILD", {"osparams": osparams}, request, now)
        await history.begin(tx, server.id, request, user, plan.project, "create", now)
        ports: Sequence[Port] = ()
        if wanted.helper:
            await helping.appoint(tx, server.id)
        else:
            ports = await rooms.network.claim_ports(tx, principal, server.id, plan.ports)
            asked = {request.port for request in plan.ports}
            for port in ports:
                # A port that was there before keeps its own, as with Nova.
                if wanted.groups is not None and port.id not in asked:
                    await rooms.network.give_groups(tx, principal, port.id, wanted.groups)
        charges = difference(Sums(), usage(server, flavor, volumes))
        await rooms.quota.charge(tx, charges, name=f"server: {server.id}, BUILD")
        backend = await self._allocate(tx, user, plan)
        await servers.place(tx, server.id, backend)
        return Detail(
            evolve(server, backend=backend),
            flavor,
            dict(wanted.metadata),
            tuple(Tag(name, False) for name in sorted(wanted.tags)),
            tuple(ports),
            tuple(volumes),
        )

    async def _allocate(self, tx: Tx, user: UserId, plan: Plan) -> BackendId:
        need = Need(
            memory=plan.flavor.ram,
            disk=new_room(plan.disks.requests) * 1024,
            vcpus=plan.flavor.cpu,
            disk_template=plan.flavor.disk_template.split("_", 1)[0],
        )
        backends, project = self._rooms.backends, plan.project
        return (await backends.allocate(tx, user, project, need, plan.wanted.backend)).id

    async def _keep_params(
        self, tx: Tx, server: Server, plan: Plan, keys: list[str], volumes: list[Volume]
    ) -> dict[str, str]:
        """Seals the one-time document (8.2) and the password; what the cluster is told of it."""
        rooms, image = self._rooms, plan.disks.origin
        now, limits = rooms.now(), rooms.limits
        uuid = new_uuid()
        existing = plan.disks.requests[0].existing is not None
        where = (
            "null" if existing or image is None else f"pithosmap://{image.map_name}/{image.size}"
        )
        provider = plan.flavor.disk_template.partition("_")[2]
        document: dict[str, Any] = {
            "img_id": "null" if provider in limits.clone_providers else where,
            "img_passwd": plan.password,
            "img_format": deployed_format(image),
            "img_personality": dump_text(personality_document(plan.wanted)),
            "img_properties": dump_text(guest_properties(None if is_filled(volumes) else image)),
        }
        if keys:
            document["auth_keys"] = "\n".join(keys)
        if plan.wanted.user_data:
            document["cloud_userdata"] = plan.wanted.user_data
        expires = now + limits.params_ttl * _SECOND
        secret = new_uuid()
        place = limits.vmapi_url.rstrip("/") + VMAPI_PATH
        document["img_url"] = f"{place}image/{secret}"
        document["progress_url"] = f"{place}progress/{secret}"
        whose = "" if image is None else f"{image.owner} {image.id}"
        until = now + limits.password_ttl * _SECOND
        kept = [
            (secret, DEPLOYMENT, rooms.vault.seal(whose), expires),
            (uuid, "params", rooms.vault.seal(dump_text(document)), expires),
            (new_uuid(), "password", rooms.vault.seal(plan.password), until),
        ]
        await secrets.keep_all(tx, server.id, kept)
        return {
            "config_url": f"{limits.vmapi_url.rstrip('/')}{PARAMS_PATH}{uuid}",
            "img_id": where,
            "img_format": deployed_format(image),
        }


def _digest(key: str | None) -> str:
    """ "" for none. Raises Malformed for a key that is none."""
    if key is None:
        return ""
    if not 0 < len(key) <= 255:
        raise Malformed("An Idempotency-Key has 1 to 255 characters.")
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def deployed_format(image: Image | None) -> str:
    """The word that the deployment knows: a raw image is a dump of a disk (IMG-204)."""
    named = (image.disk_format if image is not None else None) or "diskdump"
    return "diskdump" if named == "raw" else named


def guest_properties(image: Image | None) -> Mapping[str, str]:
    """The image's properties with upper-case names, as the deployment reads them (IMG-053).

    What says nothing of its system is started as it is: there is nothing to prepare it by.
    """
    if image is None:
        return {"EXCLUDE_ALL_TASKS": "yes"}
    said = {name.upper(): value for name, value in image.properties.items()}
    return said if "OSFAMILY" in said else {"EXCLUDE_ALL_TASKS": "yes", **said}


def _may_override(principal: Principal, flavor: Flavor, limits: Limits) -> bool:
    """CMP-067: a role of the asker allows flavors of this name."""
    return any(
        re.match(pattern, flavor.computed_name)
        for role, patterns in limits.allow_create_override.items()
        if principal.has_any((role,))
        for pattern in patterns
    )


def _strong(password: str) -> bool:
    """CMP-068: ten characters and the three classes."""
    classes = (str.isupper, str.islower, str.isdigit)
    return len(password) >= 10 and all(any(map(kind, password)) for kind in classes)


def _password(wanted: NewServer) -> str:
    if wanted.password is not None:
        if len(wanted.password) > 72:
            raise Malformed("A password has at most 72 characters.")
        if not wanted.weak_password and not _strong(wanted.password):
            raise Malformed(
                "A password has at least 10 characters, with upper case, lower case and digits."
            )
        return wanted.password
    while True:
        made = "".join(randomness.choice(_ALPHABET) for _ in range(10))
        if _strong(made):
            return made
