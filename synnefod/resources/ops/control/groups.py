"""Groups, terms of use, letters of verification, statistics of people (identity.md 2.13)."""

from __future__ import annotations

from attrs import frozen

from synnefod.resources.door import Call, route
from synnefod.resources.identity.figures import ALL, PeopleFigures
from synnefod.resources.ops.control.office import Body, Nothing, Office, Row


class Named(Body):
    name: str


class Terms(Body):
    """`location`: where the text was read from."""

    location: str
    text: str


class Person(Body):
    user: str


@frozen
class GroupVerbs:
    """group-add, group-list, term-add, user-activation-send, stats-astakos, cleanup-full."""

    office: Office

    @route("POST", "/v1/group-add", body=Named, auth=False)
    async def add(self, call: Call) -> Row:
        group = await self.office.house.identity.administration.add_group(call.body.name)
        return {"row": {"id": group.number, "name": group.name, "users_count": group.users}}

    @route("POST", "/v1/group-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        groups = await self.office.house.identity.administration.groups()
        return {
            "rows": [
                {"id": each.number, "name": each.name, "users_count": each.users} for each in groups
            ]
        }

    @route("POST", "/v1/term-add", body=Terms, auth=False)
    async def terms(self, call: Call) -> Row:
        """Everybody must accept them before their tokens work again (AST-132)."""
        body: Terms = call.body
        people = self.office.house.identity.administration
        return {"row": {"id": await people.add_terms(body.location, body.text)}}

    @route("POST", "/v1/user-activation-send", body=Person, auth=False)
    async def activation(self, call: Call) -> Row:
        user = await self.office.person(call.body.user)
        await self.office.house.identity.administration.ask_verification(user.id)
        return {"row": {"email": user.email, "sent": True}}

    @route("POST", "/v1/stats-astakos", body=Nothing, auth=False, change=False)
    async def statistics(self, call: Call) -> Row:
        """People by provider; limits and usage of each resource, over all projects and of the
        people of one provider alone."""
        house = self.office.house
        figures = PeopleFigures(house.identity.administration, house.projects, house.resources)
        found = await figures.detailed()
        users = found["users"]
        return {
            "row": users[ALL],
            "tables": {
                "providers": [{"provider": name, **users[name]} for name in found["providers"]],
                "resources": [
                    {"provider": provider, "resource": name, **sums}
                    for provider, resources in found["resources"].items()
                    for name, sums in sorted(resources.items())
                ],
            },
        }

    @route("POST", "/v1/cleanup-full", body=Nothing, auth=False)
    async def cleanup(self, call: Call) -> Row:
        """Expired tokens go; the daemon does the same by itself every hour."""
        return {"row": {"tokens": await self.office.house.identity.tokens.sweep()}}
