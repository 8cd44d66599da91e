"""The administrator's desk below the door, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.errors import AlreadyExists, Conflict, Malformed, NotFound, Unauthenticated
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface import NewUser
from synnefod.identity.interface.administration import ServiceImport
from synnefod.projects.interface import ProjectChanges
from tests.harness.cloud import NOW, PASSWORD, assemble
from tests.harness.database import OnPostgres, OnSqlite

SHOP = ServiceImport(
    "shop",
    "shop_api",
    "shop",
    ({"publicURL": "https://shop.example.org", "versionId": "v1"}, {"publicURL": "https://b"}),
    ({"name": "shop.orders", "service_origin": "shop_api"},),
)


class AdministrationSuite:
    """What the desk promises, whatever the engine."""

    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.cloud = assemble(self.store, self.clock, InlineThreads())
        self.identity = self.cloud.identity
        self.desk = self.identity.administration
        await self.cloud.first_start.prepare()
        new = NewUser("ada@example.org", "Ada", "Byron", PASSWORD)
        self.ada = await self.identity.users.create(new, accept=True)

    def refused(self, work: Any, kind: type[Exception]) -> Any:
        return self.assertFailure(ensureDeferred(work), kind)

    async def test_groups_are_all_or_none(self) -> None:
        """AST-139, AST-189: a wish that names an unknown group changes nothing."""
        await self.desk.add_group("one")
        await self.refused(self.desk.add_group("one"), AlreadyExists)
        await self.refused(self.desk.add_group(" "), Malformed)
        await self.refused(self.desk.set_groups(self.ada.id, ["one", "two"], []), NotFound)
        self.assertEqual(await self.identity.users.groups(self.ada.id), ())
        for _ in range(2):
            await self.desk.set_groups(self.ada.id, ["one"], [])
        self.assertEqual(await self.desk.members("one"), {self.ada.id})
        await self.refused(self.desk.members("two"), NotFound)

    async def test_profiles_hold_groups_ways_to_sign_in_and_the_last_token(self) -> None:
        """AST-177"""
        await self.desk.add_group("one")
        await self.desk.set_groups(self.ada.id, ["one"], [])
        (found,) = await self.desk.profiles(self.ada.id)
        self.assertEqual((found.groups, found.token_expires), (("one",), None))
        self.assertEqual([each["module"] for each in found.methods], ["local"])
        _, expires = await self.identity.tokens.issue_api(self.ada.id)
        everybody = {each.user.id: each for each in await self.desk.profiles(None)}
        self.assertEqual(everybody[self.ada.id].token_expires, expires)
        self.assertIn(self.ada.id, (await self.desk.exclusive_users())["local"])

    async def test_tokens_end_by_owner_and_by_prefix(self) -> None:
        """AST-207, AST-134"""
        tokens = [(await self.identity.tokens.issue_api(self.ada.id))[0] for _ in range(3)]
        rows = await self.desk.tokens(self.ada.id)
        self.assertEqual(len({row.prefix for row in rows}), 3)
        self.assertEqual(await self.desk.revoke_tokens(None, rows[0].prefix), 1)
        await self.refused(self.desk.revoke_tokens(None, None), Malformed)
        await self.refused(self.desk.revoke_tokens(None, "%"), Malformed)
        new = await self.desk.renew_token(self.ada.id)
        for token in tokens:
            await self.refused(self.identity.tokens.authenticate(token), Unauthenticated)
        self.assertEqual((await self.identity.tokens.authenticate(new)).user, self.ada.id)

    async def test_services_are_imported_all_or_none_and_again(self) -> None:
        """AST-116, AST-117, AST-118"""
        await self.refused(self.desk.import_services([SHOP]), NotFound)
        token = await self.desk.add_component("shop", None, None)
        await self.refused(self.desk.add_component("shop", None, None), AlreadyExists)
        for _ in range(2):
            await self.desk.import_services([SHOP])
        found = next(each for each in await self.desk.services() if each.name == "shop_api")
        self.assertEqual(found.endpoints, SHOP.endpoints)
        component = await self.identity.components.authenticate(token)
        self.assertEqual(component.services, frozenset({"shop_api"}))
        thief = ServiceImport("thief", "shop_api", "shop", (), ())
        await self.desk.add_component("thief", None, None)
        await self.refused(self.desk.import_services([thief]), Conflict)
        await self.desk.change_component("shop", purge_services=True)
        self.assertNotIn("shop_api", {each.name for each in await self.desk.services()})
        await self.desk.remove_component("shop")
        await self.refused(self.desk.remove_component("shop"), NotFound)
        await self.refused(self.identity.components.authenticate(token), Unauthenticated)

    async def test_figures_and_terms(self) -> None:
        """AST-132, AST-204"""
        figures = await self.desk.statistics()
        self.assertEqual(figures["providers"]["local"]["exclusive"], figures["total"])
        token, _ = await self.identity.tokens.issue_api(self.ada.id)
        first = await self.desk.add_terms("/terms", "Be kind.")
        self.assertEqual(await self.desk.add_terms("/terms", "Be kinder."), first + 1)
        await self.refused(self.identity.tokens.authenticate(token), Unauthenticated)
        await self.desk.sign_terms(self.ada.id)
        await self.identity.tokens.authenticate(token)

    async def test_people_s_own_projects_keep_their_names(self) -> None:
        """AST-194"""
        own = self.ada.default_project
        changed = await self.cloud.projects.modify(own, ProjectChanges(max_members=3))
        self.assertEqual(changed.max_members, 3)
        refused = self.cloud.projects.modify(own, ProjectChanges(owner=self.ada.id))
        await self.refused(refused, Conflict)


class AdministrationOnSqlite(OnSqlite, AdministrationSuite, TestCase):
    """In memory."""


class AdministrationOnPostgres(OnPostgres, AdministrationSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""
