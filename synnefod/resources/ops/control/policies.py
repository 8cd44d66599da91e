"""Profiles of authentication policies (identity.md 2.10, 2.13)."""

from __future__ import annotations

from attrs import frozen

from synnefod.identity.interface.methods import Policies, PolicyProfile
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Number, Office, Row


class Named(Body):
    name: str


class Add(Body):
    """`update`: change the profile of this name; `unset` then names policies to take out."""

    name: str
    provider: str
    update: bool = False
    exclusive: bool | None = None
    policies: dict[str, bool | Number] = {}
    unset: list[str] = []


class Assign(Body):
    """Groups by number or name, people as everywhere."""

    name: str
    groups: list[str] = []
    users: list[str] = []


@frozen
class PolicyVerbs:
    """authpolicy-add, -list, -remove, -set, -show."""

    office: Office

    @route("POST", "/v1/authpolicy-add", body=Add, auth=False)
    async def add(self, call: Call) -> Row:
        body: Add = call.body
        desk = self._desk()
        if body.update:
            policies = {**body.policies, **dict.fromkeys(body.unset)}
            made = await desk.change(
                body.name, body.provider, exclusive=body.exclusive, policies=policies
            )
            return {"row": await self._row(made)}
        wanted = PolicyProfile(
            0, body.name, body.provider, bool(body.exclusive), policies=body.policies
        )
        return {"row": await self._row(await desk.add(wanted))}

    @route("POST", "/v1/authpolicy-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [await self._row(each) for each in await self._desk().listing()]}

    @route("POST", "/v1/authpolicy-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        found = await self._desk().show(call.body.name)
        row = await self._row(found) | {"priority": found.priority, "active": found.active}
        return {"row": row | {f"policy_{name}": value for name, value in found.policies.items()}}

    @route("POST", "/v1/authpolicy-set", body=Assign, auth=False)
    async def assign(self, call: Call) -> Row:
        """In place of all assignments; people and groups themselves stay (AST-191)."""
        body: Assign = call.body
        users = [(await self.office.person(each)).id for each in body.users]
        groups = [int(each) if _is_number(each) else each for each in body.groups]
        return {"row": await self._row(await self._desk().assign(body.name, users, groups))}

    @route("POST", "/v1/authpolicy-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        await self._desk().remove(call.body.name)
        return {"row": {"name": call.body.name, "removed": True}}

    def _desk(self) -> Policies:
        return self.office.house.identity.policies

    async def _row(self, profile: PolicyProfile) -> Row:
        emails = await self.office.emails(profile.users)
        return {
            "id": profile.number,
            "name": profile.name,
            "provider": profile.provider,
            "exclusive": profile.exclusive,
            "groups": ", ".join(profile.groups),
            "users": ", ".join(emails[each] for each in profile.users if each in emails),
        }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19
