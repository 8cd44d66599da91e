"""Copies and moves: a new map or the same one, never a byte (object-storage.md 1.9)."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from synnefod.common.ids import new_uuid
from synnefod.common.principal import Principal
from synnefod.objects import access, expiry, policies, sharing
from synnefod.objects.commits import (
    Draft,
    State,
    bury,
    check_room,
    commit,
    look,
    merged,
    pay,
    with_domains,
)
from synnefod.objects.interface import (
    PITHOS,
    SWIFT,
    Access,
    Available,
    Copying,
    NoSuchContainer,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    Place,
    Written,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, permissions, versions
from synnefod.objects.records.nodes import ContainerNode
from synnefod.objects.records.versions import Version
from synnefod.objects.trees import names_below, prefix_below
from synnefod.objects.writing import check_conditions
from synnefod.store.interface import Tx


@frozen
class _Pair:
    """Source and destination under their containers' locks; `version` is what is copied."""

    source: State
    destination: State
    version: Version

    @property
    def same(self) -> bool:
        return self.source.path == self.destination.path


async def transfer(
    parts: Parts,
    principal: Principal,
    source: Place,
    destination: Place,
    copying: Copying,
    *,
    moving: bool,
) -> Written:
    """See `Objects.copy` and `Objects.move`."""
    for place in (source, destination):
        access.checked(place.account, place.container, place.name)
    copying = evolve(copying, settings=expiry.settled(copying.settings, parts.now()))
    wanted = None if copying.sharing is None else access.checked_sharing(copying.sharing)
    now = parts.now()

    async def body(tx: Tx) -> Written:
        pair = await _look(parts, tx, principal, source, destination, copying, moving=moving)
        if wanted is not None or copying.public is not None:
            access.require_owner(principal, destination.account)
        journey = _Journey(parts, tx, principal, moving, now)
        if not copying.delimiter:
            written = await journey.take(pair, copying)
        else:
            written = await _tree(journey, pair, copying)
        container = pair.destination.container
        await sharing.apply(parts, tx, container, destination.name, wanted, copying.public)
        await journey.pay(pair)
        return written

    return await parts.store.transact("move object" if moving else "copy object", body)


@define
class _Journey:
    """One transaction of copies or moves from one container to another."""

    parts: Parts
    tx: Tx
    principal: Principal
    moving: bool
    now: int
    _added: list[tuple[str, int]] = field(factory=list, init=False)
    _freed: int = field(default=0, init=False)

    async def take(self, pair: _Pair, copying: Copying) -> Written:
        """Copies or moves one object."""
        draft = await _draft(self.parts, self.tx, self.principal, pair, copying, moving=self.moving)
        settings = self.parts.settings
        made = await commit(self.tx, pair.destination, draft, settings, self.now)
        self._added.append((pair.destination.path, made.delta))
        if self.moving and not pair.same:
            gone = await bury(self.tx, pair.source, self.principal.user, settings, self.now)
            self._freed += gone.delta
        return Written(
            serial=made.serial,
            uuid=draft.uuid,
            hash=draft.hash,
            checksum=draft.checksum,
            size=draft.size,
            modified=made.mtime,
            created=pair.destination.version is None,
        )

    async def pay(self, pair: _Pair) -> None:
        """Copies: a commission each. Moves: one net commission for one payer, else those of the
        destination, then the source's (PIT-226)."""
        parts, tx = self.parts, self.tx
        source, destination = pair.source.container, pair.destination.container
        added = sum(delta for _, delta in self._added)
        if added + (self._freed if source.id == destination.id else 0) > 0:
            await check_room(parts, tx, destination)
        if self.moving and _payer(parts, pair.source) == _payer(parts, pair.destination):
            await pay(parts, tx, destination, added + self._freed, pair.destination.path)
            return
        for path, delta in self._added:
            await pay(parts, tx, destination, delta, path)
        await pay(parts, tx, source, self._freed, pair.source.path)


async def _tree(journey: _Journey, pair: _Pair, copying: Copying) -> Written:
    """The object and everything below it, as it was before the first of them was written.

    Note [In which order]. A new name may be that of an object that is itself still to be taken,
    when one side lies inside the other. It is then longer (or shorter) than the old one by the
    same number of letters for all: taking the longest (or shortest) names first, each object is
    taken before its name is written to (PIT-165).
    """
    tx, principal = journey.tx, journey.principal
    source, destination = pair.source, pair.destination
    prefix = prefix_below(source.name, copying.delimiter)
    below = [n for n in await names_below(tx, source.container, prefix) if n != source.name]
    longer = len(destination.name) > len(source.name)
    written = None
    for name in sorted([source.name, *below], key=len, reverse=longer):
        if name == source.name:
            target = await look(tx, destination.container, destination.name)
            first = evolve(pair, destination=target)
            if copying.version is None:
                first = evolve(first, source=await look(tx, source.container, name))
            written = await journey.take(first, copying)
            continue
        renamed = destination.name + name[len(source.name) :]
        access.checked(destination.container.account, destination.container.name, renamed)
        await _may_take(tx, principal, pair, name, renamed)
        found = await look(tx, source.container, name)
        assert found.version is not None
        target = await look(tx, destination.container, renamed)
        if target.version is not None and target.version.is_snapshot and name != renamed:
            raise NotAllowed("A snapshot cannot be written over.")
        await journey.take(_Pair(found, target, found.version), Copying())
    assert written is not None
    return written


async def _may_take(tx: Tx, principal: Principal, pair: _Pair, name: str, renamed: str) -> None:
    """Nearer sharing may forbid, on either side, what the folder's allows."""
    if not access.owns(principal, pair.source.container.account):
        granted = await access.grant(tx, principal, pair.source.container, name)
        granted.require(Access.READ)
    if not access.owns(principal, pair.destination.container.account):
        granted = await access.grant(tx, principal, pair.destination.container, renamed)
        granted.require(Access.WRITE)


async def _look(
    parts: Parts,
    tx: Tx,
    principal: Principal,
    source: Place,
    destination: Place,
    copying: Copying,
    *,
    moving: bool,
) -> _Pair:
    """Locks, in the order of the containers' paths (PIT-166), and asks whether it may be."""
    if moving:
        access.require_owner(principal, source.account)
    places = {(place.account, place.container) for place in (source, destination)}
    locked: dict[tuple[str, str], ContainerNode | None] = {}
    for key in sorted(places, key=lambda key: f"{key[0]}/{key[1]}"):
        locked[key] = await nodes.container(tx, *key, lock=True)
    from_container = locked[source.account, source.container]
    to_container = locked[destination.account, destination.container]
    if from_container is None:
        raise NoSuchContainer if access.owns(principal, source.account) else NotAllowed
    if not moving:
        await _may_copy(tx, principal, from_container, source)
    if to_container is None:
        raise NoSuchContainer
    granted = await access.grant(tx, principal, to_container, destination.name)
    granted.require(Access.WRITE)
    state = await expiry.present(parts, tx, from_container, source.name, lock=False)
    version = state.version
    if copying.version is not None and not moving:
        node = state.node
        version = None if node is None else await versions.of_node(tx, node.id, copying.version)
        if version is None:
            raise NoSuchVersion
    if version is None:
        raise NoSuchObject
    target = await expiry.present(parts, tx, to_container, destination.name, lock=True)
    checked = target
    if not copying.conditions_on_destination:
        checked = State(from_container, source.name, state.node, version)
    check_conditions(checked, copying.conditions)
    if target.version is not None and target.version.is_snapshot and target.path != state.path:
        raise NotAllowed("A snapshot cannot be written over.")
    return _Pair(state, target, version)


async def _may_copy(tx: Tx, principal: Principal, container: ContainerNode, source: Place) -> None:
    """Whoever may read, and anybody who is somebody if it is published (PIT-163)."""
    granted = await access.grant(tx, principal, container, source.name)
    if granted.allowed is not None:
        return
    node = await nodes.find(tx, container.id, source.name)
    if (
        not principal.user
        or node is None
        or not await permissions.tokens(tx, container.id, [node.id])
    ):
        raise NotAllowed


async def _draft(
    parts: Parts,
    tx: Tx,
    principal: Principal,
    pair: _Pair,
    copying: Copying,
    *,
    moving: bool,
) -> Draft:
    version = pair.version
    if not moving and version.is_snapshot and version.available != Available.YES:
        raise NotAllowed("The data of this snapshot is not available yet.")
    old = await versions.attributes(tx, version.serial)
    domains = {
        domain: merged(
            {} if copying.fresh else old.get(domain, {}),
            given,
            replace=False,
            most=copying.max_metadata,
        )
        for domain, given in ((PITHOS, copying.metadata), (SWIFT, copying.settings))
    }
    map, new_map = version.map, False
    if moving:
        new_map = _payer(parts, pair.source) != _payer(parts, pair.destination)
    elif not pair.same and map is not None:
        map, new_map = await versions.copy_map(tx, map), True
    if pair.same and pair.destination.version is not None:
        uuid = pair.destination.version.uuid
    else:
        uuid = version.uuid if moving else new_uuid()
    return Draft(
        author=principal.user,
        uuid=uuid,
        size=version.size,
        content_type=version.content_type if copying.content_type is None else copying.content_type,
        hash=version.hash,
        checksum=version.checksum,
        map=map,
        new_map=new_map,
        available=version.available,
        is_snapshot=version.is_snapshot,
        attributes=with_domains(old, domains),
    )


def _payer(parts: Parts, state: State) -> tuple[str, str]:
    container = state.container
    policy = policies.effective(container.policies, container.account, parts.settings)
    return container.account, policy.project
