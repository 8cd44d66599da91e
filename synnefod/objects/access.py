"""Who may do what: owners, sharing, groups, inherited through directory objects (PIT-208 on)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.principal import Principal
from synnefod.objects import acls
from synnefod.objects.interface import (
    Access,
    Asker,
    NoSuchContainer,
    NotAllowed,
    Place,
    Sharing,
)
from synnefod.objects.records import facts, nodes, permissions
from synnefod.objects.records.facts import PlaceFacts
from synnefod.objects.records.nodes import ContainerNode
from synnefod.objects.records.permissions import Entry
from synnefod.objects.walking import Shown, Visible, ancestors, is_directory
from synnefod.store.interface import Tx

_MEMBER = 256


@frozen
class Grant:
    """What the asker may do with a name, and the sharing that says so.

    `shared_by` is the path of the directory object above that the sharing is of. `listed` is
    what the container's access lists give (5.7), where writing does not include reading.
    """

    shared: Access | None
    sharing: Sharing | None = None
    shared_by: str | None = None
    listed: frozenset[str] = frozenset()

    @property
    def allowed(self) -> Access | None:
        """The most that the asker may do; None for one who may not read."""
        if self.shared in (Access.OWNER, Access.WRITE) or acls.READ not in self.listed:
            return self.shared
        return Access.WRITE if acls.WRITE in self.listed else Access.READ

    @property
    def deletes(self) -> bool:
        """Sharing never lets others delete (PIT-197), an access list does (5.7)."""
        return self.shared is Access.OWNER or acls.WRITE in self.listed

    def require(self, access: Access) -> None:
        """Raises NotAllowed unless `access` is included."""
        order = (Access.READ, Access.WRITE, Access.OWNER)
        if access is Access.WRITE and acls.WRITE in self.listed:
            return
        if self.allowed is None or order.index(self.allowed) < order.index(access):
            raise NotAllowed


def owns(principal: Principal, account: str) -> bool:
    return principal.user == account and principal.user != ""


def require_owner(principal: Principal, account: str) -> None:
    if not owns(principal, account):
        raise NotAllowed


async def grantees(tx: Tx, principal: Principal) -> frozenset[str]:
    """The names under which something may be shared with the asker, as of now (PIT-214)."""
    if not principal.user:
        return frozenset()
    return frozenset([principal.user, "*", *await permissions.groups_with(tx, principal.user)])


def allows(sharing: Sharing, names: frozenset[str]) -> Access | None:
    if names.intersection(sharing.write):
        return Access.WRITE
    return Access.READ if names.intersection(sharing.read) else None


async def enter(
    tx: Tx, principal: Principal, account: str, container: str, *, lock: bool = False
) -> ContainerNode:
    """The container; somebody else's that is not there is NotAllowed (6.1 row 2)."""
    checked(account, container)
    _bounded(principal, account, container)
    return _entered(principal, account, await nodes.container(tx, account, container, lock=lock))


def _bounded(principal: Principal, account: str, container: str) -> None:
    if isinstance(principal, Asker) and (
        principal.within not in (None, container) or principal.confined not in (None, account)
    ):
        raise NotAllowed


def _entered(principal: Principal, account: str, found: ContainerNode | None) -> ContainerNode:
    if found is None:
        raise NoSuchContainer if owns(principal, account) else NotAllowed
    return found


async def reach(
    tx: Tx, principal: Principal, place: Place, *, lock: bool = False
) -> tuple[ContainerNode, Grant, PlaceFacts]:
    """`enter` and `grant` in one, with all that there is of the object."""
    checked(place.account, place.container)
    _bounded(principal, place.account, place.container)
    if lock:
        await nodes.lock(tx, place.account, place.container)
    names = [place.name, *ancestors(place.name)]
    known = await facts.of_place(tx, place.account, place.container, place.name, names)
    container = _entered(principal, place.account, known.container)
    return container, await grant(tx, principal, container, place.name, known.entries), known


async def grant(
    tx: Tx,
    principal: Principal,
    container: ContainerNode,
    name: str,
    known: Sequence[Entry] | None = None,
) -> Grant:
    """What the asker may do with `name`, whether or not there is such an object. `known` is the
    sharing of `name` and its `ancestors`, where it has been read."""
    above = ancestors(name)
    if known is None:
        known = await permissions.entries(tx, container.id, [name, *above])
    owner = owns(principal, container.account)
    found = _above(container.path, name, known)
    if owner:
        return found
    lists = await nodes.lists(tx, container.id)
    names = await grantees(tx, principal) if found.sharing is not None else frozenset()
    return _strangers(found, lists, principal, container.account, names)


@frozen
class Spot:
    """A name in a container, which has a number and a path."""

    account: str
    container: int
    path: str
    name: str


async def grants(tx: Tx, principal: Principal | None, spots: Sequence[Spot]) -> list[Grant]:
    """What the asker may do with each, in as many statements as with one. None is the owner."""
    wanted: dict[int, set[str]] = {}
    for spot in spots:
        wanted.setdefault(spot.container, set()).update((spot.name, *ancestors(spot.name)))
    known = await permissions.entries_in(tx, wanted) if spots else {}
    found = [_above(spot.path, spot.name, known.get(spot.container, ())) for spot in spots]
    strange = {
        spot.container
        for spot in spots
        if principal is not None and not owns(principal, spot.account)
    }
    if principal is None or not strange:
        return found
    lists = await nodes.lists_of(tx, sorted(strange))
    names = await grantees(tx, principal)
    return [
        _strangers(each, lists.get(spot.container, {}), principal, spot.account, names)
        if spot.container in strange
        else each
        for spot, each in zip(spots, found, strict=True)
    ]


def _above(path: str, name: str, known: Sequence[Entry]) -> Grant:
    """The owner's grant, with the sharing that holds for a name of the container at `path`."""
    nearest = _nearest({entry.name: entry for entry in known}, name, ancestors(name))
    if nearest is None:
        return Grant(Access.OWNER)
    shared_by = None if nearest.name == name else f"{path}/{nearest.name}"
    return Grant(Access.OWNER, nearest.sharing, shared_by)


def _strangers(
    owners: Grant,
    lists: Mapping[str, str],
    principal: Principal,
    account: str,
    names: frozenset[str],
) -> Grant:
    """What is left of the owner's grant for somebody else."""
    listed = acls.granted(lists, principal, account)
    shared = None if owners.sharing is None else allows(owners.sharing, names)
    return Grant(shared, owners.sharing, owners.shared_by, listed)


async def may_list(tx: Tx, principal: Principal, container: ContainerNode) -> bool:
    """Whether an access list of the container lets the asker list all of it (5.7)."""
    lists = await nodes.lists(tx, container.id)
    return "list" in acls.granted(lists, principal, container.account)


async def may_read(tx: Tx, principal: Principal, container: ContainerNode) -> bool:
    """Whether an access list of the container lets the asker read all objects in it (5.7)."""
    lists = await nodes.lists(tx, container.id)
    return acls.READ in acls.granted(lists, principal, container.account)


def _nearest(entries: dict[str, Entry], name: str, above: Sequence[str]) -> Entry | None:
    if name in entries:
        return entries[name]
    for place in above:
        entry = entries.get(place)
        if entry is not None and is_directory(entry.content_type):
            return entry
    return None


async def visible(
    tx: Tx, principal: Principal, container: ContainerNode, *, shared: bool, public: bool
) -> Visible | None:
    """The filter of a listing; None for who may see everything and asks for it."""
    owner = owns(principal, container.account)
    if public and not owner:
        raise NotAllowed
    if not shared and not public and (owner or await may_list(tx, principal, container)):
        return None
    shown: dict[str, Shown] = {}
    if public:
        for name in await permissions.public_names(tx, container.id):
            shown[name] = Shown(name, Access.OWNER, False)
    if shared or not owner:
        names = frozenset() if owner else await grantees(tx, principal)
        for entry in await permissions.entries(tx, container.id):
            access = Access.OWNER if owner else allows(entry.sharing, names)
            shown[entry.name] = Shown(entry.name, access, is_directory(entry.content_type))
    return Visible(shown.values())


def checked_sharing(sharing: Sharing) -> Sharing:
    """Lower-cased, each once, `*` alone, nobody in both lists (PIT-208, PIT-209)."""

    def clean(members: Sequence[str]) -> tuple[str, ...]:
        lowered = tuple(dict.fromkeys(member.lower() for member in members))
        for member in lowered:
            if not member or len(member) > _MEMBER or "\0" in member:
                raise Malformed("Bad member in the sharing of an object.")
        return ("*",) if "*" in lowered else lowered

    write = clean(sharing.write)
    return Sharing(tuple(m for m in clean(sharing.read) if m not in write), write)


def checked(account: str, container: str, name: str | None = None) -> None:
    """Raises Malformed for names that can be nobody's (6.1 rows 4 to 8)."""
    if len(container) > 256:
        raise Malformed("Container name too large")
    if not container or "/" in container:
        raise Malformed("Bad container name")
    if name is not None and len(name) > 1024:
        raise Malformed("Object name too large.")
    if name == "":
        raise Malformed("Bad object name")
    for text in (account, container, name or ""):
        checked_text(text)


def checked_text(text: str) -> None:
    """Raises Malformed for text that no database keeps."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raw = b"\0"
    if b"\0" in raw:
        raise Malformed("A name holds a character that is not allowed.")
