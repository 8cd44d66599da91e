"""Versions of objects at the Swift mount (object-storage.md 5.8)."""

from typing import Any

from tests.unit.resources.objects.cloud import ALICE, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud


class Versions(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.web.post(f"{SWIFT}/c", headers={"X-Versions-Enabled": "true"})

    def versions(self, query: str = "") -> list[Any]:
        found: list[Any] = self.web.get(f"{SWIFT}/c?versions&format=json{query}").json()
        return found

    def test_every_version_is_listed_newest_first(self) -> None:
        """Object-storage.md 5.8: entries, the mark of a deletion, paging."""
        for data in (b"1", b"22"):
            self.store("c/a", data)
        self.web.delete(f"{SWIFT}/c/a")
        self.store("c/b", b"333")
        found = self.versions()
        self.assertEqual(
            [(v["name"], v["bytes"], v["is_latest"]) for v in found],
            [("a", 0, True), ("a", 2, False), ("a", 1, False), ("b", 3, True)],
        )
        self.assertEqual(found[0]["content_type"], "application/x-deleted;swift_versions_deleted=1")
        first = self.versions("&limit=2")
        self.assertEqual(first, found[:2])
        rest = self.versions(f"&marker=a&version_marker={first[-1]['version_id']}")
        self.assertEqual(rest, found[2:])
        self.assertEqual(self.versions("&marker=a"), found[3:])
        self.assertEqual(self.versions("&prefix=b"), found[3:])
        text = self.web.get(f"{SWIFT}/c?versions")
        self.assertEqual(text.body, b"a\na\na\nb\n")
        self.assertEqual(self.web.get(f"{SWIFT}/c?versions", token="bob").status, 403)
        self.assertEqual(self.web.get(f"{SWIFT}/c?versions&delimiter=/").status, 501)

    def test_one_version_is_read_copied_and_destroyed(self) -> None:
        """Object-storage.md 5.8: `version-id`."""
        for data in (b"1", b"22", b"333"):
            self.store("c/a", data)
        newest, middle, oldest = (v["version_id"] for v in self.versions())
        path = f"{SWIFT}/c/a?version-id="
        answer = self.web.get(path + middle)
        self.assertEqual((answer.body, answer.headers["x-object-version-id"]), (b"22", middle))
        copied = self.web.request("COPY", path + oldest, headers={"Destination": "c/b"})
        self.assertEqual(copied.status, 201)
        self.assertEqual(self.web.get(f"{SWIFT}/c/b").body, b"1")
        for method in ("PUT", "POST"):
            self.assertEqual(self.web.request(method, path + middle, body=b"").status, 400)
        self.assertEqual(self.web.request("DELETE", path + middle, token="bob").status, 403)
        gone = self.web.request("DELETE", path + middle)
        self.assertEqual((gone.status, gone.headers["x-object-version-id"]), (204, middle))
        self.assertEqual(self.web.get(path + middle).status, 404)
        self.assertEqual(self.web.request("DELETE", path + middle).status, 404)
        self.assertEqual(self.web.request("DELETE", path + "x").status, 404)
        self.assertEqual(self.web.get(f"{SWIFT}/c/a").body, b"333")
        self.web.request("DELETE", path + newest)
        self.assertEqual(self.web.get(f"{SWIFT}/c/a").status, 404)
        self.assertEqual(self.web.get(path + oldest).body, b"1")
        used = self.ledger.usage
        self.web.delete(f"{SWIFT}/c/b")
        self.assertEqual(sum(used.values()), 0)
        for version in self.versions():
            self.web.request(
                "DELETE", f"{SWIFT}/c/{version['name']}?version-id={version['version_id']}"
            )
        self.assertEqual(self.versions(), [])
        self.web.post(f"{SWIFT}/c", headers={"X-Versions-Enabled": "false"})
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 204)

    def test_a_deletion_has_no_data(self) -> None:
        self.store("c/a")
        self.web.delete(f"{SWIFT}/c/a")
        mark = self.versions()[0]["version_id"]
        self.assertEqual(self.web.get(f"{SWIFT}/c/a?version-id={mark}").status, 404)
        self.assertEqual(self.web.request("DELETE", f"{SWIFT}/c/a?version-id={mark}").status, 204)
        self.assertEqual(len(self.versions()), 1)
        self.assertEqual(self.web.get(f"/swift/v1/AUTH_{ALICE}/c/a").status, 404)
