"""Accounts (identity.md 2.13)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from attrs import frozen

from synnefod.common.ids import ProjectId
from synnefod.identity.interface import NewUser, User, UserChanges
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Mails, Nothing, Number, Office, Row, when
from synnefod.resources.ops.control.quota import member_rows


class Add(Body):
    """`password` None: one is made and told, this once. `accept`: verified, accepted and active at
    once; otherwise the account waits for both (AST-184)."""

    email: str
    first: str
    last: str
    password: str | None = None
    admin: bool = False
    groups: list[str] = []
    permissions: list[str] = []
    accept: bool = False


class Listing(Mails):
    """`groups`: members of any of them."""

    groups: list[str] = []
    active: bool = False
    pending_moderation: bool = False
    pending_verification: bool = False


class Show(Body):
    user: str
    quota: bool = False
    projects: bool = False


class Modify(Body):
    """What is None or False is left alone. `renew_password`: one is made and told."""

    user: str
    email: str | None = None
    password: str | None = None
    renew_password: bool = False
    admin: bool | None = None
    reject: str | None = None
    verify: bool = False
    accept: bool = False
    active: bool | None = None
    reason: str = ""
    default_project: str | None = None
    add_groups: list[str] = []
    remove_groups: list[str] = []
    add_permissions: list[str] = []
    remove_permissions: list[str] = []
    renew_token: bool = False
    sign_terms: bool = False
    invitations: Number | None = None
    level: Number | None = None


class From(Body):
    """`url` may hold a password: it is said nowhere."""

    url: str


class Delete(Body):
    user: str


@frozen
class UserVerbs:
    """user-add, user-list, user-show, user-modify, fix-superusers."""

    office: Office

    @route("POST", "/v1/user-add", body=Add, auth=False)
    async def add(self, call: Call) -> Row:
        body: Add = call.body
        password = body.password or secrets.token_urlsafe(12)
        new = NewUser(body.email, body.first, body.last, password, body.admin)
        user = await self.office.house.identity.users.create(new, accept=body.accept)
        if body.groups:
            await self.office.house.identity.administration.set_groups(user.id, body.groups, ())
        await self._permit(user, body.permissions, ())
        row: Row = {"uuid": user.id, "email": user.email}
        if body.password is None:
            row["password"] = password
        return {"row": row}

    @route("POST", "/v1/user-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        users = await self.office.house.identity.users.listing(active=True if body.active else None)
        if body.pending_verification:
            users = [user for user in users if not user.email_verified]
        if body.pending_moderation:
            users = [user for user in users if user.email_verified and not user.moderated]
        people = self.office.house.identity.administration
        if body.groups:
            members = set().union(*[await people.members(name) for name in body.groups])
            users = [user for user in users if user.id in members]
        providers = await people.providers()
        rows = [
            listed(user) | {"providers": ", ".join(providers.get(user.id, ()))} for user in users
        ]
        return {"rows": rows}

    @route("POST", "/v1/user-show", body=Show, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        body: Show = call.body
        user = await self.office.person(body.user)
        answer: Row = {"row": await self._shown(user)}
        tables: Row = {}
        if body.projects:
            standings = await self.office.house.identity.tokens.standings(user.id)
            tables["projects"] = [
                {"id": each.id, "name": each.name, "roles": ", ".join(each.roles)}
                for each in standings
            ]
        if body.quota:
            found = await self.office.house.projects.quotas(users=[user.id])
            tables["quota"] = member_rows(found)
        return answer | {"tables": tables}

    @route("POST", "/v1/user-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        user = await self.office.person(body.user)
        password = secrets.token_urlsafe(12) if body.renew_password else body.password
        project = body.default_project
        changes = UserChanges(
            email=body.email,
            password=password,
            is_admin=body.admin,
            reject=body.reject,
            verify=body.verify,
            accept=body.accept,
            active=body.active,
            reason=body.reason,
            default_project=None if project is None else ProjectId(project),
            invitations=body.invitations,
            level=body.level,
        )
        people = self.office.house.identity.administration
        if body.add_groups or body.remove_groups:
            await people.set_groups(user.id, body.add_groups, body.remove_groups)
        await self._permit(user, body.add_permissions, body.remove_permissions)
        row = listed(await self.office.house.identity.users.modify(user.id, changes))
        if body.sign_terms:
            await people.sign_terms(user.id)
        if body.renew_token:
            row["token"] = await people.renew_token(user.id)
        if body.renew_password:
            row["password"] = password
        return {"row": row}

    @route("POST", "/v1/user-delete", body=Delete, auth=False)
    async def delete(self, call: Call) -> Row:
        """`user-modify --delete`: an account that was never accepted."""
        user = await self.office.person(call.body.user)
        await self.office.house.identity.users.remove(user.id)
        return {"row": {"uuid": user.id, "deleted": True}}

    @route("POST", "/v1/fix-superusers", body=Nothing, auth=False)
    async def complete(self, call: Call) -> Row:
        found = await self.office.house.identity.rights.complete_superusers()
        return {"rows": [listed(user) for user in found]}

    @route("POST", "/v1/import-astakos", body=From, auth=False)
    async def take_over(self, call: Call) -> Row:
        return {"row": await self.office.house.intake.take(call.body.url)}

    async def _permit(self, user: User, add: Sequence[str], remove: Sequence[str]) -> None:
        if add or remove:
            await self.office.house.identity.rights.change_permissions(user.id, add, remove)

    async def _shown(self, user: User) -> Row:
        return {
            "id": user.number,
            "uuid": user.id,
            "status": standing_of(user),
            "email": user.email,
            "first name": user.first_name,
            "last name": user.last_name,
            "admin": user.is_admin,
            "last login": when(user.last_login),
            "date joined": when(user.created),
            "groups": ", ".join(await self.office.house.identity.users.groups(user.id)),
            "permissions": ", ".join(await self.office.house.identity.rights.permissions(user.id)),
            "email_verified": user.email_verified,
            "moderated": user.moderated,
            "rejected": user.is_rejected,
            "active": user.is_active,
            "username": user.name,
            "default_project": user.default_project,
        }


def listed(user: User) -> Row:
    """The columns of user-list."""
    return {
        "id": user.number,
        "displayname": user.name,
        "realname": user.real_name,
        "uuid": user.id,
        "active": user.is_active,
        "admin": user.is_admin,
        "verified": user.email_verified,
        "moderated": user.moderated,
        "last_login": when(user.last_login),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "rejected": user.is_rejected,
        "status": standing_of(user),
    }


def standing_of(user: User) -> str:
    """One word for where an account stands between registration and use."""
    if user.is_rejected:
        return "rejected"
    if not user.email_verified:
        return "pending verification"
    if not user.moderated:
        return "pending moderation"
    return "active" if user.is_active else "inactive"
