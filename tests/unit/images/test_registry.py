"""The image service over the object store, on both engines."""

from __future__ import annotations

import hashlib
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from synnefod.common.errors import AlreadyExists, Forbidden, Malformed
from synnefod.common.threads import InlineThreads
from synnefod.images.interface import (
    Image,
    ImageChange,
    ImageHasData,
    ImageInUse,
    ImageNotFound,
    ImageWithoutFormat,
)
from synnefod.images.registry import ImageService
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, Body, StoreCase, ann, bob

RAW = ImageChange(name="img", disk_format="diskdump", container_format="bare")
WISHED = "c0ffee00-0000-4000-8000-000000000001"


class ImageSuite(StoreCase):
    async def setUp(self: Any) -> None:
        await super().setUp()
        self.images = ImageService(self.objects, self.clock, InlineThreads())

    async def active(self: Any, data: bytes = b"data", **more: Any) -> Image:
        made = await self.images.create(ann, RAW if not more else ImageChange(**more))
        image: Image = await self.images.upload(ann, made.id, Body(data))
        return image

    async def test_an_image_is_made_and_filled(self: Any) -> None:
        """Queued without data, active with it; its data towards Ganeti is the file's map, its
        hashes are known, and quota is charged once."""
        made = await self.images.create(ann, RAW)
        self.assertEqual((made.status, made.size, made.map_name), ("queued", None, None))
        await self.refused(ImageNotFound, self.images.resolve(ann, made.id))
        await self.images.upload(ann, made.id, Body(b"data"))
        image = await self.images.resolve(ann, made.id)
        self.assertEqual((image.status, image.size, image.own_data), ("active", 4, True))
        self.assertEqual(image.sha512, hashlib.sha512(b"data").hexdigest())
        self.assertTrue(image.map_name)
        self.assertEqual(image.location, f"pithos://{ANN}/images/{image.id}")
        self.assertEqual(await self.usage(ANN), 4)
        _, opened = await self.images.open(ann, image.id)
        self.assertEqual(b"".join([piece async for piece in await opened.data()]), b"data")
        await self.images.delete(ann, image.id)
        await self.refused(ImageNotFound, self.images.get(ann, image.id))

    async def test_data_needs_formats_and_comes_once(self: Any) -> None:
        """Without formats there is no upload; with data there is no other."""
        bare = await self.images.create(ann, ImageChange(name="bare"))
        await self.refused(ImageWithoutFormat, self.images.upload(ann, bare.id, Body(b"x")))
        image = await self.active()
        await self.refused(ImageHasData, self.images.upload(ann, image.id, Body(b"x")))

    async def test_a_file_is_registered_and_forgotten(self: Any) -> None:
        """The file stays when the image goes; its id is the file's UUID. IMG-015, IMG-034"""
        await self.box()
        await self.put("disk", b"data")
        location = f"pithos://{ANN}/box/disk"
        image = await self.images.register(ann, location, ImageChange(name="disk"))
        self.assertEqual(
            (image.status, image.disk_format, image.own_data), ("active", "diskdump", False)
        )
        await self.refused(Malformed, self.images.register(ann, location, RAW, size=5))
        again = await self.images.register(ann, location, ImageChange(name="new"), size=4)
        self.assertEqual((again.id, again.name, again.created), (image.id, "new", image.created))
        await self.refused(Forbidden, self.images.register(bob, location, RAW))
        await self.images.delete(ann, image.id)
        self.assertEqual(await self.images.list(ann), [])
        self.assertEqual(await self.get("disk"), b"data")

    async def test_a_nameless_image_is_an_image(self: Any) -> None:
        """Without a name it is listed, shown and changed."""
        image = await self.images.create(ann, ImageChange())
        self.assertEqual((await self.images.get(ann, image.id)).name, "")
        named = await self.images.update(ann, image.id, ImageChange(name="x"))
        self.assertEqual(named.name, "x")
        await self.images.update(ann, image.id, ImageChange(name=""))
        self.assertEqual([each.name for each in await self.images.list(ann)], [""])

    async def test_properties_are_merged_or_replaced(self: Any) -> None:
        """None removes one; replacing removes those not named; 32 entries are the most. IMG-050"""
        image = await self.images.create(
            ann, ImageChange(name="x", properties={"a": "1", "b": "2"})
        )

        async def after(change: ImageChange) -> Any:
            return (await self.images.update(ann, image.id, change)).properties

        self.assertEqual(
            await after(ImageChange(properties={"a": None, "c": "3"})), {"b": "2", "c": "3"}
        )
        change = ImageChange(properties={"d": "4"}, replace_properties=True)
        self.assertEqual(await after(change), {"d": "4"})
        many = ImageChange(properties={f"p{number}": "x" for number in range(32)})
        await self.refused(Malformed, self.images.update(ann, image.id, many))
        self.assertEqual((await self.images.get(ann, image.id)).properties, {"d": "4"})

    async def test_who_may_see_and_change(self: Any) -> None:
        """Members and all for public ones see; only the owner changes; a protected one stays."""
        image = await self.active()
        await self.refused(ImageNotFound, self.images.get(bob, image.id))
        shared = await self.images.update(ann, image.id, ImageChange(members=(BOB,)))
        self.assertEqual(shared.members, (BOB,))
        self.assertEqual([each.id for each in await self.images.list(bob)], [image.id])
        for change in (ImageChange(name="stolen"), ImageChange(public=True)):
            await self.refused(Forbidden, self.images.update(bob, image.id, change))
        await self.refused(Forbidden, self.images.delete(bob, image.id))
        await self.images.update(ann, image.id, ImageChange(members=()))
        await self.refused(ImageNotFound, self.images.get(bob, image.id))
        public = await self.images.update(ann, image.id, ImageChange(public=True, protected=True))
        self.assertTrue(public.is_public)
        await self.images.resolve(bob, image.id)
        await self.refused(ImageInUse, self.images.delete(ann, image.id))

    async def test_who_wrote_and_is_no_member_any_more_may_not_write(self: Any) -> None:
        """Replacing the members takes writing away too, which would imply reading."""
        await self.box()
        from synnefod.objects.interface import ObjectChange, Sharing

        await self.put("disk", b"data")
        sharing = Sharing(write=(BOB,))
        await self.objects.update_object(ann, self.at("disk"), ObjectChange(sharing=sharing))
        image = await self.images.register(ann, f"pithos://{ANN}/box/disk", ImageChange(name="d"))
        await self.images.get(bob, image.id)
        await self.images.update(ann, image.id, ImageChange(public=False, members=()))
        await self.refused(ImageNotFound, self.images.get(bob, image.id))


class ImagesOnSqlite(OnSqlite, ImageSuite, TestCase):
    pass


class ImagesOnPostgres(OnPostgres, ImageSuite, TestCase):
    async def test_of_simultaneous_uploads_one_wins(self) -> None:
        """Eight uploads at once: one is the data, seven are refused, one is charged."""
        made = await self.images.create(ann, RAW)

        async def attempt(number: int) -> int | None:
            try:
                await self.images.upload(ann, made.id, Body(b"%d" % number * 10))
            except ImageHasData:
                return None
            return number

        work = [Deferred.fromCoroutine(attempt(number)) for number in range(1, 9)]
        (winner,) = [number for number in await gatherResults(work) if number is not None]
        _, opened = await self.images.open(ann, made.id)
        found = b"".join([piece async for piece in await opened.data()])
        self.assertEqual(found, b"%d" % winner * 10)
        self.assertEqual(await self.usage(ANN), 10)

    async def test_of_simultaneous_wishes_for_an_id_one_wins(self) -> None:
        """One image is made; the others are refused."""

        async def attempt() -> bool:
            try:
                await self.images.create(ann, RAW, image=WISHED)
            except AlreadyExists:
                return False
            return True

        work = [Deferred.fromCoroutine(attempt()) for _ in range(8)]
        self.assertEqual((await gatherResults(work)).count(True), 1)
        self.assertEqual(len(await self.images.list(ann)), 1)
