"""People by name instead of UUID on the Pithos mount, where a deployment says so (PIT-024)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId, is_uuid
from synnefod.identity.interface import Identity
from synnefod.objects.interface import Account, NoSuchAccount, Object, Sharing
from synnefod.resources.objects.headers import PithosHeaders
from synnefod.resources.objects.paths import Location
from synnefod.resources.objects.pithos.asking import sharing_of

_SHARING, _GROUP = "X-Object-Sharing", "X-Account-Group-"
_ACCOUNTS = ("X-Source-Account", "Destination-Account")


@frozen
class Names:
    """What clients write and read for the people that the store knows by UUID. A UUID is taken,
    too: the catalogue gives clients no other name for their own account."""

    identity: Identity

    async def ids(self, names: Iterable[str]) -> dict[str, str]:
        """The UUIDs of those that are known."""
        asked = {name.lower() for name in names if name and not is_uuid(name)}
        found = await self.identity.users_by_name(sorted(asked)) if asked else {}
        return {name: str(user.id) for name, user in found.items()}

    async def of(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those that are known."""
        asked = sorted({UserId(each) for each in ids if is_uuid(each)})
        found = await self.identity.users_by_id(asked) if asked else {}
        return {str(each): user.name for each, user in found.items()}

    async def place(self, at: Location) -> Location:
        """Raises NoSuchAccount."""
        if not at.account or is_uuid(at.account):
            return at
        known = await self.ids([at.account])
        if at.account not in known:
            raise NoSuchAccount
        return evolve(at, account=known[at.account])

    async def headers(self, given: PithosHeaders) -> PithosHeaders:
        """With UUIDs. Raises Malformed for members that nobody is; an account that nobody has is
        left as it is, for it is none."""
        changes: dict[str, str] = {}
        accounts = {name: (given.get(name) or "").strip() for name in _ACCOUNTS if name in given}
        groups = given.family(_GROUP)
        members = [m for value in groups.values() for m in "".join(value.split()).split(",")]
        sharing = sharing_of(given.value(_SHARING))
        if sharing is not None:
            members += [_person(m) for m in (*sharing.read, *sharing.write)]
        known = await self.ids([*accounts.values(), *members])
        for name, account in accounts.items():
            changes[name] = known.get(account.lower(), account)
        for name, value in groups.items():
            texts = "".join(value.split()).split(",")
            changes[_GROUP + name] = ",".join(_told(known, text) for text in texts)
        if sharing:
            changes[_SHARING] = "; ".join(
                f"{side}={','.join(_told(known, member) for member in members)}"
                for side, members in (("read", sharing.read), ("write", sharing.write))
                if members
            )
        return given.replaced(changes)

    async def object(self, found: Object) -> Object:
        return (await self.objects([found]))[0]

    async def objects(self, found: Sequence[Object]) -> list[Object]:
        """With names for who changed them, who may use them, and whose folder lies above."""
        people = {each.modified_by for each in found}
        for each in found:
            if each.sharing:
                people |= {_person(m) for m in (*each.sharing.read, *each.sharing.write)}
            if each.shared_by:
                people.add(each.shared_by.partition("/")[0])
        known = await self.of(people)
        return [_named(each, known) for each in found]

    async def account(self, account: Account) -> Account:
        """With names for the members of its groups."""
        known = await self.of(m for members in account.groups.values() for m in members)
        groups = {
            group: tuple(known.get(member, member) for member in members)
            for group, members in account.groups.items()
        }
        return evolve(account, groups=groups)


def _person(member: str) -> str:
    """Whom a member of a list names: a person, or whose group it is."""
    return member.partition(":")[0]


def _told(known: dict[str, str], member: str) -> str:
    person, colon, group = member.partition(":")
    if person in ("", "*") or is_uuid(person):
        return member
    if person.lower() not in known:
        raise Malformed(f"There is no user '{person[:64]}'.")
    return f"{known[person.lower()]}{colon}{group}"


def _named(found: Object, known: dict[str, str]) -> Object:
    def named(member: str) -> str:
        person, colon, group = member.partition(":")
        return f"{known.get(person, person)}{colon}{group}"

    sharing, shared_by = found.sharing, found.shared_by
    if sharing:
        sharing = Sharing(tuple(map(named, sharing.read)), tuple(map(named, sharing.write)))
    if shared_by:
        account, slash, rest = shared_by.partition("/")
        shared_by = f"{known.get(account, account)}{slash}{rest}"
    author = known.get(found.modified_by, found.modified_by)
    return evolve(found, modified_by=author, sharing=sharing, shared_by=shared_by)
