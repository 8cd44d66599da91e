"""NICs and volumes that come to and leave servers, in both dialects, on a simulated cluster."""

from __future__ import annotations

from typing import Any

from synnefod.backends.interface import Backend
from synnefod.common.ids import VolumeId
from synnefod.common.text import micros
from synnefod.compute.interface import Limits, Operstate
from synnefod.compute.machine.changes import hotplug
from synnefod.quota.interface import DISK
from tests.unit.compute.house import ALICE
from tests.unit.resources.compute.site import LEGACY, NOVA
from tests.unit.resources.compute.test_tags import TagSite

GIB = 1 << 30


class Devices(TagSite):
    async def bodies(self) -> list[dict[str, Any]]:
        """The inputs of all jobs that changed an instance, in order."""
        jobs = sorted(await self.house.backends.the_cluster.jobs(), key=lambda job: job.id)
        return [dict(op) for job in jobs for op in job.ops
                if op["OP_ID"] == "OP_INSTANCE_SET_PARAMS"]  # fmt: skip


class Cards(Devices):
    async def test_a_network_card_comes_and_goes(self) -> None:
        """Answered with the port's row, there when the cluster shows it; its addresses go back
        and its firewall tag goes with it (GNT-035, GNT-039, GNT-040, NET-199, CMP-414)."""
        number = await self.stopped()
        path = f"{NOVA}/servers/{number}/os-interface"
        body = {"net_id": str(self.private), "fixed_ips": [{"ip_address": "10.1.0.9"}]}
        answer = await self.ask("POST", path, {"interfaceAttachment": body})
        self.assertEqual(answer.status, 200, answer.text)
        made = answer.json()["interfaceAttachment"]
        self.assertEqual((made["net_id"], made["port_state"]), (str(self.private), "BUILD"))
        self.assertEqual([ip["ip_address"] for ip in made["fixed_ips"]], ["10.1.0.9"])
        legacy = (await self.ask("GET", f"{LEGACY}/servers/{number}")).json()["server"]
        self.assertEqual(legacy["SNF:task_state"], "CONNECTING")
        detail = await self.settled(number, Operstate.STOPPED)
        self.assertEqual([port.state for port in detail.ports], ["ACTIVE", "ACTIVE"])
        (sent,) = await self.bodies()
        name = f"snf-nic-{made['port_id']}"
        self.assertEqual(sent["nics"][0][:2], ["add", "-1"])
        self.assertEqual(sent["nics"][0][2]["name"], name)
        self.assertEqual(sent["nics"][0][2]["ip"], "10.1.0.9")
        shown = (await self.ask("GET", f"{NOVA}/servers/{number}")).json()["server"]
        self.assertEqual(set(shown["addresses"]), {"outside", "inside"})
        port = int(made["port_id"])
        await self.house.parts.compute.tags.set_firewall(ALICE, number, port, "ENABLED")
        await self.quiet(number)
        answer = await self.ask("DELETE", f"{path}/{port}")
        self.assertEqual((answer.status, answer.body), (202, b""))
        await self.settled(number, Operstate.STOPPED)
        await self.quiet(number)
        self.assertEqual((await self.bodies())[-1]["nics"], [["remove", name, {}]])
        self.assertEqual(await self.theirs(number), [])
        listed = (await self.ask("GET", path)).json()["interfaceAttachments"]
        self.assertEqual(len(listed), 1)
        self.assertEqual((await self.ask("DELETE", f"{path}/{port}")).status, 404)
        again = await self.ask("POST", path, {"interfaceAttachment": body})
        self.assertEqual(again.status, 200, "the address did not go back")
        told = (await self.ask("GET", f"{NOVA}/servers/{number}/os-instance-actions")).json()
        words = [entry["action"] for entry in told["instanceActions"]]
        self.assertEqual(words[:3], ["attach_interface", "detach_interface", "attach_interface"])

    async def test_a_card_that_is_refused_leaves_nothing(self) -> None:
        """The port goes and its address with it; the task ends."""
        number = await self.stopped()
        path = f"{NOVA}/servers/{number}/os-interface"
        body = {"net_id": self.private, "fixed_ips": [{"ip_address": "10.1.0.9"}]}
        knobs = self.house.simulator.cluster.knobs
        for _ in range(2):
            knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
            answer = await self.ask("POST", path, {"interfaceAttachment": body})
            self.assertEqual(answer.status, 200, answer.text)
            detail = await self.settled(number, Operstate.STOPPED)
            self.assertEqual(len(detail.ports), 1)

    async def test_refusals(self) -> None:
        """Bad bodies 400, foreign networks 400, wrong states 409."""
        number = await self.stopped()
        path = f"{NOVA}/servers/{number}/os-interface"
        for body, status in (
            ({}, 400),
            ({"net_id": "x"}, 400),
            ({"net_id": "999"}, 400),
            ({"port_id": "999"}, 404),
            ({"net_id": str(self.private), "port_id": "1"}, 400),
            ({"fixed_ips": [{"ip_address": "10.1.0.9"}]}, 400),
            ({"net_id": str(self.private), "fixed_ips": [{"ip_address": "192.0.2.1"}]}, 400),
        ):
            answer = await self.ask("POST", path, {"interfaceAttachment": body})
            self.assertEqual(answer.status, status, (body, answer.text))
        await self.act(number, {"os-start": None})
        answer = await self.ask(
            "POST", path, {"interfaceAttachment": {"net_id": str(self.private)}}
        )
        self.assertEqual((answer.status, list(answer.json())), (409, ["conflictingRequest"]))


class Cold(Devices):
    limits = Limits(use_hotplug=False)

    async def test_without_hotplug_a_server_must_be_stopped(self) -> None:
        """6.3: 409 in OpenStack's dialect, 400 in the legacy one."""
        number = await self.started()
        body = {"interfaceAttachment": {"net_id": str(self.private)}}
        answer = await self.ask("POST", f"{NOVA}/servers/{number}/os-interface", body)
        self.assertEqual(answer.status, 409)


class Flags(Devices):
    def test_the_flag_fits_the_cluster(self) -> None:
        """Only for kvm, and only where the name is known (GNT-041, GNT-042)."""
        for hypervisor, number, use, flag in (
            ("kvm", "2.10.1", True, {"hotplug_if_possible": True}),
            ("kvm", "3.0.2", True, {"hotplug_if_possible": True}),
            ("kvm", "3.1.0", True, {}),
            ("kvm", "3.0.2", False, {}),
            ("xen-pvm", "3.0.2", True, {}),
        ):
            self.house.backends.hypervisor, self.house.backends.version = hypervisor, number
            backend: Backend = self.house.backends._backend()
            self.assertEqual(hotplug(backend, use=use), flag)


class Disks(Devices):
    template = "ext_vlmc"

    async def volume(self, **more: Any) -> int:
        """A volume of Alice's without a server, charged, as a row."""
        from twisted.internet import reactor

        now = micros(reactor.seconds())  # type: ignore[attr-defined]
        columns = {
            "name": "data",
            "owner": ALICE.user,
            "project": ALICE.project,
            "size": 3,
            "volume_type": 1,
            "status": "AVAILABLE",
            "created": now,
            "updated": now,
            **more,
        }
        names, values = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        row = await self.house.store.transact(
            "a volume",
            lambda tx: tx.one(
                f"insert into volumes ({names}) values ({values}) returning id", **columns
            ),
        )
        return int(row[0])

    async def status(self, volume: int) -> str:
        found = await self.house.volumes.get(ALICE, VolumeId(volume))
        return str(found.status)

    async def test_a_volume_comes_and_goes_with_its_data(self) -> None:
        """ATTACHING, IN_USE, DETACHING, AVAILABLE; new data once, kept then; no quota moves
        (CMP-200, CMP-201, CMP-202, CMP-203, CMP-205, CMP-412, GNT-043)."""
        number, volume = await self.stopped(), await self.volume()
        charged = (await self.house.usage())[DISK]
        path = f"{NOVA}/servers/{number}/os-volume_attachments"
        for reuse in ("False", "True"):
            answer = await self.ask("POST", path, {"volumeAttachment": {"volumeId": str(volume)}})
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(
                answer.json()["volumeAttachment"],
                {
                    "id": str(volume),
                    "volumeId": str(volume),
                    "serverId": str(number),
                    "device": "/dev/vdb",
                },
            )
            self.assertEqual(await self.status(volume), "ATTACHING")
            await self.settled(number, Operstate.STOPPED)
            self.assertEqual(await self.status(volume), "IN_USE")
            action, index, disk = (await self.bodies())[-1]["disks"][0]
            self.assertEqual((action, index, disk["reuse_data"]), ("add", "-1", reuse))
            self.assertEqual((disk["size"], disk["provider"]), (3072, "vlmc"))
            self.assertNotIn("origin_size", disk)
            shown = (await self.ask("GET", f"{path}/{volume}")).json()["volumeAttachment"]
            self.assertEqual(shown["device"], "/dev/vdb")
            answer = await self.ask("DELETE", f"{path}/{volume}")
            self.assertEqual((answer.status, answer.body), (202, b""))
            self.assertEqual(await self.status(volume), "DETACHING")
            await self.settled(number, Operstate.STOPPED)
            self.assertEqual(await self.status(volume), "AVAILABLE")
            self.assertEqual((await self.bodies())[-1]["disks"][0][0], "detach")
        self.assertEqual((await self.house.usage())[DISK], charged)
        old = f"{LEGACY}/servers/{number}/os-volume_attachments"
        answer = await self.ask("POST", old, {"volumeAttachment": {"volumeId": volume}})
        self.assertEqual(answer.status, 202)
        self.assertEqual(
            answer.json()["volumeAttachment"],
            {"id": volume, "volumeId": volume, "serverId": number, "device": "/dev/vdb"},
        )
        await self.settled(number, Operstate.STOPPED)
        listed = (await self.ask("GET", old)).json()["volumeAttachments"]
        self.assertEqual([entry["device"] for entry in listed], ["/dev/vda", "/dev/vdb"])
        self.assertEqual((await self.ask("DELETE", f"{old}/{volume}")).status, 202)
        await self.settled(number, Operstate.STOPPED)
        self.assertEqual((await self.ask("GET", f"{old}/{volume}")).status, 400)

    async def test_a_refused_attachment_loses_nothing(self) -> None:
        """The volume is available again, also when the cluster took the job (6.6)."""
        number, volume = await self.stopped(), await self.volume()
        knobs = self.house.simulator.cluster.knobs
        path = f"{NOVA}/servers/{number}/os-volume_attachments"
        knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        await self.ask("POST", path, {"volumeAttachment": {"volumeId": str(volume)}})
        await self.settled(number, Operstate.STOPPED)
        self.assertEqual(await self.status(volume), "AVAILABLE")
        await self.ask("POST", path, {"volumeAttachment": {"volumeId": str(volume)}})
        await self.settled(number, Operstate.STOPPED)
        knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        await self.ask("DELETE", f"{path}/{volume}")
        await self.settled(number, Operstate.STOPPED)
        self.assertEqual(await self.status(volume), "IN_USE")

    async def test_preconditions(self) -> None:
        """6.6: 400, unknown 404 and the root 403 in OpenStack's dialect; 400 in the legacy one;
        403 while suspended (CMP-204)."""
        number = await self.stopped()
        await self.house.volumes.add_type("other", "ext_archipelago")
        await self.house.volumes.add_type("fixed", "drbd")
        used = await self.volume(status="IN_USE", server=number + 1, position=1)
        other, fixed = await self.volume(volume_type=2), await self.volume(volume_type=3)
        foreign = await self.volume(owner="somebody")
        root = (await self.house.show(number)).volumes[0].id
        path = f"/servers/{number}/os-volume_attachments"
        for wanted, status in ((used, 400), (other, 400), (fixed, 400), (foreign, 404), (0, 404)):
            body = {"volumeAttachment": {"volumeId": wanted}}
            self.assertEqual((await self.ask("POST", NOVA + path, body)).status, status, wanted)
            self.assertEqual((await self.ask("POST", LEGACY + path, body)).status, 400, wanted)
        for wanted, status in ((root, 403), (used, 404), ("x", 404)):
            answer = await self.ask("DELETE", f"{NOVA}{path}/{wanted}")
            self.assertEqual(answer.status, status, wanted)
        for wanted in (root, used):
            self.assertEqual((await self.ask("DELETE", f"{LEGACY}{path}/{wanted}")).status, 400)
        await self.house.parts.compute.actions.suspend(number, suspended=True)
        body = {"volumeAttachment": {"volumeId": await self.volume()}}
        self.assertEqual((await self.ask("POST", LEGACY + path, body)).status, 403)
