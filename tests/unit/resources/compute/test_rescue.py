"""Rescue through the legacy door, and the administrator's list of rescue images."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Conflict, Malformed, NotFound
from synnefod.compute.interface import Limits, Operstate
from synnefod.compute.interface.rescue import RescueImage, RescueImageChange
from tests.unit.compute.house import ALICE
from tests.unit.resources.compute.site import LEGACY, SiteCase

FILE = RescueImage(0, "plain", "plain.iso", "file", default=True)
LINUX = RescueImage(0, "linux", "linux.iso", "file", target_os_family="Linux")
DEBIAN = RescueImage(0, "debian", "d.iso", "file", target_os_family="linux", target_os="Debian")


class Rescuing(SiteCase):
    limits = Limits(rescue=True, rescue_path="/srv/rescue/")

    async def images(self, *wanted: RescueImage) -> list[int]:
        desk = self.house.parts.compute.rescue_images
        return [(await desk.create(image)).id for image in wanted]

    async def stopped(self) -> int:
        number = await self.house.create()
        await self.house.settle(number, Operstate.STARTED)
        await self.house.parts.compute.actions.stop(ALICE, number)
        await self.house.settle(number, Operstate.STOPPED)
        return number

    async def act(self, number: int, body: Any) -> tuple[int, str]:
        answer = await self.ask("POST", f"{LEGACY}/servers/{number}/action", body)
        return answer.status, "" if answer.status == 202 else next(iter(answer.json()))

    async def hvparams(self, number: int) -> tuple[Any, Any]:
        instance = await self.house.backends.the_cluster.instance(f"snf-{number}")
        return instance.hvparams["boot_order"], instance.hvparams["cdrom_image_path"]

    async def test_a_stopped_server_is_rescued_and_back(self) -> None:
        """202; the flag and the image follow the cluster's report, the server stays stopped, and
        what is not its state is 400 (CMP-139, CMP-140, GNT-130)."""
        (number_of,) = await self.images(FILE)
        number = await self.stopped()
        self.assertEqual((await self.act(number, {"unrescue": {}}))[0], 400)
        self.assertEqual((await self.act(number, {"rescue": {}}))[0], 202)
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual((shown["SNF:rescue"], shown["SNF:task_state"]), (False, "RESCUING"))
        detail = await self.house.settle(number, Operstate.STOPPED)
        self.assertEqual((detail.server.rescue, detail.server.rescue_image), (True, number_of))
        self.assertEqual(await self.hvparams(number), ("cdrom", "/srv/rescue/plain.iso"))
        self.assertEqual((await self.act(number, {"rescue": {}}))[0], 400)
        self.assertEqual((await self.act(number, {"unrescue": {}}))[0], 202)
        detail = await self.house.settle(number, Operstate.STOPPED)
        self.assertEqual((detail.server.rescue, detail.server.rescue_image), (False, None))
        self.assertEqual(await self.hvparams(number), ("disk", ""))
        await self.house.parts.compute.actions.start(ALICE, number)
        await self.house.settle(number, Operstate.STARTED)
        self.assertEqual((await self.act(number, {"rescue": {}}))[0], 400)

    async def test_the_image_that_fits_best_is_chosen(self) -> None:
        """By system, then by family, then the default, deleted ones never; none is 404
        (CMP-141)."""
        number = await self.stopped()
        self.assertEqual((await self.act(number, {"rescue": {}}))[0], 404)
        desk = self.house.parts.compute.rescue_images
        ids = await self.images(FILE, LINUX, DEBIAN)
        for last in ("d.iso", "linux.iso", "plain.iso"):
            self.assertEqual((await self.act(number, {"rescue": None}))[0], 202)
            await self.house.settle(number, Operstate.STOPPED)
            self.assertEqual(await self.hvparams(number), ("cdrom", f"/srv/rescue/{last}"))
            await self.act(number, {"unrescue": {}})
            await self.house.settle(number, Operstate.STOPPED)
            if len(ids) > 1:
                await desk.remove(ids.pop())

    async def test_an_image_is_named_inside_the_action_or_beside_it(self) -> None:
        """No number is 400, an unknown or deleted one 404 (CMP-142)."""
        kept, gone = await self.images(FILE, LINUX)
        await self.house.parts.compute.rescue_images.remove(gone)
        number = await self.stopped()
        for ref, status in (("x", 400), (True, 400), ([], 400), (99, 404), (gone, 404)):
            got = await self.act(number, {"rescue": {"rescue_image_ref": ref}})
            self.assertEqual(got[0], status, ref)
        beside = {"rescue": {}, "rescue_image_ref": str(kept)}
        self.assertEqual((await self.act(number, beside))[0], 202)
        detail = await self.house.settle(number, Operstate.STOPPED)
        self.assertEqual(detail.server.rescue_image, kept)

    async def test_a_removed_server_is_in_rescue_no_more(self) -> None:
        """So that its image is free again (GNT-126)."""
        (image,) = await self.images(FILE)
        number = await self.stopped()
        await self.act(number, {"rescue": {}})
        await self.house.settle(number, Operstate.STOPPED)
        await self.house.parts.compute.actions.delete(ALICE, number)
        await self.house.settle(number, Operstate.DESTROYED)
        found = await self.house.parts.compute.rescue_images.all()
        self.assertEqual([(each.id, each.used) for each in found], [(image, 0)])

    async def test_missing_parameters_are_no_rescue(self) -> None:
        """Null values and an unknown medium do not hurt: rescue without a known image
        (GNT-130)."""
        number = await self.stopped()
        cluster = self.house.backends.the_cluster
        for path, order, inside in (("/x.iso", "cdrom,disk", True), (None, None, False)):
            body = {"hvparams": {"cdrom_image_path": path or "", "boot_order": order or "disk"}}
            await cluster.modify(f"snf-{number}", body, reason="by hand")
            for _ in range(200):
                await self.house.follow()
                row = (await self.house.show(number)).server
                if row.rescue is inside:
                    break
            self.assertEqual((row.rescue, row.rescue_image), (inside, None))

    async def test_one_default_and_none_that_is_in_use_goes(self) -> None:
        """A new default takes the old one's place; the default stays, one in use goes by force
        only, and its location is fixed meanwhile (CMP-284)."""
        desk = self.house.parts.compute.rescue_images
        first, second = await self.images(FILE, LINUX)
        await desk.modify(second, RescueImageChange(default=True))
        self.assertEqual([each.default for each in await desk.all()], [False, True])
        for change in (RescueImageChange(default=False), RescueImageChange(deleted=True)):
            await self.assertFailure(self.later(desk.modify(second, change)), Conflict)
        await self.assertFailure(self.later(desk.remove(second)), Conflict)
        await self.assertFailure(self.later(desk.remove(second, force=True)), Conflict)
        number = await self.stopped()
        await self.act(number, {"rescue": {"rescue_image_ref": first}})
        await self.house.settle(number, Operstate.STOPPED)
        moved = RescueImageChange(location="other.iso")
        await self.assertFailure(self.later(desk.modify(first, moved)), Conflict)
        await self.assertFailure(self.later(desk.remove(first)), Conflict)
        await desk.remove(first, force=True, dry_run=True)
        self.assertEqual(len(await desk.all()), 2)
        await desk.remove(first, force=True)
        self.assertEqual([each.id for each in await desk.all()], [second])
        await self.assertFailure(self.later(desk.remove(first)), NotFound)

    async def test_places_are_checked(self) -> None:
        """A path that leaves the folder, an address that does not answer, no name."""
        desk = self.house.parts.compute.rescue_images
        for image, error in (
            (RescueImage(0, "x", "../etc/passwd", "file"), Malformed),
            (RescueImage(0, "x", "/etc/passwd", "file"), Malformed),
            (RescueImage(0, "", "x.iso", "file"), Malformed),
            (RescueImage(0, "x", "ftp://h/x", "http"), Malformed),
            (RescueImage(0, "x", "http://h/x", "http"), Conflict),
        ):
            await self.assertFailure(self.later(desk.create(image)), error)

    def later(self, work: Any) -> Any:
        from twisted.internet.defer import Deferred

        return Deferred.fromCoroutine(work)


class Disabled(SiteCase):
    async def test_rescue_that_is_not_enabled(self) -> None:
        """404 featureNotEnabled (CMP-139)."""
        number = await self.house.create()
        for action in ("rescue", "unrescue"):
            answer = await self.ask("POST", f"{LEGACY}/servers/{number}/action", {action: {}})
            self.assertEqual((answer.status, next(iter(answer.json()))), (404, "featureNotEnabled"))
