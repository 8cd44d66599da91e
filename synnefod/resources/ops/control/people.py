"""What staff do for a person: letters, addresses, ways to sign in (identity.md 2.12, AST-180)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Conflict, Unsupported
from synnefod.identity.interface import UserChanges
from synnefod.identity.interface.life import Life
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
        await self._life().contact(user.id, body.subject, body.text)
        return {"row": {"email": user.email, "sent": True}}

    @route("POST", "/v1/user-change-email", body=Address, auth=False)
    async def change_email(self, call: Call) -> Row:
        """By a link in a letter to the new address; the old one is told."""
        body: Address = call.body
        user = await self.office.person(body.user)
        await self._life().ask_email(user.id, body.email, by_staff=True)
        return {"row": {"email": user.email, "asked": body.email}}

    @route("POST", "/v1/user-set-email", body=Address, auth=False)
    async def set_email(self, call: Call) -> Row:
        """At once, and without a letter: of accounts that nobody uses."""
        body: Address = call.body
        user = await self.office.person(body.user)
        if user.is_active:
            raise Conflict("The address of an active user is changed by a letter.")
        changed = await self.office.house.identity.users.modify(
            user.id, UserChanges(email=body.email)
        )
        return {"row": {"uuid": changed.id, "email": changed.email}}

    @route("POST", "/v1/user-release-shibboleth", body=Person, auth=False)
    async def release(self, call: Call) -> Row:
        user = await self.office.person(call.body.user)
        await self.office.house.identity.methods.release(user.id, "shibboleth")
        return {"row": {"uuid": user.id, "released": True}}

    @route("POST", "/v1/user-enable-local", body=Person, auth=False)
    async def enable_local(self, call: Call) -> Row:
        user = await self.office.person(call.body.user)
        row: Row = {"uuid": user.id, "enabled": True}
        password = await self.office.house.identity.methods.enable_local(user.id)
        return {"row": row | ({"password": password} if password else {})}

    def _life(self) -> Life:
        found = self.office.house.identity.life
        if found is None:
            raise Unsupported("No letters are sent here.")
        return found
