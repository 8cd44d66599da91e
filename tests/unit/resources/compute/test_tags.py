"""Tags and firewall profiles in both dialects, as rows and as the cluster's tags."""

from __future__ import annotations

from typing import Any

from synnefod.common.clockwork import sleep
from synnefod.compute.interface import Operstate
from synnefod.compute.machine.tagnames import decoded_tag, encoded_tag
from tests.unit.compute.house import ALICE
from tests.unit.resources.compute.site import LEGACY, NOVA
from tests.unit.resources.compute.test_nova_actions import RealSite

NEWER = {"OpenStack-API-Version": "compute 2.60"}


class TagSite(RealSite):
    async def quiet(self, number: int) -> None:
        """Follows the cluster until nothing about the server is under way."""
        keeper = self.house.parts.keeper
        for _ in range(400):
            await keeper.send_due()
            await self.house.follow()
            waiting = await self.rows("select 1 from outbox where state = 'waiting'")
            if not waiting and not await keeper.open_jobs():
                return
            await self.settle_down()
        raise AssertionError("something stays under way")

    async def settle_down(self) -> None:
        from twisted.internet import reactor

        await sleep(reactor, 0.02)  # type: ignore[arg-type]

    async def rows(self, sql: str) -> Any:
        return await self.house.store.read("look", lambda tx: tx.all(sql))

    async def theirs(self, number: int) -> list[str]:
        """The instance's tags in the cluster."""
        return sorted((await self.house.backends.the_cluster.instance(f"snf-{number}")).tags)


class Names(TagSite):
    def test_names_are_written_in_the_clusters_alphabet(self) -> None:
        """Encoding and decoding reverse each other; foreign names are no tags (CMP-173)."""
        for tag in ("web", "a b", "ü_%+*", ":x", "~" * 60):
            self.assertEqual(decoded_tag(encoded_tag(tag)), tag)
            self.assertRegex(encoded_tag(tag), r"\A[\w.+*/:@~-]+\Z")
        self.assertEqual(decoded_tag("cyclades:system:x"), "/x", "no user's tag (CMP-175)")
        for foreign in ("cyclades:system:", "x", "cyclades:user:", "cyclades:user:a/2Cb"):
            self.assertIsNone(decoded_tag(foreign), foreign)


class Legacy(TagSite):
    async def test_tags_come_and_go(self) -> None:
        """Each call's status and body, and what the cluster has then (CMP-165, CMP-166, CMP-167,
        CMP-168, CMP-169, CMP-170, CMP-173, CMP-174, GNT-048, GNT-049); with the server only those
        that the cluster has confirmed (CMP-042)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}/tags"
        empty = {"tags": [], "statuses": []}
        self.assertEqual((await self.ask("GET", path)).json(), empty)
        answer = await self.ask("PUT", path, {"tags": ["a b", "ü_"]})
        self.assertEqual(
            (answer.status, answer.json()),
            (200, {"tags": ["a b", "ü_"], "statuses": ["PENDADD", "PENDADD"]}),
        )
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(shown["tags"], [], "a tag that is not confirmed is shown (CMP-042)")
        answer = await self.ask("DELETE", path + "/a%20b")
        self.assertEqual((answer.status, answer.body), (404, b""))
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:/C3/BC*", "cyclades:user:a+b"])
        answer = await self.ask("GET", path + "/a%20b")
        self.assertEqual((answer.status, answer.headers["tag-status"]), (204, "ACTIVE"))
        answer = await self.ask("GET", path + "/none")
        self.assertEqual((answer.status, answer.body), (404, b""))
        answer = await self.ask("PUT", path + "/new")
        self.assertEqual(
            (answer.status, answer.headers["location"]),
            (201, f"http://cloud.example.org{path}/new"),
        )
        self.assertEqual((await self.ask("PUT", path + "/new")).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/a%20b")).status, 204)
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:/C3/BC*", "cyclades:user:new"])
        answer = await self.ask("PUT", path, {"tags": ["new", "last"]})
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:last", "cyclades:user:new"])
        self.assertEqual((await self.ask("DELETE", path)).status, 204)
        answer = await self.ask("DELETE", path)
        self.assertEqual((answer.status, answer.body), (404, b""))
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), [])

    async def test_tags_are_changed_in_every_state(self) -> None:
        """While a server is built and while a task is pending; no commission is touched (CMP-171,
        CMP-172). One on its way does not keep a removal waiting."""
        number = int(await self.make())
        path = f"{LEGACY}/servers/{number}/tags/"
        self.assertEqual((await self.ask("PUT", path + "early")).status, 201)
        await self.settled(number, Operstate.STARTED)
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:early"])
        await self.act(number, {"os-stop": None})
        pending = await self.house.usage()
        self.assertEqual((await self.ask("PUT", path + "late")).status, 201)
        self.assertEqual((await self.ask("DELETE", path + "early")).status, 204)
        self.assertEqual(await self.house.usage(), pending)
        await self.settled(number, Operstate.STOPPED)
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:late"])
        for bad in ("a,b", "x" * 61):
            self.assertEqual((await self.ask("PUT", path + bad)).status, 400)
        many = {"tags": [str(place) for place in range(51)]}
        self.assertEqual((await self.ask("PUT", path[:-1], many)).status, 400)
        await self.house.parts.compute.actions.suspend(number, suspended=True)
        self.assertEqual((await self.ask("PUT", path + "x")).status, 403)

    async def test_a_refused_change_is_undone(self) -> None:
        """What the cluster did not take is not shown as done (6.5)."""
        number = await self.started()
        await self.house.parts.compute.tags.add(ALICE, number, "kept")
        await self.quiet(number)
        cluster = self.house.simulator.cluster
        cluster.knobs.fail_next("OP_TAGS_SET", ["OpExecError", ["no"]])
        cluster.knobs.fail_next("OP_TAGS_DEL", ["OpExecError", ["no"]])
        await self.house.parts.compute.tags.add(ALICE, number, "lost")
        await self.house.parts.compute.tags.remove(ALICE, number, "kept")
        await self.quiet(number)
        tags = (await self.house.show(number)).tags
        self.assertEqual([(tag.name, tag.active) for tag in tags], [("kept", True)])

    async def test_a_job_that_its_cluster_forgot_is_made_up_for(self) -> None:
        """The instance tells which tags it has (GNT-152); nothing waits for the job then."""
        number = await self.started()
        house = self.house
        await house.parts.compute.tags.add(ALICE, number, "kept")
        while "cyclades:user:kept" not in await self.theirs(number):
            await house.parts.keeper.send_due()
            await self.settle_down()
        queue = house.simulator.cluster.queue
        for job in list(queue.all()):
            queue.lose(job.id)
        self.assertEqual(len(await house.parts.keeper.open_jobs()), 1)
        found = await house.parts.reconciler.run()
        self.assertEqual([(each.kind, each.server) for each in found], [("pending", number)])
        self.assertEqual(await house.parts.keeper.open_jobs(), [])
        tags = (await house.show(number)).tags
        self.assertEqual([(tag.name, tag.active) for tag in tags], [("kept", True)])
        self.assertEqual(await house.parts.reconciler.run(), [])

    async def test_a_firewall_profile_is_a_tag_and_a_job(self) -> None:
        """One tag a NIC, shown when the cluster tells it (NET-194, NET-195, NET-196, NET-197,
        NET-198, CMP-137)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}/action"
        nic = (await self.house.show(number)).ports[0].id
        for profile, tags in (
            ("ENABLED", [f"synnefo:network:snf-nic-{nic}:protected"]),
            ("PROTECTED", [f"synnefo:network:snf-nic-{nic}:limited"]),
            ("DISABLED", []),
        ):
            body = {"firewallProfile": {"profile": profile, "nic": nic}}
            self.assertEqual((await self.ask("POST", path, body)).status, 202)
            await self.quiet(number)
            self.assertEqual(await self.theirs(number), tags)
            shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
            self.assertEqual(shown["attachments"][0]["firewallProfile"], profile)
        for given, status in (
            ({"profile": "ENABLED"}, 400),
            ({"nic": nic}, 400),
            ({"profile": "OPEN", "nic": nic}, 400),
            ({"profile": "ENABLED", "nic": "x"}, 400),
            ({"profile": "ENABLED", "nic": nic + 1}, 404),
        ):
            answer = await self.ask("POST", path, {"firewallProfile": given})
            self.assertEqual(answer.status, status, given)
        told = [op["OP_ID"] for job in await self.jobs() for op in job.ops]
        self.assertEqual(told.count("OP_INSTANCE_SET_PARAMS"), 3)

    async def test_a_reboot_is_needed_until_it_is_done(self) -> None:
        """The server keeps the mark from a change of the firewall to a reboot or a stop; what does
        not run needs none (UI-140)."""
        number = await self.started()
        path = f"{LEGACY}/servers/{number}/action"
        nic = (await self.house.show(number)).ports[0].id
        protect = {"firewallProfile": {"profile": "ENABLED", "nic": nic}}
        for ends in ({"reboot": {"type": "SOFT"}}, {"shutdown": {}}):
            self.assertFalse(await self._needs(number))
            self.assertEqual((await self.ask("POST", path, protect)).status, 202)
            self.assertTrue(await self._needs(number))
            await self.quiet(number)
            self.assertTrue(await self._needs(number))
            self.assertEqual((await self.ask("POST", path, ends)).status, 202)
            await self.quiet(number)
        self.assertEqual((await self.ask("POST", path, protect)).status, 202)
        self.assertFalse(await self._needs(number), "it does not run")

    async def _needs(self, number: int) -> bool:
        shown = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        return bool(shown["SNF:reboot_required"])

    async def jobs(self) -> Any:
        return await self.house.backends.the_cluster.jobs()


class Nova(TagSite):
    async def test_tags_from_2_26_on(self) -> None:
        """Each call's status and body; below 2.26 there is no such thing (CMP-414)."""
        number = await self.started()
        path = f"{NOVA}/servers/{number}/tags"
        self.assertEqual((await self.ask("GET", path)).status, 404)
        answer = await self.ask("PUT", path, {"tags": ["b", "a"]}, headers=NEWER)
        self.assertEqual((answer.status, answer.json()), (200, {"tags": ["a", "b"]}))
        self.assertEqual((await self.ask("PUT", path + "/c", headers=NEWER)).status, 201)
        self.assertEqual((await self.ask("PUT", path + "/c", headers=NEWER)).status, 204)
        self.assertEqual((await self.ask("GET", path + "/c", headers=NEWER)).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/a", headers=NEWER)).status, 204)
        self.assertEqual((await self.ask("DELETE", path + "/a", headers=NEWER)).status, 404)
        self.assertEqual((await self.ask("GET", path + "/a", headers=NEWER)).status, 404)
        listed = (await self.ask("GET", path, headers=NEWER)).json()
        self.assertEqual(listed, {"tags": ["b", "c"]})
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), ["cyclades:user:b", "cyclades:user:c"])
        for _ in range(2):
            self.assertEqual((await self.ask("DELETE", path, headers=NEWER)).status, 204)
        await self.quiet(number)
        self.assertEqual(await self.theirs(number), [])
        bad = await self.ask("PUT", path, {"tags": ["a/b"]}, headers=NEWER)
        self.assertEqual(bad.status, 400)
