"""What staff do for a person: letters, addresses, ways to sign in (identity.md 2.12, AST-180)."""

from __future__ import annotations

from attrs import frozen

from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Office, Row


class Person(Body):
    user: str


class Contact(Person):
    subject: str
    text: str


class Address(Person):
    email: str


@frozen
class PeopleVerbs:
    """user-contact, user-change-email, user-set-email, user-release-shibboleth,
    user-enable-local."""

    office: Office

    @route("POST", "/v1/user-contact", body=Contact, auth=False)
    async def contact(self, call: Call) -> Row:
        body: Contact = call.body
        user = await self.office.person(body.user)
        await self.office.house.identity.staff.contact(user.id, body.subject, body.text)
        return {"row": {"email": user.email, "sent": True}}

    @route("POST", "/v1/user-change-email", body=Address, auth=False)
    async def change_email(self, call: Call) -> Row:
        """By a link in a letter to the new address; the old one is told."""
        body: Address = call.body
        user = await self.office.person(body.user)
        await self.office.house.identity.staff.ask_email(user.id, body.email)
        return {"row": {"email": user.email, "asked": body.email}}

    @route("POST", "/v1/user-set-email", body=Address, auth=False)
    async def set_email(self, call: Call) -> Row:
        """At once, and without a letter: of accounts that nobody uses."""
        body: Address = call.body
        user = await self.office.person(body.user)
        await self.office.house.identity.staff.set_email(user.id, body.email)
        return {"row": {"uuid": user.id, "email": body.email}}

    @route("POST", "/v1/user-release-shibboleth", body=Person, auth=False)
    async def release(self, call: Call) -> Row:
        user = await self.office.person(call.body.user)
        await self.office.house.identity.staff.release(user.id, "shibboleth")
        return {"row": {"uuid": user.id, "released": True}}

    @route("POST", "/v1/user-enable-local", body=Person, auth=False)
    async def enable_local(self, call: Call) -> Row:
        user = await self.office.person(call.body.user)
        row: Row = {"uuid": user.id, "enabled": True}
        password = await self.office.house.identity.staff.enable_password(user.id)
        return {"row": row | ({"password": password} if password else {})}
