"""Objects as the image and volume services see them: by domain and by UUID (1.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from synnefod.common.ids import UserId, new_uuid
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.objects import access, containers
from synnefod.objects.commits import Draft, charge, commit, look, with_domains
from synnefod.objects.interface import (
    PLANKTON,
    Access,
    Available,
    DomainObject,
    NoSuchContainer,
    NoSuchObject,
    NotAllowed,
    Place,
)
from synnefod.objects.parts import Parts
from synnefod.objects.reading import describe
from synnefod.objects.records import nodes, pages, versions
from synnefod.objects.records.pages import Located
from synnefod.store.interface import Tx


async def by_uuid(
    parts: Parts, uuid: str, principal: Principal | None = None, domain: str = PLANKTON
) -> DomainObject:
    """See `Objects.object_by_uuid`."""
    access.checked_text(uuid)

    async def body(tx: Tx) -> DomainObject:
        found = await pages.by_uuid(tx, uuid)
        if found is None:
            raise NoSuchObject
        shown = await _shown(tx, [found], principal, domain)
        if not shown:
            raise NotAllowed
        return shown[0]

    return await parts.store.read("object by uuid", body)


async def in_domain(
    parts: Parts, domain: str, principal: Principal | None = None, account: str | None = None
) -> list[DomainObject]:
    """See `Objects.domain_objects`."""

    async def body(tx: Tx) -> list[DomainObject]:
        return await _shown(tx, await pages.in_domain(tx, domain, account), principal, domain)

    return await parts.store.read("objects of a domain", body)


async def _shown(
    tx: Tx, found: Sequence[Located], principal: Principal | None, domain: str
) -> list[DomainObject]:
    """Those that the asker may read, with their metadata in `domain`."""
    serials = dump_text([located.listed.version.serial for located in found])
    values = await pages.domain_values(tx, domain, serials) if found else {}
    spots = [
        access.Spot(
            each.account,
            each.container_node,
            f"{each.account}/{each.container}",
            each.listed.name,
        )
        for each in found
    ]
    shown = []
    for located, granted in zip(found, await access.grants(tx, principal, spots), strict=True):
        listed = located.listed
        if granted.allowed is None:
            continue
        place = Place(located.account, located.container, listed.name)
        value = evolve(
            describe(place.account, place.container, place.name, listed.version, listed.modified),
            sharing=granted.sharing,
            shared_by=granted.shared_by,
            allowed=granted.allowed,
        )
        shown.append(DomainObject(value, values.get(listed.version.serial, {})))
    return shown


async def register_map(
    parts: Parts,
    owner: UserId,
    place: Place,
    *,
    size: int,
    content_type: str,
    map_name: str,
    domain: str,
    properties: Mapping[str, str],
    tx: Tx | None = None,
) -> str:
    """See `Objects.register_map`."""
    access.checked(place.account, place.container, place.name)
    now = parts.now()

    async def body(tx: Tx) -> str:
        await containers.make(tx, place.account, place.container, now)
        container = await nodes.container(tx, place.account, place.container, lock=True)
        if container is None:
            raise NoSuchContainer
        asker = Principal(owner, "", None)
        (await access.grant(tx, asker, container, place.name)).require(Access.WRITE)
        state = await look(tx, container, place.name)
        draft = Draft(
            author=owner,
            uuid=new_uuid() if state.version is None else state.version.uuid,
            size=size,
            content_type=content_type,
            hash="",
            map=await versions.add_map(tx, None, map_name),
            available=Available.NO,
            is_snapshot=True,
            attributes=with_domains(state.attributes, {domain: properties}),
        )
        made = await commit(tx, state, draft, parts.settings, now)
        await charge(parts, tx, container, made.delta, state.path)
        return draft.uuid

    if tx is not None:
        return await body(tx)
    return await parts.store.transact("register map", body)


async def set_available(
    parts: Parts, uuid: str, available: Available, tx: Tx | None = None
) -> None:
    """See `Objects.set_available`."""
    access.checked_text(uuid)
    now = parts.now()

    async def body(tx: Tx) -> None:
        found = await pages.by_uuid(tx, uuid)
        if found is None:
            raise NoSuchObject
        await versions.set_available(tx, found.listed.version.serial, int(available), now)

    if tx is not None:
        await body(tx)
    else:
        await parts.store.transact("set available", body)


async def taken(tx: Tx, place: Place) -> bool:
    """See `Objects.taken`."""
    container = await nodes.container(tx, place.account, place.container)
    return container is not None and (await look(tx, container, place.name)).version is not None
