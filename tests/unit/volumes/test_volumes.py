"""Volumes of servers over both engines: made, seen, failed, released, listed."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.cluster.interface import Disk
from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, VolumeId
from synnefod.volumes.interface import Volume, VolumeRequest
from synnefod.volumes.volumes import VolumeService
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.network.house import START, ann, bob, root

ONE = ServerId(1)


class VolumeSuite:
    async def setUp(self: Any) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.store = await self.make_store()
        self.volumes = VolumeService(self.store, self.clock, "snf-")
        self.kind = await self.volumes.add_type("fast", "ext_vlmc")

    async def do(self: Any, work: Any) -> Any:
        return await self.store.transact("test", work)

    async def plan(
        self: Any, *requests: VolumeRequest, server: ServerId = ONE, who: Any = ann
    ) -> list[Volume]:
        made: list[Volume] = await self.do(
            lambda tx: self.volumes.plan(
                tx, who.user, ProjectId(who.user), server, self.kind, requests
            )
        )
        return made

    async def see(self: Any, *disks: Disk) -> None:
        await self.do(lambda tx: self.volumes.see_disks(tx, {ONE: disks}))

    async def of_one(self: Any) -> list[Volume]:
        found = await self.do(lambda tx: self.volumes.volumes_of(tx, [ONE]))
        return list(found[ONE])

    async def refused(self: Any, kind: type[Exception], work: Any) -> None:
        try:
            await work
        except kind:
            return
        raise self.failureException(f"{kind.__name__} was not raised")

    async def test_disks_are_described_for_the_cluster(self: Any) -> None:
        """Names have the prefix, sizes are MiB, the provider is the template's; one that copies by
        itself is told the origin."""
        request = VolumeRequest(2, source="image:x", origin="pithosmap://m/9", origin_size=9)
        one, two = await self.plan(request, VolumeRequest(3))
        bodies = (await self.do(lambda tx: self.volumes.disk_bodies(tx, [ONE])))[ONE]
        self.assertEqual(
            bodies,
            [
                {
                    "name": f"snf-vol-{one.id}",
                    "size": 2048,
                    "provider": "vlmc",
                    "origin": "pithosmap://m/9",
                    "origin_size": 9,
                },
                {"name": f"snf-vol-{two.id}", "size": 3072, "provider": "vlmc"},
            ],
        )

    async def test_a_disk_without_a_name_of_ours_is_known_by_its_old_one(self: Any) -> None:
        """Until it has ours; a name that is nobody's is left alone (GNT-005)."""
        await self.plan(VolumeRequest(2, legacy_name="old-root"), VolumeRequest(3))
        first, second = await self.of_one()
        others = Disk(f"snf-vol-{second.id}", 3072, ""), Disk("stranger", 1024, "")
        await self.see(Disk("old-root", 4096, "u"), *others)
        found = await self.of_one()
        self.assertEqual([each.status for each in found], ["IN_USE", "IN_USE"])
        self.assertEqual(found[0].size, 4)
        await self.see(Disk(f"snf-vol-{first.id}", 4096, "u"), *others)
        self.assertEqual([each.id for each in await self.of_one()], [first.id, second.id])

    async def test_reported_disks_are_in_use(self: Any) -> None:
        """Size and place follow the report; a repeated one changes nothing; others' disks are left
        alone."""
        one, two = await self.plan(VolumeRequest(2), VolumeRequest(3))
        names = [f"snf-vol-{volume.id}" for volume in (one, two)]
        disks = [Disk(names[1], 5 * 1024 + 7), Disk("other", 1), Disk(names[0], 2048)]
        await self.see(*disks)
        seen = await self.of_one()
        self.assertEqual(
            [(volume.id, volume.status, volume.index, volume.size) for volume in seen],
            [(two.id, "IN_USE", 0, 5), (one.id, "IN_USE", 2, 2)],
        )
        self.clock.advance(60)
        await self.see(*disks)
        self.assertEqual(await self.of_one(), seen)

    async def test_a_missing_disk_drops_no_volume(self: Any) -> None:
        """Nobody asked for its removal: the row stays."""
        await self.plan(VolumeRequest(2))
        await self.see()
        self.assertEqual([volume.status for volume in await self.of_one()], ["CREATING"])

    async def test_a_failed_server(self: Any) -> None:
        """Its volumes are in ERROR, and go with it; twice is the same."""
        await self.plan(VolumeRequest(2))
        for _ in range(2):
            await self.do(lambda tx: self.volumes.fail_volumes(tx, ONE))
            self.assertEqual([volume.status for volume in await self.of_one()], ["ERROR"])
        for _ in range(2):
            await self.do(lambda tx: self.volumes.release_volumes(tx, ONE))
            self.assertEqual(await self.of_one(), [])

    async def test_who_sees_which_volume(self: Any) -> None:
        """One's own; administrators see all of them when they ask for all."""
        (mine,) = await self.plan(VolumeRequest(1))
        (theirs,) = await self.plan(VolumeRequest(1), server=ServerId(2), who=bob)
        self.assertEqual(await self.volumes.visible(ann), [mine])
        self.assertEqual(await self.volumes.visible(root), [])
        self.assertEqual(await self.volumes.visible(root, everybody=True), [mine, theirs])
        await self.refused(Forbidden, self.volumes.visible(ann, everybody=True))
        self.assertEqual(await self.volumes.get(ann, mine.id), mine)
        self.assertEqual(await self.volumes.get(root, theirs.id), theirs)
        for number in (theirs.id, VolumeId(99)):
            await self.refused(NotFound, self.volumes.get(ann, number))

    async def test_types(self: Any) -> None:
        """A type has a name and a template."""
        (kind,) = await self.volumes.types()
        self.assertEqual((kind.id, kind.name, kind.disk_template), (self.kind, "fast", "ext_vlmc"))
        await self.refused(Malformed, self.volumes.add_type("", "file"))
        await self.refused(
            NotFound, self.do(lambda tx: self.volumes.volume_type(tx, self.kind + 1))
        )


class VolumesOnSqlite(OnSqlite, VolumeSuite, TestCase):
    pass


class VolumesOnPostgres(OnPostgres, VolumeSuite, TestCase):
    pass
