"""The OpenAPI documents: made of the routes that serve, whole, and found at one place."""

from __future__ import annotations

from typing import Any

import schemathesis
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly import doors
from synnefod.common.threads import InlineThreads
from synnefod.resources.compute.nova import actions
from synnefod.resources.door import Call, Mount, route
from synnefod.resources.openapi.document import Undescribed, document
from synnefod.resources.openapi.index import Library, is_published
from synnefod.resources.openapi.noun import Documents
from synnefod.resources.openapi.tables import nova_shapes
from synnefod.resources.root import tree
from tests.harness.web import WebClient
from tests.unit.resources.ops.deployment import Deployment

PAGES = {"/astakos/ui", "/astakos/weblogin", "/astakos/oauth2", "/cyclades/helpdesk"}
"""Mounts for browsers, of which there are no documents."""
EMPTY = {"/pithos/object-store"}
"""Mounts that refuse everything."""
VIEWS = {"/pithos/ui/view"}


class Stray:
    @route("GET", "/stray")
    async def show(self, call: Call) -> None: ...


class Published(SynchronousTestCase):
    def setUp(self) -> None:
        cloud = Deployment(self)
        clock = cloud.site.clock
        consoles = doors.consoles(cloud.config, cloud.house, clock)
        self.mounts = doors.mounts(cloud.config, cloud.house, clock, consoles)
        library = Library(self.mounts, "1")
        noun = Documents(library.written, InlineThreads())
        self.web = WebClient(tree([Mount("/", "ops", [noun], None)]), clock=clock)

    def get(self, path: str) -> dict[str, Any]:
        answer = self.web.get(path)
        self.assertEqual(answer.status, 200)
        found: dict[str, Any] = answer.json()
        return found

    def test_every_mount_for_programs_has_a_document_of_all_its_calls(self) -> None:
        """`/openapi.json` lists one document for each mount, each is valid OpenAPI 3.1, and every
        route stands in it; only pages for browsers have none (OPS-159)."""
        index = self.get("/openapi.json")
        listed = {each["mount"]: each["url"] for each in index["x-documents"]}
        self.assertEqual({mount.path for mount in self.mounts} - set(listed), PAGES | EMPTY | VIEWS)
        for mount in self.mounts:
            if mount.path not in listed:
                continue
            found = self.get(listed[mount.path])
            schemathesis.openapi.from_dict(found).validate()
            self.assertEqual(found["openapi"], "3.1.0")
            self.assertEqual(found["servers"], [{"url": mount.path}])
            for path in found["paths"]:
                place = mount.path + path if path != "/" else mount.path
                self.assertIn(f"{listed[mount.path]}#/paths/", index["paths"][place]["$ref"])

    def test_what_is_served_and_nowhere_described_is_told(self) -> None:
        """A route that no table knows makes no silent gap (OPS-159)."""
        mount = Mount("/stray", "ops", [Stray()], None)
        self.assertTrue(is_published(mount))
        with self.assertRaises(Undescribed):
            document(mount, "stray", "1")

    def test_a_document_says_what_is_sent_what_is_answered_and_how_it_is_refused(self) -> None:
        """Bodies are those that the routes check; the name of an operation is its own; answers
        and refusals have schemas."""
        found = self.get("/openapi/cyclades-compute-v2.1.json")
        create = found["paths"]["/servers"]["post"]
        sent = create["requestBody"]["content"]["application/json"]["schema"]
        self.assertEqual(sent, {"$ref": "#/components/schemas/CreateNovaServer"})
        self.assertIn("flavorRef", found["components"]["schemas"]["NovaServer"]["properties"])
        self.assertEqual(create["security"], [{"token": []}])
        show = found["paths"]["/servers/{server}"]["get"]
        answer = show["responses"]["200"]["content"]["application/json"]["schema"]
        self.assertEqual(answer["properties"]["server"], {"$ref": "#/components/schemas/Server"})
        self.assertEqual(
            {"401", "4XX", "501", "503"} - set(show["responses"]), set(), show["responses"]
        )
        names = [
            call["operationId"]
            for path in found["paths"].values()
            for method, call in path.items()
            if not method.startswith("x-")
        ]
        self.assertEqual(len(names), len(set(names)))

    def test_the_actions_that_are_described_are_those_that_are_done(self) -> None:
        """One of by key (operations.md 15.12), and no other action is known."""
        self.assertEqual(set(nova_shapes.ACTIONS), set(actions._HANDLERS))

    def test_an_unknown_document_is_not_found(self) -> None:
        """In words."""
        self.assertEqual(self.web.get("/openapi/none.json").status, 404)
        self.assertEqual(self.web.get("/openapi/.json").status, 404)
