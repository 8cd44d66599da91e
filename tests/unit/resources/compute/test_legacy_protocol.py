"""What all calls of the legacy dialect have in common, over a whole cloud with its real doors."""

from __future__ import annotations

import os
import time

from synnefod.common.text import iso_offset, micros
from synnefod.config.sections import ComputeSection, NetworkSection
from tests.unit.resources.network.whole import ADMIN, COMPUTE, WholeCase
from tests.unit.resources.ops.deployment import DEMO
from tests.unit.resources.test_door import Logged

VOLUME = "/cyclades/volume/v2.0"
IMAGE = "/cyclades/image/v1.0"
LISTS = (
    *(f"{COMPUTE}/{noun}" for noun in ("servers", "flavors", "images", "os-keypairs")),
    *(f"{VOLUME}/{noun}" for noun in ("volumes", "types", "snapshots")),
    f"{IMAGE}/images",
)
MICRO = r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00\Z"


class Protocol(WholeCase):
    def test_one_slash_at_the_end(self) -> None:
        """Taken behind collections, and not behind images' detail (CMP-010)."""
        for path in LISTS:
            self.assertEqual(self.get(path), self.get(path + "/"), path)
        for noun in ("volumes", "types", "snapshots"):
            self.get(f"{VOLUME}/{noun}//", 400)
        self.get(f"{IMAGE}/images/detail")
        self.get(f"{IMAGE}/images/detail/", 400)

    def test_answers_are_json_whatever_is_wished(self) -> None:
        """By parameter, by the path's ending, by Accept, or nothing: parameter, ending and header
        choose in this order, and for XML there is JSON, labelled so (CMP-011, CMP-012)."""
        for path in LISTS:
            plain = self.get(path)
            for ending in ("", ".json", ".xml", "?format=json", "?format=xml", ".xml?format=json"):
                for accept in ("application/json", "application/xml", "text/html"):
                    answer = self.web.get(path + ending, headers={"Accept": accept})
                    self.assertEqual(answer.status, 200, path + ending)
                    kind = answer.headers["content-type"]
                    self.assertEqual(kind, "application/json; charset=UTF-8")
                    self.assertEqual(answer.json(), plain)

    def test_timestamps(self) -> None:
        """With microseconds and an offset; the image service writes them another way (CMP-014)."""
        server = self.a_server([])
        (volume,) = self.get(f"{VOLUME}/volumes/detail")["volumes"]
        (image,) = self.get(f"{COMPUTE}/images/detail")["images"]
        for where, names in (
            (server, ("created", "updated")),
            (volume, ("created_at",)),
            (image, ("created", "updated")),
        ):
            for name in names:
                self.assertRegex(where[name], MICRO)
        (image,) = self.get(f"{IMAGE}/images/detail")["images"]
        for name in ("created_at", "updated_at"):
            self.assertRegex(image[name], r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")

    def test_an_age_is_the_same_everywhere(self) -> None:
        """Whatever zone the daemon lives in and the client writes in (CMP-019)."""
        self.a_server([])
        old = os.environ.get("TZ")
        self.addCleanup(time.tzset)
        self.addCleanup(_set_zone, old)
        now = micros(self.clock.seconds())
        hour = 3600 * 1_000_000
        for zone in ("UTC", "Pacific/Kiritimati", "America/Adak"):
            _set_zone(zone)
            time.tzset()
            for ago, status in ((hour // 60, 200), (hour - 10**6, 200), (hour + 10**6, 400)):
                moment = iso_offset(now - ago)
                self.get(f"{COMPUTE}/servers?changes-since={moment[:-6]}Z", status)
            shifted = iso_offset(now - hour // 60 + 5 * hour)[:-6] + "%2B05:00"
            self.get(f"{COMPUTE}/servers?changes-since={shifted}")

    def test_every_answer_has_a_number(self) -> None:
        """The same that the log has, also of refusals (CMP-025)."""
        logged = Logged(self)
        self.web.site._access_log = True
        seen = set()
        for path, token in (
            (f"{COMPUTE}/servers", self.demo),
            (f"{COMPUTE}/servers/99", self.demo),
            (f"{COMPUTE}/nothing", self.demo),
            (f"{VOLUME}/volumes", ""),
            (f"{IMAGE}/images", "wrong"),
        ):
            answer = self.web.get(path, token=token)
            number = answer.headers["x-request-id"]
            self.assertRegex(number, r"\Areq-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
            seen.add(number)
        self.assertEqual(len(seen), 5)
        self.assertEqual({record["request_id"] for record in logged.records()}, seen)

    def test_whose_calls_they_are(self) -> None:
        """The token's user; its project is charged unless another is named, in which the user must
        be; roles come with it (CMP-004)."""
        user = self.now(self.house.identity.users.find(DEMO))
        made = self.a_server([])
        self.assertEqual((made["user_id"], made["tenant_id"]), (user.id, user.id))
        scoped = self.now(self.house.identity.authenticate(self.demo))
        self.assertEqual(scoped.project, user.default_project)
        stranger = self.now(self.house.identity.users.find(ADMIN))
        self.a_server([], project=stranger.id, status=400, wait=False)
        self.a_server([], project=user.id)
        self.assertFalse(scoped.is_admin)
        self.assertTrue(self.now(self.house.identity.authenticate(self.admin)).is_admin)

    def test_what_administrators_see_beside(self) -> None:
        """Cluster, job and why it is suspended; nobody else (CMP-049)."""
        number = self.a_server([])["id"]
        words = {"server": number, "suspended": True, "reason": "unpaid"}
        self.cloud.ask("server-modify", **words)
        names = {"SNF:backend", "SNF:job_id", "SNF:suspend_reason"}
        path = f"{COMPUTE}/servers/{number}"
        self.assertFalse(names & self.get(path)["server"].keys())
        shown = self.get(path, token=self.admin)["server"]
        said = (shown["SNF:backend"], shown["SNF:suspend_reason"])
        self.assertEqual(said, ("one.localhost", "unpaid"))
        self.assertGreater(shown["SNF:job_id"], 0)
        self.cloud.ask("server-modify", server=number, suspended=False)
        self.assertEqual(self.get(path, token=self.admin)["server"]["SNF:suspend_reason"], "")


def _set_zone(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone


class Creating(WholeCase):
    sections = {
        "compute": ComputeSection(flavor_override={"builders": ["C1R"]}),
        "network": NetworkSection(give_public=False, usual=("1",)),
    }

    def test_networks_of_a_new_server(self) -> None:
        """None named: the deployment's; an empty list: none; or each that is named, with an address
        or as a port (CMP-082)."""
        mine = self.a_network()["id"]
        port = self.a_port(mine)
        self.a_floating_ip()
        usual = self.a_server()
        self.assertEqual(len(self.server(usual["id"])["attachments"]), 1)
        self.assertEqual(self.a_server([])["attachments"], [])
        named = self.a_server([{"uuid": mine}, {"port": int(port["id"])}])
        found = self.server(named["id"])["attachments"]
        self.assertEqual([each["network_id"] for each in found], [mine, mine])
        for bad in ([{}], ["x"], {}, [{"uuid": "x"}]):
            self.a_server(bad, status=400, wait=False)

    def test_flavors_that_are_not_for_making(self) -> None:
        """403, unless a group of the user may use flavors whose names begin so (CMP-067)."""
        flavors = self.get(f"{COMPUTE}/flavors/detail")["flavors"]
        small = next(each for each in flavors if each["name"].startswith("C1R"))
        big = next(each for each in flavors if not each["name"].startswith("C1R"))
        for each in (small, big):
            self.cloud.ask("flavor-modify", flavor=each["id"], allow_create=False)
            self.a_server([], flavorRef=each["id"], status=403, wait=False)
        self.cloud.ask("group-add", name="builders")
        self.cloud.ask("user-modify", user=DEMO, add_groups=["builders"])
        self.a_server([], flavorRef=small["id"])
        self.a_server([], flavorRef=big["id"], status=403, wait=False)
