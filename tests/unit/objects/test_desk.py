"""What the administrator does with whole accounts, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.errors import Conflict
from synnefod.objects.desk import StorageDesk
from synnefod.objects.interface import (
    AccountChange,
    NoSuchAccount,
    NoSuchContainer,
    ObjectChange,
    Place,
    Sharing,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, EVE, StoreCase, ann, bob


class Desks(StoreCase):
    async def setUp(self: Any) -> None:
        await super().setUp()
        self.desk = StorageDesk(self.objects.parts, None, None, None)  # type: ignore[arg-type]
        for who in (ann, bob):
            await self.box(who=who)

    async def held(self: Any, account: str) -> tuple[int, int, int, int, int]:
        found = await self.desk.figures(account)
        numbers = (found.containers, found.objects, found.bytes, found.history)
        return (*numbers, found.history_bytes)

    async def test_an_account_becomes_part_of_another(self: Any) -> None:
        """(PIT-234) Containers, history, sharing, groups and charges come along; what both have by
        name stops it before anything is done."""
        await self.box("only")
        old = await self.put("a", b"old")
        await self.put("a", b"newer")
        share = ObjectChange(sharing=Sharing(read=(f"{ANN}:friends",)), public=True)
        await self.objects.update_object(ann, self.at("a"), share)
        groups = AccountChange(groups={"friends": [EVE]}, replace=False)
        await self.objects.update_account(ann, ANN, groups)
        await self.put("x", b"1", container="only")
        await self.put("b", b"22", who=bob, account=BOB)
        await self.put("a", b"mine", who=bob, account=BOB)
        before = await self.held(ANN), await self.held(BOB)
        await self.refused(Conflict, self.desk.merge(ANN, BOB))
        self.assertEqual((await self.held(ANN), await self.held(BOB)), before)
        await self.objects.purge_object(bob, Place(BOB, "box", "a"), 2**62)
        await self.desk.merge(ANN, BOB)
        self.assertEqual(await self.held(ANN), (0, 0, 0, 0, 0))
        self.assertEqual(await self.held(BOB), (2, 3, 8, 1, 3))
        self.assertEqual((await self.usage(ANN), await self.usage(BOB)), (0, 8))
        place = Place(BOB, "box", "a")
        for version, data in ((None, b"newer"), (old.serial, b"old")):
            reading = await self.objects.open(bob, place, version=version)
            self.assertEqual(b"".join([piece async for piece in await reading.data()]), data)
        shown = await self.objects.object(bob, place)
        self.assertEqual(shown.sharing, Sharing(read=(f"{BOB}:friends",)))
        self.assertIsNotNone(shown.public)
        self.assertEqual((await self.objects.account(bob, BOB)).groups, {"friends": (EVE,)})
        self.assertEqual(await self.desk.miscounts(), [])
        await self.refused(Conflict, self.desk.merge(BOB, BOB))
        await self.refused(NoSuchAccount, self.desk.merge("nobody", BOB))

    async def test_an_account_is_deleted_with_all_it_holds(self: Any) -> None:
        """(PIT-234) Nothing is charged for it any more, and nobody else's is touched."""
        await self.box("other")
        for name in ("a", "a", "b"):
            await self.put(name, b"data")
        await self.put("c", b"data", container="other")
        await self.put("mine", b"12345", who=bob, account=BOB)
        self.assertEqual(await self.usage(ANN), 12)
        await self.desk.delete_account(ANN)
        self.assertEqual((await self.usage(ANN), await self.usage(BOB)), (0, 5))
        await self.refused(NoSuchAccount, self.desk.figures(ANN))
        await self.refused(NoSuchAccount, self.desk.delete_account(ANN))
        await self.refused(NoSuchContainer, self.objects.container(ann, ANN, "box"))
        self.assertEqual(await self.held(BOB), (1, 1, 5, 0, 0))
        self.assertEqual(await self.desk.miscounts(), [])

    async def test_the_quota_of_containers_of_a_name_is_set(self: Any) -> None:
        """(PIT-234) Of all accounts or of one; a dry run sets nothing."""
        asked = await self.desk.set_quota("box", 100, dry=True)
        self.assertEqual(sorted(asked), sorted([(ANN, 0), (BOB, 0)]))
        self.assertEqual(await self.desk.set_quota("box", 100, account=ANN), [(ANN, 0)])
        quotas = [
            (await self.objects.container(who, who.user, "box")).policy.quota for who in (ann, bob)
        ]
        self.assertEqual(quotas, [100, 0])
        self.assertEqual(
            sorted(each.name for each in await self.desk.accounts()), sorted([ANN, BOB])
        )


class DesksOnSqlite(OnSqlite, Desks, TestCase):
    pass


class DesksOnPostgres(OnPostgres, Desks, TestCase):
    pass
