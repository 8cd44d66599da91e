"""Helper servers: what removes volumes that were used and are on no server (8.7)."""

from __future__ import annotations

from synnefod.config.sections import VolumesSection
from tests.unit.resources.volume.site import NOVA, OLD, V3, VolumeSite


class Helped(VolumeSite):
    """A cloud whose first used volume is deleted, and has no helper server."""

    def test_the_first_deletion_makes_the_helper(self) -> None:
        """A small server of the deployment's own account, stopped once it is built; the volume
        waits for it (VOL-025). A second deletion makes no second one."""
        server = self.server(stopped=True)
        volume, second = self.volume(size=2), self.volume(size=2)
        for each in (volume, second):
            self.attach(server, each)
            self.detach(server, each)
        before = self.ask("GET", f"{NOVA}/servers/detail", token="admin")["servers"]
        self.ask("DELETE", f"{V3}/volumes/{volume}", status=202)
        self.assertEqual(self.status(volume), "deleting")
        self.ask("DELETE", f"{V3}/volumes/{second}", status=202)
        compute = self.house.compute
        for _ in range(8):
            self.follow()
            self.now(compute.helpers.settle())
            self.now(compute.compute.disks.tidy())
        self.assertEqual((self.status(volume), self.status(second)), ("deleted", "deleted"))
        after = self.ask("GET", f"{NOVA}/servers/detail", token="admin")["servers"]
        (made,) = [each for each in after if each["id"] not in {one["id"] for one in before}]
        self.assertTrue(made["name"].startswith("helper-"))
        self.assertEqual((made["status"], made["user_id"], made["addresses"]), (
            "SHUTOFF", self.people["admin"].user, {}))  # fmt: skip

    def test_nothing_is_made_that_cannot_be(self) -> None:
        """Without room for a helper the deletion is refused, and the volume is as it was."""
        server = self.server(stopped=True)
        volume = self.volume(size=2)
        self.attach(server, volume)
        self.detach(server, volume)
        self.cloud.ask("backend-modify", backend=int(self.backend), drained=True)
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=404)
        self.assertEqual(self.status(volume), "available")


class Unhelped(VolumeSite):
    """Nobody owns helper servers that nobody asked for."""

    sections = {"volumes": VolumesSection(helper_owner="")}

    def test_a_detached_volume_is_removed_over_a_helper(self) -> None:
        """404 without a helper server; else it goes to a stopped one and is removed there, also
        when the helper is busy first; the owner's quota goes last (VOL-025)."""
        server, helper = self.server(stopped=True), self.server(stopped=True)
        before = self.used()
        volume, second = self.volume(size=2), self.volume(size=2)
        for each in (volume, second):
            self.attach(server, each)
            self.detach(server, each)
        answer = self.ask("DELETE", f"{OLD}/volumes/{volume}", status=404)
        self.assertIn("Helper server not found.", str(answer))
        self.ask("DELETE", f"{V3}/volumes/{volume}", status=400)
        self.assertEqual(self.status(volume), "available")
        self.write("update servers set helper = 1 where id = :id", id=helper)
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=202)
        self.ask("DELETE", f"{OLD}/volumes/{second}", status=202)  # waits: the helper is busy
        self.ask("DELETE", f"{OLD}/volumes/{second}", status=400)
        tidy = self.house.compute.compute.disks.tidy
        states = []
        for _ in range(6):
            self.follow()
            states.append((self.status(volume), self.status(second), self.used() - before))
            self.now(tidy())
        self.assertEqual(states[0], ("deleting", "deleting", 4))
        self.assertEqual(states[1], ("deleted", "deleting", 2))
        self.assertEqual(states[-1], ("deleted", "deleted", 0))
        sent = [op["disks"][0][:2] for op in self.jobs("OP_INSTANCE_SET_PARAMS")][-4:]
        self.assertEqual([each[0] for each in sent], ["add", "remove", "add", "remove"])
        self.assertEqual(sent[1][1], f"snf-vol-{volume}")

    def test_a_helper_that_fails_loses_nothing(self) -> None:
        """What was refused is tried again at the next look."""
        server, helper = self.server(stopped=True), self.server(stopped=True)
        volume = self.volume(size=2)
        self.attach(server, volume)
        self.detach(server, volume)
        self.write("update servers set helper = 1 where id = :id", id=helper)
        for _ in range(2):
            reason = ["OpPrereqError", ["no", "wrong_state"]]
            self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", reason)
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=202)
        tidy = self.house.compute.compute.disks.tidy
        for _ in range(5):
            self.follow()
            self.now(tidy())
        self.assertEqual(self.status(volume), "deleted")
