"""Objects changed without data, and deleted (object-storage.md 1.10, 1.12, 1.14)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from synnefod.common.principal import Principal
from synnefod.objects import access, expiry, sharing
from synnefod.objects.commits import Draft, State, charge, commit, merged, with_domains
from synnefod.objects.interface import (
    PITHOS,
    SWIFT,
    NoSuchObject,
    ObjectChange,
    Place,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records.versions import Version
from synnefod.objects.writing import check_conditions, may_write
from synnefod.store.interface import Tx


def same_data(version: Version, author: str, attributes: Mapping[str, Mapping[str, str]]) -> Draft:
    """A next version with the data, type and UUID of `version`."""
    return Draft(
        author=author,
        uuid=version.uuid,
        size=version.size,
        content_type=version.content_type,
        hash=version.hash,
        checksum=version.checksum,
        map=version.map,
        new_map=False,
        available=version.available,
        is_snapshot=version.is_snapshot,
        attributes=attributes,
    )


async def update(
    parts: Parts, principal: Principal, place: Place, change: ObjectChange
) -> int | None:
    """See `Objects.update_object`."""
    access.checked(place.account, place.container, place.name)
    if change.settings is not None:
        change = evolve(change, settings=expiry.settled(change.settings, parts.now()))
    wanted = None if change.sharing is None else access.checked_sharing(change.sharing)
    owner = wanted is not None or change.public is not None
    now = parts.now()

    async def body(tx: Tx) -> int | None:
        state = await may_write(parts, tx, principal, place, lock=True, owner=owner)
        check_conditions(state, change.conditions)
        if state.version is None:
            raise NoSuchObject
        await sharing.apply(parts, tx, state.container, place.name, wanted, change.public)
        domains = _domains(state, change)
        version = state.version
        if not domains and change.content_type in (None, version.content_type):
            return None
        draft = same_data(version, principal.user, with_domains(state.attributes, domains))
        if change.content_type is not None:
            draft = evolve(draft, content_type=change.content_type)
        made = await commit(tx, state, draft, parts.settings, now)
        await charge(parts, tx, state.container, made.delta, state.path)
        return made.serial

    return await parts.store.transact("update object", body)


def _domains(state: State, change: ObjectChange) -> dict[str, Mapping[str, str]]:
    domains: dict[str, Mapping[str, str]] = {}
    for domain, given in ((PITHOS, change.metadata), (SWIFT, change.settings)):
        if given is not None:
            domains[domain] = merged(
                state.attributes.get(domain, {}),
                given,
                replace=change.replace,
                most=change.max_metadata,
            )
    return domains


async def update_domain(
    parts: Parts,
    principal: Principal,
    place: Place,
    domain: str,
    properties: Mapping[str, str],
    replace: bool = False,
) -> int:
    """See `Objects.update_domain`."""
    access.checked(place.account, place.container, place.name)
    now = parts.now()

    async def body(tx: Tx) -> int:
        state = await may_write(parts, tx, principal, place, lock=True)
        if state.version is None:
            raise NoSuchObject
        old = {} if replace else dict(state.attributes.get(domain, {}))
        after = {**old, **properties}
        kept = {key: value for key, value in after.items() if value}
        attributes = with_domains(state.attributes, {domain: kept})
        draft = same_data(state.version, principal.user, attributes)
        made = await commit(tx, state, draft, parts.settings, now)
        await charge(parts, tx, state.container, made.delta, state.path)
        return made.serial

    return await parts.store.transact("update domain", body)
