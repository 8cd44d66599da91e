"""Many files as one ZIP, and files found by their names, through the door."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, PITHOS, Cloud

ZIP = "/pithos/zip/"
SEARCH = "/pithos/search/"
MINE = f"{PITHOS}/{ALICE}"


class BundleTests(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.web.put(f"{MINE}/work", body=b"")
        self.put("work/plan.txt", b"plan")
        self.put("work/trip", b"", kind="application/directory")
        self.put("work/trip/day one.txt", b"far")
        self.put("work/trip/big.bin", b"x" * (BLOCK + 7))
        self.put("work/tripod", b"three legs")

    def put(self, path: str, body: bytes, kind: str = "text/plain", **headers: str) -> None:
        answer = self.web.put(
            f"{MINE}/{path.replace(' ', '%20')}",
            body=body,
            headers={"Content-Type": kind, **headers},
        )
        self.assertEqual(answer.status, 201, answer.text)

    def ask(self, names: list[str], **given: Any) -> Any:
        body = {"account": ALICE, "container": "work", "names": names}
        return self.web.post(ZIP, body=json.dumps(body).encode(), headers=JSON, **given)

    def test_a_folder_and_a_file_come_as_one_archive_once(self) -> None:
        """Whoever has the address gets the ZIP without a token, once and within a minute; the
        folder's neighbours of a like name stay out."""
        asked = self.ask(["trip", "plan.txt"])
        self.assertEqual(asked.status, 201, asked.text)
        address = asked.json()["address"]
        self.assertNotIn("alice", address)
        answer = self.web.get(address, token=None)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-disposition"], 'attachment; filename="work.zip"')
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(
                archive.namelist(), ["trip/", "trip/big.bin", "trip/day one.txt", "plan.txt"]
            )
            self.assertEqual(archive.read("trip/day one.txt"), b"far")
            self.assertEqual(len(archive.read("trip/big.bin")), BLOCK + 7)
        self.assertEqual(self.web.get(address, token=None).status, 404)
        late = self.ask(["trip"]).json()["address"]
        self.clock.advance(61)
        self.assertEqual(self.web.get(late, token=None).status, 404)

    def test_an_archive_holds_what_its_asker_may_read_alone(self) -> None:
        """Somebody else gets what is shared with him and nothing beside it; who sees nothing of
        the container is refused; names that would climb are tamed."""
        self.assertEqual(self.ask(["trip"], token="bob").status, 403)
        self.assertEqual(self.ask([]).status, 400)
        self.assertEqual(self.ask(["trip"], token="").status, 401)
        self.put("work/a", b"", kind="application/directory", **{"X-Object-Sharing": f"read={BOB}"})
        self.put("work/a/..%2Fevil", b"e")
        self.put("work/a/ok", b"fine")
        shared = self.ask(["a", "plan.txt"], token="bob")
        self.assertEqual(shared.status, 201, shared.text)
        answer = self.web.get(shared.json()["address"], token=None)
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            self.assertEqual(archive.namelist(), ["a/", "a/_/evil", "a/ok"])

    def test_files_are_found_by_words_in_their_names(self) -> None:
        """Every word must be in the name, in any case; one container or all; signs of patterns
        are plain letters; nobody finds another's files."""
        self.web.put(f"{MINE}/home", body=b"")
        self.put("home/TRIP report 100%.txt", b"r", **{"X-Object-Public": "true"})

        def found(query: str, token: str = "alice") -> list[tuple[str, str]]:
            answer = self.web.get(f"{SEARCH}?{query}", token=token)
            self.assertEqual(answer.status, 200, answer.text)
            return [(one["container"], one["name"]) for one in answer.json()["files"]]

        self.assertEqual(
            found("q=trip"),
            [
                ("home", "TRIP report 100%.txt"),
                ("work", "trip"),
                ("work", "trip/big.bin"),
                ("work", "trip/day one.txt"),
                ("work", "tripod"),
            ],
        )
        self.assertEqual(found("q=one+TRIP"), [("work", "trip/day one.txt")])
        self.assertEqual(found("q=trip&container=home"), [("home", "TRIP report 100%.txt")])
        self.assertEqual(found("q=0%25."), [("home", "TRIP report 100%.txt")])
        self.assertEqual(found("q=_"), [])
        self.assertEqual(found("q=+"), [])
        self.assertEqual(len(found("q=trip&limit=2")), 2)
        self.assertEqual(found("q=trip", token="bob"), [])
        self.assertEqual(self.web.get(f"{SEARCH}?q=a&limit=0").status, 400)
        first = self.web.get(f"{SEARCH}?q=report").json()["files"][0]
        self.assertIn("/pithos/public/", first["x_object_public"])

    def test_the_type_of_a_file_may_be_left_to_the_server(self) -> None:
        """With X-Detect-Content-Type the name tells the type (PIT-139)."""
        self.put("work/page.html", b"<p>", kind="x/y", **{"X-Detect-Content-Type": "true"})
        head = self.web.request("HEAD", f"{MINE}/work/page.html")
        self.assertEqual(head.headers["content-type"], "text/html")


JSON = {"Content-Type": "application/json"}
